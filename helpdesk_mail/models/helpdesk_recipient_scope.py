# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whose customers' addresses these are: what bounds who sees them."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

_DECIDING = {"partner_id", "lead_id", "contact_id", "is_shared"}


class HelpdeskRecipient(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.recipient"  # pylint: disable=consider-merging-classes-inherited

    # the ORM reads these for all; nobody reads or writes them
    scope_customer_id = fields.Many2one(
        "res.partner",
        compute="_compute_scope",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
        help="The customer whose address it is: paired, of its lead, or the known contact.",
    )
    scope_managing_id = fields.Many2one(
        "res.partner",
        compute="_compute_scope",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
        help="The partner that this customer belongs to.",
    )

    # intake writes contacts in SQL, and these two with them: intake/recipients.py
    @api.depends(
        "is_shared",
        "partner_id.helpdesk_managing_partner_id",
        "lead_id.partner_id.helpdesk_managing_partner_id",
        "contact_id.helpdesk_managing_partner_id",
    )
    def _compute_scope(self):
        for recipient in self:
            if recipient.partner_id or recipient.lead_id or recipient.is_shared:
                customer = recipient.partner_id or recipient.lead_id.partner_id
            else:
                customer = recipient.contact_id
            recipient.scope_customer_id = customer
            recipient.scope_managing_id = customer.helpdesk_managing_partner_id

    def write(self, vals):
        """Refuse to give an address away to a customer outside of one's own scope."""
        result = super().write(vals)
        if (
            _DECIDING & vals.keys()
            and not self.env.su
            and self.env.user._helpdesk_scope_roots()
            and self._filtered_access("read") != self
        ):
            raise AccessError(
                self.env._(
                    "Then this address would belong to nobody whom you see, or to somebody else's "
                    "customer: choose one of your customers."
                )
            )
        return result
