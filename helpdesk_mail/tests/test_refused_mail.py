# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Refused mail is a queue, not a grave: read it, import it, accept its sender, delete it."""

import datetime

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import CUSTOMER, PIXEL, SUPPORT, HelpdeskMailCase, write_mail

SPAMMER = "seller@spam.example"


class RefusedCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        cls.rule = cls.env["helpdesk.deny.rule"].create(
            {"pattern": "spam.example", "match": "domain"}
        )

    def refuse(self, **mail):
        """The row of a mail that was refused, as the administrator sees it."""
        mail.setdefault("sender", f"Seller <{SPAMMER}>")
        item = self.take_one(write_mail(**mail))
        self.assertEqual(item.outcome, "ignored", item.trace)
        return self.row(item).with_user(self.admin)

    def open(self, action):
        """The dialog that a button opens."""
        return self.env[action["res_model"]].with_user(self.admin).browse(action["res_id"])

    def import_(self, mails, **values):
        dialog = self.open(mails.action_import_refused())
        dialog.write(values)
        return dialog.action_import()

    def queue(self):
        action = self.env.ref("helpdesk_mail.helpdesk_incoming_mail_refused_action")
        Mail = self.env["helpdesk.incoming.mail"].with_user(self.admin)
        return Mail.search(safe_eval(action.domain))


class TestQueue(RefusedCase):
    def test_refused_mail_waits_with_its_reason(self):
        mail = self.refuse(subject="Buy now")
        self.assertIn(mail, self.queue())
        self.assertEqual(mail.reason, "denied")
        self.assertIn("spam.example", mail.explanation)

    def test_it_is_read_safely(self):
        mail = self.refuse(
            html='<p onclick="x()">Buy <b>now</b><script>alert(1)</script>'
            '<img src="cid:pic"><img src="https://track.example/x.png"></p>',
            images=[("pic", PIXEL)],
            files=[("offer.pdf", b"%PDF")],
        )
        self.assertIn("<b>now</b>", mail.preview_html)
        for harm in ("script", "onclick", "cid:", ' src="https://track'):
            self.assertNotIn(harm, mail.preview_html)
        self.assertIn("offer.pdf", mail.preview_files)

    def test_plain_text_is_read(self):
        mail = self.refuse(text="a < b\nsecond")
        self.assertIn("a &lt; b", mail.preview_html)

    def test_an_accepted_mail_has_no_preview_here(self):
        self.assertFalse(self.row(self.take_one()).preview_html)


