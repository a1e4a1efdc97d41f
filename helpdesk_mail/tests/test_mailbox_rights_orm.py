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
# who comes nearest; the table of roles tries all of them
STRONGEST = ("delegate without mailbox", "settings administrator")
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
                outcome, answer, _changed = self.remote(role, model, method, *args, watched=False)
                self.assertFalse(told(answer), answer)
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
        for role in (*STRONGEST, "portal user"):
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
                    for _name, spec in self.specifications(model):
                        spec = {**{one: {} for one in values if one not in spec}, **spec}
                        # what has not changed counts as known
                        for changed in {next(iter(values)), next(reversed(values))}:
                            self.assert_untold(role, model, "onchange", [], values, [changed], spec)

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


@tagged("post_install", "-at_install")
class TestMailboxCraftedWriting(CraftedCase):
    """Nobody but the owner and the delegates changes a mailbox, or brings something into it."""

    def test_nothing_is_changed(self):
        for role in (*STRANGERS, "glass broken"):
            for model, method, *args in self.crafted(self.users[role]):
                with self.subTest(role=role, call=f"{model}.{method}{args}"):
                    before = self.contents()
                    # refused; or it does nothing, as load() that tells why not
                    _outcome, answer, changed = self.remote(role, model, method, *args)
                    self.assertFalse(changed, answer)
                    if role not in READERS:
                        self.assertFalse(told(answer), answer)
                    self.assertEqual(self.contents(), before)

    def contents(self):
        """All that is the owner's, as the database has it."""
        where = {
            "helpdesk_mailbox": "id = %(id)s",
            "helpdesk_mailbox_message": "mailbox_id = %(id)s",
            "helpdesk_mailbox_pair": "mailbox_id = %(id)s",
            "ir_attachment": "res_model = 'helpdesk.mailbox.message'",
        }
        rows = " UNION ALL ".join(
            f"SELECT row_to_json({table})::text AS line FROM {table} WHERE {condition}"
            for table, condition in where.items()
        )
        self.env.cr.execute(
            f"SELECT md5(string_agg(line, '' ORDER BY line)) FROM ({rows}) lines",
            {"id": self.mailbox.id},
        )
        return self.env.cr.fetchone()

    def crafted(self, user):
        """Calls that take something over, plant something, or destroy something."""
        mailbox, message, file = self.mailbox.id, self.message.id, self.file.id
        Model = self.env["ir.model"]
        for model, record in self.sealed.items():
            ids, rec_name = record.ids, self.env[model]._rec_name or "create_uid"
            yield model, "unlink", ids
            yield model, "copy", ids
            yield model, "write", ids, {"create_uid": user.id}
            yield model, "web_save", ids, {rec_name: "x"}, {"display_name": {}}
            if model != MESSAGE:
                # that is a draft of one's own
                yield model, "name_create", "x"
            if "mailbox_id" in self.env[model]._fields:
                yield model, "write", ids, {"mailbox_id": self.colleagues.id}
                yield model, "create", {"mailbox_id": mailbox}
                yield model, "web_save", [], {"mailbox_id": mailbox}, {"display_name": {}}
        yield "helpdesk.mailbox", "create", {"user_id": self.users["owner"].id, "email": "x@y.z"}
        yield "helpdesk.mailbox", "load", [".id", "user_id/.id"], [[str(mailbox), str(user.id)]]
        yield "helpdesk.mailbox", "web_save_multi", [mailbox], [{"deny_list": ""}], {"email": {}}
        yield MESSAGE, "load", [".id", "subject"], [[str(message), "x"]]
        yield MESSAGE, "load", ["mailbox_id/.id", "subject"], [[str(mailbox), "x"]]
        yield MESSAGE, "create", {"mailbox_id": mailbox, "attachment_ids": [(4, file)]}
        # of one's own draft: with a file, an answer, a state, a customer of somebody else
        for values in (
            {"attachment_ids": [(4, file)]},
            {"attachment_ids": [(6, 0, [file])]},
            {"attachment_ids": [(1, file, {"public": True})]},
            {"attachment_ids": [(0, 0, {"name": "x", "res_model": MESSAGE, "res_id": message})]},
            {"parent_id": message},
            {"state": "queued"},
            {"author_user_id": self.users["owner"].id},
            {"sender_email": ADDRESS},
            {"folder_id": self.journal.folder_id.id},
        ):
            yield MESSAGE, "create", {"subject": "x", **values}
        yield "helpdesk.mailbox.pair", "create", {"mailbox_id": mailbox, "email": "x@y.z"}
        yield (
            "helpdesk.mailbox.find.server",
            "create",
            {"find_id": self.find.id, "mailbox_id": mailbox, "protocol": "imap", "host": "x.y"},
        )
        # the journal, the folders, the history, the server, the copies on their way: nobody's
        yield "helpdesk.incoming.mail", "create", {"mailbox_id": mailbox}
        yield "helpdesk.incoming.mail", "write", self.journal.ids, {"mailbox_id": False}
        yield "helpdesk.incoming.mail", "action_retry", self.journal.ids
        yield "helpdesk.incoming.mail", "action_download", self.journal.ids
        yield "helpdesk.mail.folder", "create", {"mailbox_id": mailbox, "name": "x"}
        yield "helpdesk.mail.folder", "write", self.journal.folder_id.ids, {"last_uid": 0}
        yield "helpdesk.mail.event", "create", {"res_model": "helpdesk.mailbox", "res_id": mailbox}
        # the log of opened mailboxes
        yield "helpdesk.mailbox.glass", "unlink", self.glass.ids
        yield "helpdesk.mailbox.status", "unlink", [mailbox]
        yield "helpdesk.mailbox.status", "write", [mailbox], {"user_id": user.id}
        # files
        yield ATTACHMENT, "write", [file], {"res_model": "res.partner", "res_id": user.id}
        yield ATTACHMENT, "write", [file], {"res_model": False, "res_id": 0, "public": True}
        yield ATTACHMENT, "write", [file], {"name": "x"}
        yield ATTACHMENT, "copy", [file]
        if user != self.users["glass broken"]:
            # whoever reads a file may keep it
            yield ATTACHMENT, "copy", [file], {"res_model": False, "res_id": 0}
        yield ATTACHMENT, "unlink", [file]
        yield ATTACHMENT, "generate_access_token", [file]
        yield ATTACHMENT, "create", {"name": "x", "res_model": MESSAGE, "res_id": message}
        yield (
            ATTACHMENT,
            "create",
            {"name": "x", "res_model": "helpdesk.mailbox", "res_id": mailbox},
        )
        yield ATTACHMENT, "register_as_main_attachment", [file]
        # what belongs to any record of Odoo
        plan = {"res_model_id": Model._get_id(MESSAGE), "res_model": MESSAGE, "res_id": message}
        yield "mail.activity", "create", plan
        if user != self.users["settings administrator"]:
            # who may make followers of anything gets nothing of it: it is no thread
            follower = {"res_model": MESSAGE, "res_id": message}
            yield "mail.followers", "create", {**follower, "partner_id": user.partner_id.id}
        yield "mail.message", "create", {"model": MESSAGE, "res_id": message, "body": "x"}
        yield "mail.compose.message", "create", {"model": MESSAGE, "res_ids": f"[{message}]"}
        if user != self.users["glass broken"]:
            own = {"model": "res.partner", "res_id": user.partner_id.id, "body": "x"}
            yield "mail.message", "create", {**own, "attachment_ids": [(4, file)]}
