# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A shared address whose mail becomes tickets."""

import hashlib
import hmac
import secrets

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..intake.route import number_pattern

_MANAGER = "helpdesk_mail.group_mail_administrator"


class HelpdeskInbox(models.Model):
    _name = "helpdesk.inbox"
    _description = "Helpdesk Inbox"
    _inherit = ["mail.thread", "mail.activity.mixin", "helpdesk.mail.account"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    email = fields.Char(
        string="Address",
        required=True,
        tracking=True,
        help="Customers write to this address and get answers from it.",
    )
    kind = fields.Selection(
        [
            ("mailbox", "Mailbox (IMAP or POP3)"),
            ("forwarded", "Forwarded to us"),
            ("hosted", "Hosted under our alias domain"),
        ],
        required=True,
        default="mailbox",
        tracking=True,
        help="How mail comes in: we fetch it from a mail server, your mail server forwards "
        "it to Odoo's mail "
        "gateway or to our push address, or the address is one of Odoo's own alias domain.",
    )
    team_id = fields.Many2one("helpdesk.ticket.team", check_company=True, tracking=True)
    user_ids = fields.Many2many(
        "res.users",
        string="Agents",
        domain=[("share", "=", False)],
        help="They take part in the tickets of this inbox, besides the members of its team: what "
        "they answer by mail finds its ticket.",
    )

    # reading
    address_source = fields.Selection(
        [("from", "From"), ("reply_to", "Reply-To"), ("sender", "Sender")],
        string="Sender is taken from",
        required=True,
        default="from",
        groups=_MANAGER,
    )
    accept_copies = fields.Boolean(
        string="Accept copies",
        groups=_MANAGER,
        help="Mail that another inbox took in already makes a ticket here as well.",
    )
    auto_reply_policy = fields.Selection(
        [("ignore", "Refuse"), ("ticket", "Make a ticket")],
        string="Automatic replies without a ticket",
        required=True,
        default="ignore",
        groups=_MANAGER,
    )
    verify_senders = fields.Selection(
        [
            ("off", "No"),
            ("headers", "Believe our own mail hosts"),
            ("dns", "Check signatures and DNS records"),
        ],
        string="Verify senders",
        required=True,
        default="headers",
        groups=_MANAGER,
    )
    own_mail_hosts = fields.Text(
        string="Own mail hosts",
        groups=_MANAGER,
        help="One a line: the hosts that receive mail for this inbox, as they name themselves in "
        "Received and Authentication-Results (mx.example.com, mx.google.com). What other hosts "
        "write there is not believed.",
    )
    forged_policy = fields.Selection(
        [
            ("flag", "Mark the ticket"),
            ("unlinked", "Mark it and link it to nobody until an agent confirms the sender"),
        ],
        string="Forged senders",
        required=True,
        default="flag",
        groups=_MANAGER,
    )
    unknown_policy = fields.Selection(
        [
            ("recipient", "A recipient without a customer"),
            ("lead", "A new lead"),
            ("refuse", "Refused mail"),
        ],
        string="Unknown senders become",
        required=True,
        default="recipient",
        groups=_MANAGER,
        help="Known are contacts, leads, paired and shared addresses, and the mail domains of "
        "customers. Where unknown senders are refused, their replies to tickets come in.",
    )
    accept_banned_replies = fields.Boolean(
        string="Accept replies of banned senders",
        groups=_MANAGER,
        help="Banned senders open no tickets, but their replies to open ones are taken in.",
    )
    keep_source = fields.Selection(
        [("auto", "Where the server does not keep it"), ("always", "Always")],
        string="Keep the original mail",
        required=True,
        default="auto",
        groups=_MANAGER,
        help="Refused and quarantined mail is always kept whole.",
    )

    # replies
    subject_tag = fields.Char(
        string="Ticket number in subjects",
        default="[{number}]",
        groups=_MANAGER,
        help="How answers show the ticket number, and how it is found in the subject of replies. "
        "{number} stands for the number; empty: subjects carry none.",
    )
    closed_policy = fields.Selection(
        [("reopen", "Reopen the ticket"), ("follow_up", "Open a new, linked ticket")],
        string="Reply to a closed ticket",
        required=True,
        default="reopen",
        groups=_MANAGER,
    )
    reopen_days = fields.Integer(
        string="Reopen within (days)",
        default=0,
        groups=_MANAGER,
        help="After that many days a reply opens a new, linked ticket. 0: no limit.",
    )
    token_in_address = fields.Boolean(
        string="Token in the reply address",
        groups=_MANAGER,
        help="Answers carry the ticket behind a + in the reply address "
        "(support+t12.…@example.com). "
        "Only for mail servers that deliver such addresses.",
    )

    # answers
    mail_server_id = fields.Many2one(
        "ir.mail_server",
        string="Outgoing server",
        groups=_MANAGER,
        help="Empty: the system's outgoing servers.",
    )

    # push
    push_token_hash = fields.Char(copy=False, groups=fields.NO_ACCESS)

    state = fields.Selection(tracking=True)
    folder_ids = fields.One2many(
        "helpdesk.mail.folder", "inbox_id", string="Folder states", groups=_MANAGER
    )
    incoming_mail_ids = fields.One2many("helpdesk.incoming.mail", "inbox_id", groups=_MANAGER)
    ticket_count = fields.Integer(compute="_compute_ticket_count")
    # agents read no journal: not even how many mails there are
    mails_today = fields.Integer(compute="_compute_mail_counts", groups=_MANAGER)
    quarantined_count = fields.Integer(compute="_compute_mail_counts", groups=_MANAGER)

    # ------------------------------------------------------------------
    # fields
    # ------------------------------------------------------------------

    def _compute_ticket_count(self):
        tickets = dict(
            self.env["helpdesk.ticket"]._read_group(
                [("inbox_id", "in", self.ids), ("closed", "=", False)], ["inbox_id"], ["__count"]
            )
        )
        for inbox in self:
            inbox.ticket_count = tickets.get(inbox, 0)

    def _compute_mail_counts(self):
        today = fields.Date.context_today(self)
        Mail = self.env["helpdesk.incoming.mail"]
        today_counts = dict(
            Mail._read_group(
                [("inbox_id", "in", self.ids), ("create_date", ">=", today)],
                ["inbox_id"],
                ["__count"],
            )
        )
        quarantined = dict(
            Mail._read_group(
                [("inbox_id", "in", self.ids), ("outcome", "=", "quarantined")],
                ["inbox_id"],
                ["__count"],
            )
        )
        for inbox in self:
            inbox.mails_today = today_counts.get(inbox, 0)
            inbox.quarantined_count = quarantined.get(inbox, 0)

    @api.constrains("subject_tag")
    def _check_subject_tag(self):
        for inbox in self:
            tag = inbox.subject_tag
            if tag and (not number_pattern(tag) or tag.strip() == "{number}"):
                raise ValidationError(
                    self.env._(
                        "The ticket number in subjects must contain {number} between other "
                        "characters, "
                        "for instance [{number}] or Ticket #{number}."
                    )
                )

    @api.constrains("mail_server_id")
    def _check_mail_server(self):
        """A user's personal outgoing server sends with that user's password: it is no inbox's."""
        # sudo: administrators of mail may not read outgoing servers
        for inbox in self.sudo():
            if inbox.mail_server_id.owner_user_id:
                raise ValidationError(
                    self.env._(
                        "%(server)s is a personal outgoing server. Choose one of the system's.",
                        server=inbox.mail_server_id.name,
                    )
                )

    @api.constrains("reopen_days")
    def _check_reopen_days(self):
        if any(inbox.reopen_days < 0 for inbox in self):
            raise ValidationError(self.env._("The number of days cannot be negative."))

    def write(self, vals):
        if "company_id" in vals:
            # sudo: tickets that the user does not see count as well
            moved = self.sudo().filtered(lambda inbox: inbox.company_id.id != vals["company_id"])
            Ticket = self.env["helpdesk.ticket"].sudo().with_context(active_test=False)
            if moved and Ticket.search_count([("inbox_id", "in", moved.ids)], limit=1):
                raise ValidationError(
                    self.env._(
                        "This inbox has tickets: their company cannot change. Make a new inbox."
                    )
                )
        return super().write(vals)

    # ------------------------------------------------------------------
    # connection
    # ------------------------------------------------------------------

    def _own_mail_hosts(self):
        """The hosts whose word counts: a list of names, lower case."""
        self.ensure_one()
        lines = (self.own_mail_hosts or "").replace(",", "\n").split()
        return [line.strip().lower().rstrip(".") for line in lines if line.strip()]

    def _helpdesk_mail_fetches(self):
        self.ensure_one()
        return self.kind == "mailbox" and self.active

    def _helpdesk_mail_time_zone(self):
        return self.tz or self.company_id.partner_id.tz or super()._helpdesk_mail_time_zone()

    def _helpdesk_mail_form_url(self):
        self.ensure_one()
        return f"/odoo/helpdesk-inboxes/{self.id}"

    def _helpdesk_mail_folders(self):
        return self.env["helpdesk.mail.folder"].sudo().search([("inbox_id", "in", self.ids)])

    def _helpdesk_mail_current_folders(self):
        """The folder records that a visit reads, made where missing."""
        self.ensure_one()
        name = self.folder if self.protocol == "imap" else "INBOX"
        Folder = self.env["helpdesk.mail.folder"]
        folder = Folder.search([("inbox_id", "=", self.id), ("name", "=", name)], limit=1)
        return folder or Folder.create({"inbox_id": self.id, "name": name})

    @staticmethod
    def _hash_token(token):
        """What is stored of a push token. It is random and long: a plain hash suffices."""
        return hashlib.sha256(token.encode()).hexdigest()

    def _check_push_token(self, token):
        """Whether *token* is the push token of this inbox (compared in constant time)."""
        self.ensure_one()
        stored = self.sudo().push_token_hash
        return bool(stored) and hmac.compare_digest(stored, self._hash_token(token))

    def action_new_push_token(self):
        """Make a new token for the HTTP push and show it, once."""
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        token = secrets.token_urlsafe(32)
        self.sudo().push_token_hash = self._hash_token(token)
        url = f"{self.get_base_url()}/helpdesk_mail/push/{self.id}"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Push address"),
            "res_model": "helpdesk.inbox.push.token",
            "view_mode": "form",
            "target": "new",
            # the token is in no table: the dialog shows it, and nothing else ever does
            "context": {
                "default_inbox_id": self.id,
                "default_url": url,
                "default_token": token,
            },
        }

    # ------------------------------------------------------------------
    # screens
    # ------------------------------------------------------------------

    def action_view_mails(self):
        """The mail log of this inbox."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_incoming_mail_action"
        )
        action["domain"] = [("inbox_id", "=", self.id)]
        return action

    def action_view_quarantine(self):
        """The quarantined mail of this inbox."""
        action = self.action_view_mails()
        action["context"] = {"search_default_quarantined": 1}
        return action

    def action_view_tickets(self):
        """The tickets of this inbox."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mgmt.helpdesk_ticket_action"
        )
        action["domain"] = [("inbox_id", "=", self.id)]
        action["context"] = {"default_inbox_id": self.id, "default_team_id": self.team_id.id}
        return action
