# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Choose the folders of a mailbox that are read, from those that the server has."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Command


class HelpdeskInboxFolderChoose(models.TransientModel):
    _name = "helpdesk.inbox.folder.choose"
    _description = "Choose Folders of an Inbox"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, readonly=True, ondelete="cascade")
    main_folder = fields.Char(string="Always read", readonly=True)
    line_ids = fields.One2many("helpdesk.inbox.folder.choose.line", "wizard_id", string="Folders")

    @api.model
    def _of_server(self, inbox, folders):
        """A dialog for *inbox* with *folders* (list of FolderInfo), those that are read ticked."""
        uses = dict(self.line_ids._fields["special_use"]._description_selection(self.env))
        read = inbox.extra_folder_ids.mapped("name")
        names = [folder.name for folder in folders]
        lines = [
            {
                "name": folder.name,
                "is_read": folder.name in read,
                "special_use": folder.special_use if folder.special_use in uses else False,
            }
            for folder in folders
            if folder.name != inbox.folder
        ]
        # what is read and no longer there stays on the list, so that it can be taken away
        gone = [name for name in read if name not in names and name != inbox.folder]
        lines += [{"name": name, "is_read": True, "is_gone": True} for name in gone]
        return self.create(
            {
                "inbox_id": inbox.id,
                "main_folder": inbox.folder,
                "line_ids": [Command.create(line) for line in lines],
            }
        )

    def action_apply(self):
        """Let the inbox read the folders that are ticked, and no others."""
        self.ensure_one()
        inbox = self.inbox_id
        if not self.env.user.has_group("helpdesk_mail.group_mail_administrator"):
            raise AccessError(self.env._("Only a mail administrator may do this."))
        inbox.check_access("write")
        wanted = list(
            dict.fromkeys(
                line.name.strip() for line in self.line_ids if line.is_read and line.name.strip()
            )
        )
        known = inbox.with_context(active_test=False).extra_folder_ids
        by_name = {folder.name: folder for folder in known}
        # a row with the name of the inbox's own folder only holds settings
        dropped = known.filtered(
            lambda folder: folder.name not in wanted and folder.name != inbox.folder
        )
        dropped.filtered("active").write({"active": False})
        for name in wanted:
            if name in by_name:
                if not by_name[name].active:
                    by_name[name].active = True
            elif name != inbox.folder:
                self.env["helpdesk.inbox.folder"].create({"inbox_id": inbox.id, "name": name})
        return {"type": "ir.actions.act_window_close"}


class HelpdeskInboxFolderChooseLine(models.TransientModel):
    _name = "helpdesk.inbox.folder.choose.line"
    _description = "Folder on the Server"

    wizard_id = fields.Many2one(
        "helpdesk.inbox.folder.choose", required=True, index=True, ondelete="cascade"
    )
    name = fields.Char(string="Folder", required=True)
    is_read = fields.Boolean(string="Read", default=True)
    is_gone = fields.Boolean(string="Not on the server", readonly=True)
    special_use = fields.Selection(
        [
            ("all", "All mail"),
            ("archive", "Archive"),
            ("drafts", "Drafts"),
            ("flagged", "Flagged"),
            ("important", "Important"),
            ("junk", "Junk"),
            ("sent", "Sent"),
            ("trash", "Trash"),
        ],
        string="Used for",
        readonly=True,
    )
