import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { KeepLast } from "@web/core/utils/concurrency";
import { _t } from "@web/core/l10n/translation";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { registry } from "@web/core/registry";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useService } from "@web/core/utils/hooks";

import { MailFrame } from "./mail_frame";

const MODEL = "helpdesk.communication";
const PAGE = 20;

const STATES = {
    queued: _t("Waiting to be sent"),
    sending: _t("Being sent"),
    failed: _t("Not sent"),
};
const WAYS = {
    in: { icon: "fa-arrow-down text-success", title: _t("Received") },
    out: { icon: "fa-arrow-up text-primary", title: _t("Sent") },
    note: { icon: "fa-sticky-note-o text-warning", title: _t("Note") },
};

/** What was written with a customer or about a lead, the newest first. */
export class Communication extends Component {
    static template = "helpdesk_mail.Communication";
    static components = { MailFrame };
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.ways = WAYS;
        this.states = STATES;
        this.kinds = [
            { name: "all", label: _t("All") },
            { name: "private", label: _t("Private mail") },
            { name: "ticket", label: _t("Tickets") },
            { name: "chatter", label: _t("Messages") },
            { name: "note", label: _t("Notes") },
        ];
        this.state = useState({
            kind: "all",
            items: [],
            next: null,
            hasMailbox: true,
            isLoading: false,
            error: "",
            open: {},
        });
        onWillStart(() => this.load(this.props));
        onWillUpdateProps((next) => {
            if (next.record.resId !== this.resId || next.record.resModel !== this.resModel) {
                this.load(next);
            }
        });
    }

    get isNew() {
        return !this.props.record.resId;
    }

    /** @param {Object} props those of the record that is shown from now on */
    async load(props = this.props, after = null) {
        this.resId = props.record.resId;
        this.resModel = props.record.resModel;
        if (!after) {
            Object.assign(this.state, { items: [], next: null, open: {} });
        }
        if (!this.resId) {
            return;
        }
        this.state.isLoading = true;
        this.state.error = "";
        try {
            const page = await this.keepLast.add(
                this.orm.silent.call(MODEL, "timeline", [this.resModel, this.resId], {
                    kinds: this.state.kind === "all" ? null : [this.state.kind],
                    after,
                    limit: PAGE,
                })
            );
            this.state.items.push(...page.items);
            this.state.next = page.next;
            this.state.hasMailbox = page.has_mailbox;
        } catch (error) {
            // the form is of use without its communication
            this.state.error = error.data?.message || _t("The messages could not be loaded.");
        }
        this.state.isLoading = false;
    }

    choose(kind) {
        this.state.kind = kind;
        return this.load();
    }

    key(item) {
        return `${item.source}-${item.id}`;
    }

    when(item) {
        return toLocaleDateTimeString(deserializeDateTime(item.date));
    }

    size(file) {
        return file.size >= 1048576
            ? `${(file.size / 1048576).toFixed(1)} MB`
            : `${Math.max(1, Math.round(file.size / 1024))} kB`;
    }

    async toggle(item) {
        const key = this.key(item);
        if (key in this.state.open) {
            delete this.state.open[key];
            return;
        }
        this.state.open[key] = null;
        try {
            const html = await this.orm.call(MODEL, "open_message", [item.source, item.id]);
            if (key in this.state.open) {
                this.state.open[key] = html;
            }
            item.is_unread = false;
        } catch (error) {
            delete this.state.open[key];
            throw error;
        }
    }

    async sendEmail() {
        const action = await this.orm.call(this.resModel, "action_helpdesk_send_email", [
            [this.resId],
        ]);
        this.doAction(action);
    }

    async reply(item) {
        const action = await this.orm.call("helpdesk.mailbox.message", "action_reply", [[item.id]]);
        this.doAction(action);
    }

    async publish(item) {
        const action = await this.orm.call("helpdesk.mailbox.message", "action_publish", [
            [item.id],
        ]);
        this.doAction(action);
    }

    doAction(action) {
        // what was written or published meanwhile is shown once the dialog is gone
        return this.action.doAction(action, { onClose: () => this.load() });
    }

    openDocument(document) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: document.model,
            res_id: document.id,
            views: [[false, "form"]],
        });
    }

    async openPrivate(item) {
        // what has not left opens where it is written
        const action = await this.orm.call("helpdesk.mailbox.message", "get_formview_action", [
            [item.id],
        ]);
        this.doAction(action);
    }
}

registry.category("view_widgets").add("helpdesk_communication", {
    component: Communication,
    additionalClasses: ["d-block", "w-100"],
});
