# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Attempts to get around a ban: other spellings, other header fields, other doors, other words."""

import json

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import CUSTOMER, SUPPORT, write_mail
from .test_recipients import STRANGER, RecipientCase


class BanCase(RecipientCase):
    """ "sender email address will be banned to send message to Incoming mailbox, the next new
    ticket from this email address won't be created"
    """

    def setUp(self):
        super().setUp()
        self.ticket_ = self.new_ticket(self.mail_of(message_id="<first@nobody.example>"))
        self.recipient().action_ban()

    def assertBanned(self, item, words=""):
        self.assertEqual((item.outcome, item.reason), ("ignored", "banned"), words or item.trace)
        self.assertFalse(item.mail_message_id)
        self.assertTrue(self.row(item).raw, "kept, in case the ban was a mistake")


class TestSpellings(BanCase):
    def test_case_and_comments(self):
        for sender in (
            "NEW@NOBODY.EXAMPLE",
            f"Somebody Else <{STRANGER}>",
            f'"good@fine.example" <{STRANGER}>',
            f"=?utf-8?q?good=40fine.example?= <{STRANGER}>",
            f"<{STRANGER}>",
            f"(a comment) {STRANGER}",
            f" {STRANGER} ",
            "new@nobody.example.",
            '"new"@nobody.example',
        ):
            with self.subTest(sender):
                source = self.mail_of(subject=sender)
                source = source.replace(b"From: New Man <new@nobody.example>", b"From: ?")
                source = source.replace(b"From: ?", b"From: " + sender.encode())
                self.assertBanned(self.take_one(source), sender)

    def test_international_domain(self):
        self.env["helpdesk.recipient"].create({"email": "hans@müller.example", "is_banned": True})
        source = self.mail_of("hans@DOMAIN.example").replace(b"DOMAIN", "MÜLLER".encode())
        self.assertBanned(self.take_one(source))
        self.assertBanned(self.take_one(self.mail_of("hans@XN--MLLER-KVA.example", subject="2")))

    def test_tag_that_was_known_before(self):
        """A tag with a recipient of its own is no way around the ban of the address itself."""
        tagged = self.new_ticket(self.mail_of("new+shop@nobody.example", subject="2"))
        self.assertNotEqual(tagged.recipient_id, self.recipient())
        self.company.helpdesk_mail_plus_addressing = True
        for sender in "new+shop@nobody.example", "new+other@nobody.example":
            self.assertBanned(self.take_one(self.mail_of(sender, subject=sender)))
        # and a ban of the tag is none of the address
        self.recipient().action_unban()
        tagged.recipient_id.action_ban()
        self.assertEqual(self.take_one(self.mail_of(subject="3")).outcome, "created")
        self.assertBanned(self.take_one(self.mail_of("new+shop@nobody.example", subject="4")))


class TestHeaders(BanCase):
    def test_other_fields_change_nothing(self):
        for headers in (
            {"Reply-To": CUSTOMER},
            {"Sender": CUSTOMER},
            {"Resent-From": CUSTOMER},
            {"X-Original-From": CUSTOMER},
            {"Return-Path": f"<{CUSTOMER}>"},
        ):
            with self.subTest(headers):
                self.assertBanned(self.take_one(self.mail_of(headers=headers, text=str(headers))))

    def test_what_the_inbox_takes_for_the_sender_counts(self):
        self.inbox.address_source = "reply_to"
        mail = write_mail(sender=CUSTOMER, headers={"Reply-To": STRANGER})
        self.assertBanned(self.take_one(mail))
        self.inbox.address_source = "sender"
        mail = write_mail(sender=CUSTOMER, headers={"Sender": STRANGER}, text="2")
        self.assertBanned(self.take_one(mail))

    def test_several_in_from(self):
        source = self.mail_of().replace(
            b"From: New Man <new@nobody.example>",
            b"From: New Man <new@nobody.example>, Anna <anna@kunde.example>\r\nSender: x@x.example",
        )
        self.assertBanned(self.take_one(source))


class TestTickets(BanCase):
    """ "a reply from a banned sender to its own open ticket is also refused unless the inbox says
    otherwise"
    """

    def test_no_reply_finds_its_ticket(self):
        count = len(self.ticket_.message_ids)
        answer, _mails = self.answer(self.ticket_)
        address = self.inbox._reply_address(self.ticket_.id)
        for mail in (
            {"answers": "<first@nobody.example>"},
            {"answers": answer.message_id},
            {"references": f"<x@y.example> {answer.message_id}"},
            {"to": address},
            {"subject": f"[{self.ticket_.number}] again"},
            {"subject": f"Re: [{self.ticket_.number}] The printer burns"},
        ):
            with self.subTest(mail):
                mail.setdefault("text", str(mail))
                self.assertBanned(self.take_one(self.mail_of(**mail)))
        self.assertEqual(len(self.ticket_.message_ids), count + 1)

    def test_who_is_allowed_to_reply_opens_no_ticket_by_it(self):
        self.inbox.accept_banned_replies = True
        item = self.take_one(self.mail_of(subject="[HT99999] hello"))
        self.assertBanned(item)
        other = self.new_ticket(write_mail(subject="Of Anna"))
        item = self.take_one(self.mail_of(subject=f"[{other.number}] mine too"))
        self.assertBanned(item, "a stranger's number is no ticket of theirs")

    def test_pairing_and_domain_lift_no_ban(self):
        self.recipient().action_pair(partner_id=self.kunde.id)
        self.assertBanned(self.take_one(self.mail_of(subject="2")))
        self.recipient().action_unpair()
        self.recipient().action_share()
        self.assertBanned(self.take_one(self.mail_of(subject="3")))
        self.env["helpdesk.customer.domain"].create(
            {"name": "nobody.example", "partner_id": self.kunde.id}
        )
        self.env["res.partner"].create({"name": "New", "email": STRANGER})
        self.assertBanned(self.take_one(self.mail_of(subject="4")))

    def test_no_lead_is_made(self):
        self.inbox.unknown_policy = "lead"
        before = self.env["crm.lead"].search_count([])
        self.assertBanned(self.take_one(self.mail_of(subject="2")))
        self.assertEqual(self.env["crm.lead"].search_count([]), before)


