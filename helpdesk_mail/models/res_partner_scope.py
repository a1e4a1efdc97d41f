# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Customers belong to partners: whose scope they are in."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from .res_users import MANAGER, SETTINGS

_FIELD = "helpdesk_managing_partner_id"
_ADMINISTRATOR = "helpdesk_mail.group_mail_administrator"
# what decides to whom a customer belongs
_DECIDING = {_FIELD, "parent_id", "is_company", "company_type"}


class ResPartner(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    helpdesk_managing_partner_id = fields.Many2one(
        "res.partner",
        string="Belongs to partner",
        compute="_compute_helpdesk_managing_partner_id",
        store=True,
        readonly=False,
        recursive=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
        groups="base.group_user",
        help="Helpdesk users who work for the customers of this partner only see the tickets and "
        "mail of this customer. Contacts belong where their company does.",
    )

    @api.depends("commercial_partner_id", "commercial_partner_id.helpdesk_managing_partner_id")
    def _compute_helpdesk_managing_partner_id(self):
        for partner in self:
            company = partner.commercial_partner_id
            source = company if company and company != partner else partner
            partner.helpdesk_managing_partner_id = source.helpdesk_managing_partner_id

    @api.constrains("helpdesk_managing_partner_id", "parent_id", "is_company")
    def _check_helpdesk_managing_partner_id(self):
        # sudo: compares a contact with its company, which the user may not see
        for partner in self.sudo():
            company = partner.commercial_partner_id
            if partner.helpdesk_managing_partner_id != company.helpdesk_managing_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(company)s and belongs where that does. "
                        "Change %(company)s.",
                        contact=partner.display_name,
                        company=company.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # who changes it
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Let the customers that a user of one partner adds belong to this partner."""
        vals_list = self._helpdesk_give_own_partner(vals_list)
        given = {vals[_FIELD] for vals in vals_list if vals.get(_FIELD)}
        if given and not self.env.su:
            scope = self.env.user._helpdesk_scope()
            if scope is None:
                self._helpdesk_check_manages()
            elif not given <= set(scope.partner_ids):
                raise AccessError(
                    self.env._("You add customers of your own partners only: choose one of these.")
                )
        return super().create(vals_list)

    @api.model
    def _helpdesk_give_own_partner(self, vals_list):
        """*vals_list* with the partner of a user who has one, for all but contacts of others."""
        roots = self.env.user._helpdesk_scope_roots()
        if not roots:
            return vals_list
        own = next(iter(roots)) if len(roots) == 1 else False
        return [
            # a contact belongs where its company does
            {key: value for key, value in vals.items() if key != _FIELD}
            if vals.get("parent_id") and not vals.get("is_company")
            else {_FIELD: own, **vals}
            for vals in vals_list
        ]

    def write(self, vals):
        """Refuse to pull a customer into one's own scope; release what leaves that of others."""
        if not _DECIDING & vals.keys():
            return super().write(vals)
        if self.env.su:
            scope = None
        else:
            scope = self.env.user._helpdesk_scope()
            if _FIELD in vals and any(
                partner[_FIELD].id != (vals[_FIELD] or False) for partner in self.sudo()
            ):
                self._helpdesk_check_manages()
        before = self._helpdesk_hidden_from(scope)
        result = super().write(vals)
        gained = before - self.browse(before)._helpdesk_hidden_from(scope, below=False)
        if gained:
            raise AccessError(
                self.env._(
                    "%(names)s: not one of your customers, and you cannot make it one. Ask a "
                    "helpdesk manager.",
                    # sudo: contacts that the user was about to change
                    names=", ".join(self.browse(sorted(gained)[:5]).sudo().mapped("name")),
                )
            )
        # sudo: tickets that their agents no longer see, whoever moves the customer
        self.env["helpdesk.ticket"].sudo()._helpdesk_scope_release(customers=self)
        return result

    def _helpdesk_check_manages(self):
        """Raise unless the user may say to whom customers belong: nobody who has a scope may."""
        user = self.env.user
        if user._helpdesk_scope_roots() or not any(
            user._has_group(group) for group in (MANAGER, _ADMINISTRATOR, SETTINGS)
        ):
            raise AccessError(
                self.env._(
                    "Only a helpdesk manager or an administrator of mail may change to which "
                    "partner a customer belongs."
                )
            )

    def _helpdesk_hidden_from(self, scope, *, below=True):
        """The ids of these partners that are outside of *scope* (None: none are), a set.

        :param below: with all that stand below them
        """
        ids = [partner_id for partner_id in self._origin.ids if partner_id]
        if scope is None or not ids:
            return set()
        # the user's own scope as it is now
        scope = self.env.user._helpdesk_scope()
        self.flush_model(["parent_id", _FIELD])
        family = SQL("SELECT unnest(%s::int[])", ids)
        if below:
            family = SQL(
                "%s UNION SELECT partner.id FROM res_partner partner"
                " JOIN family ON partner.parent_id = family.id",
                family,
            )
        rows = self.env.execute_query(
            SQL(
                "WITH RECURSIVE family(id) AS (%s) SELECT partner.id FROM res_partner partner"
                " JOIN family ON partner.id = family.id WHERE NOT partner.id = ANY(%s)"
                " AND (partner.helpdesk_managing_partner_id = ANY(%s)) IS NOT TRUE",
                family,
                scope.partner_ids,
                scope.partner_ids,
            )
        )
        return {row[0] for row in rows}

    @api.model
    def _helpdesk_scope_ancestors(self, partner_ids):
        """For each of *partner_ids*, itself and all partners above it: id -> frozenset of ids.

        One query for all of them.
        """
        if not partner_ids:
            return {}
        self.flush_model(["parent_id"])
        rows = self.env.execute_query(
            SQL(
                "WITH RECURSIVE above(root, id) AS (SELECT id, id FROM unnest(%s::int[]) AS id"
                " UNION SELECT above.root, partner.parent_id FROM above"
                " JOIN res_partner partner ON partner.id = above.id"
                " WHERE partner.parent_id IS NOT NULL)"
                " SELECT root, array_agg(id) FROM above GROUP BY root",
                sorted(partner_ids),
            )
        )
        return {root: frozenset(ids) for root, ids in rows}

    def _helpdesk_scope_own(self):
        """Those of these customers whose mail the user may see."""
        if not self.env.user._helpdesk_scope_roots():
            return self
        user = self.env.user
        return self.filtered(lambda partner: not partner._helpdesk_scope_blind_users(user))

    def _helpdesk_scope_blind_users(self, users):
        """Those of *users* who may not see the mail of this customer (maybe an empty record)."""
        # sudo: only which of them have a scope, and whose the customer is
        users = users.sudo()
        roots = {user: user._helpdesk_scope_roots() for user in users}
        users = users.filtered(lambda user: roots[user])
        if not users:
            return users
        customer = self.sudo()
        owners = {customer.id, customer.helpdesk_managing_partner_id.id} - {False}
        family = frozenset().union(*self._helpdesk_scope_ancestors(owners).values())
        return users.filtered(lambda user: roots[user].isdisjoint(family))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_scope(self):
        # sudo: whose scope it is, whoever deletes the partner
        users = (
            self.env["res.users"]
            .sudo()
            .with_context(active_test=False)
            .search([("helpdesk_partner_ids", "in", self.ids)], limit=5)
        )
        if users:
            raise UserError(
                self.env._(
                    "The view of %(users)s is bound to the customers of this partner. Change "
                    "their scope before deleting it.",
                    users=", ".join(users.mapped("name")),
                )
            )

    def _get_needaction_count(self):
        """Count no news that the user's scope hides: the inbox of Discuss does not show them."""
        user = self.env.user
        if self == user.partner_id and user._helpdesk_scope_roots():
            return (
                self.env["mail.notification"]
                .sudo(False)
                .search_count([("res_partner_id", "=", self.id), ("is_read", "=", False)])
            )
        return super()._get_needaction_count()
