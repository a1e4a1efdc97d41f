# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A notification as a real ticket would send it; nothing is sent or written."""

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import is_html_empty

from ..message import html_to_text
from ..models.notification_kinds import KINDS


class HelpdeskNotificationPreview(models.TransientModel):
    _name = "helpdesk.notification.preview"
    _description = "Preview of a notification"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, readonly=True)
    notification = fields.Selection(selection="_selection_notification", required=True)
    ticket_id = fields.Many2one("helpdesk.ticket", domain="[('inbox_id', '=', inbox_id)]")
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        help="Empty: the recipient's.",
    )
    switched_off = fields.Boolean(compute="_compute_mail")
    recipients = fields.Char(string="To", compute="_compute_mail")
    email_from = fields.Char(string="From", compute="_compute_mail")
    subject = fields.Char(compute="_compute_mail")
    # what is sent: the frame's own document, shown in a frame without scripts
    body_html = fields.Html(string="HTML", compute="_compute_mail", sanitize=False)
    body_text = fields.Text(string="Plain text", compute="_compute_mail")
    error = fields.Text(compute="_compute_mail")

    @api.model
    def _selection_notification(self):
        names = {f"notify_{code}": code for code in KINDS}
        described = self.env["helpdesk.inbox"].fields_get(list(names), ["string"])
        return [(code, described[name]["string"]) for name, code in names.items()]

    @api.model
    def default_get(self, fields_list):
        """Choose the inbox's newest ticket that the user may see."""
        values = super().default_get(fields_list)
        if values.get("inbox_id") and not values.get("ticket_id"):
            values["ticket_id"] = (
                self.env["helpdesk.ticket"]
                .search([("inbox_id", "=", values["inbox_id"])], order="id desc", limit=1)
                .id
            )
        return values

    # not sudo: the ticket and its template are read with the rights of who looks
    @api.depends("inbox_id", "notification", "ticket_id", "lang")
    def _compute_mail(self):
        for preview in self:
            values = dict.fromkeys(
                ("recipients", "email_from", "subject", "body_html", "body_text", "error"), False
            )
            inbox, code = preview.inbox_id, preview.notification
            preview.switched_off = bool(code) and not (inbox and inbox[f"notify_{code}"])
            if inbox and code and preview.ticket_id:
                try:
                    values.update(preview._render())
                except (ValueError, UserError) as error:
                    values["error"] = str(error)
            preview.update(values)

    def _render(self):
        """The values of the fields that show the mail.

        :raise UserError: the template cannot be rendered, or the user may not read the ticket
        """
        inbox, kind = self.inbox_id, KINDS[self.notification]
        ticket = self.ticket_id._origin
        ticket.check_access("read")
        template = inbox._words_of(kind.code)
        if not template:
            raise UserError(self.env._("No template is chosen."))
        lang = self.lang or self._recipients_lang(ticket, kind, template)
        if kind.code == "new_message":
            body = ticket._helpdesk_mail_render_answer(
                template,
                lang,
                body=self._last_answer(ticket),
                author=self.env.user.name,
            )
            subject = ticket._message_compute_subject()
        else:
            translated = template.with_context(lang=lang)
            body = translated._render_field("body_html", ticket.ids, set_lang=lang)[ticket.id]
            subject = translated._render_field("subject", ticket.ids, set_lang=lang)[ticket.id]
            subject = ticket._helpdesk_mail_tag_subject(subject) or subject
        staff = kind.audience == "staff"
        # the link with its token is for the customer's eyes
        url = f"{ticket.get_base_url()}{ticket.access_url}" if inbox.portal_link else ""
        html = ticket._helpdesk_mail_frame(
            body,
            lang,
            url=ticket._helpdesk_mail_staff_url() if staff else url,
            staff=staff,
            hint="reply" if staff else "",
        )
        return {
            "recipients": self._recipients(ticket, kind, template),
            "email_from": inbox._answer_from(self.env.user.partner_id)
            if kind.code == "new_message"
            else inbox._answer_address(),
            "subject": subject,
            "body_html": html,
            "body_text": html_to_text(str(html)),
        }

    def _recipients_lang(self, ticket, kind, template):
        if kind.audience == "staff":
            targets = ticket.sudo()._helpdesk_mail_targets(kind, template)
            return targets[0].lang if targets else self.env.lang
        return ticket._helpdesk_mail_customer_langs(template)[ticket]

    def _recipients(self, ticket, kind, template):
        """Who would get it, in one line."""
        # sudo: addresses of the ticket that the user reads, and of the inbox that they set up
        ticket = ticket.sudo()
        targets = ticket._helpdesk_mail_targets(kind, template.sudo())
        allowed = ticket._helpdesk_mail_allowed_targets(targets, {}, fresh=True)
        emails = [email for target in allowed for email in target.emails]
        return ", ".join(emails) or self.env._("Nobody")

    def _last_answer(self, ticket):
        """What an agent said last in the ticket, or some words."""
        message = self.env["mail.message"].search(
            [
                ("model", "=", ticket._name),
                ("res_id", "=", ticket.id),
                ("message_type", "=", "comment"),
                ("is_internal", "=", False),
                ("author_id.partner_share", "=", False),
            ],
            order="id desc",
            limit=1,
        )
        if is_html_empty(message.body):
            return Markup("<p>%s</p>") % self.env._("Here stands what the agent writes.")
        return message.body
