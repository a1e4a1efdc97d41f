# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The deny list: what a rule would have refused."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form

from .common import SUPPORT, write_mail
from .deny_case import DenyCase


class TestRehearsal(DenyCase):
    """Before saving, Rehearse lists what the rule would have refused in the last 90 days,
    customers first."""

    def setUp(self):
        super().setUp()
        self.stranger, self.customer, self.other = self.take(
            write_mail(sender="x@cheap.example", subject="Cheap printers", text="Buy\ncheap stuff"),
            write_mail(subject="A cheap question", text="It burns."),
            write_mail(sender="y@fine.example", subject="Hello", text="A cheap stuff story"),
        )
        self.take_one(write_mail(sender="agent@staff.example", subject="cheap agent"))

    def rehearsed(self, pattern, match="contains", location="subject", **values):
        form = Form(self.env["helpdesk.deny.rule"])
        form.location, form.match, form.pattern = location, match, pattern
        for name, value in values.items():
            form[name] = value
        self.assertFalse(form.rehearsal_summary, "not before it is asked for")
        form.rehearse = True
        self.assertFalse(self.env["helpdesk.deny.rule"].search([]), "nothing is saved")
        return form.rehearsal_summary, form.rehearsal_mail_ids[:]

    def test_customers_stand_first(self):
        summary, mails = self.rehearsed("cheap")
        self.assertEqual(mails, self.row(self.customer) + self.row(self.stranger))
        self.assertEqual(mails[0].customer_id, self.anna)
        self.assertIn("2 of the mails", summary)
        self.assertIn("1 of them from customers", summary)

    def test_senders(self):
        _summary, mails = self.rehearsed("cheap.example", "domain", "sender")
        self.assertEqual(mails, self.row(self.stranger))

    def test_texts(self):
        _summary, mails = self.rehearsed("cheap stuff", "contains", "body")
        self.assertEqual(mails, self.row(self.other) + self.row(self.stranger))
        _summary, mails = self.rehearsed("^cheap", "regex", "body")
        self.assertEqual(mails, self.row(self.stranger))

    def test_mail_of_agents_would_not_have_been_refused(self):
        summary, mails = self.rehearsed("staff.example", "domain", "sender")
        self.assertFalse(mails)
        self.assertIn("Nothing of the last 90 days", summary)

    def test_older_mail_is_not_looked_at(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_incoming_mail SET create_date = now() - interval '91 days'"
        )
        self.env.invalidate_all()
        self.assertFalse(self.rehearsed("cheap")[1])

    def test_only_the_inbox_of_the_rule(self):
        other = self.new_inbox(email="sales@desk.example", name="Sales")
        self.assertFalse(self.rehearsed("cheap", inbox_id=other)[1])

    def test_broken_rule_says_so(self):
        summary, mails = self.rehearsed("(a+)+", "regex")
        self.assertIn("could run for hours", summary)
        self.assertFalse(mails)
        self.assertIn("an address of an inbox", self.rehearsed(SUPPORT, "exact", "sender")[0])

    def test_much_mail_is_counted_and_the_first_listed(self):
        rows = self.row(self.stranger).copy_data()[0]
        self.env["helpdesk.incoming.mail"].create([{**rows, "subject": "cheap"}] * 250)
        summary, mails = self.rehearsed("cheap")
        self.assertEqual(len(mails), 200)
        self.assertIn("252 of the mails", summary)
        self.assertIn("The first 200 are listed", summary)
        self.assertEqual(mails[0], self.row(self.customer))

    def test_of_saved_rules(self):
        rules = self.rule("cheap.example", "domain") + self.rule("story", "contains", "body")
        action = rules.action_rehearse()
        rehearsal = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(rehearsal.mail_ids, self.row(self.other) + self.row(self.stranger))
        self.assertIn("2 of the mails", rehearsal.summary)
        both = rules + self.rule("cheap", "contains", "subject", inbox_id=self.inbox.id)
        rehearsal = rehearsal.browse(both.action_rehearse()["res_id"])
        self.assertEqual(rehearsal.mail_ids[0], self.row(self.customer), "customers first")

    def test_company_of_another(self):
        """An administrator of another company learns nothing of this one's mail."""
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        Rule = self.env["helpdesk.deny.rule"].with_user(foreign)
        virtual = Rule.new(
            {
                "location": "subject",
                "match": "contains",
                "pattern": "cheap",
                "company_id": self.company.id,
                "rehearse": True,
            }
        )
        self.assertFalse(virtual.rehearsal_mail_ids)
        wizard = self.env["helpdesk.deny.paste"].with_user(foreign).create({"text": "desk.example"})
        wizard.company_id = self.company
        wizard.action_read()
        self.assertEqual(wizard.line_ids.state, "new", "not even which addresses are ours")
        with self.assertRaises(UserError):
            wizard.action_add()
