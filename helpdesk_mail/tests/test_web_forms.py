# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""for web-form senders a pattern may take the real sender from Reply-To or the body"""

from odoo.exceptions import ValidationError

from .common import CUSTOMER, SUPPORT, HelpdeskMailCase, write_mail

FORM = "form@shop.example"


class TestWebForms(HelpdeskMailCase):
    def setUp(self):
        super().setUp()
        self.inbox.web_form_senders = f"{FORM}\nwp*@shop.example"

    def form(self, text="Hello", reply_to=None, sender=f"Shop <{FORM}>", **mail):
        headers = {"Reply-To": reply_to} if reply_to else {}
        return self.take_one(write_mail(sender=sender, text=text, headers=headers, **mail))

    def test_sender_is_taken_from_reply_to(self):
        item = self.form(reply_to=f"Anna Kunde <{CUSTOMER}>")
        self.assertEqual(item.sender_email, CUSTOMER)
        ticket = self.ticket(item)
        self.assertEqual((ticket.partner_id, ticket.partner_email), (self.anna, CUSTOMER))
        self.assertEqual(ticket.recipient_id.email_key, CUSTOMER)
        self.assertIn(f"The web form {FORM} sent it for {CUSTOMER}", self.row(item).explanation)
        self.assertFalse(self.env["helpdesk.recipient"].search([("email", "=", FORM)]))

    def test_sender_is_taken_from_the_text(self):
        for number, text in enumerate(
            [
                f"Name: Anna\nE-mail: {CUSTOMER}\nMessage: it burns",
                f"Name: Anna\n\nEmail\n{CUSTOMER}\n\nMessage\nit burns",
                f"* E-Mail-Adresse : <{CUSTOMER}>\n* Text: x",
                f"YOUR EMAIL = {CUSTOMER.upper()}.",
                f"E-mail address: [{CUSTOMER}](mailto:{CUSTOMER})",
                f"| Email | {CUSTOMER} |",
                f"Courriel : {CUSTOMER}",
            ]
        ):
            with self.subTest(text):
                item = self.form(text, subject=f"Form {number}")
                self.assertEqual(item.sender_email, CUSTOMER)
                self.assertIn("whom its text names", self.row(item).explanation)

    def test_html_form(self):
        html = f"<table><tr><td>E-mail</td><td>{CUSTOMER}</td></tr><tr><td>x</td></tr></table>"
        item = self.form("", html=html)
        self.assertEqual(item.sender_email, CUSTOMER)

    def test_form_that_names_nobody(self):
        item = self.form("E-mail: none\nMail the bill to somebody@else.example please")
        self.assertEqual(item.sender_email, FORM)
        self.assertIn("does not say who filled it in", self.row(item).explanation)

    def test_other_senders_are_who_they_are(self):
        item = self.form(f"E-mail: {CUSTOMER}", sender="x@else.example", reply_to="z@else.example")
        self.assertEqual(item.sender_email, "x@else.example")
        item = self.form(reply_to=CUSTOMER, sender="wp17@shop.example", subject="2")
        self.assertEqual(item.sender_email, CUSTOMER)

    def test_form_that_writes_from_our_own_address(self):
        mail = {"sender": f"Website <{SUPPORT}>", "reply_to": f"Anna <{CUSTOMER}>"}
        self.assertEqual(self.form(**mail).reason, "own_address", "as long as it is not named")
        self.inbox.web_form_senders = SUPPORT
        item = self.form(**mail, subject="2")
        self.assertEqual(item.outcome, "created")
        self.assertEqual(self.ticket(item).partner_id, self.anna)
        item = self.form(f"E-mail: {CUSTOMER}", sender=SUPPORT, subject="3")
        self.assertEqual(self.ticket(item).partner_id, self.anna)

    def test_never_an_address_of_ours(self):
        other = self.new_inbox(email="sales@desk.example", name="Sales")
        self.inbox.web_form_senders = f"{SUPPORT}\n{FORM}"
        item = self.form(reply_to=SUPPORT, sender=SUPPORT)
        self.assertEqual(item.reason, "own_address")
        item = self.form(f"E-mail: {other.email}\nE-mail: {CUSTOMER}", reply_to=other.email)
        self.assertEqual(item.sender_email, CUSTOMER)

    def test_own_notices_that_come_back_open_no_ticket(self):
        """The text of the form stands quoted in what we answer: it must not begin a loop."""
        self.inbox.web_form_senders = SUPPORT
        ticket = self.new_ticket()
        message, _mails = self.answer(ticket, f"You wrote: E-mail: {CUSTOMER}")
        count = self.env["helpdesk.ticket"].search_count([])
        text = f"E-mail: {CUSTOMER}"
        back = [
            {"message_id": message.message_id},
            {"answers": message.message_id},
            {"headers": {"Auto-Submitted": "auto-generated"}},
        ]
        for mail in back:
            item = self.take_one(write_mail(sender=SUPPORT, text=text, **mail))
            self.assertEqual(item.outcome, "ignored", (mail, item.trace))
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), count)

    def test_nobody_becomes_an_agent_by_a_form(self):
        """Whoever fills in a form can write an agent's address into it."""
        item = self.form(reply_to="agent@staff.example")
        self.assertFalse(item.agent_user_id)
        self.assertEqual(item.outcome, "created")
        self.assertFalse(self.message(item).author_id)

    def test_form_finds_no_ticket_by_its_number(self):
        ticket = self.new_ticket()
        item = self.form(reply_to=CUSTOMER, subject=f"[{ticket.number}] tell me all")
        self.assertNotEqual(self.ticket(item), ticket)
        self.assertEqual(self.ticket(item).origin_ticket_id, ticket)

    def test_deny_rules_and_bans_hold_for_the_real_sender_and_for_the_form(self):
        Rule = self.env["helpdesk.deny.rule"]
        rule = Rule.create({"pattern": CUSTOMER})
        self.assertEqual(self.form(reply_to=CUSTOMER).reason, "denied")
        rule.pattern = FORM
        self.assertEqual(self.form(reply_to=CUSTOMER, subject="2").reason, "denied")
        rule.unlink()
        self.env["helpdesk.recipient"].create({"email": CUSTOMER, "is_banned": True})
        self.assertEqual(self.form(reply_to=CUSTOMER, subject="3").reason, "banned")

    def test_own_words(self):
        self.inbox.web_form_labels = "Kontakt, Rückantwort an"
        self.assertEqual(self.form(f"Rückantwort an: {CUSTOMER}").sender_email, CUSTOMER)
        self.assertEqual(self.form(f"E-mail: {CUSTOMER}", subject="2").sender_email, FORM)

    def test_expression(self):
        self.inbox.web_form_regex = r"^Sent by .* \((\S+)\) on"
        item = self.form(f"Hello\nSent by Anna Kunde ({CUSTOMER}) on Monday")
        self.assertEqual(item.sender_email, CUSTOMER)

    def test_clear_words_for_broken_settings(self):
        with self.assertRaisesRegex(ValidationError, "Web forms, line 2 .what is this."):
            self.inbox.web_form_senders = f"{FORM}\nwhat is this"
        self.inbox.web_form_senders = FORM
        for expression, words in {
            "((?:a+)+)": "could run for hours",
            "mail": "exactly one group",
            "(": "no regular expression",
        }.items():
            with self.assertRaisesRegex(ValidationError, words):
                self.inbox.web_form_regex = expression

    def test_hostile_text_costs_little(self):
        text = "E-mail: " * 3000 + "\n" + "@" * 5000 + "\n" + "Email\n" * 5000
        item = self.form(text)
        self.assertEqual(item.sender_email, FORM)

    def test_explain_tells_it_too(self):
        item = self.form(reply_to=CUSTOMER)
        self.assertIn("web_form_reply_to", self.codes(item))
