# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Recipients in the browser: pairing, bans, undo, and the question when the customer changes."""

from odoo.tests import tagged

from .test_recipients import RecipientCase
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestRecipientsTour(RecipientCase, TourCase):
    def setUp(self):
        super().setUp()
        self.first = self.new_ticket(self.mail_of())
        self.second = self.new_ticket(self.mail_of(subject="2"))

    def test_pair_ban_undo_share(self):
        url = "/odoo/action-helpdesk_mail.helpdesk_recipient_action"
        self.start_tour(url, "helpdesk_mail_pair", login=self.agent.login)
        recipient = self.recipient()
        self.assertTrue(recipient.is_shared)
        self.assertFalse(self.first.partner_id)
        self.assertEqual(set(recipient.move_ids.mapped("kind")), {"pair", "share"})

    def change_pair(self, answer):
        self.recipient().action_pair(partner_id=self.kunde.id)
        self.env["res.partner"].create({"name": "Other Inc"})
        url = f"/odoo/action-helpdesk_mgmt.helpdesk_ticket_action/{self.first.id}"
        self.start_tour(url, f"helpdesk_mail_change_pair_{answer}", login=self.agent.login)
        self.assertEqual(self.first.partner_id.name, "Other Inc")

    def test_yes_moves_the_pairing(self):
        self.change_pair("yes")
        self.assertEqual(self.recipient().partner_id.name, "Other Inc")
        self.assertEqual(self.second.partner_id.name, "Other Inc")

    def test_no_moves_the_ticket_alone(self):
        self.change_pair("no")
        self.assertEqual(self.recipient().partner_id, self.kunde)
        self.assertEqual(self.second.partner_id, self.kunde)
