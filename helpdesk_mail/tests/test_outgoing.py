# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Outgoing mail of an inbox, through a real SMTP server."""

import email
import email.policy
import logging
import time
from email.utils import parseaddr
from unittest.mock import patch

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import helpdesk_mail_sending
from .common import SUPPORT, HelpdeskMailCase, write_mail
from .smtp_server import SmtpServer

SMTP_USER = "support"
SMTP_PASSWORD = "smtp pa55word"
QUIET = (
    "odoo.addons.mail.models.mail_mail",
    "odoo.addons.base.models.ir_mail_server",
    "odoo.models.unlink",
    "mail.log",
)


class OutgoingCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        # Odoo itself sends nothing in tests
        cls.startClassPatcher(patch.object(IrMail_Server, "_disable_send", lambda *args: False))
        cls.env["ir.mail_server"].search([]).active = False
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).state = "cancel"

    def serve(self, *args, **kwargs):
        server = SmtpServer(*args, **kwargs)
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server

    def own_server(self, server, inbox=None, **values):
        """Let the inbox send through *server*, as an administrator of mail sets it up."""
        inbox = inbox or self.inbox
        inbox.with_user(self.admin).write(
            {
                "outgoing": "own",
                "smtp_host": "127.0.0.1",
                "smtp_port": server.port,
                "smtp_encryption": server.encryption,
                "smtp_login": "none" if server.users is None else "password",
                "smtp_username": SMTP_USER,
                **({} if server.users is None else {"smtp_password": SMTP_PASSWORD}),
                **values,
            }
        )
        return inbox.own_server_id

    def ask(self, inbox=None):
        ticket = self.new_ticket(write_mail(), inbox=inbox)
        self.env["mail.mail"].search([("state", "=", "outgoing")]).state = "cancel"
        return ticket

    def say(self, ticket, body="We come at once.", **values):
        """An agent answers; the mails of the answer, which wait in the queue."""
        message = ticket.with_user(self.agent).message_post(
            body=body,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            force_send=False,
            **values,
        )
        return self.env["mail.mail"].search([("mail_message_id", "=", message.id)])

    def send_queue(self):
        with mute_logger(*QUIET):
            self.env["mail.mail"].process_email_queue()

    def parsed(self, mail):
        return email.message_from_bytes(mail[2], policy=email.policy.default)


@tagged("post_install", "-at_install")
class TestOwnServer(OutgoingCase):
    def test_answers_leave_through_it(self):
        for encryption in ("none", "starttls", "ssl"):
            with self.subTest(encryption):
                server = self.serve(encryption, users={SMTP_USER: SMTP_PASSWORD})
                self.own_server(server, smtp_verify_certificate=False)
                mails = self.say(self.ask())
                self.send_queue()
                self.assertEqual(mails.exists().mapped("failure_reason"), [])
                self.assertEqual(server.logins, [SMTP_USER])
                sender, recipients, _source = server.mails[0]
                self.assertEqual(recipients, ("anna@kunde.example",))
                # undeliverable mail comes back to the inbox itself
                self.assertEqual(sender, SUPPORT)

    def test_certificate_is_checked(self):
        server = self.serve("starttls", users={SMTP_USER: SMTP_PASSWORD})
        self.own_server(server)
        mails = self.say(self.ask())
        self.send_queue()
        self.assertFalse(server.mails or server.logins)
        self.assertIn("certificate", mails.failure_reason)
        mails.mark_outgoing()
        with server.trusted():
            self.send_queue()
        self.assertEqual(len(server.mails), 1)

    def test_starttls_never_falls_back_to_clear_text(self):
        server = self.serve("none", users={SMTP_USER: SMTP_PASSWORD})
        self.own_server(server, smtp_encryption="starttls")
        mails = self.say(self.ask())
        self.send_queue()
        self.assertFalse(server.mails or server.logins)
        self.assertIn("does not offer STARTTLS, so nothing was sent", mails.failure_reason)

    def test_many_mails_share_one_connection(self):
        server = self.serve()
        self.own_server(server)
        ticket = self.ask()
        for number in range(5):
            self.say(ticket, f"Answer {number}")
        self.send_queue()
        self.assertEqual(len(server.mails), 5)
        self.assertEqual(server.connections, 1)

    def test_it_is_nobody_elses(self):
        """Mail that names no server never leaves through an inbox's own one, not even where there
        is no other.
        """
        server = self.serve()
        own = self.own_server(server)
        Server = self.env["ir.mail_server"]
        self.assertEqual(Server._find_mail_server(SUPPORT)[0], own)
        with mute_logger("odoo.addons.base.models.ir_mail_server"):
            self.assertNotEqual(Server._find_mail_server("sales@desk.example")[0], own)
        with self.assertRaisesRegex(UserError, "addresses of its inbox only"):
            Server._connect__(mail_server_id=own.id, smtp_from="boss@desk.example")
        other = self.new_inbox(name="Other", email="other@desk.example")
        with self.assertRaisesRegex(ValidationError, "own server of another inbox"):
            other.mail_server_id = own

    def test_it_comes_and_goes_with_the_setting(self):
        server = self.serve()
        own = self.own_server(server)
        self.assertEqual(self.inbox.mail_server_id, own)
        self.assertEqual(own.from_filter, SUPPORT)
        self.inbox.alias_emails = "help@desk.example"
        self.assertEqual(own.from_filter, f"{SUPPORT},help@desk.example")
        self.inbox.outgoing = "system"
        self.assertFalse(own.exists())
        self.assertFalse(self.inbox.mail_server_id)
        own = self.own_server(server)
        self.inbox.unlink()
        self.assertFalse(own.exists())

    def test_a_chosen_server_of_the_system_stays(self):
        chosen = self.env["ir.mail_server"].create({"name": "Relay", "smtp_host": "relay.example"})
        self.inbox.mail_server_id = chosen
        self.inbox.name = "Renamed"
        self.assertEqual(self.inbox.mail_server_id, chosen)

    def test_an_archived_inbox_has_none(self):
        own = self.own_server(self.serve())
        self.inbox.active = False
        self.assertFalse(own.exists())


