# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Answers: they leave from the inbox's address, carry the ticket number, and go to the customer once."""

from markupsafe import Markup

from odoo import models
from odoo.tools import email_normalize, is_html_empty

# headers of automatic mail: RFC 3834, section 5, and what Microsoft Exchange heeds
AUTOMATIC_HEADERS = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    # ------------------------------------------------------------------
    # who gets an answer
    # ------------------------------------------------------------------

    def _helpdesk_mail_customer_emails(self):
        """Whom answers go to: the address that wrote, and the customer's own address; normalised, once each."""
        self.ensure_one()
        emails = [
            email_normalize(self.partner_email or "", strict=False),
            self.partner_id.email_normalized,
        ]
        own = self.env["helpdesk.inbox"]._all_own_addresses()
        return [email for email in dict.fromkeys(filter(None, emails)) if email not in own]

    def _helpdesk_mail_is_answer(self, message, msg_vals=None):
        """Whether *message* is what an agent says to the customer: a public comment by one of us."""
        values = msg_vals or {}
        message = message.sudo()
        message_type = values.get("message_type", message.message_type)
        author = self.env["res.partner"].sudo().browse(
            values.get("author_id") or message.author_id.id
        )
        subtype = (
            self.env["mail.message.subtype"].sudo().browse(values["subtype_id"])
            if "subtype_id" in values
            else message.subtype_id
        )
        return bool(
            self
            and self.inbox_id
            and message_type in ("comment", "email")
            and subtype == self.env.ref("mail.mt_comment")
            and author
            and not author.partner_share
        )

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Add the address that wrote and the customer's own address to those who get an answer."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        if kwargs.get("notify_skip_followers") or not self._helpdesk_mail_is_answer(message, msg_vals):
            return recipients
        if not self.sudo().inbox_id.notify_new_message:
            return recipients
        known = {data["email_normalized"] for data in recipients}
        # who got the mail that is being answered for us by its sender, as Odoo does
        values = msg_vals or {}
        for key in ("incoming_email_to", "incoming_email_cc"):
            for part in (values.get(key) or message.sudo()[key] or "").split(","):
                known.add(email_normalize(part, strict=False))
        known.add(message.sudo().author_id.email_normalized)
        partner = self.sudo().partner_id
        for email in self.sudo()._helpdesk_mail_customer_emails():
            if email in known:
                continue
            is_partner = partner and partner.email_normalized == email and partner.active
            recipients.append(
                {
                    "active": True,
                    "email_normalized": email,
                    "id": partner.id if is_partner else False,
                    "is_follower": False,
                    "name": partner.name if is_partner else self.partner_name or email,
                    "lang": partner.lang or False,
                    "groups": [],
                    "notif": "email",
                    "share": True,
                    "type": "customer",
                    "uid": False,
                    "ushare": False,
                }
            )
        return recipients

    # ------------------------------------------------------------------
    # from which address
    # ------------------------------------------------------------------

    def message_post(self, *, message_type="notification", **kwargs):
        """Let what agents write to the customer of an inbox's ticket leave from the inbox's address."""
        inbox = self.sudo().inbox_id if len(self) == 1 else None
        if (
            inbox
            and message_type in ("comment", "email_outgoing")
            and self.env.user._is_internal()
            and not kwargs.get("email_from")
        ):
            author_id, _email = self._message_compute_author(kwargs.get("author_id"), None)
            author = self.env["res.partner"].browse(author_id)
            kwargs["author_id"] = author_id
            kwargs["email_from"] = inbox._answer_from(author)
            if inbox.mail_server_id and "mail_server_id" not in kwargs:
                kwargs["mail_server_id"] = inbox.mail_server_id.id
        return super().message_post(message_type=message_type, **kwargs)

    def _notify_get_reply_to(self, default=None, author_id=False):
        """Answers to the tickets of an inbox go to its address."""
        with_inbox = self.sudo().filtered("inbox_id")
        result = {
            ticket.id: ticket.inbox_id._reply_address(ticket.id) for ticket in with_inbox
        }
        others = self - self.browse(with_inbox.ids)
        if others or not self:
            result.update(
                super(HelpdeskTicket, others)._notify_get_reply_to(
                    default=default, author_id=author_id
                )
            )
        return result

    def _message_compute_subject(self):
        """'Re: [HT00012] subject' for the tickets of an inbox."""
        self.ensure_one()
        tagged = self._helpdesk_mail_tag_subject(self.name)
        return f"Re: {tagged}" if tagged else super()._message_compute_subject()

    def _helpdesk_mail_tag_subject(self, subject):
        """*subject* with the ticket number, or False where the inbox wants none."""
        tag = self.sudo().inbox_id.subject_tag
        if not tag or not self.number:
            return False
        tag = tag.replace("{number}", self.number)
        return subject if tag in (subject or "") else f"{tag} {subject or ''}".strip()

    def _notify_by_email_get_base_mail_values(self, message, recipients_data, additional_values=None):
        """Put the ticket number into the subject, and the customer's Message-IDs into References."""
        values = super()._notify_by_email_get_base_mail_values(
            message, recipients_data, additional_values=additional_values
        )
        if len(self) == 1 and self.sudo().inbox_id:
            subject = values.get("subject") or message.subject or self.name
            tagged = self._helpdesk_mail_tag_subject(subject)
            if tagged:
                values["subject"] = tagged
        return values

    # ------------------------------------------------------------------
    # with which words
    # ------------------------------------------------------------------

    def _notify_by_email_render_layout(
        self, message, recipients_group, msg_vals=False, render_values=None
    ):
        """Wrap answers to the customer into the inbox's template of new messages."""
        inbox = self.sudo().inbox_id if len(self) == 1 else None
        if (
            inbox
            and inbox.new_message_template_id
            and recipients_group.get("notification_group_name") in ("customer", "portal_customer", "portal")
            and self._helpdesk_mail_is_answer(message, msg_vals)
        ):
            lang = (render_values or {}).get("lang") or self.env.lang
            template = inbox.new_message_template_id.with_context(
                lang=lang,
                message_body=message.sudo().body or Markup(),
                message_author=message.sudo().author_id.name,
            )
            body = template._render_field("body_html", self.ids, set_lang=lang)[self.id]
            if not is_html_empty(body):
                return body
        return super()._notify_by_email_render_layout(
            message, recipients_group, msg_vals=msg_vals, render_values=render_values
        )

    # ------------------------------------------------------------------
    # request received
    # ------------------------------------------------------------------

    def _helpdesk_mail_send_request_received(self):
        """Queue *Request received* for these tickets, to the address that wrote, in its language."""
        for inbox, tickets in self.sudo().grouped("inbox_id").items():
            template = inbox.request_received_template_id
            if not template:
                continue
            for ticket in tickets:
                ticket._helpdesk_mail_send_automatic(template, ticket.partner_email)

    def _helpdesk_mail_send_automatic(self, template, email_to):
        """Queue one automatic mail about this ticket, marked as such (RFC 3834) and threaded with the request."""
        self.ensure_one()
        inbox = self.inbox_id
        lang = self.partner_id.lang or template._render_lang(self.ids)[self.id] or self.env.lang
        template = template.with_context(lang=lang)
        subject = template._render_field("subject", self.ids, set_lang=lang)[self.id]
        body = template._render_field("body_html", self.ids, set_lang=lang)[self.id]
        request = self.env["mail.message"].search(
            [("model", "=", self._name), ("res_id", "=", self.id), ("message_type", "=", "email")],
            order="id",
            limit=1,
        )
        return self.env["mail.mail"].create(
            {
                "model": self._name,
                "res_id": self.id,
                "message_type": "auto_comment",
                "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
                "subject": self._helpdesk_mail_tag_subject(subject) or subject,
                "body": body,
                "body_html": body,
                "email_from": inbox._answer_address(),
                "author_id": self.env.ref("base.partner_root").id,
                "reply_to": inbox._reply_address(self.id),
                "email_to": email_to,
                "references": request.message_id or False,
                "headers": repr(AUTOMATIC_HEADERS),
                "mail_server_id": inbox.mail_server_id.id,
                "is_notification": False,
                "auto_delete": False,
            }
        )
