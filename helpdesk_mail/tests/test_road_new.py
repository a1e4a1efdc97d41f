# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mail opens a ticket: what stands in it, who is linked, what is refused."""

from odoo.tests import tagged

from .common import CUSTOMER, SUPPORT, HelpdeskMailCase, write_bounce, write_mail


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestNewTicket(HelpdeskMailCase):
    def test_mail_becomes_ticket(self):
        item = self.take_one(
            write_mail(
                cc="Cara Copy <cara@elsewhere.example>, bert@kunde.example",
                headers={"Importance": "high"},
            )
        )
        ticket, message = self.ticket(item), self.message(item)
        self.assertEqual(ticket.name, "The printer burns")
        self.assertIn("It burns, please help.", ticket.description)
        self.assertEqual(ticket.partner_name, "Anna Kunde")
        self.assertEqual(ticket.partner_email, CUSTOMER)
        self.assertEqual(ticket.partner_id, self.anna)
        self.assertEqual(ticket.commercial_partner_id, self.kunde)
        self.assertEqual(ticket.priority, "2")
        self.assertEqual(
            ticket.channel_id, self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_email")
        )
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.stage_id, self.first_stage)
        self.assertEqual(ticket.company_id, self.company)
        self.assertEqual(ticket.inbox_id, self.inbox)
        self.assertFalse(ticket.user_id)
        self.assertIn("cara@elsewhere.example", ticket.email_cc)
        self.assertIn(self.bert, ticket.message_partner_ids)
        self.assertNotIn(self.anna, ticket.message_partner_ids)
        self.assertTrue(ticket.number and ticket.number != "/")

        self.assertEqual(message.author_id, self.anna)
        self.assertEqual(message.email_from, f'"Anna Kunde" <{CUSTOMER}>')
        self.assertEqual(message.message_type, "email")
        self.assertEqual(message.message_id, f"<{item.parsed.message_id}>")
        self.assertEqual(str(message.date), "2026-03-02 09:00:00")
        self.assertIn("It burns, please help.", message.body)
        self.assertEqual(message.res_id, ticket.id)

    def test_low_importance(self):
        ticket = self.new_ticket(write_mail(headers={"X-Priority": "5 (Lowest)"}))
        self.assertEqual(ticket.priority, "0")
        self.assertEqual(self.new_ticket().priority, "1")

    def test_without_subject_sender_and_message_id(self):
        item = self.take_one(write_mail(sender=None, subject=None, message_id=""))
        ticket = self.ticket(item)
        self.assertEqual(item.outcome, "created")
        self.assertEqual(ticket.name, "No Subject")
        self.assertFalse(ticket.partner_email)
        self.assertFalse(ticket.partner_id)
        self.assertIn("no sender", self.row(item).explanation)

    def test_no_text_and_line_breaks_in_subject(self):
        # put in afterwards: some releases of Python's writer decode it and break the header
        source = write_mail(text="", subject="SUBJECT").replace(
            b"SUBJECT", b"=?utf-8?q?two=0Alines?="
        )
        ticket = self.new_ticket(source)
        self.assertEqual(ticket.name, "two lines")
        self.assertIn("The mail has no text", ticket.description)

    def test_empty_input_is_a_mail_too(self):
        for source in (b"", b"\0\xff\xfe", b"Subject: only\n"):
            item = self.take_one(source)
            self.assertEqual(item.outcome, "created")
            self.assertTrue(self.ticket(item).name)

    def test_unknown_sender(self):
        item = self.take_one(write_mail(sender="New Man <new@nobody.example>"))
        ticket = self.ticket(item)
        self.assertFalse(ticket.partner_id)
        self.assertEqual(ticket.partner_email, "new@nobody.example")
        self.assertFalse(self.message(item).author_id)
        self.assertFalse(
            self.env["res.partner"].search([("email_normalized", "=", "new@nobody.example")])
        )
        self.assertIn("Nobody with the address new@nobody.example", self.row(item).explanation)

    def test_address_of_several_customers_links_none(self):
        other = self.env["res.partner"].create({"name": "Anna Elsewhere", "email": CUSTOMER})
        item = self.take_one()
        self.assertFalse(self.ticket(item).partner_id)
        explanation = self.row(item).explanation
        self.assertIn(self.anna.display_name, explanation)
        self.assertIn(other.display_name, explanation)

    def test_two_contacts_of_one_customer(self):
        self.env["res.partner"].create(
            {"name": "Anna again", "email": CUSTOMER, "parent_id": self.kunde.id}
        )
        self.assertEqual(self.new_ticket().partner_id, self.anna)

    def test_archived_contact_is_not_linked(self):
        self.anna.active = False
        self.assertFalse(self.new_ticket().partner_id)

    def test_lead(self):
        lead = self.env["crm.lead"].create(
            {"name": "Wants a printer", "email_from": "lead@prospect.example"}
        )
        item = self.take_one(write_mail(sender="lead@prospect.example"))
        self.assertEqual(self.ticket(item).lead_id, lead)
        self.assertIn("known from a lead", self.row(item).explanation)

    def test_sender_from_reply_to(self):
        source = write_mail(
            sender="Form <form@web.example>", headers={"Reply-To": f"Anna <{CUSTOMER}>"}
        )
        self.assertEqual(self.new_ticket(source).partner_email, "form@web.example")
        self.inbox.address_source = "reply_to"
        source = write_mail(
            sender="Form <form@web.example>", headers={"Reply-To": f"Anna <{CUSTOMER}>"}
        )
        ticket = self.new_ticket(source)
        self.assertEqual(ticket.partner_email, CUSTOMER)
        self.assertEqual(ticket.partner_id, self.anna)

    def test_agent_opens_ticket(self):
        """The agent is named as who wrote; with automatic assignment the ticket is theirs."""
        ticket = self.new_ticket(write_mail(sender="agent@staff.example"))
        self.assertFalse(ticket.user_id)
        self.company.helpdesk_mgmt_ticket_auto_assign = True
        ticket = self.new_ticket(write_mail(sender="agent@staff.example"))
        self.assertEqual(ticket.user_id, self.agent)
        self.assertFalse(self.new_ticket().user_id)

    def test_team_followers_follow_new_tickets(self):
        self.team.message_subscribe(
            self.agent.partner_id.ids,
            self.env.ref("helpdesk_mgmt.hlp_tck_team_created").ids,
        )
        ticket = self.new_ticket()
        self.assertIn(self.agent.partner_id, ticket.message_partner_ids)


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestRefused(HelpdeskMailCase):
    def refused(self, source, reason, **options):
        before = self.env["helpdesk.ticket"].search_count([])
        item = self.take_one(source, **options)
        self.assertEqual((item.outcome, item.reason), ("ignored", reason))
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), before)
        row = self.row(item)
        self.assertTrue(row.explanation.startswith("Refused"), row.explanation)
        self.assertNotIn("New ticket", row.explanation)
        self.assertTrue(row.raw, "refused mail is kept whole")
        return row

    def test_own_address(self):
        self.inbox.alias_emails = "help@desk.example"
        self.refused(write_mail(sender=SUPPORT), "own_address")
        self.refused(write_mail(sender="HELP@desk.example"), "own_address")

    def test_copy_of_our_own_message(self):
        ticket = self.new_ticket()
        message, _mails = self.answer(ticket)
        source = write_mail(sender="agent@staff.example", message_id=message.message_id)
        # the copy names the inbox as sender, since that is where answers leave from
        row = self.refused(source.replace(b"agent@staff.example", SUPPORT.encode()), "own_address")
        self.assertFalse(row.ticket_id)
        message.email_from = "agent@staff.example"
        row = self.refused(source, "own_message")
        self.assertEqual(row.ticket_id, ticket)

    def test_automatic_reply_without_ticket(self):
        self.refused(
            write_mail(
                subject="Automatic reply: hello", headers={"Auto-Submitted": "auto-replied"}
            ),
            "auto_reply",
        )
        self.refused(
            write_mail(
                subject="Out of office: hello",
                headers={"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"},
            ),
            "out_of_office",
        )

    def test_automatic_reply_makes_ticket_where_wanted(self):
        self.inbox.auto_reply_policy = "ticket"
        item = self.take_one(
            write_mail(subject="Automatic reply: x", headers={"Auto-Submitted": "auto-replied"})
        )
        self.assertEqual(item.outcome, "created")

    def test_machine_that_writes_first_makes_a_ticket(self):
        """A monitoring system is no automatic *reply*."""
        item = self.take_one(write_mail(headers={"Auto-Submitted": "auto-generated"}))
        self.assertEqual(item.outcome, "created")

    def test_read_receipt(self):
        source = (
            f"From: {CUSTOMER}\r\nTo: {SUPPORT}\r\nSubject: Read: hello\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n"
            "\r\n--b\r\nContent-Type: text/plain\r\n\r\nread\r\n--b\r\n"
            "Content-Type: message/disposition-notification\r\n\r\n"
            f"Final-Recipient: rfc822;{CUSTOMER}\r\nDisposition: manual-action; displayed\r\n--b--"
        )
        self.refused(source.encode(), "read_receipt")

    def test_bounce_of_an_unknown_message(self):
        item = self.take_one(write_bounce("<nothing@of.ours>", "gone@kunde.example"))
        self.assertEqual((item.outcome, item.reason), ("bounce", "bounce"))
        self.assertFalse(self.row(item).ticket_id)
        self.assertIn("gone@kunde.example", self.row(item).explanation)

    def test_pop3_mail_before_the_start_stays_on_the_server(self):
        self.inbox.sync_start = "2026-04-01"
        item = self.take_one(write_mail(), door="pop3")
        self.assertEqual(item.reason, "before_start")
        self.assertTrue(item.stays_on_server)
        self.assertEqual(self.take_one(write_mail(), door="imap").outcome, "created")
