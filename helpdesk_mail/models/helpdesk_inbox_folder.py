# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Further folders of a mailbox, each with what it gives to the tickets that its mail opens.

The folder named on the inbox itself is always read; a row with its name only adds settings to it.
How far each folder has been read stands in ``helpdesk.mail.folder``.
"""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from ..transport import TransportError, open_store

_MANAGER = "helpdesk_mail.group_mail_administrator"


class HelpdeskInboxFolder(models.Model):
    _name = "helpdesk.inbox.folder"
    _description = "Folder of an Inbox"
    _order = "sequence, id"
    _check_company_auto = True

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="inbox_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    name = fields.Char(
        string="Folder on the server",
        required=True,
        help="As the mail server names it, for instance Invoices or INBOX/Invoices.",
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        check_company=True,
        ondelete="set null",
        help="Mail of this folder opens tickets of this team. Empty: the inbox's team.",
    )
    tag_ids = fields.Many2many(
        "helpdesk.ticket.tag", string="Tags", help="New tickets of this folder get these tags."
    )
    template_id = fields.Many2one(
        "helpdesk.ticket.template",
        check_company=True,
        ondelete="set null",
        help="Fills the new tickets of this folder. Empty: the inbox's template.",
    )
    read_since = fields.Datetime(
        default=fields.Datetime.now,
        readonly=True,
        copy=False,
        help="Nobody is notified of mail that lay in the folder before.",
    )
    problem = fields.Char(compute="_compute_problem", help="Why the folder could not be read.")

    _unique_name = models.UniqueIndex(
        "(inbox_id, name)", "The inbox has this folder already. Archived ones count as well."
    )

    @api.depends("inbox_id", "name")
    def _compute_problem(self):
        # sudo: the states of folders that the user may read
        states = (
            self.env["helpdesk.mail.folder"]
            .sudo()
            .search_fetch([("inbox_id", "in", self.inbox_id.ids)], ["inbox_id", "name", "problem"])
        )
        found = {(state.inbox_id.id, state.name): state.problem for state in states}
        for folder in self:
            folder.problem = found.get((folder.inbox_id.id, folder.name), False)

    @api.constrains("name")
    def _check_name(self):
        for folder in self:
            if not folder.name.strip() or any(ord(char) < 32 for char in folder.name):
                raise ValidationError(
                    self.env._("%(name)s is no name of a folder.", name=folder.name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        folders = super().create(vals_list)
        self.env.registry.clear_cache()
        return folders

    def write(self, vals):
        if "name" in vals or vals.get("active"):
            # what came while nobody read it is no news
            vals = {**vals, "read_since": fields.Datetime.now()}
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

    @api.model
    @ormcache("inbox_id")
    def _settings_of(self, inbox_id):
        """Folder name -> (team id or False, tuple of tag ids, template id or False), of the folders
        of an inbox that have settings.
        """
        # sudo: intake asks, for whatever user brought the mail
        folders = self.sudo().search([("inbox_id", "=", inbox_id)])
        return {
            folder.name: (folder.team_id.id, tuple(folder.tag_ids.ids), folder.template_id.id)
            for folder in folders
            if folder.team_id or folder.tag_ids or folder.template_id
        }


class HelpdeskMailFolder(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mail.folder"  # pylint: disable=consider-merging-classes-inherited

    read_since = fields.Datetime(help="When somebody asked for this folder to be read.")
    problem = fields.Char(help="Why the folder could not be read, the last time.")


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    extra_folder_ids = fields.One2many(
        "helpdesk.inbox.folder", "inbox_id", string="Further folders", groups=_MANAGER, copy=True
    )

    def _helpdesk_mail_current_folders(self):
        first = super()._helpdesk_mail_current_folders()
        if self.protocol != "imap":
            return first
        wanted = self.extra_folder_ids.filtered(lambda folder: folder.name != first.name)
        if not wanted:
            return first
        State = self.env["helpdesk.mail.folder"]
        states = State.search([("inbox_id", "=", self.id), ("name", "in", wanted.mapped("name"))])
        states = {state.name: state for state in states}
        for folder in wanted:
            state = states.get(folder.name)
            if not state:
                values = {"inbox_id": self.id, "name": folder.name}
                state = State.create({**values, "read_since": folder.read_since})
            elif state.read_since != folder.read_since:
                state.read_since = folder.read_since
            first += state
        return first

    def _helpdesk_mail_folder_names(self):
        names = super()._helpdesk_mail_folder_names()
        if self.protocol == "imap":
            names += self.extra_folder_ids.mapped("name")
        return list(dict.fromkeys(names))

    def action_choose_folders(self):
        """Show the folders that the server has, to choose those that are read.

        :raise UserError: the server cannot be reached
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        if self.protocol != "imap":
            raise UserError(self.env._("A POP3 mailbox has no folders."))
        try:
            # sudo: the password goes to the server that it is for, and nowhere else
            with open_store(self.sudo()._helpdesk_mail_settings()) as store:
                folders = [folder for folder in store.folders() if folder.selectable]
        except TransportError as error:
            raise UserError(str(error)) from None
        wizard = self.env["helpdesk.inbox.folder.choose"]._of_server(self, folders)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Choose folders"),
            "res_model": wizard._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }
