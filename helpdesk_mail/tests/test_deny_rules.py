# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The deny list: what it refuses, what may stand on it, and who changes it."""

import datetime

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..intake import deny
from .common import CUSTOMER, SUPPORT, write_mail
from .deny_case import SPAMMER, DenyCase


class TestDenied(DenyCase):
    def test_denied_sender_opens_no_ticket_and_the_log_says_why(self):
        """ "email address was added to Deny list in Config → Helpdesk → Inboxes. Ticket from these
        email will not be created"
        """
        rule = self.rule(SPAMMER)
        item = self.take_one(write_mail(sender=f"Anna <{SPAMMER.upper()}>"))
        self.assertEqual((item.outcome, item.reason), ("ignored", "denied"))
        row = self.row(item)
        self.assertEqual(row.deny_rule_id, rule)
        self.assertIn(f'the deny rule "{SPAMMER}" covers this mail', row.explanation)
        self.assertTrue(row.raw, "kept, in case the rule was wrong")
        self.assertFalse(self.ticket(item))

    def test_column_in_deny_list(self):
        """ "the status yes in the column in deny list" """
        recipients = self.env["helpdesk.recipient"].create(
            [{"email": SPAMMER}, {"email": "other@good.example"}]
        )
        self.assertFalse(any(recipients.mapped("in_deny_list")))
        self.rule("spam.example", "domain")
        recipients.invalidate_recordset()
        self.assertEqual(recipients.mapped("in_deny_list"), [True, False])

    def test_rule_is_gone_at_once(self):
        rule = self.rule(SPAMMER)
        self.assertEqual(self.outcome(), "ignored")
        rule.active = False
        self.assertEqual(self.outcome(subject="2"), "created")
        rule.active = True
        self.assertEqual(self.outcome(subject="3"), "ignored")
        rule.unlink()
        self.assertEqual(self.outcome(subject="4"), "created")

    # no midnight in the middle of it
    @freeze_time("2026-03-02 12:00:00")
    def test_expired_rule_does_nothing(self):
        today = fields.Date.today()
        rule = self.rule(SPAMMER, expiry_date=today)
        self.assertEqual(self.outcome(), "ignored", "its last day")
        rule.expiry_date = today - datetime.timedelta(days=1)
        self.assertTrue(rule.is_expired)
        self.assertEqual(self.outcome(subject="2"), "created")
        Rule = self.env["helpdesk.deny.rule"]
        self.assertEqual(Rule.search([("is_expired", "=", True)]), rule)
        self.assertNotIn(rule, Rule.search([("is_expired", "=", False)]))
        recipient = self.env["helpdesk.recipient"].search([("email", "=", SPAMMER)])
        self.assertFalse(recipient.in_deny_list)
        self.assertFalse(recipient.search([("in_deny_list", "=", True)]))

    def test_a_rule_ends_by_itself_at_midnight(self):
        today = fields.Date.today()
        self.rule(SPAMMER, expiry_date=today)
        Rule = self.env["helpdesk.deny.rule"]
        plus = self.company.helpdesk_mail_plus_addressing
        ids = (self.company.id, self.inbox.id)
        self.assertTrue(Rule._compiled(*ids, today, plus).of_sender(SPAMMER))
        tomorrow = today + datetime.timedelta(days=1)
        self.assertFalse(Rule._compiled(*ids, tomorrow, plus).of_sender(SPAMMER))

    def test_rule_of_one_inbox_holds_there_alone(self):
        other = self.new_inbox(email="sales@desk.example", name="Sales", accept_copies=True)
        self.rule(SPAMMER, inbox_id=other.id)
        self.assertEqual(self.outcome(), "created")
        item = self.take_one(write_mail(sender=SPAMMER, to=other.email), inbox=other)
        self.assertEqual(item.outcome, "ignored")

    def test_rule_of_another_company_holds_not_here(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["helpdesk.deny.rule"].create({"pattern": SPAMMER, "company_id": other.id})
        self.assertEqual(self.outcome(), "created")
        recipient = self.env["helpdesk.recipient"].search([("email", "=", SPAMMER)])
        self.assertFalse(recipient.in_deny_list)
        self.assertFalse(recipient.search([("in_deny_list", "=", True), ("id", "=", recipient.id)]))

    def test_agents_are_never_refused(self):
        self.rule("staff.example", "domain")
        self.assertEqual(self.outcome("agent@staff.example"), "created")

    def test_replies_of_a_denied_sender(self):
        first = write_mail(sender=SPAMMER, message_id="<first@spam.example>")
        ticket = self.new_ticket(first)
        self.rule(SPAMMER)
        reply = {"answers": "<first@spam.example>", "subject": "Re"}
        self.assertEqual(self.outcome(**reply), "ignored")
        self.inbox.accept_banned_replies = True
        item = self.take_one(write_mail(sender=SPAMMER, text="again", **reply))
        self.assertEqual((item.outcome, self.ticket(item)), ("appended", ticket))

    def test_subject_and_text(self):
        self.rule("Cheap  meds", "contains", "subject")
        self.rule("crypto-offer", "contains", "body")
        self.rule("[ADV]", "starts", "subject")
        self.rule("-- sent by bot", "ends", "body")
        self.rule("test", "exact", "subject")
        self.rule(r"^win \$\d+$", "regex", "body")
        good = CUSTOMER
        for number, (mail, outcome) in enumerate(
            [
                ({"subject": "Buy CHEAP meds now"}, "ignored"),
                ({"subject": "Buy cheap\u00a0 ｍｅｄｓ"}, "ignored"),
                ({"subject": "cheap med"}, "created"),
                ({"text": "The best Crypto-Offer\never"}, "ignored"),
                ({"subject": "crypto-offer"}, "created"),
                ({"subject": "[adv] hello"}, "ignored"),
                ({"subject": "Re: [adv] hello"}, "created"),
                ({"text": "Hello.\n-- Sent by\nbot\n\n"}, "ignored"),
                ({"text": "-- sent by bot? No."}, "created"),
                ({"subject": "TEST"}, "ignored"),
                ({"subject": "test of the printer"}, "created"),
                ({"text": "Hi\nwin $500\nnow"}, "ignored"),
                ({"text": "Hi\nyou win $500\nnow"}, "created"),
                ({"html": "<p>A crypto-<b>offer</b> crypto-offer</p>", "text": ""}, "ignored"),
            ]
        ):
            with self.subTest(mail):
                mail.setdefault("subject", f"Mail {number}")
                self.assertEqual(self.outcome(good, **mail), outcome)

    def test_subject_of_a_mail_is_decoded_first(self):
        self.rule("größe", "contains", "subject")
        self.assertEqual(self.outcome(CUSTOMER, subject="Schöne GRÖSSE"), "ignored")

    def test_hits_are_counted(self):
        """hits today and in total"""
        rule, idle = self.rule("spam.example", "domain"), self.rule("x@idle.example")
        self.take(*(write_mail(sender=SPAMMER, subject=str(n)) for n in range(3)))
        old = self.env["helpdesk.incoming.mail"].search([("deny_rule_id", "=", rule.id)], limit=1)
        self.env.cr.execute(
            "UPDATE helpdesk_incoming_mail SET create_date = create_date - interval '2 days'"
            " WHERE id = %s",
            [old.id],
        )
        self.env.invalidate_all()
        # mails bear the time at which the transaction began: a midnight may have passed since
        with freeze_time(self.env.cr.now()):
            self.assertEqual((rule.hits_today, rule.hits_total), (2, 3))
        self.assertEqual((idle.hits_today, idle.hits_total), (0, 0))
        self.assertTrue(rule.last_hit)
        found = idle.search([("incoming_mail_ids", "=", False)])
        self.assertIn(idle, found)
        self.assertNotIn(rule, found)
        action = rule.action_view_hits()
        self.assertEqual(self.env[action["res_model"]].search_count(action["domain"]), 3)

    def test_deciding_costs_no_query(self):
        self.rule("spam.example", "domain")
        self.inbox.with_user(1)
        deny.rules_of_inbox(self.env, self.inbox)
        with self.assertQueryCount(0):
            rules = deny.rules_of_inbox(self.env, self.inbox)
            self.assertTrue(rules.of_sender(SPAMMER))


class TestPatterns(DenyCase):
    def test_what_senders_a_rule_covers(self):
        for pattern, match, covered, others in [
            (SPAMMER, "exact", [SPAMMER], ["banna@spam.example", "anna@spam.example.org"]),
            (
                "spam.example",
                "domain",
                ["a@spam.example"],
                ["a@notspam.example", "a@mail.spam.example", "spam.example@x.example"],
            ),
            (
                "*.spam.example",
                "domain",
                ["a@mail.spam.example", "a@b.c.spam.example"],
                ["a@spam.example", "a@notspam.example"],
            ),
            (
                "sales*@x.example",
                "exact",
                ["sales@x.example", "sales.eu@x.example"],
                ["presales@x.example", "sales@y.x.example"],
            ),
            ("*@*.x.example", "exact", ["a@b.x.example"], ["a@x.example"]),
            ("news", "contains", ["a@news.example", "oldnews@x.example"], ["a@new.example"]),
            ("noreply@", "starts", ["noreply@x.example"], ["do-noreply@x.example"]),
            (".ru", "ends", ["a@b.ru"], ["a@b.ru.example"]),
            (r"^[a-z]+\d{4,}@", "regex", ["ab12345@x.example"], ["ab123@x.example"]),
            ("müller.example", "ends", ["a@xn--mller-kva.example"], ["a@mller.example"]),
        ]:
            with self.subTest(pattern):
                self.assertTrue(all(self.covers(pattern, match, *covered)))
                self.assertFalse(any(self.covers(pattern, match, *others)))

    def test_international_domain_is_one(self):
        for pattern in ("müller.example", "MÜLLER.example", "xn--mller-kva.example"):
            rule = self.rule(pattern, "domain")
            self.assertEqual(rule.pattern, "xn--mller-kva.example")
            self.assertEqual(self.covers(rule.pattern, "domain", "a@müller.example"), [True])
            rule.unlink()

    def test_sub_addresses_where_the_company_says_so(self):
        rule = [deny.Rule(1, "sender", "exact", "a@b.example")]
        self.assertFalse(deny.Rules(rule).of_sender("a+tag@b.example"))
        self.assertTrue(deny.Rules(rule, plus=True).of_sender("a+tag@b.example"))
        tagged = [deny.Rule(1, "sender", "exact", "a+tag@b.example")]
        self.assertFalse(deny.Rules(tagged, plus=True).of_sender("a@b.example"))

    def test_clear_words_for_what_cannot_be_a_rule(self):
        for values, words in [
            ({"pattern": "nonsense"}, "is no mail address.*is of the domain"),
            ({"pattern": "not a domain", "match": "domain"}, "is no domain"),
            ({"pattern": "localhost", "match": "domain"}, "is no domain"),
            ({"pattern": "  "}, "nothing to look for"),
            ({"pattern": "x.y", "match": "domain", "location": "body"}, "Only a sender"),
            ({"pattern": "(a+)+$", "match": "regex"}, "could run for hours"),
            ({"pattern": ".*.*=.*", "match": "regex"}, "could run for hours"),
            ({"pattern": "(", "match": "regex"}, "no regular expression"),
            ({"pattern": r"(a)\1", "match": "regex"}, "Back references"),
            ({"pattern": "@", "match": "contains"}, "would refuse all mail"),
            ({"pattern": ".", "match": "regex", "location": "subject"}, "would refuse all mail"),
            ({"pattern": ".*", "match": "regex"}, "matches every text"),
            ({"pattern": "*@*"}, "would refuse all mail"),
            ({"pattern": "x" * 501, "match": "contains"}, "longer than 500"),
        ]:
            with self.subTest(values), self.assertRaisesRegex(ValidationError, words):
                self.env["helpdesk.deny.rule"].create(values)
        rule = self.rule("good", "contains", "subject")
        with self.assertRaisesRegex(ValidationError, "could run for hours"):
            rule.write({"pattern": "(b*)*", "match": "regex"})
        with self.assertRaisesRegex(ValidationError, "is no mail address"):
            rule.write({"location": "sender", "match": "exact"})

    def test_our_own_addresses_cannot_be_denied_by_accident(self):
        self.inbox.alias_emails = "help@desk.example"
        for pattern, match in [
            (SUPPORT, "exact"),
            ("HELP@desk.example", "exact"),
            ("desk.example", "domain"),
            ("sup*@desk.example", "exact"),
            ("support@", "starts"),
            ("desk", "contains"),
            (r"sup+ort", "regex"),
        ]:
            with self.subTest(pattern):
                with self.assertRaisesRegex(ValidationError, "an address of an inbox of yours"):
                    self.rule(pattern, match)

    def test_rule_that_covers_colleagues_says_so(self):
        rule = self.rule("staff.example", "domain")
        self.assertIn("Agent Staff", rule.covered_users)
        self.assertFalse(self.rule(SPAMMER).covered_users)

    def test_the_same_rule_twice(self):
        first = self.rule("spam.example", "domain")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.rule("SPAM.example", "domain")
        first.active = False
        self.rule("spam.example", "domain")

    def test_import_names_the_broken_line(self):
        result = self.env["helpdesk.deny.rule"].load(
            ["pattern", "match"], [["spam.example", "is of the domain"], ["broken", "is"]]
        )
        self.assertIn('"broken" is no mail address', result["messages"][0]["message"])
        self.assertFalse(result["ids"])

    def test_meaning(self):
        self.assertEqual(self.rule(SPAMMER).meaning, f"Sender is {SPAMMER}")
        rule = self.rule("*.spam.example", "domain")
        self.assertEqual(rule.meaning, "Sender is of a domain below spam.example")


class TestDenyRights(DenyCase):
    def test_only_administrators_change_the_list(self):
        rule = self.rule(SPAMMER)
        recipient = self.env["helpdesk.recipient"].create({"email": "x@new.example"})
        as_agent = rule.with_user(self.agent)
        for operation in (
            lambda: as_agent.create({"pattern": "a@b.example"}),
            lambda: as_agent.write({"active": False}),
            lambda: as_agent.unlink(),
            lambda: as_agent.action_rehearse(),
            lambda: as_agent.read(["hits_total"]),
            lambda: as_agent.read(["rehearsal_mail_ids"]),
            lambda: as_agent.search([("incoming_mail_ids.subject", "ilike", "a")]),
            lambda: recipient.with_user(self.agent).action_deny(),
            lambda: self.env["helpdesk.deny.paste"].with_user(self.agent).create({"text": "x"}),
        ):
            with mute_logger("odoo.addons.base.models.ir_model"), self.assertRaises(AccessError):
                operation()
        self.assertFalse(recipient.with_user(self.agent).in_deny_list)
        # which rule covers an address is no secret of those who answer its mail
        denied = self.env["helpdesk.recipient"].create({"email": SPAMMER}).with_user(self.agent)
        self.assertTrue(denied.in_deny_list)
        self.assertEqual(denied.action_view_deny_rule()["res_id"], rule.id)

    def test_administrator_of_another_company(self):
        """A mail administrator of company A must not refuse mail of company B."""
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        rule = self.rule(SPAMMER)
        Rule = self.env["helpdesk.deny.rule"].with_user(foreign)
        self.assertFalse(Rule.search([]))
        mine = Rule.create({"pattern": CUSTOMER})
        self.assertEqual(mine.company_id, other)
        self.assertEqual(self.outcome(CUSTOMER), "created")
        with mute_logger("odoo.addons.base.models.ir_rule"):
            with self.assertRaises(AccessError):
                Rule.create({"pattern": CUSTOMER, "company_id": self.company.id})
            with self.assertRaises(UserError), self.env.cr.savepoint():
                Rule.create({"pattern": "a@b.example", "inbox_id": self.inbox.id})
            with self.assertRaises(AccessError):
                mine.company_id = self.company
            with self.assertRaises(UserError):
                mine.inbox_id = self.inbox
            with self.assertRaises(AccessError):
                rule.with_user(foreign).write({"active": False})
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.rule("c@d.example", company_id=False)
