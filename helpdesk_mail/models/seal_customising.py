# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What administrators add to Odoo in its settings stays outside of the seal.

A field, a server action or an automation that somebody defines runs wherever the ORM needs it:
also where our own code has opened the seal to take in mail, or as the owner who writes one. So
nothing of that kind is put on a sealed model, nothing keeps what it reads there, and what runs gets
no key.
"""

from odoo import api, models
from odoo.exceptions import ValidationError

from . import seal


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    @api.constrains("model_id", "store", "related", "depends", "compute", "state")
    def _check_sealed(self):
        for field in self:
            if field.state != "manual":
                continue
            if seal.seals(field.model):
                raise ValidationError(
                    self.env._("Personal mailboxes and their mail take no fields of your own.")
                )
            paths = [field.related or "", *(field.depends or "").split(",")]
            if field.store and any(self._helpdesk_mail_is_sealed(field.model, p) for p in paths):
                raise ValidationError(
                    self.env._(
                        "%(field)s would keep a copy of private mail. Do not store it.",
                        field=field.name,
                    )
                )

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
        """Run the code of a computed field without the key."""
        attrs = super()._instanciate_attrs(field_data)
        if compute := attrs and attrs.get("compute"):
            attrs["compute"] = lambda records: compute(seal.closed(records))
        return attrs


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    @api.constrains("model_id", "usage")
    def _check_sealed(self):
        if not self.env.registry.ready:
            # those of the add-on itself, which its data defines
            return
        for action in self:
            # scheduled actions run as nobody in particular, and see nothing
            if action.usage != "ir_cron" and seal.seals(action.model_name):
                raise ValidationError(
                    self.env._("Nothing runs by itself on personal mailboxes and their mail.")
                )

    def run(self):
        """Run without the key of the seal, whatever has called it."""
        return super(IrActionsServer, seal.closed(self)).run()
