# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Sending private mail: what people do with it. :mod:`.helpdesk_mailbox_delivery` lets it leave.

draft -> queued -> sending -> sent
             ^________|  \\-> failed, a draft again in all but name
"""

from odoo import fields, models
from odoo.exceptions import UserError

from ..intake import private
from ..intake.addresses import format_address
from ..message import html_to_text
from . import mailbox_mail, seal
from .helpdesk_mailbox_preflight import BLOCKS, WARNING

_PREVIEW = 200  # characters


class HelpdeskMailboxMessage(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mailbox.message"  # pylint: disable=consider-merging-classes-inherited

    problem = fields.Text(readonly=True, copy=False, help="What became of it, in plain words.")
    delivery = fields.Selection(
        [
            ("partly", "Not to everybody"),
            ("delayed", "Delayed"),
            ("bounced", "Came back"),
        ],
        readonly=True,
        copy=False,
    )
    filing_problem = fields.Char(
        readonly=True, copy=False, help="Why it does not stand in the Sent folder."
    )
    is_uncertain = fields.Boolean(
        readonly=True, copy=False, help="Nobody knows whether it has left."
    )
    tries = fields.Integer(readonly=True, copy=False)
    retry_at = fields.Datetime(string="Next try", readonly=True, copy=False)
    waits_for_sign_in = fields.Boolean(
        readonly=True, copy=False, help="It leaves once the mailbox is connected again."
    )
    recipients_left = fields.Text(readonly=True, copy=False)
    was_taken = fields.Boolean(readonly=True, copy=False)
    # what was said of those who will never get it, while others are still tried
    refusals = fields.Text(readonly=True, copy=False)

    _due = models.Index("(mailbox_id, id) WHERE state IN ('queued', 'sending')")

    # ------------------------------------------------------------------
    # what people do
    # ------------------------------------------------------------------

    def action_send(self):
        """Send this draft; where something should be looked at first, show that."""
        self.ensure_one()
        self.check_access("write")
        if self.state not in ("draft", "failed"):
            raise UserError(self.env._("This has left already, or is on its way."))
        found = self._preflight()
        if blocks := found.of(BLOCKS):
            raise UserError("\n".join(finding.sentence for finding in blocks))
        if found.of(WARNING) and not self.env.context.get("helpdesk_mail_looked_at"):
            return self._preflight_action()
        self._queue()
        return {
            "type": "ir.actions.client",
            "tag": "helpdesk_mail_message_left",
            "params": {"message": self.env._("The mail is on its way.")},
        }

    def _preflight_action(self):
        """The dialog that shows what to look at before this draft leaves."""
        view = self.env.ref("helpdesk_mail.helpdesk_mailbox_message_view_form_preflight")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send this mail?"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            # sudo: the id of a view
            "views": [(view.sudo().id, "form")],
            "target": "new",
        }

    def action_discard(self):
        """Delete this draft, and go back to where its author came from."""
        self.ensure_one()
        self.check_access("unlink")
        if self.state not in ("draft", "failed"):
            raise UserError(self.env._("This has left already, or is on its way."))
        self.unlink()
        return {
            "type": "ir.actions.client",
            "tag": "helpdesk_mail_message_left",
            "params": {"message": self.env._("The draft is deleted.")},
        }

    def action_cancel_sending(self):
        """Take this mail back while it waits; it is a draft again."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "queued":
            raise UserError(self.env._("This has left already, or is leaving now."))
        if self.was_taken:
            raise UserError(self.env._("Some of the recipients have this mail already."))
        # rights were checked above
        seal.opened(self).write({"state": "draft", "retry_at": False, "tries": 0})
        return True

    def action_mark_sent(self):
        """Note that a mail of which nobody knew has left."""
        self.ensure_one()
        self.check_access("write")
        if not self.is_uncertain:
            raise UserError(self.env._("It is known what became of this mail."))
        # rights were checked above
        seal.opened(self)._left()
        return True

    def _queue(self):
        """Let this draft wait for the scheduler, as it will leave."""
        seal.check(self, "write")
        mailbox = seal.opened(self.mailbox_id)
        self._adopt_images()
        opened = seal.opened(self)
        owners = self._owners(mailbox)
        email = mailbox._sender_email()
        message_id = opened.message_id or mailbox_mail.new_message_id(email)
        opened.write(
            {
                "state": "queued",
                "date": fields.Datetime.now(),
                "message_id": message_id,
                "thread_key": opened.thread_key or message_id,
                "sender_name": mailbox._sender_name(),
                "sender_email": email.lower(),
                "author_user_id": self.env.uid,
                "preview": " ".join(html_to_text(str(opened.body or "")).split())[:_PREVIEW],
                "has_attachments": bool(opened.attachment_ids),
                "is_read": True,
                "problem": False,
                "tries": 0,
                "retry_at": False,
                "waits_for_sign_in": False,
                "is_uncertain": False,
                **owners,
            }
        )
        mailbox._wake_sender()

    def _owners(self, mailbox):
        """Whose message this is: the first of its recipients who is known, else whomever it was
        begun for.
        """
        written = mailbox_mail.addresses(f"{self.email_to or ''}, {self.email_cc or ''}")
        written += mailbox_mail.addresses(self.email_bcc)
        keys = [one.key for one in written if not one.problem]
        owners, _known = private.whose(mailbox, keys)
        _names, hidden = self._visible_names(owners)
        for key in keys:
            if key in owners and key not in hidden:
                partner_id, lead_id = owners[key]
                return {"party_email": key, "partner_id": partner_id, "lead_id": lead_id}
        return {"party_email": keys[0]} if keys else {}

    def _adopt_images(self):
        """Images that the text shows and that stand elsewhere: copied, where the user may see
        them. What is not among its files leaves with no mail.
        """
        wanted = mailbox_mail.image_ids(self.body)
        if not wanted:
            return
        files = self.env["ir.attachment"].with_user(self.env.user).browse(sorted(wanted)).exists()
        copies = {}
        for file in files._filtered_access("read"):
            if file.res_model != self._name or file.res_id != self.id:
                own = seal.opened(file).copy({"res_model": self._name, "res_id": self.id})
                copies[file.id] = own.id
        if copies:
            seal.opened(self).body = mailbox_mail.with_images(self.body, copies)

    def _sender_address(self):
        """Who writes on behalf of the owner, as the field Sender has it."""
        author = self._author()
        own = seal.opened(self.env["helpdesk.mailbox"]).search([("user_id", "=", author.id)])
        email = own._sender_email() if own else ""
        name = mailbox_mail.display_name(author.name)
        return format_address(name, email or author.email_normalized or author.login)
