# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Users whose view is bound to the customers of some partners."""

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .scope_sql import Scope

MANAGER = "helpdesk_mgmt.group_helpdesk_manager"
SETTINGS = "base.group_erp_manager"


class ResUsers(models.Model):
    _inherit = "res.users"

    helpdesk_partner_ids = fields.Many2many(
        "res.partner",
        "helpdesk_scope_partner_rel",
        "user_id",
        "partner_id",
        string="Customers of",
        # an archived partner still bounds the view; an empty list would mean any
        context={"active_test": False},
        # deleting a partner must not open everything to whom it bounds
        ondelete="restrict",
        groups=f"{SETTINGS},{MANAGER}",
        help="This user sees, and can be assigned, only tickets, recipients and mail of customers "
        "that belong to one of these partners. Empty: of all customers. Helpdesk managers see "
        "everything.",
    )

    helpdesk_sees = fields.Char(
        string="Sees",
        compute="_compute_helpdesk_sees",
        groups=f"{SETTINGS},{MANAGER}",
        exportable=False,
    )

    @api.depends("helpdesk_partner_ids", "group_ids")
    def _compute_helpdesk_sees(self):
        for user in self:
            if user._has_group(MANAGER):
                user.helpdesk_sees = self.env._("Everything: helpdesk manager")
            elif user.helpdesk_partner_ids:
                user.helpdesk_sees = self.env._("Customers of these only")
            else:
                user.helpdesk_sees = self.env._("All customers")

    # ------------------------------------------------------------------
    # the scope
    # ------------------------------------------------------------------

    def _helpdesk_scope_roots(self):
        """The ids of the partners that bound this user's view (a frozenset); empty: none do.

        Helpdesk managers, the system, and those who are no colleagues have no scope: the first
        see everything, the last what the portal shows them.
        """
        self.ensure_one()
        if (
            self.id == SUPERUSER_ID
            or not self.id
            or not self._is_internal()
            or self._has_group(MANAGER)
        ):
            return frozenset()
        # sudo: nobody may widen their view by not being able to read what bounds it
        return frozenset(self.sudo().with_context(active_test=False).helpdesk_partner_ids.ids)

    def _helpdesk_scope(self):
        """What this user may see (a Scope), or None where nothing bounds their view. One query."""
        roots = self._helpdesk_scope_roots()
        if not roots:
            return None
        self.env["res.partner"].flush_model(["parent_id"])
        self.env["helpdesk.inbox"].flush_model(["scope_partner_id"])
        rows = self.env.execute_query(
            SQL(
                "WITH RECURSIVE family(id) AS (SELECT unnest(%s::int[]) UNION"
                " SELECT partner.id FROM res_partner partner"
                " JOIN family ON partner.parent_id = family.id)"
                " SELECT array_agg(id), ARRAY(SELECT inbox.id FROM helpdesk_inbox inbox"
                " WHERE inbox.scope_partner_id IN (SELECT id FROM family)) FROM family",
                sorted(roots),
            )
        )
        partner_ids, inbox_ids = rows[0]
        # sudo: the user's own contact
        return Scope(partner_ids or [0], inbox_ids or [], self.sudo().partner_id.id)

    @api.model
    def _helpdesk_scoped_users(self):
        """All users whose view is bounded. One query, and none more where there are none."""
        # sudo: who has a scope is asked by the assignment of tickets, not by the user
        users = self.sudo().with_context(active_test=False)
        users = users.search([("share", "=", False), ("helpdesk_partner_ids", "!=", False)])
        return users.filtered(lambda user: user._helpdesk_scope_roots())

    # ------------------------------------------------------------------
    # who sets it
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("helpdesk_partner_ids") for vals in vals_list):
            self._helpdesk_check_sets_scopes()
            self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        """Let helpdesk managers set scopes, who may write nothing else of users."""
        users = self
        if "helpdesk_partner_ids" in vals:
            self._helpdesk_check_sets_scopes()
            # rules are remembered for each user
            self.env.registry.clear_cache()
            if vals.keys() == {"helpdesk_partner_ids"} and self.env.user._has_group(MANAGER):
                self.check_access("read")
                # sudo: this field alone; the manager was checked just now
                users = self.sudo()
        result = super(ResUsers, users).write(vals)
        if {"helpdesk_partner_ids", "group_ids"} & vals.keys():
            # sudo: tickets that the changed user no longer sees, whoever changes the user
            self.env["helpdesk.ticket"].sudo()._helpdesk_scope_release(self.sudo())
        return result

    def _helpdesk_check_sets_scopes(self):
        """Raise unless the user may set scopes: nobody who has one may."""
        user = self.env.user
        if self.env.su:
            return
        if user._helpdesk_scope_roots() or not (
            user._has_group(SETTINGS) or user._has_group(MANAGER)
        ):
            raise AccessError(
                self.env._("Only a helpdesk manager may change whose customers a user sees.")
            )
