# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The addresses that write to us, each once in a company, and what is known of them."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..intake.addresses import domain_of, is_one_address, recipient_key


class HelpdeskRecipient(models.Model):
    _name = "helpdesk.recipient"
    _description = "Recipient"
    _rec_name = "email"
    _rec_names_search = ["email", "name"]
    # what came last stands first, without reading the whole table
    _order = "id desc"
    _check_company_auto = True

    email = fields.Char(
        required=True, index="trigram", help="The address, as it was written first."
    )
    email_key = fields.Char(
        string="Address, as compared",
        compute="_compute_email_key",
        store=True,
        precompute=True,
        help="The form in which addresses are compared: lower case, international domains in "
        "their ASCII form.",
    )
    email_domain = fields.Char(
        string="Domain", compute="_compute_email_key", store=True, precompute=True
    )
    name = fields.Char(string="Sender name", help="Tickets of this address show this name.")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="Mail from this address belongs to this customer.",
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Known contact",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The contact with this very address to whom its last mail was linked, without being "
        "paired.",
    )
    lead_id = fields.Many2one(
        "crm.lead",
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
        help="Mail from this address belongs to this lead.",
    )
    is_paired = fields.Boolean(
        string="Paired", compute="_compute_is_paired", search="_search_is_paired"
    )
    is_shared = fields.Boolean(
        string="Shared",
        help="Many people write from this address, a request form for instance: its tickets are "
        "linked to nobody, each one is assigned by hand.",
    )
    is_banned = fields.Boolean(
        string="Banned", help="What this address writes opens no ticket, until it is unbanned."
    )
    ticket_ids = fields.One2many("helpdesk.ticket", "recipient_id", string="Tickets")
    ticket_count = fields.Integer(string="Number of tickets", compute="_compute_ticket_count")
    last_mail_date = fields.Datetime(string="Last mail", readonly=True, copy=False)
    move_ids = fields.One2many("helpdesk.recipient.move", "recipient_id", string="History")

    _key_unique = models.UniqueIndex(
        "(email_key, company_id)", "There is a recipient with this address already."
    )
    _domain_idx = models.Index("(email_domain) WHERE email_domain IS NOT NULL")
    _banned_idx = models.Index("(id, company_id) WHERE is_banned")
    _shared_idx = models.Index("(id, company_id) WHERE is_shared")

    @api.depends("email")
    def _compute_email_key(self):
        for recipient in self:
            key = recipient_key(recipient.email)
            recipient.email_key = key or False
            recipient.email_domain = domain_of(key) or False

    @api.constrains("email")
    def _check_email(self):
        for recipient in self:
            if not is_one_address(recipient.email):
                raise ValidationError(
                    self.env._("%(email)s is no e-mail address.", email=recipient.email)
                )

    @api.constrains("partner_id", "lead_id", "is_shared")
    def _check_pairing(self):
        for recipient in self:
            if recipient.is_shared and (recipient.partner_id or recipient.lead_id):
                raise ValidationError(
                    self.env._(
                        "%(email)s is shared by many people, so it cannot be paired.",
                        email=recipient.email,
                    )
                )
            if recipient.partner_id and recipient.lead_id:
                raise ValidationError(
                    self.env._(
                        "%(email)s can be paired to a customer or to a lead, not to both.",
                        email=recipient.email,
                    )
                )

    @api.depends("partner_id", "lead_id")
    def _compute_is_paired(self):
        for recipient in self:
            recipient.is_paired = bool(recipient.partner_id or recipient.lead_id)

    def _search_is_paired(self, operator, value):
        if operator != "in":
            return NotImplemented
        return ["|", ("partner_id", "!=", False), ("lead_id", "!=", False)]

    def _compute_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]
            .with_context(active_test=False)
            ._read_group([("recipient_id", "in", self.ids)], ["recipient_id"], ["__count"])
        )
        for recipient in self:
            recipient.ticket_count = counts.get(recipient, 0)

    # ------------------------------------------------------------------
    # records
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("email"):
                vals["email"] = vals["email"].strip()
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("is_shared"):
            # a shared address belongs to nobody
            vals = {**vals, "partner_id": False, "lead_id": False}
        elif vals.get("partner_id") and "lead_id" not in vals:
            vals = {**vals, "lead_id": False}
        elif vals.get("lead_id") and "partner_id" not in vals:
            vals = {**vals, "partner_id": False}
        renamed = self.browse()
        if "name" in vals:
            renamed = self.filtered(lambda recipient: recipient.name != vals["name"])
        result = super().write(vals)
        if renamed:
            renamed._show_name_on_tickets()
        return result

    def _show_name_on_tickets(self):
        """Let the tickets of these addresses show the name of their sender as it is now."""
        Ticket = self.env["helpdesk.ticket"].with_context(active_test=False)
        for recipient in self:
            Ticket.search([("recipient_id", "=", recipient.id)]).write(
                {"partner_name": recipient.name or recipient.email}
            )

    @api.depends("email", "name")
    def _compute_display_name(self):
        for recipient in self:
            name, email = recipient.name, recipient.email or ""
            recipient.display_name = f"{name} <{email}>" if name and name != email else email

    def action_ban(self):
        """Refuse what these addresses write from now on."""
        self.write({"is_banned": True})
        return True

    def action_unban(self):
        """Take mail of these addresses in again."""
        self.write({"is_banned": False})
        return True

    def action_share(self):
        """Link the tickets of these addresses to nobody from now on; ends their pairing."""
        return self._set_shared(True)

    def action_unshare(self):
        """Let these addresses be paired again."""
        return self._set_shared(False)

    def _set_shared(self, shared):
        self._check_may_move()
        moves = self.env["helpdesk.recipient.move"]
        for recipient in self.filtered(lambda recipient: recipient.is_shared != shared):
            move = moves._open("share" if shared else "unshare", recipient, moves[:1])
            recipient.write({"is_shared": shared})
            move._close()
            moves |= move
        return moves._notification()

    def action_view_tickets(self):
        """The tickets of these addresses, closed ones included."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mgmt.helpdesk_ticket_action"
        )
        action["domain"] = [("recipient_id", "in", self.ids)]
        action["context"] = {"active_test": False}
        return action

    def _check_may_move(self):
        """Raise unless the user may change these recipients (an RPC may call any method)."""
        self.check_access("write")
