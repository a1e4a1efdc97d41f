# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an inbox takes in, and from whom."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..intake import auto_replies, deny, sender_lists

_MANAGER = "helpdesk_mail.group_mail_administrator"


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    allowed_domains = fields.Text(
        string="Allowed domains",
        groups=_MANAGER,
        help="Who may write to this inbox, one a line: firm.example, *.firm.example (the domains "
        "below it), or single addresses. All others are refused; what they wrote is kept as "
        "refused mail. Empty: everybody. Agents, web forms named below, and replies to tickets "
        "come in all the same.",
    )
    other_inbox_policy = fields.Selection(
        [("accept", "Take it in"), ("refuse", "Refuse it")],
        string="Mail from other inboxes of ours",
        required=True,
        default="accept",
        groups=_MANAGER,
    )
    agent_forward_policy = fields.Selection(
        [("customer", "A ticket of the customer"), ("agent", "A ticket of the agent")],
        string="A customer's mail that an agent forwards becomes",
        required=True,
        default="customer",
        groups=_MANAGER,
        help="The customer's ticket has the subject, the words and the files of the customer's "
        "mail; what the agent wrote above it becomes an internal note.",
    )
    auto_reply_words = fields.Text(
        string="Words of automatic replies",
        groups=_MANAGER,
        help="One phrase a line. Mail that has one of them in its subject or in its first lines "
        "counts as an automatic reply: it is noted on its ticket if it has one, and refused "
        "otherwise. Automatic replies that say so in their header are known anyway.",
    )
    auto_reply_senders = fields.Text(
        string="Senders of automatic replies",
        groups=_MANAGER,
        help="One a line: robot@example.com, robots.example, *.robots.example, "
        "alerts*@example.com. What they write counts as an automatic reply.",
    )
    retention_days = fields.Integer(
        string="Keep refused mail (days)",
        default=90,
        groups=_MANAGER,
        help="After that, what a refused mail said is deleted. 0: it is kept for ever. Mail in "
        "quarantine is never deleted.",
    )

    _check_retention = models.Constraint(
        "CHECK (retention_days IS NULL OR retention_days >= 0)",
        "The number of days cannot be negative.",
    )

    @api.constrains("allowed_domains")
    def _check_allowed_domains(self):
        for inbox in self:
            for entry in sender_lists.read(inbox.allowed_domains):
                try:
                    sender_lists.checked_domain(entry)
                except deny.UnclearPattern as problem:
                    raise ValidationError(
                        self.env._(
                            "Allowed domains, line %(number)s: %(text)s is no domain. Write it "
                            "like firm.example or *.firm.example.",
                            number=entry.number,
                            text=entry.text[:80],
                        )
                    ) from problem

    @api.constrains("auto_reply_words", "auto_reply_senders")
    def _check_auto_replies(self):
        for inbox in self:
            own = inbox._own_addresses()
            for entry in sender_lists.read(inbox.auto_reply_senders):
                try:
                    if entry.problem:
                        raise entry.problem
                    deny.check(deny.Rule(0, "sender", entry.match, entry.pattern), own)
                except deny.UnclearPattern as problem:
                    raise ValidationError(
                        self.env._(
                            "Senders of automatic replies, line %(number)s (%(text)s): %(why)s",
                            number=entry.number,
                            text=entry.text[:80],
                            why=deny.sentence(self.env, problem),
                        )
                    ) from problem
            for phrase in auto_replies.phrases_of(inbox.auto_reply_words):
                try:
                    pattern = deny.normalized("body", "contains", phrase)
                    deny.check(deny.Rule(0, "body", "contains", pattern))
                except deny.UnclearPattern as problem:
                    raise ValidationError(
                        self.env._(
                            'Words of automatic replies, "%(phrase)s": %(why)s',
                            phrase=phrase[:80],
                            why=deny.sentence(self.env, problem),
                        )
                    ) from problem
