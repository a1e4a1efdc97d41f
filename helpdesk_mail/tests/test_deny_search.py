# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The deny list and the recipients: what it covers is shown, found, and added from there."""

from odoo.exceptions import UserError, ValidationError

from .common import SUPPORT
from .deny_case import DenyCase


class TestSearch(DenyCase):
    """in_deny_list is found by search exactly where it is shown."""

    def test_search_agrees_with_what_is_shown(self):
        emails = [
            *("anna@spam.example", "a@mail.spam.example", "x@a.b.ru", "sales.eu@x.example"),
            *("noreply@y.example", "old_news@z.example", "oldXnews@z.example", "ab12345@q.example"),
            *("hans@müller.example", "a+tag@tag.example", "good@good.example", "s%@p.example"),
        ]
        recipients = self.env["helpdesk.recipient"].create([{"email": email} for email in emails])
        self.company.helpdesk_mail_plus_addressing = True
        for pattern, match in [
            ("anna@spam.example", "exact"),
            ("mail.spam.example", "domain"),
            ("*.b.ru", "domain"),
            ("*.spam.example", "domain"),
            ("sales*@x.example", "exact"),
            ("noreply@", "starts"),
            ("d_news", "contains"),
            (".ru", "ends"),
            ("@z.example", "ends"),
            (r"\d{5}@", "regex"),
            ("müller.example", "contains"),
            ("a@tag.example", "exact"),
            ("%@p.ex", "contains"),
        ]:
            rule = self.rule(pattern, match)
            recipients.invalidate_recordset()
            shown = recipients.filtered("in_deny_list")
            self.assertTrue(shown, pattern)
            found = recipients.search(
                [("in_deny_list", "=", True), ("id", "in", recipients.ids)], order="id"
            )
            self.assertEqual(found, shown, pattern)
            others = recipients.search(
                [("in_deny_list", "=", False), ("id", "in", recipients.ids)], order="id"
            )
            self.assertEqual(others, recipients - shown, pattern)
            rule.active = False

    def test_many_patterns(self):
        recipient = self.env["helpdesk.recipient"].create({"email": "a@word77.example"})
        for number in range(70, 100):
            self.rule(f"word{number}", "contains")
        self.assertEqual(
            recipient.search([("in_deny_list", "=", True), ("email", "=", recipient.email)]),
            recipient,
        )

    def test_actions_on_recipients(self):
        recipients = self.env["helpdesk.recipient"].create(
            [{"email": "one@bad.example"}, {"email": "two@bad.example"}]
        )
        with self.assertRaisesRegex(UserError, "No deny rule covers"):
            recipients.action_view_deny_rule()
        action = recipients.action_deny()
        rules = self.env["helpdesk.deny.rule"].search(action["domain"])
        self.assertEqual(set(rules.mapped("pattern")), {"one@bad.example", "two@bad.example"})
        self.assertEqual(self.outcome("one@bad.example"), "ignored")
        again = recipients[0].action_deny()
        self.assertEqual(again["res_id"], recipients[0].action_view_deny_rule()["res_id"])
        self.assertEqual(len(rules.search([])), 2, "no rule twice")

    def test_our_own_address_is_not_added(self):
        recipient = self.env["helpdesk.recipient"].create({"email": SUPPORT})
        with self.assertRaisesRegex(ValidationError, "an address of an inbox of yours"):
            recipient.action_deny()
