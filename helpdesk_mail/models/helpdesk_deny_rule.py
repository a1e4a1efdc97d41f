# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is refused, for one inbox or for all."""

from odoo import fields, models


class HelpdeskDenyRule(models.Model):
    _name = "helpdesk.deny.rule"
    _description = "Deny rule"
    _order = "id desc"
    _rec_name = "pattern"

    pattern = fields.Char(required=True)
    location = fields.Selection(
        [("sender", "Sender"), ("subject", "Subject"), ("body", "Text")],
        required=True,
        default="sender",
    )
    match = fields.Selection(
        [
            ("exact", "is"),
            ("domain", "is of the domain"),
            ("contains", "contains"),
            ("starts", "starts with"),
            ("ends", "ends with"),
            ("regex", "matches the regular expression"),
        ],
        required=True,
        default="exact",
    )
    inbox_id = fields.Many2one("helpdesk.inbox", index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", index=True, default=lambda self: self.env.company)

    def _recipient_domain(self, companies):
        """The domain of the recipients that a rule covers."""
        rules = self.search([("location", "=", "sender")])
        patterns = [rule.pattern.lower() for rule in rules]
        return ["|", ("email_key", "in", patterns), ("email_domain", "in", patterns)]
