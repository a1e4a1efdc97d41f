# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The settings of a mail account: states, times of rest, passwords, scheduled action."""

import contextlib
import datetime
import os
import pathlib
import stat
import tempfile
from unittest.mock import patch

import psycopg2
from cryptography.fernet import Fernet
from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import config, file_open, mute_logger

from ..models import helpdesk_mail_account, secret_key
from ..transport import ConfigurationWrong, ConnectionReport, CredentialsRefused, TryAgain
from .common import HelpdeskMailCase

ACCOUNT = "odoo.addons.helpdesk_mail.models.helpdesk_mail_account"


class AccountCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox = cls.env["helpdesk.inbox"].create(
            {
                "name": "By IMAP",
                "email": "imap@desk.example",
                "kind": "mailbox",
                "host": "imap.example",
                "username": "imap",
                "password": "pa55word",
            }
        )

    @contextlib.contextmanager
    def server(self, error=None, folder_exists=True):
        """A mail server that answers the connection test, or fails with *error*."""
        patcher = patch.object(helpdesk_mail_account, "open_store")
        with patcher as open_store, mute_logger(ACCOUNT):
            if error:
                open_store.side_effect = error
            open_store.return_value.__exit__.return_value = False
            store = open_store.return_value.__enter__.return_value
            store.test.return_value = ConnectionReport(
                host="imap.example",
                port=993,
                protocol="imap",
                encryption="ssl",
                server="",
                capabilities=(),
                folder="INBOX",
                folder_exists=folder_exists,
                messages=3,
                duration_ms=1,
            )
            store.folders.return_value = []
            yield open_store


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestStates(AccountCase):
    def test_connection_that_works(self):
        with self.server():
            result = self.mailbox.action_test_connection()
        self.assertEqual(result["params"]["type"], "success")
        self.assertIn("INBOX on imap.example holds 3 messages", result["params"]["message"])
        self.assertEqual(self.mailbox.state, "draft", "only a test")

    def test_life_of_an_account(self):
        inbox = self.mailbox
        self.assertEqual(inbox.state, "draft")
        self.assertFalse(inbox.cron_id)
        with self.server() as open_store:
            inbox.action_activate()
        settings = open_store.call_args[0][0]
        self.assertEqual((settings.host, settings.port), ("imap.example", 993))
        self.assertEqual(settings.secret, "pa55word")
        self.assertEqual(inbox.state, "active")
        self.assertTrue(inbox.active_since)
        cron = inbox.cron_id
        self.assertTrue(cron.active)
        self.assertEqual((cron.interval_number, cron.interval_type), (1, "minutes"))
        self.assertIn("By IMAP", cron.name)
        inbox.interval_minutes = 7
        self.assertEqual(cron.interval_number, 7)
        inbox.action_pause()
        self.assertEqual(inbox.state, "paused")
        self.assertFalse(cron.active)
        inbox.action_draft()
        self.assertEqual(inbox.state, "draft")
        with self.server():
            inbox.action_activate()
        self.assertEqual(inbox.cron_id, cron)
        self.assertTrue(cron.active)
        inbox.active = False
        self.assertFalse(cron.active)
        inbox.unlink()
        self.assertFalse(cron.exists())

    def test_activation_wants_a_connection_that_works(self):
        for error in (
            TryAgain("imap.example does not answer"),
            CredentialsRefused("The password is wrong"),
            ConfigurationWrong("No TLS"),
        ):
            with self.server(error), self.assertRaisesRegex(UserError, str(error)):
                self.mailbox.action_activate()
            self.assertEqual(self.mailbox.state, "draft")
        with self.server(folder_exists=False), self.assertRaisesRegex(UserError, "no folder INBOX"):
            self.mailbox.action_activate()
        self.mailbox.host = False
        with self.assertRaisesRegex(UserError, "Enter the server"):
            self.mailbox.action_activate()

    def test_kinds_without_a_server_have_no_scheduled_action(self):
        self.assertEqual(self.inbox.state, "active")
        self.assertFalse(self.inbox.cron_id)
        self.assertEqual(self.inbox.fetch(), {})
        with self.server():
            self.mailbox.action_activate()
        self.mailbox.kind = "hosted"
        self.assertFalse(self.mailbox.cron_id.active)

    def test_failures_of_the_server(self):
        inbox = self.mailbox
        with self.server():
            inbox.action_activate()
        inbox.max_attempts = 2
        inbox._helpdesk_mail_failed(TryAgain("no answer"))
        self.assertEqual((inbox.state, inbox.failed_attempts), ("active", 1))
        self.assertEqual(inbox.last_error, "no answer")
        inbox._helpdesk_mail_failed(TryAgain("no answer"))
        self.assertEqual(inbox.state, "failed")
        rest = inbox.retry_at - fields.Datetime.now()
        self.assertTrue(15 * 60 - 60 < rest.total_seconds() <= 15 * 60 * 1.25, "with some jitter")
        self.assertTrue(inbox.cron_id.active, "it is tried again after a while")
        with patch.object(type(inbox), "_helpdesk_mail_fetch") as fetch:
            inbox._helpdesk_mail_cron_fetch()
            self.assertFalse(fetch.called, "not before")
            inbox.retry_at = fields.Datetime.now() - datetime.timedelta(seconds=1)
            inbox._helpdesk_mail_cron_fetch()
            self.assertTrue(fetch.called)
        inbox._helpdesk_mail_succeeded()
        self.assertEqual((inbox.state, inbox.failed_attempts), ("active", 0))
        self.assertFalse(inbox.last_error or inbox.retry_at)
        inbox._helpdesk_mail_failed(CredentialsRefused("wrong password"))
        self.assertEqual(inbox.state, "failed", "a wrong password is not tried again and again")

    def test_cron_leaves_others_alone(self):
        with patch.object(type(self.mailbox), "_helpdesk_mail_fetch") as fetch:
            self.mailbox._helpdesk_mail_cron_fetch()
            self.mailbox.browse(999999)._helpdesk_mail_cron_fetch()
            self.assertFalse(fetch.called)

    def test_neutralised_copy_keeps_nothing_active(self):
        with self.server():
            self.mailbox.action_activate()
        self.mailbox.action_new_push_token()
        self.env.flush_all()
        with file_open("helpdesk_mail/data/neutralize.sql") as stream:
            self.env.cr.execute(stream.read())
        self.env.invalidate_all()
        self.assertNotIn(self.mailbox.state, ("active", "failed"))
        self.assertFalse(self.mailbox.cron_id.active)
        self.assertNotEqual(self.inbox.state, "active", "the gateway and push doors are shut too")


