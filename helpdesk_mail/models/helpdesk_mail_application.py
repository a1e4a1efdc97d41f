# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The application that an administrator registered at a provider, for the mailboxes of all users.

Whoever has it presses *Connect* and signs in; nobody has to register an application. A mailbox
uses it for its provider as it stands here, with the endpoints that stand here: no user sends its
secret anywhere else.
"""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..transport import TransportError, oauth
from . import oauth_presets, secret_key
from .helpdesk_mail_account_oauth import CALLBACK, _loopback_http
from .oauth_presets import AUTHORIZATION_CODE


class HelpdeskMailApplication(models.Model):
    _name = "helpdesk.mail.application"
    _description = "OAuth Application for Personal Mailboxes"
    _rec_name = "provider"
    _order = "provider"

    provider = fields.Selection(
        [
            ("microsoft", "Microsoft 365"),
            ("google", "Google"),
            ("generic", "Another provider"),
        ],
        required=True,
        default="microsoft",
    )
    tenant = fields.Char(
        string="Tenant ID",
        help="Of the Microsoft Entra tenant in which the application is registered. Empty: any "
        "tenant, for applications that allow that.",
    )
    client_id = fields.Char(string="Client ID", required=True)
    client_secret = fields.Char(
        compute="_compute_client_secret",
        inverse="_inverse_client_secret",
        help="Stored encrypted and never shown again.",
    )
    client_secret_encrypted = fields.Char(copy=False, groups=fields.NO_ACCESS)
    has_client_secret = fields.Boolean(compute="_compute_has_client_secret")
    client_auth = fields.Selection(
        [("post", "In the request"), ("basic", "HTTP Basic")],
        string="Client secret is sent",
        required=True,
        default="post",
    )
    scope = fields.Char(help="Only for another provider; it must include reading and sending mail.")
    authorize_url = fields.Char(string="Authorization endpoint")
    token_url = fields.Char(string="Token endpoint")
    redirect_url = fields.Char(
        string="Redirect URL",
        compute="_compute_redirect_url",
        help="Register this address with the application.",
    )

    _unique_provider = models.UniqueIndex(
        "(provider)", "There is an application of this provider already. Change that one."
    )

    @api.depends("provider")
    def _compute_display_name(self):
        labels = dict(self._fields["provider"]._description_selection(self.env))
        for application in self:
            application.display_name = labels.get(application.provider)

    @api.depends("provider")
    def _compute_redirect_url(self):
        for application in self:
            application.redirect_url = application.get_base_url().rstrip("/") + CALLBACK

    @api.depends("client_secret_encrypted")
    def _compute_client_secret(self):
        """Never give the secret back, to nobody."""
        self.client_secret = False

    def _inverse_client_secret(self):
        for application in self:
            # an empty value is what a form sends back unchanged: it erases nothing
            secret = (application.client_secret or "").strip()
            if secret:
                # sudo: the encrypted value is nobody's to read or write but ours
                application.sudo().client_secret_encrypted = secret_key.encrypt(secret, self.env)
        # it was in the cache: web_save would have answered with it
        self.invalidate_recordset(["client_secret"], flush=False)

    @api.depends("client_secret_encrypted")
    def _compute_has_client_secret(self):
        # sudo: tells whether one is stored, not which
        for application in self.sudo():
            application.has_client_secret = bool(application.client_secret_encrypted)

    @api.constrains("provider", "tenant", "scope", "authorize_url", "token_url")
    def _check_endpoints(self):
        for application in self:
            tenant = (application.tenant or "").strip()
            if tenant and not oauth_presets.TENANT.fullmatch(tenant):
                raise ValidationError(
                    self.env._(
                        "%(tenant)s is no tenant. Enter the ID from the overview of Microsoft "
                        "Entra, or the tenant's domain.",
                        tenant=tenant,
                    )
                )
            if application.provider != "generic":
                continue
            if not (application.scope and application.authorize_url and application.token_url):
                raise ValidationError(
                    self.env._("Enter the scope and both endpoints that the provider names.")
                )
            for url in (application.authorize_url, application.token_url):
                try:
                    oauth.check_endpoint(url.strip(), loopback_http=_loopback_http())
                except TransportError as error:
                    raise ValidationError(str(error)) from None

    def write(self, vals):
        places = {"provider", "tenant", "token_url", "client_id"} & vals.keys()
        # sudo: compares, tells nothing
        moved = self.filtered(lambda one: any(one.sudo()[name] != vals[name] for name in places))
        result = super().write(vals)
        if moved and not vals.get("client_secret"):
            # a secret goes to the provider that it is for
            # sudo: the encrypted value is nobody's to read or write but ours
            moved.sudo().client_secret_encrypted = False
        return result

    @api.model
    def _of_provider(self, provider):
        """The application for *provider*, with its secret; empty where there is none."""
        # sudo: users sign in with it and read nothing of it
        return self.sudo().search([("provider", "=", provider)], limit=1)

    def _settings(self, protocol, **values):
        """What signs a user in with this application (OAuthSettings).

        :param values: what the account adds: redirect_url, timeout, loopback_http, networks
        """
        self.ensure_one()
        preset = oauth_presets.preset(
            self.provider, (self.tenant or "").strip(), AUTHORIZATION_CODE, protocol
        )
        stored = self.sudo().client_secret_encrypted
        generic = self.provider == "generic"
        return oauth.OAuthSettings(
            token_url=self.token_url.strip() if generic else preset.token_url,
            authorize_url=self.authorize_url.strip() if generic else preset.authorize_url,
            client_id=self.client_id.strip(),
            client_secret=secret_key.decrypt(stored, self.env) if stored else "",
            scope=" ".join(self.scope.split()) if generic else preset.scope,
            client_auth=self.client_auth,
            **values,
        )
