import { registry } from "@web/core/registry";

import { patient } from "./patient";

const next = (step) => [
    { trigger: `.o_statusbar_status .o_arrow_button_current:contains('${step}')` },
    { trigger: "button[name='action_setup_next']", run: "click" },
];

registry.category("web_tour.tours").add("helpdesk_mail_setup", {
    steps: () => [
        { trigger: "button:contains('Set up an inbox')", run: "click" },
        { trigger: "label:contains('A mailbox that we fetch')" },
        { trigger: "button[name='action_next']", run: "click" },
        { trigger: "div[name='email'] input", run: "edit info@firm.example" },
        { trigger: "div[name='name'] input", run: "edit Firm support" },
        { trigger: "button[name='action_next']", run: "click" },
        {
            content: "The provider was found by its MX, and its servers were greeted",
            trigger: "div[name='setup_server_ids'] td:contains('ssl0.ovh.net')",
        },
        { trigger: "details summary", run: "click" },
        { trigger: "div[name='setup_question_ids'] td:contains('MX firm.example')" },
        { trigger: "div[name='host'] input:value('ssl0.ovh.net')" },
        {
            content: "Send through the system's servers instead",
            trigger: "div[name='outgoing'] input[data-value='system']",
            run: "click",
        },
        ...next("Servers"),
        { trigger: "div[name='password'] input", run: "edit right" },
        ...next("Sign in"),
        {
            trigger:
                "div[name='setup_folder_ids'] tr:contains('Desk') button:contains('Read this folder')",
            run: "click",
        },
        {
            trigger: "div[name='setup_folder_ids'] tr:contains('Desk') button:contains('Is read')",
        },
        ...next("Folder"),
        { trigger: "div[name='which']:visible" },
        ...next("What to read"),
        { trigger: "div[name='user_ids']:visible" },
        {
            content: "Back, and on again",
            trigger: "button[name='action_setup_back']",
            run: "click",
        },
        ...next("What to read"),
        ...next("Agents"),
        { trigger: "button[name='action_setup_rehearse']", run: "click" },
        {
            trigger:
                "div[name='setup_mail_ids'] tr:contains('The router is dead'):contains('New ticket')",
        },
        ...next("Rehearsal"),
        { trigger: "button[name='action_setup_activate']", run: "click" },
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains('Active')" },
    ].map(patient),
});
