# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The health of the inboxes, their history, and old credentials."""

import datetime
import json
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged
from odoo.tools import config, file_open, mute_logger

from .. import intake
from ..models.private_networks import OPTION
from ..transport import CredentialsRefused, RawMail, TransportError, TryAgain, oauth
from ..transport.networks import Networks
from .common import write_mail
from .test_account import AccountCase

MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)


class HealthCase(AccountCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")

    def setUp(self):
        super().setUp()
        with self.server():
            self.mailbox.with_user(self.admin).action_activate()
        self.mailbox._helpdesk_mail_succeeded()

    def health(self, inbox=None):
        inbox = (inbox or self.mailbox).with_user(self.admin)
        inbox.invalidate_recordset()
        return inbox.health


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestHealth(HealthCase):
    def test_state_of_health(self):
        inbox = self.mailbox
        self.assertEqual(self.health(), "good")
        self.assertEqual(self.health(self.inbox), "good", "nothing to fetch")
        inbox._helpdesk_mail_failed(TryAgain("imap.example does not answer"))
        self.assertEqual(self.health(), "warning")
        self.assertIn("imap.example", inbox.health_words)
        inbox._helpdesk_mail_failed(CredentialsRefused("imap.example refused the password"))
        self.assertEqual(self.health(), "bad")
        self.assertIn("refused the password", inbox.health_words)
        inbox._helpdesk_mail_succeeded()
        self.assertEqual(self.health(), "good")
        inbox.action_pause()
        self.assertEqual(self.health(), "off")

    def test_those_in_trouble_come_first(self):
        """Inboxes that never fetched are not before them."""
        never = self.env["helpdesk.inbox"].create({"name": "A", "email": "a@desk.example"})
        self.mailbox._helpdesk_mail_failed(CredentialsRefused("wrong password"))
        self.env.flush_all()
        both = self.env["helpdesk.inbox"].search(
            [("id", "in", (never + self.mailbox).ids)], order="failed_attempts desc, name"
        )
        self.assertEqual(both[0], self.mailbox)

    def test_scheduler_that_stands_still(self):
        old = fields.Datetime.now() - 20 * MINUTE
        self.mailbox.write({"last_success": old, "state_since": old})
        self.assertEqual(self.health(), "bad")
        self.assertIn("scheduled actions", self.mailbox.health_words)
        self.mailbox.interval_minutes = 30
        self.assertEqual(self.health(), "good", "its turn has not come")
        self.mailbox.write({"interval_minutes": 1, "skip_windows": "00:00-24:00"})
        self.assertEqual(self.health(), "good", "it rests")

    def test_backlog(self):
        folder = self.env["helpdesk.mail.folder"].create(
            {"inbox_id": self.mailbox.id, "name": "INBOX", "uidvalidity": "7", "last_uid": 10}
        )
        self.assertEqual(folder._backlog_by("7:15"), 4)
        self.assertEqual(folder._backlog_by("7:15:2"), 2, "no more than are unread")
        self.assertIsNone(folder._backlog_by("8:15"))
        self.assertIsNone(folder._backlog_by(""))
        folder.visited_mark = "7:15"
        self.assertEqual(folder._backlog_by("7:15"), 0, "a visit saw them all")
        folder.backlog = 12
        self.env["helpdesk.mail.folder"].create(
            {"inbox_id": self.mailbox.id, "name": "Left", "backlog": 99}
        )
        self.assertEqual(self.mailbox.backlog, 12, "what is read no more does not count")

    def test_lag_and_sparkline(self):
        # what is written bears the time at which the transaction began
        now = self.env.cr.now().replace(tzinfo=datetime.UTC)
        self.mailbox.active_since = fields.Datetime.now() - DAY
        for seconds in (3, 5, 700):
            self.arrive(now - datetime.timedelta(seconds=seconds))
        # older than the activation: no delay of ours
        self.arrive(now - 30 * DAY)
        inbox = self.mailbox
        inbox.invalidate_recordset()
        self.assertTrue(2 <= inbox.lag_seconds <= 30, inbox.lag_seconds)
        self.assertTrue(inbox.lag.endswith(" s"))
        self.assertEqual(len(inbox.mails_by_hour), 24)
        self.assertEqual((inbox.mails_by_hour[-1], sum(inbox.mails_by_hour)), (4, 4))
        mail, other = self.env["helpdesk.incoming.mail"].search(
            [("inbox_id", "=", inbox.id)], limit=2
        )
        self.env.cr.execute(
            "UPDATE helpdesk_incoming_mail SET create_date = create_date - interval '3.5 hours'"
            " WHERE id = %s",
            [mail.id],
        )
        inbox.invalidate_recordset()
        self.assertEqual((inbox.mails_by_hour[-1], inbox.mails_by_hour[-4]), (3, 1))
        # of what is of this very second, or of a clock that is ahead, none replaces the rest
        self.env.cr.execute(
            "UPDATE helpdesk_incoming_mail SET create_date = create_date + interval '1 hour'"
            " WHERE id = %s",
            [other.id],
        )
        inbox.invalidate_recordset()
        self.assertEqual((inbox.mails_by_hour[-1], inbox.mails_by_hour[-4]), (3, 1))

    def arrive(self, moment):
        source = write_mail(to=self.mailbox.email)
        raw = RawMail(source=source, size=len(source), received_at=moment)
        inbox = self.mailbox.with_user(1)
        door = intake.Door(inbox, inbox.env["helpdesk.mail.folder"], "imap", history=True)
        items = intake.take_in(inbox.env, door, [raw])
        self.assertFalse(items[0].error, items[0].error)

    def test_few_queries_for_many_inboxes(self):
        inboxes = self.env["helpdesk.inbox"].create(
            [{"name": f"n{n}", "email": f"n{n}@desk.example"} for n in range(30)]
        )
        self.env.flush_all()

        def read(records):
            records = records.with_user(self.admin)
            names = ["health", "backlog", "lag", "mails_by_hour", "credential_age_days"]
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.read(names)
            return self.env.cr.sql_log_count - before

        read(inboxes)
        self.assertLessEqual(read(inboxes) - read(inboxes[:3]), 3)


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestHistory(HealthCase):
    def events(self):
        self.mailbox.invalidate_recordset()
        return self.mailbox.with_user(self.admin).event_ids

    def test_who_and_why(self):
        """State machine with a readable history: who, and host and reason for failed."""
        first = self.events()[0]
        self.assertEqual(first.user_id, self.admin)
        self.assertEqual((first.old_state, first.state), ("draft", "active"))
        self.assertEqual(first.words, "Draft → Active")
        self.mailbox._helpdesk_mail_failed(
            CredentialsRefused("imap.example:993 refused the password")
        )
        failed = self.events()[0]
        self.assertEqual(failed.words, "Active → Failed")
        self.assertIn("imap.example:993 refused", failed.reason)
        self.mailbox.state_since = fields.Datetime.now() - 150 * MINUTE
        self.mailbox._helpdesk_mail_succeeded()
        self.assertEqual(self.events()[0].words, "Works again after 2 hours")
        self.mailbox._helpdesk_mail_succeeded()
        self.assertEqual(len(self.events()), 3, "what does not change is no news")

    def test_agents_read_no_hosts(self):
        """Agents read the inbox and its chatter, but not where it connects to."""
        self.mailbox._helpdesk_mail_failed(CredentialsRefused("imap.example refused"))
        self.mailbox._helpdesk_mail_succeeded()
        told = str(self.mailbox.message_ids.mapped("body"))
        self.assertIn("Works again after", told)
        self.assertNotIn("imap.example", told)
        event = self.events()[0].with_user(self.agent)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
            event.read(["reason"])
        self.assertNotIn("event_ids", self.mailbox.with_user(self.agent).fields_get())
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mail.group_mail_administrator",
            company_id=other.id,
            company_ids=[fields.Command.set(other.ids)],
        )
        self.assertFalse(self.env["helpdesk.mail.event"].with_user(foreign).search([]))

    def test_goes_with_the_inbox(self):
        events = self.events()
        self.mailbox.unlink()
        self.assertFalse(events.exists())

    def test_button(self):
        action = self.mailbox.with_user(self.admin).action_view_history()
        found = self.env[action["res_model"]].with_user(self.admin).search(action["domain"])
        self.assertEqual(found, self.events())


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestCredentials(HealthCase):
    def test_age(self):
        inbox = self.mailbox.with_user(self.admin)
        self.assertEqual(inbox.credential_age_days, 0)
        self.assertTrue(inbox.password_set_at)
        self.mailbox.password_set_at -= 400 * DAY
        inbox.invalidate_recordset()
        self.assertEqual((inbox.credential_age_days, inbox.credential_is_old), (400, True))
        self.assertEqual(self.health(), "warning")
        inbox.password = "n3w"
        inbox.invalidate_recordset()
        self.assertEqual((inbox.credential_age_days, inbox.credential_is_old), (0, False))
        inbox.host = "other.example"
        self.assertFalse(inbox.password_set_at, "the password is gone")

    def test_only_what_is_used_counts(self):
        inbox = self.mailbox
        inbox.write({"smtp_password": "x", "oauth_client_secret": "y"})
        old = fields.Datetime.now() - 500 * DAY
        inbox.write({"smtp_password_set_at": old, "oauth_client_secret_set_at": old})
        self.assertEqual(inbox.credential_age_days, 0)
        inbox.auth_method = "oauth2"
        self.assertEqual(inbox.credential_age_days, 500)

    def test_reminder(self):
        """A reminder of old credentials: once, and over when they are changed."""
        Inbox = self.env["helpdesk.inbox"]
        Inbox._helpdesk_mail_cron_credentials()
        self.assertFalse(self.mailbox.activity_ids)
        self.mailbox.password_set_at -= 400 * DAY
        Inbox._helpdesk_mail_cron_credentials()
        activities = self.mailbox.activity_ids
        self.assertIn(self.admin, activities.user_id)
        self.assertIn("400 days", activities[0].note)
        Inbox._helpdesk_mail_cron_credentials()
        self.assertEqual(self.mailbox.activity_ids, activities, "no second one")
        self.mailbox.with_user(self.admin).password = "n3w"
        self.assertFalse(self.mailbox.activity_ids, "done")

    def test_parameter(self):
        self.mailbox.password_set_at -= 100 * DAY
        Parameter = self.env["ir.config_parameter"]
        for value, old in (("90", True), ("365", False), ("0", False), ("nonsense", False)):
            Parameter.set_param("helpdesk_mail.credential_days", value)
            self.mailbox.invalidate_recordset()
            self.assertEqual(self.mailbox.credential_is_old, old, value)


