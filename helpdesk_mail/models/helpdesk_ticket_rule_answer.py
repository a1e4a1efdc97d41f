# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the rules of an inbox answer about a ticket."""

from odoo import models

from .helpdesk_ticket_notify import Target
from .notification_kinds import Kind

_ANSWER = Kind("rule_answer", "sender", "auto-replied")


class HelpdeskTicket(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.ticket"  # pylint: disable=consider-merging-classes-inherited

    def _helpdesk_mail_prepare_answers(self, template, items):
        """What rules answer with *template* to the senders of *items*, which were taken in.

        :return: what :meth:`_helpdesk_mail_queue` takes, and the items whose senders get no more
        """
        tickets = self.browse(dict.fromkeys(item.ticket_id for item in items))
        langs = tickets._helpdesk_mail_customer_langs(template)
        by_target, prepared, left_out = {}, [], []
        for item in items:
            ticket = self.browse(item.ticket_id)
            by_target.setdefault((ticket, item.sender_email), item)
        targets = [Target(ticket, langs[ticket], email=email) for ticket, email in by_target]
        allowed = tickets._helpdesk_mail_allowed_targets(targets, {}, fresh=False)
        kept = {(target.ticket, target.email) for target in allowed}
        left_out = [item for key, item in by_target.items() if key not in kept]
        references = {
            ticket.id: f"<{item.parsed.message_id}>"
            for (ticket, _email), item in by_target.items()
            if item.parsed.message_id
        }
        by_lang = {}
        for target in allowed:
            by_lang.setdefault(target.lang, []).append(target)
        for lang, some in by_lang.items():
            prepared += tickets._helpdesk_mail_render(_ANSWER, template, lang, some, references)
        return prepared, left_out
