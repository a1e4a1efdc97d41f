# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Closing a ticket from the portal."""

from odoo import http
from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.http import request


class HelpdeskTicketClose(HelpdeskTicketController):
    @http.route()
    def support_ticket_close(self, **kw):
        """Close a ticket for those only who see it: it takes any number."""
        try:
            ticket_id = int(kw.get("ticket_id", 0))
        except ValueError:
            raise request.not_found() from None
        # whether it is hidden or missing, the answer is the same
        if not request.env["helpdesk.ticket"].search_count(
            [("id", "=", ticket_id), ("active", "in", [True, False])]
        ):
            raise request.not_found()
        return super().support_ticket_close(**kw)
