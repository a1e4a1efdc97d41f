# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rules as an administrator writes them."""

from odoo.fields import Command

from .common import HelpdeskMailCase


class RulesCase(HelpdeskMailCase):
    """The small company, with a second team, a tag, and templates that rules answer with."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.billing = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Billing",
                "company_id": cls.company.id,
                "user_ids": [Command.link(cls.agent.id)],
                "ticket_properties": [
                    {"name": "contract", "type": "char", "string": "Contract"},
                    {"name": "vip", "type": "boolean", "string": "VIP"},
                ],
            }
        )
        cls.urgent, cls.money = cls.env["helpdesk.ticket.tag"].create(
            [{"name": "Urgent"}, {"name": "Money"}]
        )
        cls.category = cls.env["helpdesk.ticket.category"].create({"name": "Invoices"})
        cls.answer_template = cls.new_template("helpdesk.ticket", "Your {{ object.number }}")
        cls.refusal = cls.new_template("helpdesk.incoming.mail", "Not here")

    @classmethod
    def new_template(cls, model, subject):
        return cls.env["mail.template"].create(
            {
                "name": f"Rule: {subject}",
                "model_id": cls.env["ir.model"]._get_id(model),
                "subject": subject,
                "body_html": "<p>We do <b>that</b> elsewhere.</p>",
            }
        )

    def rule(self, domain=(), **values):
        """A rule of the inbox."""
        lines = values.pop("lines", {})
        return self.env["helpdesk.inbox.rule"].create(
            {
                "name": "My rule",
                "inbox_id": self.inbox.id,
                "domain": repr(list(domain)),
                "line_ids": [
                    Command.create({"field_name": name, "value": value})
                    for name, value in lines.items()
                ],
                **values,
            }
        )
