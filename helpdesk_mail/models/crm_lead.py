# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Leads: the addresses that are paired to them, and what follows them."""

from odoo import fields, models

_AGENT = "helpdesk_mail.group_mail_agent"


class CrmLead(models.Model):
    _inherit = "crm.lead"

    helpdesk_recipient_ids = fields.One2many(
        "helpdesk.recipient", "lead_id", string="Paired addresses", groups=_AGENT
    )
    helpdesk_recipient_count = fields.Integer(
        compute="_compute_helpdesk_recipient_count", groups=_AGENT
    )

    def _compute_helpdesk_recipient_count(self):
        counts = dict(
            self.env["helpdesk.recipient"]._read_group(
                [("lead_id", "in", self.ids)], ["lead_id"], ["__count"]
            )
        )
        for lead in self:
            lead.helpdesk_recipient_count = counts.get(lead, 0)

    def action_view_helpdesk_recipients(self):
        """The addresses that are paired to this lead."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_recipient_action"
        )
        action["domain"] = [("lead_id", "=", self.id)]
        action["context"] = {"default_lead_id": self.id}
        return action
