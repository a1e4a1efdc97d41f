import { registry } from "@web/core/registry";

import { patient } from "./patient";

const row = (text) => `.o_data_row:contains('${text}')`;
const open = (text) => ({
    trigger: `${row(text)} td[name='subject']`,
    run: "click",
});
const back = { trigger: ".o_back_button, .breadcrumb-item a:contains('Inbox')", run: "click" };

registry.category("web_tour.tours").add("helpdesk_mailbox_owner", {
    steps: () => [
        {
            content: "Three messages are unread, and the bar says so",
            trigger: ".o_helpdesk_mail_unread_count:contains('3')",
        },
        {
            content: "An unknown sender",
            trigger: `${row("Question about desks")}.fw-bold .badge:contains('Author not found')`,
        },
        {
            trigger: `${row("Question about desks")} .o_helpdesk_mail_star`,
            run: "click",
        },
        { trigger: `${row("Question about desks")} .o_helpdesk_mail_star .fa-star` },
        {
            content: "View the message",
            ...open("Re: Offer"),
        },
        { trigger: ".o_form_view .o_helpdesk_mail_body :iframe b:contains('We take it')" },
        {
            content: "Nothing from the internet before it is asked for",
            trigger: ".o_helpdesk_mail_body :iframe body:has(img[data-original-src]:not([src]))",
        },
        { trigger: ".o_helpdesk_mail_body button:contains('Show them')", run: "click" },
        { trigger: ".o_helpdesk_mail_body :iframe img[src*='icon.png']" },
        {
            content: "Its file, and not the image that the text shows",
            trigger: ".o_helpdesk_mail_files:contains('contract.txt'):not(:contains('inline'))",
        },
        {
            content: "Look at the file",
            trigger: ".o_helpdesk_mail_file_view",
            run: "click",
        },
        { trigger: ".o-FileViewer" },
        { trigger: ".o-FileViewer-headerButton[aria-label*='Close']", run: "click" },
        {
            content: "The rest of the conversation",
            trigger: ".o_helpdesk_mail_thread_head:contains('twenty chairs')",
            run: "click",
        },
        { trigger: ".o_helpdesk_mail_thread :iframe body:contains('an offer for twenty chairs')" },
        {
            content: "What was opened is read",
            trigger: ".o_helpdesk_mail_unread_count:contains('1')",
        },
        back,
        { trigger: `${row("Re: Offer")}:not(.fw-bold)` },
        open("Re: Offer"),
        {
            content: "And unread again",
            trigger: ".o_form_view button[name='action_mark_unread']",
            run: "click",
        },
        { trigger: `${row("Re: Offer")}.fw-bold` },
        {
            content: "Pair the unknown sender to a customer",
            trigger: `${row("Question about desks")} button[name='action_pair']`,
            run: "click",
        },
        { trigger: ".modal .o_field_widget[name='emails']:contains('vera@nobody.example')" },
        { trigger: ".modal .o_field_widget[name='partner_id'] input", run: "edit Tour Customer" },
        { trigger: ".ui-autocomplete .ui-menu-item a:contains('Tour Customer')", run: "click" },
        { trigger: ".modal footer button[name='action_pair']", run: "click" },
        { trigger: `${row("Question about desks")}:contains('Tour Customer')` },
        {
            content: "Add a customer",
            trigger: `${row("New here")} button[name='action_add_customer']`,
            run: "click",
        },
        { trigger: ".modal .o_field_widget[name='name'] input:value('Nina New')" },
        { trigger: ".modal footer button[name='action_add']", run: "click" },
        { trigger: `${row("New here")} td[name='partner_id']:contains('Nina New')` },
        {
            content: "Block a sender",
            trigger: `${row("Question about desks")} button[name='action_block']`,
            run: "click",
        },
        { trigger: ".modal footer .btn-primary", run: "click" },
        { trigger: ".o_notification:contains('vera@nobody.example')" },
        {
            content: "Delete a message",
            trigger: `${row("New here")} button[name='action_delete']`,
            run: "click",
        },
        { trigger: ".modal footer .btn-primary", run: "click" },
        { trigger: ".o_list_view:not(:has(.o_data_row:contains('New here')))" },
        open("Re: Offer"),
        {
            content: "Delete the one that is open: back to the list",
            trigger: ".o_form_view button[name='action_delete']",
            run: "click",
        },
        { trigger: ".modal footer .btn-primary", run: "click" },
        { trigger: ".o_list_view:not(:has(.o_data_row:contains('Re: Offer')))" },
    ].map(patient),
});

registry.category("web_tour.tours").add("helpdesk_mailbox_delegate", {
    steps: () => [
        {
            content: "One's own mail first: none",
            trigger: ".o_view_nocontent:contains('No mail here')",
        },
        { trigger: "body:not(:has(.o_helpdesk_mailbox_banner))" },
        {
            trigger: ".o_search_panel_category_value:contains('Anna') .o_search_panel_label_title",
            run: "click",
        },
        { trigger: ".o_helpdesk_mailbox_banner:contains('Mail of Anna')" },
        open("Question about desks"),
        { trigger: ".o_form_view .alert:contains('Mail of')" },
        { trigger: ".o_helpdesk_mail_body :iframe body:contains('Do you sell desks')" },
        back,
        {
            content: "The choice is still there",
            trigger: ".o_helpdesk_mailbox_banner:contains('Mail of Anna')",
        },
        { trigger: `${row("Question about desks")}:not(.fw-bold)` },
    ].map(patient),
});

registry.category("web_tour.tours").add("helpdesk_mailbox_nobody", {
    steps: () => [
        { trigger: ".o_view_nocontent:contains('You have no mailbox yet')" },
        { trigger: ".o_view_nocontent a[href='/odoo/mailbox-settings']" },
        { trigger: "body:not(:has(.o_helpdesk_mail_unread))" },
    ].map(patient),
});

registry.category("web_tour.tours").add("helpdesk_mailbox_narrow", {
    steps: () => [
        { trigger: ".o_kanban_record:contains('Question about desks') .badge:contains('Author not found')" },
        { trigger: ".o_kanban_record:contains('Question about desks')", run: "click" },
        { trigger: ".o_form_view .o_helpdesk_mail_body :iframe body:contains('Do you sell desks')" },
    ].map(patient),
});

registry.category("web_tour.tours").add("helpdesk_mailbox_narrow_sent", {
    steps: () => [
        {
            content: "To whom, by name",
            trigger: ".o_kanban_record:contains('Carla Customer'):not(:contains('carla@'))",
        },
        { trigger: ".o_kanban_record:contains('Our offer')", run: "click" },
        { trigger: ".o_form_view .o_field_widget[name='email_to']:contains('carla@customer.example')" },
    ].map(patient),
});
