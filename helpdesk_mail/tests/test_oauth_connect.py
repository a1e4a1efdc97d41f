# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*Connect*: to the provider's page and back, in a browser's steps."""

import datetime
import urllib.parse

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .oauth_case import USER, OAuthCase

CONTROLLER = "odoo.addons.helpdesk_mail.controllers.oauth"
CALLBACK = "/helpdesk_mail/oauth/callback"


@tagged("post_install", "-at_install")
class TestOAuthConnect(OAuthCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate(self.admin.login, self.admin.login)

    def begin(self, user=None, account=None):
        """Press Connect: the address of the provider's page."""
        account = (account or self.mailbox).with_user(user or self.admin)
        action = account.action_oauth_connect()
        self.assertEqual((action["type"], action["target"]), ("ir.actions.act_url", "self"))
        self.env.flush_all()
        return action["url"]

    def come_back(self, **parameters):
        self.env.flush_all()
        with mute_logger(CONTROLLER):
            response = self.url_open(
                f"{CALLBACK}?{urllib.parse.urlencode(parameters)}", allow_redirects=False
            )
        self.env.invalidate_all()
        self.assertEqual(response.headers.get("Referrer-Policy"), "no-referrer")
        self.assertIn("no-store", response.headers["Cache-Control"])
        return response

    def refused(self, words, status=400, **parameters):
        response = self.come_back(**parameters)
        self.assertEqual(response.status_code, status)
        self.assertIn(words, response.text)
        return response

    def test_there_and_back(self):
        """Authorisation code with PKCE and state through a redirect URL of ours."""
        self.assertFalse(self.mailbox.oauth_connected)
        url = self.begin()
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        self.assertEqual(query["redirect_uri"], self.mailbox.oauth_redirect_url)
        self.assertEqual(query["scope"], "mail offline_access")
        response = self.come_back(**self.provider.consent(url, USER))
        self.assertEqual(response.status_code, 303)
        location = response.headers["Location"]
        self.assertTrue(location.endswith(f"/odoo/helpdesk-inboxes/{self.mailbox.id}"), location)
        self.assertTrue(self.mailbox.oauth_connected)
        self.assertEqual(self.mailbox.oauth_granted_by_id, self.admin)
        self.assertTrue(self.mailbox.oauth_granted_at)
        # the token is used as it is; the provider is not asked again
        token = self.mailbox._helpdesk_mail_bearer()()
        self.assertEqual(self.provider.access_tokens[token], USER)
        self.assertEqual(len(self.provider.requests), 1)
        self.assertEqual(self.url_open(location).status_code, 200)

    def test_presets_send_what_the_provider_needs(self):
        self.mailbox.write({"oauth_provider": "google", "oauth_client_id": "g"})
        self.mailbox.write({"oauth_authorize_url": "https://accounts.google.com/o/oauth2/v2/auth"})
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.begin()).query))
        self.assertEqual((query["access_type"], query["prompt"]), ("offline", "consent"))
        self.assertEqual(query["login_hint"], USER)

    def test_a_state_counts_once(self):
        answer = self.provider.consent(self.begin())
        self.assertEqual(self.come_back(**answer).status_code, 303)
        grant = self.grant().refresh_token_encrypted
        again = self.provider.consent(self.begin())
        self.refused("used already", state=answer["state"], code=again["code"])
        self.assertEqual(self.grant().refresh_token_encrypted, grant)

    def test_a_later_connect_voids_the_earlier(self):
        first = self.provider.consent(self.begin())
        second = self.provider.consent(self.begin())
        self.refused("another one has begun", **first)
        self.assertEqual(self.come_back(**second).status_code, 303)

    def test_a_code_that_was_slipped_in(self):
        """PKCE: somebody else's code does not fit our verifier."""
        mine = self.provider.consent(self.begin())
        other = self.provider.consent(self.begin(account=self.new_account(email="b@desk.example")))
        self.refused("does not accept", state=mine["state"], code=other["code"])
        self.assertFalse(self.mailbox.oauth_connected)

    def test_a_state_counts_for_who_began(self):
        colleague = self.new_user("colleague", "helpdesk_mail.group_mail_administrator")
        answer = self.provider.consent(self.begin(colleague))
        self.refused("somebody else began it", **answer)
        self.assertFalse(self.mailbox.oauth_connected)
        self.authenticate(colleague.login, colleague.login)
        self.assertEqual(self.come_back(**answer).status_code, 303)

    def test_only_for_those_who_set_up_the_account(self):
        with self.assertRaises(AccessError):
            self.mailbox.with_user(self.agent).action_oauth_connect()
        answer = self.provider.consent(self.begin())
        self.admin.group_ids -= self.env.ref("helpdesk_mail.group_mail_administrator")
        self.refused("You may not", 403, **answer)
        self.assertFalse(self.mailbox.oauth_connected)
        self.assertEqual(self.provider.requests, [])

    def test_a_state_is_good_for_a_short_while(self):
        with freeze_time(datetime.datetime.now() - datetime.timedelta(minutes=16)):
            url = self.begin()
        self.refused("has expired", **self.provider.consent(url))

    def test_nonsense(self):
        state = self.provider.consent(self.begin())["state"]
        for wrong in ("", "x", "ä", state[:-3], state[:-1] + ("A" if state[-1] != "A" else "B")):
            response = self.refused("has expired", state=wrong, code="c", error="<b>call 555</b>")
            self.assertNotIn("555", response.text, "anybody can make such a link")
        self.assertEqual(self.provider.requests, [])

    def test_without_a_session(self):
        answer = self.provider.consent(self.begin())
        self.authenticate(None, None)
        response = self.url_open(
            f"{CALLBACK}?{urllib.parse.urlencode(answer)}", allow_redirects=False
        )
        self.assertIn("/web/login", response.headers["Location"])

    def test_the_person_declines(self):
        state = self.provider.consent(self.begin())["state"]
        response = self.refused(
            "access_denied: The user &lt;b&gt;declined",
            state=state,
            error="access_denied",
            error_description="The user <b>declined",
        )
        self.assertIn(f"/odoo/helpdesk-inboxes/{self.mailbox.id}", response.text)
        self.refused("used already", state=state, code="c")

    def test_no_refresh_token(self):
        self.provider.give_refresh_token = False
        answer = self.provider.consent(self.begin())
        self.refused("gave no refresh token", **answer)
        self.assertFalse(self.mailbox.oauth_connected)
        # a provider whose tokens do not end needs none
        self.provider.expires_in = None
        answer = self.provider.consent(self.begin())
        self.assertEqual(self.come_back(**answer).status_code, 303)
        self.assertTrue(self.mailbox._helpdesk_mail_bearer()())

    def test_the_provider_fails(self):
        answer = self.provider.consent(self.begin())
        self.provider.fail = 503, b""
        self.refused("cannot serve", **answer)

    def test_settings_that_changed_meanwhile(self):
        answer = self.provider.consent(self.begin())
        self.mailbox.oauth_client_id = "other"
        self.refused("used already", **answer)
        self.assertEqual(self.provider.requests, [])

    def test_reconnect_lets_a_failed_account_go_on(self):
        self.mailbox.sudo().write({"state": "active"})
        error = self.failed_fetch()
        self.assertEqual(self.mailbox.state, "failed")
        self.assertTrue(self.mailbox.retry_at)
        self.assertIn("Press Connect", error)
        self.come_back(**self.provider.consent(self.begin()))
        self.assertFalse(self.mailbox.retry_at, "it is tried with the next run of its cron")

    def failed_fetch(self):
        with mute_logger("odoo.addons.helpdesk_mail.models.helpdesk_mail_account_fetch"):
            self.mailbox._helpdesk_mail_fetch()
        return self.mailbox.last_error

    def test_client_credentials(self):
        self.mailbox.write(
            {
                "oauth_flow": "client_credentials",
                "oauth_client_secret": "client-s3cret/+ü",
            }
        )
        mailbox = self.mailbox.with_user(self.admin)
        self.env.flush_all()
        action = mailbox.action_oauth_connect()
        self.assertEqual(action["params"]["type"], "success")
        self.assertEqual(self.provider.requests[-1]["grant_type"], "client_credentials")
        self.provider.fail = 401, {"error": "invalid_client"}
        with self.assertRaisesRegex(UserError, "client secret"):
            mailbox.action_oauth_connect()
