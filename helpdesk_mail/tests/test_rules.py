# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What rules do with the mail of an inbox, as its administrator and its customers see it."""

import datetime
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import intake
from ..intake import reasons, road
from ..transport import RawMail
from .common import CUSTOMER, SUPPORT, write_bounce, write_mail
from .rules_case import RulesCase

INVOICE = [("subject", "ilike", "invoice")]


@tagged("post_install", "-at_install")
class TestConditions(RulesCase):
    """*Ordered conditions on any part of the parsed mail and its sender.*"""

    def holds(self, domain, source=None, **values):
        rule = self.rule(domain, tag_ids=[Command.link(self.urgent.id)], **values)
        item = self.take_one(source or write_mail())
        rule.unlink()
        return self.urgent in self.ticket(item).tag_ids

    def test_each_part(self):
        source = write_mail(
            sender="Änna Example <anna@sub.kunde.example>",
            to=f"{SUPPORT}, sales@desk.example",
            cc="Boss <boss@kunde.example>",
            subject="Invoice 17 überfällig",
            text="Please pay.\n\nOn Mon, 2 Mar 2026 at 09:00, Support wrote:\n> It burns\n",
            files=[("invoice.pdf", b"x" * 5000)],
            headers={
                "Importance": "high",
                "X-Spam-Flag": "YES",
                "List-Id": "<news.kunde.example>",
                "Accept-Language": "de-DE, en",
            },
        )
        for domain in (
            [("sender_email", "=", "anna@sub.kunde.example")],
            [("sender_domain", "=like", "%.kunde.example")],
            [("sender_name", "ilike", "änna")],
            [("subject", "ilike", "ÜBERFÄLLIG")],
            [("body", "ilike", "please pay")],
            [("new_text", "not ilike", "burns")],
            [("to", "ilike", "sales@desk")],
            [("cc", "ilike", "boss@kunde.example")],
            [("recipients", "ilike", "sales@desk.example")],
            [("headers", "ilike", "X-Spam-Flag: yes")],
            [("kind", "=", "message")],
            [("importance", "=", "high")],
            [("mailing_list", "=", True)],
            [("is_automatic", "=", False)],
            [("has_attachment", "=", True)],
            [("attachment_names", "ilike", ".pdf")],
            [("attachment_count", "=", 1)],
            [("size_kb", ">=", 5), ("size_kb", "<", 50)],
            [("language", "=like", "de%")],
            [("date", "<", "2026-03-03 00:00:00")],
            [("date", "<", "today +3650d")],
            [("hour", ">=", 0)],
            [("weekday", "in", list("0123456"))],
            [("is_reply", "=", False)],
            [("is_agent", "=", False)],
            [("is_known", "=", False)],
            [("partner_id", "=", False)],
            [("inbox_id.email", "=", SUPPORT)],
            ["|", ("subject", "=", "no"), "!", ("body", "ilike", "no such words")],
        ):
            with self.subTest(domain):
                changed = source.replace(b"<mail", b"<m%d" % hash(str(domain)))
                self.assertTrue(self.holds(domain, changed))
                changed = source.replace(b"<mail", b"<n%d" % hash(str(domain)))
                self.assertFalse(self.holds(["!", *(["&"] * (len(domain) == 2)), *domain], changed))

    def test_the_customer(self):
        """Whatever Odoo knows of the customer can be asked, its company included."""
        self.assertTrue(self.holds([("partner_id", "=", self.anna.id)]))
        self.assertTrue(self.holds([("partner_id.parent_id.name", "=", "Kunde Inc")]))
        self.assertTrue(self.holds([("partner_id", "child_of", self.kunde.id)]))
        self.assertTrue(self.holds([("is_known", "=", True)]))
        stranger = write_mail(sender="new@else.example")
        self.assertFalse(self.holds([("partner_id", "child_of", self.kunde.id)], stranger))

    def test_the_ticket_that_it_answers(self):
        ticket = self.new_ticket(write_mail(message_id="<first@kunde.example>"))
        rule = self.rule(
            [("ticket_id.team_id", "=", self.team.id), ("is_reply", "=", True)],
            applies_to="both",
            lines={"priority": "Very High"},
        )
        self.take_one(write_mail(answers="<first@kunde.example>"))
        self.assertEqual(ticket.priority, "3")
        self.assertEqual(rule.hits_total, 1)

    def test_verified_and_forged(self):
        self.inbox.own_mail_hosts = "mx.desk.example"
        results = b"Authentication-Results: mx.desk.example; dmarc=fail header.from=kunde.example"
        received = b"Received: from x.example (x.example [1.2.3.4]) by mx.desk.example; "
        source = results + b"\r\n" + received + b"2 Mar 2026 10:00:00 +0100\r\n" + write_mail()
        self.assertTrue(self.holds([("verification", "=", "fail")], source))

    def test_office_hours(self):
        """The hour is that of the company, whatever the mail says."""
        self.company.partner_id.tz = "Asia/Tokyo"
        rule = self.rule(
            [("hour", "=", 3), ("weekday", "=", "1")], tag_ids=[Command.link(self.urgent.id)]
        )
        inbox = self.inbox.with_user(1)
        arrived = datetime.datetime(2026, 3, 2, 18, 30, tzinfo=datetime.UTC)  # a Monday
        source = write_mail()
        raw = RawMail(source=source, size=len(source), received_at=arrived)
        door = intake.Door(inbox, inbox.env["helpdesk.mail.folder"], "gateway")
        (item,) = intake.take_in(inbox.env, door, [raw])
        self.assertEqual(item.rule_ids, rule.ids)

    def test_new_mail_replies_or_both(self):
        for applies_to, expected in (("new", 1), ("replies", 1), ("both", 2)):
            rule = self.rule(applies_to=applies_to)
            first = write_mail(message_id=f"<{applies_to}@kunde.example>")
            self.take(first, write_mail(answers=f"<{applies_to}@kunde.example>"))
            self.assertEqual(rule.hits_total, expected, applies_to)

    def test_regular_expression(self):
        """At its place, together with the conditions."""
        for place, pattern, expected in (
            ("subject", r"^printer", False),
            ("subject", r"printer\b.*burns$", True),
            ("body", r"help\.?\s*$", True),
            ("sender", r"^anna@", True),
            ("sender", r"^Anna\s+K", True),
            ("headers", r"^to:.*support@", True),
            ("headers", r"^x-spam-flag:\s*yes", False),
            ("recipients", r"^support@desk", True),
            ("attachment_names", r"\.exe$", False),
        ):
            with self.subTest(pattern):
                found = self.holds(
                    [("is_known", "=", True)], pattern=pattern, pattern_location=place
                )
                self.assertEqual(found, expected)
        self.assertFalse(self.holds([("is_known", "=", False)], pattern="printer"))

    def test_an_expression_that_would_run_away(self):
        """It is refused when saved, in plain words."""
        with self.assertRaisesRegex(ValidationError, "My rule.*(?s:.)*repeat inside a repeat"):
            self.rule(pattern="(a+)+$")
        self.rule(pattern=r"\d{4,}")

    def test_many_expressions_at_one_place(self):
        """Each that matches holds, not just the first."""
        rules = [
            self.rule(pattern=pattern, name=pattern)
            for pattern in ("printer", "^the", "burns$", "nothing", r"p\w+r", "the printer burns")
        ]
        item = self.take_one()
        matched = [rule.name for rule in rules if rule.id in item.rule_ids]
        self.assertEqual(matched, ["printer", "^the", "burns$", r"p\w+r", "the printer burns"])

    def test_conditions_that_are_none(self):
        for domain in ("[('nothing', '=', 1)]", "[('subject', '=', uid)]", "hello"):
            with self.assertRaisesRegex(ValidationError, "conditions of the rule"):
                self.rule().domain = domain

    def test_nobody_asks_what_they_may_not_read(self):
        """A rule would tell it by what it does."""
        admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        rule = self.rule().with_user(admin)
        rule.domain = "[('partner_id.name', '=', 'x')]"
        for path in ("partner_id.signup_type", "inbox_id.push_token_hash"):
            with self.assertRaisesRegex(ValidationError, "may not read"):
                rule.domain = repr([(path, "ilike", "a")])
        with self.assertRaisesRegex(ValidationError, "may not read"):
            rule.domain = (
                "[('ticket_id', 'any', [('inbox_id', 'any', [('push_token_hash', '=', 'a')])])]"
            )

    def test_order_and_stop(self):
        self.rule(name="second", sequence=2, lines={"priority": "Low"}, stop=True)
        self.rule(name="third", sequence=3, lines={"priority": "Medium"})
        self.rule(name="first", sequence=1, lines={"priority": "High"})
        item = self.take_one()
        self.assertEqual(self.ticket(item).priority, "0")
        names = [step.values["rule"] for step in item.trace if step.code == "rule_matched"]
        self.assertEqual(names, ["first", "second"])

    def test_rules_of_all_inboxes(self):
        other = self.new_inbox(email="sales@desk.example")
        everywhere = self.rule(inbox_id=False, name="everywhere")
        here = self.rule(name="here")
        archived = self.rule(name="archived", active=False)
        foreign = self.env["res.company"].create({"name": "Other company"})
        theirs = self.rule(inbox_id=False, company_id=foreign.id, name="theirs")
        self.assertEqual(self.take_one().rule_ids, [everywhere.id, here.id])
        self.assertEqual(self.take_one(inbox=other).rule_ids, [everywhere.id])
        self.assertFalse(archived.hits_total + theirs.hits_total)
        self.assertEqual((everywhere.hits_total, here.hits_total), (2, 1))
        self.assertTrue(everywhere.last_hit)

    def test_the_trace_names_each_rule_that_was_tried(self):
        self.rule(INVOICE, name="About invoices")
        self.rule([("subject", "ilike", "fire")], name="About fires")
        self.rule([("body", "ilike", "burns")], name="Burns", lines={"priority": "High"})
        item = self.take_one()
        (tried,) = [step for step in item.trace if step.code == "rules_tried"]
        self.assertEqual(tried.values["rules"], "About invoices, About fires")
        row = self.row(item)
        self.assertIn('The rule "Burns" holds. The rule "Burns" set: Priority.', row.explanation)
        self.assertNotIn("About fires", row.explanation)
        self.assertIn("About fires", row.trace_text)


