# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Customers: the addresses that are paired to them, and what follows them."""

from odoo import fields, models

_AGENT = "helpdesk_mail.group_mail_agent"


class ResPartner(models.Model):
    _inherit = "res.partner"

    helpdesk_recipient_ids = fields.One2many(
        "helpdesk.recipient", "partner_id", string="Paired addresses", groups=_AGENT
    )
    helpdesk_domain_ids = fields.One2many(
        "helpdesk.customer.domain",
        "partner_id",
        string="Mail domains",
        groups=_AGENT,
        help="Who writes from one of these domains, and is not known otherwise, is one of this "
        "customer.",
    )
    helpdesk_recipient_count = fields.Integer(
        compute="_compute_helpdesk_recipient_count", groups=_AGENT
    )

    # whoever writes is looked for by address, and Odoo itself has no index on it
    _helpdesk_mail_email_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")

    def _compute_helpdesk_recipient_count(self):
        Recipient = self.env["helpdesk.recipient"]
        for partner in self:
            domain = [("partner_id", "child_of", partner.ids)]
            partner.helpdesk_recipient_count = Recipient.search_count(domain)

    def action_view_helpdesk_recipients(self):
        """The addresses that are paired to this customer and its contacts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_recipient_action"
        )
        action["domain"] = [("partner_id", "child_of", self.id)]
        action["context"] = {"default_partner_id": self.id}
        return action