@tagged("post_install", "-at_install")
class TestSmtpSecrets(OutgoingCase):
    def test_password_goes_in_and_never_out(self):
        server = self.serve(users={SMTP_USER: SMTP_PASSWORD})
        own = self.own_server(server)
        inbox = self.inbox.with_user(self.admin)
        self.env.invalidate_all()
        self.assertFalse(inbox.read(["smtp_password"])[0]["smtp_password"])
        self.assertTrue(inbox.has_smtp_password)
        # nor in the record that Odoo's own screens show
        self.assertFalse(own.smtp_pass)
        self.assertNotIn(SMTP_PASSWORD, str(own.read()))
        self.env.cr.execute("SELECT i::text FROM helpdesk_inbox i WHERE id = %s", [inbox.id])
        self.assertNotIn(SMTP_PASSWORD, self.env.cr.fetchone()[0])
        for field in ("smtp_password_encrypted", "smtp_route"):
            for operation in (
                lambda field=field: inbox.read([field]),
                lambda field=field: inbox.search([(field, "!=", False)]),
                lambda field=field: inbox.write({field: "x"}),
            ):
                try:
                    with mute_logger("odoo.models", "odoo.addons.base.models.ir_model"):
                        operation()
                except (AccessError, ValueError):
                    continue
                self.fail(f"{field} is not refused")

    def test_password_is_in_no_log(self):
        server = self.serve(users={SMTP_USER: SMTP_PASSWORD})
        self.own_server(server).smtp_debug = True
        self.say(self.ask())
        root = logging.getLogger("odoo")
        with self.assertLogs(root, "DEBUG") as logs:
            self.env["mail.mail"].process_email_queue()
        text = "\n".join(logs.output)
        self.assertTrue(server.logins)
        self.assertIn("mail FROM", text, "the session was not debugged")
        import base64

        for secret in (SMTP_PASSWORD, f"\0{SMTP_USER}\0{SMTP_PASSWORD}"):
            self.assertNotIn(secret, text)
            self.assertNotIn(base64.b64encode(secret.encode()).decode(), text)

    def test_a_stored_password_goes_to_no_other_server(self):
        server = self.serve(users={SMTP_USER: SMTP_PASSWORD})
        own = self.own_server(server)
        thief = self.serve(users={})
        # in the inbox
        self.inbox.with_user(self.admin).smtp_port = thief.port
        self.assertFalse(self.inbox.has_smtp_password)
        # in the technical screen
        self.own_server(server)
        own = self.inbox.own_server_id
        own.smtp_port = thief.port
        with self.assertRaisesRegex(UserError, "was changed elsewhere"):
            own._connect__(mail_server_id=own.id, smtp_from=SUPPORT)
        self.assertEqual(thief.connections, 1)

    def test_the_mailbox_s_password_is_not_shown_to_a_server_named_later(self):
        server = self.serve(users={"imapuser": "imap secret"})
        self.inbox.write(
            {"host": "imap.desk.example", "username": "imapuser", "password": "imap secret"}
        )
        own = self.own_server(server, smtp_login="same", smtp_password=False)
        with self.assertRaisesRegex(UserError, "Enter it once more"):
            own._connect__(mail_server_id=own.id, smtp_from=SUPPORT)
        self.inbox.password = "imap secret"
        own._connect__(mail_server_id=own.id, smtp_from=SUPPORT).quit()
        self.assertEqual(server.logins, ["imapuser"])
        # another server, another question
        self.own_server(self.serve(users={}), smtp_login="same", smtp_password=False)
        with self.assertRaisesRegex(UserError, "Enter it once more"):
            own._connect__(mail_server_id=own.id, smtp_from=SUPPORT)

    def test_letters_beyond_ascii(self):
        server = self.serve(users={SMTP_USER: "pä55wörd"})
        own = self.own_server(server, smtp_password="pä55wörd")
        own._connect__(mail_server_id=own.id, smtp_from=SUPPORT).quit()
        self.assertEqual(server.logins, [SMTP_USER])


