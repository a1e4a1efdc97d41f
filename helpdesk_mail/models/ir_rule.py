# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The partner scope of a user, and the seal of private mail, hold wherever Odoo asks for record
rules.

They are record rules in code: the ORM asks :meth:`_compute_domain` for each search, read, export,
group, write and check of attachments, and nobody edits, archives or deletes it.
"""

from odoo import models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from . import scope_sql, seal


class IrRule(models.Model):
    _inherit = "ir.rule"

    def _compute_domain(self, model_name, mode="read"):
        """Add the seal and the scope of the user to what the record rules say."""
        with seal.shut():
            # what rules say is code of the settings
            domain = super()._compute_domain(model_name, mode)
        # open for no user; only where the add-on is being removed
        if not self.env.su and seal.covers(model_name) and not seal.is_open(self.env):
            domain = domain & seal.domain(model_name, mode)
        if self.env.su or not scope_sql.covers(model_name):
            return domain
        if not self.env.user._helpdesk_scope_roots():
            return domain
        return domain & in_scope(model_name)

    def _make_access_error(self, operation, records):
        """Name neither the record nor its customer to whom it is out of scope, or sealed."""
        if records and seal.covers(records._name) and records._name != seal.ATTACHMENT:
            return AccessError(
                self.env._(
                    "This is private mail. Its owner sees it, and the colleagues whom the owner "
                    "named. (%(model)s, %(ids)s)",
                    model=records._description,
                    ids=", ".join(map(str, records.ids[:6])),
                )
            )
        user = self.env.user
        if (
            records
            and scope_sql.covers(records._name)
            and (roots := user._helpdesk_scope_roots())
            # sudo: of the very records that were refused, only whether the scope was the cause
            and records
            != records.sudo()
            .with_context(active_test=False)
            .filtered_domain(in_scope(records._name))
        ):
            records.invalidate_recordset()
            # sudo: the partners of the user's own scope
            names = ", ".join(self.env["res.partner"].sudo().browse(sorted(roots)).mapped("name"))
            if operation == "create":
                message = self.env._(
                    "You work for the customers of %(partners)s. Choose one of them: what "
                    "belongs to nobody, or to somebody else, is not yours to create.",
                    partners=names,
                )
            else:
                message = self.env._(
                    "You work for the customers of %(partners)s only. This belongs to somebody "
                    "else, or to no customer yet. (%(model)s, %(ids)s)",
                    partners=names,
                    model=records._description,
                    ids=", ".join(map(str, records.ids[:6])),
                )
            return AccessError(message)
        return super()._make_access_error(operation, records)


def in_scope(model_name):
    """The domain of what the user of the environment may see of a model."""

    def to_sql(model, alias, _query):
        scope = model.env.user._helpdesk_scope()
        if scope is None:
            return SQL("TRUE")
        return scope_sql.condition(model.env, model_name, scope, alias)

    return Domain.custom(to_sql=to_sql)
