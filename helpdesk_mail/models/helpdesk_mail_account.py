# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The connection to a mailbox, shared by inboxes and personal mailboxes."""

from cryptography.x509 import load_pem_x509_certificates
from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import UserError, ValidationError

from .. import intake
from ..transport import TransportError, open_store
from . import secret_key, skip_windows

_PORTS = {
    ("imap", "ssl"): 993,
    ("imap", "starttls"): 143,
    ("imap", "none"): 143,
    ("pop3", "ssl"): 995,
    ("pop3", "starttls"): 110,
    ("pop3", "none"): 110,
}
# what names the mailbox, and what decides who can listen on the way to it
_MAILBOX = {"protocol", "host", "port", "username"}
_LINE = {"encryption", "verify_certificate"}
_MANAGER = "helpdesk_mail.group_mail_administrator"


class HelpdeskMailAccount(models.AbstractModel):
    _name = "helpdesk.mail.account"
    _description = "Mail Account"

    protocol = fields.Selection(
        [("imap", "IMAP"), ("pop3", "POP3")],
        required=True,
        default="imap",
        help="IMAP leaves the mail on the server. POP3 deletes it there once it is safely "
        "stored here.",
    )
    host = fields.Char(string="Server", groups=_MANAGER)
    port = fields.Integer(
        compute="_compute_port", store=True, readonly=False, precompute=True, groups=_MANAGER
    )
    encryption = fields.Selection(
        [("ssl", "SSL/TLS"), ("starttls", "STARTTLS"), ("none", "None")],
        required=True,
        default="ssl",
        groups=_MANAGER,
        help="STARTTLS never falls back to clear text.",
    )
    verify_certificate = fields.Boolean(
        default=True,
        groups=_MANAGER,
        help="Without this check, anybody between us and the server can read the password.",
    )
    auth_method = fields.Selection(
        [("password", "Password"), ("oauth2", "OAuth 2.0")],
        string="Authentication",
        required=True,
        default="password",
        groups=_MANAGER,
    )
    username = fields.Char(groups=_MANAGER)
    password = fields.Char(
        compute="_compute_password",
        inverse="_inverse_password",
        groups=_MANAGER,
        help="Stored encrypted and never shown again.",
    )
    password_encrypted = fields.Char(copy=False, groups=fields.NO_ACCESS)
    has_password = fields.Boolean(compute="_compute_has_password", groups=_MANAGER)
    folder = fields.Char(default="INBOX", required=True, groups=_MANAGER)
    which = fields.Selection(
        [("all", "All messages"), ("unread", "Unread messages only")],
        string="Messages to process",
        required=True,
        default="all",
        groups=_MANAGER,
    )
    sync_start = fields.Date(
        string="Process mail from",
        groups=_MANAGER,
        help="Mail that arrived on the server from this day on is taken in. Empty: only what "
        "arrives after the "
        "activation.",
    )
    mark_seen = fields.Boolean(
        string="Mark as read", groups=_MANAGER, help="Mark taken-in mail as read on the server."
    )
    timeout_ms = fields.Integer(
        string="Timeout (ms)", default=30000, required=True, groups=_MANAGER
    )
    connect_timeout_ms = fields.Integer(
        string="Timeout of the connection (ms)",
        default=10000,
        required=True,
        groups=_MANAGER,
        help="For connecting and TLS; the other timeout is for each answer after that.",
    )
    ca_certificate = fields.Text(
        string="Own certificate authority",
        groups=_MANAGER,
        help="The certificate (PEM) of the authority that signed those of the servers, incoming "
        "and outgoing, where that is not a public one. Only what it signs is trusted then; several "
        "certificates may stand here one after another. The token endpoint of OAuth may have a "
        "certificate of this authority, too, or a public one.",
    )
    tz = fields.Selection(
        selection=_tz_get,
        string="Time zone",
        groups=_MANAGER,
        help="The skip times are meant in this time zone. Empty: the company's.",
    )
    max_attempts = fields.Integer(
        string="Tries before failed", default=5, required=True, groups=_MANAGER
    )
    cooloff_minutes = fields.Integer(
        string="Cool-off (minutes)",
        default=15,
        required=True,
        groups=_MANAGER,
        help="A failed account is tried again after this time.",
    )
    skip_windows = fields.Char(
        string="Skip times",
        groups=_MANAGER,
        help="No connection at these times of the day, for instance 02:00-04:00, 23:30-00:30.",
    )
    max_size_mb = fields.Integer(
        string="Size limit (MB)",
        default=50,
        required=True,
        groups=_MANAGER,
        help="Of a larger mail only the beginning is taken in; the whole mail stays on the server.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("paused", "Paused"), ("failed", "Failed")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    active_since = fields.Datetime(readonly=True, copy=False)
    # 0 and not nothing: those that have failed come first where sorted by it
    failed_attempts = fields.Integer(readonly=True, copy=False, default=0)
    retry_at = fields.Datetime(readonly=True, copy=False)
    last_fetch = fields.Datetime(readonly=True, copy=False)
    last_success = fields.Datetime(readonly=True, copy=False)
    last_error = fields.Char(readonly=True, copy=False, groups=_MANAGER)
    cron_id = fields.Many2one("ir.cron", readonly=True, copy=False, groups="base.group_system")
    interval_minutes = fields.Integer(
        string="Every (minutes)", default=1, required=True, groups=_MANAGER
    )

    _check_timeout = models.Constraint(
        "CHECK (timeout_ms BETWEEN 100 AND 600000 AND connect_timeout_ms BETWEEN 100 AND 600000)",
        "A timeout is between 100 and 600000 milliseconds.",
    )
    _check_limits = models.Constraint(
        "CHECK (max_attempts > 0 AND cooloff_minutes >= 0 AND max_size_mb > 0 AND "
        "interval_minutes > 0)",
        "Tries, size limit and interval must be positive.",
    )

    # ------------------------------------------------------------------
    # fields
    # ------------------------------------------------------------------

    @api.depends("protocol", "encryption")
    def _compute_port(self):
        for account in self:
            known = set(_PORTS.values())
            if not account.port or account.port in known:
                account.port = _PORTS.get((account.protocol, account.encryption), 0)

    @api.depends("password_encrypted")
    def _compute_password(self):
        """Never give the password back, to nobody."""
        self.password = False

    def _inverse_password(self):
        for account in self:
            # an empty value is what a form sends back unchanged: it does not erase the password
            if account.password:
                # sudo: the encrypted value is nobody's to read or write but ours
                account.sudo().password_encrypted = secret_key.encrypt(account.password, self.env)
        # it was in the cache: web_save would have answered with it
        self.invalidate_recordset(["password"], flush=False)

    @api.depends("password_encrypted")
    def _compute_has_password(self):
        # sudo: tells whether a password is stored, not which
        for account in self.sudo():
            account.has_password = bool(account.password_encrypted)

    @api.constrains("ca_certificate")
    def _check_ca_certificate(self):
        for account in self:
            text = (account.ca_certificate or "").strip()
            if not text:
                continue
            if "PRIVATE KEY" in text:
                raise ValidationError(
                    self.env._(
                        "This holds a private key. Keep that secret; only the certificate of the "
                        "authority is needed here."
                    )
                )
            try:
                load_pem_x509_certificates(text.encode())
            except ValueError:
                raise ValidationError(
                    self.env._(
                        "This is no certificate. It starts with -----BEGIN CERTIFICATE----- and "
                        "ends with -----END CERTIFICATE-----."
                    )
                ) from None

    @api.constrains("skip_windows")
    def _check_skip_windows(self):
        for account in self:
            try:
                skip_windows.parse(account.skip_windows)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "%(window)s is no time span. Write for instance 02:00-04:00; separate "
                        "several with commas.",
                        window=str(error),
                    )
                ) from None

    # ------------------------------------------------------------------
    # records
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._helpdesk_mail_update_cron()
        return accounts

    def write(self, vals):
        moved = self._helpdesk_mail_changed(vals, _MAILBOX)
        rerouted = self._helpdesk_mail_changed(vals, _MAILBOX | _LINE)
        result = super().write(vals)
        if moved:
            moved._helpdesk_mail_leave_mailbox()
        if rerouted and not vals.get("password"):
            # a stored password goes to the server that it was entered for, and to no other
            # sudo: the encrypted value is nobody's to read or write but ours
            rerouted.sudo().password_encrypted = False
        if {"folder", "which", "sync_start"} & vals.keys():
            self._helpdesk_mail_forget_progress()
        if {"state", "interval_minutes", "name", "active", "kind"} & vals.keys():
            self._helpdesk_mail_update_cron()
        return result

    def _helpdesk_mail_changed(self, vals, names):
        """The accounts in which *vals* give one of the fields *names* another value."""
        names = names & vals.keys()
        # sudo: compares, tells nothing
        return self.filtered(lambda account: any(account.sudo()[n] != vals[n] for n in names))

    def _helpdesk_mail_forget_progress(self):
        """Let the next visit look at everything again; the journal knows what was taken in."""
        self._helpdesk_mail_folders().write(
            {
                "last_uid": 0,
                "start_uid": 0,
                "older_uid": 0,
                "flags_mark": False,
                "uidvalidity": False,
                "pending_acknowledge": False,
                "visited_mark": False,
            }
        )

    def _helpdesk_mail_leave_mailbox(self):
        """Another mailbox: what the old one called its messages means nothing in the new one."""
        self._helpdesk_mail_forget_progress()
        self.env["helpdesk.incoming.mail"]._forget_server(self._helpdesk_mail_folders())

    def unlink(self):
        # sudo: the scheduled action belongs to the account and goes with it
        crons = self.sudo().cron_id
        actions = crons.ir_actions_server_id
        result = super().unlink()
        crons.unlink()
        # Odoo leaves behind what a scheduled action delegates to
        actions.unlink()
        return result

    def _helpdesk_mail_update_cron(self):
        """Keep one scheduled action per account that fetches; it runs while the account is
        active or failed.
        """
        # sudo: helpdesk managers set up accounts but may not edit scheduled actions
        for account in self.sudo():
            wanted = account._helpdesk_mail_fetches() and account.state in ("active", "failed")
            values = {
                "name": f"Helpdesk mail: {account.display_name}",
                "active": wanted,
                "interval_number": account.interval_minutes,
                "interval_type": "minutes",
            }
            if account.cron_id:
                # the scheduler holds the row of the action that it runs: no write without need
                changed = {
                    field: value
                    for field, value in values.items()
                    if account.cron_id[field] != value
                }
                if changed:
                    account.cron_id.write(changed)
            elif wanted:
                account.cron_id = (
                    self.env["ir.cron"]
                    .sudo()
                    .create(
                        {
                            **values,
                            "model_id": self.env["ir.model"]._get_id(account._name),
                            "state": "code",
                            "code": f"model.browse({account.id})._helpdesk_mail_cron_fetch()",
                            "user_id": SUPERUSER_ID,
                        }
                    )
                )

    def _helpdesk_mail_fetches(self):
        """Whether this account reads a mail server (hook: some kinds of inbox do not)."""
        self.ensure_one()
        return True

    def _helpdesk_mail_unsealed__(self):
        """These accounts as the scheduler needs them, which works for all of them (hook)."""
        return self.sudo()

    def _helpdesk_mail_road(self):
        """What takes in the mail of this account: ``take_in`` and ``put_aside``, as
        :mod:`..intake` has them (hook).
        """
        return intake

    def _helpdesk_mail_newest_first(self):
        """Whether what is on the server at the beginning is taken in newest first (hook). Where a
        ticket must be there before its replies, it is not.
        """
        return False

    def _helpdesk_mail_follows_flags(self):
        """Whether read marks follow from here to the server and back (hook)."""
        return False

    def _helpdesk_mail_marks_seen(self):
        """Whether the server is told that what was taken in is read (hook)."""
        self.ensure_one()
        return self.mark_seen

    def _helpdesk_mail_journal_domain(self):
        """The rows of this account in the journal (hook)."""
        return [("inbox_id", "=", self.id)]

    def _helpdesk_mail_folder_names(self):
        """The names of the folders that a visit reads."""
        self.ensure_one()
        return [self.folder if self.protocol == "imap" else "INBOX"]

    def _helpdesk_mail_folders(self):
        """The folder states of these accounts (hook)."""
        raise NotImplementedError

    # ------------------------------------------------------------------
    # actions
    # ------------------------------------------------------------------

    def _helpdesk_mail_check_manage(self):
        """Raise unless the user may set up these accounts."""
        self.check_access("write")

    def action_activate(self):
        """Start fetching. The connection is tried first, so that *active* means that it works."""
        self._helpdesk_mail_check_manage()
        for account in self:
            if account._helpdesk_mail_fetches():
                account._helpdesk_mail_test()
            account.sudo().write(
                {
                    "state": "active",
                    "active_since": account.active_since or fields.Datetime.now(),
                    "failed_attempts": 0,
                    "retry_at": False,
                    "last_error": False,
                }
            )
            # sudo: see _helpdesk_mail_update_cron; an inbox that fetches nothing has no
            # scheduled action
            cron = account.sudo().cron_id
            if cron and cron.active:
                cron._trigger()
        return True

    def action_pause(self):
        """Stop fetching until activated again."""
        self._helpdesk_mail_check_manage()
        self.sudo().write({"state": "paused"})
        return True

    def action_draft(self):
        """Back to draft."""
        self._helpdesk_mail_check_manage()
        self.sudo().write({"state": "draft"})
        return True

    def action_test_connection(self):
        """Log in, open the folder and tell what was found."""
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        report = self._helpdesk_mail_test()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("The connection works"),
                "message": self.env._(
                    "%(folder)s on %(host)s holds %(count)s messages.",
                    folder=report.folder,
                    host=self.host,
                    count=report.messages,
                ),
            },
        }

    def _helpdesk_mail_test(self):
        """Try the connection: the report of transport, or a UserError that says what to do."""
        self.ensure_one()
        try:
            wanted = self.sudo()._helpdesk_mail_folder_names()
            missing = []
            with open_store(self.sudo()._helpdesk_mail_settings()) as store:
                report = store.test(self.folder)
                if not report.folder_exists or len(wanted) > 1:
                    names = [folder.name for folder in store.folders() if folder.selectable]
                    missing = [name for name in wanted[1:] if name not in names]
                if not report.folder_exists:
                    missing.insert(0, self.folder)
        except TransportError as error:
            raise UserError(str(error)) from None
        if missing:
            raise UserError(
                self.env._(
                    "The server has no folder %(folder)s. Its folders: %(names)s.",
                    folder=", ".join(missing),
                    names=", ".join(names[:50]),
                )
            )
        return report

    def action_fetch_now(self):
        """Fetch and tell what came of it."""
        counts, busy = self._helpdesk_mail_fetch_all()
        labels = dict(
            self.env["helpdesk.incoming.mail"]._fields["outcome"]._description_selection(self.env)
        )
        message = ", ".join(f"{labels.get(code, code)}: {count}" for code, count in counts.items())
        if busy and not message:
            message = self.env._("The mail is being fetched right now by another process.")
        failed = self.filtered("last_error")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if failed else "success",
                "title": self.env._("Mail fetched"),
                "message": (failed[:1].last_error if failed else message)
                or self.env._("There is no new mail."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
