# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Signing in by OAuth 2.0: *Connect*, the browser's way back, and what goes on then.

Authorization code with PKCE (RFC 6749 section 4.1, RFC 7636) or client credentials (section 4.4).
"""

import datetime
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import hash_sign, verify_hash_signed

from ..transport import TransportError, oauth
from ..transport.errors import Peer
from . import oauth_presets
from .oauth_presets import CLIENT_CREDENTIALS
from .oauth_tokens import grant_env

_SCOPE = "helpdesk_mail_oauth"
_PATIENCE = datetime.timedelta(minutes=15)


class HelpdeskMailAccount(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mail.account"  # pylint: disable=consider-merging-classes-inherited

    def action_oauth_connect(self):
        """Send the user to the provider's sign-in page; or, with client credentials, try them."""
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        self._helpdesk_mail_check_oauth_complete()
        if self.oauth_flow == CLIENT_CREDENTIALS:
            return self._helpdesk_mail_oauth_try()
        client = self._helpdesk_mail_oauth_client()
        nonce, verifier = secrets.token_urlsafe(32), oauth.new_verifier()
        values = [self._name, self.id, self.env.uid, nonce]
        # sudo: the database's secret signs
        state = hash_sign(self.sudo().env, _SCOPE, values, expiration=_PATIENCE)
        try:
            url = oauth.authorization_url(
                client,
                state=state,
                verifier=verifier,
                **oauth_presets.authorization_parameters(self.oauth_provider, self.username),
            )
        except TransportError as error:
            raise UserError(str(error)) from None
        self._helpdesk_mail_grant(make=True)._begin(
            nonce=nonce, verifier=verifier, redirect_url=client.redirect_url
        )
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def _helpdesk_mail_check_oauth_complete(self):
        """Say what is missing before anybody is sent anywhere."""
        needed = ["oauth_client_id", "oauth_token_url"]
        by_client = self.oauth_flow == CLIENT_CREDENTIALS
        if by_client:
            needed.append("has_oauth_client_secret")
            if self.oauth_provider == "microsoft":
                needed.append("oauth_tenant")
        else:
            needed.append("oauth_authorize_url")
        labels = {"has_oauth_client_secret": "oauth_client_secret"}
        missing = [
            self._fields[labels.get(name, name)]._description_string(self.env)
            for name in needed
            if not self[name]
        ]
        if self.auth_method != "oauth2":
            raise UserError(self.env._("Choose OAuth 2.0 as the authentication first."))
        if missing:
            raise UserError(self.env._("Enter this first: %(fields)s.", fields=", ".join(missing)))

    def _helpdesk_mail_oauth_try(self):
        """Get a token by client credentials, and tell."""
        bearer = self._helpdesk_mail_bearer()
        grant = self._helpdesk_mail_grant()
        try:
            # not the one that is kept: the credentials are what is tried
            bearer(grant._good_token__())
        except TransportError as error:
            raise UserError(str(error)) from None
        self._helpdesk_mail_oauth_resume()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("The provider grants access"),
                "message": self.env._("Test the connection to see whether the mail server does."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _helpdesk_mail_oauth_of_state(self, state):
        """What *state* (str, as it came back) was signed for: (account, nonce), or None.

        It counts for the user who began, and for a short while.
        """
        try:
            # sudo: the database's secret signed
            values = verify_hash_signed(self.sudo().env, _SCOPE, state)
        except (ValueError, UnicodeError, IndexError):
            return None
        if not values:
            return None
        model, res_id, uid, nonce = values
        if uid != self.env.uid or model not in self.env:
            return None
        account = self.env[model].browse(res_id).exists()
        return (account, nonce) if account else None

    def _helpdesk_mail_oauth_finish(self, nonce, code, refusal=""):
        """Make tokens of the *code* that the user's browser brought back.

        :param refusal: what the provider says instead of giving a code
        :raise AccessError: the user may not set up this account (any more)
        :raise UserError: it did not work; says why
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        client = self._helpdesk_mail_oauth_client()
        written = self.env["helpdesk.mail.grant"]._written_here(self._name, self.id)
        place = self.env.registry, self.sudo().env if written else None
        # in transactions of their own: a code counts once, and what it gave must not be lost
        with grant_env(*place) as env:
            grant = env["helpdesk.mail.grant"]._locked(self._name, self.id)
            pending = grant._take_pending__(nonce)
        if not pending or pending["redirect_url"] != client.redirect_url:
            raise UserError(
                self.env._(
                    "This sign-in was used already, or another one has begun since. Press Connect "
                    "again."
                )
            )
        if not code:
            raise UserError(
                self.env._(
                    "The provider gave no access. It says: %(words)s",
                    words=refusal or self.env._("nothing"),
                )
            )
        try:
            token = oauth.exchange_code(client, code, pending["verifier"])
            host, port = oauth.check_endpoint(client.token_url, loopback_http=client.loopback_http)
            if not token.refresh_token and token.expires_in is not None:
                raise Peer(host, port, "OAuth").error("no_refresh_token")
        except TransportError as error:
            raise UserError(str(error)) from None
        with grant_env(*place) as env:
            grant = env["helpdesk.mail.grant"]._locked(self._name, self.id)
            grant._forget()
            grant._keep(token, granted_at=fields.Datetime.now(), granted_by_id=self.env.uid)
            # in the same transaction: Odoo may run a request twice, and the code counts once
            self.with_env(env(su=True))._helpdesk_mail_oauth_resume()

    def _helpdesk_mail_oauth_resume(self):
        """The provider grants access again: a failed account goes on at once."""
        # the caller has checked the user's rights
        for account in self._helpdesk_mail_unsealed__():
            # a fetch that runs right now says by itself how it went
            if not account.try_lock_for_update(allow_referencing=True):
                continue
            if account.state == "failed":
                account.write({"retry_at": False, "failed_attempts": 0})
                if account.cron_id.active:
                    account.cron_id._trigger()
            elif account.last_error and not account._helpdesk_mail_reads_now():
                # no fetch will say that it works again (_helpdesk_mail_sender_failed)
                account.last_error = False

    def _helpdesk_mail_reads_now(self):
        """Whether the scheduler fetches the mail of this account, and tells what goes wrong."""
        return self._helpdesk_mail_fetches() and self.state in ("active", "failed")

    def _helpdesk_mail_sender_failed(self, error):
        """Outgoing mail found that the provider gives no token: tell, where no fetch will."""
        self.ensure_one()
        if self._helpdesk_mail_reads_now():
            return
        with self.env.registry.cursor() as cr:
            account = self.with_env(self.env(cr=cr, su=True))
            if account.last_error or not account.try_lock_for_update(allow_referencing=True):
                return
            account.last_error = str(error)[:500]
            account._helpdesk_mail_alert_failed(error)
