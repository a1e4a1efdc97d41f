# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A reply finds its ticket, and only its ticket."""

import datetime

from odoo import fields
from odoo.tests import tagged

from ..intake import token
from .common import CUSTOMER, SUPPORT, HelpdeskMailCase, write_mail


class ReplyCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first_id = "<first@kunde.example>"

    def setUp(self):
        super().setUp()
        self.opened = self.new_ticket(write_mail(message_id=self.first_id))

    def assertAppended(self, item, reason, ticket=None):
        self.assertEqual((item.outcome, item.reason), ("appended", reason), item.trace)
        self.assertEqual(self.ticket(item), ticket or self.opened)
        self.assertEqual(self.message(item).res_id, (ticket or self.opened).id)

    def assertNew(self, item, reason="new"):
        self.assertEqual((item.outcome, item.reason), ("created", reason), item.trace)
        self.assertNotEqual(self.ticket(item), self.opened)
        return self.ticket(item)

    def token_address(self, ticket=None):
        return f"support+{token.make(self.env, (ticket or self.opened).id)}@desk.example"


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestReply(ReplyCase):
    def test_token_in_message_id_of_a_lost_message(self):
        """The Message-ID alone suffices, even when the message is gone from the database."""
        message, _mails = self.answer(self.opened)
        message_id = message.message_id
        self.assertIn(token.make(self.env, self.opened.id), message_id)
        message.sudo().unlink()
        item = self.take_one(write_mail(sender="home@kunde.example", answers=message_id))
        self.assertAppended(item, "reply_token")
        self.assertIn("reply token", self.row(item).explanation)
        self.assertIn(self.opened.number, self.row(item).explanation)

    def test_token_in_references(self):
        message, _mails = self.answer(self.opened)
        references = f"<other@x> {message.message_id}"
        self.assertAppended(self.take_one(write_mail(references=references)), "reply_token")

    def test_token_address(self):
        item = self.take_one(write_mail(sender="home@kunde.example", to=self.token_address()))
        self.assertAppended(item, "reply_token")

    def test_token_address_in_the_envelope_only(self):
        item = self.take_one(write_mail(headers={"Delivered-To": self.token_address()}))
        self.assertAppended(item, "reply_token")

    def test_forged_token(self):
        good = token.make(self.env, self.opened.id)
        other = self.new_ticket(write_mail())
        signature = good.partition(".")[2]
        for forged in (
            f"t{other.id}.{signature}",
            f"{good[:-1]}{'0' if good[-1] != '0' else '1'}",
            f"t{self.opened.id}.{'0' * 16}",
            f"t{self.opened.id}.",
            good[:-1],
        ):
            item = self.take_one(write_mail(to=f"support+{forged}@desk.example"))
            self.assertNew(item)
            self.assertNotEqual(self.ticket(item), other)

    def test_in_reply_to(self):
        item = self.take_one(write_mail(sender="any@body.example", answers=self.first_id))
        self.assertAppended(item, "reference")
        message = self.message(item)
        self.assertEqual(message.parent_id.message_id, self.first_id)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertIn("answers a message of this ticket", self.row(item).explanation)
        self.assertIn("first@kunde.example", str(self.row(item).trace))

    def test_references(self):
        item = self.take_one(
            write_mail(references=f"{self.first_id} <x1@kunde.example> <x2@kunde.example>")
        )
        self.assertAppended(item, "reference")

    def test_reply_to_our_answer_is_threaded_below_it(self):
        message, _mails = self.answer(self.opened)
        item = self.take_one(write_mail(answers=message.message_id, references=message.message_id))
        self.assertAppended(item, "reply_token")
        # Odoo keeps threads one level deep: the parent is the answer or its own parent
        self.assertIn(
            message, self.message(item).parent_id | self.message(item).parent_id.child_ids
        )

    def test_changed_subject_with_reference_stays(self):
        item = self.take_one(write_mail(subject="Another matter", answers=self.first_id))
        self.assertAppended(item, "reference")

    def test_subject_changed_without_reference_is_new(self):
        self.assertNew(self.take_one(write_mail(subject="Re: The printer burns")))

    def test_reply_inside_the_batch(self):
        first, second, third = self.take(
            write_mail(message_id="<b1@kunde.example>", subject="Batch"),
            write_mail(message_id="<b2@kunde.example>", answers="<b1@kunde.example>"),
            write_mail(answers="<b2@kunde.example>", references="<b1@kunde.example>"),
        )
        ticket = self.assertNew(first)
        self.assertAppended(second, "reference", ticket)
        self.assertAppended(third, "reference", ticket)
        self.assertIn(ticket.number, self.row(second).explanation)
        bodies = ticket.message_ids.filtered(lambda message: message.message_type == "email")
        self.assertEqual(len(bodies), 3)

    def test_cc_of_a_reply_joins_the_ticket(self):
        self.take_one(write_mail(answers=self.first_id, cc="Cara <cara@elsewhere.example>"))
        self.take_one(write_mail(answers=self.first_id, cc="Dora <dora@elsewhere.example>"))
        self.assertIn("cara@elsewhere.example", self.opened.email_cc)
        self.assertIn("dora@elsewhere.example", self.opened.email_cc)
        self.assertNotIn(SUPPORT, self.opened.email_cc)

    def test_merged_ticket_redirects(self):
        survivor = self.new_ticket(write_mail())
        middle = self.new_ticket(write_mail())
        self.opened.duplicate_id = middle
        middle.duplicate_id = survivor
        item = self.take_one(write_mail(answers=self.first_id))
        self.assertAppended(item, "merged", survivor)
        self.assertIn(f"Ticket {self.opened.number} was merged", self.row(item).explanation)

    def test_tickets_merged_in_a_circle_end(self):
        other = self.new_ticket(write_mail())
        self.opened.duplicate_id = other
        other.duplicate_id = self.opened
        item = self.take_one(write_mail(answers=self.first_id))
        self.assertEqual(item.outcome, "appended")
        self.assertIn(self.ticket(item), self.opened | other)

    def test_deleted_ticket(self):
        message, _mails = self.answer(self.opened)
        address, message_id = self.token_address(), message.message_id
        self.opened.unlink()
        item = self.take_one(write_mail(to=address, answers=message_id))
        self.assertNew(item, "ticket_gone")
        self.assertIn("no longer exists", self.row(item).explanation)

    def test_archived_ticket_returns(self):
        self.opened.active = False
        item = self.take_one(write_mail(answers=self.first_id))
        self.assertEqual(self.ticket(item), self.opened)
        self.assertTrue(self.opened.active)
        self.assertIn("reopened", self.codes(item))

    def test_other_company_is_another_world(self):
        company = self.env["res.company"].create({"name": "Other company"})
        team = self.env["helpdesk.ticket.team"].create({"name": "Other", "company_id": company.id})
        inbox = self.new_inbox(
            email="support@other.example", company_id=company.id, team_id=team.id
        )
        number = f"[{self.opened.number}]"
        for source in (
            write_mail(answers=self.first_id),
            write_mail(to=self.token_address()),
            write_mail(subject=f"Re: {number} hello"),
            write_mail(message_id=self.first_id, text="The same id, another text"),
        ):
            item = self.take_one(source, inbox=inbox)
            ticket = self.assertNew(item, item.reason)
            self.assertEqual(ticket.company_id, company)
            self.assertFalse(ticket.origin_ticket_id)
            self.assertNotIn(self.opened.number, self.row(item).explanation)
            self.assertNotIn(item.reason, ("reference", "reply_token", "stranger"))
        self.anna.company_id = self.company
        ticket = self.ticket(self.take_one(write_mail(subject="other"), inbox=inbox))
        self.assertFalse(ticket.partner_id, "a contact of another company is nobody here")


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestNumberInSubject(ReplyCase):
    def by_number(self, sender, subject=None):
        subject = subject or f"AW: [{self.opened.number}] The printer burns"
        return self.take_one(write_mail(sender=sender, subject=subject))

    def test_participants(self):
        self.opened.email_cc = "Cara <cara@elsewhere.example>"
        follower = self.env["res.partner"].create(
            {"name": "Follower", "email": "follower@x.example"}
        )
        self.opened.message_subscribe(follower.ids)
        mate = self.new_user("mate", "helpdesk_mgmt.group_helpdesk_user")
        self.inbox.user_ids = mate
        for sender in (
            CUSTOMER,
            "ANNA@Kunde.example",
            "bert@kunde.example",
            "cara@elsewhere.example",
            "agent@staff.example",
            "mate@staff.example",
            "follower@x.example",
        ):
            with self.subTest(sender):
                self.assertAppended(self.by_number(sender), "ticket_number")

    def test_stranger_gets_a_new_linked_ticket(self):
        item = self.by_number("stranger@evil.example")
        ticket = self.assertNew(item, "stranger")
        self.assertEqual(ticket.origin_ticket_id, self.opened)
        self.assertIn("stranger@evil.example does not take part", self.row(item).explanation)
        self.assertFalse(
            self.opened.message_ids.filtered(
                lambda message: message.email_from == "stranger@evil.example"
            )
        )

    def test_number_without_the_tag_says_nothing(self):
        self.assertNew(self.by_number(CUSTOMER, f"{self.opened.number} The printer"))

    def test_own_pattern(self):
        self.inbox.subject_tag = "Ticket #{number}"
        item = self.by_number(CUSTOMER, f"Sv: Ticket #{self.opened.number} x")
        self.assertAppended(item, "ticket_number")
        self.assertNew(self.by_number(CUSTOMER, f"[{self.opened.number}] x"))
        self.inbox.subject_tag = False
        self.assertNew(self.by_number(CUSTOMER, f"Ticket #{self.opened.number} x"))

    def test_unknown_number(self):
        self.assertNew(self.by_number(CUSTOMER, "[HT99999999] x"))

    def test_reference_counts_more_than_number(self):
        other = self.new_ticket(write_mail(message_id="<other@kunde.example>"))
        item = self.take_one(
            write_mail(subject=f"Re: [{self.opened.number}] x", answers="<other@kunde.example>")
        )
        self.assertAppended(item, "reference", other)


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestClosedTicket(ReplyCase):
    def setUp(self):
        super().setUp()
        self.close(self.opened)

    def test_reopened(self):
        item = self.take_one(write_mail(answers=self.first_id))
        self.assertAppended(item, "reference")
        self.assertEqual(self.opened.stage_id, self.first_stage)
        self.assertFalse(self.opened.closed_date)
        self.assertIn("is open again", self.row(item).explanation)

    def test_follow_up(self):
        self.inbox.closed_policy = "follow_up"
        item = self.take_one(write_mail(answers=self.first_id))
        ticket = self.assertNew(item, "follow_up")
        self.assertEqual(ticket.origin_ticket_id, self.opened)
        self.assertEqual(self.opened.stage_id, self.closed_stage)
        self.assertIn(f"{self.opened.number} is closed", self.row(item).explanation)

    def test_age_limit(self):
        self.inbox.reopen_days = 10
        now = fields.Datetime.now()
        self.opened.closed_date = now - datetime.timedelta(days=9)
        self.assertAppended(self.take_one(write_mail(answers=self.first_id)), "reference")
        self.close(self.opened, closed_date=now - datetime.timedelta(days=11))
        ticket = self.ticket(self.take_one(write_mail(answers=self.first_id)))
        self.assertEqual(ticket.origin_ticket_id, self.opened)
        self.assertEqual(self.opened.stage_id, self.closed_stage)

    def test_number_in_subject_reopens_for_a_participant_only(self):
        subject = f"Re: [{self.opened.number}] x"
        self.take_one(write_mail(sender="stranger@evil.example", subject=subject))
        self.assertEqual(self.opened.stage_id, self.closed_stage)
        self.take_one(write_mail(subject=subject))
        self.assertEqual(self.opened.stage_id, self.first_stage)

    def test_out_of_office_does_not_reopen(self):
        item = self.take_one(
            write_mail(
                subject="Out of office: Re",
                answers=self.first_id,
                headers={"Auto-Submitted": "auto-replied"},
            )
        )
        self.assertAppended(item, item.reason)
        self.assertEqual(self.opened.stage_id, self.closed_stage)
        message = self.message(item)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_note"))
        self.assertTrue(message.is_internal)
        self.assertIn("automatic reply: noted", self.row(item).explanation)

    def test_follow_ups_of_one_batch(self):
        """Two mails to the same closed ticket that may not reopen: none is lost."""
        self.inbox.closed_policy = "follow_up"
        items = self.take(
            write_mail(answers=self.first_id), write_mail(answers=self.first_id, text="again")
        )
        for item in items:
            self.assertTrue(self.ticket(item))
            self.assertNotEqual(self.ticket(item), self.opened)
