import { Component } from "@odoo/owl";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const { DateTime } = luxon;
const fields = registry.category("fields");

/** The star before a message: one click puts it on or takes it off. */
export class MailboxStarField extends Component {
    static template = "helpdesk_mail.MailboxStarField";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
    }

    get isStarred() {
        return this.props.record.data[this.props.name];
    }

    get title() {
        return this.isStarred ? _t("Take the star off") : _t("Put a star on");
    }

    async toggle() {
        const { record } = this.props;
        if (record.model.useSampleModel) {
            return;
        }
        const method = this.isStarred ? "action_unstar" : "action_star";
        await this.orm.call(record.resModel, method, [[record.resId]]);
        // the list may have looked again in the meantime: the record may be one of before
        await record.model.load();
    }
}

fields.add("helpdesk_mailbox_star", {
    component: MailboxStarField,
    supportedTypes: ["boolean"],
    isEmpty: () => false,
    listViewWidth: 30,
});

/** Who wrote: the name, or the address of who gave none. */
export class MailboxSenderField extends Component {
    static template = "helpdesk_mail.MailboxSenderField";
    static props = { ...standardFieldProps };

    get name() {
        const { data } = this.props.record;
        return data[this.props.name] || data.sender_email || "";
    }

    get address() {
        return this.props.record.data.sender_email || "";
    }
}

fields.add("helpdesk_mailbox_sender", {
    component: MailboxSenderField,
    supportedTypes: ["char"],
    isEmpty: () => false,
    fieldDependencies: [{ name: "sender_email", type: "char" }],
});

/** Addresses by their names, where they have any. */
export const addressNames = (text) =>
    text
        .replace(/"([^"]*)" *<[^<>]*>/g, "$1")
        .replace(/([^\s,<>"][^,<>"]*?) *<[^<>]*>/g, "$1")
        .replace(/[<>]/g, "");

/**
 * To whom, in one line: names where there are any, all of it as one points at it. With the option
 * *full*: names and addresses, without the quotes that mail has and people do not write.
 */
export class MailboxAddressesField extends Component {
    static template = "helpdesk_mail.MailboxAddressesField";
    static props = { ...standardFieldProps, full: { type: Boolean, optional: true } };

    get all() {
        return this.props.record.data[this.props.name] || "";
    }

    get shown() {
        return this.all.replace(/"([^"]*)" *(<[^<>]*>)/g, "$1 $2");
    }

    get names() {
        return addressNames(this.all);
    }
}

fields.add("helpdesk_mailbox_addresses", {
    component: MailboxAddressesField,
    supportedTypes: ["char", "text"],
    isEmpty: () => false,
    extractProps: ({ options }) => ({ full: Boolean(options.full) }),
});

/** The subject, how the message begins, and whether files come with it. */
export class MailboxSubjectField extends Component {
    static template = "helpdesk_mail.MailboxSubjectField";
    static props = { ...standardFieldProps };

    get data() {
        return this.props.record.data;
    }

    get subject() {
        return this.data[this.props.name] || _t("(no subject)");
    }
}

fields.add("helpdesk_mailbox_subject", {
    component: MailboxSubjectField,
    supportedTypes: ["char"],
    isEmpty: () => false,
    fieldDependencies: [
        { name: "preview", type: "char" },
        { name: "has_attachments", type: "boolean" },
        { name: "is_answered", type: "boolean" },
    ],
});

/** Whose message it is: the customer, the lead, or that nobody is found. */
export class MailboxCustomerField extends Component {
    static template = "helpdesk_mail.MailboxCustomerField";
    static props = { ...standardFieldProps, open: { type: Boolean, optional: true } };

    setup() {
        this.action = useService("action");
    }

    get whose() {
        const { data } = this.props.record;
        if (data[this.props.name]) {
            return { ...data[this.props.name], model: "res.partner" };
        }
        return data.lead_id ? { ...data.lead_id, model: "crm.lead" } : null;
    }

    get isUnknown() {
        return this.props.record.data.is_unknown;
    }

    onOpen() {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: this.whose.model,
            res_id: this.whose.id,
            views: [[false, "form"]],
        });
    }
}

fields.add("helpdesk_mailbox_customer", {
    component: MailboxCustomerField,
    supportedTypes: ["many2one"],
    isEmpty: () => false,
    fieldDependencies: [
        { name: "lead_id", type: "many2one", relation: "crm.lead" },
        { name: "is_unknown", type: "boolean" },
    ],
    extractProps: ({ options }) => ({ open: Boolean(options.open) }),
});

/** When: the time of today's mail, the day of this year's, else the date. */
export class MailboxDateField extends Component {
    static template = "helpdesk_mail.MailboxDateField";
    static props = { ...standardFieldProps };

    get value() {
        return this.props.record.data[this.props.name];
    }

    get short() {
        return this.value ? shortDate(this.value) : "";
    }

    get full() {
        return this.value ? formatDateTime(this.value) : "";
    }
}

/**
 * @param {luxon.DateTime} date
 * @returns {string}
 */
export function shortDate(date) {
    const now = DateTime.now();
    if (date.hasSame(now, "day")) {
        return date.toLocaleString(DateTime.TIME_SIMPLE);
    }
    if (date.hasSame(now, "year")) {
        return date.toLocaleString({ day: "numeric", month: "short" });
    }
    return date.toLocaleString(DateTime.DATE_SHORT);
}

fields.add("helpdesk_mailbox_date", {
    component: MailboxDateField,
    supportedTypes: ["datetime"],
    isEmpty: () => false,
});
