import { useEffect } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

// after these there is nothing left to look at
const LEAVING = new Set(["action_delete", "action_mark_unread"]);

export class MailboxMessageController extends FormController {
    setup() {
        super.setup();
        useEffect(
            () => {
                this.markRead();
            },
            () => [this.model.root.resId]
        );
    }

    async markRead() {
        const { resId, resModel, data } = this.model.root;
        if (resId && data.direction === "in" && !data.is_read && data.can_change) {
            await this.orm.silent.call(resModel, "action_mark_read", [[resId]]);
        }
    }

    async beforeExecuteActionButton(clickParams) {
        if (!LEAVING.has(clickParams.name)) {
            return super.beforeExecuteActionButton(...arguments);
        }
        const { resId, resModel } = this.model.root;
        await this.orm.call(resModel, clickParams.name, [[resId]]);
        this.env.config.historyBack();
        return false;
    }
}

registry.category("views").add("helpdesk_mailbox_message_form", {
    ...formView,
    Controller: MailboxMessageController,
});
