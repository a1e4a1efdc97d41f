# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Answers leave over a line that cuts, stalls and corrupts at each step of SMTP.

What must hold: no mail is lost, none arrives twice unless nobody can know whether it has arrived,
STARTTLS never becomes clear text, people read a plain sentence, the queue goes on with the other
mails, and all of it ends in time.
"""

import contextlib
import time
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import smtp_session
from .test_outgoing import SMTP_PASSWORD, SMTP_USER, OutgoingCase
from .unit.fault_proxy import CHANGE, CLOSE, CUT, HOLD, Fault, FaultProxy

# step -> who speaks, what, and with what it is corrupted
STEPS = {
    "greeting": ("server", rb"220 "),
    "hello": ("client", rb"ehlo "),
    "hello answered": ("server", rb"250[ -]"),
    "sign in": ("client", rb"AUTH "),
    "signed in": ("server", rb"235 "),
    "sender": ("client", rb"mail FROM"),
    "sender answered": ("server", rb"250 OK"),
    "recipient": ("client", rb"rcpt TO"),
    "recipient answered": ("server", rb"(?s)250 OK.*?250 OK"),
    "data": ("client", rb"data\r\n"),
    "data answered": ("server", rb"354 "),
    "text": ("client", rb"Subject: "),
    "end of the text": ("client", rb"\r\n\.\r\n"),
}
# the server has the mail, and we do not hear of it
AFTER = ("server", rb"250 2\.0\.0 Queued")
GARBAGE = b"\x80\xff%!PS garbage\r\n"
# seconds that a silent line is waited for, and any other: a busy machine answers late
SECONDS, PATIENT_SECONDS = 3, 30
# what all of it may take: less than one wait that is none of the account's own
LONGEST = 25


class FaultCase(OutgoingCase):
    def setUp(self):
        super().setUp()
        self.wait_for(PATIENT_SECONDS)
        self.ticket = self.ask()

    def wait_for(self, seconds):
        """An account's own time-outs count for its SMTP server too."""
        self.inbox.write({"timeout_ms": seconds * 1000, "connect_timeout_ms": seconds * 1000})

    def line(self, server, *faults, **values):
        """A line with *faults* to *server*, which the inbox sends through."""
        proxy = FaultProxy(server.port, *faults)
        proxy.__enter__()
        self.addCleanup(proxy.__exit__)
        self.own_server(server, smtp_port=proxy.port, **values)
        return proxy

    def answers(self, count=2):
        """So many answers wait to be sent."""
        mails = self.env["mail.mail"]
        for number in range(count):
            mails += self.say(self.ticket, f"Answer {number}.")
        return mails

    def send_due(self, mails):
        """Send what waits, as if its time had come."""
        mails = mails.exists()
        mails.filtered(lambda mail: mail.state == "outgoing").write({"scheduled_date": False})
        started = time.monotonic()
        self.send_queue()
        self.assertLess(time.monotonic() - started, LONGEST, "it ends in time")
        return mails.exists().filtered(lambda mail: mail.state != "sent")

    def arrived(self, server):
        """What came, in the order of its numbers: [0, 1] if each of two came once."""
        found = []
        for mail in server.mails:
            text = self.parsed(mail).get_body(("plain",)).get_content()
            found += [number for number in range(99) if f"Answer {number}." in text]
        return sorted(found)

    def plain(self, reason):
        """People can read it: no class of an exception, no number of a code, no octets."""
        self.assertTrue(reason)
        for word in ("Error", "Exception", "Errno", "Traceback", "b'", "smtplib", "\ufffd"):
            self.assertNotIn(word, reason)
        self.assertTrue(reason.rstrip().endswith((".", "minutes.")), reason)


