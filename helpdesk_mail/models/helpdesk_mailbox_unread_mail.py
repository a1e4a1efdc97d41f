# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Private mail that could not be read: how much, and another try.

Its source stays on the server and nothing of it is kept here, so another try fetches it again. The
journal is nobody's to read; the owner sees a number.
"""

from odoo import fields, models
from odoo.exceptions import UserError

from .. import intake
from ..intake import private, reasons
from ..transport import TransportError, open_store
from . import seal

_JOURNAL = "helpdesk.incoming.mail"
# in one click
_MOST = 200
_BATCH = 20


class HelpdeskMailbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox"  # pylint: disable=consider-merging-classes-inherited

    quarantined_count = fields.Integer(
        string="Could not be read",
        compute="_compute_quarantined_count",
        help="The mail server still has these messages. Retry once the cause is gone.",
    )

    def _compute_quarantined_count(self):
        # of mailboxes that the user sees: a number
        counts = dict(
            seal.opened(self.env[_JOURNAL])._read_group(
                [("mailbox_id", "in", self.ids), ("outcome", "=", reasons.QUARANTINED)],
                ["mailbox_id"],
                ["__count"],
            )
        )
        counts = {mailbox.id: count for mailbox, count in counts.items()}
        for mailbox in self:
            mailbox.quarantined_count = counts.get(mailbox.id, 0)

    def action_retry_quarantined(self):
        """Fetch the messages that could not be read once more, and tell what came of it.

        :raise AccessError: these are not the user's own
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        rows = self._quarantined__()
        if not rows:
            raise UserError(self.env._("There is no message that could not be read."))
        try:
            gone = self._retry_quarantined(rows)
        except TransportError as error:
            raise UserError(str(error)) from None
        rows.invalidate_recordset(["outcome"])
        left = len(rows.filtered(lambda row: row.outcome == reasons.QUARANTINED))
        words = self.env._(
            "%(read)s read, %(left)s still not.", read=len(rows) - left - gone, left=left
        )
        if gone:
            words += " " + self.env._("%s are no longer on the server.", gone)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if left else "success",
                "message": words,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _quarantined__(self):
        """The rows of the journal, with the seal open, as the scheduler has it."""
        root = self.with_user(self.env.ref("base.user_root"))._helpdesk_mail_unsealed__()
        return root.env[_JOURNAL].search(
            [
                ("mailbox_id", "=", self.id),
                ("outcome", "=", reasons.QUARANTINED),
                ("server_uid", "!=", False),
            ],
            order="id",
            limit=_MOST,
        )

    def _retry_quarantined(self, rows):
        """Take in what the server still has of *rows*: how many it has no more."""
        mailbox = rows.mailbox_id
        gone = rows.browse()
        with open_store(mailbox._helpdesk_mail_settings()) as store:
            for folder, some in rows.grouped("folder_id").items():
                if not folder:
                    gone += some
                    continue
                state = store.select(folder.name)
                by_uid = {}
                for row in some:
                    uidvalidity, _colon, uid = row.server_uid.rpartition(":")
                    if mailbox.protocol == "pop3":
                        uidvalidity, uid = state.uidvalidity, row.server_uid
                    if uidvalidity == state.uidvalidity:
                        by_uid[uid] = row
                # under another UIDVALIDITY, the next visit recognises it first
                gone += self._retry_in(store, folder, by_uid)
        gone.write(
            {
                "outcome": reasons.IGNORED,
                "reason": "private_gone",
                "explanation": reasons.sentence(self.env, "private_gone", {}),
            }
        )
        return len(gone)

    def _retry_in(self, store, folder, by_uid):
        """Take in what an open folder still has of *by_uid* (UID -> row): the rows of others."""
        mailbox = folder.mailbox_id
        door = intake.Door(mailbox, folder, mailbox.protocol, keep_raw=mailbox.protocol == "pop3")
        uids, met = list(by_uid), set()
        for start in range(0, len(uids), _BATCH):
            for raw in store.fetch(
                uids[start : start + _BATCH], max_size=mailbox.max_size_mb * 2**20
            ):
                met.add(raw.uid)
                [item] = private.take_in(mailbox.env, door, [raw], journal_ids=[by_uid[raw.uid].id])
                if item.outcome != reasons.QUARANTINED and mailbox._helpdesk_mail_marks_seen():
                    waiting = filter(None, (folder.pending_acknowledge or "").split(","))
                    folder.pending_acknowledge = ",".join({*waiting, raw.uid})
        # what the server has and does not hand out stays what it is
        met.update(store.all_uids())
        return folder.env[_JOURNAL].union(*(row for uid, row in by_uid.items() if uid not in met))
