# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What installing and uninstalling does beyond records."""


def uninstall_hook(env):
    """Remove the scheduled actions of the inboxes, which would outlive the model that they call,
    and their outgoing servers, which could no longer sign in.
    """
    inboxes = env["helpdesk.inbox"].with_context(active_test=False).search([])
    inboxes.cron_id.unlink()
    inboxes.own_server_id.unlink()