class TestImport(RefusedCase):
    def test_import_as_ticket(self):
        """In its own row, into its own inbox, with the user's name; the ticket opens."""
        mail = self.refuse(subject="Honest offer", files=[("offer.pdf", b"%PDF")])
        row_count = self.env["helpdesk.incoming.mail"].search_count([])
        action = self.import_(mail)
        self.assertEqual(mail.outcome, "created")
        self.assertEqual(mail.reason, "imported")
        self.assertIn("Mailadmin Staff took it in", mail.explanation)
        self.assertNotIn("Refused", mail.explanation)
        self.assertIn("Deny rule", mail.trace_text, "what was overruled")
        self.assertFalse(mail.deny_rule_id)
        ticket = mail.ticket_id
        self.assertEqual((action["res_model"], action["res_id"]), (ticket._name, ticket.id))
        self.assertEqual((ticket.name, ticket.inbox_id), ("Honest offer", self.inbox))
        self.assertEqual(ticket.message_ids.attachment_ids.mapped("name"), ["offer.pdf"])
        self.assertEqual(self.env["helpdesk.incoming.mail"].search_count([]), row_count)
        self.assertNotIn(mail, self.queue())

    def test_into_a_chosen_inbox(self):
        sales = self.new_inbox(name="Sales", email="sales@desk.example")
        mail = self.refuse()
        self.import_(mail, inbox_id=sales.id)
        self.assertEqual((mail.ticket_id.inbox_id, mail.inbox_id), (sales, sales))

    def test_past_all_refusals(self):
        """Whatever the reason was."""
        self.inbox.write({"unknown_policy": "refuse", "other_inbox_policy": "refuse"})
        self.new_inbox(name="Sales", email="sales@desk.example")
        mails = [
            self.refuse(),
            self.refuse(sender="nobody@unknown.example"),
            self.refuse(sender=SUPPORT),
            self.refuse(sender="sales@desk.example"),
            self.refuse(headers={"Auto-Submitted": "auto-replied"}),
        ]
        self.assertEqual(
            [mail.reason for mail in mails],
            ["denied", "unregistered", "own_address", "other_inbox_sender", "auto_reply"],
        )
        for mail in mails:
            self.import_(mail)
            self.assertEqual((mail.outcome, mail.reason), ("created", "imported"), mail.trace)

    def test_an_answer_goes_to_its_ticket(self):
        ticket = self.new_ticket(write_mail(message_id="<i1@kunde.example>"))
        mail = self.refuse(answers="<i1@kunde.example>")
        self.import_(mail)
        self.assertEqual((mail.outcome, mail.ticket_id), ("appended", ticket))

    def test_many_at_once_in_their_order(self):
        first = self.refuse(subject="One", message_id="<m1@spam.example>")
        second = self.refuse(subject="Re: One", answers="<m1@spam.example>")
        third = self.refuse(subject="Three")
        mails = first + second + third
        words = self.import_(mails)["params"]["message"]
        self.assertIn("New ticket: 2", words)
        self.assertIn("Added to a ticket: 1", words)
        self.assertEqual(second.ticket_id, first.ticket_id)

    def test_nobody_is_told_where_that_is_not_wanted(self):
        for notify in (True, False):
            mail = self.refuse(subject=str(notify))
            with self.mock_mail_gateway():
                self.import_(mail, notify=notify)
            self.assertEqual(bool(self._new_mails), notify)

    def test_what_was_taken_in_already_makes_no_second_ticket(self):
        source = write_mail(sender=SPAMMER)
        mail = self.row(self.take_one(source)).with_user(self.admin)
        again = self.row(self.take_one(source))
        self.assertEqual(again.outcome, "duplicate")
        self.import_(mail)
        self.assertEqual(mail.outcome, "created")

    def test_a_mail_that_cannot_be_processed_goes_to_quarantine(self):
        mail = self.refuse(subject="poison")
        with self.poison("poison"), mute_logger("odoo.addons.helpdesk_mail.intake.road"):
            self.import_(mail)
        self.assertEqual(mail.outcome, "quarantined")

    def test_not_what_was_not_refused(self):
        row = self.row(self.take_one()).with_user(self.admin)
        for action in ("action_import_refused", "action_accept_senders", "action_delete_refused"):
            with self.assertRaisesRegex(UserError, "Only refused mail"):
                getattr(row, action)()

    def test_clear_words(self):
        other = self.env["res.company"].create({"name": "Other company"})
        theirs = self.new_inbox(
            name="Theirs", email="x@other.example", company_id=other.id, team_id=False
        ).with_user(self.admin)
        mail = self.refuse()
        with self.assertRaises(AccessError):
            mail._import(theirs)
        self.admin.company_ids += other
        theirs = theirs.with_context(allowed_company_ids=self.admin.company_ids.ids)
        mail = mail.with_env(theirs.env)
        with self.assertRaisesRegex(UserError, "another company cannot go to the inbox Theirs"):
            mail._import(theirs)
        paused = self.new_inbox(name="Draft", email="draft@desk.example")
        paused.action_pause()
        paused.action_draft()
        with self.assertRaisesRegex(UserError, "Draft is not in use"):
            mail._import(paused.with_user(self.admin))
        mail.action_delete_refused()
        with self.assertRaisesRegex(UserError, "not stored here any more"):
            mail._import()

    def test_only_administrators(self):
        mail = self.refuse()
        dialog = self.open(mail.action_import_refused())
        accept = self.open(mail.action_accept_senders())
        as_agent = mail.with_user(self.agent)
        for call in (
            as_agent.action_import_refused,
            as_agent.action_accept_senders,
            as_agent.action_delete_refused,
            dialog.with_user(self.agent).action_import,
            accept.with_user(self.agent).action_accept,
        ):
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                call()
        self.assertEqual(mail.outcome, "ignored")

    def test_a_dialog_reaches_no_mail_that_its_user_may_not_read(self):
        other = self.env["res.company"].create({"name": "Other company"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        mail = self.refuse()
        for model, action in (
            ("helpdesk.mail.import", "action_import"),
            ("helpdesk.mail.accept", "action_accept"),
        ):
            with self.assertRaises(AccessError), mute_logger("odoo.models"):
                dialog = self.env[model].with_user(foreign)
                getattr(dialog.create({"mail_ids": [(6, 0, mail.ids)]}), action)()
        self.assertEqual(mail.outcome, "ignored")


class TestAccept(RefusedCase):
    def test_always_accept_this_sender(self):
        mail = self.refuse()
        dialog = self.open(mail.action_accept_senders())
        self.assertEqual(dialog.senders, SPAMMER)
        dialog.action_accept()
        recipient = self.env["helpdesk.recipient"].search([("email", "=", SPAMMER)])
        self.assertTrue(recipient.is_accepted)
        self.assertEqual(recipient.name, "Seller")
        self.assertEqual(mail.outcome, "ignored", "it was not asked for")
        self.new_ticket(write_mail(sender=SPAMMER, subject="again"))

    def test_with_what_was_refused_of_them(self):
        mails = [self.refuse(subject=str(number)) for number in range(3)]
        loop = self.refuse(headers={"Auto-Submitted": "auto-replied"})
        other = self.refuse(sender="other@spam.example")
        dialog = self.open(mails[0].action_accept_senders())
        self.assertEqual(dialog.refused_count, 3)
        dialog.import_refused = True
        with self.mock_mail_gateway():
            dialog.action_accept()
        self.assertFalse(self._new_mails)
        self.assertEqual([mail.outcome for mail in mails], ["created"] * 3)
        self.assertEqual((loop.outcome, other.outcome), ("ignored", "ignored"))

    def test_a_banned_sender_is_banned_no_more(self):
        recipient = self.env["helpdesk.recipient"].create(
            {"email": "b@home.example", "is_banned": True}
        )
        mail = self.refuse(sender="b@home.example")
        self.assertEqual(mail.reason, "banned")
        self.open(mail.action_accept_senders()).action_accept()
        self.assertEqual((recipient.is_banned, recipient.is_accepted), (False, True))


class TestDelete(RefusedCase):
    def test_delete_leaves_a_row_so_that_it_does_not_come_back(self):
        source = write_mail(sender=SPAMMER, subject="Buy now", text="Secret words")
        mail = self.row(self.take_one(source)).with_user(self.admin)
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", mail._name), ("res_id", "=", mail.id), ("res_field", "=", "raw")]
        )
        self.assertTrue(attachment)
        mail.action_delete_refused()
        self.assertFalse(attachment.exists())
        self.assertFalse(mail.raw or mail.subject or mail.preview_html)
        self.assertIn("Mailadmin Staff deleted", mail.explanation)
        self.assertIn("deleted", mail.trace_text)
        self.assertNotIn(mail, self.queue())
        self.assertEqual(self.take_one(source).outcome, "duplicate")
        self.assertEqual(mail.sender_email, SPAMMER, "who was refused, and why, is still known")

    def test_retention(self):
        """After the inbox's time what refused mail said is gone; never what is in quarantine."""
        self.assertEqual(self.inbox.retention_days, 90)
        old, young, forever = (self.refuse(subject=word) for word in ("old", "young", "forever"))
        keeps = self.new_inbox(name="Keeps", email="keeps@desk.example", retention_days=0)
        forever.sudo().inbox_id = keeps
        with self.poison("poison"):
            poisoned = self.row(self.take_one(write_mail(subject="poison"), raise_=False))
        ticket_mail = self.row(self.take_one())
        self.age(old + forever + poisoned + ticket_mail, 91)
        self.age(young, 89)
        self.assertEqual(self.env["helpdesk.incoming.mail"]._gc_refused_mail(), (1, 0))
        self.assertTrue(old.erased_date)
        self.assertFalse(old.raw or old.subject)
        self.assertIn("after 90 days", old.explanation)
        for mail in (young, forever, poisoned):
            self.assertTrue(mail.raw)
            self.assertTrue(mail.subject)
        self.assertTrue(ticket_mail.subject)
        self.assertEqual(self.env["helpdesk.incoming.mail"]._gc_refused_mail(), (0, 0))

    def age(self, mails, days):
        self.env.flush_all()
        date = fields.Datetime.now() - datetime.timedelta(days=days)
        self.env.cr.execute(
            "UPDATE helpdesk_incoming_mail SET create_date = %s WHERE id = ANY(%s)",
            (date, mails.ids),
        )
        self.env.invalidate_all()

    def test_known_customer_is_not_lost_by_the_retention(self):
        """Only the words go: who wrote, and that they were refused, stays in the log."""
        self.env["helpdesk.recipient"].create({"email": CUSTOMER, "is_banned": True})
        mail = self.refuse(sender=CUSTOMER)
        self.age(mail, 200)
        self.env["helpdesk.incoming.mail"]._gc_refused_mail()
        self.assertEqual((mail.reason, mail.sender_email), ("banned", CUSTOMER))
