# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every mail is one row that says what became of it; none counts twice."""

import base64

from odoo.tests import tagged

from .. import intake
from ..intake import reasons
from ..transport import RawMail
from .common import HelpdeskMailCase, write_bounce, write_mail


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestJournal(HelpdeskMailCase):
    def test_row_of_a_ticket(self):
        item = self.take_one(write_mail(message_id="<row@kunde.example>"))
        row = self.row(item)
        self.assertEqual(row.inbox_id, self.inbox)
        self.assertEqual(row.company_id, self.company)
        self.assertEqual(row.message_id, "row@kunde.example")
        self.assertEqual(row.email_from, "Anna Kunde <anna@kunde.example>")
        self.assertEqual(row.subject, "The printer burns")
        self.assertEqual((row.outcome, row.reason), ("created", "new"))
        self.assertEqual(row.ticket_id, self.ticket(item))
        self.assertEqual(row.mail_message_id, self.message(item))
        self.assertEqual(row.size, len(item.raw.source))
        self.assertEqual(row.ticket_id.mail_explanation, row.explanation)
        self.assertEqual(row.ticket_id.incoming_mail_count, 1)
        self.assertEqual(
            row.explanation,
            "New ticket: the mail names no ticket of ours. "
            f"The sender is the contact {self.anna.display_name}.",
        )

    def test_trace_is_complete_and_readable(self):
        items = self.take(
            write_mail(message_id="<t1@x.example>"),
            write_mail(answers="<t1@x.example>"),
            write_mail(sender=self.inbox.email),
            write_mail(message_id="<t1@x.example>"),
            write_bounce("<t1@x.example>", "a@b.example"),
        )
        for item in items:
            row = self.row(item)
            self.assertTrue(row.trace)
            self.assertEqual(row.trace, [[s.stage, s.code, s.values] for s in item.trace])
            self.assertIn(row.reason, [code for _stage, code, _values in row.trace])
            self.assertEqual(len(row.trace_text.splitlines()), len(row.trace))
            self.assertTrue(row.explanation)
            self.assertNotIn("%(", row.explanation + row.trace_text)

    def test_every_reason_has_words(self):
        """The sentence of each reason fills with the values that the stages give."""
        selection = dict(
            self.env["helpdesk.incoming.mail"]._fields["reason"]._description_selection(self.env)
        )
        for code, (label, sentence) in reasons.REASONS.items():
            self.assertTrue(str(label) and str(sentence))
            self.assertTrue(selection[code])

    def test_rows_are_in_the_order_of_the_mails(self):
        items = self.take(*(write_mail(subject=f"Mail {number}") for number in range(6)))
        rows = [self.row(item) for item in items]
        self.assertEqual([row.subject for row in rows], [f"Mail {n}" for n in range(6)])
        self.assertEqual(sorted(row.id for row in rows), [row.id for row in rows])
        tickets = [self.ticket(item) for item in items]
        self.assertEqual(
            sorted(tickets, key=lambda ticket: ticket.number), tickets, "numbers rise as well"
        )

    def test_original_is_kept_where_the_server_does_not(self):
        source = write_mail()
        self.assertFalse(self.row(self.take_one(source)).raw)
        other = write_mail(subject="other")
        row = self.row(self.take_one(other, door="push", keep_raw=True))
        self.assertEqual(base64.b64decode(row.with_context(bin_size=False).raw), other)
        self.inbox.keep_source = "always"
        row = self.row(self.take_one(write_mail(subject="third")))
        self.assertTrue(row.has_raw)

    def test_too_large(self):
        source = write_mail(text="beginning")
        raw = RawMail(source=source, uid="7", size=99 * 2**20, truncated=True)
        inbox = self.inbox.with_user(1)
        door = intake.Door(inbox, inbox.env["helpdesk.mail.folder"], "imap")
        item = intake.take_in(inbox.env, door, [raw])[0]
        self.assertTrue(item.stays_on_server)
        self.assertIn("99.0 MB", self.row(item).explanation)
        self.assertIn("the whole mail is still on the mail server", self.ticket(item).description)
        self.assertIn("beginning", self.ticket(item).description)


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestDuplicates(HelpdeskMailCase):
    def test_twice_in_one_batch(self):
        source = write_mail()
        first, second, other = self.take(source, source, write_mail(subject="other"))
        self.assertEqual(first.outcome, "created")
        self.assertEqual(second.outcome, "duplicate")
        self.assertEqual(other.outcome, "created")
        self.assertEqual(self.row(second).ticket_id, self.ticket(first))
        self.assertEqual(self.message_count(first), 1)

    def message_count(self, item):
        return self.env["mail.message"].search_count(
            [("message_id", "=", f"<{item.parsed.message_id}>")]
        )

    def test_again_later(self):
        source = write_mail()
        first = self.take_one(source)
        again = self.take_one(b"Received: from elsewhere\r\n" + source)
        self.assertEqual((again.outcome, again.reason), ("duplicate", "duplicate"))
        self.assertEqual(self.row(again).ticket_id, self.ticket(first))
        self.assertEqual(self.message_count(first), 1)

    def test_without_message_id_the_content_counts(self):
        source = write_mail(message_id="")
        self.take_one(source)
        self.assertEqual(self.take_one(source).outcome, "duplicate")
        other = write_mail(message_id="", text="Another request, no Message-ID either")
        self.assertEqual(self.take_one(other).outcome, "created")

    def test_other_inbox(self):
        source = write_mail(to="support@desk.example, sales@desk.example")
        sales = self.new_inbox(name="Sales", email="sales@desk.example")
        first = self.take_one(source)
        second = self.take_one(source, inbox=sales)
        self.assertEqual((second.outcome, second.reason), ("duplicate", "other_inbox"))
        self.assertEqual(self.row(second).ticket_id, self.ticket(first))
        self.assertIn("Customer support", self.row(second).explanation)

    def test_other_inbox_that_accepts_copies(self):
        source = write_mail(to="support@desk.example, sales@desk.example")
        sales = self.new_inbox(name="Sales", email="sales@desk.example", accept_copies=True)
        first = self.take_one(source)
        second = self.take_one(source, inbox=sales)
        self.assertEqual(second.outcome, "created")
        self.assertNotEqual(self.ticket(second), self.ticket(first))
        self.assertEqual(self.ticket(second).inbox_id, sales)
        self.assertEqual(self.take_one(source, inbox=sales).outcome, "duplicate")

    def test_history_import_goes_on(self):
        """An import that is run again makes no second row."""
        source = write_mail()
        first = self.take_one(source, door="import", history=True, keep_raw=True)
        rows = self.env["helpdesk.incoming.mail"].search_count([])
        again = self.take_one(source, door="import", history=True, keep_raw=True)
        self.assertEqual(again.outcome, "known")
        self.assertEqual(self.ticket(again), self.ticket(first))
        self.assertEqual(self.env["helpdesk.incoming.mail"].search_count([]), rows)

    def test_new_uidvalidity_moves_the_row(self):
        folder = self.env["helpdesk.mail.folder"].create(
            {"inbox_id": self.inbox.id, "name": "INBOX", "uidvalidity": "1"}
        )
        source = write_mail()

        def fetch(uid, uidvalidity):
            inbox = self.inbox.with_user(1)
            door = intake.Door(inbox, folder.with_env(inbox.env), "imap")
            raw = RawMail(source=source, uid=uid, uidvalidity=uidvalidity, size=len(source))
            return intake.take_in(inbox.env, door, [raw])[0]

        first = fetch("5", "1")
        row = self.row(first)
        self.assertEqual(row.server_uid, "1:5")
        self.assertEqual(fetch("2", "9").outcome, "known")
        self.assertEqual(row.server_uid, "9:2")
        self.assertEqual(fetch("3", "9").outcome, "duplicate", "a real copy in the same mailbox")


