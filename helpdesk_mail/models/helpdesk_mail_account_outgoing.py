# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Outgoing mail of an account: its own SMTP server, copies of what was sent, how much a minute.

The server is an ``ir.mail_server`` that belongs to the account, so Odoo's queue sends through it as
through any other; what it signs in with stays here, encrypted.
"""

import base64
import smtplib
import typing

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..intake.addresses import recipient_key
from ..message.signing import senders
from . import secret_key

_MANAGER = "helpdesk_mail.group_mail_administrator"
_PORTS = {"ssl": 465, "starttls": 587, "none": 25}
# where a secret goes and who can listen on the way
_ROUTE = ("smtp_host", "smtp_port", "smtp_encryption", "smtp_verify_certificate", "smtp_username")
# a change of these changes the server's record
_SERVER = {
    *_ROUTE, "outgoing", "smtp_login", "auth_method", "username",
    "name", "email", "alias_emails", "active",
}  # fmt: skip


class SenderInfo(typing.NamedTuple):
    """What the sending of a mail needs to know of the account whose address it leaves from."""

    model: str
    id: int
    sent_copy: str
    send_limit: int


class HelpdeskMailAccount(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mail.account"  # pylint: disable=consider-merging-classes-inherited

    outgoing = fields.Selection(
        [("system", "The system's servers"), ("own", "A server of its own")],
        string="Send through",
        required=True,
        default="system",
        groups=_MANAGER,
    )
    smtp_host = fields.Char(string="SMTP server", groups=_MANAGER)
    smtp_encryption = fields.Selection(
        [("starttls", "STARTTLS"), ("ssl", "SSL/TLS"), ("none", "None")],
        string="SMTP encryption",
        required=True,
        default="starttls",
        groups=_MANAGER,
        help="STARTTLS never falls back to clear text.",
    )
    smtp_port = fields.Integer(
        string="SMTP port",
        compute="_compute_smtp_port",
        store=True,
        readonly=False,
        precompute=True,
        groups=_MANAGER,
    )
    smtp_verify_certificate = fields.Boolean(
        string="Verify the SMTP certificate",
        default=True,
        groups=_MANAGER,
        help="Without this check, anybody between us and the server can read the password.",
    )
    smtp_login = fields.Selection(
        [
            ("same", "As for incoming mail"),
            ("password", "Another user and password"),
            ("none", "No sign-in"),
        ],
        string="Sign in",
        required=True,
        default="password",
        groups=_MANAGER,
    )
    smtp_username = fields.Char(string="SMTP user", groups=_MANAGER)
    smtp_password = fields.Char(
        string="SMTP password",
        compute="_compute_smtp_password",
        inverse="_inverse_smtp_password",
        groups=_MANAGER,
        help="Stored encrypted and never shown again.",
    )
    smtp_password_encrypted = fields.Char(copy=False, groups=fields.NO_ACCESS)
    has_smtp_password = fields.Boolean(compute="_compute_has_smtp_password", groups=_MANAGER)
    # the way (of _ROUTE) for which the password of the incoming mail was entered
    smtp_route = fields.Char(copy=False, groups=fields.NO_ACCESS)
    own_server_id = fields.Many2one(
        "ir.mail_server", copy=False, readonly=True, ondelete="set null", groups="base.group_system"
    )
    send_limit = fields.Integer(
        string="Mails per minute",
        groups=_MANAGER,
        help="No more than that many leave in any minute; the others wait in the queue. 0: no "
        "limit.",
    )
    sent_copy = fields.Selection(
        [
            ("no", "No"),
            ("written", "What people write"),
            ("all", "All mail, automatic mail too"),
        ],
        string="Copy into the Sent folder",
        required=True,
        default="no",
        groups=_MANAGER,
        help="After a mail has left, it is put into the Sent folder on the mail server by IMAP.",
    )
    sent_folder = fields.Char(
        groups=_MANAGER,
        help="Empty: the folder that the server marks as the one for sent mail, or the one that is "
        "called so.",
    )

    _check_send_limit = models.Constraint(
        "CHECK (send_limit >= 0)", "The number of mails per minute cannot be negative."
    )

    # ------------------------------------------------------------------
    # fields
    # ------------------------------------------------------------------

    @api.depends("smtp_encryption")
    def _compute_smtp_port(self):
        for account in self:
            if not account.smtp_port or account.smtp_port in _PORTS.values():
                account.smtp_port = _PORTS.get(account.smtp_encryption, 0)

    @api.depends("smtp_password_encrypted")
    def _compute_smtp_password(self):
        """Never give the password back, to nobody."""
        self.smtp_password = False

    def _inverse_smtp_password(self):
        for account in self:
            # an empty value is what a form sends back unchanged: it does not erase the password
            if account.smtp_password:
                # sudo: the encrypted value is nobody's to read or write but ours
                account.sudo().smtp_password_encrypted = secret_key.encrypt(
                    account.smtp_password, self.env
                )
        # it was in the cache: web_save would have answered with it
        self.invalidate_recordset(["smtp_password"], flush=False)

    @api.depends("smtp_password_encrypted")
    def _compute_has_smtp_password(self):
        # sudo: tells whether a password is stored, not which
        for account in self.sudo():
            account.has_smtp_password = bool(account.smtp_password_encrypted)

    # ------------------------------------------------------------------
    # records
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        for account, vals in zip(accounts, vals_list, strict=True):
            account._helpdesk_mail_approve_route(vals)
        accounts._helpdesk_mail_update_server()
        return accounts

    def write(self, vals):
        rerouted = self._helpdesk_mail_changed(vals, set(_ROUTE))
        result = super().write(vals)
        if rerouted and not vals.get("smtp_password"):
            # a stored password goes to the server that it was entered for, and to no other
            # sudo: the encrypted value is nobody's to read or write but ours
            rerouted.sudo().smtp_password_encrypted = False
        self._helpdesk_mail_approve_route(vals)
        if _SERVER & vals.keys():
            self._helpdesk_mail_update_server()
        if {"send_limit", "sent_copy"} & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        # sudo: the server belongs to the account and goes with it
        servers = self.sudo().own_server_id
        copies = self._helpdesk_mail_unsealed__().env["helpdesk.sent.copy"]._of(self)
        result = super().unlink()
        servers.unlink()
        copies.unlink()
        return result

    def _helpdesk_mail_route(self):
        self.ensure_one()
        return "\n".join(str(self[name] or "") for name in _ROUTE[:4])

    def _helpdesk_mail_approve_route(self, vals):
        """Whoever enters the mailbox's password while the account sends by its own server means it
        for both.

        Without that, "as for incoming mail" would show the stored password to any server that is
        named as the outgoing one.
        """
        if vals.get("password"):
            # sudo: nobody's to read or write but ours
            for account in self.sudo():
                account.smtp_route = account._helpdesk_mail_route()

    def _helpdesk_mail_server_values(self):
        """The values of this account's ir.mail_server; no secret among them."""
        self.ensure_one()
        kind = self.smtp_encryption
        if kind != "none" and self.smtp_verify_certificate:
            kind = f"{kind}_strict"
        values = {
            "name": self.display_name,
            "smtp_host": (self.smtp_host or "").strip(),
            "smtp_port": self.smtp_port,
            "smtp_encryption": kind,
            "smtp_authentication": "login",
            "smtp_user": self._helpdesk_mail_smtp_user(),
            "smtp_pass": False,
            "smtp_debug": False,
            "from_filter": ",".join(self._helpdesk_mail_sender_addresses()),
            # what names no server finds it by its From, and after all others
            "sequence": 1000,
            "helpdesk_account_model": self._name,
            "helpdesk_account_id": self.id,
        }
        if "helpdesk_oauth_account" in self.env["ir.mail_server"]._fields:
            token = self.smtp_login == "same" and self.auth_method == "oauth2"
            values["helpdesk_oauth_account"] = f"{self._name},{self.id}" if token else False
            if token:
                values["smtp_authentication"] = "helpdesk_mail_oauth"
        return values

    def _helpdesk_mail_smtp_user(self):
        self.ensure_one()
        if self.smtp_login == "none":
            return False
        return self.username if self.smtp_login == "same" else self.smtp_username

    def _helpdesk_mail_login_user(self, user):
        """As whom this account signs in where its server's record says *user* (hook)."""
        return user

    def _helpdesk_mail_update_server(self):
        """Keep each account's ir.mail_server as the account says."""
        # sudo: who may set up the account need not be able to set up servers of the system; what
        # is written is of this account alone
        for account in self.sudo():
            wanted = account.outgoing == "own" and account.smtp_host and account._is_sending()
            server = account.own_server_id
            if not wanted:
                account._helpdesk_mail_use_server(server.browse())
                server.unlink()
                continue
            values = account._helpdesk_mail_server_values()
            if not server:
                account.own_server_id = server.create(values)
            else:
                server.write(values)
            account._helpdesk_mail_use_server(account.own_server_id)

    def _is_sending(self):
        """Whether mail may leave for this account (hook)."""
        return "active" not in self._fields or self.active

    def _helpdesk_mail_use_server(self, server):
        """Make *server* the one that this account sends through; empty: the own one is no more
        (hook).
        """

    def _helpdesk_mail_sender_addresses(self):
        """The normalised addresses that this account sends from (hook)."""
        raise NotImplementedError

    def _helpdesk_mail_sender_rows(self):
        """Address -> SenderInfo of all accounts of this model with a limit or copies."""
        rows = {}
        for account in self.search(["|", ("send_limit", ">", 0), ("sent_copy", "!=", "no")]):
            info = SenderInfo(account._name, account.id, account.sent_copy, account.send_limit)
            addresses = account._helpdesk_mail_sender_addresses()
            # as it stands in Odoo, and as it leaves (a domain in ASCII)
            rows.update(dict.fromkeys([*addresses, *map(recipient_key, addresses)], info))
        return rows

    # ------------------------------------------------------------------
    # signing in
    # ------------------------------------------------------------------

    def _helpdesk_mail_smtp_login(self, connection, user):
        """Sign in to the own server in *connection* (smtplib) with a password."""
        self.ensure_one()
        secret = self._helpdesk_mail_smtp_secret()
        if user.isascii() and secret.isascii():
            connection.login(user, secret)
        else:
            # smtplib's own ways know ASCII alone (RFC 4616: UTF-8)
            message = base64.b64encode(f"\0{user}\0{secret}".encode()).decode("ascii")
            connection.ehlo_or_helo_if_needed()
            code, reply = connection.docmd("AUTH", f"PLAIN {message}")
            if code not in (235, 503):
                raise smtplib.SMTPAuthenticationError(code, reply)

    def _helpdesk_mail_check_server(self, server):
        """Raise unless *server* is still what the account says: whoever changed it in another
        screen must not get the secret sent elsewhere.
        """
        values = self._helpdesk_mail_server_values()
        for name in (
            "smtp_host",
            "smtp_port",
            "smtp_encryption",
            "smtp_user",
            "smtp_authentication",
        ):
            if server[name] != values[name]:
                raise UserError(
                    self.env._(
                        "The outgoing server of %(name)s was changed elsewhere. Enter it again in "
                        "the settings there.",
                        name=self.display_name,
                    )
                )

    def _helpdesk_mail_smtp_secret(self):
        """What this account signs in with.

        :raise UserError: it was not entered for this server, or cannot be read
        """
        self.ensure_one()
        # sudo: the secret goes to the server that it was entered for, and nowhere else
        account = self.sudo()
        if account.smtp_login == "same":
            if account.smtp_route != account._helpdesk_mail_route():
                raise UserError(
                    self.env._(
                        "The password of %(name)s was entered before its outgoing server was. "
                        "Enter it once more, so that it goes to %(server)s too.",
                        name=account.display_name,
                        server=account.smtp_host,
                    )
                )
            token = account.password_encrypted
        else:
            token = account.smtp_password_encrypted
        if not token:
            raise UserError(
                self.env._(
                    "Enter the password for the outgoing server of %(name)s.",
                    name=account.display_name,
                )
            )
        return secret_key.decrypt(token, self.env)

    def _helpdesk_mail_files_itself(self):
        """Whether the provider puts sent mail into the Sent folder without us."""
        self.ensure_one()
        return self.outgoing == "own" and senders.files_sent_mail(self.smtp_host or "")
