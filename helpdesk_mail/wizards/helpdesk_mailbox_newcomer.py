# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The dialog that adds a customer whose private mail is here already."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import clean_context


class HelpdeskMailboxNewcomer(models.TransientModel):
    _name = "helpdesk.mailbox.newcomer"
    _description = "Add a Customer from Private Mail"
    _inherit = "helpdesk.mail.sealed"

    mail_ids = fields.Many2many(
        "helpdesk.mailbox.message", "helpdesk_mailbox_newcomer_message_rel", required=True
    )
    email = fields.Char(string="Address", compute="_compute_email")
    message_count = fields.Integer(string="Messages", compute="_compute_email")
    known_ids = fields.Many2many("res.partner", compute="_compute_email")
    name = fields.Char(required=True)
    company_type = fields.Selection(
        [("person", "Person"), ("company", "Company")], required=True, default="person"
    )
    parent_id = fields.Many2one("res.partner", string="Company", domain=[("is_company", "=", True)])
    phone = fields.Char()

    @api.model
    def default_get(self, fields_list):
        """Propose the name under which the address wrote."""
        values = super().default_get(fields_list)
        message = self.env["helpdesk.mailbox.message"].browse(
            (self.env.context.get("default_mail_ids") or [])[:1]
        )
        if message and "name" in fields_list:
            values.setdefault("name", message._party_name())
        return values

    @api.depends("mail_ids")
    def _compute_email(self):
        for dialog in self:
            messages = dialog.mail_ids._origin
            dialog.email = messages[:1].party_email
            dialog.message_count = messages._count_of_addresses()
            dialog.known_ids = messages._contacts()

    def action_add(self):
        """Add the customer, link all mail of the address, and close."""
        self.ensure_one()
        messages = self.mail_ids.exists()
        messages.check_access("write")
        email = messages[:1].party_email
        if not email:
            raise UserError(self.env._("This message is gone. Its customer was not added."))
        is_company = self.company_type == "company"
        # whoever adds a customer tells everybody this much, and nothing of the mail
        customer = (
            self.env["res.partner"]
            .with_context(clean_context(self.env.context))
            .create(
                {
                    "name": self.name,
                    "email": email,
                    "phone": self.phone,
                    "is_company": is_company,
                    "parent_id": False if is_company else self.parent_id.id,
                }
            )
        )
        count = messages._link(partner=customer)
        self.unlink()
        return messages._linked(customer, count)

    def action_pair_instead(self):
        """Pair to a customer that is there already."""
        self.ensure_one()
        messages = self.mail_ids
        self.unlink()
        return messages.action_pair()
