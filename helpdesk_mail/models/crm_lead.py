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

    # Odoo's own index serves "contains"; the equality of a hundred addresses at once needs this
    _helpdesk_mail_email_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")

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

    def write(self, vals):
        """Let addresses and tickets follow a lead that becomes a customer."""
        result = super().write(vals)
        if vals.get("partner_id"):
            # sudo: whoever sells may not know of the helpdesk; what is a lead's becomes its
            # customer's
            self.sudo()._helpdesk_mail_follow_customer()
        return result

    def _helpdesk_mail_follow_customer(self):
        """Pair the addresses of these leads to their customers, and move their tickets."""
        for lead in self.filtered("partner_id"):
            recipients = lead.helpdesk_recipient_ids
            tickets = (
                self.env["helpdesk.ticket"]
                .with_context(active_test=False)
                .search([("lead_id", "=", lead.id), ("partner_id", "=", False)])
            )
            for recipient in recipients:
                move = self.env["helpdesk.recipient.move"]._open("converted", recipient)
                mine = tickets.filtered(lambda ticket, mine=recipient: ticket.recipient_id == mine)
                move._note_tickets(mine)
                recipient.write({"partner_id": lead.partner_id.id})
                mine._helpdesk_mail_link(lead.partner_id, lead.browse())
                move._close()
            (tickets - recipients.ticket_ids)._helpdesk_mail_link(lead.partner_id, lead.browse())

    def _merge_dependences(self, opportunities):
        """Carry the addresses and tickets of merged leads along."""
        result = super()._merge_dependences(opportunities)
        # sudo: whoever merges leads may not know of the helpdesk
        env = self.sudo().env
        for recipient in opportunities.sudo().helpdesk_recipient_ids:
            move = env["helpdesk.recipient.move"]._open("merged", recipient)
            recipient.lead_id = self.id
            move._close()
        env["helpdesk.ticket"].with_context(active_test=False).search(
            [("lead_id", "in", opportunities.ids)]
        ).write({"lead_id": self.id})
        return result
