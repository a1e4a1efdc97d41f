# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What installing and uninstalling does beyond records."""

from .models import seal

_BATCH = 500


def uninstall_hook(env):
    """Remove the scheduled actions of the accounts, which would outlive the model that they call,
    their outgoing servers, which could no longer sign in, and names that Odoo forgets.
    """
    inboxes = env["helpdesk.inbox"].with_context(active_test=False).search([])
    inboxes.cron_id.unlink()
    inboxes.own_server_id.unlink()
    _remove_mailboxes(env)
    # fields that come from a mixin of Odoo's have values that bear the name of its add-on
    env["ir.model.data"].search(
        [
            ("module", "=", "mail"),
            ("model", "=", "ir.model.fields.selection"),
            ("name", "=like", r"selection\_\_helpdesk\_inbox\_\_%"),
        ]
    ).unlink()


def _remove_mailboxes(env):
    """Nothing of private mail stays behind: no row, no file, no scheduled action, no server."""
    seal.opened(env["helpdesk.mailbox"]).search([]).unlink()
    # files of fields as well, and what was uploaded for drafts that were never saved
    files = seal.opened(env["ir.attachment"])
    every_field = ["|", ("res_field", "=", False), ("res_field", "!=", False)]
    for model in (seal.MESSAGE, seal.SENT_COPY):
        wanted = [("res_model", "=", model), *every_field]
        while found := files.search(wanted, limit=_BATCH):
            found.unlink()
    env.flush_all()
    seal.dismantle(env)
