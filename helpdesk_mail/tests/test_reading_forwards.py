# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A customer's mail that an agent forwards to the inbox."""

from email.message import EmailMessage
from email.policy import SMTP

from .common import CUSTOMER, SUPPORT, HelpdeskMailCase, write_mail
from .test_verification import HOST, received

AGENT = "Agent Staff <agent@staff.example>"
NEWCOMER = "carla@new.example"


def write_forward(
    inner=f"Anna Kunde <{CUSTOMER}>",
    above="Please take care of this.",
    subject="Fwd: The printer burns",
    text="It burns, please help.",
    **options,
):
    """A forward as a mail program writes it, below the words of whoever forwards."""
    options.setdefault("sender", AGENT)
    body = (
        f"{above}\n\n---------- Forwarded message ---------\nFrom: {inner}\n"
        f"Date: Sun, Mar 1, 2026 at 8:05 PM\nSubject: The printer burns\nTo: <sales@desk.example>"
        f"\n\n\n{text}\n"
    )
    return write_mail(subject=subject, text=body, **options)


class TestForwards(HelpdeskMailCase):
    def notes(self, ticket):
        return ticket.message_ids.filtered(
            lambda message: (
                message.subtype_id == self.env.ref("mail.mt_note")
                and message.message_type == "comment"
            )
        )

    def test_the_ticket_is_the_customers(self):
        with self.mock_mail_gateway():
            item = self.take_one(write_forward(files=[("log.txt", b"log")]))
        ticket, message = self.ticket(item), self.message(item)
        self.assertEqual(item.outcome, "created")
        self.assertEqual(ticket.partner_id, self.anna)
        self.assertEqual((ticket.partner_name, ticket.partner_email), ("Anna Kunde", CUSTOMER))
        self.assertEqual(ticket.name, "The printer burns")
        self.assertIn("It burns", ticket.description)
        self.assertNotIn("take care", ticket.description)
        self.assertEqual(message.author_id, self.anna)
        self.assertEqual(message.attachment_ids.mapped("name"), ["log.txt"])
        self.assertEqual(ticket.recipient_id.email, CUSTOMER)
        self.assertFalse(ticket.sender_verification, "it was the agent who was checked")
        self.assertFalse(ticket.user_id)
        self.assertIn(f"Agent Staff forwarded it: it is taken for the mail of {CUSTOMER}",
                      ticket.mail_explanation)  # fmt: skip
        # "Request received" goes to the customer, as for their own mail
        self.assertEqual(len(self._new_mails), 1)
        self.assertIn(CUSTOMER, self._new_mails.email_to)

    def test_the_agents_words_are_an_internal_note(self):
        ticket = self.new_ticket(write_forward())
        note = self.notes(ticket)
        self.assertEqual(len(note), 1)
        self.assertEqual(note.author_id, self.agent.partner_id)
        self.assertTrue(note.is_internal)
        self.assertIn("Please take care of this.", note.body)
        self.assertNotIn("It burns", note.body)
        self.assertFalse(note.notified_partner_ids)

    def test_without_words_the_note_says_who_forwarded_it(self):
        ticket = self.new_ticket(write_forward(above=""))
        self.assertIn("Agent Staff forwarded it", self.notes(ticket).body)

    def test_an_enclosed_mail_with_its_files(self):
        inner = write_mail(
            subject="Enclosed",
            html='<p>It <b>burns</b>.<img src="cid:pic"></p>',
            images=[("pic", b"\x89PNG\r\n\x1a\n")],
            files=[("his.txt", b"his")],
        )
        outer = EmailMessage()
        outer["From"], outer["To"], outer["Subject"] = AGENT, SUPPORT, "Fwd: Enclosed"
        outer["Message-ID"] = "<outer1@staff.example>"
        outer.set_content("See below.")
        outer.add_attachment(b"mine", maintype="text", subtype="x-mine", filename="mine.txt")
        source = outer.as_bytes(policy=SMTP)
        boundary = outer.get_boundary().encode()
        enclosed = b"--%s\r\nContent-Type: message/rfc822\r\n\r\n%s\r\n--%s--" % (
            boundary,
            inner,
            boundary,
        )
        source = source.replace(b"--%s--" % boundary, enclosed)
        item = self.take_one(source)
        ticket, message = self.ticket(item), self.message(item)
        self.assertEqual((ticket.name, ticket.partner_id), ("Enclosed", self.anna))
        self.assertIn("<b>burns</b>", ticket.description)
        self.assertIn("/web/image/", ticket.description)
        names = message.attachment_ids.mapped("name")
        self.assertIn("his.txt", names)
        self.assertNotIn("mine.txt", names)
        note = self.notes(ticket)
        self.assertIn("See below.", note.body)
        self.assertEqual(sorted(note.attachment_ids.mapped("name")), ["Enclosed.eml", "mine.txt"])

    def test_somebody_new_becomes_a_recipient(self):
        ticket = self.new_ticket(write_forward(inner=f"Carla <{NEWCOMER}>"))
        self.assertEqual(ticket.partner_email, NEWCOMER)
        self.assertEqual(ticket.recipient_id.email, NEWCOMER)
        self.assertEqual(ticket.recipient_id.name, "Carla")

    def test_somebody_new_becomes_a_lead_where_the_inbox_wants_it(self):
        self.inbox.unknown_policy = "lead"
        ticket = self.new_ticket(write_forward(inner=f"Carla <{NEWCOMER}>"))
        self.assertEqual(ticket.lead_id.email_from, NEWCOMER)

    def test_nothing_refuses_what_an_agent_forwards(self):
        self.env["helpdesk.deny.rule"].create({"pattern": "new.example", "match": "domain"})
        self.env["helpdesk.recipient"].create({"email": NEWCOMER, "is_banned": True})
        self.inbox.write({"allowed_domains": "firm.example", "unknown_policy": "refuse"})
        ticket = self.new_ticket(write_forward(inner=f"Carla <{NEWCOMER}>"))
        self.assertEqual(ticket.partner_email, NEWCOMER)

    def test_no_answer_to_no_reply(self):
        with self.mock_mail_gateway():
            self.take_one(write_forward(inner="Shop <no-reply@shop.example>"))
        self.assertFalse(self._new_mails)

    def test_a_ticket_of_the_agent_where_the_inbox_wants_that(self):
        self.inbox.agent_forward_policy = "agent"
        ticket = self.new_ticket(write_forward())
        self.assertEqual(ticket.partner_id, self.agent.partner_id)
        self.assertIn("Please take care", ticket.description)

    def test_not_for_customers(self):
        ticket = self.new_ticket(write_forward(sender="Bert <bert@kunde.example>"))
        self.assertEqual(ticket.partner_id, self.bert)

    def test_not_for_colleagues_who_are_no_agents(self):
        self.new_user("clerk")
        ticket = self.new_ticket(write_forward(sender="clerk@staff.example"))
        self.assertEqual(ticket.partner_email, "clerk@staff.example")

    def test_not_where_the_agent_is_forged(self):
        self.inbox.own_mail_hosts = HOST
        ticket = self.new_ticket(received(write_forward(), "fail"))
        self.assertEqual(ticket.partner_email, "agent@staff.example")
        self.assertFalse(ticket.partner_id)
        ticket = self.new_ticket(received(write_forward(text="again"), "pass"))
        self.assertEqual(ticket.partner_id, self.anna)

    def test_not_for_an_address_of_ours(self):
        self.new_inbox(name="Sales", email="sales@desk.example")
        for address in (SUPPORT, "sales@desk.example", "agent@staff.example"):
            ticket = self.new_ticket(write_forward(inner=f"We <{address}>", text=address))
            self.assertEqual(ticket.partner_id, self.agent.partner_id, address)

    def test_an_agent_inside_a_forward_has_no_rights(self):
        """Anybody can write a colleague's address above some words."""
        other = self.new_user("other", "helpdesk_mgmt.group_helpdesk_user")
        item = self.take_one(write_forward(inner="Other Staff <other@staff.example>"))
        self.assertEqual(self.ticket(item).partner_id, other.partner_id)
        self.assertFalse(item.agent_user_id)
        self.assertFalse(self.message(item).author_id)

    def test_not_where_it_belongs_to_a_ticket(self):
        ticket = self.new_ticket(write_mail(message_id="<f1@kunde.example>"))
        item = self.take_one(write_forward(answers="<f1@kunde.example>"))
        self.assertEqual(self.ticket(item), ticket)
        self.assertIn("Please take care", self.message(item).body)

    def test_not_where_it_did_not_come_to_the_inbox_itself(self):
        """What a rule of the agent's mailbox hands on was not forwarded by a person."""
        ticket = self.new_ticket(
            write_forward(to="agent@staff.example", headers={"Delivered-To": SUPPORT})
        )
        self.assertEqual(ticket.partner_email, "agent@staff.example")

    def test_whom_the_agent_copied_is_not_told_to_the_customer(self):
        ticket = self.new_ticket(write_forward(cc="boss@staff.example, bert@kunde.example"))
        self.assertFalse(ticket.email_cc)
        self.assertNotIn(self.bert, ticket.message_partner_ids)

    def test_the_administrator_who_forwards_needs_no_notice(self):
        self.inbox.administrator_ids = self.agent
        with self.mock_mail_gateway():
            self.take_one(write_forward())
        self.assertFalse(
            [m for m in self._new_mails if "agent@staff.example" in (m.email_to or "")]
        )

    def test_hostile_words_do_no_harm(self):
        ticket = self.new_ticket(
            write_forward(above="<script>alert(1)</script> <b>x</b>", text="<img src=x onerror=y>")
        )
        self.assertNotIn("<script", self.notes(ticket).body)
        self.assertNotIn("<img", ticket.description)

    def test_the_ordinary_road(self):
        self.batch_road.return_value = ["x.message_new"]
        ticket = self.new_ticket(write_forward(files=[("log.txt", b"log")]))
        self.assertEqual((ticket.name, ticket.partner_id), ("The printer burns", self.anna))
        self.assertNotIn("take care", ticket.description)
        self.assertIn("take care", self.notes(ticket).body)

    def test_many_at_once(self):
        """No more than the three queries of *identify*, and one note for each."""
        sources = [
            write_forward(inner=f"C{number} <c{number}@new.example>", above=f"Note {number}")
            for number in range(10)
        ]
        items = self.take(*sources)
        for number, item in enumerate(items):
            ticket = self.ticket(item)
            self.assertEqual(ticket.partner_email, f"c{number}@new.example")
            self.assertIn(f"Note {number}", self.notes(ticket).body)