@tagged("post_install", "-at_install")
class TestSenderNames(OutgoingCase):
    def from_of(self, **values):
        self.inbox.with_user(self.admin).write(values)
        return parseaddr(self.inbox._answer_from(self.agent.partner_id))

    def test_patterns(self):
        company = self.company.name
        for values, name in (
            ({"sender_name": "agent"}, "Agent Staff"),
            ({"sender_name": "agent_inbox"}, "Agent Staff via Customer support"),
            ({"sender_name": "agent_company"}, f"Agent Staff ({company})"),
            ({"sender_name": "inbox"}, "Customer support"),
            ({"sender_name": "company"}, company),
            (
                {"sender_name": "pattern", "sender_name_pattern": "$agent, $team of $company"},
                f"Agent Staff, Support team of {company}",
            ),
        ):
            with self.subTest(**values):
                self.inbox.team_id = self.team
                self.assertEqual(self.from_of(**values), (name, SUPPORT))

    def test_mail_by_nobody(self):
        """Automatic mail has no agent: it is the inbox that writes."""
        self.inbox.sender_name = "agent_inbox"
        self.assertEqual(parseaddr(self.inbox._answer_address())[0], "Customer support")
        self.inbox.write({"sender_name": "pattern", "sender_name_pattern": "Care of $company"})
        name = parseaddr(self.inbox._answer_address())[0]
        self.assertEqual(name, f"Care of {self.company.name}")

    def test_no_name_forges_an_address_or_a_field(self):
        self.agent.partner_id.name = "boss@bank.example\r\nBcc: x@evil.example"
        name, address = self.from_of(sender_name="agent_inbox")
        self.assertEqual(address, SUPPORT)
        self.assertNotIn("@", name)
        self.assertNotIn("\n", self.inbox._answer_from(self.agent.partner_id))
        self.agent.partner_id.name = "x" * 500
        self.assertLessEqual(len(self.from_of(sender_name="agent")[0]), 100)

    def test_mistakes_are_refused(self):
        for pattern in ("", "  ", "$agnt", "$", "${agent", "me@bank.example"):
            with self.subTest(pattern), self.assertRaises(ValidationError):
                with self.env.cr.savepoint():
                    self.inbox.write({"sender_name": "pattern", "sender_name_pattern": pattern})

    def test_on_the_wire(self):
        server = self.serve()
        self.own_server(server, sender_name="agent_inbox", reply_to_email="answers@desk.example")
        self.say(self.ask())
        self.send_queue()
        mail = self.parsed(server.mails[0])
        self.assertEqual(parseaddr(mail["From"]), ("Agent Staff via Customer support", SUPPORT))
        self.assertEqual(parseaddr(mail["Reply-To"])[1], "answers@desk.example")

    def test_reply_to(self):
        self.inbox.reply_to_email = "answers@desk.example"
        self.assertEqual(parseaddr(self.inbox._reply_address(7))[1], "answers@desk.example")
        self.inbox.token_in_address = True
        address = parseaddr(self.inbox._reply_address(7))[1]
        self.assertRegex(address, r"^answers\+t7\..+@desk\.example$")
        notes = str(self.inbox.with_user(self.admin).outgoing_notes)
        self.assertIn("answers@desk.example, which is no address of this inbox", notes)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.inbox.reply_to_email = "nobody"


