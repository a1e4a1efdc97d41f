# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*Publish*: where a private message is published, and who will read it there."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models import seal

_USER, _TEAM, _OWN = (
    "helpdesk_mgmt.group_helpdesk_user",
    "helpdesk_mgmt.group_helpdesk_user_team",
    "helpdesk_mgmt.group_helpdesk_user_own",
)
# names that are read out; each costs a few queries
_MOST_NAMED = 40


class HelpdeskMailboxPublish(models.TransientModel):
    _name = "helpdesk.mailbox.publish"
    _description = "Publish a Private Message"
    # nobody else says what its owner publishes, or where
    _inherit = "helpdesk.mail.sealed"

    message_id = fields.Many2one(
        "helpdesk.mailbox.message", required=True, readonly=True, ondelete="cascade"
    )
    direction = fields.Char(compute="_compute_message")
    subject = fields.Char(compute="_compute_message")
    email_from = fields.Char(string="From", compute="_compute_message")
    partner_id = fields.Many2one("res.partner", string="Customer", compute="_compute_message")
    files = fields.Char(compute="_compute_message")
    target = fields.Selection(
        [("new", "A new ticket"), ("ticket", "A ticket that is there")],
        string="Publish in",
        required=True,
        default="new",
    )
    inbox_id = fields.Many2one(
        "helpdesk.inbox",
        default=lambda self: self._default_inbox(),
        domain="[('state', '!=', 'draft')]",
        help="The ticket belongs to the team of this inbox, and is answered from its address.",
    )
    ticket_id = fields.Many2one("helpdesk.ticket", ondelete="cascade")
    notify = fields.Boolean(
        string="Notify as of new mail",
        help="The sender hears that the request was received, administrators of the new ticket.",
    )
    known_ticket_id = fields.Many2one(
        "helpdesk.ticket",
        compute="_compute_known_ticket_id",
        help="The same mail came to the helpdesk as well.",
    )
    viewers = fields.Text(string="Who will read it", compute="_compute_viewers")

    @api.model
    def _default_inbox(self):
        inboxes = self.env["helpdesk.inbox"].search([("state", "!=", "draft")], limit=2)
        return inboxes if len(inboxes) == 1 else inboxes.browse()

    def _message(self):
        """The message with the rights of whoever looks: a dialog opens no private mail."""
        message = seal.closed(self.message_id.sudo(False))
        message.check_access("read")
        return message

    @api.depends("message_id")
    def _compute_message(self):
        for wizard in self:
            message = wizard._message()
            wizard.direction = message.direction
            wizard.subject = message.display_name
            wizard.email_from = message.email_from
            wizard.partner_id = message.partner_id
            wizard.files = ", ".join(message.attachment_ids.mapped("name")) or False

    @api.depends("message_id")
    def _compute_known_ticket_id(self):
        for wizard in self:
            name = wizard._message().message_id
            wizard.known_ticket_id = False
            if name:
                found = self.env["mail.message"].search(
                    [("message_id", "=", f"<{name}>"), ("model", "=", "helpdesk.ticket")], limit=1
                )
                wizard.known_ticket_id = (
                    self.env["helpdesk.ticket"].search([("id", "=", found.res_id)]) or False
                )

    @api.depends("target", "inbox_id", "ticket_id")
    def _compute_viewers(self):
        for wizard in self:
            lines = []
            if wizard.target == "new" and wizard.inbox_id:
                lines = wizard._viewers_of_inbox()
            elif wizard.target == "ticket" and wizard.ticket_id:
                lines = wizard._viewers_of_ticket()
            wizard.viewers = "\n".join(lines) or False

    def _viewers_of_inbox(self):
        inbox = self.inbox_id
        # sudo: names of the colleagues who work with the tickets of a team
        Users = self.env["res.users"].sudo()
        members = inbox.team_id.sudo().user_ids
        groups = {name: self.env.ref(name).id for name in (_USER, _TEAM, _OWN)}
        domain = Domain("share", "=", False) & Domain("company_ids", "in", inbox.company_id.ids)
        domain &= Domain("all_group_ids", "in", groups[_USER]) | (
            Domain("all_group_ids", "in", [groups[_TEAM], groups[_OWN]])
            & Domain("id", "in", members.ids)
        )
        lines = [
            self.env._(
                "Everybody who sees the tickets of %(inbox)s reads it: %(names)s.",
                inbox=inbox.name,
                names=self._names(Users.search(domain, limit=_MOST_NAMED + 1, order="name, id")),
            ),
            self.env._(
                "Of these, who works for the customers of certain partners only reads it where "
                "the ticket's customer is one of them."
            ),
        ]
        if self.direction == "in":
            lines.append(self.env._("The customer sees the ticket in the portal."))
        return lines

    def _viewers_of_ticket(self):
        ticket = self.ticket_id
        ticket.check_access("read")
        users = ticket._helpdesk_viewer_candidates().filtered(lambda user: not user.share)
        users = users[: _MOST_NAMED + 1].filtered(
            lambda user: bool(
                ticket.with_user(user)
                .with_context(allowed_company_ids=user.company_ids.ids)
                ._filtered_access("read")
            )
        )
        return [
            self.env._(
                "Everybody who sees ticket %(number)s reads it: %(names)s.",
                number=ticket.number,
                names=self._names(users),
            ),
            self.env._("The customer does not see it in the portal, and nobody is notified."),
        ]

    def _names(self, users):
        names = users[:_MOST_NAMED].mapped("name")
        if len(users) > _MOST_NAMED:
            names.append(self.env._("and others"))
        return ", ".join(names) or self.env._("nobody at present")

    def action_publish(self):
        """Publish the message: the action that opens its ticket.

        :raise AccessError: it is somebody else's, or the ticket or inbox is not theirs to use
        :raise UserError: nothing was chosen, or it cannot be published there
        """
        self.ensure_one()
        message = self._message()
        if self.target == "new":
            if not self.inbox_id:
                raise UserError(self.env._("Choose the inbox to which the ticket belongs."))
            ticket = message._publish_as_ticket(self.inbox_id, self.notify)
        else:
            if not self.ticket_id:
                raise UserError(self.env._("Choose the ticket."))
            ticket = message._publish_in(self.ticket_id)
        mine = ticket.with_env(self.env)
        if mine.has_access("read"):
            return mine._get_records_action()
        # of a customer whose tickets the user does not see
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Published in ticket %s, which is not one of yours.", ticket.number
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
