# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What mails about tickets look like: language, the frame around a template, the portal's link."""

from markupsafe import Markup
from odoo import api, fields, models

from ..message import html_to_text

# what a notification quotes of a mail: enough to know what it is about
_EXCERPT = 4_000
# what mail programs show beside the subject
_PREVIEW = 140
_DOCTYPE = Markup("<!DOCTYPE html>\n")


class HelpdeskTicket(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.ticket"  # pylint: disable=consider-merging-classes-inherited

    request_text = fields.Text(
        string="Text of the request",
        compute="_compute_request_text",
        groups="helpdesk_mail.group_mail_agent",
        help="The beginning of the request as plain text, for templates.",
    )

    @api.depends("description")
    def _compute_request_text(self):
        for ticket in self:
            text = html_to_text(ticket.description or "")
            ticket.request_text = text if len(text) <= _EXCERPT else f"{text[:_EXCERPT].rstrip()} …"

    # ------------------------------------------------------------------
    # language
    # ------------------------------------------------------------------

    def _helpdesk_mail_customer_langs(self, template):
        """Ticket -> code of the language in which its customer is written to.

        What the template says, else the customer's, the lead's, the inbox's, the company's.
        """
        said = template._render_lang(self.ids) if template.lang else {}
        installed = dict(self.env["res.lang"].get_installed())
        found = {}
        for ticket in self.sudo():
            candidates = (
                said.get(ticket.id),
                ticket.partner_id.lang,
                ticket.lead_id.lang_id.code if ticket.lead_id else False,
                ticket.inbox_id.default_lang,
                ticket.company_id.partner_id.lang,
                self.env.lang,
            )
            found[ticket] = next((code for code in candidates if code in installed), "en_US")
        return found

    # ------------------------------------------------------------------
    # links
    # ------------------------------------------------------------------

    def _helpdesk_mail_portal_url(self):
        """The address of the ticket in the portal, which needs no login; "" where the inbox wants
        none.

        Whoever has it reads the ticket: it goes to the address that wrote and to the customer,
        and to nobody else.
        """
        self.ensure_one()
        # sudo: whoever writes to the customer may give the customer their own ticket
        ticket = self.sudo()
        if not ticket.inbox_id.portal_link:
            return ""
        token = ticket._portal_ensure_token()
        return f"{ticket.get_base_url()}{ticket.access_url}?access_token={token}"

    def _helpdesk_mail_staff_url(self):
        """The address of the ticket for users, who log in."""
        self.ensure_one()
        return f"{self.get_base_url()}/mail/view?model={self._name}&res_id={self.id}"

    # ------------------------------------------------------------------
    # the frame
    # ------------------------------------------------------------------

    def _helpdesk_mail_frame(self, body, lang, *, url="", staff=False, hint=""):
        """The whole HTML document of a mail about this ticket.

        :param body: what the template says (Markup)
        :param lang: code of the language
        :param url: where the button leads; "": there is none
        :param staff: whether it goes to one of us
        :param hint: "reply", "noted" or "": what the foot says of replies
        """
        self.ensure_one()
        # sudo: name and look of inbox and company, in a mail of theirs
        ticket = self.sudo().with_context(lang=lang)
        language = self.env["res.lang"]._get_data(code=lang)
        words = " ".join(html_to_text(str(body or "")).split())
        rendered = self.env["ir.qweb"]._render(
            "helpdesk_mail.mail_frame",
            {
                "ticket": ticket,
                "inbox": ticket.inbox_id,
                "company": ticket.company_id,
                "lang": lang.replace("_", "-"),
                "direction": language.direction or "ltr",
                "preview": words[:_PREVIEW],
                "body": body,
                "url": url,
                "staff": staff,
                "hint": hint,
            },
            minimal_qcontext=True,
            lang=lang,
        )
        return _DOCTYPE + rendered
