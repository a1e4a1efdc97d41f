# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""OAuth 2.0 of an account: its settings, and the token when a connection needs one."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import config

from ..transport import TransportError, oauth
from . import oauth_presets, private_networks, secret_key
from .helpdesk_mail_account import _LINE, _MAILBOX, _MANAGER
from .oauth_presets import AUTHORIZATION_CODE, CLIENT_CREDENTIALS
from .oauth_tokens import TokenSource

CALLBACK = "/helpdesk_mail/oauth/callback"
# seconds that a provider may take; a lock waits longer (oauth_tokens)
_TIMEOUT = 20
# what names the client and whom its secrets go to
_PROVIDER = {
    "oauth_provider",
    "oauth_tenant",
    "oauth_client_id",
    "oauth_token_url",
    "oauth_flow",
}
_REQUEST = {"oauth_scope", "oauth_authorize_url", "oauth_client_auth"}


class HelpdeskMailAccount(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mail.account"  # pylint: disable=consider-merging-classes-inherited

    oauth_provider = fields.Selection(
        [
            ("microsoft", "Microsoft 365"),
            ("google", "Google"),
            ("generic", "Another provider"),
        ],
        string="Provider",
        required=True,
        default="microsoft",
        groups=_MANAGER,
    )
    oauth_tenant = fields.Char(
        string="Tenant ID",
        groups=_MANAGER,
        help="Of the Microsoft Entra (Azure Active Directory) tenant in which the application is "
        "registered. Empty: any tenant, for applications that allow that.",
    )
    oauth_flow = fields.Selection(
        [
            (AUTHORIZATION_CODE, "A person signs in"),
            (CLIENT_CREDENTIALS, "The application itself (client credentials)"),
        ],
        string="Who grants access",
        required=True,
        default=AUTHORIZATION_CODE,
        groups=_MANAGER,
    )
    oauth_client_id = fields.Char(string="Client ID", groups=_MANAGER)
    oauth_client_secret = fields.Char(
        string="Client secret",
        compute="_compute_oauth_write_only",
        inverse="_inverse_oauth_client_secret",
        groups=_MANAGER,
        help="Stored encrypted and never shown again.",
    )
    oauth_client_secret_encrypted = fields.Char(copy=False, groups=fields.NO_ACCESS)
    has_oauth_client_secret = fields.Boolean(
        compute="_compute_has_oauth_client_secret", groups=_MANAGER
    )
    oauth_client_auth = fields.Selection(
        [("post", "In the request"), ("basic", "HTTP Basic")],
        string="Client secret is sent",
        required=True,
        default="post",
        groups=_MANAGER,
        help="How the token endpoint wants to see it; its documentation says.",
    )
    oauth_scope = fields.Char(
        string="Scope",
        compute="_compute_oauth_preset",
        store=True,
        readonly=False,
        precompute=True,
        groups=_MANAGER,
    )
    oauth_authorize_url = fields.Char(
        string="Authorization endpoint",
        compute="_compute_oauth_preset",
        store=True,
        readonly=False,
        precompute=True,
        groups=_MANAGER,
    )
    oauth_token_url = fields.Char(
        string="Token endpoint",
        compute="_compute_oauth_preset",
        store=True,
        readonly=False,
        precompute=True,
        groups=_MANAGER,
    )
    oauth_redirect_url = fields.Char(
        string="Redirect URL",
        compute="_compute_oauth_redirect_url",
        groups=_MANAGER,
        help="Register this address with the application.",
    )
    oauth_refresh_token = fields.Char(
        string="Refresh token",
        compute="_compute_oauth_write_only",
        inverse="_inverse_oauth_refresh_token",
        groups=_MANAGER,
        help="Only where a provider gave you one: Connect gets it by itself. Stored encrypted and "
        "never shown again.",
    )
    oauth_connected = fields.Boolean(compute="_compute_oauth_grant", groups=_MANAGER)
    oauth_granted_at = fields.Datetime(
        string="Signed in on", compute="_compute_oauth_grant", groups=_MANAGER
    )
    oauth_granted_by_id = fields.Many2one(
        "res.users", string="Signed in by", compute="_compute_oauth_grant", groups=_MANAGER
    )

    # ------------------------------------------------------------------
    # fields
    # ------------------------------------------------------------------

    @api.depends("oauth_provider", "oauth_tenant", "oauth_flow", "protocol")
    def _compute_oauth_preset(self):
        for account in self:
            preset = account._helpdesk_mail_oauth_preset()
            for name in ("scope", "authorize_url", "token_url"):
                field = f"oauth_{name}"
                # what a person entered stays
                if oauth_presets.is_preset(account[field]):
                    account[field] = getattr(preset, name) or False

    def _helpdesk_mail_oauth_preset(self):
        return oauth_presets.preset(
            self.oauth_provider, (self.oauth_tenant or "").strip(), self.oauth_flow, self.protocol
        )

    @api.onchange("oauth_provider", "auth_method", "protocol")
    def _onchange_oauth_provider(self):
        """The provider's own server, unless another one was entered."""
        if self.auth_method == "oauth2" and oauth_presets.is_preset(self.host):
            host = self._helpdesk_mail_oauth_preset().host
            if host:
                self.host, self.encryption = host, "ssl"
        if self.oauth_provider == "google":
            self.oauth_flow = AUTHORIZATION_CODE

    def _compute_oauth_redirect_url(self):
        for account in self:
            account.oauth_redirect_url = account.get_base_url().rstrip("/") + CALLBACK

    def _compute_oauth_write_only(self):
        """Never give a secret back, to nobody."""
        self.oauth_client_secret = False
        self.oauth_refresh_token = False

    def _inverse_oauth_client_secret(self):
        for account in self:
            # an empty value is what a form sends back unchanged: it erases nothing
            secret = (account.oauth_client_secret or "").strip()
            if secret:
                # sudo: the encrypted value is nobody's to read or write but ours
                account.sudo().oauth_client_secret_encrypted = secret_key.encrypt(secret, self.env)
        # it was in the cache: web_save would have answered with it
        self.invalidate_recordset(["oauth_client_secret"], flush=False)

    def _inverse_oauth_refresh_token(self):
        for account in self:
            token = (account.oauth_refresh_token or "").strip()
            if token:
                grant = account._helpdesk_mail_grant(make=True)
                grant._forget()
                grant.write(
                    {
                        "refresh_token_encrypted": secret_key.encrypt(token, self.env),
                        "granted_at": fields.Datetime.now(),
                        "granted_by_id": self.env.uid,
                    }
                )
        # it was in the cache: web_save would have answered with it
        self.invalidate_recordset(["oauth_refresh_token"], flush=False)

    @api.depends("oauth_client_secret_encrypted")
    def _compute_has_oauth_client_secret(self):
        # sudo: tells whether one is stored, not which
        for account in self.sudo():
            account.has_oauth_client_secret = bool(account.oauth_client_secret_encrypted)

    def _compute_oauth_grant(self):
        ids = [account._origin.id for account in self if account._origin.id]
        # whether, when and by whom; the tokens stay where they are
        grants = {
            grant.res_id: grant for grant in self.env["helpdesk.mail.grant"]._of(self._name, *ids)
        }
        for account in self:
            grant = grants.get(account._origin.id)
            account.oauth_connected = bool(
                grant
                and not grant.refused_at
                and (grant.refresh_token_encrypted or grant.access_token_encrypted)
            )
            account.oauth_granted_at = grant and grant.granted_at
            account.oauth_granted_by_id = grant and grant.granted_by_id

    @api.constrains("oauth_tenant")
    def _check_oauth_tenant(self):
        for account in self:
            tenant = (account.oauth_tenant or "").strip()
            if tenant and not oauth_presets.TENANT.fullmatch(tenant):
                raise ValidationError(
                    self.env._(
                        "%(tenant)s is no tenant. Enter the ID from the overview of Microsoft "
                        "Entra, or the tenant's domain.",
                        tenant=tenant,
                    )
                )

    @api.constrains("oauth_token_url", "oauth_authorize_url")
    def _check_oauth_urls(self):
        for account in self:
            for url in filter(None, (account.oauth_token_url, account.oauth_authorize_url)):
                try:
                    oauth.check_endpoint(url, loopback_http=_loopback_http())
                except TransportError as error:
                    raise ValidationError(str(error)) from None

    @api.constrains("auth_method", "encryption", "host")
    def _check_oauth_encryption(self):
        """A bearer token is a password that everybody on the way could use (RFC 6750, 5.3)."""
        for account in self:
            if (
                account.auth_method == "oauth2"
                and account.encryption == "none"
                and not oauth.is_loopback(account.host or "")
            ):
                raise ValidationError(
                    self.env._("OAuth needs an encrypted connection. Choose SSL/TLS or STARTTLS.")
                )

    @api.constrains("oauth_provider", "oauth_flow")
    def _check_oauth_flow(self):
        for account in self:
            if account.oauth_provider == "google" and account.oauth_flow == CLIENT_CREDENTIALS:
                raise ValidationError(
                    self.env._("Google gives no access to mail by client credentials: sign in.")
                )

    # ------------------------------------------------------------------
    # records
    # ------------------------------------------------------------------

    def write(self, vals):
        rerouted = self._helpdesk_mail_changed(vals, _MAILBOX | _LINE)
        moved = self._helpdesk_mail_changed(vals, _PROVIDER)
        changed = self._helpdesk_mail_changed(vals, _REQUEST)
        result = super().write(vals)
        # tokens go to the mail server, and secrets to the provider, that they are for; and to no
        # other that somebody enters later
        if not vals.get("oauth_refresh_token"):
            for account in rerouted | moved | changed:
                account._helpdesk_mail_grant()._forget(account in rerouted | moved)
        if not vals.get("oauth_client_secret"):
            # sudo: the encrypted value is nobody's to read or write but ours
            for account in (rerouted | moved).sudo():
                if account in moved or account.oauth_flow == CLIENT_CREDENTIALS:
                    account.oauth_client_secret_encrypted = False
        return result

    def unlink(self):
        grants = self.env["helpdesk.mail.grant"]._of(self._name, *self.ids)
        result = super().unlink()
        grants.unlink()
        return result

    def _helpdesk_mail_grant(self, make=False):
        """The grant of this account (sudo), made where it is missing if so asked."""
        self.ensure_one()
        Grant = self.env["helpdesk.mail.grant"]
        grant = Grant._of(self._name, self.id)
        if not grant and make:
            # sudo: nobody has rights to grants; the caller has the account's
            grant = Grant.sudo().create({"res_model": self._name, "res_id": self.id})
        return grant

    # ------------------------------------------------------------------
    # tokens
    # ------------------------------------------------------------------

    def _helpdesk_mail_oauth_client(self):
        """This account's OAuthSettings."""
        self.ensure_one()
        # sudo: the secret goes to the provider that it is for, and nowhere else
        stored = self.sudo().oauth_client_secret_encrypted
        return oauth.OAuthSettings(
            token_url=(self.oauth_token_url or "").strip(),
            authorize_url=(self.oauth_authorize_url or "").strip(),
            client_id=(self.oauth_client_id or "").strip(),
            client_secret=secret_key.decrypt(stored, self.env) if stored else "",
            scope=" ".join((self.oauth_scope or "").split()),
            client_auth=self.oauth_client_auth,
            redirect_url=self.oauth_redirect_url,
            timeout=_TIMEOUT,
            # the same company's own authority, as a rule; the public ones count as well
            ca_data=(self.ca_certificate or "").strip(),
            loopback_http=_loopback_http(),
            networks=private_networks.allowed(self.env),
        )

    def _helpdesk_mail_bearer(self):
        """What gives the connection its token (TokenSource, for AccountSettings.bearer)."""
        self.ensure_one()
        written = self.env["helpdesk.mail.grant"]._written_here(self._name, self.id)
        return TokenSource(
            registry=self.env.registry,
            model=self._name,
            res_id=self.id,
            flow=self.oauth_flow,
            client=self._helpdesk_mail_oauth_client(),
            # sudo: the tokens of this account, whose caller connects it
            env=self.sudo().env if written else None,
        )


def _loopback_http():
    """Whether a provider on this very machine may be spoken to without TLS: for tests only."""
    return bool(config.get("helpdesk_mail_oauth_loopback_http"))
