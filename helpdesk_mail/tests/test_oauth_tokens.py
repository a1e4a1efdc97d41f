# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tokens over time: renewed, rotated, revoked, by several workers at once."""

import contextlib
import datetime
import logging
import threading
import time
from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.api import Environment
from odoo.modules.registry import Registry
from odoo.tests import TransactionCase, tagged
from odoo.tools import config, mute_logger

from ..models import fetcher, oauth_tokens, secret_key
from ..models.oauth_tokens import TokenSource
from ..transport import CredentialsRefused, TryAgain, oauth, store
from .oauth_case import USER, OAuthCase
from .unit.fault_proxy import Fault, FaultProxy
from .unit.mail_greeters import Authority
from .unit.token_endpoint import CLIENT_ID, CLIENT_SECRET, TokenEndpoint

FETCH = "odoo.addons.helpdesk_mail.models.helpdesk_mail_account_fetch"


@tagged("post_install", "-at_install")
class TestOAuthTokens(OAuthCase):
    def bearer(self):
        return self.mailbox._helpdesk_mail_bearer()

    def expire(self):
        self.grant().expires_at = fields.Datetime.now() - datetime.timedelta(seconds=1)

    def test_a_token_is_used_until_it_ends(self):
        self.by_refresh_token()
        first = self.bearer()()
        self.assertEqual(self.provider.access_tokens[first], USER)
        self.assertEqual(self.bearer()(), first)
        self.assertEqual(len(self.provider.requests), 1)
        self.expire()
        self.assertNotEqual(self.bearer()(), first)
        self.assertEqual(len(self.provider.requests), 2)

    def test_a_token_about_to_end_is_not_begun_with(self):
        self.provider.expires_in = 30
        self.by_refresh_token()
        first = self.bearer()()
        self.assertNotEqual(self.bearer()(), first)

    def test_a_token_that_the_server_refuses_is_renewed(self):
        self.by_refresh_token()
        bearer = self.bearer()
        first = bearer()
        second = bearer(first)
        self.assertNotEqual(second, first)
        self.assertEqual(bearer(first), second, "another worker has renewed it already")
        self.assertEqual(len(self.provider.requests), 2)

    def test_rotation(self):
        """Each refresh token is good once; the next one is kept each time."""
        token = self.by_refresh_token()
        for _turn in range(3):
            self.bearer()()
            self.assertEqual(self.provider.requests[-1]["refresh_token"], token)
            token = self.grant()._refresh_token__()
            self.expire()
        self.assertEqual(len({r["refresh_token"] for r in self.provider.requests}), 3)

    def test_the_account_s_own_authority_counts_for_its_token_endpoint(self):
        """A provider within the company has a certificate of the company's authority."""
        authority = Authority("localhost")
        self.mailbox.ca_certificate = authority.ca_data
        client = self.mailbox._helpdesk_mail_oauth_client()
        self.assertEqual(client.ca_data, authority.ca_data.strip())

    def test_client_credentials_need_no_sign_in(self):
        self.mailbox.write(
            {"oauth_flow": "client_credentials", "oauth_client_secret": CLIENT_SECRET}
        )
        self.env.flush_all()
        # without a sign-in there is nothing that this transaction has written
        with self.enter_registry_test_mode():
            self.assertEqual(self.provider.access_tokens[self.bearer()()], USER)
        self.assertEqual(self.provider.requests[-1]["grant_type"], "client_credentials")

    def test_connection_uses_the_token_of_the_moment(self):
        self.by_refresh_token()
        tried = []

        def opened(settings):
            tried.append(settings.secret)
            if len(tried) == 1:
                raise CredentialsRefused("no", "token_refused")

        settings = self.mailbox._helpdesk_mail_settings()
        self.assertEqual(settings.secret, "")
        with patch.object(store, "_open", opened):
            store.open_store(settings)
        self.assertEqual(len(set(tried)), 2)
        self.assertTrue(all(token in self.provider.access_tokens for token in tried))

    def fetch(self):
        self.env.flush_all()
        with self.enter_registry_test_mode(), mute_logger(FETCH):
            return self.mailbox._helpdesk_mail_fetch()

    def test_a_revoked_grant(self):
        """The account fails with a Reconnect button and an alert, and no mail is lost."""
        self.by_refresh_token()
        self.mailbox.sudo().write({"state": "active"})
        cron = self.mailbox.sudo().cron_id
        self.provider.revoke_all()
        with patch.object(store, "_open") as opened, self.mock_mail_gateway():
            self.fetch()
            self.assertFalse(opened.called, "the mail server was not even asked")
        mailbox = self.mailbox
        self.assertEqual(mailbox.state, "failed", "at once: only a person can repair it")
        self.assertIn("Press Reconnect", mailbox.last_error)
        self.assertIn(f"127.0.0.1:{self.provider.port}", mailbox.last_error)
        self.assertFalse(mailbox.oauth_connected)
        self.assertTrue(mailbox.retry_at and cron.active)
        folders = self.env["helpdesk.mail.folder"].search([("inbox_id", "=", mailbox.id)])
        self.assertFalse(any(folders.mapped("last_uid")), "the mail is still to be fetched")
        # the alert, once
        alert = self.env["mail.message"].search(
            [("subject", "=", "The connection of By OAuth has failed")]
        )
        self.assertEqual(len(alert), 1)
        self.assertIn("Press Reconnect", alert.body)
        self.assertIn(self.admin.partner_id, alert.notified_partner_ids)
        self.assertNotIn(self.agent.partner_id, alert.notified_partner_ids)
        self.assertIn(self.admin, mailbox.activity_ids.user_id)
        self.assertNotIn(self.agent, mailbox.activity_ids.user_id)
        activities = mailbox.activity_ids
        self.fetch()
        self.assertEqual(mailbox.activity_ids, activities)
        self.assertEqual(alert.search_count([("subject", "=", alert.subject)]), 1)
        # agents read the page of the inbox: neither host nor reason stands there
        shown = str(mailbox.message_ids.mapped("body")) + str(activities.mapped("note"))
        self.assertNotIn("127.0.0.1", shown)
        # signed in again
        self.by_refresh_token()
        with patch.object(fetcher, "open_store"), patch.object(fetcher.Fetcher, "_visit"):
            self.fetch()
        self.assertEqual(mailbox.state, "active")
        self.assertFalse(mailbox.activity_ids)

    def test_a_provider_out_of_order_is_no_revocation(self):
        token = self.by_refresh_token()
        self.mailbox.sudo().write({"state": "active"})
        self.provider.fail = 503, b""
        self.fetch()
        self.assertEqual((self.mailbox.state, self.mailbox.failed_attempts), ("active", 1))
        self.assertEqual(self.grant()._refresh_token__(), token)

    def test_no_secret_in_logs(self):
        refresh_token = self.by_refresh_token()
        with self.assertLogs(level=logging.DEBUG) as logs:
            access_token = self.bearer()()
            self.provider.revoke_all()
            with contextlib.suppress(CredentialsRefused):
                self.bearer()(access_token)
        written = "\n".join(
            logs.output + [str(getattr(record, "exc_text", "")) for record in logs.records]
        )
        for secret in (CLIENT_SECRET, refresh_token, access_token):
            self.assertNotIn(secret, written)


