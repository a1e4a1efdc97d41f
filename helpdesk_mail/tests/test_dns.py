# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""DNS of a name server on loopback, in real packets, as users meet it: Check DNS of sender
signatures, the search for settings, and the check of who sent a mail.
"""

import time
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import config, mute_logger

from .. import name_servers
from ..intake import verify
from ..message.authentication import NetworkResolver
from ..message.authentication.dns_network import parse_servers
from ..transport.discovery import Options
from .common import CUSTOMER, PATIENT, SUPPORT, HelpdeskMailCase, write_mail
from .unit.dns_server import DROP, SERVFAIL, TRUNCATE, DnsServer

HOST = "mx.desk.example"
DOMAIN = "desk.example"


class PatientResolver(NetworkResolver):
    def __init__(self, **options):
        super().__init__(**{"timeout": 60.0, **options})


def impatient(env):
    """As name_servers.resolver, for tests of what does not answer."""
    return NetworkResolver(servers=parse_servers(name_servers.configured()), timeout=0.4)


class DnsCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        cls.dns = cls.enterClassContext(DnsServer())
        cls.enterClassContext(patch.dict(config.options, helpdesk_mail_nameservers=cls.dns.address))
        # a name server that answers does so on a busy machine too, later
        cls.startClassPatcher(patch.object(name_servers, "NetworkResolver", PatientResolver))
        cls.startClassPatcher(patch.object(verify, "NetworkResolver", PatientResolver))
        cls.startClassPatcher(patch.object(verify, "_SECONDS", 120.0))
        cls.startClassPatcher(patch.object(verify, "_BATCH_SECONDS", 240.0))

    def setUp(self):
        super().setUp()
        self.dns.clear()
        verify._network.cache_clear()
        self.addCleanup(verify._network.cache_clear)


@tagged("post_install", "-at_install")
class TestCheckDns(DnsCase):
    def setUp(self):
        super().setUp()
        self.key = (
            self.env["helpdesk.dkim.key"]
            .with_user(self.admin)
            .create({"domain": DOMAIN, "selector": "s1"})
        )

    def check(self):
        """kind -> (state, explanation) as the screen shows it."""
        self.key.action_check_dns()
        return {record.kind: (record.state, record.explanation) for record in self.key.record_ids}

    def test_what_is_published_is_seen(self):
        for fault in (None, TRUNCATE):
            for record in self.key.record_ids:
                self.dns.table[f"{record.name}. TXT"] = [record.value]
            self.dns.faults["*"] = fault
            with self.subTest(fault):
                self.assertEqual({state for state, _words in self.check().values()}, {"ok"})
                self.assertEqual(self.key.state, "published")
        # without a memory: a person waits for a record to appear
        self.dns.table.clear()
        found = self.check()
        self.assertEqual({state for state, _words in found.values()}, {"change"})
        self.assertIn("There is no such record yet", found["dkim"][1])

    def test_dns_out_of_order(self):
        for fault in (SERVFAIL, DROP):
            self.dns.faults["*"] = fault
            started = time.monotonic()
            with self.subTest(fault), patch.object(name_servers, "resolver", impatient):
                found = self.check()
            self.assertLess(time.monotonic() - started, 60)
            self.assertEqual(set(found.values()), {("unknown", "DNS did not answer. Try again.")})
            self.assertEqual(self.key.state, "draft")


@tagged("post_install", "-at_install")
class TestNameServers(DnsCase):
    def test_a_mistake_in_the_option_is_named(self):
        key = self.env["helpdesk.dkim.key"].create({"domain": DOMAIN, "selector": "s1"})
        with patch.dict(config.options, helpdesk_mail_nameservers="127.0.0.1, dns.example"):
            with self.assertRaisesRegex(UserError, "dns.example is no name server"):
                key.action_check_dns()

    def test_the_environment_names_them_where_the_file_does_not(self):
        with (
            patch.dict(config.options, helpdesk_mail_nameservers=""),
            patch.dict("os.environ", HELPDESK_MAIL_NAMESERVERS="192.0.2.53"),
        ):
            self.assertEqual(name_servers.configured(), "192.0.2.53")

    def test_the_search_for_settings_asks_them(self):
        self.dns.table["_imaps._tcp.firm.example. SRV"] = ["0 1 993 imap.firm.example."]
        inbox = self.env["helpdesk.inbox"].create(
            {"name": "New", "email": "support@firm.example", "kind": "mailbox"}
        )
        options = Options(**PATIENT, own_files=(), ispdb="")
        channel = "odoo.addons.helpdesk_mail.transport.channel.addresses"
        with (
            patch.object(type(inbox), "_setup_options", lambda _inbox: options),
            # hosts are the system's to look up; no test asks it
            patch(channel, side_effect=OSError),
        ):
            inbox.with_user(self.admin).action_setup_find()
            self.assertEqual(inbox.setup_server_ids.mapped("host"), ["imap.firm.example"])
            self.dns.faults["*"] = SERVFAIL
            inbox.with_user(self.admin).action_setup_find()
        self.assertFalse(inbox.setup_server_ids)
        questions = inbox.setup_question_ids.filtered(lambda one: one.source in ("srv", "mx"))
        self.assertEqual(set(questions.mapped("answer")), {"DNS did not answer."})


@tagged("post_install", "-at_install")
class TestSendersInDns(DnsCase):
    def setUp(self):
        super().setUp()
        self.inbox.write({"verify_senders": "dns", "own_mail_hosts": HOST})
        self.dns.table.update(
            {
                "_dmarc.kunde.example. TXT": ["v=DMARC1; p=reject"],
                "kunde.example. TXT": ["v=spf1 include:spf.kunde.example -all"],
                "spf.kunde.example. TXT": ["v=spf1 ip4:192.0.2.1 -all"],
            }
        )

    def via(self, address, subject="Question"):
        head = (
            f"Return-Path: <{CUSTOMER}>\r\nReceived: from out.kunde.example ([{address}])"
            f" by {HOST} for <{SUPPORT}>; Mon, 2 Mar 2026 10:00:01 +0100\r\n"
        )
        return head.encode() + write_mail(subject=f"{subject} {address}")

    def test_real_and_forged(self):
        for fault in (None, TRUNCATE):
            self.dns.faults["*"] = fault
            verify._network.cache_clear()
            with self.subTest(fault):
                for address, verdict in (("192.0.2.1", "pass"), ("192.0.2.66", "fail")):
                    ticket = self.new_ticket(self.via(address, str(fault)))
                    self.assertEqual(ticket.sender_verification, verdict)

    def test_answers_are_kept_for_the_next_mail(self):
        self.new_ticket(self.via("192.0.2.1"))
        asked = len(self.dns.asked)
        self.new_ticket(self.via("192.0.2.1", "Again"))
        self.assertEqual(len(self.dns.asked), asked)

    def test_a_servfail_is_no_forgery(self):
        self.dns.faults["*"] = SERVFAIL
        ticket = self.new_ticket(self.via("192.0.2.66"))
        self.assertEqual(ticket.sender_verification, "error")
        self.assertEqual(ticket.partner_id, self.anna)

    def test_a_silent_name_server_holds_a_batch_up_for_a_bounded_time(self):
        """Mail comes in, unchecked, whatever strangers' name servers do."""
        self.dns.faults["*"] = DROP
        sources = [self.via("192.0.2.1", f"Mail {number}") for number in range(12)]
        started = time.monotonic()
        with patch.object(verify, "network", lambda: impatient(self.env)):
            items = self.take(*sources)
        self.assertLess(time.monotonic() - started, 60)
        self.assertLessEqual(len(self.dns.asked), 4, "one sender's name server is asked once")
        tickets = [self.ticket(item) for item in items]
        self.assertEqual({one.sender_verification for one in tickets}, {"error"})

    def test_many_silent_name_servers_hold_a_batch_up_for_a_bounded_time(self):
        self.dns.faults["*"] = DROP
        sources = [
            self.via("192.0.2.1").replace(b"@kunde.example", b"@kunde%d.example" % number)
            for number in range(12)
        ]
        with (
            patch.object(verify, "network", lambda: impatient(self.env)),
            patch.object(verify, "_BATCH_SECONDS", 1.0),
        ):
            items = self.take(*sources)
        tickets = [self.ticket(item) for item in items]
        self.assertEqual({one.sender_verification for one in tickets}, {"error"})
        names = {name for name, _kind, _way in self.dns.asked}
        self.assertLess(len(names), 6, "the rest is not asked for any more")

    def test_a_mistake_in_the_option_holds_up_no_mail(self):
        with (
            patch.dict(config.options, helpdesk_mail_nameservers="dns.example"),
            mute_logger("odoo.addons.helpdesk_mail.intake.verify"),
        ):
            ticket = self.new_ticket(self.via("192.0.2.1"))
        self.assertEqual(ticket.sender_verification, "error", "nobody else was asked")
        self.assertFalse(self.dns.asked)
