// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
import { registry } from "@web/core/registry";

import { patient } from "./patient";

const tours = registry.category("web_tour.tours");

const input = (name) => `.o_field_widget[name='${name}'] input`;
const tab = (name) => ({
    trigger: `.o_form_view .o_notebook .nav-link:contains('${name}')`,
    run: "click",
});
const press = (name) => ({ trigger: `.o_form_view button[name='${name}']`, run: "click" });
const preferences = [
    { trigger: ".o_user_menu button", run: "click" },
    { trigger: "[data-menu='preferences']", run: "click" },
    { trigger: ".modal .nav-link:contains('Mailbox')", run: "click" },
];
const communication = {
    content: "The tab Communication of the customer",
    trigger: ".o_notebook a[name='helpdesk_communication']",
    run: "click",
};
const item = (text) => `.o_helpdesk_mail_item[data-source='private']:contains('${text}')`;
const write = (text) => ({
    trigger: ".o_helpdesk_compose .o_field_widget[name='body'] .odoo-editor-editable",
    run: `editor ${text}`,
});
const preflight = (text) => ({
    trigger: `.o_helpdesk_compose .o_field_widget[name='preflight']:contains('${text}')`,
});

tours.add("helpdesk_mail_example_setup", {
    steps: () => [
        ...preferences,
        { trigger: ".modal button:contains('Set up my mailbox')", run: "click" },
        {
            content: "There is one mailbox for everybody: none can be added to it",
            trigger: ".o_form_view:not(:has(.o_form_button_create))",
        },
        { trigger: ".o_field_widget[name='email'] input:value('anna@firm.example')" },
        { trigger: input("username"), run: "edit anna" },
        { trigger: input("password"), run: "edit right" },
        { trigger: input("host"), run: "edit imap.firm.example" },
        tab("Access"),
        { trigger: ".o_form_view .alert:contains('Nobody but you sees this mail')" },
        { trigger: input("delegate_ids"), run: "edit Bert" },
        {
            trigger: ".ui-autocomplete .ui-menu-item a:contains('Bert Brecht')",
            run: "click",
        },
        {
            content: "Be very attentive with this option",
            trigger: ".o_form_view .alert-danger:contains('These colleagues read all mail')",
        },
        tab("Sending"),
        { trigger: input("send_enabled"), run: "click" },
        {
            content: "The system's settings are copied",
            trigger: ".o_field_widget[name='smtp_host']:contains('127.0.0.1')",
        },
        tab("Incoming mail"),
        press("action_load_folders"),
        { trigger: ".o_notification:contains('Sent mail is in Sent Items')" },
        { trigger: ".o_field_widget[name='sent_folder'] input:value('Sent Items')" },
        {
            content: "The password does not come back",
            trigger: ".o_form_view :contains('A password is stored'):visible",
        },
        press("action_test_connection"),
        { trigger: ".o_notification:contains('12 messages')" },
        press("action_activate"),
        { trigger: ".o_statusbar_status .o_arrow_button_current:contains('Active')" },
        ...preferences,
        {
            trigger:
                ".modal .o_kanban_record:contains('anna@firm.example'):contains('Active'):contains('None, only new mail')",
        },
        { trigger: ".modal footer button:contains('Discard')", run: "click" },
        { trigger: "body:not(:has(.modal))" },
    ].map(patient),
});

