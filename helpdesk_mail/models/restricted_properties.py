# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Properties of which single ones are hidden from some users."""

import json

from odoo import fields
from odoo.exceptions import AccessError
from odoo.orm.fields_properties import Property

from ..intake.values import PROPERTY


class RestrictedProperties(fields.Properties):
    """A :class:`~odoo.fields.Properties` field of tickets.

    What the user may not see is not there when they read, search, group or export, and stays as it
    is when they write.
    """

    def hidden(self, env):
        """The names of the properties that the user of *env* may not see: a set."""
        names = env["helpdesk.ticket"]._helpdesk_mail_hidden_fields()
        return {name.removeprefix(PROPERTY) for name in names if name.startswith(PROPERTY)}

    def check_visible(self, env, value):
        """Raise where *value* (in any format) names a property that the user may not see.

        :raise AccessError:
        """
        hidden = self.hidden(env)
        if not hidden or not value:
            return
        if isinstance(value, str):
            value = json.loads(value)
        if isinstance(value, Property):
            value = value._values
        if isinstance(value, list) and any(
            one.get("definition_changed") or one.get("definition_deleted") for one in value
        ):
            raise AccessError(
                env._(
                    "Some properties of these tickets are hidden from you: you cannot change "
                    "which there are."
                )
            )
        names = value if isinstance(value, dict) else [one.get("name") for one in value]
        if found := hidden & set(names):
            raise AccessError(
                env._(
                    "You may not see or change these properties of tickets: %s",
                    ", ".join(sorted(found)),
                )
            )

    # ------------------------------------------------------------------
    # reading
    # ------------------------------------------------------------------

    def convert_to_record(self, value, record):
        """The properties without the hidden ones."""
        if value and (hidden := self.hidden(record.env)):
            value = {name: one for name, one in value.items() if name not in hidden}
        return super().convert_to_record(value, record)

    def _get_properties_definition(self, record):
        definition = super()._get_properties_definition(record)
        if definition and (hidden := self.hidden(record.env)):
            definition = [one for one in definition if one.get("name") not in hidden]
        return definition

    def property_to_sql(self, field_sql, property_name, model, alias, query):
        """Search, order and group by a hidden property are refused."""
        self.check_visible(model.env, {property_name: True})
        return super().property_to_sql(field_sql, property_name, model, alias, query)

    # ------------------------------------------------------------------
    # writing
    # ------------------------------------------------------------------

    # of a field, not of a model
    def create(self, record_values):  # pylint: disable=method-required-super
        """Write the first value, defaults of hidden properties included; what the user gave was
        checked by the ticket's ``create``.
        """
        for record, value in record_values:
            fields.Properties.write(self, record, value)

    def write(self, records, value):
        """Write what the user sees; the hidden properties of each record stay what they are."""
        hidden = self.hidden(records.env)
        if not hidden or not records:
            return super().write(records, value)
        self.check_visible(records.env, value)
        if isinstance(value, str):
            value = json.loads(value)
        if isinstance(value, list):
            self._remove_display_name(value)
            value = self._list_to_dict(value)
        elif isinstance(value, Property):
            value = value._values
        for record in records:
            # sudo: what the user does not see is handed on unseen
            stored = record.sudo()[self.name]._values
            kept = {name: one for name, one in stored.items() if name in hidden}
            super().write(record, {**(value or {}), **kept})
