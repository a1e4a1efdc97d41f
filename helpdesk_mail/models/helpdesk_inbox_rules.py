# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The rules of an inbox, on the inbox."""

from odoo import fields, models

_MANAGER = "helpdesk_mail.group_mail_administrator"


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    rule_ids = fields.One2many("helpdesk.inbox.rule", "inbox_id", groups=_MANAGER, copy=True)
    shared_rule_count = fields.Integer(compute="_compute_shared_rule_count", groups=_MANAGER)

    def _compute_shared_rule_count(self):
        counts = dict(
            self.env["helpdesk.inbox.rule"]._read_group(
                [("inbox_id", "=", False), ("company_id", "in", self.company_id.ids)],
                ["company_id"],
                ["__count"],
            )
        )
        for inbox in self:
            inbox.shared_rule_count = counts.get(inbox.company_id, 0)

    def action_view_shared_rules(self):
        """The rules that hold for all inboxes of the company."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_mail.helpdesk_inbox_rule_action"
        )
        action["domain"] = [("inbox_id", "=", False), ("company_id", "in", self.company_id.ids)]
        action["context"] = {}
        return action
