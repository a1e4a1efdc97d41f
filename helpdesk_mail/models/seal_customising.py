# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What administrators add to Odoo in its settings stays outside of the seal.

A field, an action, an automation, a template or a rule that somebody defines runs wherever the ORM
needs it: also where our own code has opened the seal to take in mail, or as the owner who writes
one. So nothing of that kind is put on a sealed model or leads into it, and while what they define
runs, it gets no key and nobody's rights count.
"""

from odoo import api, models
from odoo.exceptions import ValidationError

from . import seal


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    @api.constrains(
        "model_id", "store", "related", "depends", "compute", "state", "relation", "relation_table"
    )
    def _check_sealed(self):
        for field in self:
            if field.state != "manual":
                continue
            if seal.seals(field.model):
                raise ValidationError(
                    self.env._("Personal mailboxes and their mail take no fields of your own.")
                )
            paths = [field.related or "", *(field.depends or "").split(",")]
            if (
                seal.seals(field.relation)
                or field.relation_table in self._helpdesk_mail_sealed_tables()
                or any(self._helpdesk_mail_is_sealed(field.model, path) for path in paths)
            ):
                raise ValidationError(
                    self.env._(
                        "%(field)s would lead into private mail. Fields of your own do not.",
                        field=field.name,
                    )
                )

    @api.model
    def _helpdesk_mail_sealed_tables(self):
        """The tables of sealed models, and those of their relations: who reads what stands there.

        A field of its own over one of these would name delegates.
        """
        tables = set()
        for model in self.env.values():
            if seal.covers(model._name) and model._name != seal.ATTACHMENT:
                tables.add(model._table)
                tables.update(
                    field.relation
                    for field in model._fields.values()
                    if field.type == "many2many" and field.store
                )
        return tables

    @api.model
    def _helpdesk_mail_is_sealed(self, model_name, path):
        """Whether the dotted *path* that begins at a model leads into a sealed one."""
        for name in filter(None, path.strip().split(".")):
            field = self.env[model_name]._fields.get(name) if model_name in self.env else None
            model_name = field.comodel_name if field is not None else None
            if not model_name:
                return False
            if seal.seals(model_name):
                return True
        return False

    def _instanciate_attrs(self, field_data):
        """Run the code of a computed field without the key, and without anybody's rights."""
        attrs = super()._instanciate_attrs(field_data)
        if compute := attrs and attrs.get("compute"):
            attrs["compute"] = lambda records: _computed(compute, records)
        return attrs


def _computed(compute, records):
    with seal.shut(records.env):
        return compute(seal.closed(records))


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    # whatever says what it does
    @api.constrains("model_id", "usage", "state", "code", "child_ids", "parent_id")
    def _check_sealed(self):
        if not self.env.registry.ready:
            # those of the add-on itself, which its data defines
            return
        for action in self:
            if self._helpdesk_mail_is_ours(action):
                raise ValidationError(
                    self.env._("Nothing runs by itself on personal mailboxes and their mail.")
                )

    @api.model
    def _helpdesk_mail_is_ours(self, action):
        """Whether *action* is one on sealed models, which the add-on's data alone defines.

        Scheduled ones run as nobody in particular: theirs is our code's key.
        """
        return action.usage != "ir_cron" and seal.seals(action.model_name)

    def run(self):
        """Run without the key of the seal, whatever has called it; and without anybody's rights,
        unless it opens the folders of private mail.
        """
        result = False
        for action in seal.closed(self):
            # sudo: which kind it is
            if self._helpdesk_mail_is_ours(action.sudo()):
                result = super(IrActionsServer, action).run()
                continue
            with seal.shut(self.env):
                result = super(IrActionsServer, action).run()
        return result


class IrCron(models.Model):
    _inherit = "ir.cron"

    def method_direct_trigger(self):
        """Run it as the scheduler would: the queries of others are in nobody's profile."""
        with seal.unrecorded():
            return super().method_direct_trigger()


class MailRenderMixin(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "mail.render.mixin"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _render_template(self, *args, **kwargs):
        """Templates are code: they read no private mail, whoever they are rendered for."""
        with seal.shut(self.env):
            return super()._render_template(*args, **kwargs)


class IrDefault(models.Model):
    _inherit = "ir.default"

    def _get_model_defaults(self, model_name, condition=False):
        """None for private mail: they would name delegates, servers or a recipient in Bcc."""
        if seal.seals(model_name):
            return {}
        return super()._get_model_defaults(model_name, condition)
