# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The deny list: many lines that are pasted at once."""

from odoo.exceptions import UserError

from .common import CUSTOMER, SUPPORT, write_mail
from .deny_case import DenyCase


class TestPaste(DenyCase):
    """pasted many lines at once, one address or domain a line, wildcards"""

    def paste(self, text, **values):
        wizard = self.env["helpdesk.deny.paste"].create({"text": text, **values})
        wizard.action_read()
        return wizard

    def test_what_each_line_means(self):
        wizard = self.paste(
            "\n".join(
                [
                    "# from the old system",
                    "anna@spam.example",
                    "",
                    "  Berta Bad <BERTA@spam.example>,  ",
                    "*@all.example",
                    "@at.example",
                    "plain.example",
                    "*.below.example",
                    ".dots.example",
                    "sales*@x.example",
                    "*casino*",
                    "müller.example",
                    "mailto:c@spam.example",
                ]
            )
        )
        self.assertEqual(
            [(line.number, line.meaning) for line in wizard.line_ids],
            [
                (2, "The address anna@spam.example"),
                (4, "The address berta@spam.example"),
                (5, "All addresses of the domain all.example"),
                (6, "All addresses of the domain at.example"),
                (7, "All addresses of the domain plain.example"),
                (8, "All addresses of the domains below below.example"),
                (9, "All addresses of the domains below dots.example"),
                (10, "All addresses like sales*@x.example"),
                (11, "All addresses that contain casino"),
                (12, "All addresses of the domain xn--mller-kva.example"),
                (13, "The address c@spam.example"),
            ],
        )
        wizard.action_add()
        for sender in ("anna@spam.example", "x@at.example", "a@b.below.example", "a@mycasino.test"):
            self.assertEqual(self.outcome(sender, subject=sender), "ignored", sender)

    def test_nothing_half_done(self):
        """broken lines are named with their number, and nothing is added"""
        wizard = self.paste(f"good.example\nwhat is this\n\n@\n{SUPPORT}\n*")
        self.assertEqual(wizard.broken_count, 4)
        self.assertEqual(wizard.line_ids.sorted()[0].state, "broken", "they stand first")
        with self.assertRaises(UserError) as caught:
            wizard.action_add()
        text = str(caught.exception)
        self.assertIn("Line 2 (what is this)", text)
        self.assertIn("Line 4 (@)", text)
        self.assertIn("Line 5 (support@desk.example): It covers support@desk.example", text)
        self.assertIn("Line 6 (*): It would refuse all mail.", text)
        self.assertFalse(self.env["helpdesk.deny.rule"].search([]))
        wizard.action_back()
        wizard.text = "good.example"
        wizard.action_read()
        wizard.action_add()
        self.assertEqual(self.env["helpdesk.deny.rule"].search([]).pattern, "good.example")

    def test_duplicates_are_skipped(self):
        self.rule("known.example", "domain")
        gone = self.rule("gone.example", "domain", expiry_date="2020-01-01")
        archived = self.rule("archived.example", "domain", active=False)
        wizard = self.paste(
            "known.example\nnew.example\n@NEW.example\ngone.example\narchived.example"
        )
        states = dict(wizard.line_ids.mapped(lambda line: (line.number, line.state)))
        self.assertEqual(states, {1: "known", 2: "new", 3: "twice", 4: "renew", 5: "renew"})
        self.assertEqual((wizard.new_count, wizard.skipped_count), (3, 2))
        wizard.action_add()
        self.assertEqual(self.env["helpdesk.deny.rule"].search_count([]), 4)
        self.assertFalse(gone.is_expired)
        self.assertTrue(archived.active)
        with self.assertRaisesRegex(UserError, "no new rule"):
            wizard.action_add()

    def test_rule_for_all_inboxes_covers_each(self):
        self.rule("known.example", "domain")
        wizard = self.paste("known.example", inbox_id=self.inbox.id)
        self.assertEqual(wizard.line_ids.state, "known")

    def test_words_of_subjects(self):
        wizard = self.paste("cheap  meds\nfree money", location="subject", match="contains")
        wizard.action_add()
        self.assertEqual(self.outcome(CUSTOMER, subject="Cheap meds!"), "ignored")
        wizard = self.paste("ok\n(a+)+", location="subject", match="regex")
        with self.assertRaisesRegex(UserError, "Line 2 .*could run for hours"):
            wizard.action_add()

    def test_two_thousand_lines(self):
        wizard = self.paste("\n".join(f"domain{number}.example" for number in range(2000)))
        wizard.action_add()
        self.assertEqual(self.env["helpdesk.deny.rule"].search_count([]), 2000)
        self.assertEqual(self.outcome("a@domain1999.example"), "ignored")
        self.assertEqual(self.outcome("a@domain2000.example"), "created")

    def test_rehearsal_of_a_list(self):
        self.new_ticket()
        self.take_one(write_mail(sender="x@other.example"))
        wizard = self.paste("kunde.example\nother.example")
        wizard.action_rehearse()
        self.assertIn("2 of the mails", wizard.rehearsal_summary)
        self.assertEqual(
            wizard.rehearsal_mail_ids.mapped("sender_email"), [CUSTOMER, "x@other.example"]
        )
