# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What *Find* and *Load* show to the owner of a mailbox, to choose from. Sealed as the mailbox."""

from odoo import api, fields, models

from ..models.helpdesk_inbox_setup import found_answers, found_servers, provider_of


class HelpdeskMailboxFind(models.TransientModel):
    _name = "helpdesk.mailbox.find"
    _description = "Mail Servers of a Personal Mailbox"
    _inherit = "helpdesk.mail.sealed"

    mailbox_id = fields.Many2one(
        "helpdesk.mailbox", required=True, readonly=True, ondelete="cascade"
    )
    email = fields.Char(string="Address", readonly=True)
    provider = fields.Char(readonly=True)
    nothing_works = fields.Boolean(readonly=True)
    server_ids = fields.One2many("helpdesk.mailbox.find.server", "find_id", readonly=True)
    answer_ids = fields.One2many("helpdesk.mailbox.find.answer", "find_id", readonly=True)

    def _compute_display_name(self):
        self.display_name = self.env._("Find the settings")

    @api.model
    def _of_search(self, mailbox, email, found):
        """The dialog for a Discovery; the best server for each way is chosen."""
        servers = found_servers(found, email)
        chosen = set()
        for values in servers:
            way = "out" if values["protocol"] == "smtp" else "in"
            values["mailbox_id"] = mailbox.id
            if values["works"] and way not in chosen:
                chosen.add(way)
                values["is_chosen"] = True
        answers = found_answers(self.env, found)
        return self.create(
            {
                "mailbox_id": mailbox.id,
                "email": email,
                "provider": provider_of(found),
                "nothing_works": not chosen,
                "server_ids": [fields.Command.create(values) for values in servers],
                "answer_ids": [
                    fields.Command.create({**values, "mailbox_id": mailbox.id})
                    for values in answers
                ],
            }
        )

    def _screen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Find the settings"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_use(self):
        """Take the chosen servers."""
        self.ensure_one()
        self.mailbox_id._helpdesk_mail_check_manage()
        for server in self.server_ids.filtered("is_chosen"):
            self.mailbox_id.write(server._account_values(self.email, self.provider))
        return {"type": "ir.actions.client", "tag": "soft_reload"}


class HelpdeskMailboxFindServer(models.TransientModel):
    _name = "helpdesk.mailbox.find.server"
    _description = "Mail server that was found for a mailbox"
    _inherit = ["helpdesk.mail.sealed", "helpdesk.mail.found.server"]
    _order = "sequence, id"

    find_id = fields.Many2one("helpdesk.mailbox.find", required=True, ondelete="cascade")
    mailbox_id = fields.Many2one("helpdesk.mailbox", required=True, ondelete="cascade")
    is_chosen = fields.Boolean(string="Use", readonly=True)

    def action_choose(self):
        """Take this server instead of the one that was chosen for its way."""
        self.ensure_one()
        self.mailbox_id._helpdesk_mail_check_manage()
        for other in self.find_id.server_ids:
            if (other.protocol == "smtp") == (self.protocol == "smtp"):
                other.is_chosen = other == self
        return self.find_id._screen()


class HelpdeskMailboxFindAnswer(models.TransientModel):
    _name = "helpdesk.mailbox.find.answer"
    _description = "What was asked for the servers of a mailbox"
    _inherit = ["helpdesk.mail.sealed", "helpdesk.mail.found.answer"]
    _order = "sequence, id"

    find_id = fields.Many2one("helpdesk.mailbox.find", required=True, ondelete="cascade")
    mailbox_id = fields.Many2one("helpdesk.mailbox", required=True, ondelete="cascade")


class HelpdeskMailboxFolders(models.TransientModel):
    _name = "helpdesk.mailbox.folders"
    _description = "Folder of Sent Mail"
    _inherit = "helpdesk.mail.sealed"

    mailbox_id = fields.Many2one(
        "helpdesk.mailbox", required=True, readonly=True, ondelete="cascade"
    )
    line_ids = fields.One2many("helpdesk.mailbox.folders.line", "folders_id", readonly=True)

    def _compute_display_name(self):
        self.display_name = self.env._("Folder of sent mail")

    @api.model
    def _of_server(self, mailbox, folders):
        """The dialog for the folders (of transport) that a server has."""
        uses = dict(self.env["helpdesk.mailbox.folders.line"]._fields["special_use"].selection)
        folders = sorted(folders, key=lambda one: (one.name.upper() != "INBOX", one.name.lower()))
        return self.create(
            {
                "mailbox_id": mailbox.id,
                "line_ids": [
                    fields.Command.create(
                        {
                            "mailbox_id": mailbox.id,
                            "name": folder.name,
                            "special_use": folder.special_use
                            if folder.special_use in uses
                            else False,
                        }
                    )
                    for folder in folders[:500]
                ],
            }
        )

    def _screen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Which folder holds what you sent?"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class HelpdeskMailboxFoldersLine(models.TransientModel):
    _name = "helpdesk.mailbox.folders.line"
    _description = "Folder of a mailbox's server"
    _inherit = "helpdesk.mail.sealed"
    _order = "id"

    folders_id = fields.Many2one("helpdesk.mailbox.folders", required=True, ondelete="cascade")
    mailbox_id = fields.Many2one("helpdesk.mailbox", required=True, ondelete="cascade")
    name = fields.Char(string="Folder", required=True, readonly=True)
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

    def action_use(self):
        """Take this folder as the one of sent mail."""
        self.ensure_one()
        self.mailbox_id._helpdesk_mail_check_manage()
        self.mailbox_id.sent_folder = self.name
        return {"type": "ir.actions.client", "tag": "soft_reload"}
