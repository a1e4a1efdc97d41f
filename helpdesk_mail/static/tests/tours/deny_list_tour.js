import { registry } from "@web/core/registry";

import { patient } from "./patient";

const rule = (pattern) => `.o_data_row:has(.o_data_cell[name='pattern']:contains('${pattern}'))`;

// the tour's "edit" writes one line only
const paste = (...lines) => ({
    trigger: ".modal .o_field_widget[name='text'] textarea",
    run({ anchor }) {
        anchor.value = lines.join("\n");
        anchor.dispatchEvent(new Event("input", { bubbles: true }));
        anchor.dispatchEvent(new Event("change", { bubbles: true }));
    },
});

registry.category("web_tour.tours").add("helpdesk_mail_deny_paste", {
    steps: () => [
        { trigger: ".o_control_panel button:contains('Add many')", run: "click" },
        // a list with a line that means nothing
        paste("spam.example", "what is this", "*.below.example"),
        { trigger: ".modal footer button[name='action_read']", run: "click" },
        {
            content: "It is named, and nothing can be added",
            trigger:
                ".modal .o_data_row:has([name='number']:contains('2')):contains('Not understood')",
        },
        { trigger: ".modal footer:not(:has(button[name='action_add']))" },
        { trigger: ".modal footer button[name='action_back']", run: "click" },
        paste("spam.example", "*.below.example"),
        { trigger: ".modal footer button[name='action_read']", run: "click" },
        { trigger: ".modal .o_data_row:contains('All addresses of the domain spam.example')" },
        { trigger: ".modal footer button[name='action_rehearse']", run: "click" },
        { trigger: ".modal .alert:contains('1 of the mails of the last 90 days')" },
        { trigger: ".modal footer button[name='action_add']", run: "click" },
        { trigger: `body:not(:has(.modal)) ${rule("*.below.example")}` },
    ].map(patient),
});

registry.category("web_tour.tours").add("helpdesk_mail_deny_rehearse", {
    steps: () => [
        { trigger: ".o_list_button_add", run: "click" },
        {
            trigger: ".o_field_widget[name='location'] input[data-value='subject']",
            run: "click",
        },
        {
            trigger: ".o_field_widget[name='match'] input",
            run: "click",
        },
        { trigger: ".o_select_menu_item:contains('contains')", run: "click" },
        { trigger: ".o_field_widget[name='pattern'] input", run: "edit burns && press Tab" },
        { trigger: ".o_field_widget[name='rehearse'] input", run: "click" },
        { trigger: ".alert:contains('1 of them from customers')" },
        {
            content: "Customers stand first",
            trigger:
                ".o_field_widget[name='rehearsal_mail_ids'] .o_data_row:first:contains('Anna Kunde')",
        },
        {
            content: "Leave: a rule that is rehearsed is not saved by that",
            trigger: ".o_breadcrumb a:contains('Deny list'), .breadcrumb a:contains('Deny list')",
            run: "click",
        },
        { trigger: ".o_view_nocontent:contains('No deny rules here')" },
        { trigger: ".o_list_button_add", run: "click" },
        { trigger: ".o_field_widget[name='pattern'] input", run: "edit x@spam.example && press Tab" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved, body:not(:has(.o_form_button_save:visible))" },
    ].map(patient),
});

registry.category("web_tour.tours").add("helpdesk_mail_looks_shared", {
    steps: () => [
        { trigger: ".alert:contains('belong to several customers')" },
        { trigger: ".alert button[name='action_not_shared']", run: "click" },
        { trigger: ".o_form_view:not(:has(.alert:contains('belong to several customers')))" },
        { trigger: "button[name='action_deny']", run: "click" },
        { trigger: ".o_field_widget[name='pattern'] input:value('anna@kunde.example')" },
    ].map(patient),
});
