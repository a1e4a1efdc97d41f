# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Private mail is for its owner and for whom the owner names."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged

from ..intake import Door, private
from ..models import seal
from ..transport import RawMail

MAIL = b"""From: Carla <carla@customer.example>\r
To: anna@firm.example\r
Subject: Between us\r
Message-ID: <1@customer.example>\r
Date: Mon, 2 Nov 2026 10:00:00 +0000\r
\r
The secret word is heliotrope.\r
"""


def take_in(mailbox, source, folder="INBOX", uid="1"):
    """The message that *source* becomes in *mailbox*, in the environment of that."""
    env = mailbox.env
    opened = seal.opened(mailbox.with_user(env.ref("base.user_root")))
    Folder = opened.env["helpdesk.mail.folder"]
    state = Folder.search([("mailbox_id", "=", mailbox.id), ("name", "=", folder)])
    state = state or Folder.create({"mailbox_id": mailbox.id, "name": folder})
    raw = RawMail(source=source, uid=uid, uidvalidity="7", size=len(source))
    items = private.take_in(opened.env, Door(opened, state, "imap"), [raw])
    return env["helpdesk.mailbox.message"].browse(items[0].mail_message_id)


class MailboxCase(TransactionCase):
    """Anna has a mailbox with one mail; the others have rights, and no consent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = new_test_user(
            cls.env, "anna", groups="base.group_user", email="anna@firm.example"
        )
        cls.bert = new_test_user(
            cls.env, "bert", groups="base.group_user", email="bert@firm.example"
        )
        cls.system = new_test_user(
            cls.env, "system", groups="base.group_system,helpdesk_mgmt.group_helpdesk_manager"
        )
        Mailbox = cls.env["helpdesk.mailbox"]
        cls.mailbox = Mailbox.with_user(cls.anna).create({"email": "anna@firm.example"})
        cls.message = cls.receive(cls.mailbox, MAIL)

    @classmethod
    def receive(cls, mailbox, source, folder="INBOX", uid="1"):
        """The message that *source* becomes."""
        return take_in(mailbox.with_env(cls.env), source, folder, uid)

    def break_glass(self, reason):
        """Let the settings administrator look into Anna's mailbox for a while: the record."""
        self.system.group_ids += self.env.ref("helpdesk_mail.group_break_glass")
        return (
            self.env["helpdesk.mailbox.glass"]
            .with_user(self.system)
            .create({"mailbox_id": self.mailbox.id, "reason": reason})
        )


