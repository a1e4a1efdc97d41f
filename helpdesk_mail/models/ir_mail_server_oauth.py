# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Outgoing servers that sign in with the OAuth sign-in of a mail account."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..transport import AccountSettings, TransportError, TryAgain, oauth, smtp_login
from . import smtp_errors
from .oauth_tokens import is_dead

OAUTH = "helpdesk_mail_oauth"
# what decides whom the token is shown to
_LINE = {
    "smtp_host",
    "smtp_port",
    "smtp_encryption",
    "smtp_user",
    "smtp_authentication",
    "helpdesk_oauth_account",
}


class IrMailServer(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "ir.mail_server"  # pylint: disable=consider-merging-classes-inherited

    smtp_authentication = fields.Selection(
        selection_add=[(OAUTH, "OAuth sign-in of a mail account")],
        ondelete={OAUTH: "set default"},
    )
    helpdesk_oauth_account = fields.Reference(
        selection="_selection_helpdesk_oauth_account",
        string="Mail account",
        copy=False,
        groups="base.group_system",
        help="Its OAuth sign-in is used for sending as well.",
    )

    @api.model
    def _selection_helpdesk_oauth_account(self):
        kinds = self.env.registry["helpdesk.mail.account"]._inherit_children
        return [(name, self.env[name]._description) for name in kinds]

    def _compute_smtp_authentication_info(self):
        ours = self.filtered(lambda server: server.smtp_authentication == OAUTH)
        ours.smtp_authentication_info = self.env._(
            "Sends with the OAuth sign-in of a mail account (XOAUTH2 or OAUTHBEARER). Connect that "
            "account first; its scope must include sending."
        )
        return super(IrMailServer, self - ours)._compute_smtp_authentication_info()

    @api.onchange("helpdesk_oauth_account")
    def _onchange_helpdesk_oauth_account(self):
        # sudo: the user name of the account that the user has just chosen
        account = self.sudo().helpdesk_oauth_account
        if self.smtp_authentication == OAUTH and account:
            self.smtp_user = self.smtp_user or account.username
            if self.smtp_encryption == "none":
                self.smtp_encryption, self.smtp_port = "starttls_strict", 587

    @api.constrains(
        "smtp_authentication", "helpdesk_oauth_account", "smtp_user", "smtp_encryption", "smtp_host"
    )
    def _check_helpdesk_oauth(self):
        # sudo: fields of the settings' administrators, by whomever they are written
        for server in self.sudo().filtered(lambda server: server.smtp_authentication == OAUTH):
            if not server.helpdesk_oauth_account or not server.smtp_user:
                raise ValidationError(
                    self.env._(
                        "Choose the mail account of %(server)s and enter the user name.",
                        server=server.name,
                    )
                )
            if server.smtp_encryption == "none" and not oauth.is_loopback(server.smtp_host or ""):
                raise ValidationError(
                    self.env._("OAuth needs an encrypted connection. Choose SSL/TLS or STARTTLS.")
                )

    @api.model_create_multi
    def create(self, vals_list):
        servers = super().create(vals_list)
        servers._helpdesk_check_oauth_account()
        return servers

    def write(self, vals):
        if _LINE & vals.keys():
            self._helpdesk_check_oauth_account()
        result = super().write(vals)
        if _LINE & vals.keys():
            self._helpdesk_check_oauth_account()
        return result

    def _helpdesk_check_oauth_account(self):
        """Where a token goes is for those to say who manage its account.

        :raise AccessError: the user does not
        """
        for server in self:
            # sudo: only to know the account, whose rights are asked for
            account = server.sudo().helpdesk_oauth_account
            if account and account.exists():
                account.with_env(self.env)._helpdesk_mail_check_manage()

    def _smtp_login__(self, connection, smtp_user, smtp_password):
        if len(self) != 1 or self.smtp_authentication != OAUTH:
            return super()._smtp_login__(connection, smtp_user, smtp_password)
        # sudo: whoever sends uses the token, and sees nothing of it
        account = self.sudo().helpdesk_oauth_account
        account = account and account.exists() and account._helpdesk_mail_unsealed__()
        if not account or account.auth_method != "oauth2":
            raise UserError(
                self.env._(
                    "%(server)s has no mail account with OAuth any more. Choose one.",
                    server=self.name,
                )
            )
        settings = AccountSettings(
            protocol="smtp",
            host=self.smtp_host,
            port=self.smtp_port,
            encryption=self.smtp_encryption,
            username=account._helpdesk_mail_login_user(smtp_user),
            secret="",
            auth_method="oauth2",
            bearer=account._helpdesk_mail_bearer(),
        )
        try:
            smtp_login.sign_in(connection, settings)
        except TransportError as error:
            if error.reason != "token_refused" and is_dead(error):
                account._helpdesk_mail_sender_failed(error)
            kind = smtp_errors.SETTINGS
            if isinstance(error, TryAgain):
                kind = smtp_errors.TEMPORARY
            elif is_dead(error):
                kind = smtp_errors.SIGN_IN
            self._helpdesk_mail_note_failure(kind, self)
            failure = UserError(str(error))
            failure.helpdesk_mail_needs_connect = (
                kind == smtp_errors.SIGN_IN and error.reason != "token_refused"
            )
            raise failure from None

    def _helpdesk_mail_oauth_account(self):
        """The account whose OAuth sign-in this server is shown, or None."""
        if len(self) != 1 or self.smtp_authentication != OAUTH:
            return None
        # sudo: only to know whose sign-in it is
        return self.sudo().helpdesk_oauth_account.exists() or None