@tagged("post_install", "-at_install")
class TestPlainWords(OutgoingCase):
    def reason(self, **server):
        smtp = self.serve(**server)
        self.own_server(smtp)
        mails = self.say(self.ask())
        self.send_queue()
        self.assertIn(mails.state, ("exception", "outgoing"))
        return mails.failure_reason

    def test_refusals(self):
        for reply, words in (
            ({"RCPT": "550 5.1.1 No such user"}, "anna@kunde.example does not exist"),
            ({"RCPT": "552 5.2.2 Over quota"}, "mailbox of anna@kunde.example is full"),
            ({"RCPT": "554 5.7.1 Relay access denied"}, "passes no mail on for us"),
            ({"RCPT": "450 4.2.0 Greylisted"}, "lets strangers wait"),
            ({"MAIL": "530 5.7.0 Must issue a STARTTLS command first"}, "Choose STARTTLS"),
            ({"MAIL": "553 5.7.60 SendAsDenied"}, "may not send from this address"),
            ({"DATA": "552 5.3.4 Message too big"}, "too large"),
            ({"DATA": "550 5.7.26 Unauthenticated email"}, "SPF, DKIM or DMARC"),
            ({"DATA": "554 5.7.1 Spamhaus"}, "list of spam senders"),
            ({"DATA": "451 4.7.1 Too many messages"}, "takes no more mail from us for now"),
        ):
            with self.subTest(reply):
                reason = self.reason(replies=reply)
                self.assertIn(words, reason)
                self.assertIn(next(iter(reply.values()))[4:], reason, "the server's own words")

    def test_password(self):
        for reply, words in (
            ("535 5.7.8 Bad credentials", "refused the user name or the password"),
            ("535 5.7.139 SmtpClientAuthentication is disabled", "Manage email apps"),
            ("534 5.7.9 Application-specific password required", "app password"),
        ):
            with self.subTest(reply):
                self.assertIn(words, self.reason(users={}, replies={"AUTH": reply}))

    def test_connection(self):
        server = self.serve()
        self.own_server(server, smtp_encryption="ssl")
        mails = self.say(self.ask())
        self.send_queue()
        self.assertIn("does not speak TLS as expected", mails.failure_reason)
        self.own_server(server, smtp_port=1)
        mails.write({"state": "outgoing", "scheduled_date": False})
        self.send_queue()
        self.assertIn("Nothing answers at 127.0.0.1:1", mails.failure_reason)
        self.own_server(server, smtp_host="no.such.host.invalid")
        mails.write({"state": "outgoing", "scheduled_date": False})
        self.send_queue()
        self.assertRegex(mails.failure_reason, "There is no host for|cannot be looked up")


@tagged("post_install", "-at_install")
class TestTestMail(OutgoingCase):
    def run_test(self, user=None, **values):
        wizard = (
            self.env["helpdesk.inbox.test.mail"]
            .with_user(user or self.admin)
            .create({"inbox_id": self.inbox.id, "email_to": "me@staff.example", **values})
        )
        with mute_logger(*QUIET):
            wizard.action_send()
        return wizard

    def test_each_step_is_shown(self):
        server = self.serve("starttls", users={SMTP_USER: SMTP_PASSWORD})
        self.own_server(server)
        with server.trusted():
            wizard = self.run_test()
        self.assertEqual(wizard.result, "sent")
        steps = {line.step: line for line in wizard.line_ids}
        self.assertIn("encrypted (TLSv1.3)", steps["connect"].text)
        self.assertIn("Signed in as support", steps["sign_in"].text)
        self.assertIn(f"bounces to {SUPPORT}", steps["sender"].text)
        self.assertIn("me@staff.example", steps["recipient"].text)
        self.assertIn("Queued as 4711", steps["accepted"].text)
        mail = self.parsed(server.mails[0])
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertEqual(parseaddr(mail["From"]), (self.admin.name, SUPPORT))

    def test_ends_where_it_fails(self):
        for server, step, words in (
            ({"users": {}}, "sign_in", "refused the user name or the password"),
            ({"replies": {"MAIL": "550 5.7.60 SendAsDenied"}}, "sender", "may not send"),
            ({"replies": {"RCPT": "550 5.1.1 No"}}, "recipient", "does not exist"),
            ({"replies": {"DATA": "554 5.7.1 spam"}}, "accepted", "what it contains"),
        ):
            with self.subTest(step):
                self.own_server(self.serve(**server))
                wizard = self.run_test()
                self.assertEqual(wizard.result, "failed")
                last = wizard.line_ids[-1]
                self.assertEqual((last.step, last.state), (step, "failed"))
                self.assertIn(words, last.text)

    def test_through_the_system_s_server(self):
        server = self.serve()
        self.env["ir.mail_server"].create(
            {"name": "Relay", "smtp_host": "127.0.0.1", "smtp_port": server.port}
        )
        self.assertEqual(self.run_test().result, "sent")

    def test_only_administrators(self):
        with self.assertRaises(AccessError):
            self.run_test(self.agent)
        with self.assertRaises(AccessError):
            self.inbox.with_user(self.agent).action_send_test_mail()

    def test_one_address_only(self):
        self.own_server(self.serve())
        for address in ("nobody", "a@b.example, c@d.example"):
            with self.assertRaises(UserError):
                self.run_test(email_to=address)


