import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

/** My Mailbox, in the menu of the user: everybody sets up their own. */
function mailboxItem(env) {
    return {
        type: "item",
        id: "helpdesk_mailbox",
        description: _t("My Mailbox"),
        callback: async () => {
            const action = await env.services.orm.call("helpdesk.mailbox", "action_open_mine", []);
            env.services.action.doAction(action);
        },
        show: () => user.isInternalUser,
        sequence: 55,
    };
}

registry.category("user_menuitems").add("helpdesk_mailbox", mailboxItem);
