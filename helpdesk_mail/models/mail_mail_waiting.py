# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mails whose account cannot sign in: they wait, and leave by themselves once it can again.

Which sign-in a mail waits for stands on the mail, with a mark of the credentials that were refused.
The queue compares the mark at each run: whoever repairs the sign-in, in whatever way, only has to
start the queue, and touches no mail that it may be sending.
"""

import datetime

from odoo import api, fields, models

# hours between two tries with credentials that were refused: all mails of an account together,
# since servers lock whom they refuse too often; and for how many of them: two days
_HOURS, _MOST_WAITS = 4, 12
_QUEUE = "mail.ir_cron_mail_scheduler_action"


class MailMail(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    # "model,id mark" of the account; the mark is that of the credentials which were refused
    helpdesk_mail_waits_for = fields.Char(
        string="Waits for the sign-in of", readonly=True, copy=False, index="btree_not_null"
    )
    helpdesk_mail_waits = fields.Integer(string="Waited", readonly=True, copy=False)

    def _helpdesk_mail_wait_for(self, account):
        """Put these mails off until *account* can sign in again: those that may still wait.

        They are shown as not delivered meanwhile, with the reason: nothing is lost in silence.
        """
        waiting = self.filtered(lambda mail: mail.helpdesk_mail_waits < _MOST_WAITS)
        if not waiting:
            return waiting
        hours = datetime.timedelta(hours=_HOURS)
        epoch = datetime.datetime(1970, 1, 1)
        # the same moment for all that wait
        moment = epoch + hours * ((fields.Datetime.now() - epoch) // hours + 1)
        key = f"{account._name},{account.id} {account._helpdesk_mail_sign_in_mark()}"
        for reason, mails in waiting.grouped("failure_reason").items():
            words = self.env._(
                "%(reason)s The mail waits, and leaves by itself once the account can sign in "
                "again.",
                reason=(reason or "").strip(),
            )
            mails.write(
                {
                    "state": "outgoing",
                    "scheduled_date": moment,
                    "helpdesk_mail_waits_for": key,
                    "failure_reason": words,
                    "failure_type": "mail_smtp",
                }
            )
            mails._helpdesk_mail_show_waiting(words)
        for waits, mails in waiting.grouped("helpdesk_mail_waits").items():
            mails.helpdesk_mail_waits = waits + 1
        self.env.ref(_QUEUE)._trigger(moment)
        return waiting

    def _helpdesk_mail_show_waiting(self, reason):
        # sudo: the notifications of these very mails
        notifications = self.env["mail.notification"].sudo()
        notifications = notifications.search(
            [
                ("mail_mail_id", "in", self.ids),
                ("notification_type", "=", "email"),
                ("notification_status", "not in", ("sent", "canceled")),
            ]
        )
        notifications.write(
            {
                "notification_status": "exception",
                "failure_type": "mail_smtp",
                "failure_reason": reason,
            }
        )
        messages = notifications.mail_message_id
        messages.filtered(
            lambda message: message._is_thread_message()
        )._notify_message_notification_update()

    @api.model
    def process_email_queue(self, email_ids=(), batch_size=1000):
        """Send what waits; first of all look whose sign-in is repaired."""
        if not email_ids:
            self._helpdesk_mail_release()
        return super().process_email_queue(email_ids=email_ids, batch_size=batch_size)

    @api.model
    def _helpdesk_mail_release(self):
        """Let those mails go whose account has got other credentials since."""
        waiting = self._read_group(
            [("helpdesk_mail_waits_for", "!=", False), ("state", "=", "outgoing")],
            ["helpdesk_mail_waits_for"],
            ["id:recordset"],
        )
        for key, mails in waiting:
            place, _space, mark = key.partition(" ")
            model, _comma, res_id = place.partition(",")
            account = None
            if model in self.env and hasattr(self.env[model], "_helpdesk_mail_sign_in_mark"):
                account = self.env[model].sudo().browse(int(res_id)).exists()
            if not account or account._helpdesk_mail_sign_in_mark() != mark:
                mails._helpdesk_mail_go_on()

    def _helpdesk_mail_go_on(self):
        self.write({"helpdesk_mail_waits_for": False, "scheduled_date": False})
