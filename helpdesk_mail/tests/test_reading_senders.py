# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may write to an inbox, and what counts as an automatic reply.

The options that the reference calls *Reading Settings*: *Allowed Domains*, *Exclude Auto-Replies*
and *Alias to Email*. (*Folder Mapping* is in ``test_reading_folders``.)
"""

from odoo.exceptions import AccessError, ValidationError

from .common import CUSTOMER, SUPPORT, HelpdeskMailCase, write_bounce, write_mail
from .test_verification import HOST, received

STRANGER = "stranger@elsewhere.example"


class ReadingCase(HelpdeskMailCase):
    def refused(self, source, reason, **options):
        """Fail unless the mail is refused for *reason*, kept whole and explained: its row."""
        item = self.take_one(source, **options)
        self.assertEqual((item.outcome, item.reason), ("ignored", reason), item.trace)
        row = self.row(item)
        self.assertTrue(row.raw, "refused mail is kept whole")
        self.assertIn("Refused", row.explanation)
        return row

    def taken(self, source, **options):
        item = self.take_one(source, **options)
        self.assertIn(item.outcome, ("created", "appended"), item.trace)
        return item

    def of(self, sender, **more):
        return write_mail(sender=f"Somebody <{sender}>", **more)

    def accept(self, email, **values):
        return self.env["helpdesk.recipient"].create(
            {"email": email, "company_id": self.company.id, "is_accepted": True, **values}
        )


class TestAllowedDomains(ReadingCase):
    def test_allowed_domains(self):
        """*Allowed Domains*: "Restricts email processing to messages sent from specific
        domains. Enter one or multiple domains (e.g., company.com, support.com)"
        """
        self.inbox.allowed_domains = "company.com, support.com"
        self.taken(self.of("anna@company.com"))
        self.taken(self.of("anna@support.com"))
        row = self.refused(self.of(STRANGER), "domain_not_allowed")
        self.assertIn(STRANGER, row.explanation)
        self.refused(self.of("anna@sub.company.com"), "domain_not_allowed")
        self.refused(self.of("anna@evilcompany.com"), "domain_not_allowed")
        self.refused(self.of("anna@company.com.evil.example"), "domain_not_allowed")

    def test_wildcards_remarks_and_single_addresses(self):
        self.inbox.allowed_domains = "# ours\n*.firm.example\n@Partner.Example\none@home.example\n"
        self.taken(self.of("a@eu.firm.example"))
        self.taken(self.of("a@b.eu.firm.example"))
        self.taken(self.of("a@partner.example"))
        self.taken(self.of("one@home.example"))
        self.refused(self.of("two@home.example"), "domain_not_allowed")
        self.refused(self.of("a@firm.example"), "domain_not_allowed")

    def test_international_domain(self):
        self.inbox.allowed_domains = "müller.example"
        self.taken(self.of("hans@xn--mller-kva.example"))

    def test_agents_and_administrators_are_not_refused(self):
        self.inbox.write(
            {"allowed_domains": "firm.example", "administrator_emails": "boss@home.example"}
        )
        self.taken(self.of("agent@staff.example"))
        self.taken(self.of("boss@home.example"))

    def test_replies_to_tickets_come_in(self):
        ticket = self.new_ticket(write_mail(message_id="<first@kunde.example>"))
        self.inbox.allowed_domains = "firm.example"
        item = self.taken(write_mail(answers="<first@kunde.example>"))
        self.assertEqual(self.ticket(item), ticket)

    def test_reply_to_a_refused_mail_of_the_same_batch_is_refused(self):
        self.inbox.allowed_domains = "firm.example"
        items = self.take(
            self.of(STRANGER, message_id="<1@elsewhere.example>"),
            self.of(STRANGER, answers="<1@elsewhere.example>"),
        )
        self.assertEqual([item.reason for item in items], ["domain_not_allowed"] * 2)

    def test_web_forms_and_delivery_reports_are_not_affected(self):
        ticket = self.new_ticket()
        _message, mails = self.answer(ticket)
        self.inbox.write({"allowed_domains": "firm.example", "web_form_senders": "@forms.example"})
        self.taken(self.of("wp@forms.example", headers={"Reply-To": STRANGER}))
        item = self.take_one(write_bounce(mails[0].message_id, CUSTOMER))
        self.assertEqual(item.outcome, "bounce")

    def test_what_is_no_domain_cannot_be_saved(self):
        for text, number in (
            ("firm.example\nnonsense here", 2),
            ("*firm.example", 1),
            ("*", 1),
            ("ok.example\n\n# remark\nbad domain!", 4),
        ):
            with self.assertRaisesRegex(ValidationError, f"Allowed domains, line {number}: "):
                self.inbox.allowed_domains = text

    def test_no_query_more(self):
        """Whether domains are allowed is decided without asking the database."""

        def count(subject):
            sources = [
                self.of(f"{subject}{number}@firm.example", subject=subject) for number in range(20)
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.take(*sources)
            return self.env.cr.sql_log_count - before

        count("warm")
        plain = count("plain")
        self.inbox.write(
            {
                "allowed_domains": "firm.example",
                "auto_reply_words": "out of office",
                "auto_reply_senders": "robot@x.example",
                "unknown_policy": "recipient",
                "other_inbox_policy": "refuse",
            }
        )
        count("warm2")
        self.assertLessEqual(count("restricted"), plain)


class TestUnregistered(ReadingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox.unknown_policy = "refuse"

    def test_unregistered_senders_are_refused(self):
        row = self.refused(self.of(STRANGER), "unregistered")
        self.assertIn(STRANGER, row.explanation)
        self.assertFalse(self.env["helpdesk.recipient"].search([("email", "=", STRANGER)]))

    def test_known_ones_come_in(self):
        """A contact, a lead, a paired or shared address, a customer's domain, an agent."""
        self.env["crm.lead"].create({"name": "Maybe", "email_from": "lead@maybe.example"})
        self.env["helpdesk.customer.domain"].create(
            {"name": "branch.example", "partner_id": self.kunde.id}
        )
        self.env["helpdesk.recipient"].create(
            [
                {"email": "paired@home.example", "partner_id": self.kunde.id},
                {"email": "form@home.example", "is_shared": True},
            ]
        )
        for sender in (
            CUSTOMER,
            "lead@maybe.example",
            "paired@home.example",
            "form@home.example",
            "new@branch.example",
            "agent@staff.example",
        ):
            with self.subTest(sender):
                self.taken(self.of(sender))

    def test_who_is_only_claimed_is_not_known(self):
        self.inbox.write({"own_mail_hosts": HOST, "forged_policy": "unlinked"})
        self.refused(received(self.of(CUSTOMER), "fail"), "unregistered")

    def test_their_replies_to_tickets_come_in(self):
        self.inbox.unknown_policy = "recipient"
        ticket = self.new_ticket(self.of(STRANGER, message_id="<s1@elsewhere.example>"))
        self.inbox.unknown_policy = "refuse"
        item = self.taken(self.of(STRANGER, answers="<s1@elsewhere.example>"))
        self.assertEqual(self.ticket(item), ticket)


