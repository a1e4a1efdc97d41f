# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What somebody with bad intentions, or a broken program, would try."""

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..intake.route import number_pattern
from .common import CUSTOMER, SUPPORT, HelpdeskMailCase, write_mail


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestHostileMail(HelpdeskMailCase):
    def test_message_id_too_long_for_an_index(self):
        name = "".join(chr(0x4E00 + number * 7 % 20000) for number in range(980))
        source = write_mail(message_id="<x@y>").replace(b"<x@y>", f"<{name}@y>".encode())
        self.assertEqual(self.take_one(source).outcome, "created")

    def test_size_that_no_integer_holds(self):
        item = self.take_one()
        self.assertLess(self.row(item).size, 2**31)

    def test_one_message_id_for_different_mails(self):
        """Scanners send the same Message-ID for ever: each scan counts."""
        first = self.take_one(write_mail(message_id="<scan@scanner.example>", text="page one"))
        second = self.take_one(write_mail(message_id="<scan@scanner.example>", text="page two"))
        self.assertEqual([first.outcome, second.outcome], ["created", "created"])
        again = self.take_one(write_mail(message_id="<scan@scanner.example>", text="page two"))
        self.assertEqual(again.outcome, "duplicate")

    def test_agent_whose_mail_proves_nothing(self):
        """An agent's address and a ticket number are no secret: nothing goes to the customer."""
        ticket = self.new_ticket()
        with self.mock_mail_gateway():
            item = self.take_one(
                write_mail(
                    sender="Agent Staff <agent@staff.example>",
                    subject=f"[{ticket.number}] pay to this account",
                )
            )
        self.assertEqual(self.ticket(item), ticket)
        self.assertTrue(self.message(item).subtype_id.internal)
        self.assertNotIn(CUSTOMER, ",".join(self._new_mails.mapped(lambda m: m.email_to or "")))
        self.assertFalse(self._new_mails.recipient_ids & self.anna)
        self.assertIn("Noted only", self.row(item).explanation)

    def test_markup_in_attachments_does_not_act(self):
        item = self.take_one(
            write_mail(files=[("page.html", b"<html><script>alert(1)</script></html>")]).replace(
                b"application/octet-stream", b"text/html"
            )
        )
        self.assertEqual(self.message(item).attachment_ids.mapped("mimetype"), ["text/plain"])

    def test_name_that_ends_in_a_backslash(self):
        source = write_mail(sender="x@y.example")
        source = source.replace(b"From: x@y.example", rb'From: "Evil\\" <evil@y.example>')
        item = self.take_one(source)
        self.assertEqual(self.message(item).email_from, '"Evil" <evil@y.example>')

    def test_many_tickets_of_one_sender_are_not_all_acknowledged(self):
        """A machine that answers each acknowledgement with a new mail is not answered for ever."""
        with self.mock_mail_gateway():
            for number in range(14):
                self.take_one(write_mail(subject=f"Auto {number}", sender="robot@far.example"))
        sent = self._new_mails.filtered(lambda mail: mail.email_to == "robot@far.example")
        self.assertEqual(len(sent), 10)

    def test_template_that_fails_costs_no_mail(self):
        self.inbox.request_received_template_id.body_html = '<p t-out="object.no_such_field"/>'
        with mute_logger(
            "odoo.addons.helpdesk_mail.intake.road", "odoo.addons.base.models.ir_qweb"
        ):
            item = self.take_one()
        self.assertEqual(item.outcome, "created")
        self.assertIn("Nobody was notified", self.row(item).explanation)

    def test_comma_in_a_name_of_the_copies(self):
        ticket = self.new_ticket(write_mail(cc='"Doe, John" <john@elsewhere.example>'))
        item = self.take_one(
            write_mail(sender="john@elsewhere.example", subject=f"Re: [{ticket.number}] x")
        )
        self.assertEqual(self.ticket(item), ticket)

    def test_number_without_closing_text(self):
        pattern = number_pattern("#{number}")
        self.assertEqual(pattern.search("about #HT-2026/001.")[1], "HT-2026/001")

    def test_copy_of_a_reply_in_a_second_inbox(self):
        """A reply that two inboxes get stands in its ticket once."""
        other = self.new_inbox(name="Sales", email="sales@desk.example", accept_copies=True)
        first = self.take_one(write_mail())
        reply = write_mail(subject="Re: it", answers=f"<{first.parsed.message_id}>")
        self.assertEqual(self.take_one(reply).outcome, "appended")
        self.assertEqual(self.take_one(reply, inbox=other).outcome, "duplicate")


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestHostileSettings(HelpdeskMailCase):
    def test_password_is_for_one_server(self):
        """Whoever points an inbox at another server does not get the stored password there."""
        self.inbox.write(
            {"kind": "mailbox", "host": "mail.example", "username": "u", "password": "secret"}
        )
        self.assertTrue(self.inbox.has_password)
        self.inbox.write({"host": "mail.example", "name": "Renamed"})
        self.assertTrue(self.inbox.has_password)
        for change in (
            {"host": "evil.example"},
            {"encryption": "none"},
            {"verify_certificate": False},
            {"username": "other"},
        ):
            self.inbox.password = "secret"
            self.inbox.write(change)
            self.assertFalse(self.inbox.has_password, change)
        self.inbox.write({"host": "third.example", "password": "new"})
        self.assertTrue(self.inbox.has_password)

    def test_another_mailbox_has_uids_of_its_own(self):
        """A UID of the old mailbox says nothing about the new one."""
        folder = self.env["helpdesk.mail.folder"].create(
            {"inbox_id": self.inbox.id, "name": "INBOX", "uidvalidity": "1"}
        )
        row = self.row(self.take_one())
        row.write({"folder_id": folder.id, "server_uid": "1:5", "on_server": True})
        self.inbox.username = "other"
        self.assertFalse(row.on_server)
        self.assertNotEqual(row.server_uid, "1:5")

    def test_mail_that_must_stay_on_a_pop3_server(self):
        """Its only whole copy is there: another name of the server does not change that."""
        folder = self.env["helpdesk.mail.folder"].create(
            {"inbox_id": self.inbox.id, "name": "INBOX"}
        )
        row = self.row(self.take_one(door="pop3"))
        row.write({"folder_id": folder.id, "server_uid": "a1", "on_server": True})
        self.inbox.host = "other.example"
        self.assertTrue(row.on_server)
        self.assertNotEqual(row.server_uid, "a1")

    def test_addresses_of_others(self):
        """Nobody sets up an inbox to read what is sent to somebody else here."""
        other = self.env["res.company"].create({"name": "Other"})
        alias = self.env["mail.alias"].create(
            {
                "alias_name": "jobs",
                "alias_model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )
        addresses = [self.agent.email]
        if alias.alias_full_name:
            addresses.append(alias.alias_full_name)
        for address in addresses:
            with self.assertRaises(ValidationError):
                self.new_inbox(email=address)
            with self.assertRaises(ValidationError):
                self.inbox.alias_emails = address
        with self.assertRaises(ValidationError):
            self.new_inbox(email=SUPPORT, company_id=other.id, team_id=False)

    def test_inbox_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids = [Command.link(other.id)]
        theirs = self.new_inbox(email="bills@other.example", company_id=other.id, team_id=False)
        ticket = self.new_ticket()
        with self.assertRaises(ValidationError):
            ticket.inbox_id = theirs
        with self.assertRaises(ValidationError):
            self.inbox.company_id = other
