import { registry } from "@web/core/registry";

import { patient } from "./patient";

registry.category("web_tour.tours").add("helpdesk_mail_macro", {
    steps: () => [
        { trigger: "button[name='action_use_macro']", run: "click" },
        {
            content: "Find the macro by its shortcut",
            trigger: ".modal .o_field_widget[name='macro_id'] input",
            run: "edit serial",
        },
        {
            trigger: ".ui-autocomplete .ui-menu-item a:contains('Ask for the serial number')",
            run: "click",
        },
        {
            content: "It says what it writes and what it changes",
            trigger: ".modal .o_field_widget[name='text']:contains('Dear Anna Kunde')",
        },
        { trigger: ".modal .o_field_widget[name='changes']:contains('Priority: High')" },
        { trigger: ".modal button[name='action_use']", run: "click" },
        {
            content: "The agent may change the text before it is sent",
            trigger: ".modal .o_mail_composer_form_view .o_field_widget[name='body']:contains('Dear Anna Kunde')",
        },
        { trigger: ".modal button[name='action_send_mail']", run: "click" },
        { trigger: ".o-mail-Message:contains('Dear Anna Kunde')" },
    ].map(patient),
});
