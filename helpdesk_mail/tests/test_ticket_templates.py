# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reference 004, Ticket Mapping Settings: Template, Whitelist Ticket Types."""

from collections import Counter

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import HelpdeskMailCase, write_mail
from .scope_world import RIVAL, ScopeCase


class TemplateCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.ticket_properties = [{"name": "serial", "string": "Serial number", "type": "char"}]
        cls.repairs = cls.env["helpdesk.ticket.team"].create(
            {
                "name": "Repairs",
                "company_id": cls.company.id,
                "ticket_properties": [{"name": "model", "string": "Model", "type": "char"}],
            }
        )
        cls.waiting = cls.env["helpdesk.ticket.stage"].create(
            {"name": "Waiting for parts", "team_ids": cls.repairs.ids, "sequence": -5}
        )
        cls.category = cls.env["helpdesk.ticket.category"].create({"name": "Hardware"})
        cls.tags = cls.env["helpdesk.ticket.tag"].create([{"name": "Burns"}, {"name": "Old"}])
        cls.template = cls.env["helpdesk.ticket.template"].create({"name": "Repair"})
        cls.inbox.template_id = cls.template

    def members(self, *names):
        users = self.env["res.users"]
        for name in names:
            users += self.new_user(name, "helpdesk_mgmt.group_helpdesk_user")
        return users


@tagged("post_install", "-at_install")
class TestTemplate(TemplateCase):
    def test_template(self):
        """Template: Defines published templates within the tenant. Select a template from the
        dropdown list.
        """
        self.template.write(
            {
                "team_id": self.repairs.id,
                "category_id": self.category.id,
                "priority": "3",
                "tag_ids": [Command.set(self.tags.ids)],
                "assign": "user",
                "user_id": self.agent.id,
                "partner_ids": [Command.link(self.bert.id)],
                "properties": {"model": "Laser 3"},
                "line_ids": [
                    Command.create({"field_name": "kanban_state", "value": "Blocked"}),
                ],
            }
        )
        item = self.take_one()
        ticket = self.ticket(item)
        self.assertEqual(ticket.team_id, self.repairs)
        self.assertEqual(ticket.stage_id, self.waiting, "the first stage of the template's team")
        self.assertEqual(ticket.category_id, self.category)
        self.assertEqual(ticket.priority, "3")
        self.assertEqual(ticket.tag_ids, self.tags)
        self.assertEqual(ticket.user_id, self.agent)
        self.assertEqual(ticket.properties["model"], "Laser 3")
        self.assertEqual(ticket.kanban_state, "blocked")
        self.assertIn(self.bert, ticket.message_partner_ids)
        self.assertIn("template", self.codes(item))
        self.assertIn("The ticket template Repair filled in", self.row(item).trace_text)
        self.assertEqual(ticket.partner_id, self.anna, "whose ticket it is, no template says")

    def test_only_published_templates_can_be_chosen(self):
        draft = self.env["helpdesk.ticket.template"].create({"name": "Draft", "published": False})
        with self.assertRaisesRegex(ValidationError, "Draft is a draft: publish it first"):
            self.inbox.template_id = draft
        admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        offered = self.env["helpdesk.inbox"].fields_get(["template_id"])["template_id"]["domain"]
        self.assertIn("published", str(offered))
        with Form(self.inbox.with_user(admin)) as form:
            form.template_id = self.template.with_user(admin)

    def test_a_template_that_is_no_longer_used_fills_nothing(self):
        self.template.priority = "3"
        for change in ({"published": False}, {"published": True, "active": False}):
            self.template.write(change)
            item = self.take_one()
            self.assertEqual(self.ticket(item).priority, "1")
            self.assertIn("Repair is archived or a draft", self.row(item).explanation)

    def test_replies_are_not_filled(self):
        self.inbox.template_id = False
        ticket = self.new_ticket(write_mail(message_id="<first@kunde.example>"))
        self.inbox.template_id = self.template
        self.template.priority = "3"
        self.take_one(write_mail(answers="<first@kunde.example>"))
        self.assertEqual(ticket.priority, "1")

    def test_importance_counts_more_than_the_template(self):
        self.template.priority = "3"
        mail = write_mail(headers={"Importance": "low"})
        self.assertEqual(self.new_ticket(mail).priority, "0")
        self.assertEqual(self.new_ticket().priority, "3")
        self.inbox.map_importance = False
        mail = write_mail(headers={"Importance": "low"})
        self.assertEqual(self.new_ticket(mail).priority, "3")

    def test_a_line_that_cannot_be_is_refused_when_saved(self):
        with self.assertRaisesRegex(
            ValidationError, 'does not take "Purple". Choose from: Default'
        ):
            self.template.line_ids = [
                Command.create({"field_name": "kanban_state", "value": "Purple"})
            ]

    def test_required_fields_that_nothing_fills_are_named(self):
        """Field Name: Lists only required fields of the selected template."""
        self.template.line_ids = [
            Command.create({"field_name": "properties.serial", "is_required": True})
        ]
        self.inbox.invalidate_recordset()
        self.assertEqual(self.inbox.mapping_hint, "Serial number")
        self.inbox.mapping_ids = [
            Command.create({"field_name": "properties.serial", "source": "subject"})
        ]
        self.assertFalse(self.inbox.mapping_hint)

    def test_cost_of_a_batch(self):
        """One query more for all of its mails."""
        self.template.write({"category_id": self.category.id, "priority": "2"})
        mails = lambda: [write_mail(subject=f"Case {n}") for n in range(20)]  # noqa: E731
        self.take(*mails())
        self.inbox.template_id = False
        self.env.flush_all()
        self.take(*mails())
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.take(*mails())
        plain = self.env.cr.sql_log_count - before
        self.inbox.template_id = self.template
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self.take(*mails())
        self.assertLessEqual(self.env.cr.sql_log_count - before, plain + 2)

    def test_rights(self):
        """Agents neither see nor change templates; another company's are not there."""
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        with self.assertRaises(UserError):
            self.template.with_user(self.agent).read(["name"])
        with self.assertRaises(UserError):
            self.template.with_user(foreign).read(["name"])
        self.assertFalse(self.env["helpdesk.ticket.template"].with_user(foreign).search([]))
        with self.assertRaises(UserError):
            self.env["helpdesk.inbox"].with_user(foreign).create(
                {"name": "X", "email": "x@other.example", "template_id": self.template.id}
            )


