// License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
// A mail has left the screen where it was written: back to where its author came from.
import { registry } from "@web/core/registry";

async function messageLeft(env, action) {
    if (action.params?.message) {
        env.services.notification.add(action.params.message, { type: "success" });
    }
    // a dialog over the draft goes first
    await env.services.action.doAction({ type: "ir.actions.act_window_close" });
    try {
        await env.services.action.restore();
    } catch {
        // opened by its address: there is nowhere to go back to
        return { type: "ir.actions.client", tag: "soft_reload" };
    }
}

registry.category("actions").add("helpdesk_mail_message_left", messageLeft);
