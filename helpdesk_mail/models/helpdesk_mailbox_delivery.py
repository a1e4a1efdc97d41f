# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Sending private mail: what the scheduler does, with the seal open.

The state *sending* is committed before the server gets the mail, and *sent* right after it took it.
Whoever finds a message in *sending* when nobody sends knows that its sender was stopped in between:
what stands in the Sent folder has left; of the rest only a person knows, and is asked.

It goes by no ``mail.mail`` and no ``mail.message``: administrators read those.
"""

import datetime
import logging
import math
import smtplib

import psycopg2
from odoo import fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..transport import TransportError
from . import mailbox_mail, smtp_errors
from .helpdesk_mail_account_outgoing import SenderInfo
from .mailbox_line import Line, SendingFailed

_logger = logging.getLogger(__name__)

_BATCH = 50
# minutes, doubled with each try up to the longest: two days in all
_FIRST_WAIT, _LONGEST_WAIT, _MOST_TRIES = 5, 4 * 60, 16
_TRIES = 5
# failures that the next mail would meet as well
_OF_THE_SERVER = (smtp_errors.SIGN_IN, smtp_errors.SETTINGS)


class HelpdeskMailboxMessage(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox.message"  # pylint: disable=consider-merging-classes-inherited

    def _send(self, line):
        """Send this message by *line*; the seal is open.

        :raise SendingFailed: it did not leave
        """
        mail = mailbox_mail.build(self, self.get_base_url())
        line.open()
        if not self._committed({"state": "sending", "retry_at": False}):
            return
        left = (self.recipients_left or "").split() or None
        try:
            taken, refused, source = line.transmit(mail, left)
        except (SendingFailed, psycopg2.Error):
            raise
        except Exception as error:
            raise SendingFailed(
                smtp_errors.CONTENT, self._unknown_words(), is_unknown=True
            ) from error
        self._settled(taken, refused, source)

    def _settled(self, taken, refused, source):
        """Remember what the server said of each recipient."""
        later = [address for address, (code, _words) in refused.items() if 400 <= code < 500]
        explained = {
            address: smtp_errors.explain(
                self.env,
                smtplib.SMTPRecipientsRefused({address: reply}),
                self.mailbox_id._outgoing_name(),
            )
            for address, reply in refused.items()
        }
        gone = [explained[address].sentence for address in refused if address not in later]
        words = "\n".join(filter(None, [self.refusals, *gone])) or False
        was_taken = self.was_taken or bool(taken)
        if later and self.tries + 1 < _MOST_TRIES:
            again = [explained[address].sentence for address in later]
            self._committed(
                {
                    "recipients_left": " ".join(later),
                    "was_taken": was_taken,
                    "refusals": words,
                    **self._again_values("\n".join(filter(None, [words, *again]))),
                },
                source,
            )
        elif was_taken:
            given_up = [explained[address].sentence for address in later]
            words = "\n".join(filter(None, [words, *given_up])) or False
            self._committed({"delivery": "partly" if words else False}, source, left=words or "")
        else:
            kinds = [found.kind for found in explained.values()]
            kind = next((kind for kind in kinds if kind in _OF_THE_SERVER), smtp_errors.ADDRESS)
            raise SendingFailed(
                kind, "\n".join(dict.fromkeys(found.sentence for found in explained.values()))
            )

    def _again_values(self, words):
        wait = min(_FIRST_WAIT * 2**self.tries, _LONGEST_WAIT)
        return {
            "state": "queued",
            "problem": words,
            "tries": self.tries + 1,
            "retry_at": fields.Datetime.now() + datetime.timedelta(minutes=wait),
            "waits_for_sign_in": False,
        }

    def _failed(self, failure):
        """Remember why this message did not leave; what can be tried again is."""
        if failure.needs_connect and self.tries + 1 < _MOST_TRIES:
            self._wait_for_sign_in(failure)
            return
        if failure.kind == smtp_errors.TEMPORARY and self.tries + 1 < _MOST_TRIES:
            self._committed(self._again_values(failure.sentence))
            return
        if self.was_taken:
            words = "\n".join(filter(None, [self.refusals, failure.sentence]))
            self._committed({"delivery": "partly"}, left=words)
            return
        done = self._committed(
            {
                "state": "failed",
                "problem": failure.sentence,
                "retry_at": False,
                "tries": 0,
                "refusals": False,
                "recipients_left": False,
                "is_uncertain": failure.is_unknown,
            }
        )
        if done:
            self._tell_author()

    def _wait_for_sign_in(self, failure):
        """Keep this message waiting until the owner has connected the mailbox again."""
        words = self.env._(
            "%(reason)s The mail waits, and leaves by itself once the mailbox is connected again.",
            reason=failure.sentence,
        )
        is_first = not self.tries
        if not self._committed(self._again_values(words)):
            return
        # what the provider refused is seen from now on; where an administrator has to repair
        # something, nobody connects again
        if self.mailbox_id._needs_connect():
            self._committed({"waits_for_sign_in": True})
        if is_first:
            self._tell_author(is_waiting=True)

    def _committed(self, values, source=b"", left=None):
        """Write *values* and commit; what collides with somebody else's change is tried again.

        :param source: the mail as it left, for the Sent folder
        :param left: it has left; what is to be said of that, or ""
        :return: False where the message is gone
        """
        for attempt in range(_TRIES):
            try:
                message = self.exists()
                if not message:
                    return False
                message.write(values)
                if source:
                    message._remember_copy(source)
                if left is not None:
                    message._left(left)
                self.env.flush_all()
                self.env["ir.cron"]._commit_progress()
                return True
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if attempt + 1 == _TRIES:
                    raise
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
        return False

    def _left(self, words=""):
        """This message is with the server of its recipients."""
        self.ensure_one()
        body = self.body
        if self.quote and self.with_quote:
            # what left is what is read
            body = (body or "") + self.quote
        self.write(
            {
                "state": "sent",
                "date": fields.Datetime.now(),
                "body": body,
                "quote": False,
                "problem": words or False,
                "recipients_left": False,
                "was_taken": False,
                "refusals": False,
                "retry_at": False,
                "is_uncertain": False,
            }
        )
        original = self.parent_id
        if original.direction == "in" and self.answer_kind in ("reply", "reply_all"):
            if not original.is_answered:
                original.is_answered = True

    def _remember_copy(self, source):
        """Put the mail aside for the Sent folder."""
        mailbox = self.mailbox_id
        if mailbox.sent_copy == "no" or mailbox.protocol != "imap" or not mailbox.host:
            return
        info = SenderInfo(mailbox._name, mailbox.id, mailbox.sent_copy, 0)
        self.env["helpdesk.sent.copy"]._remember(info, source)

    def _tell_author(self, is_waiting=False):
        """Tell whoever wrote it that it did not leave; not a word of what it is about."""
        users = self.author_user_id or self.mailbox_id.user_id
        title = self.env._("A mail was not sent")
        words = self.env._("It stands among your drafts, with the reason.")
        if is_waiting:
            title = self.env._("A mail waits")
            words = self.env._(
                "The mailbox is not connected any more. The mail leaves once its owner has "
                "connected it again."
            )
        for user in users:
            user._bus_send(
                "simple_notification",
                {
                    "type": "danger",
                    "sticky": True,
                    "title": title,
                    "message": words,
                },
            )

    def _unknown_words(self):
        return self.env._(
            "Sending was interrupted while the server took the mail: it may have left, or not. "
            "Look into the Sent folder or ask the receiver; then send it again, or note that it "
            "has left."
        )


class HelpdeskMailbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox"  # pylint: disable=consider-merging-classes-inherited

    def _cron_send(self):
        """Send what is due; what the scheduled action runs, and nobody else at the same time."""
        mailbox = self.exists()._helpdesk_mail_unsealed__()
        if not mailbox or not mailbox._is_sending():
            return
        Message = mailbox.env["helpdesk.mailbox.message"]
        Cron = mailbox.env["ir.cron"]
        mailbox._settle_interrupted()
        now = fields.Datetime.now()
        wanted = fields.Domain("retry_at", "=", False) | fields.Domain("retry_at", "<=", now)
        if not mailbox._needs_connect():
            # at once, and not when it would have been tried again
            wanted |= fields.Domain("waits_for_sign_in", "=", True)
        wanted &= fields.Domain([("mailbox_id", "=", mailbox.id), ("state", "=", "queued")])
        due = Message.search(wanted, order="id", limit=_BATCH + 1)
        more, due = len(due) > _BATCH, due[:_BATCH]
        line = Line(mailbox)
        try:
            left = mailbox._send_due(due, line)
        finally:
            line.close()
        Cron._commit_progress(len(due), remaining=0)
        mailbox._wake_for_next(at_once=more or left)

    def _send_due(self, due, line):
        """Send the messages *due*: whether some had to be left for another run."""
        failure = None
        for message in due:
            # other people work as well
            message.invalidate_recordset()
            if not message.exists() or message.state != "queued":
                continue
            if failure:
                # a wrong password that is repeated locks accounts
                message._failed(failure)
                continue
            if not self._may_send(message):
                break
            try:
                message._send(line)
            except SendingFailed as error:
                message._failed(error)
                failure = error if error.of_server else None
            except (psycopg2.Error, MemoryError):
                raise
            except Exception as error:
                # what it says is in no log
                _logger.warning(
                    "A private mail could not be put together (%s)", type(error).__name__
                )
                words = self.env._("The mail could not be put together. Check its files and text.")
                message._failed(SendingFailed(smtp_errors.CONTENT, words))
            else:
                self._learn(line)
            if self.env["ir.cron"]._commit_progress() <= 0:
                return True
        return False

    def _may_send(self, message):
        """Whether the limit of mails a minute lets this one leave now; else it waits."""
        limit = self._most_per_minute()
        if not limit:
            return True
        text = ", ".join(filter(None, [message.email_to, message.email_cc, message.email_bcc]))
        size = len((message.recipients_left or "").split()) or len(mailbox_mail.addresses(text))
        # a count that is private as little as it is telling
        allowed, next_time = self.env["helpdesk.mail.sending"]._reserve(
            self._name, self.id, [max(size, 1)], limit
        )
        if not allowed:
            at = datetime.datetime.fromtimestamp(math.ceil(next_time), datetime.UTC)
            message._committed({"retry_at": at.replace(tzinfo=None)})
        return bool(allowed)

    def _learn(self, line):
        """Remember what the server says that it takes, for the next preflight."""
        if self.outgoing == "own":
            self.env["helpdesk.mail.sending"]._note_size_limit(self, line.size_limit)

    def _wake_for_next(self, at_once):
        """Let the scheduler come back when the next message is due."""
        if at_once:
            self._wake_sender()
            return
        waiting = self.env["helpdesk.mailbox.message"].search(
            [("mailbox_id", "=", self.id), ("state", "=", "queued")], order="retry_at", limit=1
        )
        if waiting:
            self._wake_sender(waiting.retry_at or None)

    def _settle_interrupted(self):
        """Find out what became of messages whose sender was stopped."""
        stopped = self.env["helpdesk.mailbox.message"].search(
            [("mailbox_id", "=", self.id), ("state", "=", "sending")]
        )
        if not stopped:
            return
        filed = self._filed(stopped.mapped("message_id"))
        for message in stopped:
            if message.message_id in filed:
                message._committed({}, left="")
            else:
                message._failed(
                    SendingFailed(smtp_errors.CONTENT, message._unknown_words(), is_unknown=True)
                )

    def _filed(self, message_ids):
        """Those of *message_ids* that stand in the Sent folder on the server."""
        if self.protocol != "imap" or not self.host:
            return set()
        try:
            with self.env["helpdesk.sent.copy"]._sent_folder(self) as (store, _folder):
                return {name for name in message_ids if store.holds(name)}
        except (TransportError, UserError) as error:
            _logger.info("The Sent folder of mailbox %s: %s", self.id, type(error).__name__)
            return set()
