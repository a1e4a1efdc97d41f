# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Private mail as it leaves, and what becomes of it."""

import base64
import logging
import time
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import helpdesk_mail_sending, mailbox_mail, seal
from .mailbox_sending_case import LOOKED_AT, PASSWORD, SendingCase

BOUNCE = """From: MAILER-DAEMON@firm.example\r
To: anna@firm.example\r
Subject: Undelivered Mail Returned to Sender\r
Message-ID: <bounce@firm.example>\r
Date: Tue, 3 Nov 2026 10:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary=a\r
\r
--a\r
Content-Type: text/plain\r
\r
It did not work.\r
--a\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.firm.example\r
\r
Final-Recipient: rfc822; carla@customer.example\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: smtp; {status} No such user here\r
\r
--a\r
Content-Type: text/rfc822-headers\r
\r
Message-ID: <{message_id}>\r
Subject: Offer\r
\r
--a--\r
"""


@tagged("post_install", "-at_install")
class TestMailboxSending(SendingCase):
    def test_it_leaves(self):
        draft = self.draft(
            email_cc="Dora <dora@new.example>", email_bcc="Emil <emil@hidden.example>"
        )
        self.file(draft)
        self.mailbox.reply_to_email = "team@firm.example"
        draft.action_send()
        self.assertEqual(draft.state, "queued")
        self.assertFalse(self.smtp.mails)
        mail = self.run_scheduler()
        self.assertEqual(draft.state, "sent")
        envelope, recipients, source = self.smtp.mails[0]
        # undeliverable mail comes back to the owner
        self.assertEqual(envelope, "anna@firm.example")
        self.assertEqual(
            recipients, ("carla@customer.example", "dora@new.example", "emil@hidden.example")
        )
        self.assertNotIn(b"hidden.example", source)
        self.assertNotIn(b"Bcc", source)
        self.assertEqual(str(mail["From"]), '"anna (base.group_user)" <anna@firm.example>')
        self.assertEqual(mail["Reply-To"], "team@firm.example")
        self.assertEqual(mail["Subject"], "Offer")
        self.assertEqual(mail["Message-ID"], f"<{draft.message_id}>")
        self.assertIn("We can do it for 100.", mail.get_body(("plain",)).get_content())
        (part,) = mail.iter_attachments()
        self.assertEqual(part.get_content(), b"%PDF-1.4 the offer")
        self.assertEqual(draft.preview.split("--")[0].strip(), "We can do it for 100.")
        self.assertTrue(draft.has_attachments)

    def test_answers_stand_in_the_thread(self):
        draft = self.answer()
        mail = self.send(draft)
        self.assertEqual(mail["In-Reply-To"], "<1@customer.example>")
        self.assertEqual(mail["References"], "<1@customer.example>")
        self.assertTrue(self.message.with_user(self.anna).is_answered)
        text = mail.get_body(("plain",)).get_content()
        self.assertIn("So be it.", text)
        self.assertIn("> The secret word is heliotrope.", text)
        # what left is what is read
        self.assertIn("heliotrope", draft.body)
        self.assertFalse(draft.quote)
        source = (
            b"From: carla@customer.example\r\nTo: anna@firm.example\r\nSubject: Re: Between us\r\n"
            b"Message-ID: <9@customer.example>\r\nIn-Reply-To: <%s>\r\n\r\nYes.\r\n"
            % draft.message_id.encode()
        )
        reply = self.receive(self.mailbox, source, uid="9").with_user(self.anna)
        self.assertEqual(reply.thread_key, self.message.with_user(self.anna).thread_key)

    def test_without_the_quote(self):
        mail = self.send(self.answer(with_quote=False))
        self.assertNotIn("heliotrope", mail.as_string())

    def test_a_forward_answers_nothing(self):
        mail = self.send(self.answer("forward", email_to="fred@elsewhere.example"))
        self.assertIsNone(mail["In-Reply-To"])
        self.assertFalse(self.message.with_user(self.anna).is_answered)

    def test_whose_it_is(self):
        draft = self.draft(email_to="stranger@new.example, carla@customer.example")
        self.send(draft)
        self.assertEqual(draft.partner_id, self.carla)
        self.assertEqual(draft.party_email, "carla@customer.example")

    def test_nothing_of_it_stands_anywhere_else(self):
        before = {
            model: self.env[model].search_count([])
            for model in ("mail.mail", "mail.message", "mail.notification")
        }
        with self.assertLogs(level="DEBUG") as logs:
            logging.getLogger("test").info("so that there is one")
            self.send(self.draft(subject="Jabberwocky", body="<p>frumious bandersnatch</p>"))
        for model, count in before.items():
            self.assertEqual(self.env[model].search_count([]), count, model)
        for line in logs.output:
            # what the SMTP server of the test says is not ours
            if line.startswith(("INFO", "WARNING", "ERROR")) and ":mail.log:" not in line:
                for word in ("Jabberwocky", "frumious", "carla@", PASSWORD):
                    self.assertNotIn(word, line)

    def test_the_server_tells_administrators_nothing(self):
        server = seal.opened(self.mailbox).own_server_id
        values = str(server.read())
        for word in ("anna@", "anna-login", PASSWORD):
            self.assertNotIn(word, values)
        self.send(self.draft())
        self.assertEqual(self.smtp.logins, ["anna-login"])
        found = self.env["ir.mail_server"].with_user(self.system).search([])
        self.assertNotIn(server, found)

    def test_nobody_elses_mail_leaves_through_it(self):
        server = seal.opened(self.mailbox).own_server_id
        found, _sender = self.env["ir.mail_server"]._find_mail_server("anna@firm.example")
        self.assertNotEqual(found, server)
        self.assertTrue(server.exists())

    def test_personal_server_of_odoo(self):
        """Sending builds on Odoo 19's personal outgoing servers where they fit."""
        other = self.serve(users={"anna@firm.example": PASSWORD})
        self.mailbox.write({"outgoing": "system"})
        server = self.env["ir.mail_server"].create(
            {
                "name": "Anna's",
                "smtp_host": "127.0.0.1",
                "smtp_port": other.port,
                "smtp_encryption": "none",
                "owner_user_id": self.anna.id,
                "smtp_user": "anna@firm.example",
                "smtp_pass": PASSWORD,
                "from_filter": "anna@firm.example",
            }
        )
        self.env.invalidate_all()
        self.assertEqual(self.anna.outgoing_mail_server_id, server)
        draft = self.draft()
        self.assertEqual(draft._preflight().server, "the personal outgoing server")
        self.send(draft)
        self.assertEqual(len(other.mails), 1)
        self.assertFalse(self.smtp.mails)

    def test_wrong_password(self):
        """A clear error, the draft kept; and one try for all that waits."""
        self.mailbox.smtp_password = "wrong"
        drafts = [self.draft() for _number in range(3)]
        for draft in drafts:
            draft.action_send()
        self.run_scheduler()
        for draft in drafts:
            self.assertEqual(draft.state, "failed")
            self.assertIn("refused the user name or the password", draft.problem)
            self.assertIn("100", draft.body)
        self.assertEqual(self.smtp.connections, 1)
        self.mailbox.smtp_password = PASSWORD
        mail = self.send(drafts[0])
        self.assertEqual(mail["Subject"], "Offer")
        self.assertEqual(drafts[0].state, "sent")
        self.assertFalse(drafts[0].problem)

    def test_the_author_is_told_and_nobody_reads_what_of(self):
        self.mailbox.smtp_password = "wrong"
        calls = []
        Users = type(self.env["res.users"])
        with patch.object(
            Users, "_bus_send", lambda self, *args, **kwargs: calls.append((self.id, args))
        ):
            self.send(self.draft(subject="Jabberwocky"))
        self.assertEqual([user for user, _args in calls], [self.anna.id])
        self.assertNotIn("Jabberwocky", str(calls))
        self.assertNotIn("carla", str(calls))

    def test_refused_for_good(self):
        self.smtp.replies["RCPT"] = "550 5.1.1 No such user"
        draft = self.draft()
        self.send(draft)
        self.assertEqual(draft.state, "failed")
        self.assertIn("The address carla@customer.example does not exist", draft.problem)
        first = draft.message_id
        draft.email_to = "carl@customer.example"
        draft.body = "<p>Another</p>"
        del self.smtp.replies["RCPT"]
        mail = self.send(draft)
        self.assertNotEqual(mail["Message-ID"], f"<{first}>", "another mail")

    def test_too_large_for_the_server(self):
        self.smtp.replies["DATA"] = "552 5.3.4 Message too big"
        draft = self.draft()
        self.file(draft)
        self.send(draft)
        self.assertEqual(draft.state, "failed")
        self.assertIn("too large", draft.problem)
        self.assertTrue(draft.attachment_ids)

    def test_tried_again_later(self):
        self.smtp.replies["RCPT"] = "451 4.7.1 Greylisted"
        draft = self.draft()
        self.send(draft)
        self.assertEqual((draft.state, draft.tries), ("queued", 1))
        self.assertIn("greylisting", draft.problem)
        del self.smtp.replies["RCPT"]
        self.assertIsNone(self.run_scheduler(), "not before its time")
        seal.opened(draft).retry_at = fields.Datetime.now()
        mail = self.run_scheduler()
        self.assertEqual(mail["Message-ID"], f"<{draft.message_id}>")
        self.assertEqual(draft.state, "sent")

    def test_given_up_in_the_end(self):
        self.smtp.replies["RCPT"] = "451 4.7.1 Later"
        draft = self.draft()
        draft.action_send()
        for _try in range(16):
            seal.opened(draft).retry_at = False
            self.run_scheduler()
        self.assertEqual(draft.state, "failed")

    def test_server_that_is_down(self):
        self.mailbox.smtp_port = 1
        self.mailbox.smtp_password = PASSWORD
        draft = self.draft()
        self.send(draft)
        self.assertEqual((draft.state, draft.tries), ("queued", 1))
        self.assertIn("Nothing answers", draft.problem)

    def test_some_recipients_are_refused(self):
        def replies(address):
            return {
                "gone@x.example": "550 5.1.1 No such user",
                "late@x.example": "451 4.7.1 Later",
            }.get(address)

        async def handle_rcpt(server, session, envelope, address, options):
            if reply := replies(address):
                return reply
            envelope.rcpt_tos.append(address)
            return "250 OK"

        seal.opened(self.mailbox).send_limit = 0
        with patch.object(type(self.smtp), "handle_RCPT", lambda smtp, *args: handle_rcpt(*args)):
            draft = self.draft(email_to="carla@customer.example, gone@x.example, late@x.example")
            self.send(draft)
            self.assertEqual(draft.state, "queued")
            self.assertEqual(draft.recipients_left, "late@x.example")
            with self.assertRaisesRegex(UserError, "have this mail already"):
                draft.action_cancel_sending()
        seal.opened(draft).retry_at = False
        self.run_scheduler()
        self.assertEqual(self.smtp.mails[1][1], ("late@x.example",), "nobody gets it twice")
        self.assertEqual((draft.state, draft.delivery), ("sent", "partly"))
        self.assertIn("gone@x.example does not exist", draft.problem)
        self.assertNotIn("late@", draft.problem)

    def test_take_back(self):
        draft = self.draft()
        draft.action_send()
        with self.assertRaises(UserError):
            draft.subject = "too late"
        draft.action_cancel_sending()
        self.assertEqual(draft.state, "draft")
        self.assertIsNone(self.run_scheduler())
        draft.subject = "Better"
        self.assertEqual(self.send(draft)["Subject"], "Better")
        with self.assertRaises(UserError):
            draft.action_cancel_sending()
        with self.assertRaises(UserError):
            draft.action_send()

    def test_limit_a_minute(self):
        self.mailbox.send_limit = 2
        drafts = [self.draft() for _number in range(3)]
        for draft in drafts:
            draft.action_send()
        now = time.time()
        with patch.object(helpdesk_mail_sending, "clock", lambda: now):
            self.run_scheduler()
            self.assertEqual([draft.state for draft in drafts], ["sent", "sent", "queued"])
            self.assertTrue(drafts[2].retry_at)
        with patch.object(helpdesk_mail_sending, "clock", lambda: now + 61):
            seal.opened(drafts[2]).retry_at = False
            self.run_scheduler()
        self.assertEqual(drafts[2].state, "sent")

    def test_stopped_in_between(self):
        """Nobody knows: the author says, and a second copy has the same Message-ID."""
        draft = self.draft()
        draft.action_send()
        seal.opened(draft).state = "sending"
        self.assertIsNone(self.run_scheduler())
        self.assertEqual(draft.state, "failed")
        self.assertTrue(draft.is_uncertain)
        self.assertIn("may have left, or not", draft.problem)
        name = draft.message_id
        mail = self.send(draft)
        self.assertEqual(mail["Message-ID"], f"<{name}>")
        other = self.draft()
        other.action_send()
        seal.opened(other).state = "sending"
        self.run_scheduler()
        other.action_mark_sent()
        self.assertEqual(other.state, "sent")
        with self.assertRaises(UserError):
            other.action_mark_sent()

    def test_a_copy_that_turns_up_settles_it(self):
        draft = self.draft()
        draft.action_send()
        seal.opened(draft).state = "sending"
        self.run_scheduler()
        source = (
            b"From: anna@firm.example\r\nTo: carla@customer.example\r\nSubject: Offer\r\n"
            b"Message-ID: <%s>\r\n\r\nx\r\n" % draft.message_id.encode()
        )
        self.receive(self.mailbox, source, folder="Sent", uid="4")
        self.env.invalidate_all()
        self.assertEqual(draft.state, "sent")
        self.assertFalse(draft.is_uncertain)

    def test_undeliverable(self):
        draft = self.draft()
        self.send(draft)
        values = {"message_id": draft.message_id, "action": "delayed", "status": "4.4.1"}
        source = BOUNCE.format(**values)
        self.receive(self.mailbox, source.replace("bounce@", "delay@").encode(), uid="30")
        self.env.invalidate_all()
        self.assertEqual(draft.delivery, "delayed")
        source = BOUNCE.format(**{**values, "action": "failed", "status": "5.1.1"})
        report = self.receive(self.mailbox, source.encode(), uid="31").with_user(self.anna)
        self.env.invalidate_all()
        self.assertEqual(draft.delivery, "bounced")
        self.assertIn("carla@customer.example did not get it", draft.problem)
        self.assertIn("No such user here", draft.problem)
        # it is no stranger's mail, and stands in the thread
        self.assertEqual(report.partner_id, self.carla)
        self.assertEqual(report.thread_key, draft.thread_key)
        self.assertEqual(self.codes(self.draft()), ["bounced"])

    def test_images_in_the_text(self):
        draft = self.draft()
        pixel = base64.b64decode(
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
            "rkJggg=="
        )
        own = draft.env["ir.attachment"].create(
            {"name": "own.png", "raw": pixel, "res_model": draft._name, "res_id": draft.id}
        )
        mine = draft.env["ir.attachment"].create(
            {"name": "mine.png", "raw": pixel, "mimetype": "image/png"}
        )
        theirs = self.env["ir.attachment"].create(
            {"name": "theirs.png", "raw": pixel, "mimetype": "image/png"}
        )
        data = base64.b64encode(pixel).decode()
        draft.body = (
            f'<p><img src="/web/image/{own.id}-abc/own.png?access_token=secret">'
            f'<img src="/web/image/{mine.id}"><img src="/web/image/{theirs.id}">'
            f'<img src="data:image/png;base64,{data}"><a href="/odoo">here</a></p>'
        )
        mail = self.send(draft)
        html = mail.get_body(("html",)).get_content()
        self.assertEqual(html.count('src="cid:'), 3)
        self.assertNotIn("access_token", html)
        self.assertNotIn(f"/web/image/{theirs.id}", html)
        self.assertNotIn('href="/odoo"', html)
        images = [part for part in mail.walk() if part.get_content_maintype() == "image"]
        self.assertEqual([part.get_content() for part in images], [pixel] * 3)

    def test_what_people_write_is_sanitised(self):
        draft = self.draft(body='<p onclick="x()">Hi</p><script>alert(1)</script>')
        self.assertNotIn("script", draft.body)
        self.assertNotIn("onclick", draft.body)

    def test_a_header_that_is_none(self):
        draft = self.draft(
            subject="Offer\r\nBcc: evil@x.example", email_to="carla@customer.example\r\nX-Evil: 1"
        )
        draft.email_to = '"x\r\nBcc: evil@x.example" <carla@customer.example>'
        mail = self.send(draft)
        self.assertIsNone(mail["Bcc"])
        self.assertEqual(self.smtp.mails[0][1], ("carla@customer.example",))

    def test_only_blind_copies(self):
        mail = self.send(self.draft(email_to=False, email_bcc="emil@hidden.example"))
        self.assertEqual(self.smtp.mails[0][1], ("emil@hidden.example",))
        self.assertNotIn("emil@", mail.as_string())

    def test_international_domain(self):
        self.send(self.draft(email_to="Jürgen <info@müller.example>"))
        self.assertEqual(self.smtp.mails[0][1], ("info@xn--mller-kva.example",))

    def test_copies_of_private_mail_are_sealed(self):
        self.mailbox.write({"host": "127.0.0.1", "username": "anna", "password": "x"})
        self.send(self.draft())
        Copy = self.env["helpdesk.sent.copy"]
        opened = seal.opened(Copy).search([("account_model", "=", "helpdesk.mailbox")])
        self.assertEqual(len(opened), 1)
        self.assertIn(b"We can do it", opened._octets())
        for user in (self.system, self.colleague):
            Sealed = Copy.with_user(user).sudo()
            self.assertFalse(Sealed.search([("account_model", "=", "helpdesk.mailbox")]))
            with self.assertRaises(AccessError):
                Sealed.browse(opened.id).read(["message_id"])
            files = self.env["ir.attachment"].with_user(user).sudo()
            self.assertFalse(
                files.search([("res_model", "=", Copy._name), ("res_field", "=", "raw")])
            )

    def test_notifications_in_annas_name_are_not_filed(self):
        """Only private mail gets into the Sent folder of a personal mailbox."""
        self.mailbox.write({"host": "127.0.0.1", "username": "anna", "password": "x"})
        Server = self.env["ir.mail_server"]
        self.assertNotIn("anna@firm.example", Server._helpdesk_mail_senders())

    def test_a_mail_that_cannot_be_put_together(self):
        draft = self.draft()
        draft.action_send()
        with (
            patch.object(mailbox_mail, "build", side_effect=ValueError("frumious")),
            self.assertLogs("odoo.addons.helpdesk_mail", "WARNING") as logs,
        ):
            self.run_scheduler()
        self.assertEqual(draft.state, "failed")
        self.assertIn("could not be put together", draft.problem)
        self.assertNotIn("frumious", str(logs.output))

    def test_deleted_while_it_waits(self):
        draft = self.draft()
        draft.with_context(**LOOKED_AT).action_send()
        draft.action_delete()
        self.assertIsNone(self.run_scheduler())
        other = self.draft()
        other.action_send()
        seal.opened(other).state = "sending"
        with self.assertRaisesRegex(UserError, "being sent right now"):
            other.action_delete()

    def test_scheduled_action_says_no_address(self):
        cron = seal.opened(self.mailbox).send_cron_id
        self.assertTrue(cron.active)
        self.assertNotIn("@", cron.name)
        self.mailbox.send_enabled = False
        self.assertFalse(cron.active)
        self.mailbox.unlink()
        self.assertFalse(cron.exists())
