# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Answers: they leave from the inbox's address, carry the ticket number, and go to the customer
once.
"""

import ast

from markupsafe import Markup
from odoo import models
from odoo.tools import email_normalize, is_html_empty
from odoo.tools.mail import email_split

# of those who get answers: the address that wrote and the customer's own
_CUSTOMER_GROUP = "helpdesk_mail_customer"


class HelpdeskTicket(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.ticket"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------------
    # who gets an answer
    # ------------------------------------------------------------------

    def _helpdesk_mail_is_answer(self, message, msg_vals=None):
        """Whether *message* is what an agent says to the customer: a public comment by one of
        us.
        """
        values = msg_vals or {}
        message = message.sudo()
        if not self.sudo().inbox_id:
            return False
        if values.get("message_type", message.message_type) not in ("comment", "email"):
            return False
        subtype_id = values["subtype_id"] if "subtype_id" in values else message.subtype_id.id
        if subtype_id != self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment"):
            return False
        author = (
            self.env["res.partner"].sudo().browse(values.get("author_id") or message.author_id.id)
        )
        return bool(author) and not author.partner_share

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        """History that is imported notifies nobody."""
        if self.env.context.get("helpdesk_mail_history"):
            return []
        return super()._notify_thread(message, msg_vals=msg_vals, **kwargs)

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Add the address that wrote and the customer's own address to those who get an answer."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        if kwargs.get("notify_skip_followers") or not self._helpdesk_mail_is_answer(
            message, msg_vals
        ):
            return recipients
        if not self.sudo().inbox_id.notify_new_message:
            return recipients
        known = {data["email_normalized"] for data in recipients}
        # who got the mail that is being answered for us by its sender, as Odoo does
        values = msg_vals or {}
        for key in ("incoming_email_to", "incoming_email_cc"):
            for part in email_split(values.get(key) or message.sudo()[key] or ""):
                known.add(email_normalize(part, strict=False))
        known.add(message.sudo().author_id.email_normalized)
        partner = self.sudo().partner_id
        # theirs, and not that of the agent who writes
        lang = self._helpdesk_mail_customer_langs(self.sudo().inbox_id._words_of("new_message"))
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
                    "lang": lang[self],
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
        """Let what agents write to the customer of an inbox's ticket leave from the inbox's
        address.
        """
        inbox = self.sudo().inbox_id if len(self) == 1 else None
        if inbox and message_type in ("comment", "email_outgoing") and self.env.user._is_internal():
            author_id, own_address = self._message_compute_author(kwargs.get("author_id"), None)
            email_from = kwargs.get("email_from")
            # the full composer fills in the agent's own address: that is no choice of theirs
            if not email_from or email_normalize(email_from) == email_normalize(own_address or ""):
                author = self.env["res.partner"].browse(author_id)
                kwargs["author_id"] = author_id
                kwargs["email_from"] = inbox._answer_from(author)
                if inbox.mail_server_id and not kwargs.get("mail_server_id"):
                    kwargs["mail_server_id"] = inbox.mail_server_id.id
        return super().message_post(message_type=message_type, **kwargs)

    def _notify_get_reply_to(self, default=None, author_id=False):
        """Answers to the tickets of an inbox go to its address."""
        with_inbox = self.sudo().filtered("inbox_id")
        result = {ticket.id: ticket.inbox_id._reply_address(ticket.id) for ticket in with_inbox}
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

    def _notify_by_email_get_base_mail_values(
        self, message, recipients_data, additional_values=None
    ):
        """Put the ticket number into the subject, and say which message is answered
        (In-Reply-To).
        """
        values = super()._notify_by_email_get_base_mail_values(
            message, recipients_data, additional_values=additional_values
        )
        if len(self) == 1 and self.sudo().inbox_id:
            self._helpdesk_mail_hide_references(message, values)
        # a mail's subject is stored with its message: what a customer wrote stays as it is
        if len(self) == 1 and self._helpdesk_mail_is_answer(message):
            subject = values.get("subject") or message.subject or self.name
            tagged = self._helpdesk_mail_tag_subject(subject)
            if tagged:
                values["subject"] = tagged
            answered = self._helpdesk_mail_answered_message(message)
            if answered.message_id:
                headers = ast.literal_eval(values.get("headers") or "{}")
                values["headers"] = repr({**headers, "In-Reply-To": answered.message_id})
        return values

    def _helpdesk_mail_hide_references(self, message, values):
        """Leave out of *values* the Message-IDs of what only our staff got: who can name one of
        them in an answer is one of us (``intake.commands``).
        """
        names = (values.get("references") or "").split()
        if len(names) < 2 or message.sudo().subtype_id.internal:
            return
        # sudo: only their Message-IDs, which are left out
        ours = (
            self.env["mail.message"]
            .sudo()
            .search_fetch(
                [
                    ("message_id", "in", names),
                    ("id", "!=", message.id),
                    "|",
                    ("message_type", "=", "user_notification"),
                    "&",
                    ("message_type", "=", "comment"),
                    ("subtype_id.internal", "=", True),
                ],
                ["message_id"],
            )
        )
        if ours:
            hidden = set(ours.mapped("message_id"))
            values["references"] = " ".join(name for name in names if name not in hidden)

    def _helpdesk_mail_answered_message(self, message):
        """The message that *message* answers: its parent if that came by mail, else the last
        mail of the ticket.
        """
        parent = message.sudo().parent_id
        if parent.message_type == "email":
            return parent
        # sudo: only its Message-ID is used, in a mail of this very ticket
        return (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("message_type", "=", "email"),
                    ("id", "<", message.id),
                ],
                order="id desc",
                limit=1,
            )
        )

    # ------------------------------------------------------------------
    # with which words
    # ------------------------------------------------------------------

    def _helpdesk_mail_answer_template(self, message, msg_vals=None):
        """The template that wraps *message* for those outside, or an empty one."""
        template = self.env["mail.template"]
        if len(self) == 1 and self._helpdesk_mail_is_answer(message, msg_vals):
            # sudo: templates of the inbox, which agents use and need not read
            template = self.sudo().inbox_id._words_of("new_message")
        return template

    def _notify_get_recipients_groups(self, message, model_description, msg_vals=False):
        """Give the address that wrote and the customer a mail of their own: it alone carries the
        link to the portal that needs no login.
        """
        groups = super()._notify_get_recipients_groups(
            message, model_description, msg_vals=msg_vals
        )
        if not self._helpdesk_mail_answer_template(message, msg_vals):
            return groups
        emails = frozenset(self.sudo()._helpdesk_mail_customer_emails())
        url = self._helpdesk_mail_portal_url()
        ours = (
            _CUSTOMER_GROUP,
            lambda data: data["type"] != "user" and data["email_normalized"] in emails,
            {"active": True, "has_button_access": bool(url), "button_access": {"url": url}},
        )
        return [ours, *groups]

    def _notify_by_email_render_layout(
        self, message, recipients_group, msg_vals=False, render_values=None
    ):
        """Wrap answers to the customer into the inbox's template of new messages."""
        group = recipients_group.get("notification_group_name")
        if group in (_CUSTOMER_GROUP, "customer", "portal_customer", "portal"):
            template = self._helpdesk_mail_answer_template(message, msg_vals)
            lang = (render_values or {}).get("lang") or self.env.lang
            body = self._helpdesk_mail_render_answer(
                template,
                lang,
                body=message.sudo().body,
                author=message.sudo().author_id.name,
            )
            if not is_html_empty(body):
                has_link = group != "customer" and recipients_group.get("has_button_access")
                url = recipients_group["button_access"]["url"] if has_link else ""
                return self._helpdesk_mail_frame(body, lang, url=url)
        return super()._notify_by_email_render_layout(
            message, recipients_group, msg_vals=msg_vals, render_values=render_values
        )

    def _helpdesk_mail_render_answer(self, template, lang, body, author):
        """What *template* makes of an answer: Markup, or "" without a template."""
        if not template:
            return ""
        template = template.with_context(
            lang=lang, message_body=body or Markup(), message_author=author
        )
        return template._render_field("body_html", self.ids, set_lang=lang)[self.id]
