# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The portal shows colleagues with a scope no more than the rest of Odoo does."""

from odoo import http
from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.portal.controllers.portal import CustomerPortal
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


class HelpdeskTicketPortal(CustomerPortal):
    def _document_check_access(self, model_name, document_id, access_token=None):
        """Let a customer's private link open nothing for a colleague who may not see the ticket."""
        if model_name == "helpdesk.ticket" and request.env.user._helpdesk_scope_roots():
            access_token = None
        return super()._document_check_access(model_name, document_id, access_token=access_token)
