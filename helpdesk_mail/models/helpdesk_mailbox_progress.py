# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How far the first reading of a personal mailbox has come, which may take hours or days."""

from odoo import fields, models

from . import seal


class HelpdeskMailbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox"  # pylint: disable=consider-merging-classes-inherited

    sync_waiting = fields.Integer(
        string="Messages to be taken in", compute="_compute_sync_progress"
    )
    sync_total = fields.Integer(string="Messages found", compute="_compute_sync_progress")
    sync_progress = fields.Float(string="Taken in (%)", compute="_compute_sync_progress")
    sync_words = fields.Char(string="Progress", compute="_compute_sync_progress")

    def _helpdesk_mail_newest_first(self):
        return True

    def _compute_sync_progress(self):
        # of mailboxes that the user sees: the numbers alone
        folders = seal.opened(self.env["helpdesk.mail.folder"]).search(
            [("mailbox_id", "in", self.ids)]
        )
        by_mailbox = folders.grouped(lambda folder: folder.mailbox_id.id)
        for mailbox in self:
            names = seal.opened(mailbox)._helpdesk_mail_folder_names()
            current = by_mailbox.get(mailbox.id, folders.browse()).filtered(
                lambda folder, names=names: folder.name in names
            )
            waiting = sum(current.mapped("backlog"))
            total = max(sum(f.first_total or f.backlog for f in current if f.older_uid), waiting)
            mailbox.sync_waiting = waiting
            mailbox.sync_total = total
            mailbox.sync_progress = 100.0 * (total - waiting) / total if total else 100.0
            mailbox.sync_words = (
                self.env._(
                    "%(done)s of %(total)s messages taken in, the newest first.",
                    done=total - waiting,
                    total=total,
                )
                if waiting
                else False
            )
