# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The queue of mails that leave from our inboxes: they wait while an account has sent as many as it
may in a minute, and are tried again where the server could not take them for the moment.
"""

import datetime
import logging
import math
import smtplib

from odoo import fields, models
from odoo.fields import Command
from odoo.tools import email_normalize

from . import smtp_errors

_logger = logging.getLogger(__name__)

# minutes, doubled with each try up to the longest: two days in all
_FIRST_WAIT, _LONGEST_WAIT, _MOST_TRIES = 5, 4 * 60, 16
# A mail that the server got without saying what it does with it is ours to send again (RFC 5321,
# sections 4.5.4.1 and 6.1), under the same Message-ID, by which receivers may know it. Whoever
# does not gets it once more each time: so seldom, and soon a person decides.
_FIRST_UNKNOWN_WAIT, _MOST_UNKNOWN = 30, 2


class MailMail(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "mail.mail"  # pylint: disable=consider-merging-classes-inherited

    helpdesk_mail_tries = fields.Integer(string="Tries", readonly=True, copy=False)
    helpdesk_mail_unknown = fields.Integer(
        string="Tries without a known end", readonly=True, copy=False
    )

    def _postprocess_sent_message(
        self, success_pids, success_emails, failure_reason=False, failure_type=None
    ):
        """Let the queue try again what a server could not take for the moment.

        Odoo itself gives up at the first "try again later". Nothing is sent twice: whoever has the
        mail already is taken off it before it is tried again.
        """
        kind, account = self.env["ir.mail_server"]._helpdesk_mail_take_failure()
        refused = self.env["ir.mail_server"]._helpdesk_mail_take_refused()
        again = self.browse()
        if failure_type:
            failed = self.filtered(lambda mail: mail.state == "exception")
            if account:
                again = failed._helpdesk_mail_wait_for(account)
            elif kind in (smtp_errors.TEMPORARY, smtp_errors.UNKNOWN):
                ours = self.env["helpdesk.inbox"]._address_map()
                again = failed.filtered(
                    lambda mail: (
                        mail._helpdesk_mail_may_try_again(kind)
                        and (email_normalize(mail.email_from or "", strict=False) or "") in ours
                    )
                )
                again._helpdesk_mail_take_off(success_pids, success_emails)
                again._helpdesk_mail_try_again(kind)
        elif refused:
            # the mail has left, but not to everybody: who wrote it is told
            error = smtplib.SMTPRecipientsRefused(refused)
            failure_reason = smtp_errors.explain(self.env, error).sentence
            failure_type = "mail_email_invalid"
            addresses = {email_normalize(address) for address in refused}
            success_pids = [
                partner for partner in success_pids if partner.email_normalized not in addresses
            ]
            success_emails = [
                email for email in success_emails if email_normalize(email) not in addresses
            ]
            _logger.warning("Of the recipients of a mail, %s were refused", len(refused))
        return super(MailMail, self - again)._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )

    def _helpdesk_mail_may_try_again(self, kind):
        if kind == smtp_errors.UNKNOWN:
            return self.helpdesk_mail_unknown < _MOST_UNKNOWN
        return self.helpdesk_mail_tries < _MOST_TRIES

    def _helpdesk_mail_take_off(self, partners, emails):
        """Whom this mail was sent to, one by one, gets it no second time."""
        if not (partners or emails):
            return
        for mail in self:
            mail.write(
                {
                    "recipient_ids": [Command.unlink(partner.id) for partner in partners],
                    # copies went with the first of them
                    "email_cc": False,
                    **({"email_to": False} if emails else {}),
                }
            )
        # sudo: the notifications of these very mails
        notifications = self.env["mail.notification"].sudo()
        notifications.search(
            [("mail_mail_id", "in", self.ids), ("notification_status", "=", "exception")]
        ).filtered(
            lambda one: (
                one.res_partner_id in partners
                or one.mail_email_address
                and email_normalize(one.mail_email_address)
                in {email_normalize(email) for email in emails}
            )
        ).write({"notification_status": "sent", "failure_type": False, "failure_reason": False})

    def _helpdesk_mail_try_again(self, kind):
        """Back into the queue, for later; the reason stays to be read."""
        now = fields.Datetime.now()
        for mail in self:
            values = {"state": "outgoing", "helpdesk_mail_tries": mail.helpdesk_mail_tries + 1}
            wait = min(_FIRST_WAIT * 2**mail.helpdesk_mail_tries, _LONGEST_WAIT)
            if kind == smtp_errors.UNKNOWN:
                wait = _FIRST_UNKNOWN_WAIT * 2**mail.helpdesk_mail_unknown
                values["helpdesk_mail_unknown"] = mail.helpdesk_mail_unknown + 1
            values["scheduled_date"] = now + datetime.timedelta(minutes=wait)
            mail.write(values)
        if self:
            # sudo: the notifications of these very mails
            notifications = self.env["mail.notification"].sudo()
            notifications.search(
                [("mail_mail_id", "in", self.ids), ("notification_status", "=", "exception")]
            ).write(
                {"notification_status": "ready", "failure_type": False, "failure_reason": False}
            )
            cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
            cron._trigger(min(self.mapped("scheduled_date")))

    def _split_by_mail_configuration(self):
        """Let through what the limits of the accounts allow now; the others wait."""
        limits = {
            address: info
            for address, info in self.env["ir.mail_server"]._helpdesk_mail_senders().items()
            if info.send_limit
        }
        for server_id, alias_domain_id, smtp_from, ids in super()._split_by_mail_configuration():
            if limits:
                ids = self.browse(ids)._helpdesk_mail_within_limits(limits).ids
            if ids:
                yield server_id, alias_domain_id, smtp_from, ids

    def _helpdesk_mail_within_limits(self, limits):
        """Those of these mails that may leave now, oldest first; the rest is put off."""
        by_account = {}
        for mail in self:
            info = limits.get(email_normalize(mail.email_from or "", strict=False) or "")
            if info and mail.state == "outgoing":
                by_account.setdefault(info, self.browse())
                by_account[info] += mail
        put_off = self.browse()
        # sudo: a count that belongs to no user
        Sending = self.env["helpdesk.mail.sending"].sudo()
        for info, mails in by_account.items():
            mails = mails.sorted("id")
            # each partner gets a mail of its own
            sizes = [
                len(mail.recipient_ids) + bool(mail.email_to or mail.email_cc) or 1
                for mail in mails
            ]
            allowed, next_time = Sending._reserve(info.model, info.id, sizes, info.send_limit)
            if allowed < len(mails):
                mails[allowed:]._helpdesk_mail_put_off(sizes[allowed:], info.send_limit, next_time)
                put_off += mails[allowed:]
        return self - put_off

    def _helpdesk_mail_put_off(self, sizes, limit, next_time):
        """Let the queue take these mails up again from *next_time* on (Unix time), *limit* a
        minute.
        """
        first = datetime.datetime.fromtimestamp(math.ceil(next_time), datetime.UTC)
        first = first.replace(tzinfo=None)
        before, minutes = 0, {}
        for mail, size in zip(self, sizes, strict=True):
            minutes.setdefault(before // limit, []).append(mail.id)
            before += size
        for minute, ids in minutes.items():
            self.browse(ids).scheduled_date = first + datetime.timedelta(minutes=minute)
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        cron._trigger([first + datetime.timedelta(minutes=m) for m in minutes if m < 60])