@tagged("post_install", "-at_install")
class TestAssignment(TemplateCase):
    def setUp(self):
        super().setUp()
        self.users = self.members("ada", "bob", "cid")
        self.team.user_ids = self.users

    def assigned(self, count):
        items = self.take(*(write_mail(subject=f"Case {n}") for n in range(count)))
        return [self.ticket(item).user_id for item in items]

    def test_round_robin(self):
        """The members of the team in turn, over batches."""
        self.template.assign = "round_robin"
        users = self.assigned(4) + self.assigned(1) + self.assigned(4)
        self.assertEqual(set(Counter(users).values()), {3})
        for first, second in zip(users, users[1:], strict=False):
            self.assertNotEqual(first, second)

    def test_two_workers_get_different_turns(self):
        """The number of a turn is given once, whatever another transaction does."""
        self.template.assign = "round_robin"
        sequence = f"ir_sequence_{self.template.sudo().turn_id.id:03d}"
        users = self.assigned(1)
        self.env.cr.execute("SELECT nextval(%s)", [sequence])  # somebody else's mail
        users += self.assigned(1)
        order = self.users.sorted("id")
        self.assertEqual((order.ids.index(users[1].id) - order.ids.index(users[0].id)) % 3, 2)

    def test_least_busy(self):
        self.env["helpdesk.ticket"].create(
            [
                {"name": "x", "description": "x", "team_id": self.team.id, "user_id": user.id}
                for user in (self.users[0], self.users[0], self.users[1])
            ]
        )
        closed = self.env["helpdesk.ticket"].create(
            [{"name": "x", "description": "x", "team_id": self.team.id} for _number in range(5)]
        )
        closed.write({"user_id": self.users[2].id, "stage_id": self.closed_stage.id})
        self.template.assign = "least_busy"
        item = self.take_one()
        self.assertEqual(self.ticket(item).user_id, self.users[2])
        self.assertIn("who has the fewest open tickets", self.row(item).explanation)
        self.assertEqual(Counter(self.assigned(2)), {self.users[1]: 1, self.users[2]: 1})
        self.assertEqual(set(Counter(self.assigned(3)).values()), {1})

    def test_who_left_gets_nothing(self):
        self.template.assign = "round_robin"
        self.users[0].active = False
        self.users[1].company_ids = [
            Command.link(self.env["res.company"].create({"name": "Other"}).id)
        ]
        self.assertEqual(set(self.assigned(4)), set(self.users[1:]))

    def test_nobody_is_there(self):
        self.template.assign = "round_robin"
        self.team.user_ids = False
        item = self.take_one()
        self.assertFalse(self.ticket(item).user_id)
        self.assertIn("Assigned to nobody", self.row(item).explanation)

    def test_members_of_the_team_that_the_ticket_gets(self):
        self.repairs.user_ids = self.users[0]
        self.template.write({"assign": "round_robin", "team_id": self.repairs.id})
        self.assertEqual(set(self.assigned(3)), {self.users[0]})


@tagged("post_install", "-at_install")
class TestAssignmentInScope(ScopeCase):
    def test_nobody_gets_a_ticket_out_of_their_scope(self):
        """A scoped administrator is not assigned to a ticket that they may not see."""
        self.team.user_ids = self.scoped + self.colleague
        for way in ("round_robin", "least_busy"):
            self.inbox.template_id = self.env["helpdesk.ticket.template"].create(
                {"name": way, "assign": way}
            )
            for _number in range(3):
                self.assertEqual(self.new_ticket().user_id, self.scoped)
                mine = self.new_ticket(write_mail(sender=f"Ruth <{RIVAL}>"))
                self.assertEqual(mine.user_id, self.colleague)
            nobodys = self.take_one(write_mail(sender="stranger@nowhere.example"))
            self.assertFalse(self.ticket(nobodys).user_id)
            self.assertIn("nobody_to_assign", self.codes(nobodys))
