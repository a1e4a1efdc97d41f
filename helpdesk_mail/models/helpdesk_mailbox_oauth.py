# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Signing in to a mailbox by OAuth: with the application of an administrator, or with one's own."""

import dataclasses

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .oauth_presets import AUTHORIZATION_CODE

_USER = "base.group_user"


class HelpdeskMailbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox"  # pylint: disable=consider-merging-classes-inherited

    has_application = fields.Boolean(
        compute="_compute_has_application",
        groups=_USER,
        help="An administrator has registered an application for this provider: connecting needs "
        "nothing else.",
    )

    @api.depends("oauth_provider", "oauth_client_id", "auth_method")
    def _compute_has_application(self):
        for mailbox in self:
            mailbox.has_application = bool(mailbox._application())

    def _application(self):
        """The administrator's application that this mailbox signs in with; empty: its own."""
        if self.auth_method != "oauth2" or (self.oauth_client_id or "").strip():
            return self.env["helpdesk.mail.application"]
        return self.env["helpdesk.mail.application"]._of_provider(self.oauth_provider)

    def _needs_connect(self):
        """Whether mail cannot leave before somebody signs in at the provider."""
        self.ensure_one()
        # renewed and refused in transactions of their own
        self._helpdesk_mail_grant().invalidate_recordset()
        self.invalidate_recordset(["oauth_connected"], flush=False)
        by_token = self.smtp_login == "same" and self.auth_method == "oauth2"
        return self.outgoing == "own" and by_token and not self.oauth_connected

    def _helpdesk_mail_start_queue(self):
        result = super()._helpdesk_mail_start_queue()
        # what waits leaves, whatever was repaired; the sender looks for itself
        self._helpdesk_mail_unsealed__()._wake_sender()
        return result

    @api.constrains("oauth_flow", "oauth_client_id")
    def _check_oauth_own_client(self):
        for mailbox in self:
            # with the rights of an application one would read the mail of everybody
            if mailbox.oauth_flow != AUTHORIZATION_CODE and mailbox._application():
                raise ValidationError(
                    self.env._("You sign in to your mailbox yourself: choose that a person does.")
                )

    def _helpdesk_mail_oauth_client(self):
        application = self._application()
        own = super()._helpdesk_mail_oauth_client()
        if not application:
            return own
        return application._settings(
            self.protocol,
            redirect_url=own.redirect_url,
            timeout=own.timeout,
            loopback_http=own.loopback_http,
            networks=own.networks,
        )

    def _helpdesk_mail_bearer(self):
        source = super()._helpdesk_mail_bearer()
        if self._application():
            return dataclasses.replace(source, flow=AUTHORIZATION_CODE)
        return source

    def _helpdesk_mail_check_oauth_complete(self):
        if self._application():
            if self.oauth_flow != AUTHORIZATION_CODE:
                self.oauth_flow = AUTHORIZATION_CODE
            return
        if self.auth_method == "oauth2" and not self.oauth_client_id:
            raise UserError(
                self.env._(
                    "No application is registered for this provider. Ask an administrator to enter "
                    "one for everybody (Settings, Helpdesk, Personal mailboxes), or enter the "
                    "client ID and secret of your own."
                )
            )
        super()._helpdesk_mail_check_oauth_complete()
