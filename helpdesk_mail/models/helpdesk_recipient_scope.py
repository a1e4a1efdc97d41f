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

    can_unpair = fields.Boolean(compute="_compute_can_release", exportable=False)
    can_share = fields.Boolean(compute="_compute_can_release", exportable=False)

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

    @api.depends("is_shared", "partner_id", "lead_id", "contact_id")
    @api.depends_context("uid")
    def _compute_can_release(self):
        """Who works for some customers cannot give an address away to nobody: no button for it."""
        scope = self.env.user._helpdesk_scope()
        keeps = self._helpdesk_wrote_to(scope.inbox_ids) if scope else self
        for recipient in self:
            stays = recipient in keeps
            recipient.can_share = not recipient.is_shared and stays
            if scope and recipient.is_paired:
                # sudo: whose contact it is that stays known
                contact = recipient.sudo().contact_id
                if contact:
                    owners = {contact.id, contact.helpdesk_managing_partner_id.id}
                    stays = not owners.isdisjoint(scope.partner_ids)
            recipient.can_unpair = recipient.is_paired and stays

    def _helpdesk_wrote_to(self, inbox_ids):
        """Those of these recipients that wrote to one of the inboxes."""
        if not inbox_ids:
            return self.browse()
        # sudo: only whether they did, as the scope itself asks
        Ticket = self.env["helpdesk.ticket"].sudo().with_context(active_test=False)
        groups = Ticket._read_group(
            [("recipient_id", "in", self.ids), ("inbox_id", "in", inbox_ids)], ["recipient_id"]
        )
        return self.browse(recipient.id for (recipient,) in groups)

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
