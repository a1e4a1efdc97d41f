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

    def test_what_was_found_is_remembered_and_never_wrong(self):
        """New, changed and deleted addresses, and changed rules, are found out at once."""
        Recipient = self.env["helpdesk.recipient"]
        first, other = Recipient.create([{"email": "a1@bad.example"}, {"email": "b1@x.example"}])
        rule = self.rule(r"^a\d@", "regex")
        mine = [("id", ">=", first.id), ("in_deny_list", "=", True)]
        self.assertEqual(Recipient.search(mine), first)
        self.assertEqual(Recipient.search(mine), first, "again")
        second = Recipient.create({"email": "a2@bad.example"})
        self.assertEqual(Recipient.search(mine), first + second)
        first.email, other.email = "c1@bad.example", "a3@x.example"
        self.assertEqual(Recipient.search(mine), other + second)
        # the addresses of two are exchanged
        for recipient, email in ((first, "t@x.example"), (other, "c1@bad.example")):
            recipient.email = email
            recipient.flush_recordset()
        first.email = "a3@x.example"
        self.assertEqual(Recipient.search(mine), first + second)
        second.unlink()
        self.assertEqual(Recipient.search(mine), first)
        rule.pattern = r"^c\d@"
        self.assertEqual(Recipient.search(mine), other)
        company = self.env["res.company"].create({"name": "Other"})
        other.company_id = company
        self.assertFalse(Recipient.search(mine))

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
