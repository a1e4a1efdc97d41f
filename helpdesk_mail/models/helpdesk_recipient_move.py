# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The journal of what was done to recipients and their tickets: each move is undone as one."""

from odoo import api, fields, models
from odoo.exceptions import UserError


class HelpdeskRecipientMove(models.Model):
    _name = "helpdesk.recipient.move"
    _description = "Change of a recipient"
    _order = "id desc"
    _rec_name = "kind"

    kind = fields.Selection(
        [
            ("pair", "Paired"),
            ("unpair", "Unpaired"),
            ("share", "Marked as shared"),
            ("unshare", "No longer shared"),
            ("change", "Customer changed on a ticket"),
            ("converted", "Lead became a customer"),
            ("merged", "Contacts or leads merged"),
        ],
        required=True,
        readonly=True,
    )
    recipient_id = fields.Many2one(
        "helpdesk.recipient", required=True, readonly=True, index=True, ondelete="cascade"
    )
    first_id = fields.Many2one(
        "helpdesk.recipient.move",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The first change of the same action: they are undone together.",
    )
    company_id = fields.Many2one(related="recipient_id.company_id", store=True)
    old_partner_id = fields.Many2one("res.partner", "Customer before", readonly=True)
    old_lead_id = fields.Many2one("crm.lead", "Lead before", readonly=True)
    old_shared = fields.Boolean("Shared before", readonly=True)
    new_partner_id = fields.Many2one("res.partner", "Customer after", readonly=True)
    new_lead_id = fields.Many2one("crm.lead", "Lead after", readonly=True)
    new_shared = fields.Boolean("Shared after", readonly=True)
    line_ids = fields.One2many("helpdesk.recipient.move.line", "move_id", "Tickets", readonly=True)
    ticket_count = fields.Integer(compute="_compute_ticket_count")
    before = fields.Char(compute="_compute_before_and_after")
    after = fields.Char(compute="_compute_before_and_after")
    can_undo = fields.Boolean(compute="_compute_can_undo")
    undone_uid = fields.Many2one("res.users", "Undone by", readonly=True)
    undone_date = fields.Datetime("Undone on", readonly=True)

    @api.depends("line_ids")
    def _compute_ticket_count(self):
        for move in self:
            move.ticket_count = len(move.line_ids)

    @api.depends(
        "old_partner_id", "old_lead_id", "old_shared", "new_partner_id", "new_lead_id", "new_shared"
    )
    @api.depends_context("lang")
    def _compute_before_and_after(self):
        # sudo: the names of whom the address belonged to, as every link shows them
        for move in self.sudo():
            for name, prefix in (("before", "old"), ("after", "new")):
                whose = move[f"{prefix}_partner_id"] or move[f"{prefix}_lead_id"]
                if whose:
                    move[name] = whose.display_name
                elif move[f"{prefix}_shared"]:
                    move[name] = self.env._("Shared")
                else:
                    move[name] = self.env._("Nobody")

    @api.depends(
        "undone_date",
        "recipient_id.partner_id",
        "recipient_id.lead_id",
        "recipient_id.is_shared",
    )
    def _compute_can_undo(self):
        # sudo: compares what the journal says with the address that the user sees
        for move in self.sudo():
            move.can_undo = not move.undone_date and move._is_last()

    @api.model
    def _open(self, kind, recipient, first=None):
        """A new move (not a public way: the journal is written by what it tells of).

        :param first: the first move of the same action, or None
        """
        # sudo: nobody writes the journal but the moves themselves
        return self.sudo().create(
            {
                "kind": kind,
                "recipient_id": recipient.id,
                "first_id": first.id if first else False,
                "old_partner_id": recipient.partner_id.id,
                "old_lead_id": recipient.lead_id.id,
                "old_shared": recipient.is_shared,
            }
        )

    def _note_tickets(self, tickets):
        """Remember to whom *tickets* belonged, before they move."""
        self.ensure_one()
        self.env["helpdesk.recipient.move.line"].sudo().create(
            [
                {
                    "move_id": self.id,
                    "ticket_id": ticket.id,
                    "old_partner_id": ticket.partner_id.id,
                    # sudo: portal users apart, who moves a ticket may know its lead
                    "old_lead_id": ticket.sudo().lead_id.id,
                }
                for ticket in tickets
            ]
        )

    def _close(self):
        """Remember what the recipient and the tickets belong to now, after they have moved."""
        self.ensure_one()
        recipient = self.recipient_id
        self.write(
            {
                "new_partner_id": recipient.partner_id.id,
                "new_lead_id": recipient.lead_id.id,
                "new_shared": recipient.is_shared,
            }
        )
        for line in self.line_ids:
            line.new_partner_id = line.ticket_id.partner_id
            line.new_lead_id = line.ticket_id.lead_id

    def action_undo(self):
        """Give the recipients and their tickets back to whom they belonged before.

        What was done to several addresses at once is undone at once. What somebody has changed
        since stays as it is now.

        :raise UserError: nothing of it can be undone
        """
        self.ensure_one()
        moves = self._together()
        moves.recipient_id.check_access("write")
        # sudo: the journal is read-only; the records that it names are changed as the user
        moves = moves.sudo()
        if not moves.filtered(lambda move: not move.undone_date):
            raise UserError(self.env._("This was undone already."))
        undone = moves.filtered(lambda move: not move.undone_date and move._is_last())
        if not undone:
            raise UserError(
                self.env._(
                    "%(emails)s was changed again since. Undo the later change first.",
                    emails=", ".join(moves.recipient_id[:10].mapped("email")),
                )
            )
        for move in undone:
            move._undo(self.env)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Undone. Addresses: %(recipients)s, tickets: %(tickets)s. What was changed "
                    "since stays as it is.",
                    recipients=len(undone),
                    tickets=sum(undone.mapped("ticket_count")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _together(self):
        """The moves of the same action, this one included; of those that the user may see."""
        first = self.first_id or self
        return first | self.search([("first_id", "=", first.id)], order="id")

    def _is_last(self):
        """Whether the recipient is still as this move left it."""
        self.ensure_one()
        recipient = self.recipient_id
        return (recipient.partner_id, recipient.lead_id, recipient.is_shared) == (
            self.new_partner_id,
            self.new_lead_id,
            self.new_shared,
        )

    def _undo(self, env):
        """Undo this move (a record of sudo) as the user of *env*."""
        self.ensure_one()
        self.recipient_id.with_env(env).write(
            {
                "is_shared": self.old_shared,
                "partner_id": self.old_partner_id.id,
                "lead_id": self.old_lead_id.id,
            }
        )
        for before, lines in self.line_ids.grouped(
            lambda line: (line.old_partner_id, line.old_lead_id)
        ).items():
            still = lines.filtered(
                lambda line: (
                    (line.ticket_id.partner_id, line.ticket_id.lead_id)
                    == (line.new_partner_id, line.new_lead_id)
                )
            )
            still.ticket_id.with_env(env)._helpdesk_mail_link(*before, replace=True)
        self.write({"undone_uid": env.uid, "undone_date": fields.Datetime.now()})

    def _notification(self):
        """The words on the screen after these moves, with a button that undoes them."""
        if self:
            message = self.env._(
                "Addresses changed: %(recipients)s. Tickets moved: %(tickets)s.",
                recipients=len(self),
                tickets=sum(self.mapped("ticket_count")),
            )
        else:
            message = self.env._("There was nothing to change.")
        return {
            "type": "ir.actions.client",
            "tag": "helpdesk_mail_moved",
            "params": {
                "message": message,
                "move_id": self[:1].id,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class HelpdeskRecipientMoveLine(models.Model):
    _name = "helpdesk.recipient.move.line"
    _description = "Ticket that a change of a recipient moved"

    move_id = fields.Many2one(
        "helpdesk.recipient.move", required=True, readonly=True, index=True, ondelete="cascade"
    )
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True, index=True, ondelete="cascade")
    old_partner_id = fields.Many2one("res.partner", "Customer before", readonly=True)
    old_lead_id = fields.Many2one("crm.lead", "Lead before", readonly=True)
    new_partner_id = fields.Many2one("res.partner", "Customer after", readonly=True)
    new_lead_id = fields.Many2one("crm.lead", "Lead after", readonly=True)