@tagged("post_install", "-at_install")
class TestReceivers(OutgoingCase):
    """What the inbox says of bounces, alignment and From before anything is sent."""

    def notes(self):
        self.env.invalidate_all()
        return str(self.inbox.with_user(self.admin).outgoing_notes)

    def test_own_server_is_aligned(self):
        self.own_server(self.serve())
        self.assertNotIn("comes back", self.notes())
        self.assertIn("without a signature of ours", self.notes())

    def test_bounces_of_another_domain(self):
        domain = self.env["mail.alias.domain"].create(
            {"name": "other.example", "bounce_alias": "bounce", "catchall_alias": "catchall"}
        )
        self.company.alias_domain_id = domain
        relay = self.env["ir.mail_server"].create({"name": "Relay", "smtp_host": "relay.example"})
        self.inbox.mail_server_id = relay
        notes = self.notes()
        self.assertIn("bounce@other.example, which is of another domain", notes)
        self.assertIn("treat the mail as forged", notes)
        # and said again to who activates the inbox
        self.inbox.with_user(self.admin).action_activate()
        self.assertIn("treat the mail as forged", str(self.inbox.message_ids[0].body))

    def test_from_that_would_be_replaced(self):
        domain = self.env["mail.alias.domain"].create(
            {"name": "other.example", "default_from": "notifications"}
        )
        self.company.alias_domain_id = domain
        self.env["ir.mail_server"].create(
            {"name": "Relay", "smtp_host": "relay.example", "from_filter": "other.example"}
        )
        self.assertIn("will leave from notifications@other.example", self.notes())


@tagged("post_install", "-at_install")
class TestSendLimit(OutgoingCase):
    def setUp(self):
        super().setUp()
        self.smtp = self.serve()
        self.own_server(self.smtp, send_limit=3)
        self.clock = time.time()
        # what is counted in a transaction of its own goes with the test
        self.registry_enter_test_mode()
        self.patch(helpdesk_mail_sending, "clock", lambda: self.clock)

    def test_no_more_than_that_many_a_minute(self):
        ticket = self.ask()
        mails = self.env["mail.mail"]
        for number in range(8):
            mails += self.say(ticket, f"Answer {number}")
        self.send_queue()
        self.assertEqual(len(self.smtp.mails), 3)
        waiting = mails.exists().filtered(lambda mail: mail.state == "outgoing")
        self.assertEqual(len(waiting), 5, "nothing is lost")
        self.assertEqual(len(set(waiting.mapped("scheduled_date"))), 2)
        self.send_queue()
        self.assertEqual(len(self.smtp.mails), 3, "the queue waits")
        self.clock += 30
        waiting.write({"scheduled_date": False})
        self.send_queue()
        self.assertEqual(len(self.smtp.mails), 3, "in any minute")
        for expected in (6, 8):
            self.clock += 61
            waiting.exists().write({"scheduled_date": False})
            self.send_queue()
            self.assertEqual(len(self.smtp.mails), expected)
        answers = [self.parsed(mail).get_body(("plain",)).get_content() for mail in self.smtp.mails]
        found = [next(n for n in range(8) if f"Answer {n}" in answer) for answer in answers]
        self.assertEqual(found, list(range(8)), "oldest first, each once")

    def test_a_mail_to_many_counts_for_each(self):
        ticket = self.ask()
        mail = self.say(ticket)
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@kunde.example"} for n in range(5)]
        )
        mail.recipient_ids = partners
        other = self.say(ticket, "Second")
        self.send_queue()
        # more people than a minute allows: it goes alone
        self.assertGreaterEqual(len(self.smtp.mails), 5)
        self.assertEqual(other.state, "outgoing")

    def test_other_inboxes_do_not_wait(self):
        other = self.new_inbox(name="Other", email="other@desk.example")
        self.own_server(self.serve(), inbox=other)
        first, second = self.ask(), self.ask(other)
        for _number in range(5):
            self.say(first)
        mails = self.say(second)
        self.send_queue()
        self.assertFalse(mails.exists().filtered(lambda mail: mail.state != "sent"))

    def test_the_limit_is_the_account_s_through_any_server(self):
        """Through the system's servers as well: it is the sender that has the limit."""
        self.env["ir.mail_server"].create(
            {"name": "Relay", "smtp_host": "127.0.0.1", "smtp_port": self.smtp.port}
        )
        self.inbox.outgoing = "system"
        ticket = self.ask()
        for number in range(5):
            self.say(ticket, f"Answer {number}")
        self.send_queue()
        self.assertEqual(len(self.smtp.mails), 3)


