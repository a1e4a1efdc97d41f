# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whose tickets these are: what bounds who sees them, who is notified and to whom they are
assigned.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

_AGENT = "helpdesk_mail.group_mail_agent"
# what decides to whom a ticket belongs
_DECIDING = {"partner_id", "lead_id", "inbox_id"}


class HelpdeskTicket(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.ticket"  # pylint: disable=consider-merging-classes-inherited

    # the ORM reads these for all; nobody reads or writes them
    scope_customer_id = fields.Many2one(
        "res.partner",
        compute="_compute_scope",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
        help="The customer of the ticket, or of its lead.",
    )
    scope_managing_id = fields.Many2one(
        "res.partner",
        compute="_compute_scope",
        store=True,
        index="btree_not_null",
        ondelete="set null",
        groups=fields.NO_ACCESS,
        help="The partner that this customer belongs to.",
    )
    helpdesk_managing_partner_id = fields.Many2one(
        related="partner_id.helpdesk_managing_partner_id", groups=_AGENT
    )
    scope_excluded_user_ids = fields.Many2many(
        "res.users",
        compute="_compute_scope_excluded_user_ids",
        compute_sudo=True,
        exportable=False,
        help="Users who may not see this ticket, because their customers are others.",
    )
    user_id = fields.Many2one(
        domain="(team_id and [('id', 'in', user_ids)] or [])"
        " + [('share', '=', False), ('id', 'not in', scope_excluded_user_ids)]"
    )

    @api.depends(
        "partner_id.helpdesk_managing_partner_id",
        "lead_id.partner_id.helpdesk_managing_partner_id",
    )
    def _compute_scope(self):
        for ticket in self:
            customer = ticket.partner_id or ticket.lead_id.partner_id
            ticket.scope_customer_id = customer
            ticket.scope_managing_id = customer.helpdesk_managing_partner_id

    @api.depends("partner_id", "lead_id", "inbox_id")
    @api.depends_context("uid")
    def _compute_scope_excluded_user_ids(self):
        scoped = self.env["res.users"]
        # the list of those who may be assigned is filtered by it, for all who see the form
        if self.env.user._is_internal():
            scoped = scoped._helpdesk_scoped_users()
        blind = self._helpdesk_scope_blind(scoped)
        for ticket in self:
            ticket.scope_excluded_user_ids = blind.get(ticket, scoped.browse())

    @api.depends_context("uid")
    def _compute_display_name(self):
        """Show no more than the number of a ticket that the user may not see.

        A Many2one shows the name of its record to whoever sees the record that links to it.
        """
        result = super()._compute_display_name()
        scope = self.env.user._helpdesk_scope() if self._origin else None
        if scope is not None:
            for ticket in self._helpdesk_scope_hidden():
                ticket.display_name = ticket.number
        return result

    # ------------------------------------------------------------------
    # who sees what
    # ------------------------------------------------------------------

    def _helpdesk_scope_blind(self, users):
        """Which of *users* may not see which of these tickets: ticket -> users, where there are
        any.

        At most two queries for all of them; none where no user has a scope.
        """
        # sudo: only who may not see a ticket, nothing of it
        users = users.sudo()
        roots = {user: user._helpdesk_scope_roots() for user in users}
        users = users.filtered(lambda user: roots[user])
        if not users:
            return {}
        owners = {ticket: ticket.sudo()._helpdesk_scope_owner_ids() for ticket in self}
        above = self.env["res.partner"]._helpdesk_scope_ancestors(set().union(*owners.values()))
        by_owners = {}
        for ids in set(owners.values()):
            family = frozenset().union(*(above.get(partner_id, ()) for partner_id in ids))
            by_owners[ids] = users.filtered(
                lambda user, family=family: roots[user].isdisjoint(family)
            )
        return {ticket: by_owners[ids] for ticket, ids in owners.items() if by_owners[ids]}

    def _helpdesk_scope_owner_ids(self):
        """The ids of the partners to whom this ticket belongs: its customer and who manages it,
        or the partner of its inbox (a frozenset).
        """
        self.ensure_one()
        # not yet saved, it has no stored values that could be relied on
        customer = self.partner_id or self.lead_id.partner_id
        if customer:
            ids = (customer._origin.id, customer.helpdesk_managing_partner_id._origin.id)
        else:
            ids = (self.inbox_id.scope_partner_id.id,)
        return frozenset(filter(None, ids))

    def _helpdesk_scope_hidden(self):
        """These tickets without those that the user's scope shows."""
        # sudo: decides itself, by the scope of the user
        blind = self.sudo()._helpdesk_scope_blind(self.env.user)
        return self.browse(ticket.id for ticket in blind)

    # ------------------------------------------------------------------
    # writing
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        tickets = super().create(vals_list)
        tickets._helpdesk_scope_check_assigned()
        return tickets

    def write(self, vals):
        result = super().write(vals)
        if _DECIDING & vals.keys():
            self._helpdesk_scope_check_kept()
        if (_DECIDING | {"user_id", "team_id"}) & vals.keys():
            self._helpdesk_scope_check_assigned()
        if _DECIDING & vals.keys():
            # sudo: activities and followers that no longer see it, whoever changes the ticket
            self.sudo()._helpdesk_scope_release(tickets=self)
        return result

    def _helpdesk_scope_check_kept(self):
        """Raise where a user with a scope gives a ticket away to a customer outside of it."""
        if self.env.su or not self.env.user._helpdesk_scope_roots():
            return
        hidden = self._helpdesk_scope_hidden()
        if hidden:
            # sudo: the customer that the user has just chosen
            customer = hidden[0].sudo().scope_customer_id
            raise AccessError(
                self.env._(
                    "%(customer)s is not one of your customers: ticket %(number)s cannot go there.",
                    customer=customer.display_name,
                    number=hidden[0].sudo().number,
                )
                if customer
                else self.env._(
                    "Without a customer you would not see ticket %(number)s any more: choose one "
                    "of yours.",
                    number=hidden[0].sudo().number,
                )
            )

    def _helpdesk_scope_check_assigned(self):
        """Let no ticket be assigned to somebody who may not see it.

        A user is told so and nothing is saved. What the system does by itself (mail, automation)
        must not fail for it: the ticket stays without assignment, and says why.

        :raise ValidationError: names the user and the customer
        """
        assigned = self.filtered("user_id")
        if not assigned:
            return
        blind = assigned._helpdesk_scope_blind(assigned.user_id)
        refused = self.browse(
            ticket.id for ticket, users in blind.items() if ticket.user_id.id in users.ids
        )
        if not refused:
            return
        if self.env.su:
            refused._helpdesk_scope_unassign()
            return
        raise ValidationError(refused[0].sudo()._helpdesk_scope_sentence(refused[0].user_id))

    def _helpdesk_scope_sentence(self, user):
        """Why this ticket cannot be assigned to *user*."""
        self.ensure_one()
        if self.scope_customer_id:
            return self.env._(
                "%(user)s does not see the tickets of %(customer)s: ticket %(number)s cannot be "
                "assigned to them. Choose somebody else, or ask a helpdesk manager for a wider "
                "scope.",
                user=user.sudo().name,
                customer=self.scope_customer_id.display_name,
                number=self.number,
            )
        return self.env._(
            "Ticket %(number)s has no customer yet, and %(user)s sees the tickets of certain "
            "customers only: it cannot be assigned to them before it has one.",
            user=user.sudo().name,
            number=self.number,
        )

    def _helpdesk_scope_unassign(self):
        """Take these tickets from whom they are assigned to, and say why on each."""
        tickets = self.sudo()
        bodies = {
            ticket.id: self.env._(
                "No longer assigned to %(user)s, who does not see the tickets of this customer.",
                user=ticket.user_id.name,
            )
            for ticket in tickets
        }
        tickets.with_context(tracking_disable=True).write({"user_id": False})
        tickets._message_log_batch(bodies)

    # ------------------------------------------------------------------
    # a scope changes
    # ------------------------------------------------------------------

    @api.model
    def _helpdesk_scope_release(
        self, users=None, *, customers=None, inboxes=None, leads=None, tickets=None
    ):
        """Take tickets, their activities and their news from users who no longer see them.

        :param users: whose scope changed; None: all who have one
        :param customers: where only the tickets of these partners and of all below are concerned
        :param inboxes: where only the tickets of these inboxes are concerned
        :param leads: where only the tickets of these leads are concerned
        :param tickets: where only these are concerned
        """
        if users is None:
            users = self.env["res.users"]._helpdesk_scoped_users()
        else:
            users = users.filtered(lambda user: user._helpdesk_scope_roots())
        if not users:
            return
        domain = Domain.TRUE
        if customers is not None:
            domain = Domain("scope_customer_id", "child_of", customers.ids) | Domain(
                "scope_managing_id", "child_of", customers.ids
            )
        elif inboxes is not None:
            domain = Domain("inbox_id", "in", inboxes.ids) & Domain("scope_customer_id", "=", False)
        elif leads is not None:
            domain = Domain("lead_id", "in", leads.ids) & Domain("partner_id", "=", False)
        elif tickets is not None:
            domain = Domain("id", "in", tickets.ids)
        # sudo: what nobody may see any more is put in order for whoever changed the scope
        Ticket = self.sudo().with_context(active_test=False)
        concerned = Ticket._search(domain)

        assigned = Ticket.search(domain & Domain("user_id", "in", users.ids))
        blind = assigned._helpdesk_scope_blind(assigned.user_id)
        lost = [ticket.id for ticket, blinded in blind.items() if ticket.user_id in blinded]
        Ticket.browse(lost)._helpdesk_scope_unassign()

        Activity = self.env["mail.activity"].sudo().with_context(active_test=False)
        activities = Activity.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", concerned),
                ("user_id", "in", users.ids),
                ("active", "=", True),
            ]
        )
        hidden = activities._helpdesk_scope_hidden_from_assigned()
        for user, mine in hidden.grouped("user_id").items():
            Ticket.browse(mine.mapped("res_id"))._message_log_batch(
                dict.fromkeys(
                    mine.mapped("res_id"),
                    self.env._(
                        "An activity is no longer assigned to %(user)s, who does not see the "
                        "tickets of this customer.",
                        user=user.name,
                    ),
                )
            )
        hidden.with_context(mail_activity_quick_update=True).write({"user_id": False})

        followers = (
            self.env["mail.followers"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", concerned),
                    ("partner_id", "in", users.partner_id.ids),
                ]
            )
        )
        followed = Ticket.browse(set(followers.mapped("res_id")))
        blind = followed._helpdesk_scope_blind(users)
        followers.filtered(
            lambda follower: (
                follower.partner_id
                in blind.get(Ticket.browse(follower.res_id), users.browse()).partner_id
            )
        ).unlink()