@tagged("post_install", "-at_install")
class TestPrivateNetworks(HealthCase):
    """Hosts that resolve to private networks are refused unless allowed by configuration."""

    def only(self, networks):
        return patch.dict(config.options, {OPTION: networks})

    def test_token_endpoint(self):
        settings = oauth.OAuthSettings(
            token_url="https://127.0.0.1:1/token", client_id="x", networks=Networks("")
        )
        with self.assertRaises(TransportError) as caught:
            oauth.refresh(settings, "r")
        self.assertEqual(caught.exception.reason, "private_network")
        with self.only("10.0.0.0/8"):
            networks = self.mailbox._helpdesk_mail_oauth_client().networks
        self.assertFalse(networks.allows("127.0.0.1"))
        self.assertTrue(networks.allows("10.1.2.3"))


@tagged("post_install", "-at_install")
class TestHealthEndpoint(HealthCase, HttpCase):
    def ask(self, token=None):
        self.env.flush_all()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with mute_logger("odoo.http"):
            return self.url_open("/helpdesk_mail/health", headers=headers)

    def new_token(self, user=None):
        wizard = self.env["helpdesk.mail.health.token"].with_user(user or self.admin).create({})
        return wizard.action_new_token()["context"]["default_token"]

    def test_token(self):
        """A JSON health endpoint with a token for monitoring."""
        self.assertEqual(self.ask().status_code, 404, "nobody has made a token")
        self.assertEqual(self.ask("x").status_code, 404)
        token = self.new_token()
        self.assertEqual(self.ask().status_code, 401)
        self.assertEqual(self.ask("x").status_code, 401)
        self.assertEqual(self.ask(token).status_code, 200)
        newer = self.new_token()
        self.assertEqual(self.ask(token).status_code, 401, "the one before is void")
        self.assertEqual(self.ask(newer).status_code, 200)
        company = self.env.company.sudo()
        self.assertNotIn(newer, company.helpdesk_mail_health_token_hash)
        self.env.flush_all()
        with file_open("helpdesk_mail/data/neutralize.sql") as stream:
            self.env.cr.execute(stream.read())
        self.env.invalidate_all()
        self.assertFalse(company.helpdesk_mail_health_token_hash)

    def test_who_may_make_one(self):
        for user in (self.agent, self.new_user("nobody")):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                self.new_token(user)
            with self.assertRaises(AccessError):
                self.env.company.with_user(user)._helpdesk_mail_new_health_token()

    def test_answer(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["helpdesk.inbox"].create(
            {"name": "Their secret inbox", "email": "x@other.example", "company_id": other.id}
        )
        token = self.new_token()
        answer = self.ask(token)
        report = answer.json()
        self.assertEqual((answer.status_code, report["status"]), (200, "ok"))
        row = next(row for row in report["inboxes"] if row["name"] == "By IMAP")
        self.assertEqual((row["state"], row["health"], row["backlog"]), ("active", "good", 0))
        self.mailbox._helpdesk_mail_failed(CredentialsRefused("imap.example refused it"))
        answer = self.ask(token)
        self.assertEqual((answer.status_code, answer.json()["status"]), (503, "trouble"))
        text = json.dumps(answer.json())
        for word in ("imap.example", "imap@desk.example", "pa55word", "Their secret inbox"):
            self.assertNotIn(word, text, "no addresses, no secrets, nothing of others")
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
