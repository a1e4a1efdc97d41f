# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reference 004: "Restricted?: Determines if field access is limited to specific roles." """

from lxml import etree
from odoo.api import Environment
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import HelpdeskMailCase, write_mail

QUIET = ("odoo.models", "odoo.addons.base.models.ir_model", "odoo.http")
SECRET = "Blocked"


class RestrictedCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.group = cls.env["res.groups"].create({"name": "Insiders"})
        cls.insider = cls.new_user(
            "insider", "helpdesk_mgmt.group_helpdesk_user", "base.group_allow_export"
        )
        cls.insider.group_ids += cls.group
        cls.agent.group_ids += cls.env.ref("base.group_allow_export")
        cls.manager = cls.new_user(
            "manager", "helpdesk_mgmt.group_helpdesk_manager", "base.group_allow_export"
        )
        cls.team.ticket_properties = [
            {"name": "secret", "string": "Secret", "type": "char", "default": "from the start"},
            {"name": "open", "string": "Open", "type": "char"},
        ]

    def restrict(self, name, *groups, **values):
        return self.env["helpdesk.inbox.mapping"].create(
            {
                "inbox_id": self.inbox.id,
                "field_name": name,
                "source": "header",
                "header_name": "X-Value",
                "group_ids": [Command.set([group.id for group in groups or (self.group,)])],
                **values,
            }
        )

    def as_(self, user, record):
        self.env.flush_all()
        self.env.invalidate_all()
        return record.with_env(Environment(self.env.cr, user.id, {}))

    def call(self, user, model, method, *args, **kwargs):
        """As the web client does it: with the user's rights, and nothing in the cache."""
        self.env.flush_all()
        self.env.invalidate_all()
        env = Environment(self.env.cr, user.id, {})
        return call_kw(env[model], method, list(args), kwargs)

    def refused(self, user, method, *args, **kwargs):
        try:
            with mute_logger(*QUIET), self.env.cr.savepoint():
                result = self.call(user, "helpdesk.ticket", method, *args, **kwargs)
        except (AccessError, UserError, ValueError):
            return
        self.fail(f"not refused: {method} {args}: {result}")


