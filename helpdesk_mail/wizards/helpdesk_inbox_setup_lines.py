# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the guided set-up shows for a while: servers, questions, folders, rehearsed mails."""

from odoo import api, fields, models

from ..intake import reasons

_SOURCES = [
    ("autoconfig", "The domain's autoconfig file"),
    ("srv", "The domain's DNS (SRV)"),
    ("provider", "Known provider"),
    ("ispdb", "Thunderbird's database"),
    ("guess", "Usual name"),
]


class HelpdeskMailFoundServer(models.AbstractModel):
    """A server that *Find* found, for whatever kind of account."""

    _name = "helpdesk.mail.found.server"
    _description = "Mail server that was found"

    sequence = fields.Integer()
    protocol = fields.Selection(
        [("imap", "IMAP"), ("pop3", "POP3"), ("smtp", "SMTP")], required=True, readonly=True
    )
    host = fields.Char(string="Server", required=True, readonly=True)
    port = fields.Integer(readonly=True)
    encryption = fields.Selection(
        [("ssl", "SSL/TLS"), ("starttls", "STARTTLS")], required=True, readonly=True
    )
    username = fields.Char(readonly=True)
    oauth = fields.Boolean(string="OAuth", readonly=True)
    source = fields.Selection(_SOURCES, string="Named by", readonly=True)
    works = fields.Boolean(string="Answers", readonly=True)
    problem = fields.Char(string="What went wrong", readonly=True)

    def _account_values(self, email, provider):
        """The settings of an account that uses this server.

        :param email: the account's address, as user name where the server names none
        :param provider: as ``provider_of`` says
        """
        self.ensure_one()
        if self.protocol == "smtp":
            return {
                "outgoing": "own",
                "smtp_host": self.host,
                "smtp_encryption": self.encryption,
                "smtp_port": self.port,
                "smtp_login": "same",
            }
        values = {
            "protocol": self.protocol,
            "host": self.host,
            "encryption": self.encryption,
            "port": self.port,
            "username": self.username or email,
        }
        if provider in ("google", "microsoft") and self.oauth:
            values["oauth_provider"] = provider
        if provider == "microsoft" and self.oauth:
            # Exchange Online takes no password any more
            values["auth_method"] = "oauth2"
        return values


class HelpdeskInboxSetupServer(models.TransientModel):
    _name = "helpdesk.inbox.setup.server"
    _description = "Mail server that a set-up found"
    _inherit = "helpdesk.mail.found.server"
    _order = "sequence, id"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, index=True, ondelete="cascade")
    is_used = fields.Boolean(string="In use", compute="_compute_is_used")

    @api.depends(
        "inbox_id.host", "inbox_id.port", "inbox_id.protocol", "inbox_id.encryption",
        "inbox_id.smtp_host", "inbox_id.smtp_port", "inbox_id.outgoing",
    )  # fmt: skip
    def _compute_is_used(self):
        for server in self:
            inbox = server.inbox_id
            if server.protocol == "smtp":
                used = (inbox.outgoing, inbox.smtp_host, inbox.smtp_port)
                server.is_used = used == ("own", server.host, server.port)
            else:
                used = (inbox.protocol, inbox.host, inbox.port, inbox.encryption)
                server.is_used = used == (
                    server.protocol,
                    server.host,
                    server.port,
                    server.encryption,
                )

    def action_use(self):
        """Take this server."""
        self.inbox_id._helpdesk_mail_check_manage()
        self._use()
        return True

    def _use(self):
        for server in self:
            inbox = server.inbox_id
            inbox.write(server._account_values(inbox.email_normalized, inbox.setup_provider))


class HelpdeskMailFoundAnswer(models.AbstractModel):
    """Something that *Find* asked, and the answer."""

    _name = "helpdesk.mail.found.answer"
    _description = "What was asked for mail servers"

    sequence = fields.Integer()
    source = fields.Selection(
        [*_SOURCES, ("mx", "Who receives the mail (MX)"), ("probe", "Tried")], readonly=True
    )
    asked = fields.Char(readonly=True)
    found = fields.Boolean(readonly=True)
    answer = fields.Char(readonly=True)
    milliseconds = fields.Integer(string="ms", readonly=True)


class HelpdeskInboxSetupQuestion(models.TransientModel):
    _name = "helpdesk.inbox.setup.question"
    _description = "Question that a set-up asked"
    _inherit = "helpdesk.mail.found.answer"
    _order = "sequence, id"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, index=True, ondelete="cascade")


class HelpdeskInboxSetupFolder(models.TransientModel):
    _name = "helpdesk.inbox.setup.folder"
    _description = "Folder that a set-up found"
    _order = "id"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, index=True, ondelete="cascade")
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
    is_used = fields.Boolean(string="In use", compute="_compute_is_used")

    @api.depends("name", "inbox_id.folder")
    def _compute_is_used(self):
        for folder in self:
            folder.is_used = folder.name == folder.inbox_id.folder

    def action_use(self):
        """Read this folder."""
        self.ensure_one()
        self.inbox_id._helpdesk_mail_check_manage()
        self.inbox_id.folder = self.name
        return True


class HelpdeskInboxSetupMail(models.TransientModel):
    _name = "helpdesk.inbox.setup.mail"
    _description = "Mail of a rehearsal"
    _order = "id"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, index=True, ondelete="cascade")
    date = fields.Datetime(readonly=True)
    email_from = fields.Char(string="From", readonly=True)
    subject = fields.Char(readonly=True)
    outcome = fields.Selection(
        selection=lambda self: reasons.outcome_selection(self.env),
        string="Would become",
        readonly=True,
    )
    explanation = fields.Char(string="Why", readonly=True)
