# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Message-IDs that carry the ticket's reply token."""

import secrets
import socket

from odoo import models

from ..intake import token


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _get_message_id(self, values):
        """Sign the Message-ID of what we say in a ticket, so that an answer finds it even if
        all else is lost.
        """
        if (
            values.get("model") == "helpdesk.ticket"
            and values.get("res_id")
            and not values.get("reply_to_force_new")
        ):
            # short enough for one header line of 78 characters: mail programs break longer ones
            name = f"{secrets.token_hex(6)}.{token.make(self.env, values['res_id'])}"
            return f"<{name}@{socket.gethostname()[:32]}>"
        return super()._get_message_id(values)

    def export_data(self, fields_to_export):
        """Check what the administrator exports: Odoo reads messages without asking."""
        self.check_access("read")
        return super().export_data(fields_to_export)