class TestDoors(BanCase):
    def test_each_door(self):
        for door in "imap", "pop3", "gateway", "push", "import":
            with self.subTest(door):
                self.assertBanned(self.take_one(self.mail_of(subject=door), door=door))

    def test_aliases_and_other_inboxes(self):
        self.inbox.alias_emails = "help@desk.example"
        self.assertBanned(self.take_one(self.mail_of(to="help@desk.example")))
        other = self.new_inbox(email="sales@desk.example", name="Sales")
        item = self.take_one(self.mail_of(to=other.email, subject="2"), inbox=other)
        self.assertBanned(item)
        item = self.take_one(self.mail_of(to=f"{SUPPORT}, {other.email}", subject="3"))
        self.assertBanned(item)

    def test_gateway_of_odoo(self):
        count = self.env["helpdesk.ticket"].search_count([])
        source = self.mail_of(subject="by the gateway")
        self.assertFalse(self.env["mail.thread"].message_process(False, source))
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), count)

    def test_web_form(self):
        """Whoever is banned is banned in a form as well."""
        self.inbox.web_form_senders = "form@shop.example"
        source = write_mail(sender="form@shop.example", headers={"Reply-To": STRANGER})
        self.assertBanned(self.take_one(source))
        source = write_mail(sender="form@shop.example", text=f"E-mail: {STRANGER}")
        self.assertBanned(self.take_one(source))

    def test_mail_that_waited_in_quarantine(self):
        self.recipient().action_unban()
        with self.poison("poison"):
            (item,) = self.take(self.mail_of(subject="poison"), raise_=False)
        self.recipient().action_ban()
        self.row(item).action_retry()
        self.assertEqual((self.row(item).outcome, self.row(item).reason), ("ignored", "banned"))
        # and back: the ban was a mistake
        refused = self.row(self.take_one(self.mail_of(subject="kept")))
        self.recipient().action_unban()
        self.assertTrue(refused.raw)


class TestWhoBans(BanCase):
    def test_by_rpc(self):
        """Banning asks for the right to write recipients, unbanning as well."""
        nobody = self.new_user("nobody")
        own = self.new_user("own", "helpdesk_mgmt.group_helpdesk_user_own")
        portal = self.new_user("portal", "base.group_portal")
        for user in nobody, own, portal:
            recipient = self.recipient().with_user(user)
            for operation in (
                recipient.action_unban,
                recipient.action_ban,
                recipient.action_share,
                recipient.action_unpair,
                recipient.unlink,
                lambda recipient=recipient: recipient.write({"is_banned": False}),
                lambda recipient=recipient: recipient.write({"email": "x@x.example"}),
                lambda recipient=recipient: recipient.create({"email": "x@x.example"}),
            ):
                with mute_logger("odoo.addons.base.models.ir_model"):
                    with self.assertRaises(AccessError):
                        operation()
        self.assertTrue(self.recipient().is_banned)
        self.recipient().with_user(self.agent).action_unban()
        self.assertFalse(self.recipient().is_banned)

    def test_deleting_the_address_needs_an_administrator(self):
        """It would lift the ban without a trace."""
        with mute_logger("odoo.addons.base.models.ir_model"), self.assertRaises(AccessError):
            self.recipient().with_user(self.agent).unlink()

    def test_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        with mute_logger("odoo.addons.base.models.ir_rule"), self.assertRaises(AccessError):
            self.recipient().with_user(foreign).action_unban()

    def test_banned_and_in_deny_list_are_two_things(self):
        """Each is lifted where it was made."""
        rule = self.env["helpdesk.deny.rule"].create({"pattern": STRANGER})
        self.recipient().action_unban()
        self.assertTrue(self.recipient().in_deny_list)
        item = self.take_one(self.mail_of(subject="2"))
        self.assertEqual(item.reason, "denied")
        rule.unlink()
        self.assertEqual(self.take_one(self.mail_of(subject="3")).outcome, "created")

    def test_recipient_of_an_impossible_address(self):
        for email in (
            *("", " ", "a", "@b.example", "a@", "a b@c.example", "a@b@c", "a@b@c.example"),
            *("a@b..example", "a@-b.example", "a@b.example, c@d.example", "a@b.example;x@y.z"),
        ):
            with self.subTest(email), self.assertRaises(ValidationError):
                self.env["helpdesk.recipient"].create({"email": email, "is_banned": True})


@tagged("post_install", "-at_install")
class TestPushedMail(BanCase, HttpCase):
    def test_push(self):
        token = self.inbox.action_new_push_token()["context"]["default_token"]
        answer = self.url_open(
            f"/helpdesk_mail/push/{self.inbox.id}",
            data=self.mail_of(subject="pushed"),
            headers={
                "Content-Type": "message/rfc822",
                "Authorization": f"Bearer {token}",
            },
        )
        self.assertEqual(
            json.loads(answer.content), {"outcome": "ignored", "reason": "banned", "ticket": None}
        )
