# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What rules did with a mail, and what they answer to those who are refused."""

from odoo import fields, models

from ..message import html_to_text


class HelpdeskIncomingMail(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.incoming.mail"  # pylint: disable=consider-merging-classes-inherited

    rule_ids = fields.Many2many("helpdesk.inbox.rule", string="Rules", readonly=True)
    is_answered = fields.Boolean(
        string="Refusal answered",
        readonly=True,
        help="A rule refused the mail and told its sender so.",
    )

    def _helpdesk_mail_queue_answers(self, template):
        """Queue *template*, rendered for each of these refused mails, to their senders.

        It is marked as automatic (RFC 3834) and belongs to no ticket: a reply is a new mail.
        """
        by_lang = {}
        installed = dict(self.env["res.lang"].get_installed())
        said = template._render_lang(self.ids) if template.lang else {}
        for mail in self:
            candidates = (
                said.get(mail.id),
                mail.inbox_id.default_lang,
                mail.company_id.partner_id.lang,
            )
            lang = next((code for code in candidates if code in installed), self.env.lang)
            by_lang.setdefault(lang, self.browse())
            by_lang[lang] |= mail
        values_list = []
        for lang, mails in by_lang.items():
            translated = template.with_context(lang=lang)
            subjects = translated._render_field("subject", mails.ids, set_lang=lang)
            bodies = translated._render_field("body_html", mails.ids, set_lang=lang)
            for mail in mails:
                subject = " ".join((subjects[mail.id] or mail.subject or "").split())
                values_list.append(mail._helpdesk_mail_answer_values(subject, bodies[mail.id]))
        self.env["mail.mail"].create(values_list)
        self.is_answered = True
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    def _helpdesk_mail_answer_values(self, subject, body):
        """The ``mail.mail`` that tells the sender of this mail that it was refused."""
        inbox = self.inbox_id
        headers = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
        reference = f"<{self.message_id}>" if self.message_id else False
        if reference:
            headers["In-Reply-To"] = reference
        return {
            "message_type": "auto_comment",
            "email_from": inbox._answer_address(),
            "reply_to": inbox._answer_address(),
            "email_to": self.sender_email,
            "subject": subject or html_to_text(str(body))[:60],
            "body_html": body,
            "references": reference,
            "headers": repr(headers),
            "author_id": self.env.ref("base.partner_root").id,
            "record_company_id": self.company_id.id,
            "mail_server_id": inbox.mail_server_id.id,
            "is_notification": True,
            "auto_delete": True,
        }