@tagged("post_install", "-at_install")
class TestTryAgain(OutgoingCase):
    """What a server cannot take for the moment is not given up."""

    def test_greylisting(self):
        server = self.serve(replies={"RCPT": "450 4.2.0 Greylisted"})
        self.own_server(server)
        mail = self.say(self.ask())
        self.send_queue()
        self.assertEqual((mail.state, mail.helpdesk_mail_tries), ("outgoing", 1))
        self.assertIn("lets strangers wait", mail.failure_reason)
        self.assertGreater(mail.scheduled_date, self.env.cr.now())
        status = mail.mail_message_id.notification_ids.mapped("notification_status")
        self.assertNotIn("exception", status)
        self.send_queue()
        self.assertFalse(server.mails, "not before it is time")
        server.replies.clear()
        mail.scheduled_date = False
        self.send_queue()
        self.assertEqual(len(server.mails), 1)
        self.assertFalse(mail.exists().filtered(lambda mail: mail.state != "sent"))

    def test_server_that_is_down(self):
        self.own_server(self.serve(), smtp_port=1)
        mail = self.say(self.ask())
        self.send_queue()
        self.assertEqual(mail.state, "outgoing")
        self.assertIn("Nothing answers", mail.failure_reason)

    def test_server_that_hangs_up(self):
        """In the middle of a mail: it and those behind it wait, and none is given up."""
        server = self.serve()
        self.own_server(server)
        ticket = self.ask()
        mails = self.say(ticket, "One") + self.say(ticket, "Two")

        async def hang_up(session_, session, envelope):
            session_.transport.abort()

        server.handle_DATA = hang_up
        self.send_queue()
        self.assertEqual(mails.mapped("state"), ["outgoing", "outgoing"])
        self.assertIn("The receiver may have the mail or not", mails[0].failure_reason)
        del server.handle_DATA
        mails.write({"scheduled_date": False})
        self.send_queue()
        self.assertEqual(len(server.mails), 2)

    def test_refused_for_good(self):
        self.own_server(self.serve(replies={"RCPT": "550 5.1.1 No such user"}))
        mail = self.say(self.ask())
        self.send_queue()
        self.assertEqual(mail.state, "exception")
        status = mail.mail_message_id.notification_ids.mapped("notification_status")
        self.assertIn("exception", status)

    def test_it_ends(self):
        self.own_server(self.serve(replies={"DATA": "451 4.0.0 Later"}))
        mail = self.say(self.ask())
        mail.helpdesk_mail_tries = 16
        self.send_queue()
        self.assertEqual(mail.state, "exception")

    def test_nothing_is_sent_twice(self):
        """One of two people has it already."""
        server = self.serve()
        self.own_server(server)
        mail = self.say(self.ask())
        mail.write({"email_to": False, "recipient_ids": [(6, 0, (self.anna + self.bert).ids)]})

        async def once(session_, session, envelope, address, options):
            if server.mails:
                return "450 4.2.0 Later"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        server.handle_RCPT = once
        self.send_queue()
        self.assertEqual(len(server.mails), 1)
        self.assertEqual((mail.state, len(mail.recipient_ids)), ("outgoing", 1))
        del server.handle_RCPT
        mail.scheduled_date = False
        self.send_queue()
        self.assertEqual(
            {recipients for _sender, recipients, _source in server.mails},
            {(self.anna.email,), (self.bert.email,)},
        )
        self.assertEqual(len(server.mails), 2)
