# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A lead becomes a customer: its tickets get into the scope of that customer's users."""

from odoo import models
from odoo.exceptions import AccessError


class CrmLead(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "crm.lead"  # pylint: disable=consider-merging-classes-inherited

    def write(self, vals):
        """Refuse to pull tickets and addresses into one's own scope by the customer of a lead."""
        if "partner_id" not in vals:
            return super().write(vals)
        if not self.env.su and self.env.user._helpdesk_scope_roots():
            self.filtered(
                lambda lead: lead.partner_id.id != (vals["partner_id"] or False)
            )._helpdesk_check_nothing_hidden()
        result = super().write(vals)
        # sudo: tickets that their agents no longer see, whoever chooses the customer
        self.env["helpdesk.ticket"].sudo()._helpdesk_scope_release(leads=self)
        return result

    def _merge_opportunity(self, *args, **kwargs):
        """Refuse to pull tickets and addresses into one's own scope by merging leads."""
        if not self.env.su and self.env.user._helpdesk_scope_roots():
            self._helpdesk_check_nothing_hidden()
        return super()._merge_opportunity(*args, **kwargs)

    def _helpdesk_check_nothing_hidden(self):
        """Raise where these leads have tickets or addresses that the user does not see."""
        for name in ("helpdesk.ticket", "helpdesk.recipient"):
            Model = self.env[name].with_context(active_test=False)
            domain = [("lead_id", "in", self.ids)]
            # sudo: only whether there is something that the user does not see
            if Model.sudo().search_count(domain) > Model.search_count(domain):
                raise AccessError(
                    self.env._(
                        "This lead has tickets or addresses that you do not see. Ask a helpdesk "
                        "manager to do this."
                    )
                )