@tagged("post_install", "-at_install")
class TestSendingFaults(FaultCase):
    def check_step(self, step, action, sender, pattern):
        server = self.serve(users={SMTP_USER: SMTP_PASSWORD})
        fault = Fault(sender, pattern, action=action, text=GARBAGE)
        proxy = self.line(server, fault)
        mails = self.answers()
        self.wait_for(SECONDS if action == HOLD else PATIENT_SECONDS)
        before = self.send_due(mails)
        self.wait_for(PATIENT_SECONDS)
        self.assertEqual(proxy.happened, 1, "the fault did not happen")
        for mail in before:
            self.assertEqual(mail.state, "outgoing", mail.failure_reason)
            self.plain(mail.failure_reason)
            self.assertGreater(mail.scheduled_date, self.env.cr.now())
        # what befell one mail does not hold up the other one, once there is a connection at all
        connected = step not in ("greeting", "hello", "hello answered", "sign in", "signed in")
        self.assertEqual(len(before), 1 if connected else 2)
        proxy.release.set()
        self.assertFalse(self.send_due(mails), "all have left")
        self.assertEqual(self.arrived(server), [0, 1], "each once")

    def test_cut(self):
        for step, (sender, pattern) in STEPS.items():
            with self.subTest(step):
                self.check_step(step, CUT, sender, pattern)

    def test_end(self):
        for step in ("greeting", "signed in", "sender answered", "data answered"):
            with self.subTest(step):
                self.check_step(step, CLOSE, *STEPS[step])

    def test_silence(self):
        for step in ("greeting", "hello", "signed in", "sender", "recipient answered"):
            with self.subTest(step):
                self.check_step(step, HOLD, *STEPS[step])

    def test_nonsense(self):
        """Answers that are none are not taken for a refusal."""
        for step in ("greeting", "signed in", "sender answered", "data answered"):
            with self.subTest(step):
                self.check_step(step, CHANGE, *STEPS[step])

    def test_a_slow_answer_is_waited_for(self):
        server = self.serve()
        proxy = self.line(server, Fault("server", rb"250 2\.0\.0 Queued", action=HOLD))
        original = server.handle_DATA

        async def handle(*args):
            # the line is released once the mail is there
            proxy.release.set()
            return await original(*args)

        server.handle_DATA = handle
        self.assertFalse(self.send_due(self.answers()))
        self.assertEqual((proxy.happened, self.arrived(server)), (1, [0, 1]))

    def test_after_the_final_dot_nobody_knows(self):
        """RFC 5321, 4.5.3.2.6 and 6.1: the mail is ours until the server says that it is its own.

        It is sent again, later, under the same Message-ID, and no more than twice: receivers that
        do not know it by that get no flood of it.
        """
        for action in (CUT, CLOSE, HOLD, CHANGE):
            with self.subTest(action):
                server = self.serve()
                proxy = self.line(server, Fault(*AFTER, action=action, text=GARBAGE))
                mails = self.answers()
                self.wait_for(SECONDS if action == HOLD else PATIENT_SECONDS)
                (mail,) = self.send_due(mails)
                self.wait_for(PATIENT_SECONDS)
                self.assertEqual(proxy.happened, 1)
                self.assertEqual(self.arrived(server), [0, 1], "the other one went on at once")
                self.assertEqual((mail.state, mail.helpdesk_mail_unknown), ("outgoing", 1))
                self.plain(mail.failure_reason)
                self.assertIn("may have the mail or not", mail.failure_reason)
                wait = mail.scheduled_date - self.env.cr.now()
                self.assertGreater(wait.total_seconds(), 25 * 60, "not at once")
                proxy.release.set()
                self.assertFalse(self.send_due(mails))
                self.assertEqual(self.arrived(server), [0, 0, 1])
                first, last = (self.parsed(server.mails[n])["Message-ID"] for n in (0, -1))
                self.assertEqual(first, last)

    def test_a_server_that_never_says_whether_it_keeps_mail(self):
        server = self.serve()
        faults = [Fault(*AFTER) for _time in range(9)]
        self.line(server, *faults)
        mails = self.answers(1)
        for _run in range(6):
            left = self.send_due(mails)
        self.assertEqual(left.state, "exception", "a person decides")
        self.assertIn("may have the mail or not", left.failure_reason)
        self.assertEqual(self.arrived(server), [0, 0, 0])
        status = left.mail_message_id.notification_ids.mapped("notification_status")
        self.assertIn("exception", status)

    def test_goodbye(self):
        """What was sent stays sent, however QUIT ends."""
        for action in (CUT, CLOSE, HOLD, CHANGE):
            seconds = SECONDS if action == HOLD else PATIENT_SECONDS
            with self.subTest(action), patch.object(smtp_session, "_QUIT_SECONDS", seconds):
                server = self.serve()
                proxy = self.line(server, Fault("server", rb"221 ", action=action, text=GARBAGE))
                self.assertFalse(self.send_due(self.answers()))
                self.assertEqual((proxy.happened, self.arrived(server)), (1, [0, 1]))
                # where Odoo opens a session for one mail alone
                proxy.faults.append(Fault("server", rb"221 ", action=action, text=GARBAGE))
                Server = self.env["ir.mail_server"]
                message = Server._build_email__(
                    self.inbox.email, ["anna@kunde.example"], "Alone", "Answer 7."
                )
                self.assertTrue(
                    Server.send_email(message, mail_server_id=self.inbox.own_server_id.id)
                )

    def test_a_server_that_ends_the_connection_after_each_mail(self):
        """With or without a word (421): the next mail takes another connection, at once."""
        for fault in (
            {"action": CLOSE},
            {"action": CHANGE, "text": b"421 4.7.0 Too many messages\r\n"},
        ):
            with self.subTest(**fault):
                server = self.serve()
                # the answer to MAIL of the second mail on a connection
                pattern = rb"(?<=4711\r\n)250 OK\r\n"
                again = [Fault("server", pattern, **fault) for _time in range(2)]
                proxy = self.line(server, *again)
                self.assertFalse(self.send_due(self.answers(3)))
                self.assertEqual(proxy.happened, 2)
                self.assertEqual(self.arrived(server), [0, 1, 2])

    def test_a_server_that_fails_costs_the_queue_no_hour(self):
        """Each mail would wait for its time: after two the others are put off untried."""
        server = self.serve()
        silent = [Fault("client", rb"mail FROM", action=HOLD) for _time in range(20)]
        proxy = self.line(server, *silent)
        mails = self.answers(12)
        self.wait_for(SECONDS)
        left = self.send_due(mails)
        self.wait_for(PATIENT_SECONDS)
        self.assertEqual(left, mails)
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})
        self.assertLess(proxy.happened, 4)
        proxy.faults.clear()
        proxy.release.set()
        self.assertFalse(self.send_due(mails))
        self.assertEqual(self.arrived(server), list(range(12)))

    def test_only_who_has_not_got_the_mail_gets_it_again(self):
        """A mail to two people leaves twice; the line breaks between them."""
        server = self.serve()
        proxy = self.line(
            server, Fault("client", rb"rcpt TO", nth=2), Fault("client", rb"mail FROM")
        )
        mail = self.answers(1)
        mail.write({"email_to": False, "recipient_ids": [(6, 0, (self.anna + self.bert).ids)]})
        self.assertEqual(self.send_due(mail), mail)
        self.assertEqual(proxy.happened, 2)
        self.assertEqual((mail.state, mail.recipient_ids), ("outgoing", self.bert))
        self.assertFalse(self.send_due(mail))
        recipients = [one[1][0] for one in server.mails]
        self.assertEqual(recipients, [self.anna.email, self.bert.email])

    def test_one_of_several_in_one_mail_is_refused(self):
        """The others have the mail; that one has not is no secret."""
        server = self.serve()
        self.own_server(server)
        message = self.ticket.with_user(self.agent).message_post(
            body="Answer 0.",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            force_send=False,
            partner_ids=self.bert.ids,
        )
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        notifications = message.sudo().notification_ids.filtered("mail_mail_id")
        self.assertTrue(notifications)
        partner = notifications[0].res_partner_id
        partner.email = "one@kunde.example, two@kunde.example"

        async def refuse(session_, session, envelope, address, options):
            if address.startswith("one@"):
                return "550 5.1.1 No such user"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        server.handle_RCPT = refuse
        with mute_logger("odoo.addons.helpdesk_mail.models.mail_mail_outgoing"):
            self.assertFalse(self.send_due(mail))
        self.assertTrue(server.mails)
        failed = notifications.exists().filtered(lambda n: n.notification_status == "exception")
        self.assertEqual(failed.res_partner_id, partner)
        self.assertIn("one@kunde.example does not exist", failed.failure_reason)


