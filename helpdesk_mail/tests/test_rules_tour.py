# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rules in the browser: made in the inbox, with the domain editor that Odoo's users know."""

from odoo.tests import tagged

from .common import HelpdeskMailCase
from .tour_case import TourCase


@tagged("post_install", "-at_install")
class TestRulesTour(HelpdeskMailCase, TourCase):
    def test_make_a_rule(self):
        admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        self.env.flush_all()
        url = f"/odoo/action-helpdesk_mail.helpdesk_inbox_action/{self.inbox.id}"
        self.start_tour(url, "helpdesk_mail_inbox_rule", login=admin.login)
        rule = self.inbox.rule_ids
        self.assertEqual(rule.name, "Fires first")
        self.assertIn("burns", rule.domain)
        self.assertEqual(self.new_ticket().priority, "2", "the mail says that the printer burns")
