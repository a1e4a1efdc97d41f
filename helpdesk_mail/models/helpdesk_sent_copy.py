# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Copies of sent mail on their way into the Sent folder of the account's mailbox.

A row is written in the transaction that sends the mail, and removed once the server holds it. The
folder is asked for the Message-ID before each copy, so a mail is there once: after a crash between
the server and our commit, for several recipients of one mail, and where the provider files sent
mail itself.
"""

import base64
import contextlib
import datetime
import email.parser
import email.policy
import logging

from odoo import fields, models
from odoo.exceptions import UserError

from ..transport import TransportError, find_sent_folder, open_store
from . import seal

_logger = logging.getLogger(__name__)

_BATCH = 50
_MOST_TRIES = 12
_FIRST_WAIT = 2  # minutes, doubled with each try: about five days in all
_LONGEST_WAIT = 24 * 60


class HelpdeskSentCopy(models.Model):
    """Those of personal mailboxes are sealed, as what they copy."""

    _name = "helpdesk.sent.copy"
    _description = "Copy of Sent Mail"
    _inherit = "helpdesk.mail.hidden"
    _order = "id"

    account_model = fields.Char(required=True)
    account_id = fields.Integer(required=True)
    message_id = fields.Char(required=True)
    raw = fields.Binary(attachment=True)
    sent_at = fields.Datetime(required=True)
    tries = fields.Integer()
    retry_at = fields.Datetime(index=True)
    error = fields.Char()

    # one copy of a mail, to however many people it went
    _unique_message = models.UniqueIndex("(account_model, account_id, message_id)")

    def _of(self, accounts):
        """The copies of *accounts* (of one model)."""
        return self.search(
            [("account_model", "=", accounts._name), ("account_id", "in", accounts.ids)]
        )

    def _remember(self, account, source):
        """Put a mail that has left aside for the Sent folder of *account* (a SenderInfo)."""
        header = email.parser.BytesHeaderParser(policy=email.policy.compat32).parsebytes(source)
        automatic = str(header.get("Auto-Submitted") or "no").strip().lower() != "no"
        if automatic and account.sent_copy != "all":
            return
        message_id = "".join(str(header.get("Message-ID") or "").split()).strip("<>")[:500]
        if not message_id:
            return
        known = self.search_count(
            [
                ("account_model", "=", account.model),
                ("account_id", "=", account.id),
                ("message_id", "=", message_id),
            ],
            limit=1,
        )
        if known:
            return
        self.create(
            {
                "account_model": account.model,
                "account_id": account.id,
                "message_id": message_id,
                "sent_at": fields.Datetime.now(),
                # the binary field wants base64; the attachment holds the octets
                "raw": base64.b64encode(source),
            }
        )
        self.env.ref("helpdesk_mail.ir_cron_sent_copies")._trigger()

    # ------------------------------------------------------------------
    # filing
    # ------------------------------------------------------------------

    def _cron_file(self):
        """File what waits, account by account; an account that fails holds up no other."""
        # for the scheduler, which works for all and shows nothing to anybody
        self = seal.opened(self)
        Cron = self.env["ir.cron"]
        due = [("raw", "!=", False), "|", ("retry_at", "=", False)]
        due.append(("retry_at", "<=", fields.Datetime.now()))
        groups = self._read_group(due, ["account_model", "account_id"], ["id:recordset"])
        left = sum(len(copies) for *_account, copies in groups)
        Cron._commit_progress(remaining=left)
        for model, account_id, copies in groups:
            account = None
            if model in self.env:
                account = self.env[model].browse(account_id).exists()._helpdesk_mail_unsealed__()
            for place in range(0, len(copies), _BATCH):
                some = copies[place : place + _BATCH]
                works = some._file(account)
                if not Cron._commit_progress(len(some)) or not works:
                    break

    def _file(self, account):
        """File these copies of *account*: whether its server could be used."""
        # another worker is at them
        mine = self.try_lock_for_update()
        if not account or not mine:
            (mine if not account else self.browse()).unlink()
            return True
        try:
            with self._sent_folder(account) as (store, folder):
                for copy in mine:
                    copy._file_one(store, folder)
        except (TransportError, UserError) as error:
            mine.exists()._later(str(error))
            return False
        return True

    @contextlib.contextmanager
    def _sent_folder(self, account):
        """The connection to the mailbox of *account* and the name of its Sent folder, selected.

        :raise UserError: it has none
        :raise TransportError: the server cannot be used
        """
        with open_store(account._helpdesk_mail_settings()) as store:
            folder = store.protocol == "imap" and (
                account.sent_folder or find_sent_folder(store.folders())
            )
            if not folder:
                raise UserError(
                    self.env._(
                        "The mailbox has no folder for sent mail. Name one in the settings, or "
                        "make one called Sent."
                    )
                )
            store.select(folder)
            yield store, folder

    def _file_one(self, store, folder):
        if not store.holds(self.message_id):
            received_at = self.sent_at.replace(tzinfo=datetime.UTC)
            store.append(folder, self._octets(), seen=True, received_at=received_at)
        self._note(False)
        self.unlink()
        # what the server holds is known here even if a later copy fails
        self.env["ir.cron"]._commit_progress()

    def _later(self, error):
        """Remember why, and try again: sending is never held up by this."""
        for copy in self:
            copy._note(error)
            tries = copy.tries + 1
            if tries > _MOST_TRIES:
                _logger.warning("Gave up filing a sent mail of %s %s: %s", *copy._names(), error)
                copy.unlink()
                continue
            wait = min(_FIRST_WAIT * 2 ** (tries - 1), _LONGEST_WAIT)
            retry_at = fields.Datetime.now() + datetime.timedelta(minutes=wait)
            copy.write({"tries": tries, "error": error[:500], "retry_at": retry_at})
        if self.exists():
            cron = self.env.ref("helpdesk_mail.ir_cron_sent_copies")
            cron._trigger(min(self.exists().mapped("retry_at")))

    def _note(self, problem):
        """Let whoever wrote a private mail see why it is not in the Sent folder."""
        if self.account_model != seal.MAILBOX:
            return
        messages = self.env[seal.MESSAGE].search(
            [("mailbox_id", "=", self.account_id), ("message_id", "=", self.message_id)]
        )
        changed = messages.filtered(lambda message: (message.filing_problem or False) != problem)
        changed.filing_problem = problem and problem[:500]

    def _names(self):
        return self.account_model, self.account_id

    def _octets(self):
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id), ("res_field", "=", "raw")]
        )
        return attachment.raw
