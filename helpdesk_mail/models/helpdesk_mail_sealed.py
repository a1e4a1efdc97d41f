# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What sealed models share (:mod:`.seal`).

The ORM asks ``_search`` before it reads anything of a model, and ``_field_to_sql`` for each column
where it joins the model's table to that of another one, which it does for related fields, for
sorting and for grouping, without asking for rights. Where it asks neither (a list of records that
stands in a table of its own, a change, a deletion), it asks ``check_access``, which is silent for
the superuser: here it is not.
"""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from . import seal


def _bounded(model, domain, bypass_access):
    """*domain*, and what the user behind the environment may see, for the superuser as well."""
    if (model.env.su or bypass_access) and not seal.is_open(model.env):
        return Domain(domain) & seal.superuser_domain(model._name)
    return domain


def _veiled(model, alias, sql):
    """The column *sql* of *alias*, empty in rows that the user may not see."""
    # the model's own table: what is read of it went through _search
    if alias == model._table or seal.is_open(model.env):
        return sql
    return SQL("CASE WHEN %s THEN %s END", _visible(model, alias), sql)


def _visible(model, alias):
    """The condition that is true for the rows that the user may see."""
    domain = seal.superuser_domain(model._name).optimize_full(model.sudo())
    return domain._to_sql(model.sudo(), alias, None)


class HelpdeskMailHidden(models.AbstractModel):
    """Models of which some records belong to mailboxes: these are read by whom the seal lets in."""

    _name = "helpdesk.mail.hidden"
    _description = "Record That the Seal May Hide"

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        domain = _bounded(self, domain, bypass_access)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _field_to_sql(self, alias, field_expr, query=None):
        return _veiled(self, alias, super()._field_to_sql(alias, field_expr, query))


class HelpdeskMailSealed(models.AbstractModel):
    """Private mail itself: superusers change no more of it than the user behind them."""

    _name = "helpdesk.mail.sealed"
    _description = "Sealed Record"
    _inherit = "helpdesk.mail.hidden"

    def check_access(self, operation):
        result = super().check_access(operation)
        if hidden := self._sealed_from_superuser(operation):
            raise self.env["ir.rule"]._make_access_error(operation, hidden)
        return result

    def has_access(self, operation):
        return super().has_access(operation) and not self._sealed_from_superuser(operation)

    def _filtered_access(self, operation):
        return super()._filtered_access(operation) - self._sealed_from_superuser(operation)

    def _sealed_from_superuser(self, operation):
        """Those of these records that a superuser without the key may not read, or change, since
        the user behind may not. No query where rights are asked for, or the seal is open.
        """
        env = self.env
        ids = [id_ for id_ in self._ids if id_]
        if not env.su or not ids or seal.is_open(env):
            return self.browse()
        # the vacuum deletes old dialogs
        if operation == "unlink" and self._transient:
            return self.browse()
        domain = Domain("id", "in", ids) & seal.domain(self._name, operation)
        seen = self._search(domain, active_test=False)
        return (self.browse(ids) - self.browse(seen)).exists()


class IrMailServer(models.Model):
    # the host of a mailbox; whoever could write it would get what is sent there
    _name = "ir.mail_server"
    _inherit = ["ir.mail_server", "helpdesk.mail.hidden"]


def _is_of_a_file(vals):
    """Whether these are values of a file that belongs to another one, and is no column of it."""
    return vals.get("res_model") == seal.ATTACHMENT and not vals.get("res_field")


class IrAttachment(models.Model):
    """The files of private mail: Odoo reads files as superuser."""

    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        """What the editor makes of a file of private mail (smaller pictures, other formats) belongs
        to the same message: it is seen by the same people, and deleted with it.
        """
        named = {vals.get("res_id") for vals in vals_list if _is_of_a_file(vals)} - {None, False}
        if named:
            files = seal.opened(self).browse(named).exists()
            message = {file.id: file.res_id for file in files if file.res_model == seal.MESSAGE}
            vals_list = [
                {**vals, "res_model": seal.MESSAGE, "res_id": message[vals["res_id"]]}
                if _is_of_a_file(vals) and vals.get("res_id") in message
                else vals
                for vals in vals_list
            ]
        return super().create(vals_list)

    @api.model
    def _search(self, domain, *args, bypass_access=False, **kwargs):
        domain = _bounded(self, domain, bypass_access)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    def _field_to_sql(self, alias, field_expr, query=None):
        return _veiled(self, alias, super()._field_to_sql(alias, field_expr, query))