tours.add("helpdesk_mail_example_send", {
    steps: () => [
        {
            trigger: ".o_data_row:contains('Do you sell desks') .badge:contains('Author not found')",
        },
        {
            content: "View the message",
            trigger: ".o_data_row:contains('Do you sell desks') td[name='subject']",
            run: "click",
        },
        { trigger: ".o_helpdesk_mail_body :iframe body:contains('We need twenty of them')" },
        {
            content: "Who wrote, without the quotes that mail has",
            trigger: ".o_field_widget[name='email_from']:contains('Uwe Unknown <uwe@nowhere.example>')",
        },
        press("action_pair"),
        { trigger: ".modal " + input("partner_id"), run: "edit Carla" },
        {
            trigger: ".ui-autocomplete .ui-menu-item a:contains('Carla Customer')",
            run: "click",
        },
        { trigger: ".modal button[name='action_pair']", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        {
            content: "To the customer",
            trigger: ".o_helpdesk_mailbox_head a:contains('Carla Customer')",
            run: "click",
        },
        communication,
        { trigger: item("Do you sell desks") + ":contains('Uwe Unknown')" },
        { trigger: ".o_helpdesk_mail_send", run: "click" },
        preflight("Carla Customer <carla@customer.example>"),
        preflight("It has no subject"),
        { trigger: ".o_helpdesk_compose " + input("subject"), run: "edit Our offer" },
        write("Our offer for twenty desks is attached."),
        press("action_send"),
        {
            content: "It asks before it leaves",
            trigger: ".modal .o_field_widget[name='preflight']:contains('there is no file with it')",
        },
        { trigger: ".modal footer button:contains('Send it like this')", run: "click" },
        { trigger: ".o_notification:contains('The mail is on its way')" },
        {
            content: "Back at the customer, where it stands",
            trigger: item("Our offer") + ":contains('Waiting to be sent'):contains('to Carla Customer')",
        },
    ].map(patient),
});

tours.add("helpdesk_mail_example_reply", {
    steps: () => [
        communication,
        {
            content: "What was sent is sent",
            trigger: ".o_helpdesk_mail_communication:not(:contains('Waiting to be sent'))",
        },
        {
            content: "The customer has replied",
            trigger: item("Re: Our offer") + " .o_helpdesk_mail_head:has(.fw-bolder)",
            run: "click",
        },
        { trigger: ".o_helpdesk_mail_communication :iframe body:contains('We take all of them')" },
        { trigger: item("Re: Our offer") + " .o_helpdesk_mail_reply", run: "click" },
        { trigger: ".o_helpdesk_compose .o_field_widget[name='quote_text']:contains('We take all')" },
        preflight("Carla <carla@customer.example>"),
        write("They are on their way."),
        press("action_send"),
        { trigger: item("They are on their way") + ":contains('Waiting to be sent')" },
    ].map(patient),
});

tours.add("helpdesk_mail_example_no_mailbox", {
    steps: () => [
        communication,
        {
            content: "Who has no mailbox sees no messages",
            trigger: ".o_helpdesk_mail_nothing:contains('Set up your mailbox')",
        },
        { trigger: ".o_helpdesk_mail_send", run: "click" },
        {
            trigger: ".modal:contains('You have no mailbox yet') button:contains('Set up my mailbox')",
            run: "click",
        },
        { trigger: ".o_form_view .o_field_widget[name='email'] input:value('bert@firm.example')" },
    ].map(patient),
});

tours.add("helpdesk_mail_example_delegate", {
    steps: () => [
        communication,
        { trigger: item("Do you sell desks") + " .badge:contains('Private: Anna Arendt')" },
        {
            trigger: item("We take all of them") + " .o_helpdesk_mail_head",
            run: "click",
        },
        { trigger: item("Re: Our offer") + " button:contains('Open')", run: "click" },
        { trigger: ".o_form_view .alert:contains('Mail of Anna Arendt')" },
        { trigger: ".o_form_view .badge:contains('Answered')" },
        press("action_reply"),
        {
            content: "Bert's own mailbox does not send: he writes for Anna, and it says so",
            trigger:
                ".o_field_widget[name='sender_shown']:contains('Anna Arendt <anna@firm.example>, sent by Bert Brecht')",
        },
        write("I write for Anna."),
        {
            content: "Look at the mail once more: the draft stands with it",
            trigger: ".o_back_button",
            run: "click",
        },
        {
            trigger:
                ".o_helpdesk_mail_thread_head:contains('Draft'):contains('→ Carla'):not(:contains('false'))",
            run: "click",
        },
        { trigger: ".o_helpdesk_compose .odoo-editor-editable:contains('I write for Anna')" },
        press("action_send"),
        { trigger: ".o_notification:contains('The mail is on its way')" },
    ].map(patient),
});
