# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How the answers of an inbox look to who gets them: From, Reply-To, and what becomes of them."""

import string

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize

from ..intake import token as reply_token
from ..intake.addresses import format_address
from ..message.authentication.public_suffix import ascii_domain, same_organisation

_MANAGER = "helpdesk_mail.group_mail_administrator"
_PATTERNS = {
    "agent": "$agent",
    "agent_inbox": "$agent via $inbox",
    "agent_company": "$agent ($company)",
    "inbox": "$inbox",
    "company": "$company",
}
_WORDS = ("agent", "inbox", "company", "team")
# longer names are cut by mail programs, and used to hide the address behind them
_LONGEST_NAME = 100


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    sender_name = fields.Selection(
        [
            ("agent", "Agent"),
            ("agent_inbox", "Agent via Inbox"),
            ("agent_company", "Agent (Company)"),
            ("inbox", "Inbox"),
            ("company", "Company"),
            ("pattern", "Own pattern"),
        ],
        string="Sender's name",
        required=True,
        default="agent",
        groups=_MANAGER,
        help="The name before the address from which answers leave.",
    )
    sender_name_pattern = fields.Char(
        string="Pattern of the name",
        groups=_MANAGER,
        help="$agent, $inbox, $company and $team stand for the names of who writes, of this inbox, "
        "of its company and of its team.",
    )
    sender_name_example = fields.Char(compute="_compute_sender_name_example", groups=_MANAGER)
    reply_to_email = fields.Char(
        string="Reply-To",
        groups=_MANAGER,
        help="Customers answer to this address. Empty: the address of the inbox. Its mail must "
        "reach this inbox, or answers are lost.",
    )
    outgoing_notes = fields.Html(compute="_compute_outgoing_notes", sanitize=False, groups=_MANAGER)
    sent_copy_waiting = fields.Integer(compute="_compute_sent_copies", groups=_MANAGER)
    sent_copy_error = fields.Char(compute="_compute_sent_copies", groups=_MANAGER)

    # ------------------------------------------------------------------
    # fields
    # ------------------------------------------------------------------

    @api.constrains("sender_name", "sender_name_pattern")
    def _check_sender_name_pattern(self):
        for inbox in self.filtered(lambda inbox: inbox.sender_name == "pattern"):
            template = string.Template(inbox.sender_name_pattern or "")
            unknown = [
                word for word in template.get_identifiers() if word not in _WORDS
            ] or not template.is_valid()
            if unknown or not (inbox.sender_name_pattern or "").strip():
                raise ValidationError(
                    self.env._(
                        "Write the sender's name with $agent, $inbox, $company and $team, for "
                        "instance: $agent from $company. $$ stands for a dollar sign."
                    )
                )
            if "@" in inbox.sender_name_pattern:
                raise ValidationError(
                    self.env._("An @ in a sender's name looks like a forged address.")
                )

    @api.constrains("reply_to_email")
    def _check_reply_to_email(self):
        for inbox in self:
            if inbox.reply_to_email and not email_normalize(inbox.reply_to_email):
                raise ValidationError(
                    self.env._(
                        "%(email)s is no mail address. Write it like support@example.com.",
                        email=inbox.reply_to_email,
                    )
                )

    @api.depends("sender_name", "sender_name_pattern", "name", "email", "company_id", "team_id")
    @api.depends_context("uid")
    def _compute_sender_name_example(self):
        for inbox in self:
            inbox.sender_name_example = format_address(
                inbox._sender_name(self.env.user.name), inbox.email or ""
            )

    # ------------------------------------------------------------------
    # addresses
    # ------------------------------------------------------------------

    def _sender_name(self, agent=""):
        """The name before the address; *agent*: who writes, "" for automatic mail."""
        self.ensure_one()
        # sudo: agents write in the name of the inbox, and need not read how that is set up
        inbox = self.sudo()
        pattern = _PATTERNS.get(inbox.sender_name) or inbox.sender_name_pattern or ""
        template = string.Template(pattern)
        words = set(template.get_identifiers())
        if not agent and "agent" in words:
            return inbox.name
        name = template.safe_substitute(
            agent=agent,
            inbox=inbox.name,
            company=inbox.company_id.name if "company" in words else "",
            team=inbox.team_id.name or inbox.name if "team" in words else "",
        )
        # an address within a name is what forgers write
        name = " ".join(name.replace("@", " at ").split())
        return name[:_LONGEST_NAME].strip() or inbox.name

    def _answer_address(self):
        self.ensure_one()
        return format_address(self._sender_name(), self.email_normalized)

    def _answer_from(self, author):
        self.ensure_one()
        return format_address(self._sender_name(author.name or ""), self.email_normalized)

    def _reply_address(self, ticket_id):
        self.ensure_one()
        # sudo: see _sender_name
        inbox = self.sudo()
        other = email_normalize(inbox.reply_to_email or "")
        if not other:
            return super()._reply_address(ticket_id)
        if inbox.token_in_address:
            local, _at, domain = other.rpartition("@")
            other = f"{local}+{reply_token.make(self.env, ticket_id)}@{domain}"
        return format_address(inbox.name, other)

    def _helpdesk_mail_sender_addresses(self):
        self.ensure_one()
        return self._addresses()

    def _helpdesk_mail_use_server(self, server):
        self.ensure_one()
        if server:
            if self.mail_server_id != server:
                self.mail_server_id = server
        elif self.mail_server_id and self.mail_server_id == self.own_server_id:
            self.mail_server_id = False

    @api.constrains("mail_server_id")
    def _check_mail_server(self):
        result = super()._check_mail_server()
        # sudo: administrators of mail may not read outgoing servers
        for inbox in self.sudo():
            account = inbox.mail_server_id._helpdesk_mail_account__()
            if account and account != inbox:
                raise ValidationError(
                    self.env._(
                        "%(server)s is the own server of another inbox. Enter its settings here.",
                        server=inbox.mail_server_id.name,
                    )
                )
        return result

    # ------------------------------------------------------------------
    # what the receiver will see
    # ------------------------------------------------------------------

    def _outgoing_envelope(self):
        """What Odoo would make of a mail of this inbox: (server, address in From, address for
        bounces). Nothing is sent, nothing connected.
        """
        self.ensure_one()
        Server = self._outgoing_server_env()
        # sudo: the server of this inbox, for what it does to its mail
        inbox = self.sudo()
        server, smtp_from = inbox.mail_server_id, inbox.email_normalized
        if not server:
            server, smtp_from = Server._find_mail_server(inbox.email_normalized)
        server = (server or Server).with_env(Server.env)
        return self._helpdesk_mail_envelope(
            server, smtp_from, inbox.email_normalized, inbox.company_id.bounce_email
        )

    def action_activate(self):
        """Activate, and note what receivers will hold against the answers."""
        result = super().action_activate()
        for inbox in self:
            found = [
                sentence
                for level, sentence in inbox._outgoing_findings()
                if level in ("danger", "warning")
            ]
            if found:
                body = Markup("<br/>").join(found)
                # sudo: the note is the system's
                inbox.sudo()._message_log(body=body)
        return result

    def _outgoing_findings(self):
        """What receivers will hold against the mail of this inbox: a list of (level, sentence);
        level: "danger", "warning", "info" or "success".
        """
        self.ensure_one()
        if not self.email_normalized:
            return []
        server, sender, bounce = self._outgoing_envelope()
        findings = []
        if sender != self.email_normalized:
            findings.append(
                (
                    "warning",
                    self.env._(
                        "%(server)s does not send for %(email)s: answers will leave from "
                        "%(sender)s. Add the address to its FROM filtering, or give the inbox a "
                        "server of its own.",
                        server=server.sudo().name or self.env._("The system's outgoing server"),
                        email=self.email_normalized,
                        sender=sender,
                    ),
                )
            )
        domain, bounce_domain = (
            ascii_domain(address.rpartition("@")[2]) for address in (sender, bounce)
        )
        # sudo: whether there is a key, in whatever company
        keys = self.env["helpdesk.dkim.key"].sudo()._signing_keys(domain)
        aligned = same_organisation(domain, bounce_domain)
        if keys:
            names = ", ".join(key.selector for key in keys)
            findings.append(
                (
                    "success",
                    self.env._(
                        "Mail from %(domain)s is signed (DKIM: %(names)s).",
                        domain=domain,
                        names=names,
                    ),
                )
            )
        if not aligned:
            findings.append(
                (
                    "info" if keys else "danger",
                    self.env._(
                        "Undeliverable mail comes back to %(bounce)s, which is of another domain "
                        "than %(domain)s: SPF cannot vouch for it (DMARC). ",
                        bounce=bounce,
                        domain=domain,
                    )
                    + (
                        self.env._("The signature does.")
                        if keys
                        else self.env._(
                            "Without a signature (DKIM) either, many receivers will treat the mail "
                            "as forged. Make a key under Sender signatures, or set the bounce "
                            "address of the alias domain to one of %(domain)s.",
                            domain=domain,
                        )
                    ),
                )
            )
        elif not keys:
            findings.append(
                (
                    "info",
                    self.env._(
                        "Mail from %(domain)s leaves without a signature of ours (DKIM), unless "
                        "the outgoing server signs it. Keys are made under Sender signatures.",
                        domain=domain,
                    ),
                )
            )
        own = self.sudo()
        reply_to = email_normalize(own.reply_to_email or "")
        if reply_to and reply_to not in self._addresses():
            findings.append(
                (
                    "warning",
                    self.env._(
                        "Answers go to %(email)s, which is no address of this inbox. See that its "
                        "mail is forwarded here, or add it to the other addresses.",
                        email=reply_to,
                    ),
                )
            )
        if own.sent_copy != "no" and own._helpdesk_mail_files_itself():
            findings.append(
                (
                    "info",
                    self.env._(
                        "%(host)s puts sent mail into the Sent folder by itself: the copy is not "
                        "needed.",
                        host=own.smtp_host,
                    ),
                )
            )
        if own.sent_copy != "no" and (own.kind != "mailbox" or own.protocol != "imap"):
            findings.append(
                (
                    "warning",
                    self.env._("Copies of sent mail need a mailbox that is reached by IMAP."),
                )
            )
        return findings

    @api.depends(
        "email", "outgoing", "mail_server_id", "own_server_id", "reply_to_email", "sent_copy",
        "smtp_host", "protocol", "kind", "company_id",
    )  # fmt: skip
    def _compute_outgoing_notes(self):
        icons = {
            "danger": "fa-exclamation-circle",
            "warning": "fa-exclamation-triangle",
            "info": "fa-info-circle",
            "success": "fa-check",
        }
        for inbox in self:
            real = inbox._origin
            inbox.outgoing_notes = Markup().join(
                Markup('<div class="text-%s mb-1"><i class="fa %s me-2" role="img"></i>%s</div>')
                % ("muted" if level == "info" else level, icons[level], sentence)
                for level, sentence in (real._outgoing_findings() if real else [])
            )

    def _compute_sent_copies(self):
        # sudo: how many wait and why, not what they say
        Copy = self.env["helpdesk.sent.copy"].sudo()
        for inbox in self:
            waiting = Copy._of(inbox)
            inbox.sent_copy_waiting = len(waiting)
            inbox.sent_copy_error = waiting.filtered("error")[:1].error or False
