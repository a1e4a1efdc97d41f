# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read marks of private mail follow both ways (:mod:`.fetcher_flags` talks to the server).

Whatever writes a mark here, by whatever button, is noted with the message in the same transaction;
the visit that is called right after it tells the server.
"""

from odoo import fields, models
from odoo.tools import SQL

from . import seal
from .fetcher_flags import FLAGS, HEARD


class HelpdeskMailboxMessage(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox.message"  # pylint: disable=consider-merging-classes-inherited

    flags_to_tell = fields.Char(
        readonly=True, copy=False, help="Letters of the marks that the server does not know yet."
    )

    _flags_to_tell = models.Index("(folder_id, id) WHERE flags_to_tell IS NOT NULL")

    def write(self, vals):
        """Remember which marks the server is to be told of."""
        names = FLAGS.keys() & vals.keys()
        if not names or self.env.context.get(HEARD) or not seal.is_open(self.env):
            return super().write(vals)
        changed = {
            FLAGS[name][0]: self.filtered(lambda m, name=name: m[name] != bool(vals[name]))
            for name in names
        }
        result = super().write(vals)
        for letter, messages in changed.items():
            told = messages.filtered(
                # what one has sent is read, here and there
                lambda m, letter=letter: letter != "S" or m.direction == "in"
            )._tell_flags(letter)
            told.mailbox_id._helpdesk_mail_visit_soon()
        return result

    def _tell_flags(self, letter):
        """Let the next visit tell the server of this mark: the messages that it is told of.

        Called with the seal open.
        """
        messages = self.filtered(
            lambda m: m.server_uid and m.folder_id and m.mailbox_id._helpdesk_mail_follows_flags()
        )
        for before, some in messages.grouped("flags_to_tell").items():
            if letter not in (before or ""):
                some.write({"flags_to_tell": "".join(sorted({letter, *(before or "")}))})
        return messages


class HelpdeskMailbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox"  # pylint: disable=consider-merging-classes-inherited

    def write(self, vals):
        result = super().write(vals)
        if "sync_flags" in vals:
            # the next visit compares all, and keeps the marks of both sides
            self._helpdesk_mail_folders().write({"flags_mark": False})
        return result

    def _helpdesk_mail_follows_flags(self):
        self.ensure_one()
        return bool(self.sync_flags and self.protocol == "imap")

    def _helpdesk_mail_marks_seen(self):
        # else everything that arrives would come back as read
        return super()._helpdesk_mail_marks_seen() and not self._helpdesk_mail_follows_flags()

    def _helpdesk_mail_visit_soon(self):
        """Let the scheduler visit the servers of these mailboxes now."""
        # sudo: calls the mailbox's own scheduled action
        crons = seal.opened(self).filtered(lambda m: m.state == "active").cron_id.sudo()
        if not crons:
            return
        called = (
            self.env["ir.cron.trigger"]
            .sudo()
            .search([("cron_id", "in", crons.ids), ("call_at", "<=", fields.Datetime.now())])
        )
        for cron in (crons - called.cron_id).filtered("active"):
            cron._trigger()

    def _helpdesk_mail_due(self):
        """Leave those out of a round whose server is to be told of a mark: they are visited."""
        due = super()._helpdesk_mail_due()
        if not due:
            return due
        self.env["helpdesk.mailbox.message"].flush_model(["mailbox_id", "flags_to_tell"])
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT mailbox_id FROM helpdesk_mailbox_message"
                " WHERE flags_to_tell IS NOT NULL AND folder_id IN (SELECT id FROM"
                " helpdesk_mail_folder WHERE mailbox_id = ANY(%s))",
                due.ids,
            )
        )
        return due - self.browse(row[0] for row in rows)