@tagged("post_install", "-at_install")
class TestActions(RulesCase):
    """*Set field, assign, tag, add follower, answer with a template, refuse with or without
    answer, move to a folder on the server, stop.*
    """

    def test_team_user_tags_and_fields(self):
        self.rule(
            INVOICE,
            team_id=self.billing.id,
            user_id=self.agent.id,
            tag_ids=[Command.set((self.money + self.urgent).ids)],
            lines={
                "priority": "high",
                "category_id": "invoices",
                "properties.contract": "K-17",
                "properties.vip": "yes",
                "partner_name": "Accounts",
            },
        )
        ticket = self.new_ticket(write_mail(subject="Invoice 17"))
        self.assertEqual(ticket.team_id, self.billing)
        self.assertIn(ticket.stage_id, self.billing._get_applicable_stages())
        self.assertEqual(ticket.user_id, self.agent)
        self.assertEqual(ticket.tag_ids, self.money + self.urgent)
        self.assertEqual(ticket.priority, "2")
        self.assertEqual(ticket.category_id, self.category)
        self.assertEqual(ticket.partner_name, "Accounts")
        self.assertEqual(dict(ticket.properties), {"contract": "K-17", "vip": True})
        self.assertEqual(ticket.partner_id, self.anna, "whose ticket it is, no rule decides")
        self.assertIn("set: Team, Priority, Category, Contract, VIP", ticket.mail_explanation)

    def test_a_reply(self):
        ticket = self.new_ticket(write_mail(message_id="<r1@kunde.example>"))
        ticket.tag_ids = self.money
        self.rule(
            [("new_text", "ilike", "urgent")],
            applies_to="replies",
            team_id=self.billing.id,
            user_id=self.agent.id,
            tag_ids=[Command.link(self.urgent.id)],
            follower_ids=[Command.link(self.bert.id)],
            lines={"priority": "Very High", "properties.vip": "yes"},
        )
        item = self.take_one(write_mail(answers="<r1@kunde.example>", text="Now it is urgent!"))
        self.assertEqual(item.outcome, "appended")
        self.assertEqual(ticket.team_id, self.billing)
        self.assertEqual(ticket.user_id, self.agent)
        self.assertEqual(ticket.priority, "3")
        self.assertEqual(ticket.tag_ids, self.money + self.urgent)
        self.assertTrue(ticket.properties["vip"])
        self.assertIn(self.bert, ticket.message_partner_ids)

    def test_a_reply_in_the_batch_of_its_ticket(self):
        self.rule(applies_to="replies", lines={"priority": "Low"})
        first, second = self.take(
            write_mail(message_id="<b1@kunde.example>"),
            write_mail(answers="<b1@kunde.example>"),
        )
        self.assertEqual(self.ticket(second), self.ticket(first))
        self.assertEqual(self.ticket(first).priority, "0")

    def test_followers_get_the_very_mail(self):
        """Of an open ticket; of its opening, as all followers in Odoo, they are not told."""
        boss = self.env["res.partner"].create({"name": "Boss", "email": "boss@else.example"})
        self.take_one(write_mail(message_id="<f1@kunde.example>"))
        self.rule(follower_ids=[Command.link(boss.id)], applies_to="both")
        self.assertIn(boss, self.new_ticket().message_partner_ids)
        item = self.take_one(write_mail(answers="<f1@kunde.example>"))
        self.assertIn(boss, self.ticket(item).message_partner_ids)
        self.assertIn(boss, self.message(item).notified_partner_ids)

    def test_ordinary_road(self):
        """Where other add-ons are installed, rules do the same."""
        self.batch_road.return_value = ["mail.thread.message_new"]
        self.rule(
            applies_to="both",
            team_id=self.billing.id,
            tag_ids=[Command.link(self.urgent.id)],
            follower_ids=[Command.link(self.bert.id)],
            lines={"properties.contract": "X"},
        )
        ticket = self.new_ticket(write_mail(message_id="<o1@kunde.example>"))
        for _time in range(2):
            self.assertEqual(ticket.team_id, self.billing)
            self.assertEqual(ticket.tag_ids, self.urgent)
            self.assertEqual(ticket.properties["contract"], "X")
            self.assertIn(self.bert, ticket.message_partner_ids)
            ticket.write({"team_id": self.team.id, "tag_ids": [Command.clear()]})
            ticket.message_unsubscribe(self.bert.ids)
            self.take_one(write_mail(answers="<o1@kunde.example>"))

    def test_fields_that_no_rule_sets(self):
        """Neither whose ticket it is, nor the text of the mail."""
        offered = dict(self.env["helpdesk.inbox.rule.line"]._field_selection())
        for name in ("partner_id", "company_id", "recipient_id", "access_token", "description"):
            self.assertNotIn(name, offered)
            with self.assertRaisesRegex(ValidationError, "cannot set that"):
                self.rule(lines={name: "x"})
        self.assertIn("category_id", offered)
        self.assertIn("properties.vip", offered)

    def test_a_value_that_does_not_fit(self):
        """A type check when saved."""
        for name, value in (
            ("priority", "enormous"),
            ("category_id", "No such category"),
            ("properties.vip", "perhaps"),
        ):
            with self.assertRaisesRegex(ValidationError, "does not fit"):
                self.rule(lines={name: value})

    # ------------------------------------------------------------------
    # refuse
    # ------------------------------------------------------------------

    def test_refuse_silently(self):
        rule = self.rule(INVOICE, refuse="silently", name="No invoices", lines={"priority": "High"})
        with self.mock_mail_gateway():
            item = self.take_one(write_mail(subject="Invoice 17"))
        row = self.row(item)
        self.assertEqual((row.outcome, row.reason), ("ignored", "rule_refused"))
        self.assertEqual(row.explanation.count("No invoices"), 1)
        self.assertTrue(row.raw, "kept whole, for whoever wants it after all")
        self.assertFalse(row.ticket_id)
        self.assertFalse(self._new_mails)
        self.assertEqual(rule.hits_total, 1)

    def test_refuse_ends_the_rules(self):
        self.rule(refuse="silently", sequence=1)
        later = self.rule(sequence=2)
        self.take_one()
        self.assertFalse(later.hits_total)

    def test_always_accepted(self):
        """Somebody said that mail of this sender is always wanted: no rule refuses it."""
        self.rule(refuse="silently")
        self.rule(sequence=20, lines={"priority": "High"})
        self.accept_everybody()
        item = self.take_one()
        self.assertEqual(item.outcome, "created")
        self.assertIn("rule_accepted", self.codes(item))
        self.assertEqual(self.ticket(item).priority, "2", "the rules behind it are tried")

    def accept_everybody(self):
        """Let each sender be one whose mail is always accepted."""
        run = road.identify.run

        def accepting(batch):
            run(batch)
            for item in batch.items:
                item.accepted = True

        self.startPatcher(patch.object(road.identify, "run", accepting))

    def test_agents_are_never_refused(self):
        self.rule(refuse="silently", applies_to="both")
        item = self.take_one(write_mail(sender="agent@staff.example"))
        self.assertEqual(item.outcome, "created")
        self.assertIn("rule_agent", self.codes(item))

    def test_what_answers_a_refused_mail_is_a_ticket_of_its_own(self):
        self.rule([("subject", "=", "Refuse me")], refuse="silently")
        self.rule([("is_reply", "=", False)], tag_ids=[Command.link(self.urgent.id)])
        first, second = self.take(
            write_mail(subject="Refuse me", message_id="<refused@kunde.example>"),
            write_mail(subject="Re: Refuse me", answers="<refused@kunde.example>"),
        )
        self.assertEqual((first.outcome, second.outcome), ("ignored", "created"))
        self.assertEqual(self.ticket(second).tag_ids, self.urgent)

    def test_refuse_with_an_answer(self):
        self.rule(INVOICE, refuse="answer", answer_template_id=self.refusal.id)
        with self.mock_mail_gateway():
            item = self.take_one(write_mail(subject="Invoice", message_id="<i1@kunde.example>"))
        (mail,) = self._new_mails
        self.assertEqual(mail.email_to, "anna@kunde.example")
        self.assertIn(SUPPORT, mail.email_from)
        self.assertEqual(mail.subject, "Not here")
        self.assertIn("<b>that</b>", mail.body_html)
        self.assertIn("'Auto-Submitted': 'auto-replied'", mail.headers)
        self.assertIn("'In-Reply-To': '<i1@kunde.example>'", mail.headers)
        self.assertEqual(mail.state, "outgoing", "through the queue")
        self.assertTrue(self.row(item).is_answered)
        self.assertIn("answers it with the template", self.row(item).explanation)

    def test_refusals_are_answered_once_a_day(self):
        self.rule(refuse="answer", answer_template_id=self.refusal.id)
        with self.mock_mail_gateway():
            items = [*self.take(write_mail(), write_mail()), self.take_one()]
            self.take_one(write_mail(sender="other@else.example"))
        self.assertEqual(
            sorted(self._new_mails.mapped("email_to")), ["anna@kunde.example", "other@else.example"]
        )
        self.assertIn("as many answers lately", self.row(items[1]).explanation)
        rows = self.env["helpdesk.incoming.mail"].search([])
        self.env.cr.execute(
            "UPDATE helpdesk_incoming_mail SET create_date = create_date - interval '2 days'"
            " WHERE id = ANY(%s)",
            [rows.ids],
        )
        with self.mock_mail_gateway():
            self.take_one()
        self.assertEqual(len(self._new_mails), 1)

    def test_never_answered(self):
        """Automatic mail, lists, no-reply addresses, our own, and mail of before the activation."""
        self.rule(refuse="answer", answer_template_id=self.refusal.id, name="refusing")
        sales = self.new_inbox(email="sales@desk.example")
        self.inbox.auto_reply_policy = "ticket"
        with self.mock_mail_gateway():
            items = self.take(
                write_mail(headers={"Auto-Submitted": "auto-generated"}),
                write_mail(headers={"List-Id": "<l.example>", "Precedence": "list"}),
                write_mail(sender="no-reply@shop.example"),
                write_mail(sender=sales.email),
                write_mail(headers={"X-Auto-Response-Suppress": "All"}),
                write_mail(headers={"Return-Path": "<>"}),
            )
            items += self.take(write_mail(), history=True, door="import")
        self.assertFalse(self._new_mails)
        self.assertEqual({item.reason for item in items}, {"rule_refused"})

    def test_forged_senders_are_not_answered(self):
        """They did not write to us."""
        self.inbox.own_mail_hosts = "mx.desk.example"
        self.rule(refuse="answer", answer_template_id=self.refusal.id)
        results = b"Authentication-Results: mx.desk.example; dmarc=fail header.from=kunde.example"
        received = b"Received: from x.example (x.example [1.2.3.4]) by mx.desk.example; "
        source = results + b"\r\n" + received + b"2 Mar 2026 10:00:00 +0100\r\n" + write_mail()
        with self.mock_mail_gateway():
            item = self.take_one(source)
        self.assertEqual(item.reason, "rule_refused")
        self.assertFalse(self._new_mails)

    def test_delivery_reports_meet_no_rule(self):
        self.rule(refuse="silently", applies_to="both")
        item = self.take_one(write_bounce("<x@desk.example>", "anna@kunde.example"))
        self.assertEqual(item.outcome, "bounce")

    # ------------------------------------------------------------------
    # answer
    # ------------------------------------------------------------------

    def test_answer_a_new_ticket(self):
        """Instead of *Request received*: one mail gets one automatic answer."""
        self.rule(INVOICE, answers=True, answer_template_id=self.answer_template.id)
        with self.mock_mail_gateway():
            item = self.take_one(write_mail(subject="Invoice", message_id="<a1@kunde.example>"))
        ticket = self.ticket(item)
        (mail,) = self._new_mails.filtered(lambda mail: mail.email_to == "anna@kunde.example")
        self.assertIn(f"Your {ticket.number}", mail.subject)
        self.assertIn("<b>that</b>", mail.body_html)
        self.assertIn("auto-replied", mail.headers)
        self.assertEqual(mail.references, "<a1@kunde.example>")
        self.assertIn(mail.mail_message_id, ticket.message_ids, "the ticket shows what was said")

    def test_answer_a_reply(self):
        ticket = self.new_ticket(write_mail(message_id="<p1@kunde.example>"))
        self.rule(applies_to="replies", answers=True, answer_template_id=self.answer_template.id)
        with self.mock_mail_gateway():
            self.take_one(write_mail(sender="bert@kunde.example", answers="<p1@kunde.example>"))
        (mail,) = self._new_mails.filtered("email_to")
        self.assertEqual(mail.email_to, "bert@kunde.example", "whoever wrote this mail")
        self.assertEqual(mail.mail_message_id.res_id, ticket.id)

    def test_two_robots(self):
        """Who is answered again and again is answered no more: within an hour, within two."""
        self.take_one(write_mail(message_id="<q1@kunde.example>"))
        self.rule(applies_to="both", answers=True, answer_template_id=self.answer_template.id)
        with self.mock_mail_gateway():
            for _time in range(8):
                item = self.take_one(write_mail(answers="<q1@kunde.example>"))
        self.assertEqual(len(self._new_mails), 4, "five notices an hour, Request received is one")
        self.assertIn("as many answers lately", self.row(item).explanation)
        with self.mock_mail_gateway():
            for _time in range(13):
                self.take_one(write_mail(sender="robot@else.example"))
        to_robot = self._new_mails.filtered(lambda mail: mail.email_to == "robot@else.example")
        self.assertEqual(len(to_robot), 10)

    def test_answers_need_their_template(self):
        for values in (
            {"answers": True},
            {"refuse": "answer"},
            {"answers": True, "answer_template_id": self.refusal.id},
            {"refuse": "answer", "answer_template_id": self.answer_template.id},
        ):
            with self.assertRaises(ValidationError):
                self.rule(**values)

    # ------------------------------------------------------------------
    # move
    # ------------------------------------------------------------------

    def test_move_to_a_folder(self):
        """The road decides; the visit of the mailbox does it (tests/road)."""
        self.rule(move_to_folder="Done")
        item = self.take_one(door="imap")
        self.assertEqual(item.move_to, "Done")
        self.assertTrue(self.row(item).raw, "we keep what leaves the folder that we know")
        self.assertIn("moves to the folder Done", self.row(item).explanation)
        for door in ("pop3", "gateway", "push", "import"):
            item = self.take_one(door=door)
            self.assertFalse(item.move_to)
            self.assertIn("not moved", self.row(item).explanation)

    def test_taken_in_again(self):
        """Mail that leaves quarantine is moved as well, by the next visit."""
        self.rule(move_to_folder="Done")
        folder = self.env["helpdesk.mail.folder"].create(
            {"inbox_id": self.inbox.id, "name": "INBOX", "uidvalidity": "7"}
        )
        source = write_mail(subject="poison")
        raw = RawMail(source=source, size=len(source), uid="12", uidvalidity="7", folder="INBOX")
        inbox = self.inbox.with_user(1)
        door = intake.Door(inbox, folder.with_env(inbox.env), "imap")
        with self.poison("poison"):
            (item,) = intake.take_in(inbox.env, door, [raw])
        self.assertEqual(item.outcome, "quarantined")
        self.row(item).action_retry()
        self.assertEqual(self.row(item).outcome, "created")
        self.assertTrue(self.row(item).raw)
        self.assertEqual(folder.pending_moves, {"Done": ["12"]})

    def test_no_folder_on_itself(self):
        inbox = self.new_inbox(email="box@desk.example", kind="forwarded")
        inbox.write({"kind": "mailbox", "folder": "Desk", "host": "imap.example", "username": "x"})
        for folder in ("Desk", " Desk", "a\nb", "x" * 300):
            with self.assertRaises(ValidationError):
                self.rule(inbox_id=inbox.id, move_to_folder=folder)


