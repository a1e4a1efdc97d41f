# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What installing and uninstalling does beyond records."""

from .models import seal


def uninstall_hook(env):
    """Remove the scheduled actions of the accounts, which would outlive the model that they call,
    their outgoing servers, which could no longer sign in, and names that Odoo forgets.
    """
    inboxes = env["helpdesk.inbox"].with_context(active_test=False).search([])
    inboxes.cron_id.unlink()
    inboxes.own_server_id.unlink()
    # nothing of private mail stays behind
    files = seal.opened(env["ir.attachment"])
    files.search([("res_model", "=", seal.MESSAGE)]).unlink()
    mailboxes = seal.opened(env["helpdesk.mailbox"]).search([])
    mailboxes.cron_id.unlink()
    mailboxes.own_server_id.unlink()
    # fields that come from a mixin of Odoo's have values that bear the name of its add-on
    env["ir.model.data"].search(
        [
            ("module", "=", "mail"),
            ("model", "=", "ir.model.fields.selection"),
            ("name", "=like", r"selection\_\_helpdesk\_inbox\_\_%"),
        ]
    ).unlink()
