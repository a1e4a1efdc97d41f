# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may see and change rules. Nothing here relies on views."""

from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .test_rights import RightsCase


@tagged("post_install", "-at_install")
class TestRuleRights(RightsCase):
    def setUp(self):
        super().setUp()
        self.rule = self.env["helpdesk.inbox.rule"].create(
            {
                "name": "Secret plans",
                "inbox_id": self.inbox.id,
                "domain": "[('subject', 'ilike', 'layoffs')]",
                "line_ids": [Command.create({"field_name": "priority", "value": "High"})],
            }
        )
        self.inbox._tell_problem("rule_gone", {"rule": "x", "what": "y"})
        self.problem = self.inbox.problem_ids

    def test_matrix(self):
        """Administrators of mail alone read and change them, each those of their companies."""
        for record in (self.rule, self.rule.line_ids):
            values = {
                "helpdesk.inbox.rule": {"name": "Mine", "inbox_id": self.inbox.id},
                "helpdesk.inbox.rule.line": {
                    "rule_id": self.rule.id,
                    "field_name": "priority",
                    "value": "Low",
                },
            }[record._name]
            for role in self.roles:
                mine = self.as_(role, record)
                for operation in (
                    lambda mine=mine: mine.read(["display_name"]),
                    lambda mine=mine: mine.write({"sequence": 3}),
                    lambda mine=mine, values=values: mine.create(values),
                    lambda mine=mine: mine.unlink(),
                ):
                    with self.subTest(model=record._name, role=role):
                        self.assertEqual(self.allowed(operation), role in self.administrators)

    def test_problems(self):
        """They are read by administrators, written by nobody, and off the list by a button."""
        for role in self.roles:
            problem = self.as_(role, self.problem)
            expected = role in self.administrators
            with self.subTest(role=role):
                self.assertEqual(self.allowed(lambda p=problem: p.read(["sentence"])), expected)
                self.assertFalse(self.allowed(lambda p=problem: p.write({"code": "x"})))
                self.assertFalse(self.allowed(lambda p=problem: p.unlink()))
                self.assertFalse(
                    self.allowed(
                        lambda p=problem: p.create(
                            {"inbox_id": self.inbox.id, "code": "x", "key": "x"}
                        )
                    )
                )
                inbox = self.as_(role, self.inbox)
                self.assertEqual(
                    self.allowed(lambda i=inbox: call_kw(i, "action_problems_solved", [i.ids], {})),
                    expected,
                )

    def test_the_inbox_does_not_tell_agents_of_its_rules(self):
        offered = self.as_("all", self.inbox).fields_get()
        for name in ("rule_ids", "shared_rule_count", "problem_ids", "problem_words"):
            self.assertNotIn(name, offered)
            self.refused(self.as_("all", self.inbox).read, [name])

    def test_the_parts_of_mail_are_nobodys_data(self):
        """The editor's model holds no record, whoever asks; and only who writes rules asks."""
        for role in self.roles:
            facts = self.as_(role, self.env["helpdesk.mail.facts"])
            expected = role in (*self.administrators, "other company")
            self.assertEqual(self.allowed(lambda f=facts: f.search_count([])), expected, role)
            self.assertFalse(self.allowed(lambda f=facts: f.create({"subject": "x"})), role)

    def test_no_rule_goes_to_another_company(self):
        other = self.roles["other company"].company_id
        rule = self.as_("mail administrator", self.rule)
        self.refused(rule.write, {"inbox_id": False, "company_id": other.id})
        foreign_team = self.env["helpdesk.ticket.team"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        self.refused(rule.write, {"team_id": foreign_team.id})
        self.refused(rule.write, {"user_id": self.roles["other company"].id})
        self.refused(rule.write, {"user_id": self.roles["portal"].id})

    def test_hits(self):
        for role in ("all", "own", "portal"):
            rule = self.as_(role, self.rule)
            self.assertFalse(self.allowed(lambda r=rule: r.read(["hits_total"])))
        self.assertEqual(
            self.as_("manager", self.rule).action_view_hits()["domain"],
            [("rule_ids", "in", self.rule.ids)],
        )

    def test_private_methods(self):
        rule = self.as_("manager", self.rule)
        for name in ("_of_inbox", "_compiled", "_to_plain"):
            self.refused(call_kw, rule, name, [rule.ids], {})
        inbox = self.as_("manager", self.inbox)
        self.refused(call_kw, inbox, "_tell_problem", [inbox.ids, "rule_gone", {}], {})

    def test_archived_inbox_and_copies(self):
        """A copy of an inbox has its rules, and does the same with its mail."""
        copy = self.inbox.copy({"email": "copy@desk.example"})
        self.assertEqual(copy.rule_ids.mapped("name"), ["Secret plans"])
        self.assertEqual(copy.rule_ids.line_ids.mapped("value"), ["High"])
        self.inbox.rule_ids.unlink()
        self.assertTrue(copy.rule_ids)
