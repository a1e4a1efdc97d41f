# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Passwords of mailboxes and the secret of the administrator's application: encrypted, never shown,
taken along when the key changes; and signing in with that application.
"""

import urllib.parse

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import seal, secret_key
from ..models.key_rotation import encrypted_fields
from .oauth_case import USER, OAuthCase
from .unit.token_endpoint import CLIENT_ID, CLIENT_SECRET

PASSWORD, SMTP_PASSWORD = "imap-Pa55word-m1", "smtp-Pa55word-m2"
OWN_SECRET = "own-Secret-m3"


class MailboxOAuthCase(OAuthCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = new_test_user(
            cls.env,
            "anna",
            groups="base.group_user,base.group_allow_export",
            email="a@firm.example",
        )
        cls.system = new_test_user(
            cls.env, "system", groups="base.group_system,base.group_allow_export"
        )
        cls.mine = (
            cls.env["helpdesk.mailbox"]
            .with_user(cls.anna)
            .create({"email": "a@firm.example", "host": "imap.firm.example", "username": USER})
        )

    @classmethod
    def application(cls, **values):
        return cls.env["helpdesk.mail.application"].create(
            {
                "provider": "generic",
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "scope": "mail offline_access",
                "authorize_url": cls.provider.authorize_url,
                "token_url": cls.provider.token_url,
                **values,
            }
        )


@tagged("post_install", "-at_install")
class TestMailboxSecrets(MailboxOAuthCase):
    def test_never_given_back(self):
        self.mine.write(
            {
                "password": PASSWORD,
                "smtp_password": SMTP_PASSWORD,
                "oauth_client_secret": OWN_SECRET,
            }
        )
        application = self.application()
        secrets = (PASSWORD, SMTP_PASSWORD, OWN_SECRET, CLIENT_SECRET)
        self.env.flush_all()
        self.env.invalidate_all()
        answers = []
        for records in (self.mine, application.with_user(self.system)):
            names = list(records.fields_get())
            self.assertFalse([name for name in names if name.endswith("_encrypted")])
            answers += [
                records.read(names),
                records.export_data(names),
                records.web_read({name: {} for name in names}),
            ]
            answers.append(
                records.web_save(
                    {"host" if "host" in names else "tenant": "x.example"},
                    {name: {} for name in names},
                )
            )
        for table in {table for table, _column in encrypted_fields(self.env)}:
            self.env.cr.execute(f'SELECT * FROM "{table}"')
            answers.append(self.env.cr.fetchall())
        for secret in secrets:
            for answer in answers:
                self.assertNotIn(secret, str(answer))

    def test_take_part_in_a_change_of_the_key(self):
        fields = encrypted_fields(self.env)
        for column in (
            "password_encrypted",
            "smtp_password_encrypted",
            "oauth_client_secret_encrypted",
        ):
            self.assertIn(("helpdesk_mailbox", column), fields)
        self.assertIn(("helpdesk_mail_application", "client_secret_encrypted"), fields)

    def test_password_goes_to_no_other_server(self):
        self.mine.password = PASSWORD
        self.mine.host = "imap.attacker.example"
        self.assertFalse(self.mine.has_password)

    def test_application_is_the_administrators(self):
        application = self.application()
        for call in (
            lambda: application.with_user(self.anna).read(["client_id"]),
            lambda: application.with_user(self.anna).write({"client_id": "x"}),
            lambda: self.env["helpdesk.mail.application"].with_user(self.anna).search([]),
        ):
            with self.assertRaises(AccessError):
                call()
        application.with_user(self.system).token_url = "https://other.example/token"
        # a secret goes to the provider that it is for
        self.assertFalse(application.has_client_secret)
        with self.assertRaises(ValidationError):
            application.with_user(self.system).token_url = "http://other.example/token"


@tagged("post_install", "-at_install")
class TestMailboxApplication(MailboxOAuthCase, HttpCase):
    """*Connect*, with nothing else entered."""

    def setUp(self):
        super().setUp()
        self.registered = self.application()
        self.mine.write({"auth_method": "oauth2", "oauth_provider": "generic"})
        self.authenticate("anna", "anna")

    def connect(self):
        url = self.mine.action_oauth_connect()["url"]
        self.env.flush_all()
        answer = self.provider.consent(url, USER)
        with mute_logger("odoo.addons.helpdesk_mail.controllers.oauth"):
            response = self.url_open(
                f"/helpdesk_mail/oauth/callback?{urllib.parse.urlencode(answer)}",
                allow_redirects=False,
            )
        self.env.invalidate_all()
        return url, response

    def test_there_and_back(self):
        self.assertTrue(self.mine.has_application)
        url, response = self.connect()
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        self.assertEqual(query["client_id"], CLIENT_ID)
        self.assertEqual(query["scope"], "mail offline_access")
        self.assertEqual(response.status_code, 303)
        self.assertTrue(response.headers["Location"].endswith(f"/my-mailbox/{self.mine.id}"))
        self.assertTrue(self.mine.oauth_connected)
        token = self.mine._helpdesk_mail_bearer()()
        self.assertEqual(self.provider.access_tokens[token], USER)
        self.assertEqual(self.mine.oauth_granted_by_id, self.anna)

    def test_refreshed_with_it(self):
        self.connect()
        grant = self.grant(self.mine)
        grant._forget(refresh_token=False)
        token = self.mine._helpdesk_mail_bearer()()
        self.assertEqual(self.provider.access_tokens[token], USER)

    def test_its_secret_goes_nowhere_else(self):
        """A user who enters endpoints of their own gets nothing of the application."""
        self.mine.write(
            {
                "oauth_token_url": "https://attacker.example/token",
                "oauth_authorize_url": "https://attacker.example/authorize",
            }
        )
        client = self.mine._helpdesk_mail_oauth_client()
        self.assertEqual(client.token_url, self.provider.token_url)
        self.mine.oauth_client_id = "mine"
        client = self.mine._helpdesk_mail_oauth_client()
        self.assertEqual(client.token_url, "https://attacker.example/token")
        self.assertEqual(client.client_secret, "")

    def test_nobody_reads_everybodys_mail_with_it(self):
        """Client credentials would read any mailbox of the tenant."""
        with self.assertRaises(ValidationError):
            self.mine.oauth_flow = "client_credentials"
        # not even where it slipped in
        self.env.cr.execute(
            "UPDATE helpdesk_mailbox SET oauth_flow = 'client_credentials' WHERE id = %s",
            [self.mine.id],
        )
        self.env.invalidate_all()
        self.assertEqual(self.mine._helpdesk_mail_bearer().flow, "authorization_code")

    def test_without_an_application(self):
        self.registered.unlink()
        self.assertFalse(self.mine.has_application)
        with self.assertRaisesRegex(UserError, "Ask an administrator"):
            self.mine.action_oauth_connect()

    def test_presets_of_the_great_providers(self):
        for provider, words in (("microsoft", "IMAP.AccessAsUser"), ("google", "mail.google.com")):
            self.application(provider=provider, scope=False, authorize_url=False, token_url=False)
            self.mine.write({"oauth_provider": provider})
            self.assertIn(words, self.mine._helpdesk_mail_oauth_client().scope)
            url = self.mine.action_oauth_connect()["url"]
            self.assertIn("login.microsoftonline" if provider == "microsoft" else "google", url)

    def test_only_the_owner_connects(self):
        with self.assertRaises(AccessError):
            self.mine.with_user(self.system).action_oauth_connect()
        url = self.mine.action_oauth_connect()["url"]
        self.env.flush_all()
        answer = self.provider.consent(url, USER)
        self.authenticate("system", "system")
        with mute_logger("odoo.addons.helpdesk_mail.controllers.oauth"):
            response = self.url_open(
                f"/helpdesk_mail/oauth/callback?{urllib.parse.urlencode(answer)}",
                allow_redirects=False,
            )
        self.assertEqual(response.status_code, 400)

    def test_key_opens_the_stored_secret(self):
        token = self.registered.sudo().client_secret_encrypted
        self.assertEqual(secret_key.decrypt(token, self.env), CLIENT_SECRET)
        self.assertNotIn(CLIENT_SECRET, token)
        self.assertTrue(seal.covers("helpdesk.mailbox"))
