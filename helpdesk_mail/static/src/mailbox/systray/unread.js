import { Component, onWillUnmount, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { session } from "@web/session";

/** How many private messages are unread: the server tells a number, and nothing else. */
export class MailboxUnread extends Component {
    static template = "helpdesk_mail.MailboxUnread";
    static props = {};

    setup() {
        this.action = useService("action");
        this.state = useState({ unread: session.helpdesk_mailbox?.unread || 0 });
        const bus = useService("bus_service");
        const onUnread = ({ unread }) => {
            this.state.unread = unread;
        };
        bus.subscribe("helpdesk_mail.mailbox/unread", onUnread);
        onWillUnmount(() => bus.unsubscribe("helpdesk_mail.mailbox/unread", onUnread));
    }

    get count() {
        return this.state.unread > 99 ? "99+" : `${this.state.unread}`;
    }

    onOpen() {
        return this.action.doAction("helpdesk_mail.helpdesk_mailbox_inbox_action", {
            clearBreadcrumbs: true,
        });
    }
}

if (session.helpdesk_mailbox) {
    registry
        .category("systray")
        .add("helpdesk_mail.mailbox_unread", { Component: MailboxUnread }, { sequence: 24 });
}
