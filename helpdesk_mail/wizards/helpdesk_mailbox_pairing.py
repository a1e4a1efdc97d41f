# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The dialog that says whose private mail from an address is: sealed as the mail itself."""

from odoo import api, fields, models
from odoo.exceptions import UserError

_MOST_NAMED = 5


class HelpdeskMailboxPairing(models.TransientModel):
    _name = "helpdesk.mailbox.pairing"
    _description = "Pair Private Mail to a Customer or a Lead"
    _inherit = "helpdesk.mail.sealed"

    mail_ids = fields.Many2many(
        "helpdesk.mailbox.message", "helpdesk_mailbox_pairing_message_rel", required=True
    )
    target = fields.Selection(
        [("partner", "Customer"), ("lead", "Lead")],
        string="Pair to",
        required=True,
        default="partner",
    )
    partner_id = fields.Many2one("res.partner", string="Customer")
    lead_id = fields.Many2one("crm.lead")
    emails = fields.Char(string="Addresses", compute="_compute_emails")
    message_count = fields.Integer(string="Messages", compute="_compute_emails")
    current = fields.Char(compute="_compute_emails")

    @api.model
    def default_get(self, fields_list):
        """Propose the only contact that is known to have these addresses."""
        values = super().default_get(fields_list)
        messages = self.env["helpdesk.mailbox.message"].browse(
            self.env.context.get("default_mail_ids")
        )
        if "partner_id" in fields_list and not values.get("partner_id"):
            contacts = messages._contacts()
            if len(contacts.commercial_partner_id) == 1:
                values["partner_id"] = contacts[0].id
        return values

    @api.depends("mail_ids")
    def _compute_emails(self):
        for dialog in self:
            messages = dialog.mail_ids._origin
            emails = sorted(set(filter(None, messages.mapped("party_email"))))
            dialog.emails = ", ".join(emails[:_MOST_NAMED])
            if len(emails) > _MOST_NAMED:
                dialog.emails += self.env._(" and %s more", len(emails) - _MOST_NAMED)
            dialog.message_count = messages._count_of_addresses()
            known = messages.filtered(lambda message: message._about_name())
            # sudo: the names that the list of messages shows as well
            whose = {message.partner_id or message.lead_id for message in known.sudo()}
            dialog.current = ", ".join(
                sorted(record.display_name for record in whose)[:_MOST_NAMED]
            )

    def action_pair(self):
        """Pair the addresses, and close."""
        self.ensure_one()
        partner = self.partner_id if self.target == "partner" else self.partner_id.browse()
        lead = self.lead_id if self.target == "lead" else self.lead_id.browse()
        chosen = (partner or lead).exists()
        if not chosen:
            raise UserError(self.env._("Choose the customer or the lead that the mail belongs to."))
        chosen.check_access("read")
        messages = self.mail_ids.exists()
        messages.check_access("write")
        count = messages._link(partner=partner, lead=lead)
        if not count:
            raise UserError(
                self.env._("These messages are gone, or name no address that could be paired.")
            )
        # nothing of it stays in a table of dialogs
        self.unlink()
        return messages._linked(chosen, count)
