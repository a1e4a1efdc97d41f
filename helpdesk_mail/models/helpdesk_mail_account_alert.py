# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Telling the administrators that an account needs them."""

import logging

from markupsafe import Markup
from odoo import SUPERUSER_ID, models

_logger = logging.getLogger(__name__)
_ACTIVITY = "mail.mail_activity_data_warning"


class HelpdeskMailAccount(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mail.account"  # pylint: disable=consider-merging-classes-inherited

    def _helpdesk_mail_alert(self, subject, body):
        """Tell the administrators of this account; never fails.

        :param subject: one line (str), which agents may read as well: no host, no reason
        :param body: what happened and what to do (str), for administrators only
        """
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                account = self._helpdesk_mail_unsealed__().with_user(SUPERUSER_ID)
                account._helpdesk_mail_send_alert(subject, body)
        except Exception:
            _logger.exception("%s %s: the alert could not be sent", self._name, self.id)

    def _helpdesk_mail_send_alert(self, subject, body):
        users = self._helpdesk_mail_alert_users()
        link = Markup('<p><a href="%s">%s</a></p>') % (
            self.get_base_url() + self._helpdesk_mail_form_url(),
            self.display_name,
        )
        # not on the account's own page: whoever may read the account would read the reason there
        self.env["mail.thread"].message_notify(
            subject=subject,
            body=Markup("<p>%s</p>") % body + link,
            partner_ids=users.partner_id.ids,
        )
        if hasattr(self, "message_post"):
            self.message_post(body=subject, subtype_xmlid="mail.mt_note")
        if "activity_ids" in self._fields:
            reminded = self.activity_search([_ACTIVITY]).user_id
            for user in users - reminded:
                # they have a mail already
                self.with_context(mail_activity_quick_update=True).activity_schedule(
                    _ACTIVITY, summary=subject, user_id=user.id
                )

    def _helpdesk_mail_alert_over(self):
        """What the administrators were alerted to is over."""
        for account in self._helpdesk_mail_unsealed__().with_user(SUPERUSER_ID):
            if "activity_ids" in account._fields:
                account.activity_unlink([_ACTIVITY])

    def _helpdesk_mail_alert_users(self):
        """Who is alerted: the administrators of mail who may enter the account's company (hook)."""
        self.ensure_one()
        group = self.env.ref("helpdesk_mail.group_mail_administrator")
        users = group.all_user_ids.filtered(lambda user: user.active and not user.share)
        if "company_id" in self._fields:
            users = users.filtered(lambda user: self.company_id in user.company_ids)
        return users - self.env.ref("base.user_root")

    def _helpdesk_mail_form_url(self):
        """The path of the account's form (hook)."""
        self.ensure_one()
        return f"/odoo/{self._name}/{self.id}"