@tagged("post_install", "-at_install")
class TestBroken(RulesCase):
    """*The ticket is still created, the trace says what was left out, the administrator is told
    once.*
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        cls.inbox.administrator_ids = cls.admin

    def told(self):
        return self.env["mail.activity"].search(
            [("res_model", "=", "helpdesk.inbox"), ("user_id", "=", self.admin.id)]
        )

    def check_told_once(self, rule, words):
        for _time in range(3):
            item = self.take_one()
            self.assertEqual(item.outcome, "created", item.error)
            self.assertIn(words, self.row(item).explanation)
        (activity,) = self.told()
        self.assertEqual(activity.res_id, self.inbox.id)
        self.assertIn(words, activity.note)
        self.assertIn(words, self.inbox.message_ids[0].body)
        (problem,) = self.inbox.problem_ids
        self.assertIn(words, problem.sentence)
        return item

    def test_the_team_is_archived(self):
        rule = self.rule(team_id=self.billing.id, lines={"priority": "High"})
        self.billing.active = False
        item = self.check_told_once(rule, "its team is no longer there, or archived")
        self.assertEqual(self.ticket(item).team_id, self.team)
        self.assertEqual(self.ticket(item).priority, "2", "the rest of the rule is done")

    def test_the_user_is_gone(self):
        rule = self.rule(user_id=self.agent.id)
        self.agent.active = False
        item = self.check_told_once(rule, "the user to whom it assigns")
        self.assertFalse(self.ticket(item).user_id)

    def test_the_tag_and_the_follower_are_archived(self):
        rule = self.rule(
            tag_ids=[Command.set((self.money + self.urgent).ids)],
            follower_ids=[Command.link(self.bert.id)],
        )
        self.money.active = False
        self.bert.active = False
        item = self.take_one()
        self.assertEqual(self.ticket(item).tag_ids, self.urgent)
        self.assertNotIn(self.bert, self.ticket(item).message_partner_ids)
        explanations = " ".join(self.inbox.problem_ids.mapped("sentence"))
        self.assertIn("a tag", explanations)
        self.assertIn("a follower", explanations)
        self.assertTrue(rule)

    def test_the_template_is_deleted(self):
        rule = self.rule(answers=True, answer_template_id=self.answer_template.id)
        self.answer_template.unlink()
        self.check_told_once(rule, "its template")

    def test_the_template_of_a_refusal_is_deleted(self):
        self.rule(refuse="answer", answer_template_id=self.refusal.id)
        self.refusal.unlink()
        with self.mock_mail_gateway():
            item = self.take_one()
        self.assertEqual(item.reason, "rule_refused")
        self.assertFalse(self._new_mails.filtered(lambda mail: mail.email_to == CUSTOMER))
        self.assertIn("its template", self.inbox.problem_ids.sentence)

    def test_the_field_is_removed(self):
        """The line stays, marked, for people to see."""
        rule = self.rule(lines={"priority": "High"})
        self.env.cr.execute("UPDATE helpdesk_inbox_rule_line SET field_name = 'x_gone'")
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.check_told_once(rule, "x_gone was left out")
        selection = dict(self.env["helpdesk.inbox.rule.line"]._field_selection())
        self.assertEqual(selection["x_gone"], "x_gone (no longer there)")
        self.assertEqual(rule.line_ids.field_name, "x_gone")
        rule.line_ids.unlink()
        self.assertFalse(self.inbox.problem_ids, "solved")

    def test_the_value_no_longer_fits(self):
        rule = self.rule(lines={"category_id": "Invoices"})
        self.category.name = "Bills"
        self.check_told_once(rule, '"Invoices" does not fit')

    def test_a_condition_on_a_removed_field(self):
        rule = self.rule(INVOICE, refuse="silently")
        self.env.cr.execute(
            "UPDATE helpdesk_inbox_rule SET domain = %s WHERE id = %s",
            ["[('x_gone', '=', 1)]", rule.id],
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.check_told_once(rule, "was left out: ")

    def test_told_again_once_the_rule_was_changed(self):
        rule = self.rule(team_id=self.billing.id)
        self.billing.active = False
        self.take_one()
        self.assertTrue(self.inbox.problem_ids)
        rule.name = "Changed"
        self.assertFalse(self.inbox.problem_ids)
        self.take_one()
        self.assertEqual(len(self.told()), 2)

    @mute_logger("odoo.addons.helpdesk_mail.intake.road")
    def test_telling_fails(self):
        """No mail is held up because nobody can be told."""
        self.rule(team_id=self.billing.id)
        self.billing.active = False
        Inbox = type(self.env["helpdesk.inbox"])
        with patch.object(Inbox, "activity_schedule", side_effect=ValueError("no such type")):
            self.assertEqual(self.take_one().outcome, "created")
        self.assertFalse(self.inbox.problem_ids)

    def test_taken_off_the_list(self):
        self.rule(team_id=self.billing.id)
        self.billing.active = False
        self.take_one()
        self.assertIn("A part of the rule", self.inbox.problem_words)
        self.inbox.with_user(self.admin).action_problems_solved()
        self.assertFalse(self.inbox.problem_ids)

    def test_the_administrator_of_other_customers(self):
        """A rule hands no ticket to who may not see it."""
        partner = self.env["res.partner"].create({"name": "Elsewhere"})
        self.agent.helpdesk_partner_ids = partner
        self.rule(user_id=self.agent.id, applies_to="both")
        item = self.take_one(write_mail(message_id="<s1@kunde.example>"))
        self.assertFalse(self.ticket(item).user_id)
        self.assertIn("rule_out_of_scope", self.codes(item))
        item = self.take_one(write_mail(answers="<s1@kunde.example>"))
        self.assertEqual(item.outcome, "appended")
        self.assertFalse(self.ticket(item).user_id)

    def test_a_plain_door_tries_no_rule(self):
        """What makes a ticket impossible is left out at the second try."""
        self.rule(refuse="silently")
        self.assertEqual(self.take_one(plain=True).outcome, "created")

    @mute_logger("odoo.sql_db")
    def test_nothing_is_written_by_a_rehearsal(self):
        """Simulate sees the same steps, and tells nobody."""
        self.rule(team_id=self.billing.id, answers=True, answer_template_id=self.answer_template.id)
        self.rule(name="to Done", move_to_folder="Done", lines={"priority": "High"})
        self.billing.active = False
        inbox = self.inbox.with_user(1)
        source = write_mail()
        raw = RawMail(source=source, size=len(source))
        door = intake.Door(inbox, inbox.env["helpdesk.mail.folder"], "imap")
        with self.mock_mail_gateway():
            simulated = intake.simulate(inbox.env, door, raw)
            self.assertFalse(self.inbox.problem_ids)
            self.assertFalse(self._new_mails.exists())
        (taken,) = intake.take_in(inbox.env, door, [raw])
        self.assertEqual(
            [step[:2] for step in simulated.steps if step[0] in ("rules", "map")],
            [(step.stage, step.code) for step in taken.trace if step.stage in ("rules", "map")],
        )
        self.assertEqual(taken.ticket_values["priority"], "2")
        self.assertEqual(taken.move_to, "Done")


@tagged("post_install", "-at_install")
class TestCost(RulesCase):
    def batch_queries(self, count):
        sources = [write_mail(sender=f"c{n}@many.example") for n in range(count)]
        self.env.flush_all()
        self.env.invalidate_all()
        self.take(write_mail())
        before = self.env.cr.sql_log_count
        self.take(*sources)
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_queries(self):
        """No query for an inbox without rules, and a few for a batch whatever its size."""
        self.inbox.notify_request_received = False
        self.batch_queries(5)
        without = self.batch_queries(20)
        for number in range(50):
            self.rule([("subject", "ilike", f"word {number}")])
        self.batch_queries(5)
        self.assertLessEqual(self.batch_queries(20), without, "rules that do not hold")
        self.rule(
            [("subject", "ilike", "printer")],
            team_id=self.team.id,
            tag_ids=[Command.link(self.urgent.id)],
            lines={"priority": "High"},
        )
        self.batch_queries(5)
        few, many = self.batch_queries(20), self.batch_queries(40)
        twice_without = without + self.batch_queries(0)
        self.assertLessEqual(few - without, 5, "rules that hold: few for the batch")
        self.assertTrue(many and twice_without)

    def test_reasons_have_sentences(self):
        for code in ("rule_matched", "rule_refused", "rule_gone", "rules_tried"):
            self.assertIn(code, reasons.REASONS)
