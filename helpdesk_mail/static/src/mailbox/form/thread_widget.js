import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { deserializeDateTime, formatDateTime } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

import { MailBody } from "../body/mail_body";
import { MailFiles } from "../body/mail_files";
import { addressNames, shortDate } from "../list/list_fields";

const PAGE = 20;
const HEAD = [
    "date",
    "direction",
    "email_to",
    "has_attachments",
    "is_read",
    "preview",
    "sender_email",
    "sender_name",
    "state",
    "subject",
];

/** The other messages of a conversation, newest first; one is read once it is opened. */
export class MailboxThread extends Component {
    static template = "helpdesk_mail.MailboxThread";
    static components = { MailBody, MailFiles };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ messages: [], total: 0, bodies: {}, opened: {} });
        onWillStart(() => this.load(this.props.record));
        onWillUpdateProps(async (next) => {
            if (next.record.resId !== this.resId) {
                await this.load(next.record);
            }
        });
    }

    async load(record) {
        this.resId = record.resId;
        Object.assign(this.state, { messages: [], total: 0, bodies: {}, opened: {} });
        const { mailbox_id: mailbox, thread_key: key } = record.data;
        if (!record.resId || !mailbox || !key) {
            return;
        }
        this.model = record.resModel;
        this.domain = [
            ["mailbox_id", "=", mailbox.id],
            ["thread_key", "=", key],
            ["id", "!=", record.resId],
        ];
        await this.more();
    }

    async more() {
        const { records, length } = await this.orm.webSearchRead(this.model, this.domain, {
            specification: Object.fromEntries(HEAD.map((name) => [name, {}])),
            limit: PAGE,
            offset: this.state.messages.length,
            order: "date desc, id desc",
        });
        this.state.messages.push(...records);
        this.state.total = length;
    }

    who(message) {
        if (message.direction === "out" && message.email_to) {
            return `→ ${addressNames(message.email_to)}`;
        }
        return message.sender_name || message.sender_email || "";
    }

    when(message) {
        return message.date ? shortDate(deserializeDateTime(message.date)) : "";
    }

    whenInFull(message) {
        return message.date ? formatDateTime(deserializeDateTime(message.date)) : "";
    }

    async toggle(message) {
        const { id } = message;
        if (["draft", "failed"].includes(message.state) && this.props.record.data.can_change) {
            // what has not left is written on
            const action = await this.orm.call(this.model, "get_formview_action", [[id]]);
            await this.action.doAction(action);
            return;
        }
        this.state.opened[id] = !this.state.opened[id];
        if (!this.state.opened[id] || this.state.bodies[id]) {
            return;
        }
        const [read] = await this.orm.webRead(this.model, [id], {
            specification: {
                body: {},
                attachment_ids: { fields: { name: {}, mimetype: {}, file_size: {} } },
            },
        });
        this.state.bodies[id] = { html: read.body || "", files: read.attachment_ids };
        if (!message.is_read && message.direction === "in" && this.props.record.data.can_change) {
            await this.orm.silent.call(this.model, "action_mark_read", [[id]]);
            message.is_read = true;
        }
    }
}

registry.category("view_widgets").add("helpdesk_mailbox_thread", {
    component: MailboxThread,
    fieldDependencies: [
        { name: "mailbox_id", type: "many2one", relation: "helpdesk.mailbox" },
        { name: "thread_key", type: "char" },
        { name: "can_change", type: "boolean" },
    ],
});