@tagged("post_install", "-at_install")
class TestBounce(HelpdeskMailCase):
    def test_bounce_is_noted_and_the_notification_marked(self):
        ticket = self.new_ticket()
        ticket.message_subscribe(self.bert.ids)
        message, _mails = self.answer(ticket)
        item = self.take_one(write_bounce(message.message_id, "bert@kunde.example"))
        self.assertEqual((item.outcome, item.reason), ("bounce", "bounce"))
        self.assertEqual(self.row(item).ticket_id, ticket)
        note = ticket.message_ids[:1]
        self.assertIn("bert@kunde.example", note.body)
        self.assertIn("could not be delivered", note.body)
        self.assertTrue(note.subtype_id.internal)
        states = {
            (n.res_partner_id.email or n.mail_email_address): n.notification_status
            for n in message.notification_ids
        }
        self.assertEqual(states["bert@kunde.example"], "bounce")
        self.assertNotIn("bounce", {v for k, v in states.items() if k != "bert@kunde.example"})

    def test_delay_marks_nothing(self):
        ticket = self.new_ticket()
        ticket.message_subscribe(self.bert.ids)
        message, _mails = self.answer(ticket)
        item = self.take_one(write_bounce(message.message_id, "bert@kunde.example", "4.4.1"))
        self.assertEqual(item.reason, "delay")
        self.assertNotIn("bounce", message.notification_ids.mapped("notification_status"))

    def test_bounce_does_not_reopen(self):
        ticket = self.new_ticket()
        message, _mails = self.answer(ticket)
        self.close(ticket)
        self.take_one(write_bounce(message.message_id, "anna@kunde.example"))
        self.assertEqual(ticket.stage_id, self.closed_stage)

    def test_hostile_text_in_a_bounce_is_escaped(self):
        ticket = self.new_ticket()
        message, _mails = self.answer(ticket)
        source = write_bounce(message.message_id, "bert@kunde.example").replace(
            b"No such user", b"<img src=x onerror=alert(1)>"
        )
        self.take_one(source)
        self.assertNotIn("<img", ticket.message_ids[:1].body)
