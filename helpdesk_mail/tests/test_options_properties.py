# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""For any mail and any settings there is exactly one outcome, its trace is complete, and what
simulate shows is what then happens.
"""

from contextlib import closing
from functools import partial

import hypothesis
from hypothesis import strategies as st
from odoo import SUPERUSER_ID
from odoo.fields import Command
from odoo.tools import mute_logger

from .. import intake
from ..intake import reasons
from ..transport import RawMail
from .common import CUSTOMER, SUPPORT, write_bounce, write_mail
from .rules_case import RulesCase

# the same examples on every machine, however slow it is
_settings = partial(
    hypothesis.settings,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
_OUTCOMES = {code for code, _label in reasons.OUTCOMES}
_PROGRAM = b"MZ" + b"\0" * 60

# each option of an inbox with values that change what becomes of a mail; the first is the default
OPTIONS = {
    "address_source": ["from", "reply_to", "sender"],
    "accept_copies": [False, True],
    "auto_reply_policy": ["ignore", "ticket"],
    "verify_senders": ["headers", "off"],
    "forged_policy": ["flag", "unlinked"],
    "unknown_policy": ["recipient", "lead", "refuse"],
    "accept_banned_replies": [False, True],
    "keep_source": ["auto", "always"],
    "closed_policy": ["reopen", "follow_up"],
    "allowed_domains": [False, "kunde.example", "*.example, staff.example"],
    "auto_reply_words": [False, "please help"],
    "auto_reply_senders": [False, "@kunde.example"],
    "other_inbox_policy": ["accept", "refuse"],
    "agent_forward_policy": ["customer", "agent"],
    "map_importance": [True, False],
    "attachment_policy": ["keep", "drop"],
    "attachment_max_mb": [0, 1],
    "attachment_blocked": [False, "pdf"],
    "quarantine_executables": [True, False],
    "attach_source": [False, True],
    "fold_quotes": [True, False],
    "detect_signatures": [True, False],
    "mail_commands": [False, True],
    "cc_policy": ["keep", "followers", "ignore"],
    "administrator_emails": [False, "boss@desk.example"],
    "notify_request_received": [True, False],
}
SENDERS = [
    f"Anna Kunde <{CUSTOMER}>",
    "Bert <bert@kunde.example>",
    "Agent Staff <agent@staff.example>",
    "Stranger <stranger@elsewhere.example>",
    "banned@bad.example",
    "Form <form@shared.example>",
    f"Ourselves <{SUPPORT}>",
    "other@desk.example",
    "noreply@shop.example",
    "boss@desk.example",
]
TEXTS = [
    "It burns, please help.",
    "#close\n#priority high\nDone.\n\nOn Monday, Anna wrote:\n> It burns",
    "#note\nOnly for us",
    "Thank you\n\n-- \nAnna Kunde\nKunde Inc\n",
    "See below\n\n---------- Forwarded message ---------\nFrom: Carl <carl@kunde.example>\n"
    "Date: Mon, 2 Mar 2026 09:00\nSubject: Inner\nTo: agent@staff.example\n\nMy router is gone.\n",
    "",
]
RULES = {
    "refuse": {"refuse": "silently"},
    "refuse_with_answer": {"refuse": "answer"},
    "fill": {"applies_to": "both", "lines": {"priority": "High", "category_id": "Invoices"}},
    "wrong": {"applies_to": "both", "lines": {"category_id": "Invoices"}},
    "answer": {"applies_to": "both", "answers": True},
    "move": {"applies_to": "both", "move_to_folder": "Done"},
    "team": {"stop": True},
}
DOMAINS = [
    [],
    [("subject", "ilike", "invoice")],
    [("is_reply", "=", True)],
    ["|", ("sender_domain", "=", "kunde.example"), ("has_attachment", "=", True)],
]
MAPPINGS = {
    "category_id": {"source": "subject", "default_value": "Invoices"},
    "priority": {"source": "header", "header_name": "X-Level", "default_value": "High"},
    "tag_ids": {"source": "constant", "constant": "Urgent"},
}

options = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in OPTIONS.items()}
)
mails = st.fixed_dictionaries(
    {
        "sender": st.sampled_from(SENDERS),
        "subject": st.sampled_from(["The printer burns", "Invoice 7", "Fwd: Inner", "", "é\u202e"]),
        "text": st.sampled_from(TEXTS),
        "html": st.sampled_from(
            [None, None, "<p>Hi</p><blockquote type=cite>It burns</blockquote>"]
        ),
        "cc": st.sampled_from([None, "bert@kunde.example", "x@y.example, agent@staff.example"]),
        "answers": st.sampled_from([None, None, "open", "closed", "gone"]),
        "files": st.sampled_from([(), (("a.pdf", b"%PDF"),), (("run.exe", _PROGRAM),)]),
        "headers": st.sampled_from(
            [
                {},
                {"Auto-Submitted": "auto-replied"},
                {"Importance": "high", "X-Level": "Low"},
                {"Reply-To": "carl@kunde.example", "Sender": "agent@staff.example"},
                {"Authentication-Results": "mx.desk.example; dmarc=fail"},
            ]
        ),
    }
)
rules = st.lists(
    st.tuples(st.sampled_from(sorted(RULES)), st.sampled_from(DOMAINS)), max_size=3, unique_by=str
)
mappings = st.lists(st.sampled_from(sorted(MAPPINGS)), max_size=2, unique=True)


class TestOptionsProperties(RulesCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_inbox = cls.new_inbox(name="Other", email="other@desk.example")
        cls.template = cls.env["helpdesk.ticket.template"].create(
            {
                "name": "Standard",
                "team_id": cls.billing.id,
                "assign": "round_robin",
                "tag_ids": [Command.set(cls.money.ids)],
                "published": True,
            }
        )
        cls.inbox.own_mail_hosts = "mx.desk.example"

    def setUp(self):
        super().setUp()
        self.take(
            write_mail(message_id="<open@kunde.example>"),
            write_mail(message_id="<closed@kunde.example>"),
            write_mail(sender="banned@bad.example"),
            write_mail(sender="form@shared.example"),
        )
        Recipient = self.env["helpdesk.recipient"]
        Recipient.search([("email", "=", "banned@bad.example")]).action_ban()
        Recipient.search([("email", "=", "form@shared.example")]).action_share()
        message = self.env["mail.message"].search([("message_id", "=", "<closed@kunde.example>")])
        self.close(self.env["helpdesk.ticket"].browse(message.res_id))
        self.env.cr.flush()

    def source_of(self, mail):
        mail = dict(mail)
        answers = mail.pop("answers")
        headers = dict(mail.pop("headers"))
        if "Authentication-Results" in headers:
            headers["Received"] = (
                "from out ([192.0.2.1]) by mx.desk.example; Mon, 2 Mar 2026 10:00:01 +0100"
            )
        if answers:
            mail["answers"] = f"<{answers}@kunde.example>"
        return write_mail(headers=headers, **mail)

    def set_up_inbox(self, values, template, rules_, mapped):
        self.inbox.write({**values, "template_id": template and self.template.id})
        for kind, domain in rules_:
            given = dict(RULES[kind])
            if kind == "team":
                given["team_id"] = self.billing.id
            if kind == "answer":
                given["answer_template_id"] = self.answer_template.id
            if kind == "refuse_with_answer":
                given["answer_template_id"] = self.refusal.id
            self.rule(domain, **given)
        for name in mapped:
            self.env["helpdesk.inbox.mapping"].create(
                {"inbox_id": self.inbox.id, "field_name": name, **MAPPINGS[name]}
            )
        if any(kind == "wrong" for kind, _domain in rules_):
            # what fitted when it was saved
            self.category.name = "Bills"

    def check(self, source):
        inbox = self.inbox.with_user(SUPERUSER_ID)
        door = intake.Door(inbox, inbox.env["helpdesk.mail.folder"], "imap")
        raw = RawMail(source=source, size=len(source))
        self.env.cr.flush()
        simulation = intake.simulate(inbox.env, door, raw)
        Journal = self.env["helpdesk.incoming.mail"]
        rows_before = Journal.search_count([])
        tickets_before = self.env["helpdesk.ticket"].with_context(active_test=False).search([])
        last_mail = self.env["mail.mail"].search([], order="id desc", limit=1).id or 0
        (item,) = intake.take_in(inbox.env, door, [raw])
        self.env.flush_all()

        # exactly one outcome
        self.assertIn(item.outcome, _OUTCOMES)
        self.assertNotEqual(item.outcome, "quarantined", item.error)
        self.assertEqual(Journal.search_count([]), rows_before + 1)
        row = Journal.browse(item.journal_id)
        self.assertEqual(row.outcome, item.outcome)
        new = self.env["helpdesk.ticket"].with_context(active_test=False).search([])
        new -= tickets_before
        self.assertEqual(len(new), 1 if item.outcome == "created" else 0)
        if item.outcome in ("created", "appended"):
            self.assertEqual(row.mail_message_id.res_id, row.ticket_id.id)
        else:
            self.assertFalse(row.mail_message_id)

        # its trace is complete: it names the reason, and all of it can be read
        codes = [code for _stage, code, _values in row.trace]
        self.assertIn(row.reason, codes)
        self.assertTrue(row.explanation.strip())
        for _stage, code, values in row.trace:
            if code in reasons.REASONS:
                self.assertTrue(reasons.sentence(self.env, code, values))
        self.assertEqual(len(row.trace_text.splitlines()) > 0, True)

        # simulate equals the real run
        self.assertEqual(simulation.outcome, item.outcome)
        self.assertEqual(simulation.reason, item.reason)
        self.assertEqual([step[:2] for step in simulation.steps], [tuple(s[:2]) for s in row.trace])
        self.assertEqual(simulation.explanation, row.explanation)
        self.assertEqual(
            simulation.attachments, row.mail_message_id.attachment_ids.sorted("id").mapped("name")
        )
        mails_ = self.env["mail.mail"].search([("id", ">", last_mail)])
        self.assertEqual(sum(told.way == "email" for told in simulation.told), len(mails_))
        if new:
            shown = {field.name: field.after for field in simulation.fields}
            self.assertEqual(shown["name"], new.name)
            self.assertEqual(shown.get("team_id", ""), new.team_id.display_name or "")
            self.assertEqual(shown.get("user_id", ""), new.user_id.display_name or "")
            tags = ", ".join(new.tag_ids.mapped("display_name"))
            self.assertEqual(shown.get("tag_ids", ""), tags)

    @mute_logger("odoo.addons.helpdesk_mail.intake.road")
    @_settings(max_examples=100)
    @hypothesis.given(options, st.booleans(), rules, mappings, mails)
    def test_any_mail_and_any_settings(self, values, template, rules_, mapped, mail):
        with self.undone():
            self.set_up_inbox(values, template, rules_, mapped)
            self.check(self.source_of(mail))

    @mute_logger("odoo.addons.helpdesk_mail.intake.road")
    @_settings(max_examples=10)
    @hypothesis.given(options, st.booleans())
    def test_delivery_reports_and_any_settings(self, values, template):
        with self.undone():
            self.set_up_inbox(values, template, [("refuse", [])], [])
            self.check(write_bounce("<open@kunde.example>", CUSTOMER))

    def undone(self):
        """A block after which nothing is left in the database and in the caches."""
        self.addCleanup(self.env.registry.clear_cache)
        self.env.registry.clear_cache()
        return closing(self.env.cr.savepoint())
