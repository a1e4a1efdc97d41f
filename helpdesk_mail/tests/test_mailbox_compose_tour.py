# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Writing private mail in the browser."""

from odoo.tests import tagged

from .mailbox_sending_case import SendingCase
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestMailboxComposeTour(SendingCase, TourCase):
    def test_answer(self):
        self.env["res.partner"].create({"name": "Dora Customer", "email": "dora@customer.example"})
        draft = self.message.with_user(self.anna).action_reply()["res_id"]
        view = self.env.ref("helpdesk_mail.helpdesk_mailbox_message_view_form_compose")
        action = self.env["ir.actions.act_window"].create(
            {
                "name": "Write",
                "res_model": self.message._name,
                "view_mode": "form",
                "view_id": view.id,
                "res_id": draft,
            }
        )
        self.start_tour(f"/odoo/action-{action.id}/{draft}", "helpdesk_mail_compose", login="anna")
        message = self.message.with_user(self.anna).browse(draft)
        self.env.invalidate_all()
        self.assertEqual(message.state, "draft")
        self.assertEqual(message.email_cc, '"Dora Customer" <dora@customer.example>')
        self.assertFalse(message.email_bcc)
        self.assertIn("So be it.", message.body)
