# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The plain text of mails about tickets."""

from odoo import models

from ..message import html_to_text


class MailMail(models.Model):
    _inherit = "mail.mail"

    def _prepare_outgoing_list(self, mail_server=False, doc_to_followers=None):
        """Give mails about tickets a text/plain part that people can read: without the hidden
        words, footnotes for links and broken lists of Odoo's own.
        """
        mails = super()._prepare_outgoing_list(
            mail_server=mail_server, doc_to_followers=doc_to_followers
        )
        if self.model == "helpdesk.ticket":
            for mail in mails:
                mail["body_alternative"] = html_to_text(str(mail["body"] or ""))
        return mails