@tagged("post_install", "-at_install")
class TestRestrictedField(RestrictedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.field = "kanban_state"

    def setUp(self):
        super().setUp()
        self.mapping = self.restrict("kanban_state")
        self.found = self.new_ticket(write_mail(headers={"X-Value": SECRET}))

    def test_members_see_and_change_it(self):
        ticket = self.as_(self.insider, self.found)
        self.assertEqual(ticket.kanban_state, "blocked")
        ticket.kanban_state = "done"
        self.assertEqual(self.found.kanban_state, "done")
        self.assertTrue(ticket.search([("kanban_state", "=", "done")]))

    def test_others_neither_see_nor_change_it(self):
        """By no method that a client can call."""
        ids = self.found.ids
        name = "kanban_state"
        domain = [(name, "=", "blocked")]
        for user in (self.agent, self.manager):
            for method, args, kwargs in (
                ("read", (ids, [name]), {}),
                ("web_read", (ids, {name: {}}), {}),
                ("search_read", ([], [name]), {}),
                ("web_search_read", ([], {name: {}}), {}),
                ("search", (domain,), {}),
                ("search_count", (domain,), {}),
                ("search", ([],), {"order": name}),
                ("search", ([("duplicate_ids", "any", domain)],), {}),
                ("search", ([(f"duplicate_ids.{name}", "=", "blocked")],), {}),
                ("formatted_read_group", ([], [name], ["__count"]), {}),
                ("formatted_read_group", ([], [], [f"{name}:array_agg"]), {}),
                ("web_read_group", ([], [name]), {}),
                ("export_data", (ids, [name]), {}),
                ("write", (ids, {name: "done"}), {}),
                ("web_save", (ids, {name: "done"}, {}), {}),
                ("create", ([{"name": "x", "description": "x", name: "done"}],), {}),
                ("load", (["name", "description", name], [["x", "x", "Blocked"]]), {}),
                ("filtered_domain", (ids, domain), {}),
            ):
                with self.subTest(user=user.name, method=method):
                    if method == "load":
                        result = self.call(user, "helpdesk.ticket", method, *args)
                        self.assertFalse(result.get("ids"), result)
                        continue
                    self.refused(user, method, *args, **kwargs)
            self.assertNotIn(name, self.call(user, "helpdesk.ticket", "fields_get"))
            offered = self.call(user, "helpdesk.ticket", "fields_get", ["name", name])
            self.assertEqual(set(offered), {"name"})
            with self.assertRaises(AccessError), mute_logger(*QUIET):
                self.as_(user, self.found).kanban_state  # noqa: B018
            with self.assertRaises(AccessError), mute_logger(*QUIET):
                ticket = self.as_(user, self.found)
                ticket.with_context(default_kanban_state="done").create(
                    {"name": "x", "description": "x"}
                )
        self.assertEqual(self.found.kanban_state, "blocked")

    def test_not_by_way_of_another_model(self):
        with self.assertRaises(AccessError), mute_logger(*QUIET):
            self.call(
                self.agent,
                "helpdesk.ticket.team",
                "search",
                [("ticket_ids.kanban_state", "=", "blocked")],
            )

    def test_a_copy_does_not_carry_it(self):
        copy = self.as_(self.agent, self.found).copy()
        self.assertFalse(copy.sudo().kanban_state)

    def test_forms_still_open_for_others(self):
        for user in (self.agent, self.manager):
            for kind in ("form", "list", "kanban", "search", "pivot", "graph"):
                self.env.invalidate_all()
                Ticket = self.env["helpdesk.ticket"].with_user(user)
                arch = Ticket.get_view(view_type=kind)["arch"]
                self.assertNotIn("kanban_state", arch, kind)
            arch = Ticket.with_user(self.insider).get_view(view_type="kanban")["arch"]
            self.assertIn("kanban_state", arch)
            with Form(self.as_(user, self.found)) as form:
                form.name = f"Changed by {user.name}"
            with Form(self.as_(user, self.env["helpdesk.ticket"])) as form:
                form.name = "New"
                form.description = "New"
        self.assertEqual(self.found.kanban_state, "blocked")

    def test_everything_that_agents_do_still_works(self):
        ticket = self.as_(self.agent, self.found)
        ticket.message_post(body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment")
        ticket.write({"user_id": self.agent.id, "stage_id": self.closed_stage.id})
        ticket.activity_schedule("mail.mail_activity_data_todo", user_id=self.agent.id)
        self.assertTrue(ticket.create({"name": "x", "description": "x"}))

    def test_trace_and_explanation_do_not_tell_the_value(self):
        self.restrict("properties.open", field_name="properties.open")
        self.mapping.unlink()
        mapping = self.restrict("kanban_state")
        item = self.take_one(write_mail(headers={"X-Value": "Purple secret"}))
        row = self.row(item)
        for text in (row.trace_text, row.explanation, str(row.trace)):
            self.assertNotIn("Purple", text)
        self.assertNotIn("Purple", str(self.inbox.problem_ids.mapped("sentence")))
        mapping.unlink()

    def test_several_mappings_need_all_groups(self):
        second = self.env["res.groups"].create({"name": "Second"})
        inbox = self.new_inbox(email="second@desk.example", name="Second")
        self.restrict("kanban_state", second, inbox_id=inbox.id)
        self.refused(self.insider, "read", self.found.ids, ["kanban_state"])
        self.insider.group_ids += second
        self.assertEqual(self.as_(self.insider, self.found).kanban_state, "blocked")

    def test_other_companies_are_not_concerned(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mgmt.group_helpdesk_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertIn("kanban_state", self.call(foreign, "helpdesk.ticket", "fields_get"))
        # but whoever may switch to the company is, whatever company is chosen now
        foreign.company_ids += self.company
        self.assertNotIn("kanban_state", self.call(foreign, "helpdesk.ticket", "fields_get"))

    def test_without_restriction_everything_is_as_before(self):
        self.mapping.group_ids = False
        self.assertEqual(self.as_(self.agent, self.found).kanban_state, "blocked")
        Ticket = self.env["helpdesk.ticket"].with_user(self.agent)
        self.assertIn("kanban_state", Ticket.get_view(view_type="kanban")["arch"])

    def test_only_members_loosen_it(self):
        admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        mapping = self.mapping.with_user(admin)
        for change in (
            lambda: mapping.write({"group_ids": [Command.clear()]}),
            lambda: mapping.write({"field_name": "color"}),
            mapping.unlink,
            lambda: self.inbox.with_user(admin).unlink(),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                change()
        mapping.write({"header_name": "X-Other"})
        admin.group_ids += self.group
        mapping.unlink()

    def test_fields_that_tickets_need(self):
        for name in (
            "name",
            "description",
            "team_id",
            "stage_id",
            "user_id",
            "priority",
            "tag_ids",
            "category_id",
            "closed_date",
            "partner_name",
        ):
            with self.assertRaisesRegex(ValidationError, "cannot be restricted"):
                with self.env.cr.savepoint():
                    self.restrict(name)


@tagged("post_install", "-at_install")
class TestEveryRestrictableField(RestrictedCase):
    def test_tickets_work_without_any_of_them(self):
        """Whatever may be restricted: agents open, write, create, answer; portal users read."""
        Ticket = self.env["helpdesk.ticket"]
        names = [name for name in Ticket._fields if Ticket._helpdesk_mail_may_restrict(name)]
        self.assertIn("kanban_state", names)
        groups = [Command.set(self.group.ids)]
        self.env["helpdesk.inbox.mapping"].create(
            [
                {
                    "inbox_id": self.inbox.id,
                    "field_name": name,
                    "source": "header",
                    "header_name": "X-Value",
                    "group_ids": groups,
                }
                for name in names
            ]
        )
        ticket = self.new_ticket()
        user = self.agent
        for kind in ("form", "list", "kanban", "search"):
            arch = Ticket.with_user(user).get_view(view_type=kind)["arch"]
            shown = {node.get("name") for node in etree.fromstring(arch).iter("field")}
            self.assertFalse(shown & set(names))
        mine = self.as_(user, ticket)
        with Form(mine) as form:
            form.name = "Changed"
        with Form(self.as_(user, Ticket)) as form:
            form.name = "New"
            form.description = "New"
        mine.message_post(body="x", message_type="comment", subtype_xmlid="mail.mt_comment")
        mine.write({"stage_id": self.closed_stage.id, "user_id": user.id})
        mine.copy()
        self.assertTrue(mine.search([]))


@tagged("post_install", "-at_install")
class TestRestrictedProperty(RestrictedCase):
    def setUp(self):
        super().setUp()
        self.mapping = self.restrict("properties.secret")
        self.found = self.new_ticket(write_mail(headers={"X-Value": "4711"}))
        self.found.properties = {**dict(self.found.properties), "open": "free"}

    def test_members_see_and_change_it(self):
        ticket = self.as_(self.insider, self.found)
        self.assertEqual(ticket.properties["secret"], "4711")
        self.assertTrue(ticket.search([("properties.secret", "=", "4711")]))
        ticket.properties = {"secret": "1", "open": "2"}
        self.assertEqual(dict(self.found.properties), {"secret": "1", "open": "2"})

    def test_others_do_not_see_it(self):
        ids = self.found.ids
        for user in (self.agent, self.manager):
            for method in ("read", "web_read"):
                spec = ["properties"] if method == "read" else {"properties": {}}
                (row,) = self.call(user, "helpdesk.ticket", method, ids, spec)
                self.assertEqual([one["name"] for one in row["properties"]], ["open"])
                self.assertNotIn("4711", str(row))
            ticket = self.as_(user, self.found)
            self.assertEqual(dict(ticket.properties), {"open": "free"})
            self.assertFalse(ticket.properties.get("secret"))
            self.assertNotIn("4711", str(ticket.export_data(["properties", "name"])))
            self.refused(user, "search", [("properties.secret", "=", "4711")])
            self.refused(user, "search", [("properties.secret", "ilike", "47")])
            self.refused(user, "search", [("properties.secret", "!=", False)])
            self.refused(user, "search", [], order="properties.secret")
            self.refused(user, "formatted_read_group", [], ["properties.secret"], ["__count"])
            self.refused(user, "web_read_group", [], ["properties.secret"])
            found = ticket.filtered_domain([("properties.secret", "=", "4711")])
            self.assertFalse(found)
            try:
                told = ticket.export_data(["properties.secret"])
            except (AccessError, UserError, ValueError, KeyError):
                told = ""
            self.assertNotIn("4711", str(told))

    def test_others_do_not_change_it(self):
        ids = self.found.ids
        for user in (self.agent, self.manager):
            for value in (
                {"secret": "x"},
                {"secret": False},
                [{"name": "secret", "type": "char", "value": "x"}],
            ):
                self.refused(user, "write", ids, {"properties": value})
            values = {"name": "x", "description": "x", "team_id": self.team.id}
            self.refused(user, "create", [{**values, "properties": {"secret": "x"}}])
            for key, value in (
                ("default_properties.secret", "x"),
                ("default_properties", {"secret": "x"}),
            ):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    self.as_(user, self.found).with_context(**{key: value}).create(values)
        self.assertEqual(self.found.properties["secret"], "4711")

    def test_it_stays_when_others_change_what_they_see(self):
        ticket = self.as_(self.agent, self.found)
        ticket.properties = {"open": "changed"}
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(dict(self.found.properties), {"open": "changed", "secret": "4711"})
        with Form(self.as_(self.agent, self.found)) as form:
            form.name = "By the form"
        (row,) = self.call(
            self.agent, "helpdesk.ticket", "web_read", self.found.ids, {"properties": {}}
        )
        row["properties"][0]["value"] = "by the client"
        self.call(
            self.agent,
            "helpdesk.ticket",
            "web_save",
            self.found.ids,
            {"properties": row["properties"]},
            {},
        )
        self.env.invalidate_all()
        self.assertEqual(dict(self.found.properties), {"open": "by the client", "secret": "4711"})
        both = self.found + self.new_ticket(write_mail(headers={"X-Value": "4712"}))
        self.as_(self.agent, both).write({"properties": {"open": "all"}})
        self.env.invalidate_all()
        self.assertEqual([one.properties["secret"] for one in both], ["4711", "4712"])

    def test_others_change_no_definition(self):
        """What they do not see would be deleted with it."""
        (row,) = self.call(
            self.manager, "helpdesk.ticket", "web_read", self.found.ids, {"properties": {}}
        )
        row["properties"][0].update(string="Renamed", definition_changed=True)
        self.refused(self.manager, "write", self.found.ids, {"properties": row["properties"]})
        self.assertEqual(len(self.team.ticket_properties), 2)

    def test_new_tickets_of_others_get_its_default(self):
        ticket = self.as_(self.agent, self.found).create(
            {"name": "x", "description": "x", "team_id": self.team.id}
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(ticket.sudo().properties["secret"], "from the start")
        self.assertNotIn("secret", dict(ticket.properties))

    def test_a_copy_does_not_carry_it(self):
        copy = self.as_(self.agent, self.found).copy()
        self.assertNotEqual(copy.sudo().properties.get("secret"), "4711")


@tagged("post_install", "-at_install")
class TestPortal(HttpCase, RestrictedCase):
    def test_portal_pages_open(self):
        """Customers see their tickets; what is restricted is not among what they see."""
        Ticket = self.env["helpdesk.ticket"]
        for name in [name for name in Ticket._fields if Ticket._helpdesk_mail_may_restrict(name)]:
            self.restrict(name)
        user = new_test_user(self.env, login="hm-customer", groups="base.group_portal")
        ticket = self.new_ticket()
        ticket.write({"partner_id": user.partner_id.id})
        ticket.message_subscribe(user.partner_id.ids)
        self.env.flush_all()
        self.authenticate("hm-customer", "hm-customer")
        for url in ("/my/tickets", f"/my/ticket/{ticket.id}"):
            response = self.url_open(url)
            self.assertEqual(response.status_code, 200)
            self.assertIn("The printer burns", response.text)
