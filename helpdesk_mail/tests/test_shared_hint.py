# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""an address whose tickets were linked to several customers is proposed as shared"""

from odoo.exceptions import AccessError
from odoo.tools import mute_logger

from .common import HelpdeskMailCase, write_mail

FORM = "form@shop.example"


class TestSharedHint(HelpdeskMailCase):
    def setUp(self):
        super().setUp()
        self.tickets = [
            self.new_ticket(write_mail(sender=FORM, subject=str(number))) for number in range(3)
        ]
        self.recipient = self.env["helpdesk.recipient"].search([("email", "=", FORM)])
        self.other = self.env["res.partner"].create({"name": "Other Inc"})

    def found(self):
        return self.recipient.search([("looks_shared", "=", True)])

    def test_several_customers(self):
        self.assertFalse(self.recipient.looks_shared)
        self.tickets[0].partner_id = self.anna
        self.tickets[1].partner_id = self.bert
        self.assertFalse(self.recipient.looks_shared, "both are of one customer")
        self.assertFalse(self.found())
        self.tickets[2].partner_id = self.other
        self.assertTrue(self.recipient.looks_shared)
        self.assertEqual(self.found(), self.recipient)
        self.assertNotIn(self.recipient, self.recipient.search([("looks_shared", "=", False)]))

    def test_archived_tickets_count(self):
        self.tickets[0].partner_id = self.anna
        self.tickets[1].write({"partner_id": self.other.id, "active": False})
        self.assertTrue(self.recipient.looks_shared)
        self.assertEqual(self.found(), self.recipient)

    def test_mark_as_shared(self):
        self.test_several_customers()
        self.recipient.action_share()
        self.assertFalse(self.recipient.looks_shared)
        self.assertFalse(self.found())

    def test_no_it_is_not(self):
        """dismiss is remembered"""
        self.test_several_customers()
        self.recipient.with_user(self.agent).action_not_shared()
        self.assertFalse(self.recipient.looks_shared)
        self.tickets[0].partner_id = self.env["res.partner"].create({"name": "Third Inc"})
        self.assertFalse(self.recipient.looks_shared)
        self.assertFalse(self.found())

    def test_rights(self):
        own = self.new_user("own", "helpdesk_mgmt.group_helpdesk_user_own")
        with mute_logger("odoo.addons.base.models.ir_model"), self.assertRaises(AccessError):
            self.recipient.with_user(own).action_not_shared()

    def test_hint_tells_nothing_of_tickets_that_one_may_not_see(self):
        self.test_several_customers()
        own = self.new_user("own", "helpdesk_mgmt.group_helpdesk_user_own")
        mine = self.recipient.with_user(own)
        self.assertFalse(mine.looks_shared)
        self.assertFalse(mine.search([("looks_shared", "=", True)]))
