# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Message-IDs that carry the ticket's reply token; no way to messages around the scope."""

import secrets
import socket

from odoo import api, models
from odoo.fields import Domain

from ..intake import token
from .ir_rule import in_scope


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

    @api.model
    def _search(self, domain, offset=0, limit=None, order=None, *, bypass_access=False, **kwargs):
        """Find no mail that the user's scope hides, by way of the list of messages of a record
        either: Odoo looks there without asking whether the messages may be read.
        """
        if bypass_access and not self.env.su and self.env.user._helpdesk_scope_roots():
            domain = Domain(domain) & in_scope(self._name)
        return super()._search(domain, offset, limit, order, bypass_access=bypass_access, **kwargs)

    def export_data(self, fields_to_export):
        """Check what the administrator exports: Odoo reads messages without asking."""
        self.check_access("read")
        return super().export_data(fields_to_export)
