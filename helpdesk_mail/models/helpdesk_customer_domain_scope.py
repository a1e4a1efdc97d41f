# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The domain of a customer pulls no mail into one's own scope."""

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..intake.deny.rules import escape_like


class HelpdeskCustomerDomain(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.customer.domain"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        domains = super().create(vals_list)
        domains._helpdesk_check_no_hidden_sender()
        return domains

    def write(self, vals):
        result = super().write(vals)
        # whose domains these were, and whose they are, is what the scope itself checks
        self.check_access("read")
        self._helpdesk_check_no_hidden_sender()
        return result

    def _helpdesk_check_no_hidden_sender(self):
        """Raise where somebody of these domains has written to us whom the user does not see:
        their next mail would be the user's to read.
        """
        if self.env.su or not self.env.user._helpdesk_scope_roots():
            return
        Recipient = self.env["helpdesk.recipient"]
        for domain in self:
            senders = Domain("company_id", "in", self.env.companies.ids) & (
                Domain("email_domain", "=", domain.name)
                | Domain("email_domain", "=like", f"%.{escape_like(domain.name)}")
            )
            # sudo: only whether there is somebody whom the user does not see
            if Recipient.sudo().search_count(senders) > Recipient.search_count(senders):
                raise AccessError(
                    self.env._(
                        "Somebody of %(domain)s whom you do not see has written already. Ask a "
                        "helpdesk manager to give the domain to your customer.",
                        domain=domain.name,
                    )
                )
