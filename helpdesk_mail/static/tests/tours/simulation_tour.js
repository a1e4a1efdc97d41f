import { registry } from "@web/core/registry";

import { patient } from "./patient";

const MAIL =
    "From: Anna Kunde <anna@kunde.example>\r\nTo: support@desk.example\r\n" +
    "Subject: Dropped on the inbox\r\nMessage-ID: <dropped@kunde.example>\r\n\r\nIt burns.\r\n";

function drag(type, target) {
    const transfer = new DataTransfer();
    transfer.items.add(new File([MAIL], "mail.eml", { type: "message/rfc822" }));
    target.dispatchEvent(new DragEvent(type, { bubbles: true, dataTransfer: transfer }));
}

registry.category("web_tour.tours").add("helpdesk_mail_simulate", {
    steps: () => [
        {
            content: "Drag a mail over the form of the inbox",
            trigger: ".o_form_sheet",
            run: ({ anchor }) => drag("dragenter", anchor),
        },
        {
            content: "and drop it",
            trigger: ".o-Dropzone:contains('what this inbox would make of it')",
            run: ({ anchor }) => drag("drop", anchor),
        },
        { trigger: ".modal .o_helpdesk_mail_simulation h4:contains('A new ticket')" },
        { trigger: ".modal td:contains('The sender is the contact')" },
        { trigger: ".modal td:contains('Dropped on the inbox')" },
        {
            content: "The customer would be told",
            trigger: ".modal td:contains('anna@kunde.example')",
        },
        { trigger: ".modal footer .btn-primary", run: "click" },
        { trigger: "body:not(:has(.modal))" },
    ].map(patient),
});
