import { registry } from "@web/core/registry";

import { patient } from "./patient";

registry.category("web_tour.tours").add("helpdesk_mail_inbox_rule", {
    steps: () => [
        { trigger: ".o_notebook .nav-link[name='rules']", run: "click" },
        { trigger: ".o_field_widget[name='rule_ids'] .o_field_x2many_list_row_add a", run: "click" },
        {
            trigger: ".modal .o_field_widget[name='name'] input",
            run: "edit Fires first && press Tab",
        },
        {
            content: "Conditions are made in the editor that all Odoo users know",
            trigger: ".modal .o_helpdesk_mail_conditions a:contains('New Rule')",
            run: "click",
        },
        { trigger: ".modal .o_helpdesk_mail_conditions .o_model_field_selector", run: "click" },
        {
            trigger: ".o_model_field_selector_popover_item[data-name='subject'] button",
            run: "click",
        },
        {
            trigger:
                ".modal .o_helpdesk_mail_conditions .o_tree_editor_editor:nth-child(3) input",
            run: "edit The printer burns && press Tab",
        },
        {
            content: "Nothing is counted: the mail is yet to come",
            trigger: ".modal .o_helpdesk_mail_conditions:not(:has(:contains('Invalid domain')))",
        },
        {
            trigger: ".modal .o_field_widget[name='line_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        { trigger: ".modal .o_field_widget[name='field_name'] input", run: "click" },
        { trigger: ".o_select_menu_item:contains('Priority')", run: "click" },
        { trigger: ".modal .o_field_widget[name='field_name'] input:value('Priority')" },
        { trigger: ".modal .o_field_widget[name='value'] input", run: "edit High && press Tab" },
        { trigger: ".modal .o_form_button_save", run: "click" },
        {
            trigger: "body:not(:has(.modal)) .o_data_row:contains('Fires first')",
        },
        { trigger: ".o_form_button_save", run: "click" },
        {
            content: "The list says what it does",
            trigger: ".o_data_row:contains('Fires first'):contains('Priority')",
        },
        { content: "All of it is saved", trigger: "body:not(:has(.o_form_button_save:visible))" },
    ].map(patient),
});
