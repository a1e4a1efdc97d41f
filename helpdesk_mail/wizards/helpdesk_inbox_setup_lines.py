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


class HelpdeskInboxSetupServer(models.TransientModel):
    _name = "helpdesk.inbox.setup.server"
    _description = "Mail server that a set-up found"
    _order = "sequence, id"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, index=True, ondelete="cascade")
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
            if server.protocol == "smtp":
                inbox.write(
                    {
                        "outgoing": "own",
                        "smtp_host": server.host,
                        "smtp_encryption": server.encryption,
                        "smtp_port": server.port,
                        "smtp_login": "same",
                    }
                )
                continue
            values = {
                "protocol": server.protocol,
                "host": server.host,
                "encryption": server.encryption,
                "port": server.port,
                "username": server.username or inbox.email_normalized,
            }
            if inbox.setup_provider in ("google", "microsoft") and server.oauth:
                values["oauth_provider"] = inbox.setup_provider
            if inbox.setup_provider == "microsoft" and server.oauth:
                # Exchange Online takes no password any more
                values["auth_method"] = "oauth2"
            inbox.write(values)


class HelpdeskInboxSetupQuestion(models.TransientModel):
    _name = "helpdesk.inbox.setup.question"
    _description = "Question that a set-up asked"
    _order = "sequence, id"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer()
    source = fields.Selection(
        [*_SOURCES, ("mx", "Who receives the mail (MX)"), ("probe", "Tried")], readonly=True
    )
    asked = fields.Char(readonly=True)
    found = fields.Boolean(readonly=True)
    answer = fields.Char(readonly=True)
    milliseconds = fields.Integer(string="ms", readonly=True)


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