@tagged("post_install", "-at_install")
class TestTlsFaults(FaultCase):
    """STARTTLS that is stripped or corrupted never becomes clear text."""

    def check(self, *faults, words, state, encryption="starttls"):
        server = self.serve(encryption, users={SMTP_USER: SMTP_PASSWORD})
        proxy = self.line(server, *faults)
        with server.trusted():
            mails = self.answers()
            left = self.send_due(mails)
            self.assertEqual(left, mails)
            self.assertTrue(proxy.happened)
            self.assertEqual(set(mails.mapped("state")), {state})
            for mail in mails:
                self.assertIn(words, mail.failure_reason)
            self.assertFalse(server.mails or server.logins, "nothing in clear text")
            proxy.faults.clear()
            proxy.release.set()
            self.wait_for(PATIENT_SECONDS)
            mails.write({"state": "outgoing"})
            self.assertFalse(self.send_due(mails))
        self.assertEqual(self.arrived(server), [0, 1])

    def test_stripped(self):
        self.check(
            Fault("server", rb"250-STARTTLS\r\n", action=CHANGE),
            words="does not offer STARTTLS, so nothing was sent",
            state="exception",
        )

    def test_refused(self):
        self.check(
            Fault("server", rb"220 Ready to start TLS", action=CHANGE, text=b"454 No TLS now"),
            words="cannot take the mail at the moment",
            state="outgoing",
        )

    def test_cut(self):
        for fault in (
            Fault("client", rb"STARTTLS"),
            Fault("server", rb"220 Ready to start TLS\r\n"),
            Fault("client", rb"STARTTLS\r\n", after=5),
            Fault("server", rb"220 Ready to start TLS\r\n", after=5),
        ):
            with self.subTest(fault):
                self.check(fault, words="closed the connection", state="outgoing")

    def test_silence(self):
        self.wait_for(SECONDS)
        self.check(
            Fault("server", rb"220 Ready to start TLS\r\n", after=0, action=HOLD),
            words="did not answer in time",
            state="outgoing",
        )

    def test_corrupted(self):
        self.check(
            Fault("client", rb"STARTTLS\r\n", after=1, action=CHANGE, text=b"garbage" * 9),
            words="does not speak TLS as expected",
            state="exception",
        )

    def test_words_of_somebody_on_the_way_are_not_the_server_s(self):
        """Answers put in before the handshake do not count after it (RFC 3207, section 6)."""
        server = self.serve("starttls", users={SMTP_USER: SMTP_PASSWORD})
        injected = b"220 Ready to start TLS\r\n250-evil\r\n250 AUTH LOGIN\r\n235 OK\r\n250 OK\r\n"
        self.line(
            server,
            Fault("server", rb"220 Ready to start TLS\r\n", action=CHANGE, text=injected),
        )
        with server.trusted(), contextlib.suppress(OSError):
            mails = self.answers()
            self.send_due(mails)
            self.send_due(mails)
        self.assertEqual(self.arrived(server), [0, 1])
