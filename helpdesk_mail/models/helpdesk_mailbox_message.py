# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A private message: what came to a personal mailbox, or was sent from it.

It is no ``mail.message``: those show up in chatters, notifications, searches and the lists of
administrators. Nothing of a private message stands anywhere else.
"""

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, clean_context, html_sanitize

from ..intake import private
from ..intake.addresses import format_address
from . import seal

_DRAFT = {
    "mailbox_id", "email_to", "email_cc", "email_bcc", "subject", "body", "with_quote",
    "attachment_ids",
}  # fmt: skip


class HelpdeskMailboxMessage(models.Model):
    _name = "helpdesk.mailbox.message"
    _description = "Private Message"
    _inherit = "helpdesk.mail.sealed"
    _order = "date desc, id desc"
    _rec_name = "subject"

    mailbox_id = fields.Many2one(
        "helpdesk.mailbox",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env["helpdesk.mailbox"]._of_user(),
    )
    direction = fields.Selection(
        [("in", "Received"), ("out", "Sent")], required=True, readonly=True, default="out"
    )
    state = fields.Selection(
        [
            ("received", "Received"),
            ("draft", "Draft"),
            ("queued", "Waiting"),
            ("sending", "Being sent"),
            ("sent", "Sent"),
            ("failed", "Not sent"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
    )
    # what the mail itself says
    message_id = fields.Char(string="Message-ID", readonly=True, copy=False)
    references = fields.Text(readonly=True)
    thread_key = fields.Char(readonly=True)
    sender_name = fields.Char(readonly=True)
    sender_email = fields.Char(readonly=True, help="As addresses are compared.")
    email_from = fields.Char(string="From", compute="_compute_email_from")
    email_to = fields.Text(string="To")
    email_cc = fields.Text(string="Cc")
    email_bcc = fields.Text(string="Bcc")
    email_reply_to = fields.Text(string="Reply-To", readonly=True)
    party_email = fields.Char(
        string="Address",
        readonly=True,
        help="The address on the other side: who wrote, or to whom it was sent.",
    )
    subject = fields.Char()
    date = fields.Datetime(readonly=True, default=fields.Datetime.now, copy=False)
    preview = fields.Char(readonly=True)
    # sanitised by message (nh3), which knows mail better; what people write here, when it is sent
    body = fields.Html(sanitize=False, string="Message")
    attachment_ids = fields.Many2many(
        "ir.attachment", "helpdesk_mailbox_message_attachment_rel", "message_id", "attachment_id"
    )
    # of mail whose server keeps nothing (POP3)
    source = fields.Binary(string="Original mail", attachment=True, readonly=True, copy=False)
    has_attachments = fields.Boolean(readonly=True)
    importance = fields.Selection(
        [("high", "High"), ("normal", "Normal"), ("low", "Low")], default="normal", readonly=True
    )
    kind = fields.Char(readonly=True)
    # who it is about
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null", ondelete="set null"
    )
    lead_id = fields.Many2one(
        "crm.lead", readonly=True, index="btree_not_null", ondelete="set null"
    )
    is_unknown = fields.Boolean(
        string="Author not found", compute="_compute_is_unknown", search="_search_is_unknown"
    )
    # what was done with it
    is_read = fields.Boolean(string="Read", readonly=True)
    is_starred = fields.Boolean(string="Starred", readonly=True)
    is_answered = fields.Boolean(string="Answered", readonly=True)
    author_user_id = fields.Many2one(
        "res.users", string="Written by", readonly=True, ondelete="set null", copy=False
    )
    # where it stands on the server
    folder_id = fields.Many2one("helpdesk.mail.folder", readonly=True, ondelete="set null")
    server_uid = fields.Char(readonly=True, copy=False)
    size = fields.Integer(readonly=True)
    is_truncated = fields.Boolean(readonly=True, help="Too large: only its beginning stands here.")

    _list = models.Index("(mailbox_id, direction, date DESC, id DESC)")
    _newest = models.Index("(mailbox_id, date DESC, id DESC)")
    _unread = models.Index("(mailbox_id, direction, date DESC, id DESC) WHERE is_read IS NOT TRUE")
    _thread = models.Index("(mailbox_id, thread_key)")
    _by_message_id = models.Index("(mailbox_id, message_id)")
    _by_party = models.Index("(mailbox_id, party_email)")
    _by_uid = models.Index("(folder_id, server_uid) WHERE folder_id IS NOT NULL")

    def init(self):
        """Keep bodies beside the table: lists and counts read none of them."""
        self.env.cr.execute(
            SQL("ALTER TABLE %s SET (toast_tuple_target = 512)", SQL.identifier(self._table))
        )

    @api.depends("sender_name", "sender_email")
    def _compute_email_from(self):
        for message in self:
            message.email_from = format_address(message.sender_name, message.sender_email)

    @api.depends("subject")
    def _compute_display_name(self):
        for message in self:
            message.display_name = message.subject or self.env._("(no subject)")

    @api.depends("partner_id", "lead_id", "direction")
    def _compute_is_unknown(self):
        for message in self:
            message.is_unknown = (
                message.direction == "in" and not message.partner_id and not message.lead_id
            )

    def _search_is_unknown(self, operator, value):
        if operator != "in":
            return NotImplemented
        unknown = fields.Domain(
            [("direction", "=", "in"), ("partner_id", "=", False), ("lead_id", "=", False)]
        )
        wanted = set(value)
        if wanted == {True}:
            return unknown
        return ~unknown if wanted == {False} else fields.Domain(wanted >= {True, False})

    # ------------------------------------------------------------------
    # records: people write drafts, our own code the rest
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not seal.is_open(self.env):
            vals_list = [self._checked_draft(vals) for vals in vals_list]
            # what is no draft's to write is none by way of a default either
            self = self.with_context(clean_context(self.env.context))
        messages = super().create(vals_list)
        messages._own_files()
        return messages

    def write(self, vals):
        if not seal.is_open(self.env):
            vals = self._checked_draft(vals)
            if any(message.state not in ("draft", "failed") for message in self):
                raise UserError(self.env._("What was sent or received is not changed any more."))
        result = super().write(vals)
        if "attachment_ids" in vals:
            self._own_files()
        return result

    def _checked_draft(self, vals):
        """*vals* as somebody may write them into a draft.

        :raise AccessError: there is more in them than what people write
        """
        if unknown := vals.keys() - _DRAFT:
            raise AccessError(self.env._("%s is not for you to write.", ", ".join(sorted(unknown))))
        if "mailbox_id" in vals:
            # the ORM asks for the mailbox that a draft leaves alone
            seal.check_writes_from(self.env, vals["mailbox_id"])
        if vals.get("body"):
            # a delegate writes what the owner reads, and the other way round
            vals = {**vals, "body": html_sanitize(vals["body"], sanitize_attributes=True)}
        return vals

    def _own_files(self):
        """Let the files of these drafts belong to them, and to nothing else.

        :raise AccessError: a file is not for the user to read: what leaves with a mail is
        """
        if seal.is_open(self.env):
            return
        for message in seal.opened(self):
            for file in message.attachment_ids:
                if file.res_model == self._name and file.res_id == message.id:
                    continue
                uploaded = file.res_model == self._name and not file.res_id
                if uploaded and file.create_uid.id == self.env.uid:
                    file.res_id = message.id
                    continue
                file.with_user(self.env.user).check_access("read")
                own = file.copy({"res_model": self._name, "res_id": message.id})
                message.attachment_ids = [(3, file.id), (4, own.id)]
            message.has_attachments = bool(message.attachment_ids)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_sending(self):
        if not seal.is_open(self.env) and "sending" in self.mapped("state"):
            raise UserError(self.env._("It is being sent right now. Delete it afterwards."))

    def unlink(self):
        """Delete here, for good: the journal remembers, so that no fetch brings it back."""
        self.check_access("unlink")
        private.remember_deleted(seal.opened(self))
        mailboxes = self.mailbox_id
        # before their messages: files of no message are nobody's, not even to delete
        seal.opened(self)._files().unlink()
        result = super().unlink()
        mailboxes._tell_unread()
        return result

    def _files(self):
        """The files and originals of these messages; a draft may name files of others as well."""
        return self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                # those of fields as well: the ORM would look for them when it is too late
                "|",
                ("res_field", "=", False),
                ("res_field", "!=", False),
            ]
        )

    def action_mark_read(self):
        """Mark these messages as read."""
        return self._mark_read(True)

    def action_mark_unread(self):
        """Mark these messages as unread."""
        return self._mark_read(False)

    def _mark_read(self, is_read):
        self.check_access("write")
        changed = self.filtered(lambda message: message.is_read != is_read)
        seal.opened(changed).write({"is_read": is_read})
        changed.mailbox_id._tell_unread()
        return True

    def action_delete(self):
        """Delete these messages here; the server keeps its own."""
        self.check_access("unlink")
        self.unlink()
        return True

    def action_block(self):
        """Take in no more mail from these senders; what is here stays."""
        self.check_access("write")
        for mailbox, messages in self.grouped("mailbox_id").items():
            emails = messages.filtered(lambda m: m.direction == "in").mapped("sender_email")
            if not any(emails):
                raise UserError(self.env._("This message names no sender."))
            # a delegate may block as well: the list itself is the owner's
            seal.opened(mailbox)._deny(emails)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Mail from %s is not taken in any more. The list stands in your mailbox's "
                    "settings.",
                    ", ".join(sorted(set(filter(None, self.mapped("sender_email"))))),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------------
    # whose it is
    # ------------------------------------------------------------------

    def _link(self, partner=None, lead=None):
        """Link all messages of the same addresses in the same mailboxes to a customer or a lead,
        now and from now on: how many.
        """
        count = 0
        for mailbox, messages in self.grouped("mailbox_id").items():
            emails = sorted(set(filter(None, messages.mapped("party_email"))))
            if not emails:
                continue
            values = {
                "partner_id": partner.id if partner else lead.partner_id.id if lead else False,
                "lead_id": lead.id if lead else False,
            }
            self.env["helpdesk.mailbox.pair"]._set(mailbox, emails, values)
            same = self.search([("mailbox_id", "=", mailbox.id), ("party_email", "in", emails)])
            seal.opened(same).write(values)
            count += len(same)
        return count
