# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tickets know the address that wrote; changing their customer may change its pairing."""

from odoo import api, fields, models
from odoo.exceptions import UserError

CHANGE_PAIR = "helpdesk_mail_change_pair"


class HelpdeskTicket(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.ticket"  # pylint: disable=consider-merging-classes-inherited

    recipient_id = fields.Many2one(
        "helpdesk.recipient",
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        readonly=True,
        groups="helpdesk_mail.group_mail_agent",
        help="The address that wrote.",
    )
    sender_verification = fields.Selection(
        [
            ("pass", "Verified"),
            ("fail", "Forged"),
            ("none", "Not verified"),
            ("error", "Could not be checked"),
            ("confirmed", "Confirmed by an agent"),
        ],
        string="Sender",
        copy=False,
        readonly=True,
        groups="helpdesk_mail.group_mail_agent",
        help="Whether the mail came from the domain that it names (DMARC).",
    )
    asks_to_change_pair = fields.Boolean(
        compute="_compute_asks_to_change_pair",
        groups="helpdesk_mail.group_mail_agent",
        exportable=False,
        help="The address that wrote is paired, and the user may change that: a change of the "
        "customer may change the pairing.",
    )
    sender_may_be_paired = fields.Boolean(
        compute="_compute_asks_to_change_pair",
        groups="helpdesk_mail.group_mail_agent",
        help="The address that wrote belongs to nobody yet, and is not shared.",
    )
    helpdesk_mail_change_pair = fields.Boolean(
        store=False,
        exportable=False,
        help='The answer to "Change pair for recipient?", handed on when the ticket is saved.',
    )

    @api.depends("recipient_id.partner_id", "recipient_id.lead_id", "recipient_id.is_shared")
    @api.depends_context("uid")
    def _compute_asks_to_change_pair(self):
        # the question is for those who may answer Yes; of other addresses nothing is told
        mine = self.recipient_id._origin._filtered_access("write")
        for ticket in self:
            recipient = mine & ticket.recipient_id._origin
            ticket.asks_to_change_pair = recipient.is_paired and not recipient.is_shared
            ticket.sender_may_be_paired = (
                bool(recipient) and not recipient.is_paired and not recipient.is_shared
            )

    def action_pair_sender(self):
        """Open the dialog that pairs the address that wrote, with this ticket's customer or lead.

        :raise UserError: the address is shared, or the ticket did not come by mail
        """
        self.ensure_one()
        recipient = self.recipient_id
        recipient._check_may_move()
        if not recipient:
            raise UserError(self.env._("Nobody wrote this ticket by mail."))
        recipient._check_is_not_shared()
        action = recipient._pair_dialog()
        chosen = {"default_partner_id": self.partner_id.id}
        if self.lead_id and not self.partner_id:
            chosen = {"default_target": "lead", "default_lead_id": self.lead_id.id}
        action["context"].update(chosen)
        return action

    def action_confirm_sender(self):
        """An agent knows that the sender is no forgery: link the ticket as if that were proven."""
        self.check_access("write")
        for ticket in self.filtered(lambda ticket: ticket.sender_verification == "fail"):
            # sudo: the field is read-only to everybody; the right to write the ticket was checked
            ticket.sudo().sender_verification = "confirmed"
            ticket._message_log(
                body=self.env._("%(user)s has confirmed the sender.", user=self.env.user.name)
            )
            if not ticket.partner_id and not ticket.lead_id:
                ticket._helpdesk_mail_link(*ticket.recipient_id._whose())
        return True

    def write(self, vals):
        """Move the pairing as well where the customer changes and the answer was *Yes*.

        The answer comes with the values (from a form) or in the context (from an import or RPC);
        without one it is *No*: this ticket moves alone. A lead counts where there is no customer.
        """
        answer = self.env.context.get(CHANGE_PAIR, False)
        if CHANGE_PAIR in vals:
            vals = dict(vals)
            answer = vals.pop(CHANGE_PAIR)
        partner = self.env["res.partner"].browse(vals.get("partner_id") or [])
        lead = self.env["crm.lead"].browse((not partner and vals.get("lead_id")) or [])
        if not answer or not (partner or lead):
            return super().write(vals)
        self.check_access("write")
        new_pair = (partner, lead)
        # sudo: which addresses would move; whoever may not move them is refused, not ignored
        moving = self.sudo().filtered(
            lambda ticket: (
                ticket.recipient_id.is_paired
                and not ticket.recipient_id.is_shared
                and (ticket.partner_id != partner if partner else ticket._gets_lead(lead, vals))
            )
        )
        recipients = moving.recipient_id.filtered(
            lambda recipient: (recipient.partner_id, recipient.lead_id) != new_pair
        ).with_env(self.env)
        moves = recipients._open_change(partner, lead, self)
        result = super().write(vals)
        recipients._follow_change(partner, lead, moves)
        return result

    def _gets_lead(self, lead, vals):
        """Whether *lead* is what these values make this ticket belong to: no customer is left."""
        return self.lead_id != lead and not vals.get("partner_id", self.partner_id)

    def _helpdesk_mail_link(self, partner, lead, replace=False):
        """Link these tickets to a customer and a lead (records, maybe empty).

        With *replace*, what is empty is taken away as well.
        """
        values = {}
        if partner or replace:
            values["partner_id"] = partner.id
        if lead or replace:
            values["lead_id"] = lead.id
        if self and values:
            # the pairing has been decided by whoever calls
            self.with_context(**{CHANGE_PAIR: False}).write(values)