class TestAutoReplies(ReadingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.inbox.write(
            {
                "auto_reply_words": "I am on  Holiday\n# a remark\nAbwesenheitsnotiz",
                "auto_reply_senders": "robot@kunde.example, *.robots.example",
                "auto_reply_policy": "ticket",
            }
        )

    def test_exclude_auto_replies(self):
        """*Exclude Auto-Replies*: "Filters out automatic email responses like out-of-office
        replies. Enter keywords or specific sender addresses to exclude such emails."
        """
        row = self.refused(write_mail(subject="Re: i am on holiday!"), "auto_reply_words")
        self.assertIn("I am on Holiday", row.explanation)
        self.refused(write_mail(text="Hello,\nI am\non holiday until May."), "auto_reply_words")
        self.refused(write_mail(subject="ABWESENHEITSNOTIZ: Mai"), "auto_reply_words")
        row = self.refused(self.of("robot@kunde.example"), "auto_reply_sender")
        self.assertIn("robot@kunde.example", row.explanation)
        self.refused(self.of("x@a.robots.example"), "auto_reply_sender")
        self.taken(self.of("x@robots.example"))

    def test_words_further_down_do_not_count(self):
        text = "\n".join([*(f"line {number}" for number in range(12)), "I am on holiday"])
        self.taken(write_mail(text=text))

    def test_quoted_words_do_not_count(self):
        text = "Please help.\n\nOn Mon, 2 Mar 2026 at 10:00, Bert wrote:\n> I am on holiday\n"
        self.taken(write_mail(subject="Re: x", text=text))

    def test_noted_on_its_ticket_which_keeps_its_stage(self):
        ticket = self.new_ticket(write_mail(message_id="<a1@kunde.example>"))
        self.close(ticket)
        item = self.take_one(write_mail(text="I am on holiday", answers="<a1@kunde.example>"))
        self.assertEqual((item.outcome, self.ticket(item)), ("appended", ticket))
        self.assertEqual(ticket.stage_id, self.closed_stage)
        self.assertTrue(self.message(item).is_internal)
        self.assertIn("counts_as_automatic", self.codes(item))

    def test_colleagues_may_say_so(self):
        ticket = self.new_ticket(write_mail(message_id="<a2@kunde.example>"))
        item = self.take_one(
            self.of("agent@staff.example", text="I am on holiday", answers="<a2@kunde.example>")
        )
        self.assertEqual(self.ticket(item), ticket)
        self.assertFalse(self.message(item).is_internal, "it is an answer to the customer")

    def test_what_means_too_much_cannot_be_saved(self):
        with self.assertRaisesRegex(ValidationError, "line 2 .*an address of an inbox of yours"):
            self.inbox.auto_reply_senders = f"robot@x.example\n{SUPPORT}"
        self.inbox.auto_reply_senders = False
        with self.assertRaisesRegex(ValidationError, "line 1"):
            self.inbox.auto_reply_senders = "*"
        self.inbox.auto_reply_senders = False
        with self.assertRaisesRegex(ValidationError, "longer than"):
            self.inbox.auto_reply_words = "x" * 5000


class TestAlias(ReadingCase):
    def test_alias_to_email(self):
        """*Alias to Email*: "Maps alternative email addresses to a primary one for ticket
        processing. Enter an alias email address."
        """
        self.inbox.alias_emails = "help@desk.example"
        ticket = self.new_ticket(write_mail(to="help@desk.example"))
        self.assertEqual(ticket.inbox_id, self.inbox)
        message, mails = self.answer(ticket)
        self.assertIn(f"<{SUPPORT}>", message.email_from)
        self.assertTrue(all(SUPPORT in mail.reply_to for mail in mails))
        self.assertFalse(any("help@desk" in (mail.email_from or "") for mail in mails))


class TestOtherInboxes(ReadingCase):
    def test_mail_from_other_inboxes(self):
        """Taken in unless the inbox refuses it; its own address is always refused."""
        self.new_inbox(name="Sales", email="sales@desk.example")
        self.taken(self.of("sales@desk.example"))
        self.inbox.other_inbox_policy = "refuse"
        row = self.refused(self.of("sales@desk.example", subject="2"), "other_inbox_sender")
        self.assertNotIn("Sales", row.explanation, "it may be one of another company")
        self.refused(self.of(SUPPORT), "own_address")


class TestAlwaysAccept(ReadingCase):
    def test_overrules_all_that_keeps_a_sender_out(self):
        self.env["helpdesk.deny.rule"].create({"pattern": "elsewhere.example", "match": "domain"})
        self.inbox.write(
            {
                "allowed_domains": "firm.example",
                "unknown_policy": "refuse",
                "auto_reply_words": "holiday",
                "auto_reply_senders": STRANGER,
            }
        )
        self.refused(self.of(STRANGER), "auto_reply_sender")
        self.inbox.auto_reply_senders = False
        self.refused(self.of(STRANGER, subject="2"), "denied")
        self.accept(STRANGER)
        self.inbox.auto_reply_senders = STRANGER
        item = self.taken(self.of(STRANGER, subject="holiday"))
        self.assertFalse(item.automatic)
        self.assertIn("Deny rule", self.row(item).explanation, "says what was overruled")
        self.assertFalse(self.row(item).deny_rule_id, "it counts for no rule")

    def test_not_where_the_sender_is_forged(self):
        self.accept(STRANGER)
        self.inbox.write({"allowed_domains": "firm.example", "own_mail_hosts": HOST})
        self.refused(received(self.of(STRANGER), "fail"), "domain_not_allowed")
        self.taken(received(self.of(STRANGER, subject="2"), "pass"))

    def test_banning_and_accepting_exclude_each_other(self):
        recipient = self.accept(STRANGER)
        recipient.action_ban()
        self.assertFalse(recipient.is_accepted)
        recipient.action_accept()
        self.assertFalse(recipient.is_banned)
        with self.assertRaisesRegex(ValidationError, "banned and always accepted at once"):
            recipient.write({"is_banned": True, "is_accepted": True})
        recipient.action_unaccept()
        self.assertFalse(recipient.is_accepted)

    def test_only_administrators_overrule_the_deny_list(self):
        recipient = self.accept(STRANGER, is_accepted=False)
        as_agent = recipient.with_user(self.agent)
        with self.assertRaises(AccessError):
            as_agent.action_accept()
        with self.assertRaises(AccessError):
            as_agent.create({"email": "x@y.example", "is_accepted": True})
        recipient.action_accept()
        as_agent.action_unaccept()
        self.assertFalse(recipient.is_accepted)
