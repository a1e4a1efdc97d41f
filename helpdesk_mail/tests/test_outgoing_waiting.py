# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mails whose account cannot sign in: they wait, say why, and leave after the reconnect."""

import datetime
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import config

from ..models import mail_mail_waiting
from .oauth_case import USER
from .smtp_server import TokenPost
from .test_outgoing import SMTP_PASSWORD, SMTP_USER, OutgoingCase
from .unit.fault_proxy import CHANGE, Fault, FaultProxy
from .unit.token_endpoint import CLIENT_ID, CLIENT_SECRET, TokenEndpoint

WAITS = "The mail waits, and leaves by itself once the account can sign in again."


class WaitingCase(OutgoingCase):
    def setUp(self):
        super().setUp()
        # the moment of the next try is the same for all mails, as the clock strikes: not here
        # in the middle of a test
        self.patch(mail_mail_waiting, "_HOURS", 1_000_000)

    def status(self, mail):
        return set(mail.mail_message_id.notification_ids.mapped("notification_status"))

    def queue_is_started(self):
        """Whether the queue's cron was told to run at once (and not at some later time)."""
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        due = triggers.filtered(lambda one: one.call_at <= fields.Datetime.now())
        triggers.unlink()
        return bool(due)


@tagged("post_install", "-at_install")
class TestWaitForPassword(WaitingCase):
    def setUp(self):
        super().setUp()
        self.users = {SMTP_USER: "another"}
        self.server = self.serve(users=self.users)
        self.own_server(self.server)
        ticket = self.ask()
        self.mails = self.say(ticket, "One") + self.say(ticket, "Two")
        self.queue_is_started()
        self.send_queue()

    def test_nothing_is_lost_in_silence(self):
        for mail in self.mails:
            self.assertEqual(mail.state, "outgoing")
            self.assertIn("refused the user name or the password", mail.failure_reason)
            self.assertTrue(mail.failure_reason.endswith(WAITS), mail.failure_reason)
            self.assertIn("exception", self.status(mail), "the agent sees it")
        reasons = self.mails.mail_message_id.notification_ids.mapped("failure_reason")
        self.assertTrue(any(reason and WAITS in reason for reason in reasons))

    def test_the_server_is_not_asked_again_and_again(self):
        """Servers lock whom they refuse too often."""
        connections = self.server.connections
        self.assertEqual(connections, 1, "one for both mails")
        for _run in range(3):
            self.send_queue()
        self.assertEqual(self.server.connections, connections)
        self.assertEqual(len(set(self.mails.mapped("scheduled_date"))), 1, "together")

    def test_a_new_password_lets_them_go(self):
        self.assertFalse(self.queue_is_started())
        self.users[SMTP_USER] = SMTP_PASSWORD + "2"
        self.inbox.with_user(self.admin).smtp_password = SMTP_PASSWORD + "2"
        self.assertTrue(self.queue_is_started())
        self.send_queue()
        self.assertEqual(len(self.server.mails), 2)
        self.assertFalse(self.mails.exists().filtered(lambda mail: mail.state != "sent"))

    def test_another_setting_lets_them_wait(self):
        self.inbox.with_user(self.admin).write({"sender_name": "agent"})
        self.assertFalse(self.queue_is_started())
        self.send_queue()
        self.assertEqual(self.server.connections, 1)

    def test_once_sent_the_agent_sees_that(self):
        mail = self.mails[0]
        notifications = mail.mail_message_id.notification_ids
        self.users[SMTP_USER] = SMTP_PASSWORD
        self.inbox.with_user(self.admin).smtp_password = SMTP_PASSWORD
        self.send_queue()
        statuses = set(notifications.exists().mapped("notification_status"))
        self.assertNotIn("exception", statuses)

    def test_the_server_comes_round_by_itself(self):
        self.users[SMTP_USER] = SMTP_PASSWORD
        self.mails.write({"scheduled_date": fields.Datetime.now()})
        self.send_queue()
        self.assertEqual(len(self.server.mails), 2)

    def test_it_ends_after_two_days(self):
        self.patch(mail_mail_waiting, "_HOURS", 4)
        self.mails.scheduled_date = False
        self.send_queue()
        hours = datetime.timedelta(hours=4, minutes=1)
        self.assertLess(self.mails[0].scheduled_date - fields.Datetime.now(), hours)
        self.mails.helpdesk_mail_waits = 12
        self.mails.scheduled_date = False
        self.send_queue()
        self.assertEqual(set(self.mails.mapped("state")), {"exception"})
        self.assertNotIn(WAITS, self.mails[0].failure_reason)

    def test_no_secret_stands_on_the_mail(self):
        text = str(self.mails.read())
        self.assertNotIn(SMTP_PASSWORD, text)
        self.assertNotIn(self.inbox.sudo().smtp_password_encrypted, text)

    def test_an_account_that_is_gone(self):
        self.mails.helpdesk_mail_waits_for = "helpdesk.inbox,2000000000 0123"
        self.send_queue()
        self.assertEqual(self.server.connections, 2, "tried")
        self.mails.helpdesk_mail_waits_for = "no.such.model,1 0123"
        self.send_queue()
        self.assertEqual(self.server.connections, 3)


