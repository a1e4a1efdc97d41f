# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Fields of tickets that are restricted to some groups: for others they are not there.

The ORM asks :meth:`_has_field_access` for each read, write, search, order, group and export, and
for tracking values; views leave out what the user does not see (:mod:`.ir_ui_view`).
"""

import re

from odoo import api, models
from odoo.tools import ormcache

from ..intake import values as field_values
from ..intake.values import PROPERTY
from .restricted_properties import RestrictedProperties

# Others write these by what they do, or code that runs for them reads them: service level
# agreements, the portal, the list of suggested recipients.
_NEEDED = {
    "assigned_date",
    "category_id",
    "closed_date",
    "email_cc",
    "last_stage_update",
    "partner_name",
    "tag_ids",
    "type_id",
}


# Whether a field is hidden is asked for each value that is read: for most it is known beforehand.
_NEVER = frozenset(
    _NEEDED
    | field_values.PROTECTED
    | {
        "create_date",
        "create_uid",
        "description",
        "duplicate_id",
        "id",
        "name",
        "priority",
        "properties",
        "sequence",
        "stage_id",
        "team_id",
        "unattended",
        "user_id",
        "write_date",
        "write_uid",
    }
)


class HelpdeskTicket(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.ticket"  # pylint: disable=consider-merging-classes-inherited

    properties = RestrictedProperties()

    # ------------------------------------------------------------------
    # what is restricted
    # ------------------------------------------------------------------

    @api.model
    def _helpdesk_mail_may_restrict(self, name):
        """Whether tickets still work for those who do not see the field (or property) *name*."""
        if name.startswith(PROPERTY):
            return True
        try:
            field = field_values.fillable(self.env, name)
        except field_values.ValueProblem:
            return False
        if (
            name in _NEVER
            or not field.store
            or field.required
            or name in (self._rec_names_search or ())
        ):
            return False
        if re.search(rf"\b{name}\b", self._order):
            return False
        dependent = self.env.registry.get_dependent_fields(field)
        if any(other.model_name == self._name for other in dependent):
            return False
        return not any(
            re.search(rf"\b{name}\b", other.domain)
            for other in self._fields.values()
            if isinstance(getattr(other, "domain", None), str)
        )

    @api.model
    def _helpdesk_mail_hidden_fields(self):
        """The fields and properties that the user neither sees nor changes: a frozenset."""
        if self.env.su:
            return frozenset()
        return self._helpdesk_mail_hidden_from(self.env.uid)

    @api.model
    @ormcache("uid")
    def _helpdesk_mail_hidden_from(self, uid):
        by_company = self.env["helpdesk.inbox.mapping"]._restrictions()
        if not by_company or not uid:
            return frozenset().union(*by_company.values()) if by_company else frozenset()
        # sudo: the user's own groups and companies
        user = self.env["res.users"].sudo().browse(uid)
        groups = set(user._get_group_ids())
        hidden = set()
        # of all companies that the user may switch to, whichever are chosen now
        for company_id in user._get_company_ids():
            for name, restrictions in by_company.get(company_id, {}).items():
                if any(groups.isdisjoint(allowed) for allowed in restrictions):
                    hidden.add(name)
        return frozenset(hidden)

    # ------------------------------------------------------------------
    # what follows
    # ------------------------------------------------------------------

    def _has_field_access(self, field, operation):
        """Restricted fields are for members of their groups only."""
        if not super()._has_field_access(field, operation):
            return False
        if self.env.su or field.name in _NEVER or not field.store:
            return True
        return field.name not in self._helpdesk_mail_hidden_fields()

    @api.model_create_multi
    def create(self, vals_list):
        field = self._fields["properties"]
        given = [vals.get("properties") for vals in vals_list]
        for key, value in self.env.context.items():
            if key == "default_properties":
                given.append(value)
            elif key.startswith("default_properties."):
                given.append({key.removeprefix("default_properties."): value})
        for value in filter(None, given):
            field.check_visible(self.env, value)
        return super().create(vals_list)

    def copy_data(self, default=None):
        """A copy that somebody makes carries what they see."""
        hidden = {name for name in self._helpdesk_mail_hidden_fields() if name in self._fields}
        default = dict(default or {})
        unseen = hidden - default.keys()
        # what has a default is not read
        found = super().copy_data({**default, **dict.fromkeys(unseen, False)})
        for vals in found:
            for name in unseen:
                vals.pop(name, None)
        return found

    def _track_filter_for_display(self, tracking_values):
        """Tell no change of a restricted field: mails go to people of all groups."""
        restricted = set().union(*self.env["helpdesk.inbox.mapping"]._restrictions().values())
        found = super()._track_filter_for_display(tracking_values)
        if not restricted:
            return found
        # sudo: the names of the fields alone
        return found.filtered(lambda value: value.sudo().field_id.name not in restricted)
