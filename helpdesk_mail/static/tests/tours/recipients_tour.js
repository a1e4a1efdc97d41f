import { registry } from "@web/core/registry";

import { patient } from "./patient";

const row = (email) => `.o_data_row:has(.o_data_cell[name='email']:contains('${email}'))`;
const many2one = (name, text) => [
    { trigger: `.o_field_widget[name='${name}'] input`, run: `edit ${text}` },
    { trigger: `.ui-autocomplete .ui-menu-item a:contains('${text}')`, run: "click" },
];

registry.category("web_tour.tours").add("helpdesk_mail_pair", {
    steps: () => [
        {
            content: "Pair the unknown address to a customer",
            trigger: `${row("new@nobody.example")} button[name='action_pair']`,
            run: "click",
        },
        {
            content: "The dialog says how many tickets will move before it moves them",
            trigger: ".modal .o_field_widget[name='ticket_count']:contains('2')",
        },
        ...many2one("partner_id", "Kunde Inc"),
        { trigger: ".modal footer button[name='action_pair']", run: "click" },
        { trigger: ".o_notification:contains('Tickets moved: 2')" },
        {
            trigger: `${row("new@nobody.example")} .o_data_cell[name='partner_id']:contains('Kunde Inc')`,
        },
        {
            content: "Undo by one click, and pair again",
            trigger: ".o_notification .o_notification_buttons button:contains('Undo')",
            run: "click",
        },
        {
            trigger: `${row("new@nobody.example")} button[name='action_pair']`,
            run: "click",
        },
        ...many2one("partner_id", "Kunde Inc"),
        { trigger: ".modal footer button[name='action_pair']", run: "click" },
        {
            trigger: `${row("new@nobody.example")} .o_data_cell[name='partner_id']:contains('Kunde Inc')`,
        },
        {
            content: "Ban it, and unban it again",
            trigger: `${row("new@nobody.example")} button[name='action_ban']`,
            run: "click",
        },
        {
            trigger: `${row("new@nobody.example")} button[name='action_unban']`,
            run: "click",
        },
        { trigger: `${row("new@nobody.example")} button[name='action_ban']` },
        {
            content: "Look at its history, and undo",
            trigger: `${row("new@nobody.example")} .o_list_record_open_form_view button`,
            run: "click",
        },
        { trigger: ".o_form_view .nav-link[name='history']", run: "click" },
        { trigger: ".o_form_view button[name='action_undo']", run: "click" },
        { trigger: ".o_form_view .o_data_row td[name='undone_date']:not(:empty)" },
        { trigger: ".o_form_view button[name='action_share']", run: "click" },
        {
            content: "A shared address cannot be paired",
            trigger: ".o_form_view:has(button[name='action_unshare']):not(:has(button[name='action_pair']))",
        },
    ].map(patient),
});

const change = (answer) => [
    ...many2one("partner_id", "Other Inc"),
    { trigger: ".o_form_button_save", run: "click" },
    { trigger: ".modal-title:contains('Change pair for recipient?')" },
    { trigger: `.modal footer button:contains('${answer}')`, run: "click" },
    { trigger: "body:not(:has(.modal))" },
    { trigger: ".o_form_saved, .o_form_status_indicator:not(:has(.o_form_button_save:visible))" },
];

registry.category("web_tour.tours").add("helpdesk_mail_change_pair_yes", {
    steps: () => change("Yes").map(patient),
});

registry.category("web_tour.tours").add("helpdesk_mail_change_pair_no", {
    steps: () => change("No").map(patient),
});
