import { registry } from "@web/core/registry";

import { patient } from "./patient";

const item = (source, text) =>
    `.o_helpdesk_mail_communication [data-source='${source}']:contains('${text}')`;
const openTab = {
    content: "The tab is one of the customer's form",
    trigger: ".o_notebook a[name='helpdesk_communication'], .o_notebook_headers [name='helpdesk_communication']",
    run: "click",
};

registry.category("web_tour.tours").add("helpdesk_mail_communication", {
    steps: () => [
        openTab,
        { trigger: item("private", "Between us two") },
        { trigger: item("ticket", "My printer") },
        {
            content: "Only private mail",
            trigger: ".o_helpdesk_mail_communication [data-kind='private']",
            run: "click",
        },
        { trigger: ".o_helpdesk_mail_communication:not(:has([data-source='ticket']))" },
        {
            content: "Read it",
            trigger: `${item("private", "Between us two")} .o_helpdesk_mail_head`,
            run: "click",
        },
        { trigger: ".o_helpdesk_mail_communication :iframe p:contains('heliotrope')" },
        {
            content: "It runs no script, and loads no picture of the internet",
            trigger: ".o_helpdesk_mail_communication :iframe img[alt='our logo']:not([src])",
        },
        {
            trigger: ".o_helpdesk_mail_frame button:contains('Show them')",
            run: "click",
        },
        {
            trigger: ".o_helpdesk_mail_communication :iframe img[alt='our logo'][src*='icon.png']",
        },
        {
            content: "Publish it",
            trigger: ".o_helpdesk_mail_publish",
            run: "click",
        },
        { trigger: ".modal [name='viewers']:contains('Everybody who sees the tickets')" },
        {
            trigger: ".modal button[name='action_publish']",
            run: "click",
        },
        {
            content: "The ticket opens",
            trigger: ".o_form_view [name='name'] :value('Between us two'), .o_form_view [name='name']:contains('Between us two')",
        },
        { trigger: ".o-mail-Message:contains('Published from the private mail of Olga Staff')" },
    ].map(patient),
});

registry.category("web_tour.tours").add("helpdesk_mail_communication_colleague", {
    steps: () => [
        openTab,
        { trigger: item("ticket", "My printer") },
        { trigger: ".o_helpdesk_mail_communication:not(:has([data-source='private']))" },
        {
            trigger: ".o_helpdesk_mail_communication [data-kind='private']",
            run: "click",
        },
        { trigger: ".o_helpdesk_mail_nothing" },
    ].map(patient),
});
