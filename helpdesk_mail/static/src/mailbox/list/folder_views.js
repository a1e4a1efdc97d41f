import { Component, onWillUnmount } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useBus, useService } from "@web/core/utils/hooks";
import { useDebounced } from "@web/core/utils/timing";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

/** Says whose mail it is that one looks at, where it is not one's own. */
export class MailboxBanner extends Component {
    static template = "helpdesk_mail.MailboxBanner";
    static props = {};

    setup() {
        useBus(this.env.searchModel, "update", () => this.render());
    }

    /** The name of the owner; "" for one's own; null for all mailboxes together */
    get owner() {
        const { context, categories } = this.env.searchModel;
        const category = categories?.find((section) => section.fieldName === "mailbox_id");
        if (!category || category.activeValueId === context.helpdesk_mailbox_own) {
            return "";
        }
        return category.values.get(category.activeValueId)?.display_name || null;
    }

    get isShared() {
        return this.env.searchModel.context.helpdesk_mailbox_shared;
    }
}

/**
 * Lets an open folder look again when mail came in, unless somebody is about to do something with
 * what it shows.
 */
function useNewMail(controller) {
    const bus = useService("bus_service");
    // mail comes in batches: one look for all of them
    const lookAgain = useDebounced(() => {
        const { root } = controller.model;
        if (root && !root.selection?.length && !root.editedRecord) {
            controller.model.load();
        }
    }, 1000);
    const onUnread = ({ new: isNew }) => {
        if (isNew) {
            lookAgain();
        }
    };
    bus.subscribe("helpdesk_mail.mailbox/unread", onUnread);
    onWillUnmount(() => bus.unsubscribe("helpdesk_mail.mailbox/unread", onUnread));
}

/** Begins a message, where one's own mailbox sends; else says how to set it up. */
export class MailboxNew extends Component {
    static template = "helpdesk_mail.MailboxNew";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    async write() {
        await this.action.doAction(
            await this.orm.call("helpdesk.mailbox.message", "action_new", [])
        );
    }
}

export class MailboxListController extends ListController {
    static template = "helpdesk_mail.MailboxListView";
    static components = { ...ListController.components, MailboxBanner, MailboxNew };

    setup() {
        super.setup();
        useNewMail(this);
    }
}

registry.category("views").add("helpdesk_mailbox_list", {
    ...listView,
    Controller: MailboxListController,
});

export class MailboxKanbanController extends KanbanController {
    static template = "helpdesk_mail.MailboxKanbanView";
    static components = { ...KanbanController.components, MailboxBanner, MailboxNew };

    setup() {
        super.setup();
        useNewMail(this);
    }
}

registry.category("views").add("helpdesk_mailbox_kanban", {
    ...kanbanView,
    Controller: MailboxKanbanController,
});
