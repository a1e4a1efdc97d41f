# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Pairing: an address belongs to a customer or to a lead, and its tickets with it."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import email_normalize


class HelpdeskRecipient(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.recipient"  # pylint: disable=consider-merging-classes-inherited

    def action_pair(self, partner_id=None, lead_id=None, assign_all=True):
        """Pair these addresses to a customer or to a lead.

        Without arguments it opens the dialog that asks for them.

        :param partner_id: id of a res.partner, or None
        :param lead_id: id of a crm.lead, or None; one of the two
        :param assign_all: whether the tickets of these addresses that have no customer move as well
        :return: the dialog, or an action with the journal entry (*undo*)
        :raise UserError: an address is shared, or the customer is archived or gone
        """
        self._check_may_move()
        if not partner_id and not lead_id:
            return self._pair_dialog()
        if partner_id and lead_id:
            raise UserError(self.env._("Choose a customer or a lead, not both."))
        partner = self.env["res.partner"].browse(partner_id or []).exists()
        lead = self.env["crm.lead"].browse(lead_id or []).exists()
        self._check_can_be_paired(partner, lead)
        moves = self.env["helpdesk.recipient.move"]
        for recipient in self:
            moves |= recipient._pair_to(partner, lead, moves[:1], assign_all=assign_all)
        return moves._notification()

    def _pair_to(self, partner, lead, first, *, assign_all=True):
        """Pair this address, and its tickets where *assign_all*: the move, after *first*."""
        self.ensure_one()
        move = first._open("pair", self, first)
        self.write({"partner_id": partner.id, "lead_id": lead.id})
        if assign_all:
            tickets = self._tickets_without_customer(lead=bool(lead))
            move._note_tickets(tickets)
            tickets._helpdesk_mail_link(partner, lead)
        move._close()
        return move

    def action_unpair(self):
        """End the pairing of these addresses; their tickets stay where they are."""
        self._check_may_move()
        moves = self.env["helpdesk.recipient.move"]
        for recipient in self.filtered("is_paired"):
            move = moves._open("unpair", recipient, moves[:1])
            recipient.write({"partner_id": False, "lead_id": False})
            move._close()
            moves |= move
        return moves._notification()

    def action_create_lead(self):
        """Pair these addresses to leads: those that there are with the address, else new ones.

        :return: an action with the journal entries (*undo*)
        :raise UserError: an address is shared
        """
        self._check_may_move()
        Lead = self.env["crm.lead"]
        moves = self.env["helpdesk.recipient.move"]
        for recipient in self.filtered(lambda recipient: not recipient.is_paired):
            recipient._check_is_not_shared()
            lead = Lead.with_context(active_test=False).search(
                [
                    ("email_normalized", "=", email_normalize(recipient.email, strict=False)),
                    ("company_id", "in", [False, recipient.company_id.id]),
                ],
                order="active desc, id desc",
                limit=1,
            )
            if not lead:
                lead = Lead.create(
                    {
                        "name": recipient.ticket_ids[:1].name or recipient.email,
                        "contact_name": recipient.name,
                        "email_from": recipient.email,
                        "company_id": recipient.company_id.id,
                    }
                )
            recipient._check_can_be_paired(self.env["res.partner"], lead)
            moves |= recipient._pair_to(self.env["res.partner"], lead, moves[:1])
        return moves._notification()

    def _pair_dialog(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pair to a customer or a lead"),
            "res_model": "helpdesk.recipient.pair",
            "view_mode": "form",
            "target": "new",
            "context": {"default_recipient_ids": self.ids},
        }

    def _check_can_be_paired(self, partner, lead):
        """Raise a UserError that says what to do unless *self* may be paired to one of these."""
        if not partner and not lead:
            raise UserError(
                self.env._("The customer or lead does not exist any more. Choose another one.")
            )
        (partner or lead).check_access("read")
        if not (partner or lead).active:
            raise UserError(
                self.env._(
                    "%(name)s is archived. Unarchive it first, or choose another one.",
                    name=(partner or lead).display_name,
                )
            )
        self._check_is_not_shared()

    def _check_is_not_shared(self):
        shared = self.filtered("is_shared")
        if shared:
            raise UserError(
                self.env._(
                    "%(emails)s: shared by many people, so it cannot be paired. Switch Shared "
                    "off first.",
                    emails=", ".join(shared[:10].mapped("email")),
                )
            )

    def _whose(self):
        """(customer, lead) to whom mail of this address belongs, records that may be empty."""
        partner, lead = self.partner_id, self.lead_id
        if not partner and not lead and not self.is_shared and self:
            found = partner.search(
                [
                    ("email_normalized", "=", email_normalize(self.email, strict=False)),
                    ("company_id", "in", [False, self.company_id.id]),
                ]
            )
            if len(found.commercial_partner_id) == 1:
                partner = found[:1]
        return partner, lead

    def _tickets_without_customer(self, *, lead=False):
        """The tickets of these addresses that belong to no customer (*lead*: and to no lead)."""
        domain = [("recipient_id", "in", self.ids), ("partner_id", "=", False)]
        if lead:
            domain.append(("lead_id", "=", False))
        return self.env["helpdesk.ticket"].with_context(active_test=False).search(domain)

    # ------------------------------------------------------------------
    # the customer of a ticket changes
    # ------------------------------------------------------------------

    def _open_change(self, partner, lead, tickets):
        """Note, before *tickets* get the customer *partner* or the *lead*, what will follow their
        recipients.

        What follows: all tickets that the old pairing had brought to its customer or lead.

        :return: the moves, one for each recipient, with their tickets
        """
        # sudo: nobody writes the journal but the moves themselves
        moves = self.env["helpdesk.recipient.move"].sudo()
        if not self:
            return moves
        self._check_may_move()
        self._check_can_be_paired(partner.exists(), lead.exists())
        for recipient in self:
            move = moves._open("change", recipient, moves[:1])
            mine = tickets.filtered(lambda ticket, mine=recipient: ticket.recipient_id == mine)
            move._note_tickets(mine | recipient._tickets_of_pairing())
            moves |= move
        return moves

    def _follow_change(self, partner, lead, moves):
        """Move the pairing of these recipients, and the tickets noted in *moves*, to *partner* or
        to *lead*.
        """
        for move in moves:
            recipient = move.recipient_id.with_env(self.env)
            recipient.write({"partner_id": partner.id, "lead_id": lead.id})
            tickets = move.line_ids.ticket_id.with_env(self.env)
            if partner:
                others = tickets.filtered(lambda ticket: ticket.partner_id != partner)
                others._helpdesk_mail_link(partner, lead)
            else:
                others = tickets.filtered(
                    lambda ticket: ticket.partner_id or ticket.lead_id != lead
                )
                # their customer was that of the old pairing
                others._helpdesk_mail_link(partner, lead, replace=True)
            move._close()

    def _tickets_of_pairing(self):
        """The tickets of this address that belong to whom it is paired to, or to nobody."""
        self.ensure_one()
        customer = self.partner_id.commercial_partner_id or self.lead_id.partner_id
        return (
            self.env["helpdesk.ticket"]
            .with_context(active_test=False)
            .search(
                [
                    ("recipient_id", "=", self.id),
                    "|",
                    "&",
                    ("partner_id", "=", False),
                    ("lead_id", "in", [False, *self.lead_id.ids]),
                    ("commercial_partner_id", "in", customer.commercial_partner_id.ids),
                ]
            )
        )
