# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tickets that came by mail: where from, why, and how they are answered."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..message import has_remote_images, show_remote_images

# portal users see their tickets: what is said of other tickets, leads and contacts is not theirs
_AGENT = "helpdesk_mail.group_mail_agent"


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    inbox_id = fields.Many2one(
        "helpdesk.inbox",
        index="btree_not_null",
        tracking=True,
        domain="[('company_id', '=', company_id)]",
        help="Answers leave from the address of this inbox.",
    )
    lead_id = fields.Many2one(
        "crm.lead",
        index="btree_not_null",
        groups=_AGENT,
        help="The lead that wrote.",
    )
    origin_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        string="Follow-up of",
        index="btree_not_null",
        copy=False,
        readonly=True,
        groups=_AGENT,
    )
    follow_up_ids = fields.One2many(
        "helpdesk.ticket", "origin_ticket_id", string="Follow-ups", groups=_AGENT
    )
    incoming_mail_ids = fields.One2many(
        "helpdesk.incoming.mail", "ticket_id", groups="helpdesk_mail.group_mail_administrator"
    )
    incoming_mail_count = fields.Integer(
        string="Mails", compute="_compute_incoming_mail", compute_sudo=True, groups=_AGENT
    )
    mail_explanation = fields.Text(
        string="Why this ticket",
        compute="_compute_incoming_mail",
        compute_sudo=True,
        groups=_AGENT,
    )

    has_remote_images = fields.Boolean(compute="_compute_has_remote_images", exportable=False)

    @api.depends("description")
    def _compute_has_remote_images(self):
        for ticket in self:
            ticket.has_remote_images = has_remote_images(ticket.description or "")

    def action_show_remote_images(self):
        """Let the description load its pictures from the internet, from now on."""
        self.ensure_one()
        # the ORM checks the right to write, and sanitises
        self.description = show_remote_images(self.description or "")
        return True

    @api.constrains("inbox_id", "company_id")
    def _check_inbox_company(self):
        # sudo: compares companies only
        for ticket in self.sudo():
            if ticket.inbox_id and ticket.inbox_id.company_id != ticket.company_id:
                raise ValidationError(
                    self.env._("The inbox of a ticket must be one of the ticket's company.")
                )

    # compute_sudo: agents read no journal, but may know why the tickets that they see exist
    @api.depends("incoming_mail_ids.explanation")
    def _compute_incoming_mail(self):
        Mail = self.env["helpdesk.incoming.mail"]
        counts = dict(Mail._read_group([("ticket_id", "in", self.ids)], ["ticket_id"], ["__count"]))
        first = {}
        for mail in Mail.search_fetch(
            [("ticket_id", "in", self.ids), ("outcome", "=", "created")],
            ["ticket_id", "explanation"],
            order="id desc",
        ):
            first[mail.ticket_id.id] = mail.explanation
        for ticket in self:
            ticket.incoming_mail_count = counts.get(ticket, 0)
            ticket.mail_explanation = first.get(ticket.id, False)

    def action_view_incoming_mails(self):
        """The mails that ended in this ticket."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_incoming_mail_action"
        )
        action["domain"] = [("ticket_id", "=", self.id)]
        action["context"] = {}
        return action

    def _message_auto_subscribe(self, updated_values, followers_existing_policy="skip"):
        """Wait where intake subscribes the followers of many new tickets at once."""
        if self.env.context.get("helpdesk_mail_defer_auto_subscribe"):
            return True
        return super()._message_auto_subscribe(updated_values, followers_existing_policy)
