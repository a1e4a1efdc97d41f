# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Customers: the addresses that are paired to them, and what follows them."""

from odoo import fields, models

_AGENT = "helpdesk_mail.group_mail_agent"


class ResPartner(models.Model):
    _inherit = "res.partner"

    helpdesk_recipient_ids = fields.One2many(
        "helpdesk.recipient", "partner_id", string="Paired addresses", groups=_AGENT
    )
    helpdesk_recipient_count = fields.Integer(
        compute="_compute_helpdesk_recipient_count", groups=_AGENT
    )

    def _compute_helpdesk_recipient_count(self):
        counts = dict(
            self.env["helpdesk.recipient"]._read_group(
                [("partner_id", "child_of", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            family = self.browse(counts and [key.id for key in counts]).filtered(
                lambda other, mine=partner: mine == other or other.commercial_partner_id == mine
            )
            partner.helpdesk_recipient_count = sum(counts[other] for other in family)

    def action_view_helpdesk_recipients(self):
        """The addresses that are paired to this customer and its contacts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_recipient_action"
        )
        action["domain"] = [("partner_id", "child_of", self.id)]
        action["context"] = {"default_partner_id": self.id}
        return action
