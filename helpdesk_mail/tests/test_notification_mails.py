# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What notifications look like, the portal's link, and their preview."""

from lxml import html as lxml_html
from markupsafe import Markup
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models.notification_kinds import KINDS
from .common import write_mail
from .notification_case import BOSS, CUSTOMER, NEW, NotificationCase

ANSWER = Markup(
    '<p>Hello <b>Anna</b>,</p><ol><li>open it</li><li>see <a href="https://desk.example/m">the '
    "manual</a></li></ol><div style='display: none'>hidden</div>"
)


class MailCase(NotificationCase):
    def of_each_kind(self):
        """code -> one mail of that notification, as it is built for sending."""
        mails = {}
        found = self.sent(self.take_one, write_mail(message_id="<each@kunde.example>"))
        mails["request_received"] = self.mail_to(found, CUSTOMER)
        mails["new_ticket"] = self.mail_to(found, BOSS)
        ticket = self.env["helpdesk.ticket"].search([], order="id desc", limit=1)
        found = self.sent(ticket.with_user(self.boss).write, {"user_id": self.agent.id})
        mails["assigned"] = self.mail_to(found, "agent@staff.example")
        mails["new_message"] = self.mail_to(self.sent(self.say, ticket, ANSWER), CUSTOMER)
        mails["sla_breached"] = self.mail_to(
            self.sent(ticket._helpdesk_mail_notify, "sla_breached"), "agent@staff.example"
        )
        found = self.sent(ticket.with_user(self.agent).write, {"stage_id": self.closed_stage.id})
        mails["resolved"] = self.mail_to(found, CUSTOMER)
        found = self.sent(ticket.with_user(self.boss).write, {"stage_id": self.first_stage.id})
        mails["reopened"] = self.mail_to(found, "agent@staff.example")
        self.assertEqual(mails.keys(), KINDS.keys())
        return ticket, mails


