# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an agent says reaches the customer: from which address, to whom, in which words."""

from email.utils import getaddresses

from odoo.tests import tagged
from odoo.tools import email_normalize

from ..intake import token
from .common import CUSTOMER, SUPPORT, HelpdeskMailCase, write_mail

FIRST = "<first@kunde.example>"


class AnswerCase(HelpdeskMailCase):
    def setUp(self):
        super().setUp()
        self.opened = self.new_ticket(write_mail(message_id=FIRST))

    def recipients(self, mails):
        """The normalised addresses that *mails* go to, each as often as it gets one."""
        values = mails.mapped("email_to") + mails.mapped("recipient_ids.email")
        return sorted(
            email_normalize(email)
            for _name, email in getaddresses([value for value in values if value])
        )

    def built(self, address):
        """The built mail (email.message) that went to *address*, exactly one."""
        found = [mail for mail in self._mails if address in map(email_normalize, mail["email_to"])]
        self.assertEqual(len(found), 1, [mail["email_to"] for mail in self._mails])
        return found[0]["EmailMessage"]


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestAnswer(AnswerCase):
    def test_customer_gets_the_answer(self):
        message, mails = self.answer(self.opened, "We are on our way.")
        self.assertEqual(self.recipients(mails), [CUSTOMER])
        mail = self.built(CUSTOMER)
        self.assertEqual(getaddresses([mail["From"]]), [("Agent Staff", SUPPORT)])
        self.assertEqual(getaddresses([mail["Reply-To"]])[0][1], SUPPORT)
        self.assertEqual(mail["Message-Id"], message.message_id)
        self.assertIn(token.make(self.env, self.opened.id), mail["Message-Id"])
        self.assertIn(FIRST, mail["References"])
        self.assertEqual(mail["In-Reply-To"], FIRST)
        tag = f"[{self.opened.number}]"
        self.assertEqual(mail["Subject"].count(tag), 1)
        self.assertIn("The printer burns", mail["Subject"])
        body = mail.get_body(("html",)).get_content()
        self.assertIn("We are on our way.", body)
        self.assertIn("Just reply to this mail to answer", body, "the template wraps it")
        self.assertIn("Agent Staff", body)
        self.assertEqual(message.author_id, self.agent.partner_id)

    def test_the_way_there_and_back(self):
        _message, _mails = self.answer(self.opened)
        mail = self.built(CUSTOMER)
        reply = write_mail(
            to=mail["Reply-To"],
            subject=f"AW: {mail['Subject']}",
            answers=mail["Message-Id"],
            references=f"{mail['References']} {mail['Message-Id']}",
        )
        item = self.take_one(reply)
        self.assertEqual(self.ticket(item), self.opened)
        _message, _mails = self.answer(self.opened)
        second = self.built(CUSTOMER)
        self.assertEqual(second["Subject"].count(self.opened.number), 1)
        self.assertEqual(second["In-Reply-To"], f"<{item.parsed.message_id}>")

    def test_subject_of_the_agent_is_tagged(self):
        self.answer(self.opened, subject="Good news")
        self.assertEqual(self.built(CUSTOMER)["Subject"], f"[{self.opened.number}] Good news")
        self.inbox.subject_tag = False
        self.answer(self.opened, subject="Better news")
        self.assertEqual(self.built(CUSTOMER)["Subject"], "Better news")

    def test_both_addresses_once_each(self):
        ticket = self.new_ticket(write_mail(sender="Anna <anna.private@home.example>"))
        ticket.partner_id = self.anna
        _message, mails = self.answer(ticket)
        self.assertEqual(self.recipients(mails), ["anna.private@home.example", CUSTOMER])
        ticket.message_subscribe(self.anna.ids)
        _message, mails = self.answer(ticket)
        self.assertEqual(self.recipients(mails), ["anna.private@home.example", CUSTOMER])

    def test_unknown_sender_gets_the_answer(self):
        ticket = self.new_ticket(write_mail(sender="new@nobody.example"))
        _message, mails = self.answer(ticket)
        self.assertEqual(self.recipients(mails), ["new@nobody.example"])

    def test_none_of_our_own_addresses(self):
        self.new_inbox(name="Sales", email="sales@desk.example")
        self.opened.partner_email = "Sales <sales@desk.example>"
        _message, mails = self.answer(self.opened)
        self.assertEqual(self.recipients(mails), [CUSTOMER])

    def test_internal_note_goes_to_no_customer(self):
        with self.mock_mail_gateway():
            self.opened.with_user(self.agent).message_post(
                body="The customer is wrong", message_type="comment", subtype_xmlid="mail.mt_note"
            )
        self.assertFalse(self.recipients(self._new_mails))

    def test_what_customers_write_is_no_answer(self):
        """Who follows learns of it; the address that wrote first is not told behind its back."""
        ticket = self.new_ticket(write_mail(sender="new@nobody.example", message_id="<n@x>"))
        ticket.message_subscribe(self.agent.partner_id.ids)
        self.agent.notification_type = "email"
        with self.mock_mail_gateway():
            self.take_one(write_mail(sender="bert@kunde.example", answers="<n@x>"))
        self.assertEqual(self.recipients(self._new_mails), ["agent@staff.example"])
        self.assertEqual(self._new_mails.state, "outgoing", "queued: nobody waits for a server")

    def test_switch(self):
        self.inbox.notify_new_message = False
        _message, mails = self.answer(self.opened)
        self.assertFalse(mails)

    def test_outgoing_server(self):
        server = self.env["ir.mail_server"].create({"name": "Out", "smtp_host": "out.example"})
        self.inbox.mail_server_id = server
        _message, mails = self.answer(self.opened)
        self.assertEqual(mails.mail_server_id, server)

    def test_token_address(self):
        self.inbox.token_in_address = True
        self.answer(self.opened)
        address = getaddresses([self.built(CUSTOMER)["Reply-To"]])[0][1]
        self.assertEqual(address, f"support+{token.make(self.env, self.opened.id)}@desk.example")

    def test_ticket_without_inbox_is_as_before(self):
        self.opened.inbox_id = False
        message, mails = self.answer(self.opened)
        self.assertNotIn(SUPPORT, message.email_from)
        self.assertFalse(mails)

    def test_agent_answers_from_the_own_mailbox(self):
        """By mail from the own address: posted as the agent, sent on from the inbox's."""
        self.opened.user_id = self.agent
        with self.mock_mail_gateway():
            item = self.take_one(
                write_mail(sender="Agent <agent@staff.example>", answers=FIRST, text="On our way.")
            )
            self._new_mails.filtered(lambda mail: mail.state == "outgoing").send()
        self.assertEqual(self.ticket(item), self.opened)
        message = self.message(item)
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertIn("The sender is the agent", self.row(item).explanation)
        self.assertEqual(self.recipients(self._new_mails), [CUSTOMER])
        mail = self.built(CUSTOMER)
        self.assertEqual(email_normalize(mail["From"]), SUPPORT)
        self.assertEqual(email_normalize(mail["Reply-To"]), SUPPORT)
        self.assertNotIn("agent@staff.example", mail.as_string())
        self.assertIn(f"[{self.opened.number}]", mail["Subject"])

    def test_agent_who_had_the_customer_in_copy_causes_no_second_mail(self):
        with self.mock_mail_gateway():
            self.take_one(
                write_mail(sender="agent@staff.example", to=f"{SUPPORT}, {CUSTOMER}", answers=FIRST)
            )
        self.assertNotIn(CUSTOMER, self.recipients(self._new_mails))


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestRequestReceived(HelpdeskMailCase):
    def received(self, *sources, **options):
        """The mails that were queued while *sources* were taken in."""
        with self.mock_mail_gateway():
            self.items = self.take(*sources, **options)
        return self._new_mails

    def test_sent_once_for_a_new_ticket(self):
        mails = self.received(write_mail(message_id=FIRST), write_mail(answers=FIRST))
        self.assertEqual(len(mails), 1)
        ticket = self.ticket(self.items[0])
        self.assertEqual(mails.email_to, CUSTOMER)
        self.assertEqual(email_normalize(mails.email_from), SUPPORT)
        self.assertEqual(mails.subject, f"[{ticket.number}] The printer burns")
        self.assertIn(ticket.number, mails.body_html)
        self.assertEqual(mails.state, "outgoing", "queued: a slow server holds up nothing")
        with self.mock_mail_gateway():
            mails.send()
        built = self._mails[0]["EmailMessage"]
        self.assertEqual(built["Auto-Submitted"], "auto-replied")
        self.assertEqual(built["In-Reply-To"], FIRST)
        self.assertIn(FIRST, built["References"])
        self.assertIn(token.make(self.env, ticket.id), built["Message-Id"])
        self.assertEqual(getaddresses([built["Reply-To"]])[0][1], SUPPORT)

    def test_answer_to_it_finds_the_ticket(self):
        mails = self.received(write_mail())
        ticket = self.ticket(self.items[0])
        item = self.take_one(write_mail(sender="home@kunde.example", answers=mails.message_id))
        self.assertEqual(self.ticket(item), ticket)
        self.assertFalse(item.internal)

    def test_who_gets_none(self):
        for name, source in {
            "automatic": write_mail(headers={"Auto-Submitted": "auto-generated"}),
            "no reply": write_mail(sender="no-reply@shop.example"),
            "noreply": write_mail(sender="noreply@shop.example"),
            "donotreply": write_mail(sender="do-not-reply@shop.example"),
            "daemon": write_mail(sender="mailer-daemon@shop.example", subject="Hello"),
            "list": write_mail(headers={"List-Id": "<news.shop.example>"}),
            "bulk": write_mail(headers={"Precedence": "bulk"}),
            "another inbox": write_mail(sender="sales@desk.example"),
            "an agent": write_mail(sender="agent@staff.example"),
            "nobody": write_mail(sender=None),
        }.items():
            if name == "another inbox":
                self.new_inbox(name="Sales", email="sales@desk.example")
            with self.subTest(name):
                mails = self.received(source)
                self.assertEqual(self.items[0].outcome, "created")
                self.assertFalse(mails)

    def test_history_is_silent(self):
        self.team.message_subscribe(
            self.agent.partner_id.ids, self.env.ref("helpdesk_mgmt.hlp_tck_team_created").ids
        )
        mails = self.received(
            write_mail(message_id=FIRST), write_mail(answers=FIRST), door="import", history=True
        )
        self.assertFalse(mails)

    def test_switch(self):
        self.inbox.notify_request_received = False
        self.assertFalse(self.received(write_mail()))

    def test_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.inbox.request_received_template_id
        template.with_context(lang="fr_FR").body_html = "<p>Bien reçu</p>"
        self.anna.lang = "fr_FR"
        french, english = self.received(write_mail(), write_mail(sender="x@nobody.example")).sorted(
            "email_to"
        )
        self.assertIn("Bien reçu", french.body_html)
        self.assertNotIn("Bien reçu", english.body_html)
        ticket = self.ticket(self.items[0])
        template = self.inbox.new_message_template_id
        template.with_context(
            lang="fr_FR"
        ).body_html = "<p>Réponse <t t-out=\"ctx.get('message_body')\"/></p>"
        _message, mails = self.answer(ticket, "Voilà")
        self.assertIn("Réponse", mails.body_html)
        self.assertIn("Voilà", mails.body_html)

    def test_hostile_subject_and_name_are_escaped(self):
        mails = self.received(
            write_mail(
                sender='"<img src=x onerror=alert(1)>" <evil@evil.example>',
                subject="<script>alert(1)</script>",
            )
        )
        self.assertNotIn("<script", mails.body_html)
        self.assertNotIn("<img", mails.body_html)
        self.answer(self.ticket(self.items[0]))
        body = self._mails[0]["EmailMessage"].get_body(("html",)).get_content()
        self.assertNotIn("<script", body)
