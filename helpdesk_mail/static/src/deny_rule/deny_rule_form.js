import { registry } from "@web/core/registry";
import { formView } from "@web/views/form/form_view";

/**
 * Odoo saves a form when its user leaves it, or only looks at another tab. A rule that is being
 * rehearsed is not decided yet: it is saved by its button alone, and forgotten otherwise.
 */
export class DenyRuleFormController extends formView.Controller {
    get isRehearsing() {
        return Boolean(this.model.root.data.rehearse);
    }

    beforeVisibilityChange() {
        return this.isRehearsing ? undefined : super.beforeVisibilityChange();
    }

    async beforeLeave(options) {
        return this.isRehearsing ? undefined : super.beforeLeave(options);
    }

    async beforeUnload(ev) {
        return this.isRehearsing ? undefined : super.beforeUnload(ev);
    }
}

registry.category("views").add("helpdesk_mail_deny_rule_form", {
    ...formView,
    Controller: DenyRuleFormController,
});
