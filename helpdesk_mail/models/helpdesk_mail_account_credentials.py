# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How old the credentials of an account are, and a reminder to change old ones."""

import datetime

from odoo import SUPERUSER_ID, api, fields, models

_MANAGER = "helpdesk_mail.group_mail_administrator"
# the encrypted value -> when it was set
_SET_AT = {
    "password_encrypted": "password_set_at",
    "smtp_password_encrypted": "smtp_password_set_at",
    "oauth_client_secret_encrypted": "oauth_client_secret_set_at",
}
_PARAMETER = "helpdesk_mail.credential_days"
_DAYS = 365
# days until somebody who did nothing is reminded again
_AGAIN = 90
_ACTIVITY = "mail.mail_activity_data_todo"


class HelpdeskMailAccount(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mail.account"  # pylint: disable=consider-merging-classes-inherited

    password_set_at = fields.Datetime(
        string="Password entered on", readonly=True, copy=False, groups=_MANAGER
    )
    smtp_password_set_at = fields.Datetime(
        string="SMTP password entered on", readonly=True, copy=False, groups=_MANAGER
    )
    oauth_client_secret_set_at = fields.Datetime(
        string="Client secret entered on", readonly=True, copy=False, groups=_MANAGER
    )
    credential_reminded_at = fields.Datetime(readonly=True, copy=False, groups=_MANAGER)
    credential_age_days = fields.Integer(
        string="Credentials (days)",
        compute="_compute_credential_age",
        groups=_MANAGER,
        help="The age of the oldest password or client secret in use.",
    )
    credential_is_old = fields.Boolean(compute="_compute_credential_age", groups=_MANAGER)

    def write(self, vals):
        # wherever a secret is stored, its date is
        dates = {
            _SET_AT[name]: fields.Datetime.now() if vals[name] else False
            for name in _SET_AT.keys() & vals.keys()
        }
        result = super().write({**vals, **dates} if dates else vals)
        if dates:
            self._helpdesk_mail_credentials_changed()
        return result

    def _helpdesk_mail_oldest_credential(self):
        """When the oldest credential in use was set (naive UTC), or False."""
        self.ensure_one()
        # sudo: dates, no secrets
        account = self.sudo()
        used = set()
        if account._helpdesk_mail_fetches():
            by_token = account.auth_method == "oauth2"
            used.add("oauth_client_secret_set_at" if by_token else "password_set_at")
        if account.outgoing == "own" and account.smtp_login == "password":
            used.add("smtp_password_set_at")
        return min(filter(None, (account[name] for name in used)), default=False)

    @api.depends(*_SET_AT.values(), "auth_method", "outgoing", "smtp_login")
    def _compute_credential_age(self):
        limit = self._helpdesk_mail_credential_days()
        now = fields.Datetime.now()
        for account in self:
            oldest = account._helpdesk_mail_oldest_credential()
            account.credential_age_days = (now - oldest).days if oldest else 0
            account.credential_is_old = bool(limit and account.credential_age_days >= limit)

    @api.model
    def _helpdesk_mail_credential_days(self):
        """After how many days credentials are old; 0: never."""
        # sudo: a number
        value = self.env["ir.config_parameter"].sudo().get_param(_PARAMETER)
        try:
            return max(int(value), 0) if value else _DAYS
        except ValueError:
            return _DAYS

    @api.model
    def _helpdesk_mail_cron_credentials(self):
        """Remind whoever sets up an account with old credentials, of whatever kind. Weekly."""
        for model in self.env["helpdesk.mail.watch"]._models():
            self.env[model]._helpdesk_mail_remind_old()

    @api.model
    def _helpdesk_mail_remind_old(self):
        now = fields.Datetime.now()
        for account in (
            self._helpdesk_mail_unsealed__()
            .with_user(SUPERUSER_ID)
            .search([("state", "!=", "draft")])
        ):
            reminded = account.credential_reminded_at
            if not account.credential_is_old or (
                reminded and now - reminded < datetime.timedelta(days=_AGAIN)
            ):
                continue
            account.credential_reminded_at = now
            account._helpdesk_mail_remind()

    def _helpdesk_mail_remind(self):
        """Tell whoever set this account up that its credentials are old (hook)."""
        summary = self.env._("Old password or client secret")
        note = self.env._(
            "It was entered %(days)s days ago. Make a new one at the provider and enter it here.",
            days=self.credential_age_days,
        )
        waiting = self.activity_search([_ACTIVITY]).filtered(lambda a: a.summary == summary)
        for user in self._helpdesk_mail_alert_users() - waiting.user_id:
            self.with_context(mail_activity_quick_update=True).activity_schedule(
                _ACTIVITY, summary=summary, note=note, user_id=user.id
            )

    def _helpdesk_mail_credentials_changed(self):
        """Somebody has done what the reminder asked for."""
        for account in self.with_user(SUPERUSER_ID)._helpdesk_mail_unsealed__():
            if not account.credential_reminded_at or account.credential_is_old:
                continue
            account.credential_reminded_at = False
            if "activity_ids" in account._fields:
                summary = account.env._("Old password or client secret")
                account.activity_search([_ACTIVITY]).filtered(
                    lambda activity, summary=summary: activity.summary == summary
                ).unlink()
