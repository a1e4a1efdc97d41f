# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What installing and uninstalling does beyond records."""


def uninstall_hook(env):
    """Remove the scheduled actions of the inboxes: they would outlive the model that they call."""
    env["helpdesk.inbox"].with_context(active_test=False).search([]).cron_id.unlink()
