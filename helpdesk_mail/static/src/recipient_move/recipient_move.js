import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

// long enough to read how much has moved, and to change one's mind
const DELAY = 10000;

/**
 * Says what has moved, with a button that undoes it.
 *
 * @param {import("@web/env").OdooEnv} env
 * @param {{params: {message: string, move_id: number|false, next: Object}}} action
 */
export function showMove(env, { params }) {
    const { action, notification, orm } = env.services;
    const undo = {
        name: _t("Undo"),
        onClick: async () => {
            close();
            const move = [[params.move_id]];
            await action.doAction(await orm.call("helpdesk.recipient.move", "action_undo", move));
        },
    };
    const close = notification.add(params.message, {
        type: params.move_id ? "success" : "info",
        autocloseDelay: DELAY,
        buttons: params.move_id ? [undo] : [],
    });
    return params.next;
}

registry.category("actions").add("helpdesk_mail_moved", showMove);