@tagged("post_install", "-at_install")
class TestSettings(AccountCase):
    def test_ports(self):
        with Form(self.env["helpdesk.inbox"]) as form:
            form.name, form.email = "x", "x@desk.example"
            self.assertEqual(form.port, 993)
            form.encryption = "starttls"
            self.assertEqual(form.port, 143)
            form.protocol = "pop3"
            self.assertEqual(form.port, 110)
            form.encryption = "ssl"
            self.assertEqual(form.port, 995)
            form.port = 9950
            form.protocol = "imap"
            self.assertEqual(form.port, 9950, "what a person entered stays")
        self.assertEqual(form.record.port, 9950)

    def test_skip_windows(self):
        inbox = self.mailbox
        zone = self.env.company.partner_id

        def rests(time, windows, tz="UTC"):
            inbox.skip_windows, zone.tz = windows, tz
            now = datetime.datetime.fromisoformat(f"2026-07-01 {time}")
            return inbox._helpdesk_mail_in_skip_window(now)

        self.assertFalse(rests("03:00", False))
        self.assertTrue(rests("02:00", "02:00-04:00"))
        self.assertTrue(rests("03:59", "02:00-04:00"))
        self.assertFalse(rests("04:00", "02:00-04:00"))
        self.assertFalse(rests("01:59", "02:00-04:00"))
        # across midnight, several, blanks
        for time, expected in {
            "23:29": False,
            "23:30": True,
            "00:10": True,
            "00:30": False,
            "12:15": True,
        }.items():
            self.assertEqual(rests(time, "23:30 - 00:30, 12:00-13:00"), expected, time)
        self.assertTrue(rests("23:59", "22:00-24:00"))
        self.assertFalse(rests("00:00", "22:00-24:00"))
        # summer time: 02:30 in Berlin is 00:30 UTC
        self.assertTrue(rests("00:30", "02:00-04:00", "Europe/Berlin"))
        self.assertFalse(rests("02:30", "02:00-04:00", "Europe/Berlin"))
        self.assertTrue(rests("18:00", "02:00-04:00", "Asia/Tokyo"))

    def test_messages_of_wrong_settings(self):
        for values, words in {
            (("skip_windows", "2-4"),): "no time span",
            (("skip_windows", "02:00-04:00, 25:00-26:00"),): "25:00-26:00 is no time span",
            (("email", "nonsense"),): "nonsense is no mail address",
            (("alias_emails", "a@b.example\nnope"),): "nope is no mail address",
            (("subject_tag", "{number}"),): "must contain",
            (("subject_tag", "[no number]"),): "must contain",
            (("reopen_days", -1),): "cannot be negative",
        }.items():
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                self.mailbox.write(dict(values))

    def test_limits(self):
        for values in ({"timeout_ms": 1}, {"max_attempts": 0}, {"max_size_mb": 0}):
            with (
                self.subTest(values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.mailbox.write(values)
                self.mailbox.flush_recordset()

    def test_one_inbox_for_each_address(self):
        values = {"name": "Again", "email": "IMAP@Desk.example"}
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            with self.env.cr.savepoint():
                self.env["helpdesk.inbox"].create(values).flush_recordset()
        self.mailbox.active = False
        self.assertTrue(self.env["helpdesk.inbox"].create(values))

    def test_changed_server_is_read_from_the_start(self):
        folder = self.env["helpdesk.mail.folder"].create(
            {"inbox_id": self.mailbox.id, "name": "INBOX", "last_uid": 12, "uidvalidity": "1"}
        )
        self.mailbox.name = "Renamed"
        self.assertEqual(folder.last_uid, 12)
        self.mailbox.host = "other.example"
        self.assertEqual((folder.last_uid, folder.uidvalidity), (0, False))


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestPasswords(AccountCase):
    def stored(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT password_encrypted FROM helpdesk_inbox WHERE id = %s", [self.mailbox.id]
        )
        return self.env.cr.fetchone()[0]

    def test_encrypted_at_rest(self):
        self.assertTrue(self.stored().startswith("gAAAA"))
        self.env.cr.execute("SELECT i::text FROM helpdesk_inbox i")
        self.assertNotIn("pa55word", str(self.env.cr.fetchall()))
        self.assertEqual(secret_key.decrypt(self.stored(), self.env), "pa55word")

    def test_empty_value_of_a_form_keeps_it(self):
        before = self.stored()
        self.mailbox.write({"password": False})
        self.mailbox.write({"password": ""})
        self.assertEqual(self.stored(), before)

    def test_key_file(self):
        with tempfile.TemporaryDirectory() as folder:
            with patch.dict(config.options, data_dir=folder), mute_logger(secret_key.__name__):
                token = secret_key.encrypt("secret", self.env)
                path = pathlib.Path(folder) / "helpdesk_mail.key"
                self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
                self.assertEqual(os.listdir(folder), ["helpdesk_mail.key"], "no draft is left")
                key = path.read_text()
                self.assertEqual(secret_key.decrypt(token, self.env), "secret")
                self.assertEqual(path.read_text(), key)
                path.write_text(f"{Fernet.generate_key().decode()}\n{key}")
                self.assertEqual(secret_key.decrypt(token, self.env), "secret", "rotated")
                path.write_text(Fernet.generate_key().decode())
                with self.assertRaisesRegex(UserError, "Enter the password again"):
                    secret_key.decrypt(token, self.env)

    def test_keys_of_the_configuration(self):
        old, new = (Fernet.generate_key().decode() for _ in range(2))
        with patch.dict(config.options, helpdesk_mail_keys=old):
            token = secret_key.encrypt("secret", self.env)
        with patch.dict(config.options, helpdesk_mail_keys=f"{new}, {old}"):
            self.assertEqual(secret_key.decrypt(token, self.env), "secret")
            again = secret_key.encrypt("secret", self.env)
        with patch.dict(config.options, helpdesk_mail_keys=new):
            self.assertEqual(secret_key.decrypt(again, self.env), "secret")

    def test_no_secret_in_errors(self):
        self.mailbox.password = "tell-tale"
        with self.server(TryAgain("imap.example does not answer")):
            with self.assertRaises(UserError) as caught:
                self.mailbox.action_test_connection()
        self.assertNotIn("tell-tale", str(caught.exception))
        self.assertNotIn("tell-tale", repr(self.mailbox._helpdesk_mail_settings()))
