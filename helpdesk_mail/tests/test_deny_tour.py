# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The deny list and the hint of shared addresses in the browser."""

from odoo.tests import tagged

from .common import CUSTOMER, HelpdeskMailCase, write_mail
from .tour_case import TourCase

URL = "/odoo/action-helpdesk_mail.helpdesk_deny_rule_action"


@tagged("post_install", "-at_install")
class TestDenyTour(HelpdeskMailCase, TourCase):
    def setUp(self):
        super().setUp()
        self.admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        self.tickets = [
            self.new_ticket(write_mail(sender="x@spam.example", subject="It burns too")),
            self.new_ticket(),
            self.new_ticket(write_mail(subject="The second")),
        ]
        self.env.flush_all()

    def test_paste(self):
        self.start_tour(URL, "helpdesk_mail_deny_paste", login=self.admin.login)
        patterns = self.env["helpdesk.deny.rule"].search([]).mapped("pattern")
        self.assertEqual(set(patterns), {"spam.example", "*.below.example"})

    def test_rehearse(self):
        self.start_tour(URL, "helpdesk_mail_deny_rehearse", login=self.admin.login)
        rule = self.env["helpdesk.deny.rule"].search([])
        self.assertEqual(rule.pattern, "x@spam.example", "the rehearsed one was not saved")

    def test_looks_shared(self):
        self.tickets[1].partner_id = self.env["res.partner"].create({"name": "Other Inc"})
        recipient = self.env["helpdesk.recipient"].search([("email", "=", CUSTOMER)])
        url = f"/odoo/action-helpdesk_mail.helpdesk_recipient_action/{recipient.id}"
        self.start_tour(url, "helpdesk_mail_looks_shared", login=self.admin.login)
        self.assertTrue(recipient.is_not_shared)
        self.assertEqual(self.env["helpdesk.deny.rule"].search([]).pattern, CUSTOMER)