@tagged("post_install", "-at_install")
class TestOAuthWorkers(TransactionCase):
    """Real transactions: what these tests commit, they delete."""

    # no account has this id
    RES_ID = 2_000_000_000

    def setUp(self):
        super().setUp()
        self.provider = self.enterContext(TokenEndpoint())
        self.enterContext(patch.dict(config.options, helpdesk_mail_oauth_loopback_http=True))
        # Odoo holds it while it runs the tests of an installation
        self.enterContext(patch.object(Registry, "_lock", threading.RLock()))
        self.addCleanup(self.forget)
        self.first = self.provider.new_refresh_token(USER)
        with self.registry.cursor() as cr:
            Environment(cr, SUPERUSER_ID, {})["helpdesk.mail.grant"].create(
                {
                    "res_model": "helpdesk.inbox",
                    "res_id": self.RES_ID,
                    "refresh_token_encrypted": secret_key.encrypt(self.first, self.env),
                }
            )

    def forget(self):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM helpdesk_mail_grant WHERE res_id >= %s", [self.RES_ID])

    def source(self, flow="authorization_code", res_id=RES_ID):
        client = oauth.OAuthSettings(
            token_url=self.provider.token_url,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            loopback_http=True,
            timeout=60,
        )
        return TokenSource(self.registry, "helpdesk.inbox", res_id, flow, client)

    def stored(self):
        with self.registry.cursor() as cr:
            env = Environment(cr, SUPERUSER_ID, {})
            return env["helpdesk.mail.grant"]._of("helpdesk.inbox", self.RES_ID)._refresh_token__()

    def together(self, *calls):
        """What *calls* return, run in threads that begin together."""
        barrier = threading.Barrier(len(calls))
        results = [None] * len(calls)

        def run(index, call):
            barrier.wait(120)
            try:
                results[index] = call()
            except Exception as error:
                results[index] = error

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        return results

    @mute_logger("odoo.sql_db")
    def test_two_workers_refresh_once(self):
        """The provider sees one request, though it answers only once the second worker waits."""
        waiting = threading.Event()

        def hold():
            # until the other one is at the lock: PostgreSQL says so
            deadline = time.monotonic() + 40
            while time.monotonic() < deadline:
                with self.registry.cursor() as cr:
                    cr.execute(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND wait_event_type = 'Lock' AND query LIKE '%%helpdesk_mail_grant%%'"
                    )
                    if cr.fetchone()[0]:
                        waiting.set()
                        return
                # not all of the processor: the other one needs it to get there
                time.sleep(0.02)

        self.provider.hold = hold
        first, second = self.together(self.source(), self.source())
        self.assertTrue(waiting.is_set(), "they did not meet")
        self.assertEqual(first, second)
        self.assertIn(first, self.provider.access_tokens)
        self.assertEqual(len(self.provider.requests), 1)

    @mute_logger("odoo.sql_db")
    def test_many_workers_and_a_refused_token(self):
        old = self.source()()
        results = self.together(*[lambda: self.source()(old)] * 6)
        self.assertEqual(len(set(results)), 1, results)
        self.assertNotEqual(results[0], old)
        self.assertEqual(len(self.provider.requests), 2)

    @mute_logger("odoo.sql_db")
    def test_client_credentials_of_two_workers(self):
        source = self.source("client_credentials", self.RES_ID + 1)
        results = self.together(source, source)
        self.assertEqual(len(set(results)), 1, results)
        self.assertEqual(len(self.provider.requests), 1)

    def test_a_rotated_token_is_saved_at_once(self):
        """A transaction of its own: whatever becomes of the fetch that needed it."""
        with self.registry.cursor() as cr:
            cr.execute("SELECT 1")
            self.source()()
            rotated = self.stored()
            cr.rollback()
        self.assertNotEqual(rotated, self.first)
        self.assertIn(rotated, self.provider.refresh_tokens)
        self.assertEqual(self.stored(), rotated)

    def test_a_rotated_token_outlives_the_line(self):
        """The answer was complete, the line broke with its last octet: the new token is kept."""
        fault = Fault("server", rb'(?s)"refresh_token".*\}', after=0)
        with FaultProxy(self.provider.port, fault) as proxy:
            url = f"http://127.0.0.1:{proxy.port}/token"
            with patch.object(self.provider, "token_url", url):
                self.source()()
            self.assertEqual(proxy.happened, 1)
        self.assertIn(self.stored(), self.provider.refresh_tokens)

    def test_half_an_answer_changes_nothing_here(self):
        """The provider may have rotated or not: the old token is all we have, and is tried again.

        Providers that let it count for a while more give another one then.
        """
        fault = Fault("server", rb'"refresh_token": "', after=4)
        with FaultProxy(self.provider.port, fault) as proxy:
            url = f"http://127.0.0.1:{proxy.port}/token"
            with patch.object(self.provider, "token_url", url):
                with self.assertRaises(TryAgain):
                    self.source()()
                self.assertEqual(self.stored(), self.first)
                self.provider.refresh_tokens[self.first] = USER
                self.assertIn(self.source()(), self.provider.access_tokens)
        self.assertIn(self.stored(), self.provider.refresh_tokens)

    def test_the_lock_on_the_account_is_no_hindrance(self):
        """A fetch holds its account's row while it asks for a token."""
        with self.registry.cursor() as cr:
            cr.execute("SELECT id FROM helpdesk_inbox FOR NO KEY UPDATE")
            self.assertTrue(self.source()())

    def test_a_worker_that_hangs(self):
        with self.registry.cursor() as cr, patch.object(oauth_tokens, "_LOCK_TIMEOUT", "50ms"):
            cr.execute(
                "SELECT id FROM helpdesk_mail_grant WHERE res_id = %s FOR UPDATE", [self.RES_ID]
            )
            with mute_logger("odoo.sql_db"), self.assertRaises(TryAgain) as caught:
                self.source()()
        self.assertEqual(caught.exception.reason, "oauth_busy")
        self.assertEqual(self.provider.requests, [])