@tagged("post_install", "-at_install")
class TestWaitForReconnect(WaitingCase):
    """An inbox that sends with the OAuth sign-in of its mailbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.enterClassContext(patch.dict(config.options, helpdesk_mail_oauth_loopback_http=True))

    def setUp(self):
        super().setUp()
        self.provider = self.enterContext(TokenEndpoint())
        self.post = TokenPost(self.provider)
        self.post.__enter__()
        self.addCleanup(self.post.__exit__)
        self.inbox.write(
            {
                "auth_method": "oauth2",
                "host": "imap.example",
                "username": USER,
                "oauth_provider": "generic",
                "oauth_client_id": CLIENT_ID,
                "oauth_client_secret": CLIENT_SECRET,
                "oauth_authorize_url": self.provider.authorize_url,
                "oauth_token_url": self.provider.token_url,
            }
        )
        self.own_server(self.post, smtp_login="same", smtp_username=False, smtp_password=False)
        self.sign_in()
        ticket = self.ask()
        self.mails = self.say(ticket, "One") + self.say(ticket, "Two")
        self.queue_is_started()
        self.env.flush_all()
        self.registry_enter_test_mode()

    def sign_in(self):
        self.inbox.oauth_refresh_token = self.provider.new_refresh_token(USER)

    def left(self):
        self.send_queue()
        self.env.invalidate_all()
        return self.mails.exists().filtered(lambda mail: mail.state != "sent")

    def test_sent(self):
        self.assertFalse(self.left())
        self.assertEqual(len(self.post.mails), 2)

    def test_a_dead_sign_in_and_the_reconnect(self):
        self.provider.revoke_all()
        left = self.left()
        self.assertEqual(left, self.mails)
        for mail in left:
            self.assertEqual(mail.state, "outgoing")
            self.assertIn("Press Reconnect", mail.failure_reason)
            self.assertTrue(mail.failure_reason.endswith(WAITS))
            self.assertIn("exception", self.status(mail))
        asked = len(self.provider.requests)
        self.assertEqual(self.left(), self.mails)
        self.assertEqual(len(self.provider.requests), asked, "nobody is asked meanwhile")
        self.assertFalse(self.queue_is_started())
        # a person signs in again
        self.sign_in()
        self.assertTrue(self.queue_is_started())
        self.assertFalse(self.left(), "they leave by themselves")
        self.assertEqual(len(self.post.mails), 2)

    def test_the_reconnect_by_the_provider_s_page(self):
        self.provider.revoke_all()
        self.left()
        inbox = self.inbox.with_user(self.admin)
        url = inbox.action_oauth_connect()["url"]
        answer = self.provider.consent(url, USER)
        account, nonce = inbox._helpdesk_mail_oauth_of_state(answer["state"])
        self.queue_is_started()
        account._helpdesk_mail_oauth_finish(nonce, answer["code"])
        self.env.invalidate_all()
        self.assertTrue(self.queue_is_started())
        self.assertFalse(self.left())

    def test_client_credentials_that_count_again(self):
        """Nothing changes here but at the provider: Connect tells that it works again."""
        self.inbox.write({"oauth_flow": "client_credentials", "oauth_client_secret": CLIENT_SECRET})
        self.provider.fail = 401, {"error": "invalid_client"}
        self.assertEqual(self.left(), self.mails)
        self.assertEqual(set(self.mails.mapped("state")), {"outgoing"})
        self.provider.fail = None
        self.inbox.with_user(self.admin).action_oauth_connect()
        self.assertTrue(self.queue_is_started())
        self.assertFalse(self.left())

    def test_a_provider_out_of_order_is_waited_for(self):
        """Not the sign-in is dead but the provider: the queue tries again soon, as for servers."""
        self.provider.fail = 503, b"<html>"
        for mail in self.left():
            self.assertEqual((mail.state, mail.helpdesk_mail_tries), ("outgoing", 1))
            self.assertFalse(mail.helpdesk_mail_waits_for)
            wait = mail.scheduled_date - fields.Datetime.now()
            self.assertLess(wait.total_seconds(), 6 * 60)
        self.provider.fail = None
        self.mails.scheduled_date = False
        self.assertFalse(self.left())
        self.assertEqual(len(self.post.mails), 2)

    def test_a_bad_line_to_the_token_endpoint(self):
        """Half an answer, none, nonsense: the mails wait and leave, and no token is lost."""
        for fault in (
            Fault("client", rb"POST "),
            Fault("server", rb"HTTP/1"),
            Fault("server", rb"access_token", after=3),
            Fault("server", rb'\{"access_token', action=CHANGE, text=b'x"access_token'),
        ):
            with self.subTest(fault), FaultProxy(self.provider.port, fault) as proxy:
                # providers that rotate at once would need a new sign-in after half an answer
                self.provider.rotate = False
                self.inbox.oauth_token_url = f"http://127.0.0.1:{proxy.port}/token"
                self.inbox.oauth_client_secret = CLIENT_SECRET
                self.sign_in()
                self.mails = self.say(self.ask(), "Three")
                self.env.flush_all()
                came = len(self.post.mails)
                self.assertEqual(self.left(), self.mails)
                self.assertEqual(proxy.happened, 1)
                self.assertEqual(self.mails.state, "outgoing")
                self.assertIn(f"127.0.0.1:{proxy.port}", self.mails.failure_reason)
                self.mails.scheduled_date = False
                self.assertFalse(self.left())
                self.assertEqual(len(self.post.mails), came + 1)
