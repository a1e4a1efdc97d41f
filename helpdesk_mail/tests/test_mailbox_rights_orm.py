# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Personal mailboxes by RPC: what the ORM offers to every client, with crafted arguments."""

import json

from odoo.fields import Command
from odoo.tests import tagged

from .mailbox_world import ADDRESS, MESSAGE, READERS, ROLES, SEALED, SECRET, told
from .test_mailbox_rights import RemoteCase

# a word that stands nowhere at all
NOTHING = "zygomorph"
ATTACHMENT = "ir.attachment"
STRANGERS = tuple(role for role in ROLES if role not in READERS)
# the strongest of them, for what is tried field by field
STRONGEST = ("colleague", "delegate without mailbox", "settings administrator")
# what is shown of a link, and looked for once other fields were computed
_PRIVATE = {
    MESSAGE: ("subject", "body", "sender_shown"),
    "helpdesk.mailbox": ("email", "deny_list", "smtp_host", "outgoing_notes"),
    ATTACHMENT: ("name", "index_content"),
}
_WAYS = ("res.partner", "res.users", "crm.lead", "helpdesk.ticket", "helpdesk.incoming.mail")


class CraftedCase(RemoteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sealed = {
            record._name: record
            for record in (
                cls.mailbox, cls.message, cls.pair, cls.find, cls.find_server, cls.folders,
                cls.folders_line, cls.test_mail, cls.test_mail_line, cls.pairing, cls.newcomer,
                cls.publish,
            )
        }  # fmt: skip

    def assert_tells_nothing(self, role, calls):
        """*calls* is called with a word: what answers may not depend on it, nor hold it."""
        for (model, method, *args), (_model, _method, *other) in zip(
            calls(SECRET), calls(NOTHING), strict=True
        ):
            with self.subTest(role=role, call=f"{model}.{method}{args}"):
                outcome, answer, changed = self.remote(role, model, method, *args)
                self.assertFalse(told(answer), answer)
                self.assertFalse(changed - {"res_partner"})
                if args != other:
                    self.assertEqual(
                        (outcome, answer),
                        self.remote(role, model, method, *other, watched=False)[:2],
                    )


@tagged("post_install", "-at_install")
class TestMailboxCraftedReading(CraftedCase):
    def test_methods_of_the_orm(self):
        for role in STRANGERS:
            self.assert_tells_nothing(role, self.orm_calls)

    def orm_calls(self, word):
        for model, record in self.sealed.items():
            fields = self.env[model]._fields
            ids, name = record.ids, self.env[model]._rec_name or "id"
            stored = [one for one, field in fields.items() if field.store and field.column_type]
            texts = [one for one in stored if fields[one].type in ("char", "text", "html")]
            yield model, "name_search", word
            yield model, "web_name_search", word, {"display_name": {}, name: {}}
            yield model, "get_metadata", ids
            yield model, "export_data", ids, [*texts, "id"]
            yield model, "search_read", [("id", "in", ids)], texts
            yield model, "web_search_read", [], {one: {} for one in texts}
            yield model, "copy", ids
            yield model, "get_formview_action", ids
            yield model, "fields_get"
            for field in texts:
                yield model, "search_count", [(field, "ilike", word)]
                yield model, "search", [("id", "in", ids), (field, "not ilike", word)]
                yield model, "search", ["!", (field, "=ilike", f"%{word}%")]
                yield model, "get_field_translations", ids, field
                yield model, "formatted_read_group", [], [field], ["__count"]
                yield model, "formatted_read_group", [], [], [f"{field}:max", f"{field}:array_agg"]
                yield model, "web_read_group", [], [field], ["__count"]
                yield model, "search_panel_select_range", field
            yield model, "search", [], 0, None, ", ".join(f"{one} desc" for one in texts[:3])
            for field in ("mailbox_id", "partner_id", "create_uid"):
                if field in fields:
                    yield model, "search_panel_select_range", field
                    yield model, "formatted_read_group", [], [field], ["__count"]
        bar = {"field": "is_read", "colors": {"true": "success"}}
        yield MESSAGE, "read_progress_bar", [], "subject", bar
        yield MESSAGE, "search_panel_select_multi_range", "partner_id"
        yield MESSAGE, "formatted_read_group", [], ["mailbox_id.email"], ["__count"]
        yield MESSAGE, "formatted_read_group", [], ["mailbox_id"], ["subject:array_agg"]

    def test_domains_by_way_of_other_models(self):
        for role in STRANGERS:
            self.assert_tells_nothing(role, self.paths)

    def paths(self, word):
        """Searches, sortings, groups and exports along two relations."""
        for model in _WAYS:
            for path in self.paths_into_the_seal(model):
                for operator in ("ilike", "not ilike", "=ilike"):
                    yield model, "search_count", [(path, operator, f"%{word}%")]
                first, _dot, rest = path.partition(".")
                yield model, "search", [(first, "any", [(rest, "ilike", word)])]
                yield model, "search", [(first, "not any", [(rest, "ilike", word)])]
                yield model, "formatted_read_group", [], [path], ["__count"]
                yield model, "search", [], 0, None, path
                yield model, "export_data", self.start(model), [path.replace(".", "/")]
                nested = {}
                for part in reversed(path.split(".")):
                    nested = {part: {"fields": nested} if nested else {}}
                yield model, "web_read", self.start(model), nested

    def start(self, model):
        return {
            "res.partner": self.customer.ids,
            "res.users": self.users["owner"].ids,
            "crm.lead": self.lead.ids,
            "helpdesk.incoming.mail": self.journal.ids,
        }.get(model, [])

    def paths_into_the_seal(self, model):
        found = []
        for name, field in self.env[model]._fields.items():
            if field.comodel_name in SEALED:
                found.append((name, field.comodel_name))
            elif field.comodel_name in self.env:
                for other, inner in self.env[field.comodel_name]._fields.items():
                    if inner.comodel_name in SEALED:
                        found.append((f"{name}.{other}", inner.comodel_name))
        ends = {
            "helpdesk.mailbox": ("deny_list", "message_ids.body"),
            MESSAGE: ("body", "attachment_ids.index_content"),
            "helpdesk.mailbox.pair": ("email",),
        }
        return [f"{path}.{end}" for path, comodel in found for end in ends[comodel]]

    def test_forms_of_others(self):
        """Each field of each record by ``web_read`` and ``onchange``, one by one."""
        for role in STRONGEST:
            for model, record in self.sealed.items():
                for name, spec in self.specifications(model):
                    for call in (
                        ("web_read", record.ids, spec),
                        ("onchange", record.ids, {}, [], spec),
                        ("onchange", record.ids, {name: False}, [name], spec),
                    ):
                        self.assert_untold(role, model, *call)

    def test_new_forms_that_name_records_of_others(self):
        """A form that is not saved computes its fields from whatever a client says."""
        for role in STRONGEST:
            for model in self.sealed:
                for values in self.values_of_others(model):
                    for name, spec in self.specifications(model):
                        spec = {**{one: {} for one in values if one not in spec}, **spec}
                        # what has not changed counts as known
                        for changed in {next(iter(values)), next(reversed(values))}:
                            self.assert_untold(
                                role, model, "onchange", [], values, [changed], spec
                            )

    def test_forms_of_other_models(self):
        """Any form with a link into a mailbox, or to its files."""
        deep = {"fields": {name: {} for name in ("display_name", "name", "index_content", "raw")}}
        for role in STRONGEST:
            for model in (*_WAYS, "mail.compose.message", "mail.message", "mail.activity"):
                for name, field in self.env[model]._fields.items():
                    if field.comodel_name == ATTACHMENT:
                        one = field.type == "many2one"
                        value = self.file.id if one else [Command.set(self.file.ids)]
                        self.assert_untold(
                            role, model, "onchange", [], {name: value}, [name], {name: deep}
                        )
                    elif field.comodel_name in SEALED:
                        record = self.sealed[field.comodel_name]
                        one = field.type == "many2one"
                        value = record.id if one else [Command.set(record.ids)]
                        for _inner, spec in self.specifications(field.comodel_name):
                            self.assert_untold(
                                role, model, "onchange", [], {name: value}, [name],
                                {name: {"fields": spec}},
                            )  # fmt: skip

    def assert_untold(self, role, model, method, *args):
        with self.subTest(role=role, call=f"{model}.{method}{args}"):
            # nothing of this is a change
            _outcome, answer, _changed = self.remote(role, model, method, *args, watched=False)
            text = json.dumps(answer, default=str).lower()
            for word in (SECRET, "127.0.0.1", "mm-owner@"):
                # but for what the client says itself
                self.assertNotIn(word, text.replace(f"a@{SECRET}.example", ""))

    def specifications(self, model):
        """(name, specification for that field alone, with what is behind it)"""
        for name, field in self.env[model]._fields.items():
            spec = {}
            if field.comodel_name in (*self.sealed, ATTACHMENT):
                inner = _PRIVATE.get(field.comodel_name, ())
                spec = {"fields": {one: {} for one in ("display_name", *inner)}}
            yield name, {name: spec}
            if not field.store:
                # whatever its code has read is in the cache, where nobody asks for rights
                for other in _PRIVATE.get(model, ()):
                    yield name, {name: spec, other: {}}

    def values_of_others(self, model):
        """Values of a new record that link it to what is the owner's."""
        linked = {**self.sealed, ATTACHMENT: self.file}
        more = {MESSAGE: {"email_to": f"a@{SECRET}.example"}}.get(model, {"create_date": False})
        for name, field in self.env[model]._fields.items():
            record = linked.get(field.comodel_name)
            if record is None:
                continue
            if field.type == "many2one":
                yield {name: record.id, **more}
            else:
                yield {name: [Command.set(record.ids)], **more}
