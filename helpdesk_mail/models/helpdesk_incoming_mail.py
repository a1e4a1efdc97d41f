# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The journal: one row for each message that we met."""

import base64
import datetime

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .. import intake
from ..intake import reasons
from ..intake.journal import MOVED
from ..transport import RawMail, TransportError, open_store
from . import fetcher_moves


class HelpdeskIncomingMail(models.Model):
    _name = "helpdesk.incoming.mail"
    _description = "Incoming Mail"
    # of a mailbox: when mail comes, and what is denied
    _inherit = "helpdesk.mail.hidden"
    _order = "id desc"
    _rec_name = "subject"

    inbox_id = fields.Many2one("helpdesk.inbox", readonly=True, index=True, ondelete="restrict")
    # private mail: neither addresses nor content stand here, and nobody reads these rows
    mailbox_id = fields.Many2one(
        "helpdesk.mailbox", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    mailbox_message_id = fields.Many2one(
        "helpdesk.mailbox.message", readonly=True, index="btree_not_null", ondelete="set null"
    )
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    door = fields.Selection(
        [
            ("imap", "IMAP"),
            ("pop3", "POP3"),
            ("gateway", "Mail gateway"),
            ("push", "HTTP push"),
            ("import", "Import"),
        ],
        string="Came by",
        readonly=True,
    )
    folder_id = fields.Many2one("helpdesk.mail.folder", readonly=True, ondelete="set null")
    server_uid = fields.Char(string="UID on the server", readonly=True)
    on_server = fields.Boolean(string="Still on the server", readonly=True)
    digest = fields.Char(readonly=True)
    message_id = fields.Char(string="Message-ID", readonly=True)
    email_from = fields.Char(string="From", readonly=True)
    sender_email = fields.Char(string="Sender's address", readonly=True)
    recipient_id = fields.Many2one(
        "helpdesk.recipient", readonly=True, ondelete="set null", index="btree_not_null"
    )
    deny_rule_id = fields.Many2one("helpdesk.deny.rule", readonly=True, ondelete="set null")
    subject = fields.Char(readonly=True)
    date = fields.Datetime(string="Sent", readonly=True)
    arrived_at = fields.Datetime(string="Arrived on the server", readonly=True)
    size = fields.Integer(string="Size (bytes)", readonly=True, aggregator="sum")
    outcome = fields.Selection(
        selection=lambda self: reasons.outcome_selection(self.env), required=True, readonly=True
    )
    reason = fields.Selection(
        selection=lambda self: reasons.reason_selection(self.env), readonly=True
    )
    explanation = fields.Text(string="Why", readonly=True)
    trace = fields.Json(readonly=True)
    trace_text = fields.Text(string="Decisions", compute="_compute_trace_text")
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, ondelete="set null", index="btree_not_null"
    )
    ticket_number = fields.Char(related="ticket_id.number")
    mail_message_id = fields.Many2one(
        "mail.message", string="Message", readonly=True, ondelete="set null", index="btree_not_null"
    )
    raw = fields.Binary(string="Original mail", attachment=True, readonly=True)
    has_raw = fields.Boolean(compute="_compute_has_raw")
    error = fields.Text(readonly=True)

    _unique_server_uid = models.UniqueIndex(
        "(folder_id, server_uid) WHERE server_uid IS NOT NULL AND folder_id IS NOT NULL"
    )
    _digest = models.Index("(digest)")
    _sender_email_index = models.Index("(sender_email, create_date)")
    _message_id_index = models.Index("(message_id)")
    # what a rule refused, in all and today
    _deny_rule_index = models.Index("(deny_rule_id, create_date) WHERE deny_rule_id IS NOT NULL")
    _inbox_outcome = models.Index("(inbox_id, outcome, create_date)")

    @api.model
    def _forget_server(self, folders):
        """Loosen the rows of *folders* from their server, which the account has left.

        They stay what they are, and are recognised should the same messages turn up again.
        """
        self.flush_model(["server_uid", "on_server", "folder_id"])
        rows = self.env.execute_query(
            SQL(
                # by POP3, on_server means that the message must never be deleted there: that stays
                "UPDATE helpdesk_incoming_mail SET on_server = on_server AND door != 'imap',"
                " server_uid = %s || id || '.' || server_uid"
                " WHERE folder_id = ANY(%s) AND server_uid NOT LIKE %s RETURNING id",
                MOVED,
                folders.ids,
                f"{MOVED}%",
            )
        )
        self.browse(row[0] for row in rows).invalidate_recordset(["server_uid", "on_server"])

    @api.depends("subject", "email_from")
    def _compute_display_name(self):
        for mail in self:
            mail.display_name = mail.subject or self.env._("Mail from %s", mail.email_from or "?")

    def _compute_has_raw(self):
        # sudo: says whether the original is stored, nothing of it
        stored = (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "raw"),
                    ("res_id", "in", self.ids),
                ]
            )
        )
        ids = set(stored.mapped("res_id"))
        for mail in self:
            mail.has_raw = mail.id in ids

    @api.depends("trace", "outcome")
    def _compute_trace_text(self):
        for mail in self:
            lines = []
            for stage, code, values in mail.trace or ():
                if code in reasons.NEW_TICKET and mail.outcome != reasons.CREATED:
                    # it was one until a later step refused the mail
                    continue
                if code in reasons.REASONS:
                    try:
                        words = reasons.sentence(self.env, code, values)
                    except (KeyError, ValueError, TypeError):
                        words = code
                else:
                    words = f"{code} {values or ''}".strip()
                lines.append(f"{stage}: {words}")
            mail.trace_text = "\n".join(lines)

    # ------------------------------------------------------------------
    # actions
    # ------------------------------------------------------------------

    def _check_manage(self):
        """Raise unless the user is a mail administrator and sees these mails."""
        if not self.env.user.has_group("helpdesk_mail.group_mail_administrator"):
            raise AccessError(self.env._("Only a mail administrator may do this."))
        self.check_access("read")

    def action_retry(self):
        """Send quarantined mail down the road once more.

        :return: a notification for the web client that says what became of it
        :raise UserError: none of the mails is in quarantine
        """
        self._check_manage()
        mails = self.filtered(lambda mail: mail.outcome == reasons.QUARANTINED)
        if not mails:
            raise UserError(self.env._("Only quarantined mail can be taken in again."))
        solved = 0
        # sudo: the road writes tickets and messages as the gateway does; the user was checked above
        for mail in mails.sudo():
            try:
                solved += mail._retry_one()
            except UserError:
                # of a selection, one that cannot be had holds up no other
                if len(mails) == 1:
                    raise
        failed = len(mails) - solved
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if failed else "success",
                "message": self.env._(
                    "%(solved)s taken in, %(failed)s still in quarantine.",
                    solved=solved,
                    failed=failed,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _retry_one(self):
        """Take this mail in again in its own row: whether it left quarantine."""
        raw = self._stored_mail() or self._mail_on_server()
        if raw is None:
            raise UserError(
                self.env._("%s is not stored here and no longer on the server.", self.display_name)
            )
        root_env = self.env(user=self.env.ref("base.user_root").id, su=True)
        door = intake.Door(
            self.inbox_id.with_env(root_env),
            self.folder_id.with_env(root_env),
            self.door,
            history=self.door == "import",
        )
        items = intake.take_in(root_env, door, [raw], journal_ids=[self.id])
        if items[0].outcome == reasons.QUARANTINED:
            return False
        self._tell_server_later(raw, items[0].move_to)
        return True

    def _tell_server_later(self, raw, move_to):
        """Let the next visit mark the message as read, where the inbox wants that, and move it,
        where a rule does (the name of the folder, or "").
        """
        folder = self.folder_id
        same = self.door == "imap" and folder.uidvalidity == raw.uidvalidity
        if same and raw.uid and move_to:
            folder.pending_moves = fetcher_moves.added(folder.pending_moves, {move_to: [raw.uid]})
        if same and raw.uid and self.inbox_id.mark_seen:
            waiting = filter(None, (folder.pending_acknowledge or "").split(","))
            folder.pending_acknowledge = ",".join({*waiting, raw.uid})

    def _stored_mail(self):
        """The mail as it is stored here (RawMail), or None."""
        source = base64.b64decode(self.with_context(bin_size=False).raw or b"")
        if not source:
            return None
        uidvalidity, _colon, uid = (self.server_uid or "").rpartition(":")
        return RawMail(
            source=source,
            uid=uid,
            uidvalidity=uidvalidity,
            size=self.size,
            truncated=len(source) < self.size,
            received_at=self.create_date.replace(tzinfo=datetime.UTC),
        )

    def _mail_on_server(self):
        """The mail as the server still has it (RawMail), or None.

        :raise UserError: the server cannot be reached
        """
        inbox = self.inbox_id
        uidvalidity, uid = "", self.server_uid
        if self.door == "imap" and uid:
            uidvalidity, _colon, uid = uid.rpartition(":")
        if not self.on_server or not uid or not inbox._helpdesk_mail_fetches():
            return None
        try:
            with open_store(inbox._helpdesk_mail_settings()) as store:
                if store.select(self.folder_id.name).uidvalidity != uidvalidity:
                    return None
                return next(iter(store.fetch([uid], max_size=inbox.max_size_mb * 2**20)), None)
        except TransportError as error:
            raise UserError(str(error)) from None

    def _source(self):
        """The octets of the original mail from here or from the server, or b""."""
        self.ensure_one()
        mail = self._stored_mail() or self._mail_on_server()
        return mail.source if mail else b""

    def action_download(self):
        """The original mail as an ``.eml`` file (several: a zip archive)."""
        self._check_manage()
        return {
            "type": "ir.actions.act_url",
            "url": f"/helpdesk_mail/source?ids={','.join(map(str, self.ids))}",
            "target": "download",
        }

    def action_view_ticket(self):
        """The ticket that this mail ended in."""
        self.ensure_one()
        return self.ticket_id._get_records_action()

    def _eml_name(self):
        """A file name for the original mail."""
        self.ensure_one()
        words = "".join(c if c.isalnum() or c in " -_." else " " for c in self.subject or "")
        return f"{self.id} {' '.join(words.split())[:60]}".strip() + ".eml"
