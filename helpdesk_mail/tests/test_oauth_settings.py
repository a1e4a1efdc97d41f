# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""OAuth settings of an account: presets, what is refused, what is forgotten with a change."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import file_open

from ..transport import CredentialsRefused
from .oauth_case import USER, OAuthCase
from .unit.token_endpoint import CLIENT_SECRET


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestOAuthSettings(OAuthCase):
    def new(self, **values):
        return self.env["helpdesk.inbox"].new(
            {"name": "x", "email": "x@desk.example", "auth_method": "oauth2", **values}
        )

    def test_microsoft(self):
        """Azure Active Directory Tenant ID, Scope, Token Endpoint."""
        account = self.new(oauth_provider="microsoft", oauth_tenant="11-22", protocol="imap")
        base = "https://login.microsoftonline.com/11-22/oauth2/v2.0"
        self.assertEqual(account.oauth_authorize_url, f"{base}/authorize")
        self.assertEqual(account.oauth_token_url, f"{base}/token")
        for right in ("IMAP.AccessAsUser.All", "SMTP.Send", "offline_access"):
            self.assertIn(right, account.oauth_scope)
        account.protocol = "pop3"
        self.assertIn("POP.AccessAsUser.All", account.oauth_scope)
        account.oauth_flow = "client_credentials"
        self.assertEqual(account.oauth_scope, "https://outlook.office365.com/.default")
        account.oauth_tenant = False
        self.assertIn("/common/", account.oauth_token_url)

    def test_google(self):
        account = self.new(oauth_provider="google")
        self.assertEqual(account.oauth_token_url, "https://oauth2.googleapis.com/token")
        self.assertEqual(account.oauth_scope, "https://mail.google.com/")

    def test_form_fills_in_the_provider_and_keeps_what_was_entered(self):
        with Form(self.env["helpdesk.inbox"]) as form:
            form.name, form.email = "x", "x@desk.example"
            form.auth_method = "oauth2"
            self.assertEqual(form.host, "outlook.office365.com")
            form.oauth_provider = "google"
            self.assertEqual(form.host, "imap.gmail.com")
            form.protocol = "pop3"
            self.assertEqual((form.host, form.port), ("pop.gmail.com", 995))
            form.host = "relay.example"
            form.oauth_provider = "microsoft"
            self.assertEqual(form.host, "relay.example")
            form.oauth_scope = "mine"
            form.oauth_token_url = "https://login.microsoftonline.us/t/oauth2/v2.0/token"
            form.oauth_tenant = "t"
            self.assertEqual(form.oauth_scope, "mine")
            self.assertEqual(
                form.oauth_token_url, "https://login.microsoftonline.us/t/oauth2/v2.0/token"
            )
        self.assertEqual(form.record.oauth_scope, "mine")

    def test_a_generic_provider_has_its_own_endpoints(self):
        self.assertEqual(self.mailbox.oauth_token_url, self.provider.token_url)
        self.mailbox.oauth_tenant = "anything"
        self.assertEqual(self.mailbox.oauth_token_url, self.provider.token_url)
        account = self.new(oauth_provider="microsoft")
        account.oauth_provider = "generic"
        self.assertFalse(account.oauth_token_url or account.oauth_authorize_url)

    def test_redirect_url(self):
        """The URL to which the service will redirect after successful authentication."""
        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example/")
        self.mailbox.invalidate_recordset()
        self.assertEqual(
            self.mailbox.oauth_redirect_url, "https://odoo.example/helpdesk_mail/oauth/callback"
        )

    def test_what_is_refused(self):
        for values, words in {
            (("oauth_token_url", "http://login.example/token"),): "begins with https://",
            (("oauth_authorize_url", "javascript:alert(1)"),): "begins with https://",
            (("oauth_tenant", "a/../b?c"),): "is no tenant",
            (("encryption", "none"),): "encrypted connection",
            (
                ("oauth_provider", "google"),
                ("oauth_flow", "client_credentials"),
            ): "by client credentials",
        }.items():
            with (
                self.subTest(values),
                self.assertRaisesRegex(ValidationError, words),
                self.env.cr.savepoint(),
            ):
                self.mailbox.write(dict(values))

    def test_connect_says_what_is_missing(self):
        for values, words in {
            (("oauth_client_id", False),): "Client ID",
            (("oauth_token_url", False), ("oauth_authorize_url", False)): "Token endpoint",
            (("oauth_flow", "client_credentials"),): "Client secret",
            (("auth_method", "password"),): "Choose OAuth",
        }.items():
            with (
                self.subTest(values),
                self.assertRaisesRegex(UserError, words),
                self.env.cr.savepoint(),
            ):
                self.mailbox.write(dict(values))
                self.mailbox.action_oauth_connect()

    def test_activation_wants_a_sign_in(self):
        with self.assertRaisesRegex(UserError, "Press Connect"):
            self.mailbox.action_activate()


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestOAuthSecrets(OAuthCase):
    def test_encrypted_at_rest_and_never_shown(self):
        refresh_token = self.by_refresh_token()
        access_token = self.mailbox._helpdesk_mail_bearer()()
        self.env.flush_all()
        tables = {"helpdesk_inbox": 1, "helpdesk_mail_grant": 1}
        for table in tables:
            self.env.cr.execute(f"SELECT t::text FROM {table} t")
            stored = str(self.env.cr.fetchall())
            for secret in (CLIENT_SECRET, refresh_token, access_token):
                self.assertNotIn(secret, stored)
        mailbox = self.mailbox.with_user(self.admin)
        self.env.invalidate_all()
        values = mailbox.read()[0]
        self.assertFalse(values["oauth_client_secret"] or values["oauth_refresh_token"])
        self.assertTrue(values["has_oauth_client_secret"] and values["oauth_connected"])
        for secret in (CLIENT_SECRET, refresh_token, access_token, "gAAAA"):
            self.assertNotIn(secret, str(values))
            self.assertNotIn(secret, repr(mailbox._helpdesk_mail_settings()))
            self.assertNotIn(secret, repr(mailbox._helpdesk_mail_bearer()))

    def test_empty_values_of_a_form_erase_nothing(self):
        self.by_refresh_token()
        self.mailbox.write({"oauth_client_secret": False, "oauth_refresh_token": ""})
        self.assertTrue(self.mailbox.has_oauth_client_secret)
        self.assertTrue(self.grant()._refresh_token__())

    def test_tokens_go_to_no_other_server(self):
        """A colleague who points the account at a server of theirs gets nothing."""
        for values in (
            {"host": "evil.example"},
            {"port": 9930},
            {"username": "boss@example.com"},
            {"verify_certificate": False},
            {"encryption": "starttls"},
        ):
            self.by_refresh_token()
            self.mailbox._helpdesk_mail_bearer()()
            with self.subTest(values):
                self.mailbox.write(values)
                with self.assertRaises(CredentialsRefused) as caught:
                    self.mailbox._helpdesk_mail_bearer()()
                self.assertEqual(caught.exception.reason, "no_grant")
                self.assertFalse(self.mailbox.oauth_connected)
        self.assertTrue(self.mailbox.has_oauth_client_secret, "that one goes to the provider")

    def test_secrets_go_to_no_other_provider(self):
        for values in (
            {"oauth_token_url": "https://evil.example/token"},
            {"oauth_client_id": "other"},
            {"oauth_tenant": "other"},
            {"oauth_provider": "microsoft"},
            {"oauth_flow": "client_credentials"},
        ):
            self.mailbox.oauth_client_secret = CLIENT_SECRET
            self.by_refresh_token()
            with self.subTest(values):
                self.mailbox.write(values)
                self.assertFalse(self.mailbox.has_oauth_client_secret)
                self.assertFalse(self.grant()._refresh_token__())

    def test_client_credentials_go_to_no_other_server(self):
        self.mailbox.write({"oauth_flow": "client_credentials", "oauth_client_secret": "x"})
        self.assertTrue(self.mailbox.has_oauth_client_secret, "entered with the change")
        self.mailbox.host = "evil.example"
        self.assertFalse(self.mailbox.has_oauth_client_secret)

    def test_a_copy_has_no_sign_in(self):
        self.by_refresh_token()
        copy = self.mailbox.copy({"email": "copy@desk.example"})
        self.assertFalse(copy.oauth_connected or copy.has_oauth_client_secret)

    def test_deleted_with_the_account(self):
        self.by_refresh_token()
        grant = self.grant()
        self.mailbox.unlink()
        self.assertFalse(grant.exists())

    def test_neutralised_copy_has_no_sign_in(self):
        self.by_refresh_token()
        server = self.env["ir.mail_server"].create(
            {
                "name": "x",
                "smtp_host": "localhost",
                "smtp_user": USER,
                "smtp_authentication": "helpdesk_mail_oauth",
                "helpdesk_oauth_account": f"helpdesk.inbox,{self.mailbox.id}",
            }
        )
        self.env.flush_all()
        with file_open("helpdesk_mail/data/neutralize.sql") as stream:
            self.env.cr.execute(stream.read())
        self.env.invalidate_all()
        self.assertFalse(self.grant())
        self.assertFalse(self.mailbox.has_oauth_client_secret)
        self.assertFalse(server.helpdesk_oauth_account)

    def test_grants_are_nobodys(self):
        self.by_refresh_token()
        grant = self.grant()
        for user in (self.admin, self.env.ref("base.user_admin"), self.agent):
            for operation in ("read", "write", "create", "unlink"):
                self.assertFalse(grant.with_user(user).has_access(operation))
