# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Uninstalling deletes all personal mailboxes: their owners are asked to export them first."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError


class BaseModuleUninstall(models.TransientModel):
    _inherit = "base.module.uninstall"

    helpdesk_mailbox_count = fields.Integer(compute="_compute_helpdesk_mailboxes")
    helpdesk_mailbox_message_count = fields.Integer(compute="_compute_helpdesk_mailboxes")

    @api.depends("module_ids")
    def _compute_helpdesk_mailboxes(self):
        # sudo: how many there are
        [[count, messages]] = (
            self.env["helpdesk.mailbox.status"]
            .sudo()
            ._read_group([], [], ["__count", "message_count:sum"])
        )
        for wizard in self:
            concerned = "helpdesk_mail" in wizard._get_modules().mapped("name")
            wizard.helpdesk_mailbox_count = count if concerned else 0
            wizard.helpdesk_mailbox_message_count = messages if concerned else 0

    def action_helpdesk_mail_ask_export(self):
        """Tell the owners of all mailboxes to export their mail."""
        if not self.env.user.has_group("base.group_system"):
            raise AccessError(self.env._("Only an administrator of the settings may do this."))
        # sudo: who has a mailbox
        owners = self.env["helpdesk.mailbox.status"].sudo()
        owners = owners.search([("user_active", "=", True)]).user_id
        for owner in owners.with_user(SUPERUSER_ID):
            env = owner.with_context(lang=owner.lang).env
            env["mail.thread"].message_notify(
                subject=env._("Export your mailbox"),
                body=env._(
                    "Helpdesk Mail is about to be uninstalled, and your personal mailbox with it. "
                    "Your mail server keeps its mail; what is only here is deleted. Open My "
                    "Preferences, Mailbox, and press Export."
                ),
                partner_ids=owner.partner_id.ids,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%(count)s owners were told.", count=len(owners)),
            },
        }
