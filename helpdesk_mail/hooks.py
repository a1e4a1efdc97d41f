# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What installing and uninstalling does beyond records."""


def uninstall_hook(env):
    """Remove the scheduled actions of the inboxes, which would outlive the model that they call,
    their outgoing servers, which could no longer sign in, and names that Odoo forgets.
    """
    inboxes = env["helpdesk.inbox"].with_context(active_test=False).search([])
    inboxes.cron_id.unlink()
    inboxes.own_server_id.unlink()
    # fields that come from a mixin of Odoo's have values that bear the name of its add-on
    env["ir.model.data"].search(
        [
            ("module", "=", "mail"),
            ("model", "=", "ir.model.fields.selection"),
            ("name", "=like", r"selection\_\_helpdesk\_inbox\_\_%"),
        ]
    ).unlink()
