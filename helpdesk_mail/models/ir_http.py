# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The browser learns how many private messages are unread when it starts."""

from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Add the number of unread messages of the user's own mailbox, where there is one."""
        info = super().session_info()
        if info.get("is_internal_user"):
            mailbox = self.env["helpdesk.mailbox"]._of_user()
            if mailbox and mailbox.state != "draft":
                info["helpdesk_mailbox"] = {"unread": mailbox._count_unread()}
        return info
