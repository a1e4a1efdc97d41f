# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How mail of a personal mailbox leaves: its own server, or the system's; and trying it."""

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import config

from ..intake.addresses import format_address, is_one_address, normalize
from .helpdesk_mail_account_outgoing import SenderInfo

_USER = "base.group_user"
_ICONS = {
    "danger": "fa-exclamation-circle",
    "warning": "fa-exclamation-triangle",
    "info": "fa-info-circle",
    "success": "fa-check",
}
_ENCRYPTIONS = {
    "ssl_strict": ("ssl", True),
    "ssl": ("ssl", False),
    "starttls_strict": ("starttls", True),
    "starttls": ("starttls", False),
}


class HelpdeskMailbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox"  # pylint: disable=consider-merging-classes-inherited

    outgoing = fields.Selection(
        [("system", "Use system SMTP"), ("own", "A server of my own")], groups=_USER
    )
    outgoing_notes = fields.Html(compute="_compute_outgoing_notes", sanitize=False, groups=_USER)
    sent_copy_waiting = fields.Integer(compute="_compute_sent_copies", groups=_USER)
    sent_copy_error = fields.Char(compute="_compute_sent_copies", groups=_USER)

    def _helpdesk_mail_sender_rows(self):
        """None: by their From alone, mails of everybody would be filed in the Sent folder of
        whoever enters that address. What a mailbox sends says so itself
        (``helpdesk_mail_sender`` in the context of ``ir.mail_server``).
        """
        return {}

    # ------------------------------------------------------------------
    # the system's server
    # ------------------------------------------------------------------

    def _system_server(self):
        """What Odoo sends the owner's mail through where it goes through no server of its own.

        :return: (``ir.mail_server``, empty for the one of the configuration file; From, which is
            another address than the owner's where that server does not send for it)
        """
        self.ensure_one()
        Server = self._outgoing_server_env()
        # no colleague's personal server, and none of an inbox or another mailbox
        everybodys = Server.search(
            [("owner_user_id", "=", False), ("helpdesk_account_id", "=", False)]
        )
        email = normalize(self.email)
        server, smtp_from = Server._find_mail_server(email, mail_servers=everybodys)
        server = (server or Server).with_env(Server.env)
        return self._helpdesk_mail_envelope(server, smtp_from, email, email)[:2]

    @api.model
    def _system_server_values(self, server):
        """The settings of a system's server as a mailbox has them, without what signs in to it."""
        if server and server.smtp_authentication != "cli":
            encryption, verify = _ENCRYPTIONS.get(server.smtp_encryption, ("none", True))
            values = {"smtp_host": server.smtp_host, "smtp_port": server.smtp_port}
            signs_in = bool(server.smtp_user)
        else:
            encryption = "starttls" if config["smtp_ssl"] else "none"
            verify = False
            values = {"smtp_host": config["smtp_server"], "smtp_port": config["smtp_port"]}
            signs_in = bool(config["smtp_user"])
        return {
            **values,
            "outgoing": "system",
            "smtp_encryption": encryption,
            "smtp_verify_certificate": verify,
            # its user and password are the system's: whoever takes a server of their own enters
            # their own
            "smtp_login": "password" if signs_in else "none",
            "smtp_username": False,
        }

    def _check_sender_address(self):
        """The address that mail will leave from.

        :raise UserError: it is none, or no full one
        """
        self.ensure_one()
        if not self.email or not is_one_address(self.email):
            raise UserError(
                self.env._(
                    "Enter your address in full first, like username@example.com: exactly this "
                    "address is what your mail leaves from, and not your user name."
                )
            )
        server, sender = self._system_server() if self.outgoing == "system" else (None, self.email)
        if not is_one_address(sender):
            raise UserError(
                self.env._(
                    "The system's outgoing server (%(server)s) would send your mail from "
                    "%(sender)s, which is no full address like username@example.com. Ask an "
                    "administrator to correct it, or use a server of your own.",
                    server=self._peer_of(server),
                    sender=sender or "—",
                )
            )
        return sender

    def _peer_of(self, server):
        if server:
            return server._helpdesk_mail_peer()
        return f"{config['smtp_server']}:{config['smtp_port']}"

    def action_use_system_smtp(self):
        """Copy the settings of the system's outgoing server, and check the sender's address.

        :raise UserError: mail could not leave from a full address
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        if not normalize(self.email):
            self._check_sender_address()
        server, _sender = self._system_server()
        self.write({**self._system_server_values(server), "send_enabled": True})
        sender = self._check_sender_address()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if sender == normalize(self.email) else "warning",
                "title": self.env._("Your mail leaves through the system's server"),
                "message": self.env._(
                    "%(server)s sends it from %(sender)s.",
                    server=self._peer_of(server),
                    sender=sender,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.onchange("outgoing", "send_enabled")
    def _onchange_outgoing(self):
        """Show the system's settings as soon as they are chosen."""
        if self.send_enabled and self.outgoing == "system" and normalize(self.email):
            server, _sender = self._system_server()
            self.update(self._system_server_values(server))

    # ------------------------------------------------------------------
    # what the receiver will see
    # ------------------------------------------------------------------

    def _outgoing_findings(self):
        self.ensure_one()
        email = normalize(self.email)
        if not email or not self.send_enabled:
            return []
        findings = []
        if self.outgoing == "system":
            server, sender = self._system_server()
            if sender != email:
                findings.append(
                    (
                        "warning",
                        self.env._(
                            "%(server)s does not send for %(email)s: your mail will leave from "
                            "%(sender)s. Use a server of your own, or ask an administrator to add "
                            "your address to its FROM filtering.",
                            server=self._peer_of(server),
                            email=email,
                            sender=sender or "—",
                        ),
                    )
                )
        elif not self.smtp_host:
            findings.append(
                ("danger", self.env._("Enter the outgoing server, or use the system's."))
            )
        reply_to = normalize(self.reply_to_email)
        if reply_to and reply_to not in self._own_addresses():
            findings.append(
                (
                    "info",
                    self.env._(
                        "Answers go to %(email)s. You see them here only if that mail reaches this "
                        "mailbox.",
                        email=reply_to,
                    ),
                )
            )
        if self.sent_copy != "no" and self.protocol != "imap":
            findings.append(
                ("warning", self.env._("What you send is put into a Sent folder by IMAP only."))
            )
        elif self.sent_copy != "no" and self._helpdesk_mail_files_itself():
            findings.append(
                (
                    "info",
                    self.env._(
                        "%(host)s puts sent mail into the Sent folder by itself: the copy is not "
                        "needed.",
                        host=self.smtp_host,
                    ),
                )
            )
        return findings

    @api.depends(
        "email", "send_enabled", "outgoing", "smtp_host", "reply_to_email", "sent_copy", "protocol"
    )
    def _compute_outgoing_notes(self):
        for mailbox in self:
            mailbox.outgoing_notes = Markup().join(
                Markup('<div class="text-%s mb-1"><i class="fa %s me-2" role="img"></i>%s</div>')
                % ("muted" if level == "info" else level, _ICONS[level], sentence)
                for level, sentence in mailbox._outgoing_findings()
            )

    def _compute_sent_copies(self):
        # sudo: how many wait and why, not what they say
        Copy = self.env["helpdesk.sent.copy"].sudo()
        for mailbox in self:
            waiting = Copy._of(mailbox._origin)
            mailbox.sent_copy_waiting = len(waiting)
            mailbox.sent_copy_error = waiting.filtered("error")[:1].error or False

    # ------------------------------------------------------------------
    # Test and send
    # ------------------------------------------------------------------

    def _helpdesk_mail_test_route(self):
        self._check_sender_address()
        info = SenderInfo(self._name, self.id, self.sent_copy, self.send_limit)
        Server = self._outgoing_server_env().with_context(helpdesk_mail_sender=info)
        email_from = format_address(self.user_id.name, normalize(self.email))
        if self.outgoing == "own":
            # sudo: this account's own server
            server = self.sudo().own_server_id.with_env(Server.env)
            if not server:
                raise UserError(
                    self.env._("Enter the outgoing server and save; then send the test mail.")
                )
            return Server, server, email_from
        server, _sender = self._system_server()
        return Server, server, email_from

    def _helpdesk_mail_test_content(self):
        return {
            "subject": self.env._("Test mail of your mailbox"),
            "body": self.env._(
                "This is a test mail from the personal mailbox of %(name)s. It shows that what you "
                "send arrives, and from whom it seems to be. Nothing is to be done.",
                name=self.user_id.name,
            ),
            "reply_to": self.reply_to_email or False,
            "headers": {"Return-Path": normalize(self.email)},
        }

    def action_send_test_mail(self):
        """Open the dialog that sends a test mail and shows each step.

        :raise UserError: mail could not leave from a full address
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        self._check_sender_address()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Test and send a test mail"),
            "res_model": "helpdesk.mailbox.test.mail",
            "view_mode": "form",
            "target": "new",
            "context": {"default_mailbox_id": self.id, "default_email_to": self.email},
        }
