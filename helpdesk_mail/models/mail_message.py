# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Message-IDs that carry the ticket's reply token."""

from odoo import models
from odoo.tools.mail import generate_tracking_message_id

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
            ticket_id = values["res_id"]
            return generate_tracking_message_id(
                f"{ticket_id}-helpdesk.ticket-{token.make(self.env, ticket_id)}"
            )
        return super()._get_message_id(values)
