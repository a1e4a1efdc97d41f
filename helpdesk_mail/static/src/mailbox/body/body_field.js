import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { MailBody } from "./mail_body";

export class MailboxBodyField extends Component {
    static template = "helpdesk_mail.MailboxBodyField";
    static components = { MailBody };
    static props = { ...standardFieldProps };

    get html() {
        return String(this.props.record.data[this.props.name] || "");
    }
}

registry.category("fields").add("helpdesk_mailbox_body", {
    component: MailboxBodyField,
    supportedTypes: ["html"],
    isEmpty: () => false,
});
