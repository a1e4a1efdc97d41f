# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The sign-in that mails wait for (see mail_mail_waiting): what it consists of, and its repair."""

import hashlib

from odoo import models

# what an account signs in with when it sends
_CREDENTIALS = {
    "password_encrypted",
    "smtp_password_encrypted",
    "oauth_client_secret_encrypted",
}
_SETTINGS = {
    "username", "auth_method", "smtp_login", "smtp_username", "smtp_host", "smtp_port",
    "smtp_encryption", "outgoing", "oauth_token_url", "oauth_client_id", "oauth_scope",
}  # fmt: skip


class HelpdeskMailAccount(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mail.account"  # pylint: disable=consider-merging-classes-inherited

    def write(self, vals):
        result = super().write(vals)
        if (_CREDENTIALS | _SETTINGS) & vals.keys():
            self._helpdesk_mail_start_queue()
        return result

    def _helpdesk_mail_oauth_resume(self):
        result = super()._helpdesk_mail_oauth_resume()
        self._helpdesk_mail_start_queue()
        return result

    def _inverse_oauth_refresh_token(self):
        result = super()._inverse_oauth_refresh_token()
        self._helpdesk_mail_start_queue()
        return result

    def _helpdesk_mail_oauth_try(self):
        result = super()._helpdesk_mail_oauth_try()
        # nothing may have changed here but at the provider
        # sudo: the mails that wait for this account, as its administrator wants
        waiting = self.env["mail.mail"].sudo().search(self._helpdesk_mail_waiting_domain())
        waiting._helpdesk_mail_go_on()
        return result

    def _helpdesk_mail_waiting_domain(self):
        """The mails that wait for the sign-in of this account."""
        self.ensure_one()
        return [("helpdesk_mail_waits_for", "=like", f"{self._name},{self.id} %")]

    def _helpdesk_mail_start_queue(self):
        """Have the queue look at once, where mails wait for one of these accounts."""
        # sudo: whether mails wait, not which; and the queue's cron
        Mail = self.env["mail.mail"].sudo()
        for account in self:
            if Mail.search_count(account._helpdesk_mail_waiting_domain(), limit=1):
                self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
                return

    def _helpdesk_mail_sign_in_mark(self):
        """A short text that changes with what this account signs in with, and tells nothing of it.

        Whether the provider refused the grant is left out: that is written in a transaction of its
        own, which a mail that begins to wait does not see yet.
        """
        self.ensure_one()
        # sudo: encrypted values, of which a digest is made
        account = self.sudo()
        grant = account._helpdesk_mail_grant()
        parts = [
            *(str(account[name]) for name in sorted(_CREDENTIALS | _SETTINGS)),
            str(grant and grant.granted_at),
            str(grant and grant.refresh_token_encrypted),
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
