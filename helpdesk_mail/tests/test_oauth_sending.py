# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Outgoing servers that use the OAuth sign-in of an account; the server is aiosmtpd."""

import contextlib
import logging
import warnings
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .oauth_case import USER, OAuthCase
from .smtp_server import TokenPost


@tagged("post_install", "-at_install")
class TestOAuthSending(OAuthCase):
    def setUp(self):
        super().setUp()
        self.enterContext(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        logger = logging.getLogger("mail.log")
        self.addCleanup(logger.setLevel, logger.level)
        logger.setLevel(logging.ERROR)
        self.post = self.enterContext(TokenPost(self.provider))
        self.server = self.env["ir.mail_server"].create(self.values(self.post.port))

    def values(self, port=587, **changes):
        return {
            "name": "By OAuth",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_encryption": "none",
            "smtp_user": USER,
            "smtp_authentication": "helpdesk_mail_oauth",
            "helpdesk_oauth_account": f"helpdesk.inbox,{self.mailbox.id}",
            **changes,
        }

    @contextlib.contextmanager
    def really_sending(self):
        with patch.object(type(self.env["ir.mail_server"]), "_disable_send", lambda _self: False):
            yield

    def send(self):
        mail = self.env["mail.mail"].create(
            {
                "email_from": USER,
                "email_to": "anna@kunde.example",
                "subject": "Hello",
                "body_html": "<p>Hello</p>",
                "mail_server_id": self.server.id,
            }
        )
        with self.really_sending():
            mail.send()
        return mail

    def test_answers_leave_with_the_accounts_token(self):
        self.by_refresh_token()
        mail = self.send()
        self.assertEqual(mail.state, "sent", mail.failure_reason)
        self.assertEqual(len(self.post.mails), 1)
        self.send()
        self.assertEqual(len(self.provider.requests), 1, "one token for both")

    def test_a_refused_token_is_renewed(self):
        self.by_refresh_token()
        self.mailbox._helpdesk_mail_bearer()()
        self.provider.access_tokens.clear()
        mail = self.send()
        self.assertEqual(mail.state, "sent", mail.failure_reason)
        self.assertEqual(len(self.provider.requests), 2)

    def test_a_revoked_grant_is_told_in_plain_words(self):
        self.by_refresh_token()
        self.provider.revoke_all()
        self.env.flush_all()
        with self.enter_registry_test_mode():
            with self.really_sending(), self.assertRaisesRegex(UserError, "Press Reconnect"):
                self.server.test_smtp_connection()
            self.env.invalidate_all()
            mail = self.send()
        self.assertEqual(mail.state, "outgoing", "it leaves after the reconnect")
        self.assertIn("Press Reconnect", mail.failure_reason)
        self.env.invalidate_all()
        alerts = self.env["mail.message"].search_count(
            [("subject", "=", "The connection of By OAuth has failed")]
        )
        self.assertEqual(alerts, 1, "no fetch would tell; and once is enough")

    def test_connection_test(self):
        self.by_refresh_token()
        with self.really_sending():
            result = self.server.test_smtp_connection()
        self.assertEqual(result["params"]["type"], "success")

    def test_what_is_refused(self):
        for values, words in {
            (("helpdesk_oauth_account", False),): "Choose the mail account",
            (("smtp_user", False),): "enter the user name",
            (("smtp_host", "smtp.example"),): "encrypted connection",
        }.items():
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                self.server.write(dict(values))
        self.server.write({"smtp_host": "smtp.example", "smtp_encryption": "starttls_strict"})

    def test_only_who_manages_the_account_says_where_its_token_goes(self):
        system = self.new_user("system", "base.group_system")
        own = self.env["ir.mail_server"].with_user(system)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            own.create(self.values())
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.server.with_user(system).write({"smtp_host": "localhost"})
        self.server.with_user(system).write({"name": "Renamed"})

    def test_an_account_that_is_gone(self):
        self.mailbox.unlink()
        mail = self.send()
        self.assertEqual(mail.state, "exception")
        self.assertIn("no mail account", mail.failure_reason)
