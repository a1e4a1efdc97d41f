# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mail that cannot be processed is kept whole, blocks nothing, and can be taken in again."""

import base64
from unittest.mock import patch

import psycopg2
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import intake
from ..transport import RawMail
from .common import HelpdeskMailCase, write_mail

ROAD = "odoo.addons.helpdesk_mail.intake.road"


@tagged("post_install", "-at_install")
class TestQuarantine(HelpdeskMailCase):
    def quarantined(self, subject="poison", **options):
        self.poisoned = write_mail(subject=subject, **options)
        with self.poison("poison"):
            return self.row(self.take_one(self.poisoned, raise_=False))

    def raw(self, row):
        return base64.b64decode(row.with_context(bin_size=False).raw)

    def test_one_of_three(self):
        poisoned = write_mail(subject="poison", text="ä\n" * 500)
        with self.poison("poison"):
            first, second, third = self.take(
                write_mail(subject="one", message_id="<one@kunde.example>"),
                poisoned,
                write_mail(subject="two", answers="<one@kunde.example>"),
                raise_=False,
            )
        self.assertEqual(first.outcome, "created")
        self.assertEqual(third.outcome, "appended")
        self.assertEqual(self.ticket(third), self.ticket(first))
        row = self.row(second)
        self.assertEqual((row.outcome, row.reason), ("quarantined", "error"))
        self.assertEqual(self.raw(row), poisoned)
        self.assertIn("ValueError: this mail is poison", row.explanation)
        self.assertIn("Traceback", row.error)
        self.assertEqual(row.email_from, "Anna Kunde <anna@kunde.example>")
        self.assertEqual(row.subject, "poison")
        self.assertFalse(row.ticket_id)
        self.assertEqual(self.inbox.quarantined_count, 1)

    def test_nothing_of_the_failed_attempt_stays(self):
        def half_done(batch):
            batch.env["helpdesk.ticket"].create({"name": "half", "description": "x"})
            raise ValueError("half way")

        before = self.env["helpdesk.ticket"].search_count([])
        with patch.object(intake.road.write, "run", half_done), mute_logger(ROAD):
            item = self.take_one(write_mail(), raise_=False)
        self.assertEqual(item.outcome, "quarantined")
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), before)

    def test_retry(self):
        row = self.quarantined()
        with self.poison("poison"):
            result = row.action_retry()
        self.assertEqual(row.outcome, "quarantined")
        self.assertEqual(result["params"]["type"], "warning")
        self.assertEqual(self.raw(row), self.poisoned)
        rows = self.env["helpdesk.incoming.mail"].search_count([])
        result = row.action_retry()
        self.assertEqual(result["params"]["type"], "success")
        self.assertEqual(row.outcome, "created")
        self.assertFalse(row.error)
        self.assertEqual(row.ticket_id.name, "poison")
        self.assertEqual(row.ticket_id.partner_id, self.anna)
        self.assertEqual(row.mail_message_id.res_id, row.ticket_id.id)
        self.assertEqual(self.env["helpdesk.incoming.mail"].search_count([]), rows, "same row")
        with self.assertRaises(UserError):
            row.action_retry()

    def test_retry_of_many(self):
        rows = self.quarantined("poison 1") + self.quarantined("poison 2")
        solved = self.row(self.take_one())
        result = (rows + solved).action_retry()
        self.assertEqual(set(rows.mapped("outcome")), {"created"})
        self.assertEqual(len(rows.ticket_id), 2)
        self.assertEqual(result["params"]["type"], "success")
        self.assertIn("2 taken in, 0 still", result["params"]["message"])

    def test_retry_of_a_mail_that_came_again_meanwhile(self):
        row = self.quarantined()
        item = self.take_one(self.poisoned)
        # the copy in quarantine is no ticket yet: the mail that works is
        row.action_retry()
        self.assertEqual(
            self.env["helpdesk.ticket"].search_count(
                [("name", "=", "poison"), ("inbox_id", "=", self.inbox.id)]
            ),
            1,
        )
        self.assertTrue(self.ticket(item) or row.ticket_id)

    def test_rights_of_retry(self):
        row = self.quarantined()
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for user in (self.agent, foreign, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                row.with_user(user).action_retry()
            with self.assertRaises(AccessError):
                row.with_user(user).action_download()
        self.assertEqual(row.outcome, "quarantined")
        admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        row.with_user(admin).action_retry()
        self.assertEqual(row.outcome, "created")
        self.assertEqual(row.ticket_id.create_uid, self.env.ref("base.user_root"))

    def test_failure_of_the_database_is_no_failure_of_a_mail(self):
        for error in (
            psycopg2.OperationalError("connection lost"),
            psycopg2.InterfaceError("cursor closed"),
            psycopg2.errors.SerializationFailure("try again"),
            psycopg2.errors.LockNotAvailable("locked"),
        ):
            rows = self.env["helpdesk.incoming.mail"].search_count([])
            with self.assertRaises(type(error)), self.poison("printer", error):
                self.take_one(raise_=False)
            self.assertEqual(self.env["helpdesk.incoming.mail"].search_count([]), rows)

    def test_data_that_the_database_refuses_is_one(self):
        """A value that PostgreSQL does not take concerns this mail alone."""
        with self.poison("poison", psycopg2.DataError("invalid byte sequence")):
            item, good = self.take(write_mail(subject="poison"), write_mail(), raise_=False)
        self.assertEqual(item.outcome, "quarantined")
        self.assertEqual(good.outcome, "created")

    def test_put_aside_unread(self):
        """What stopped the program is put aside without being parsed, whatever it holds."""
        source = b"Subject: bomb\r\nFrom: x@y.example\r\n\r\n" + b"\0" * 1000
        inbox = self.inbox.with_user(1)
        door = intake.Door(inbox, inbox.env["helpdesk.mail.folder"], "imap")
        item = intake.put_aside(inbox.env, door, RawMail(source=source, size=1), "crashed")
        row = self.row(item)
        self.assertEqual((row.outcome, row.reason), ("quarantined", "crashed"))
        self.assertEqual(self.raw(row), source)
        self.assertEqual(row.subject, "bomb")
        row.action_retry()
        self.assertEqual(row.outcome, "created")
