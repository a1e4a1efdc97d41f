# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Web forms that write to an inbox, and its deny list."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..intake import deny, safe_regex, web_form

_MANAGER = "helpdesk_mail.group_mail_administrator"


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    web_form_senders = fields.Text(
        string="Web forms",
        groups=_MANAGER,
        help="Addresses from which web forms write, one a line: form@example.com, @forms.example, "
        "wp*@example.com. The address of this inbox as well, if the form writes from it. Who "
        "filled in the form is taken from Reply-To, else from the text.",
    )
    web_form_labels = fields.Text(
        string="Words before the address",
        groups=_MANAGER,
        default=lambda self: web_form.DEFAULT_LABELS,
        help="What stands before the address in the text of the form, separated by commas.",
    )
    web_form_regex = fields.Char(
        string="Or an expression",
        groups=_MANAGER,
        help="A regular expression with one group that finds the address in the text, instead of "
        "the words. For instance: ^Contact: .* \\((\\S+)\\)$",
    )
    deny_rule_ids = fields.One2many("helpdesk.deny.rule", "inbox_id", groups=_MANAGER)
    deny_rule_count = fields.Integer(compute="_compute_deny_rule_count", groups=_MANAGER)

    @api.constrains("web_form_senders", "web_form_regex")
    def _check_web_form(self):
        for inbox in self:
            for line in deny.read_lines(inbox.web_form_senders):
                if line.problem:
                    raise ValidationError(
                        self.env._(
                            "Web forms, line %(number)s (%(text)s): %(why)s",
                            number=line.number,
                            text=line.text[:80],
                            why=deny.sentence(self.env, line.problem),
                        )
                    )
            try:
                if inbox.web_form_regex:
                    safe_regex.check_capturing(inbox.web_form_regex)
            except safe_regex.UnsafeRegex as problem:
                raise ValidationError(
                    self.env._(
                        'The expression "%(expression)s" cannot be used. %(why)s',
                        expression=inbox.web_form_regex,
                        why=deny.sentence(self.env, problem),
                    )
                ) from problem

    def _compute_deny_rule_count(self):
        Rule = self.env["helpdesk.deny.rule"]
        for company, inboxes in self.grouped("company_id").items():
            counts = dict(
                Rule._read_group(
                    [("company_id", "=", company.id), ("is_expired", "=", False)],
                    ["inbox_id"],
                    ["__count"],
                )
            )
            of_all = counts.get(Rule.inbox_id, 0)
            for inbox in inboxes:
                inbox.deny_rule_count = counts.get(inbox, 0) + of_all

    def action_view_deny_rules(self):
        """The deny rules that hold for this inbox, those for all inboxes included."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_deny_rule_action"
        )
        action["domain"] = [
            ("company_id", "=", self.company_id.id),
            ("inbox_id", "in", [False, self.id]),
        ]
        action["context"] = {"default_inbox_id": self.id, "search_default_holds": 1}
        return action
