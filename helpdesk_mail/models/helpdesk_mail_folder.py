# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How far a folder on a mail server has been read."""

from odoo import fields, models


class HelpdeskMailFolder(models.Model):
    _name = "helpdesk.mail.folder"
    _description = "Mail Folder"
    # names of folders tell as much as subjects
    _inherit = "helpdesk.mail.hidden"

    inbox_id = fields.Many2one("helpdesk.inbox", ondelete="cascade", index=True)
    mailbox_id = fields.Many2one("helpdesk.mailbox", ondelete="cascade", index="btree_not_null")
    company_id = fields.Many2one(related="inbox_id.company_id", store=True)
    name = fields.Char(required=True)
    # 32 bits without sign do not fit an integer of the database
    uidvalidity = fields.Char()
    last_uid = fields.Float(
        digits=(10, 0),
        default=0,
        help="Every message up to this UID is accounted for, but for those up to older_uid.",
    )
    # the first visit to a large folder takes in the newest first (models.fetcher_older)
    older_uid = fields.Float(
        digits=(10, 0), default=0, help="Messages up to this UID wait for their turn."
    )
    first_total = fields.Integer(help="How many messages there were to take in at the beginning.")
    flags_mark = fields.Char(help="Up to which change of flags the server was heard.")
    start_uid = fields.Float(
        digits=(10, 0), default=0, help="Messages up to this UID are older than we want."
    )
    in_flight = fields.Char(
        help="The messages being processed: a run that leaves this set was stopped."
    )
    crashes = fields.Integer(help="How often a run was stopped with the same messages in flight.")
    pending_acknowledge = fields.Char(
        help="Messages taken in whose flags the server does not know yet."
    )

    # what the server said of the folder (transport.probe): before the last whole visit, and lately
    visited_mark = fields.Char()
    probed_mark = fields.Char()
    visited_at = fields.Datetime(help="The end of the last visit that looked at everything.")
    pending_moves = fields.Json(
        help="Messages taken in that the server has not yet moved: folder -> their UIDs."
    )

    backlog = fields.Integer(help="Messages on the server that were not taken in yet.")

    _unique_name = models.UniqueIndex("(inbox_id, name) WHERE inbox_id IS NOT NULL")
    _unique_mailbox_name = models.UniqueIndex("(mailbox_id, name) WHERE mailbox_id IS NOT NULL")

    def _backlog_by(self, mark):
        """How many messages a server's *mark* says are new, at the most; None where it says
        nothing.
        """
        self.ensure_one()
        if self.older_uid:
            return None
        # IMAP: UIDVALIDITY:UIDNEXT[:unread[:flags]] (transport.imap_flags)
        parts = (mark or "").split(":")
        if len(parts) not in (2, 3, 4) or parts[0] != self.uidvalidity or not parts[1].isdigit():
            return None
        if mark == self.visited_mark:
            return 0
        new = max(int(parts[1]) - 1 - int(self.last_uid), 0)
        return min(new, int(parts[2])) if len(parts) > 2 and parts[2].isdigit() else new

    def _has_nothing_new(self, since):
        """Whether the server says that nothing came after the last whole visit, which ended after
        *since* (naive UTC), and nothing of an earlier visit waits for the next one.
        """
        self.ensure_one()
        return bool(
            self.probed_mark
            and self.probed_mark == self.visited_mark
            and self.visited_at
            and self.visited_at > since
            and not (
                self.in_flight
                or self.crashes
                or self.older_uid
                or self.pending_acknowledge
                or self.pending_moves
            )
        )
