# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*Who can see this?*: the users who see a ticket, and why; the agents who do not, and why not."""

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command, Domain

from ..models.res_users import MANAGER

_ADMINISTRATOR = "helpdesk_mail.group_mail_administrator"
# groups of the OCA helpdesk, the widest first
_USER, _TEAM, _OWN = (
    "helpdesk_mgmt.group_helpdesk_user",
    "helpdesk_mgmt.group_helpdesk_user_team",
    "helpdesk_mgmt.group_helpdesk_user_own",
)
# each user costs a few queries
_MOST = 500


class HelpdeskTicket(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.ticket"  # pylint: disable=consider-merging-classes-inherited

    def action_who_can_see(self):
        """Open the list of the users who see this ticket, and why."""
        self.ensure_one()
        if not self.env.user.has_group(_ADMINISTRATOR):
            raise AccessError(self.env._("Only a mail administrator may do this."))
        self.check_access("read")
        viewers = self.env["helpdesk.ticket.viewers"].create(
            {
                "ticket_id": self.id,
                "line_ids": [Command.create(values) for values in self._helpdesk_viewers()],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who can see ticket %s?", self.number),
            "res_model": viewers._name,
            "res_id": viewers.id,
            "view_mode": "form",
            "target": "new",
        }

    def _helpdesk_viewers(self):
        """For each user concerned: the values of a line. What is told is what the ORM answers."""
        self.ensure_one()
        lines = []
        for user in self._helpdesk_viewer_candidates():
            as_user = self.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
            sees = bool(as_user._filtered_access("read"))
            reasons = (
                self._helpdesk_reasons_to_see(user) if sees else self._helpdesk_obstacles(user)
            )
            lines.append({"user_id": user.id, "sees": sees, "reason": ". ".join(reasons)})
        return sorted(lines, key=lambda line: not line["sees"])

    def _helpdesk_viewer_candidates(self):
        """All users of the helpdesk, and those who follow the ticket or belong to its customer."""
        # sudo: who the users are, for an administrator
        ticket = self.sudo()
        agents = self.env.ref(_OWN)
        people = ticket.message_partner_ids.commercial_partner_id | ticket.commercial_partner_id
        domain = Domain("all_group_ids", "in", agents.ids) | Domain(
            "partner_id", "in", ticket.message_partner_ids.ids + ticket.partner_id.ids
        )
        if people:
            domain |= Domain("share", "=", True) & Domain(
                "partner_id.commercial_partner_id", "in", people.ids
            )
        return ticket.env["res.users"].search(domain, limit=_MOST, order="share, name, id")

    def _helpdesk_reasons_to_see(self, user):
        """Why *user* sees this ticket: sentences without a full stop."""
        ticket = self.sudo()
        if user.share:
            return [self.env._("Sees it in the portal: it is of their company, or they follow it")]
        reasons = []
        if user._has_group(MANAGER):
            reasons.append(self.env._("Helpdesk manager: sees everything"))
        else:
            if ticket.user_id == user:
                reasons.append(self.env._("It is assigned to them"))
            if user.partner_id in ticket.message_partner_ids:
                reasons.append(self.env._("Follows it"))
            if ticket.partner_id == user.partner_id:
                reasons.append(self.env._("Is its customer"))
            if user._has_group(_USER):
                reasons.append(self.env._("Role: all tickets"))
            elif user._has_group(_TEAM) and (
                not ticket.team_id or ticket.team_id in user.helpdesk_team_ids
            ):
                reasons.append(self.env._("Role: tickets of the team"))
            elif user._has_group(_OWN) and not ticket.user_id:
                reasons.append(self.env._("Role: own tickets, and those of the team that are free"))
            scope = user.helpdesk_partner_ids
            reasons.append(
                self.env._(
                    "Scope: customers of %(partners)s. This one belongs to %(owner)s",
                    partners=", ".join(scope.mapped("name")),
                    owner=ticket._helpdesk_owner_name(),
                )
                if scope
                else self.env._("No scope: sees all customers")
            )
        return reasons

    def _helpdesk_obstacles(self, user):
        """Why *user* does not see this ticket: sentences without a full stop."""
        ticket = self.sudo()
        obstacles = []
        if user in ticket._helpdesk_scope_blind(user).get(ticket, user.browse()):
            obstacles.append(
                self.env._(
                    "Outside of their scope: sees the customers of %(partners)s only",
                    partners=", ".join(user.helpdesk_partner_ids.mapped("name")),
                )
            )
        if ticket.company_id not in user.company_ids:
            obstacles.append(self.env._("Does not work for %s", ticket.company_id.name))
        return obstacles or [self.env._("Role: not one of their tickets or teams")]

    def _helpdesk_owner_name(self):
        """The name of whom the scopes of users are compared with: the customer, or the inbox."""
        self.ensure_one()
        if self.scope_customer_id:
            return self.scope_customer_id.display_name
        return self.inbox_id.display_name or ""


class HelpdeskTicketViewers(models.TransientModel):
    _name = "helpdesk.ticket.viewers"
    _description = "Who can see a ticket"

    ticket_id = fields.Many2one("helpdesk.ticket", required=True, readonly=True, ondelete="cascade")
    line_ids = fields.One2many("helpdesk.ticket.viewers.line", "viewers_id", readonly=True)


class HelpdeskTicketViewersLine(models.TransientModel):
    _name = "helpdesk.ticket.viewers.line"
    _description = "User who can see a ticket, or cannot"
    _order = "sees desc, id"

    viewers_id = fields.Many2one("helpdesk.ticket.viewers", required=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    sees = fields.Boolean(string="Sees it")
    reason = fields.Text(string="Why")
