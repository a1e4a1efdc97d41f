# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every role through every way into private mail. The table of results stands in the add-on's
documentation (``readme/USAGE.md``), and is compared cell by cell.
"""

import json
import re
from pathlib import Path
from unittest.mock import patch

import psycopg2
from odoo.service.model import call_kw
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .mailbox_methods import calls
from .mailbox_world import (
    MESSAGE,
    QUIET,
    REFUSED,
    ROLES,
    SEALED,
    SECRET,
    WRITERS,
    MailboxWorld,
)

DOCUMENT = Path(__file__).parent.parent / "readme" / "USAGE.md"


@tagged("post_install", "-at_install")
class TestMailboxMatrix(MailboxWorld, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bait = cls.env["res.partner"].create({"name": "Bait"})
        cls.make_world()
        cls._make_doors()
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _make_doors(cls):
        """What a settings administrator could set up to look inside."""
        model = cls.env["ir.model"]._get("res.partner")
        Field = cls.env["ir.model.fields"]
        # none of these can be made any more; were one there, it would open nothing
        unchecked = patch.object(type(Field), "_check_sealed", lambda self: None)
        unchecked.start()
        cls.addClassCleanup(unchecked.stop)
        # a many2one takes any id, and a related field is read as superuser
        for name, relation, path, kind in (
            ("x_mm_message_id", MESSAGE, "x_mm_message_id.body", "html"),
            ("x_mm_file_id", "ir.attachment", "x_mm_file_id.index_content", "text"),
        ):
            Field.create(
                {
                    "model_id": model.id,
                    "name": name,
                    "field_description": name,
                    "ttype": "many2one",
                    "relation": relation,
                }
            )
            Field.create(
                {
                    "model_id": model.id,
                    "name": f"{name}_text",
                    "field_description": f"{name} text",
                    "ttype": kind,
                    "related": path,
                    "readonly": True,
                    "store": False,
                }
            )
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE res_partner SET x_mm_message_id = %s, x_mm_file_id = %s WHERE id = %s",
            [cls.message.id, cls.file.id, cls.customer.id],
        )
        cls.env["ir.ui.view"].create(
            {
                "type": "qweb",
                "key": "helpdesk_mail.mm_report",
                "name": "mm_report",
                "arch": "<t t-name='helpdesk_mail.mm_report'><html><body><t t-foreach='docs'"
                " t-as='doc'><p t-out='doc.body'/><p t-out='doc.sudo().subject'/></t></body>"
                "</html></t>",
            }
        )
        cls.env["ir.model.data"].create(
            {
                "module": "helpdesk_mail",
                "name": "mm_report",
                "model": "ir.ui.view",
                "res_id": cls.env["ir.ui.view"]
                .search([("key", "=", "helpdesk_mail.mm_report")])
                .id,
            }
        )
        cls.env["ir.actions.report"].create(
            {
                "name": "mm",
                "model": MESSAGE,
                "report_type": "qweb-html",
                "report_name": "helpdesk_mail.mm_report",
            }
        )
        cls.action = cls.env["ir.actions.server"].create(
            {
                "name": "mm",
                "model_id": model.id,
                "state": "code",
                "code": (
                    f"found = env['{MESSAGE}'].sudo().search([]).mapped('body')\n"
                    f"found += env['{MESSAGE}'].with_user(1).search([]).mapped('body')\n"
                    f"found += env['ir.attachment'].sudo().search([('res_model', '=', '{MESSAGE}'),"
                    " ('res_field', '=', False)]).mapped('index_content')\n"
                    "action = {'type': 'ir.actions.act_window_close', 'infos': str(found)}"
                ),
            }
        )

    # ------------------------------------------------------------------
    # the ways in: each returns what the role got out
    # ------------------------------------------------------------------

    def _call(self, model, method, *args, **kwargs):
        return call_kw(self.caller[model], method, list(args), kwargs)

    def way_form(self):
        for model, ids in self.records.items():
            yield lambda m=model, i=ids: self._call(m, "read", i)

    def way_list(self):
        specification = {"subject": {}, "body": {}, "preview": {}, "email_from": {}}
        yield lambda: self._call(MESSAGE, "web_search_read", [], specification)
        yield lambda: self._call("helpdesk.mailbox", "search_read", [])
        yield lambda: self._call("helpdesk.mailbox.pair", "search_read", [])

    def way_search(self):
        """Counting what a word finds tells the word."""
        for name in ("body", "subject", "preview", "sender_email", "attachment_ids.index_content"):
            yield lambda n=name: self._counted(MESSAGE, [(n, "ilike", SECRET)])
        yield lambda: self._counted("helpdesk.mailbox", [("message_ids.body", "ilike", SECRET)])

    def _counted(self, model, domain):
        return SECRET if self._call(model, "search_count", domain) else ""

    def way_crafted_search(self):
        """By way of every other model that leads to a sealed one."""
        for model in self.env.values():
            if model._abstract or model._transient or model._name in SEALED:
                continue
            for name, field in model._fields.items():
                if field.comodel_name in SEALED and (field.store or field.search):
                    path = "body" if field.comodel_name == MESSAGE else "message_ids.body"
                    if field.comodel_name == "helpdesk.mailbox.pair":
                        continue
                    domain = [(f"{name}.{path}", "ilike", SECRET)]
                    yield lambda m=model._name, d=domain: self._counted(m, d)
                    any_ = [(name, "any!", [(path, "ilike", SECRET)])]
                    yield lambda m=model._name, d=any_: self._counted(m, d)
        yield lambda: self._counted("res.partner", [("x_mm_message_id_text", "ilike", SECRET)])

    def way_groups(self):
        yield lambda: self._call(MESSAGE, "formatted_read_group", [], ["subject"], ["__count"])
        yield lambda: self._call(MESSAGE, "web_read_group", [], ["sender_email"])
        yield lambda: self._call("helpdesk.mailbox.pair", "formatted_read_group", [], ["email"])

    def way_export(self):
        names = ["subject", "body", "attachment_ids/index_content"]
        yield lambda: self._call(MESSAGE, "export_data", self.message.ids, names)
        yield lambda: self._call(
            "helpdesk.incoming.mail", "export_data", self.journal.ids, ["mailbox_message_id/body"]
        )

    def way_name_search(self):
        yield lambda: self._call(MESSAGE, "name_search", "helio")
        yield lambda: self._call("helpdesk.mailbox.pair", "name_search", "helio")

    def way_attachment(self):
        names = ["name", "index_content", "raw", "datas"]
        yield lambda: self._call("ir.attachment", "read", self.file.ids, names)
        yield lambda: self._call(
            "ir.attachment", "search_read", [("res_model", "=", MESSAGE)], ["name"]
        )
        yield lambda: self._counted("ir.attachment", [("index_content", "ilike", SECRET)])

    def way_download(self):
        yield lambda: self.url_open(f"/web/content/{self.file.id}").text
        yield (
            lambda: self.url_open(f"/web/content/{MESSAGE}/{self.message.id}/body?filename=x").text
        )

    def way_download_token(self):
        yield lambda: self.url_open(f"/web/content/{self.file.id}?access_token={self.token}").text

    def way_chatter(self):
        for model in ("mail.message", "mail.mail", "mail.notification", "mail.activity"):
            yield lambda m=model: self._call(m, "search_read", [], limit=200, order="id desc")

    def way_journal(self):
        yield lambda: self._call("helpdesk.incoming.mail", "read", self.journal.ids)
        yield lambda: self._call(
            "helpdesk.incoming.mail", "search_read", [("mailbox_id", "!=", False)]
        )

    def way_custom_field(self):
        names = ["x_mm_message_id_text", "x_mm_file_id_text"]
        yield lambda: self._call("res.partner", "read", self.customer.ids, names)
        yield lambda: self._call(
            "res.partner",
            "web_read",
            self.customer.ids,
            {"x_mm_message_id": {"fields": {"display_name": {}, "body": {}}}},
        )

    def way_custom_field_sorted(self):
        """What is sorted or grouped by a column tells the column."""
        for name in ("x_mm_message_id_text", "x_mm_file_id_text"):
            yield lambda n=name: self._call("res.partner", "formatted_read_group", [], [n], [])
            yield lambda n=name: self._sorted(n)

    def _sorted(self, name):
        ids = [self.customer.id, self.bait.id]
        orders = [
            [
                row["id"]
                for row in self._call(
                    "res.partner", "search_read", [("id", "in", ids)], ["id"], order=f"{name} {way}"
                )
            ]
            for way in ("asc nulls first, id", "desc nulls last, id")
        ]
        # without the value both are empty, and the ids decide
        return SECRET if orders[0] != orders[1] else ""

    def way_report(self):
        yield lambda: self.url_open(f"/report/html/helpdesk_mail.mm_report/{self.message.id}").text

    def way_superuser_code(self):
        yield lambda: str(self._call("ir.actions.server", "run", self.action.ids))

    def way_rpc_on_every_public_method(self):
        """What it answers; who may call which is in test_mailbox_rights."""
        for model, name, call in calls():
            yield lambda m=model, n=name, c=call: self._call(
                m, n, *c.arguments(self), **c.options(self)
            )

    def _got(self, call, role):
        """What *call* answers, as text, or "" where it is refused; whatever it did is undone."""
        before = self._rows()
        got = ""
        with self.undone((*REFUSED, psycopg2.IntegrityError)):
            got = json.dumps(call(), default=str)
            self.env.flush_all()
            if role not in WRITERS:
                self.assertEqual(self._rows(), before, f"{role} has changed something")
        return got

    def _rows(self):
        self.env.cr.execute(
            "SELECT md5(string_agg(row::text, '' ORDER BY row::text)) FROM ("
            "SELECT mailbox::text AS row FROM helpdesk_mailbox mailbox WHERE mailbox.id = %s"
            " UNION ALL SELECT message::text FROM helpdesk_mailbox_message message"
            " WHERE message.mailbox_id = %s"
            " UNION ALL SELECT pair::text FROM helpdesk_mailbox_pair pair) AS rows",
            [self.mailbox.id, self.mailbox.id],
        )
        return self.env.cr.fetchone()

    def _ways(self):
        """name -> the method that yields the calls"""
        return {
            name[4:].replace("_", " "): getattr(self, name)
            for name in dir(self)
            if name.startswith("way_")
        }

    def _tried(self, role):
        """(way, role) -> whether anything private comes out: "yes" or "no"."""
        self.records = dict(
            zip(SEALED, (self.mailbox.ids, self.message.ids, self.pair.ids), strict=True)
        )
        user = self.users[role]
        self.authenticate(user.login if ROLES[role] else None, user.login)
        found = {}
        for way, doors in self._ways().items():
            self.caller = self.as_(role)
            got = ""
            with mute_logger(*QUIET):
                for call in doors():
                    got += self._got(call, role)
            found[way, role] = "yes" if SECRET in got.lower() else "no"
        return found

    def test_table(self):
        self.without_network()
        found = {}
        for role in ROLES:
            found.update(self._tried(role))
        self.maxDiff = None
        self.assertEqual(found, documented(self._ways(), ROLES))

    def test_glass_is_whole_again(self):
        """Who broke the glass reads nothing once the time is over."""
        self.without_network()
        self.end_glass()
        found = self._tried("glass broken")
        self.assertEqual({way for (way, _role), cell in found.items() if cell == "yes"}, set())


def documented(ways, roles):
    """The table of the documentation: (way, role) -> "yes" or "no"."""
    lines = [line.strip() for line in DOCUMENT.read_text(encoding="utf-8").splitlines()]
    table = {}
    for line in lines:
        cells = re.split(r"\s{2,}", line)
        if cells[0] in ways and len(cells) == len(roles) + 1:
            table.update(
                {(cells[0], role): cell for role, cell in zip(roles, cells[1:], strict=True)}
            )
    return table
