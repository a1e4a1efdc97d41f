# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""When a mailbox goes, or its owner leaves: nothing stays behind."""

from odoo import fields, models

from . import seal

_BATCH = 500


class HelpdeskMailbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox"  # pylint: disable=consider-merging-classes-inherited

    def unlink(self):
        """Delete for good, with the files of all messages; the mail server keeps its own."""
        self.check_access("unlink")
        for mailbox in self:
            self._check_owner_of(mailbox.user_id.id)
        # whoever deletes a mailbox deletes what is in it, and sees nothing of it
        mailboxes = seal.opened(self)
        mailboxes._unlink_contents()
        mailboxes.own_server_id.unlink()
        return super().unlink()

    def _unlink_contents(self):
        """Messages and their files, a batch at a time: the database would take the messages along,
        and forget the files.
        """
        Message = self.env["helpdesk.mailbox.message"]
        Attachment = self.env["ir.attachment"]
        # what the journal says of them goes with the mailbox: no tombstones are needed
        self.env["helpdesk.incoming.mail"].search([("mailbox_id", "in", self.ids)]).unlink()
        while messages := Message.search(
            [("mailbox_id", "in", self.ids)], limit=_BATCH, order="id"
        ):
            files = [("res_model", "=", Message._name), ("res_id", "in", messages.ids)]
            Attachment.search(files).unlink()
            models.Model.unlink(messages)
            self.env.invalidate_all(flush=False)

    def _pause_for(self, users):
        """Stop reading the mail of users who left."""
        mailboxes = seal.opened(self).search(
            [("user_id", "in", users.ids), ("state", "in", ("active", "failed"))]
        )
        if mailboxes:
            mailboxes.write({"state": "paused"})
        # whoever left looks into no mailbox any more
        openings = self.env["helpdesk.mailbox.glass"].sudo()
        openings.search(
            [("user_id", "in", users.ids), ("until", ">", fields.Datetime.now())]
        ).until = fields.Datetime.now()
