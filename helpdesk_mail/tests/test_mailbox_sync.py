# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Personal mailboxes: searching by words, marks, progress. (tests/mailbox has the mail server.)"""

from unittest.mock import Mock, patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models import seal
from ..transport import CredentialsRefused
from .test_mailbox_seal import MAIL, MailboxCase

HTML = MAIL.replace(b"<1@customer", b"<2@customer").replace(
    b"\r\n\r\nThe secret word is heliotrope.",
    b"\r\nContent-Type: text/html\r\n\r\n<p class='gentian'>Blue <b>cornflower</b></p>",
)


@tagged("post_install", "-at_install")
class TestMailboxSync(MailboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.html = cls.receive(cls.mailbox, HTML, uid="2")

    def find(self, words, user=None, operator="ilike"):
        Message = self.env["helpdesk.mailbox.message"].with_user(user or self.anna)
        return Message.search([("words", operator, words)])

    def test_search_by_words(self):
        """Subject, names, addresses and text; whole words or their beginnings; all of them."""
        message, html = self.message, self.html
        for words, expected in {
            "heliotrope": message,
            "Heliot": message,
            "secret helio": message,
            "cornflower": html,
            "blue between": html,
            "carla@customer.example": message + html,
            "anna@firm.example": message + html,
            "heliotrope cornflower": message.browse(),
            "gentian": message.browse(),
            "": message + html,
            "&|!:* ' \\": message + html,
            "it's": message.browse(),
        }.items():
            self.assertEqual(self.find(words).sorted("id"), expected.with_user(self.anna), words)
        self.assertEqual(self.find("cornflower", operator="not ilike"), message)

    def test_others_find_nothing(self):
        for user in (self.bert, self.system):
            self.assertFalse(self.find("heliotrope", user) if user == self.bert else None)
            found = self.env["helpdesk.mailbox.message"].with_user(user).sudo()
            self.assertFalse(found.search([("words", "ilike", "heliotrope")]))

    def test_long_and_strange_text(self):
        """What an index cannot take is no reason to lose a mail."""
        for number, body in enumerate(
            (b"x" * 3_000_000, b"word%d " * 200_000, b"\xff\x00 \\ ' :*")
        ):
            source = MAIL.replace(b"<1@", b"<long%d@" % number).replace(
                b"The secret word is heliotrope.", body
            )
            self.assertTrue(self.receive(self.mailbox, source, uid=str(50 + number)))

    def test_marks_are_told_only_where_the_owner_wants_that(self):
        message = self.message.with_user(self.anna)
        message.action_mark_read()
        self.assertFalse(message.flags_to_tell)
        self.mailbox.with_user(self.anna).sync_flags = True
        message.action_mark_unread()
        self.assertEqual(message.flags_to_tell, "S")
        seal.opened(message).write({"is_starred": True, "is_answered": True})
        self.assertEqual(message.flags_to_tell, "AFS")

    def test_people_write_no_marks_past_the_buttons(self):
        message = self.message.with_user(self.anna)
        for values in ({"flags_to_tell": "S"}, {"is_starred": True}):
            with self.assertRaises(AccessError):
                message.with_context(helpdesk_mail_flags_heard=True).write(values)

    def test_what_waits_is_told_to_its_owner_alone(self):
        folder = seal.opened(self.env["helpdesk.mail.folder"]).search(
            [("mailbox_id", "=", self.mailbox.id)]
        )
        folder.write({"name": "INBOX", "older_uid": 70, "first_total": 100, "backlog": 70})
        mailbox = self.mailbox.with_user(self.anna)
        mailbox.invalidate_recordset()
        self.assertEqual(mailbox.sync_words, "30 of 100 messages taken in, the newest first.")
        with self.assertRaises(AccessError):
            self.mailbox.with_user(self.system).read(["sync_words", "quarantined_count"])
        with self.assertRaises(AccessError):
            self.mailbox.with_user(self.bert).action_retry_quarantined()

    def test_delete_is_checked_before_anything_is_noted(self):
        before = seal.opened(self.env["helpdesk.incoming.mail"]).search_count([])
        with self.assertRaises(AccessError):
            self.message.with_user(self.bert).unlink()
        self.env.flush_all()
        after = seal.opened(self.env["helpdesk.incoming.mail"]).search_count([])
        self.assertEqual(before, after)

    def test_watch_sees_mailboxes(self):
        """The process that waits for mail gets them, though nobody may read them."""
        mailbox = seal.opened(self.mailbox)
        mailbox.write({"host": "mail.example", "username": "anna", "state": "active"})
        watched = self.env["helpdesk.mail.watch"].sudo()._answer({})["accounts"]
        self.assertIn(f"helpdesk.mailbox,{self.mailbox.id}", [each["key"] for each in watched])

    def test_watch_logs_no_host(self):
        """Who reads the server's log learns of a mailbox that it cannot be watched, and no more."""
        mailbox = seal.opened(self.mailbox)
        mailbox.write({"host": "mail.example", "username": "anna", "state": "active"})
        error = CredentialsRefused("mail.example refused anna", "credentials")
        module = "odoo.addons.helpdesk_mail.models.helpdesk_mail_watch"
        for failing in (
            {"side_effect": error},
            {"return_value": Mock(bearer=Mock(side_effect=error))},
        ):
            with (
                patch.object(type(mailbox), "_helpdesk_mail_settings", **failing),
                patch(f"{module}._logger") as log,
            ):
                answer = self.env["helpdesk.mail.watch"].sudo()._answer({})
            self.assertNotIn(f"helpdesk.mailbox,{mailbox.id}", str(answer["accounts"]))
            said = str(log.warning.call_args)
            self.assertIn("credentials", said)
            self.assertIn(f"helpdesk.mailbox,{mailbox.id}", said)
            self.assertNotIn("mail.example", said)
            self.assertNotIn("anna", said)
