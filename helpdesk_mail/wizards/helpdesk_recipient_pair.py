# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The dialog that pairs addresses, and says first how many tickets will move."""

import json

from odoo import api, fields, models
from odoo.exceptions import UserError

_MOST_NAMED = 5


class HelpdeskRecipientPair(models.TransientModel):
    _name = "helpdesk.recipient.pair"
    _description = "Pair addresses to a customer or a lead"

    recipient_ids = fields.Many2many("helpdesk.recipient", required=True)
    target = fields.Selection(
        [("partner", "Customer"), ("lead", "Lead")],
        string="Pair to",
        required=True,
        default="partner",
    )
    partner_id = fields.Many2one("res.partner", string="Customer")
    lead_id = fields.Many2one("crm.lead")
    assign_all = fields.Boolean(
        string="Assign all tickets",
        default=True,
        help="All tickets of these addresses that have no customer.",
    )
    paired_to = fields.Char(compute="_compute_paired_to")
    ticket_count = fields.Integer(string="Tickets that will move", compute="_compute_ticket_count")
    # the dialog hands back what it was opened with: who pairs shall know what they change
    seen = fields.Text(compute="_compute_seen", store=True, readonly=False, precompute=True)

    @api.model
    def default_get(self, fields_list):
        """Propose the contact that is known to have these very addresses."""
        values = super().default_get(fields_list)
        recipients = self.env["helpdesk.recipient"].browse(
            self.env.context.get("default_recipient_ids")
        )
        contacts = recipients.contact_id
        if len(contacts) == 1 and all(
            recipient.contact_id and not recipient.is_paired for recipient in recipients
        ):
            values.setdefault("partner_id", contacts.id)
        return values

    @api.depends("recipient_ids")
    def _compute_paired_to(self):
        for wizard in self:
            paired = wizard.recipient_ids._origin.filtered("is_paired")
            # sudo: the names that the list of recipients shows as well
            names = [
                f"{recipient.email}: {(recipient.partner_id or recipient.lead_id).display_name}"
                for recipient in paired[:_MOST_NAMED].sudo()
            ]
            if len(paired) > _MOST_NAMED:
                names.append(self.env._("%s more", len(paired) - _MOST_NAMED))
            wizard.paired_to = "; ".join(names)

    @api.depends("recipient_ids", "assign_all", "target")
    def _compute_ticket_count(self):
        for wizard in self:
            tickets = wizard.recipient_ids._origin._tickets_without_customer(
                lead=wizard.target == "lead"
            )
            wizard.ticket_count = len(tickets) if wizard.assign_all else 0

    @api.depends("recipient_ids")
    def _compute_seen(self):
        for wizard in self:
            wizard.seen = json.dumps(wizard._states())

    def _states(self):
        """To whom each address is paired now: its id (a str, as JSON has it) -> what is known."""
        return {
            str(recipient.id): [
                recipient.partner_id.id,
                recipient.lead_id.id,
                bool(recipient.is_shared),
            ]
            for recipient in self.recipient_ids._origin
        }

    @api.model_create_multi
    def create(self, vals_list):
        """Say in words what has gone while the dialog stood open, before the database does.

        :raise UserError: the customer, the lead or an address was merged or deleted meanwhile
        """
        for vals in vals_list:
            for name in ("partner_id", "lead_id"):
                record = self.env[self._fields[name].comodel_name].browse(vals.get(name) or [])
                if record != record.exists():
                    raise UserError(self._words_for_gone())
        return super().create(vals_list)

    def _words_for_gone(self):
        return self.env._(
            "The customer or lead does not exist any more: somebody has merged or deleted it "
            "meanwhile. Choose another one."
        )

    def action_pair(self):
        """Pair; the recipients check the rights.

        :raise UserError: nobody is chosen, or something has changed since the dialog was opened
        """
        self.ensure_one()
        target = self.partner_id if self.target == "partner" else self.lead_id
        if not target.exists():
            raise UserError(self._words_for_gone())
        self._check_nobody_was_faster()
        return self.recipient_ids.action_pair(
            partner_id=target.id if self.target == "partner" else None,
            lead_id=target.id if self.target == "lead" else None,
            assign_all=self.assign_all,
        )

    def _check_nobody_was_faster(self):
        """Let no pairing be replaced that whoever pairs has not seen.

        Two at once end here as well: Odoo runs the later one again, which then sees the first.
        """
        seen = json.loads(self.seen or "{}")
        now = self._states()
        if not now or seen.keys() - now.keys():
            raise UserError(
                self.env._("An address was deleted meanwhile. Close this and look again.")
            )
        changed = self.recipient_ids.filtered(
            lambda recipient: seen.get(str(recipient.id)) != now[str(recipient.id)]
        )
        if changed:
            raise UserError(
                self.env._(
                    "Somebody else was faster. Close this and look again, before you change what "
                    "they did:\n%(changes)s",
                    changes="\n".join(self._change_of(recipient) for recipient in changed[:10]),
                )
            )

    def _change_of(self, recipient):
        """What has become of an address, in one line."""
        if recipient.is_shared:
            return self.env._("%(email)s is marked as shared.", email=recipient.email)
        # sudo: the name alone, as the list of recipients shows it
        owner = (recipient.partner_id or recipient.lead_id).sudo()
        if owner:
            return self.env._(
                "%(email)s is paired to %(owner)s.", email=recipient.email, owner=owner.display_name
            )
        return self.env._("%(email)s is no longer paired.", email=recipient.email)