@tagged("post_install", "-at_install")
class TestForm(MailCase):
    def test_each_is_an_alternative_with_a_real_text(self):
        ticket, mails = self.of_each_kind()
        for code, mail in mails.items():
            with self.subTest(code):
                self.assertEqual(mail.get_content_type(), "multipart/alternative")
                text, html = mail.iter_parts()
                self.assertEqual(text.get_content_type(), "text/plain")
                self.assertEqual(html.get_content_type(), "text/html")
                words = text.get_content()
                self.assertIn(ticket.name, words)
                self.assertIn(ticket.number, words)
                for trash in ("<p", "<td", "{", "&nbsp;", "hidden", "\u034f", "[1]", "prefers"):
                    self.assertNotIn(trash, words)
                self.assertLess(words.count("\n\n\n"), 1)

    def test_text_of_an_answer(self):
        _ticket, mails = self.of_each_kind()
        text = self.plain(mails["new_message"])
        self.assertIn("1. open it\n2. see the manual <https://desk.example/m>", text)
        self.assertIn("Agent Staff\nCustomer support", text)

    def test_phone_and_dark_mode(self):
        _ticket, mails = self.of_each_kind()
        for code, mail in mails.items():
            source = self.html(mail)
            with self.subTest(code):
                self.assertTrue(source.startswith("<!DOCTYPE html>"))
                document = lxml_html.document_fromstring(source)
                names = {meta.get("name"): meta.get("content") for meta in document.iter("meta")}
                self.assertEqual(names["color-scheme"], "light dark")
                self.assertIn("width=device-width", names["viewport"])
                self.assertIn("prefers-color-scheme: dark", source)
                self.assertIn("max-width: 600px", source)
                self.assertEqual(document.get("lang"), "en-US")
                self.assertFalse(document.xpath("//script | //link | //form"))

    def test_marks_of_automatic_mail(self):
        """Automatic mail carries Auto-Submitted (RFC 3834); what a person says does not."""
        _ticket, mails = self.of_each_kind()
        for code, kind in KINDS.items():
            with self.subTest(code):
                self.assertEqual(mails[code]["Auto-Submitted"], kind.auto_submitted)
                suppress = mails[code]["X-Auto-Response-Suppress"]
                self.assertEqual(suppress, "All" if kind.auto_submitted else None)
                self.assertIsNone(mails[code]["Precedence"])

    def test_each_has_a_switch(self):
        for code in KINDS:
            self.inbox[f"notify_{code}"] = False
        ticket = self.open_ticket()
        self.assertEqual(self.told(self.say, ticket), [])
        self.assertEqual(self.told(ticket._helpdesk_mail_notify, "sla_breached"), [])
        self.assertEqual(self.told(ticket._helpdesk_mail_notify, "reopened"), [])

    def test_right_to_left(self):
        self.env["res.lang"]._activate_lang("ar_001")
        self.anna.lang = "ar_001"
        mail = self.mail_to(self.sent(self.take_one), CUSTOMER)
        self.assertIn('dir="rtl"', self.html(mail))

    def test_hostile_words_stay_words(self):
        mails = self.sent(
            self.take_one,
            write_mail(
                sender='"<img src=x onerror=alert(1)>" <evil@evil.example>',
                subject="</title><script>alert(1)</script>",
                html="<p style='x'>a</p><script>alert(2)</script><img src='https://spy.example/p'>",
            ),
        )
        for _to, mail in mails:
            source = self.html(mail)
            self.assertNotIn("<script", source)
            self.assertNotIn("<img src=x", source)
            self.assertNotIn("spy.example/p", source, "what it shows is text")

    def test_language_of_unknown_senders(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.inbox.new_message_template_id.with_context(lang="fr_FR")
        template.body_html = "<p>Réponse <t t-out=\"ctx.get('message_body')\"/></p>"
        received = self.inbox.request_received_template_id.with_context(lang="fr_FR")
        received.body_html = "<p>Bien reçu</p>"
        self.inbox.default_lang = "fr_FR"
        mails = self.sent(self.take_one, write_mail(sender=NEW))
        self.assertIn("Bien reçu", self.plain(self.mail_to(mails, NEW)))
        ticket = self.env["helpdesk.ticket"].search([], order="id desc", limit=1)
        mails = self.sent(self.say, ticket)
        self.assertIn("Réponse", self.plain(self.mail_to(mails, NEW)))


@tagged("post_install", "-at_install")
class TestPortalLink(MailCase, HttpCase):
    def test_no_login_for_the_customer_and_for_nobody_else(self):
        ticket, mails = self.of_each_kind()
        token = ticket.access_token
        for code, kind in KINDS.items():
            with self.subTest(code):
                theirs = kind.audience != "staff"
                self.assertEqual(token in self.html(mails[code]), theirs)
                self.assertEqual(token in self.plain(mails[code]), theirs)
        source = lxml_html.document_fromstring(self.html(mails["request_received"]))
        (link,) = source.xpath("//a[contains(., 'View your ticket')]/@href")
        path = link.removeprefix(ticket.get_base_url())
        page = self.url_open(path)
        self.assertEqual(page.status_code, 200)
        self.assertIn("/my/ticket/", page.url)
        self.assertIn("The printer burns", page.text)
        for wrong in (path.partition("?")[0], path[:-1] + "x"):
            self.assertNotIn("The printer burns", self.url_open(wrong).text)

    def test_who_is_in_copy_gets_no_link(self):
        """Bert follows the ticket: he gets the answer, and Anna's link is none of his."""
        ticket = self.open_ticket(cc="bert@kunde.example")
        self.assertIn(self.bert, ticket.message_partner_ids)
        mails = self.sent(self.say, ticket)
        self.assertIn(ticket.access_token, self.html(self.mail_to(mails, CUSTOMER)))
        mail = self.mail_to(mails, "bert@kunde.example")
        self.assertIn("We are on our way.", self.plain(mail))
        self.assertNotIn("access_token", mail.as_string())
        self.assertNotIn(ticket.access_token, mail.as_string())

    def test_no_agent_gets_the_link(self):
        ticket = self.open_ticket()
        ticket.message_subscribe(self.boss.partner_id.ids)
        mails = self.sent(self.say, ticket)
        self.assertNotIn(ticket.access_token, self.mail_to(mails, BOSS).as_string())

    def test_switch(self):
        self.inbox.portal_link = False
        ticket = self.open_ticket()
        mail = self.mail_to(self.sent(self.say, ticket), CUSTOMER)
        self.assertNotIn("View your ticket", self.plain(mail))
        self.assertNotIn("/my/ticket", self.html(mail))

    def test_portal_shows_nothing_internal(self):
        """What went to the staff is not in the thread that the link shows."""
        ticket, _mails = self.of_each_kind()
        self.assertFalse(
            ticket.website_message_ids.filtered(lambda m: m.message_type == "user_notification")
        )
        portal = new_test_user(
            self.env, login="hm-anna", groups="base.group_portal", partner_id=self.anna.id
        )
        notices = self.env["mail.message"].search(
            [("res_id", "=", ticket.id), ("message_type", "=", "user_notification")]
        )
        self.assertEqual(len(notices), 4)
        self.env.invalidate_all()
        self.assertTrue(ticket.with_user(portal).has_access("read"), "the ticket is Anna's")
        Message = self.env["mail.message"].with_user(portal)
        self.assertFalse(Message.search([("id", "in", notices.ids)]))
        with self.assertRaises(AccessError), mute_logger("odoo.addons.mail.models.mail_message"):
            Message.browse(notices.ids).read(["body"])
        for field in ("request_text", "opened_by_machine"):
            self.assertNotIn(field, ticket.with_user(portal).fields_get())


@tagged("post_install", "-at_install")
class TestPreview(NotificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")

    def preview(self, code="request_received", user=None, **values):
        inbox = self.inbox.with_user(user or self.admin)
        action = inbox.with_context(notification=code).action_preview_notification()
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["helpdesk.notification.preview"]
            .with_user(user or self.admin)
            .with_context(**action["context"])
            .create(values)
        )

    def test_each_notification_of_a_real_ticket(self):
        ticket = self.open_ticket()
        self.say(ticket, "Have you unplugged it?")
        ticket.user_id = self.agent
        self.finish()
        before = self.env["mail.mail"].search_count([])
        for code, kind in KINDS.items():
            with self.subTest(code):
                preview = self.preview(code)
                self.assertFalse(preview.error)
                self.assertEqual(preview.ticket_id, ticket)
                self.assertIn(ticket.number, preview.subject)
                self.assertIn("<!DOCTYPE html>", preview.body_html)
                self.assertIn(ticket.number, preview.body_text)
                staff = BOSS if code == "new_ticket" else "agent@staff.example"
                self.assertEqual(
                    preview.recipients, staff if kind.audience == "staff" else CUSTOMER
                )
                self.assertNotIn(ticket.access_token, preview.body_html)
        self.assertIn("Have you unplugged it?", self.preview("new_message").body_text)
        self.assertEqual(self.env["mail.mail"].search_count([]), before, "nothing is sent")

    def test_language_can_be_chosen(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.inbox.request_received_template_id.with_context(lang="fr_FR")
        template.body_html = "<p>Bien reçu</p>"
        self.open_ticket()
        self.assertNotIn("Bien reçu", self.preview().body_text)
        self.assertIn("Bien reçu", self.preview(lang="fr_FR").body_text)
        self.anna.lang = "fr_FR"
        self.assertIn("Bien reçu", self.preview().body_text)

    def test_without_ticket_or_template(self):
        self.env["helpdesk.ticket"].search([("inbox_id", "=", self.inbox.id)]).unlink()
        self.assertFalse(self.preview().body_html)
        self.open_ticket()
        self.inbox.request_received_template_id = False
        self.assertIn("received your request", " ".join(self.preview().body_text.split()))
        self.env.ref("helpdesk_mail.mail_template_request_received").unlink()
        self.assertIn("No template", self.preview().error)
        self.inbox.notify_request_received = False
        self.assertTrue(self.preview().switched_off)

    def test_nobody_previews_what_they_may_not_read(self):
        ticket = self.open_ticket()
        for user in (self.agent, self.new_user("nobody")):
            with self.assertRaises(AccessError):
                self.preview(user=user)
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mail.group_mail_administrator",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        theirs = self.new_inbox(
            name="Theirs", email="x@theirs.example", company_id=other.id, team_id=False
        )
        preview = (
            self.env["helpdesk.notification.preview"]
            .with_user(foreign)
            .create(
                {
                    "inbox_id": theirs.id,
                    "notification": "request_received",
                    "ticket_id": ticket.id,
                }
            )
        )
        self.env.invalidate_all()
        self.assertFalse(preview.body_html)
        self.assertTrue(preview.error)
        self.assertNotIn("printer", preview.error)
