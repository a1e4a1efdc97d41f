# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Ticket types of the OCA's ``helpdesk_type``, where it is installed: ``make test ONLY=others``."""

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import HelpdeskMailCase, write_mail


@tagged("-standard", "other_addons")
class TestTicketTypes(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.defect, cls.question = cls.env["helpdesk.ticket.type"].create(
            [{"name": "A defect"}, {"name": "A question"}]
        )
        cls.inbox.mapping_ids = [
            Command.create({"field_name": "type_id", "source": "header", "header_name": "X-Type"})
        ]

    def typed(self, name):
        return self.take_one(write_mail(headers={"X-Type": name}))

    def test_whitelist_ticket_types(self):
        """Whitelist Ticket Types: Restricts processing to specific ticket types."""
        self.assertEqual(self.ticket(self.typed("a question")).type_id, self.question)
        self.inbox.allowed_types = "A DEFECT\n"
        self.assertEqual(self.ticket(self.typed("a defect")).type_id, self.defect)
        item = self.typed("a question")
        self.assertFalse(self.ticket(item).type_id)
        self.assertIn("A question was left out", self.row(item).explanation)

    def test_template_fills_the_type(self):
        template = self.env["helpdesk.ticket.template"].create(
            {
                "name": "Repair",
                "line_ids": [Command.create({"field_name": "type_id", "value": "A defect"})],
            }
        )
        self.inbox.template_id = template
        self.assertEqual(self.new_ticket().type_id, self.defect)

    def test_checked_when_saved(self):
        with self.assertRaisesRegex(ValidationError, "no ticket type Unheard of"):
            self.inbox.allowed_types = "A defect\nUnheard of"

    def test_setting_is_shown(self):
        admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        with Form(self.inbox.with_user(admin)) as form:
            self.assertTrue(form.has_ticket_types)
            form.allowed_types = "A defect"

    def test_type_cannot_be_restricted(self):
        """The portal shows it."""
        with self.assertRaisesRegex(ValidationError, "cannot be restricted"):
            self.inbox.mapping_ids.group_ids = self.env.ref("base.group_system")
