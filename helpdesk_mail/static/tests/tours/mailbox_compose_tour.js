import { registry } from "@web/core/registry";

import { patient } from "./patient";

const type = (name) => `.o_field_widget[name='${name}'] input`;

registry.category("web_tour.tours").add("helpdesk_mail_compose", {
    steps: () => [
        {
            content: "The draft is open, and says who answers whom",
            trigger: ".o_helpdesk_compose .o_field_widget[name='sender_shown']:contains('anna@firm.example')",
        },
        {
            content: "The quoted mail stands below, as text",
            trigger: ".o_field_widget[name='quote_text']:contains('heliotrope')",
        },
        {
            content: "Customers are proposed",
            trigger: type("email_cc"),
            run: "edit Dora",
        },
        {
            trigger: ".ui-autocomplete .ui-menu-item a:contains('Dora Customer')",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='email_cc'] .o_tag:contains('dora@customer.example')",
        },
        {
            content: "Any other address may be typed",
            trigger: type("email_bcc"),
            run: "edit noreply@shop.example",
        },
        { trigger: type("email_bcc"), run: "press Enter" },
        {
            trigger: ".o_field_widget[name='email_bcc'] .o_tag:contains('noreply@shop.example')",
        },
        {
            content: "What stands before its leaving is said at once",
            trigger: ".o_field_widget[name='preflight']:contains('nobody reads')",
        },
        {
            trigger: ".o_field_widget[name='body'] .odoo-editor-editable",
            run: "editor So be it.",
        },
        { trigger: ".o_form_view button[name='action_send']", run: "click" },
        {
            content: "It asks before it leaves",
            trigger: ".modal .o_field_widget[name='preflight']:contains('nobody reads')",
        },
        { trigger: ".modal footer button:contains('Back')", run: "click" },
        {
            trigger: ".o_field_widget[name='email_bcc'] .o_tag .o_delete",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='preflight']:not(:contains('nobody reads'))",
        },
        { trigger: ".o_form_view button[name='action_send']", run: "click" },
        { trigger: ".o_notification:contains('The mail is on its way')" },
        {
            content: "It cannot be changed any more, but taken back",
            trigger: ".o_form_view button[name='action_cancel_sending']",
            run: "click",
        },
        { trigger: ".o_form_view button[name='action_send']" },
    ].map(patient),
});
