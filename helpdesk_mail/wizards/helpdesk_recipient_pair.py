# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The dialog that pairs addresses, and says first how many tickets will move."""

from odoo import api, fields, models

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

    def action_pair(self):
        """Pair; the recipients check the rights."""
        self.ensure_one()
        return self.recipient_ids.action_pair(
            partner_id=self.partner_id.id if self.target == "partner" else None,
            lead_id=self.lead_id.id if self.target == "lead" else None,
            assign_all=self.assign_all,
        )
