# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Forged senders: whose word is believed, and what becomes of their mail."""

import re
from unittest.mock import patch

from ..intake import verify
from ..message.authentication import TableResolver
from .common import CUSTOMER, SUPPORT, HelpdeskMailCase, write_mail

HOST = "mx.desk.example"


def received(source, verdict, host=HOST):
    """*source* (bytes) as *host* hands it on, with its opinion of the sender."""
    domain = re.search(rb"^From:.*@([^>\s]+)", source, re.M)[1].decode()
    head = (
        f"Authentication-Results: {host}; dmarc={verdict} header.from={domain}\r\n"
        f"Received: from sender.example ([192.0.2.1]) by {host}; Mon, 2 Mar 2026 10:00:01 +0100\r\n"
    )
    return head.encode() + source


class TestVerification(HelpdeskMailCase):
    def setUp(self):
        super().setUp()
        self.inbox.own_mail_hosts = f"{HOST}\nother.desk.example"

    def test_verified(self):
        ticket = self.new_ticket(received(write_mail(), "pass"))
        self.assertEqual(ticket.sender_verification, "pass")
        self.assertEqual(ticket.partner_id, self.anna)

    def test_forged_sender_is_marked(self):
        item = self.take_one(received(write_mail(), "fail"))
        ticket = self.ticket(item)
        self.assertEqual(ticket.sender_verification, "fail")
        self.assertEqual(ticket.partner_id, self.anna)
        self.assertIn("may be forged", self.row(item).explanation)

    def test_forged_sender_is_linked_once_an_agent_confirms(self):
        self.inbox.forged_policy = "unlinked"
        item = self.take_one(received(write_mail(), "fail"))
        ticket = self.ticket(item)
        self.assertFalse(ticket.partner_id)
        self.assertFalse(self.message(item).author_id)
        ticket.with_user(self.agent).action_confirm_sender()
        self.assertEqual(ticket.sender_verification, "confirmed")
        self.assertEqual(ticket.partner_id, self.anna)

    def test_only_our_own_hosts_are_believed(self):
        for host in ("mx.evil.example", "desk.example", "mx.desk.example.evil.example"):
            ticket = self.new_ticket(received(write_mail(subject=host), "pass", host))
            self.assertNotEqual(ticket.sender_verification, "pass", host)

    def test_what_the_sender_wrote_itself_is_not_believed(self):
        forged = (
            f"Authentication-Results: {HOST}; dmarc=pass header.from=kunde.example\r\n".encode()
        )
        trace = (
            f"Received: from evil.example by {HOST}; Mon, 2 Mar 2026 10:00:01 +0100\r\n".encode()
        )
        ticket = self.new_ticket(trace + forged + write_mail())
        self.assertNotEqual(ticket.sender_verification, "pass")

    def test_without_hosts_nothing_is_checked(self):
        self.inbox.own_mail_hosts = False
        ticket = self.new_ticket(received(write_mail(), "fail"))
        self.assertFalse(ticket.sender_verification)

    def test_forged_agent_is_no_agent(self):
        ticket = self.new_ticket(write_mail(message_id="<one@kunde.example>"))
        forged = write_mail(sender="agent@staff.example", answers="<one@kunde.example>")
        item = self.take_one(received(forged, "fail"))
        self.assertEqual(self.ticket(item), ticket)
        self.assertFalse(self.message(item).author_id)

    def test_verified_agent_needs_no_reference(self):
        ticket = self.new_ticket()
        mail = write_mail(sender="agent@staff.example", subject=f"[{ticket.number}] done")
        self.assertTrue(self.take_one(mail).internal)
        mail = write_mail(sender="agent@staff.example", subject=f"[{ticket.number}] done 2")
        self.assertFalse(self.take_one(received(mail, "pass")).internal)

    def test_dns(self):
        self.inbox.verify_senders = "dns"
        table = TableResolver(
            {
                "_dmarc.kunde.example. TXT": ["v=DMARC1; p=reject"],
                "kunde.example. TXT": ["v=spf1 ip4:192.0.2.1 -all"],
            }
        )

        def via(address):
            head = (
                f"Return-Path: <{CUSTOMER}>\r\nReceived: from out.kunde.example ([{address}])"
                f" by {HOST} for <{SUPPORT}>; Mon, 2 Mar 2026 10:00:01 +0100\r\n"
            )
            return head.encode() + write_mail(subject=address)

        with patch.object(verify, "network", return_value=table):
            self.assertEqual(self.new_ticket(via("192.0.2.1")).sender_verification, "pass")
            self.assertEqual(self.new_ticket(via("192.0.2.66")).sender_verification, "fail")

    def test_dns_that_does_not_answer_holds_up_nothing(self):
        self.inbox.verify_senders = "dns"

        class Silent:
            def lookup(self, name, kind):
                raise TimeoutError

        with patch.object(verify, "network", return_value=Silent()):
            ticket = self.new_ticket(received(write_mail(), "none"))
        self.assertEqual(ticket.sender_verification, "error")
        self.assertEqual(ticket.partner_id, self.anna)