@tagged("post_install", "-at_install")
class TestMailboxSeal(MailboxCase):
    def test_owner_reads_it(self):
        message = self.message.with_user(self.anna)
        self.assertEqual(message.subject, "Between us")
        self.assertIn("heliotrope", message.body)
        self.assertTrue(message.is_unknown)

    def test_administrator_does_not_even_as_superuser(self):
        message = self.message.with_user(self.system)
        for record in (message, message.sudo(), self.message.sudo()):
            record.invalidate_recordset()
            with self.assertRaises(AccessError):
                record.read(["subject"])
            self.assertFalse(record.search([("body", "ilike", "heliotrope")]))
            self.assertEqual(record.search_count([]), 0)

    def test_lists_of_records_are_sealed_for_the_superuser(self):
        """They stand in tables of their own, where the ORM asks no search."""
        self.mailbox.with_user(self.anna).delegate_ids = self.bert
        file = self.env["ir.attachment"].with_user(self.anna)
        file = file.create({"name": "f", "res_model": self.message._name, "res_id": 0})
        draft = self.message.with_user(self.anna).create({"attachment_ids": [(4, file.id)]})
        for record, name in (
            (self.mailbox.with_env(self.env), "delegate_ids"),
            (draft.with_env(self.env), "attachment_ids"),
        ):
            # as somebody's automation, as the code of a module, as the scheduler
            for theirs in (record.with_user(self.system).sudo(), record.sudo()):
                theirs.env.flush_all()
                theirs.env.invalidate_all()
                for look in (
                    lambda r=theirs, n=name: r[n],
                    lambda r=theirs, n=name: r.mapped(n),
                    lambda r=theirs, n=name: r.read([n]),
                    lambda r=theirs, n=name: r.fetch([n]),
                ):
                    with self.assertRaises(AccessError, msg=name):
                        look()
            # who is let in reads them so as well
            self.assertTrue(record.with_user(self.anna).sudo()[name])
            self.assertTrue(seal.opened(record)[name])

    def test_superuser_changes_nothing(self):
        """Also once our own code has read all of it, and it stands in the cache."""
        message = self.message.with_user(self.system).sudo()
        pair = seal.opened(self.env["helpdesk.mailbox.pair"])
        pair = pair.create({"mailbox_id": self.mailbox.id, "email": "carla@customer.example"})
        pair = pair.with_env(message.env)
        self.assertTrue(seal.opened(message).read() and seal.opened(pair).read())
        for attempt in (
            lambda: message.read(["subject"]),
            message.unlink,
            lambda: message.write({"subject": "x"}),
            lambda: message.action_mark_read(),
            pair.unlink,
            lambda: pair.write({"email": "x@y.z"}),
            lambda: pair.create({"mailbox_id": self.mailbox.id, "email": "x@y.z"}),
            lambda: self.mailbox.with_env(message.env).write({"host": "imap.evil.example"}),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                attempt()
        for record in (message, pair):
            self.assertFalse(record.has_access("read") or record.has_access("write"))
            self.assertFalse(record._filtered_access("read"))
            self.assertTrue(record.exists())

    def test_own_code_is_asked_for_nothing(self):
        """No query is spent on the seal where it is open, or where rights are asked for."""
        opened = seal.opened(self.message)
        with self.assertQueryCount(0):
            opened.check_access("write")
            self.assertEqual(opened._filtered_access("read"), opened)

    def test_vacuum_deletes_old_dialogs(self):
        Find = self.env["helpdesk.mailbox.find"]
        find = Find.with_user(self.anna).create({"mailbox_id": self.mailbox.id})
        find.with_env(self.env(user=self.env.ref("base.user_root").id, su=True)).unlink()
        self.assertFalse(find.exists())

    def test_delegate_once_their_own_mailbox_is_set_up(self):
        self.mailbox.with_user(self.anna).delegate_ids = self.bert
        message = self.message.with_user(self.bert)
        with self.assertRaises(AccessError):
            message.read(["subject"])
        Mailbox = self.env["helpdesk.mailbox"].with_user(self.bert)
        own = Mailbox.create({"email": "b@firm.example"})
        with self.assertRaises(AccessError):
            message.read(["subject"])
        # one that was never tried is none
        with self.assertRaisesRegex(AccessError, "Activate"):
            own.state = "active"
        own.fetch_enabled = False
        own.action_activate()
        with self.assertRaises(AccessError):
            message.read(["subject"])
        own.fetch_enabled = True
        seal.opened(own).state = "active"
        self.assertEqual(message.read(["subject"])[0]["subject"], "Between us")
        self.assertEqual(message.search([]), message)

    def test_nobody_names_delegates_for_somebody_else(self):
        for mailbox in (
            self.mailbox.with_user(self.system),
            self.mailbox.with_user(self.system).sudo(),
        ):
            with self.assertRaises(AccessError):
                mailbox.delegate_ids = self.system

    def test_deleted_mail_does_not_come_back(self):
        self.message.with_user(self.anna).action_delete()
        self.assertFalse(self.message.exists())
        again = self.receive(self.mailbox, MAIL, uid="9")
        self.assertFalse(again)


@tagged("post_install", "-at_install")
class TestSealCustomising(MailboxCase):
    """What a settings administrator defines sees nothing of private mail."""

    def new_field(self, model, name, **values):
        return (
            self.env["ir.model.fields"]
            .with_user(self.system)
            .create(
                {
                    "model_id": self.env["ir.model"]._get_id(model),
                    "name": name,
                    "field_description": name,
                    "ttype": "text",
                    **values,
                }
            )
        )

    def test_no_field_on_private_mail(self):
        with self.assertRaisesRegex(ValidationError, "no fields of your own"):
            self.new_field("helpdesk.mailbox.message", "x_more")

    def test_no_field_leads_into_it(self):
        cases = (
            {"ttype": "many2one", "relation": "helpdesk.mailbox.message"},
            {"related": "user_id.helpdesk_mailbox_ids.host", "ttype": "char", "store": False},
            {"depends": "user_id.helpdesk_mailbox_ids.host", "compute": "pass", "store": False},
            {
                # who reads: rows of this table
                "ttype": "many2many",
                "relation": "res.partner",
                "relation_table": "helpdesk_mailbox_delegate_rel",
                "column1": "user_id",
                "column2": "mailbox_id",
            },
        )
        for values in cases:
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, "lead into private"),
                self.env.cr.savepoint(),
            ):
                self.new_field("res.partner", "x_door", **values)
        with self.assertRaisesRegex(ValidationError, "lead into private"):
            self.new_field(
                "helpdesk.incoming.mail",
                "x_copy",
                related="mailbox_message_id.preview",
                ttype="char",
                store=True,
            )

    def test_code_of_a_field_gets_no_key(self):
        self.new_field(
            "res.partner",
            "x_spy",
            compute="for r in self:\n  r['x_spy'] = str(r.env['helpdesk.mailbox.message']"
            ".sudo().search([]).mapped('body'))",
            store=False,
        )
        partner = self.env["res.partner"].create({"name": "Anybody"})
        # as our own code reads it, with the seal open
        self.assertEqual(seal.opened(partner).x_spy, "[]")

    def test_nothing_runs_on_private_mail(self):
        values = {"name": "Spy", "state": "code", "code": "pass"}
        with self.assertRaisesRegex(ValidationError, "Nothing runs by itself"):
            self.env["ir.actions.server"].create(
                {**values, "model_id": self.env["ir.model"]._get_id("helpdesk.mailbox.message")}
            )

    def test_an_action_gets_no_key(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Spy",
                "state": "code",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "code": "found = env['helpdesk.mailbox.message'].search([])\n"
                "action = {'type': 'x', 'found': len(found)}",
            }
        )
        self.assertEqual(seal.opened(action).run()["found"], 0)
