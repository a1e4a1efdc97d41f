# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reference 004, Ticket Mapping Settings: parts of a mail become fields of its ticket."""

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import CUSTOMER, HelpdeskMailCase, write_mail

PROPERTIES = [
    {"name": "serial", "string": "Serial number", "type": "char"},
    {"name": "pages", "string": "Pages", "type": "integer"},
    {"name": "day", "string": "Bought on", "type": "date"},
    {"name": "notes", "string": "Notes", "type": "text"},
]


class MappingCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.ticket_properties = PROPERTIES

    def map(self, field_name, source="subject", **values):
        return self.env["helpdesk.inbox.mapping"].create(
            {
                "inbox_id": self.inbox.id,
                "field_name": field_name,
                "source": source,
                **values,
            }
        )

    def mapped(self, name, source, mail=None, **values):
        """What a property (or field) of the ticket is after a mail."""
        mapping = self.map(name, source, **values)
        ticket = self.new_ticket(mail or write_mail())
        mapping.unlink()
        if name.startswith("properties."):
            return ticket.properties.get(name.removeprefix("properties."))
        return ticket[name]


@tagged("post_install", "-at_install")
class TestMappings(MappingCase):
    def test_subject(self):
        """Subject: Maps email subject to a ticket field."""
        self.assertEqual(self.mapped("properties.serial", "subject"), "The printer burns")

    def test_body(self):
        """Body: Maps email body to a ticket field."""
        mail = write_mail(text="It burns.\n\n> What does it do?\n")
        self.assertIn("What does it do", self.mapped("properties.notes", "body", mail))
        quoted = "On Mon, 2 Mar 2026 at 09:00, Support <support@desk.example> wrote:\n> What?\n"
        mail = write_mail(text=f"It burns.\n\n{quoted}")
        self.assertEqual(self.mapped("properties.notes", "new_text", mail), "It burns.")

    def test_sender(self):
        """Sender: Identifies and maps sender's email."""
        self.assertEqual(self.mapped("properties.serial", "sender_email"), CUSTOMER)
        self.assertEqual(self.mapped("properties.serial", "sender_name"), "Anna Kunde")

    def test_importance(self):
        """Importance: Maps email priority (High, Medium, Low)."""
        for word, priority in (("high", "2"), ("normal", "1"), ("low", "0")):
            ticket = self.new_ticket(write_mail(headers={"Importance": word}))
            self.assertEqual(ticket.priority, priority)
        self.inbox.map_importance = False
        ticket = self.new_ticket(write_mail(headers={"Importance": "high"}))
        self.assertEqual(ticket.priority, "1")
        mail = write_mail(headers={"Importance": "high"})
        self.assertEqual(self.mapped("priority", "importance", mail), "2")
        mail = write_mail(headers={"Importance": "high"})
        self.assertEqual(self.mapped("properties.serial", "importance", mail), "high")

    def test_attachment(self):
        """Attachment: Determines how email attachments are handled (as a field as well)."""
        files = [("a.pdf", b"1"), ("b.pdf", b"2")]
        names = self.mapped("properties.serial", "attachment_names", write_mail(files=files))
        self.assertEqual(names, "a.pdf, b.pdf")
        count = self.mapped("properties.pages", "attachment_count", write_mail(files=files))
        self.assertEqual(count, 2)

    def test_to_cc_date_and_message_id(self):
        mail = write_mail(cc="Bert <bert@kunde.example>", message_id="<mapped@kunde.example>")
        self.assertIn("bert@kunde.example", self.mapped("properties.serial", "cc", mail))
        mail = write_mail()
        self.assertEqual(self.mapped("properties.serial", "to", mail), self.inbox.email)
        self.assertEqual(self.mapped("properties.day", "date"), "2026-03-02")
        mail = write_mail(message_id="<mapped2@kunde.example>")
        self.assertEqual(
            self.mapped("properties.serial", "message_id", mail), "mapped2@kunde.example"
        )

    def test_any_header(self):
        mail = write_mail(headers={"X-Serial": " SN 17 "})
        value = self.mapped("properties.serial", "header", mail, header_name="x-serial")
        self.assertEqual(value, "SN 17")

    def test_captured_group_of_an_expression(self):
        mail = write_mail(text="Hello,\n\nserial:   SN-4711\nbye")
        value = self.mapped("properties.serial", "regex", mail, pattern=r"^serial: ?(\S+)$")
        self.assertEqual(value, "SN-4711")
        mail = write_mail(subject="Order 42: broken")
        value = self.mapped(
            "properties.pages", "regex", mail, pattern=r"order (\d+)", pattern_location="subject"
        )
        self.assertEqual(value, 42)

    def test_constant(self):
        category = self.env["helpdesk.ticket.category"].create({"name": "Hardware"})
        self.assertEqual(self.mapped("category_id", "constant", constant="hardware"), category)

    def test_record_by_name_from_the_mail(self):
        category = self.env["helpdesk.ticket.category"].create({"name": "Hardware"})
        mail = write_mail(headers={"X-Category": "HARDWARE"})
        self.assertEqual(
            self.mapped("category_id", "header", mail, header_name="X-Category"), category
        )

    def test_title_and_text_of_the_ticket(self):
        mail = write_mail(headers={"X-Title": "A better title"})
        self.assertEqual(
            self.mapped("name", "header", mail, header_name="X-Title"), "A better title"
        )
        self.assertEqual(self.mapped("name", "header", header_name="X-Title"), "The printer burns")

    def test_team_from_the_mail_and_its_property(self):
        repairs = self.env["helpdesk.ticket.team"].create(
            {
                "name": "Repairs",
                "company_id": self.company.id,
                "ticket_properties": [{"name": "model", "string": "Model", "type": "char"}],
            }
        )
        self.inbox.mapping_ids = [
            Command.create({"field_name": "team_id", "source": "constant", "constant": "Repairs"})
        ]
        ticket = self.new_ticket()
        self.assertEqual(ticket.team_id, repairs)

    def test_default_value(self):
        """Default Value: Set a fallback value if no corresponding email data exists."""
        self.map("properties.serial", "header", header_name="X-Serial", default_value="unknown")
        item = self.take_one()
        self.assertEqual(self.ticket(item).properties["serial"], "unknown")
        self.assertIn("default_used", self.codes(item))
        item = self.take_one(write_mail(headers={"X-Serial": "SN1"}))
        self.assertEqual(self.ticket(item).properties["serial"], "SN1")
        self.assertIn("mapped", self.codes(item))

    def test_required_mappings(self):
        """Required Mappings: each ticket gets a value, so there must be a default; they stand
        first.
        """
        self.map("properties.notes", sequence=1)
        with self.assertRaisesRegex(ValidationError, "Serial number is required.*give a default"):
            with self.env.cr.savepoint():
                self.map("properties.serial", "header", header_name="X-Serial", is_required=True)
        self.map(
            "properties.serial",
            "header",
            header_name="X-Serial",
            is_required=True,
            default_value="none",
            sequence=99,
        )
        self.map("properties.pages", "attachment_count", is_required=True, sequence=98)
        self.inbox.invalidate_recordset(["mapping_ids"])
        self.assertEqual(
            self.inbox.mapping_ids.mapped("field_name"),
            ["properties.pages", "properties.serial", "properties.notes"],
        )
        self.assertEqual(self.new_ticket().properties["serial"], "none")

    def test_optional_mappings_and_remove(self):
        """Optional Mappings: Additional fields for mapping. Action: Option to remove mapping."""
        admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        with Form(self.inbox.with_user(admin)) as form:
            with form.mapping_ids.new() as line:
                line.field_name = "properties.serial"
                line.source = "subject"
        self.assertEqual(self.new_ticket().properties["serial"], "The printer burns")
        with Form(self.inbox.with_user(admin)) as form:
            form.mapping_ids.remove(0)
        self.assertFalse(self.new_ticket().properties.get("serial"))

    def test_type_check_when_saved(self):
        for values, words in (
            ({"field_name": "category_id", "source": "body"}, "Text cannot fill Category"),
            ({"field_name": "properties.day", "source": "subject"}, "cannot fill Bought on"),
            (
                {"field_name": "properties.pages", "source": "constant", "constant": "many"},
                'Pages does not take "many". Write a whole number.',
            ),
            (
                {
                    "field_name": "properties.day",
                    "source": "header",
                    "header_name": "X-Day",
                    "default_value": "soon",
                },
                "Write a date like 2026-12-31",
            ),
            ({"field_name": "properties.day", "source": "header"}, "Name the header field"),
            (
                {"field_name": "properties.day", "source": "regex", "pattern": "(a+)+"},
                "cannot be used",
            ),
            ({"field_name": "properties.day", "source": "regex", "pattern": "a"}, "cannot be"),
            ({"field_name": "properties.serial", "source": "constant"}, "Say with what"),
        ):
            with self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
                self.map(**values)
        for name in ("partner_id", "company_id", "no_field"):
            with self.assertRaises(ValidationError, msg=name), self.env.cr.savepoint():
                self.map(name)

    def test_batch_costs_no_query_for_each_mail(self):
        self.map("properties.serial")
        self.map("properties.pages", "attachment_count")
        self.take(*(write_mail(subject=f"Warm {n}") for n in range(3)))
        self.env.flush_all()
        counts = []
        for size in (5, 20):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.take(*(write_mail(subject=f"Case {size} {n}") for n in range(size)))
            counts.append(self.env.cr.sql_log_count - before)
        self.inbox.mapping_ids.unlink()
        self.take(*(write_mail(subject=f"Warm {n}") for n in range(3)))
        plain = []
        for size in (5, 20):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.take(*(write_mail(subject=f"Plain {size} {n}") for n in range(size)))
            plain.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1] - counts[0], plain[1] - plain[0])
        self.assertLessEqual(counts[1] - plain[1], 2)

    def test_rights(self):
        mapping = self.map("properties.serial")
        with self.assertRaises(UserError):
            mapping.with_user(self.agent).read(["field_name"])
        with self.assertRaises(UserError):
            mapping.with_user(self.agent).unlink()

    def test_ordinary_road(self):
        """Where other add-ons want each mail, the fields are filled all the same."""
        self.batch_road.return_value = ["other.message_new"]
        self.map("properties.serial")
        ticket = self.new_ticket(write_mail(subject="By the ordinary road"))
        self.assertEqual(ticket.properties["serial"], "By the ordinary road")


@tagged("post_install", "-at_install")
class TestBadInput(MappingCase):
    def setUp(self):
        super().setUp()
        self.admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        self.inbox.administrator_ids = self.admin

    def activities(self):
        return self.env["mail.activity"].search(
            [("res_model", "=", "helpdesk.inbox"), ("res_id", "=", self.inbox.id)]
        )

    def notes(self, words):
        return self.inbox.message_ids.filtered(lambda message: words in message.body)

    def test_field_that_was_removed(self):
        """The ticket is made, the trace says what was left out, the administrator is told once."""
        mapping = self.map("properties.serial")
        self.map("properties.notes")
        self.team.ticket_properties = PROPERTIES[3:]
        items = self.take(write_mail(), write_mail()) + self.take(write_mail())
        for item in items:
            self.assertEqual(item.outcome, "created")
            self.assertIn("there is none of that name any more", self.row(item).explanation)
            self.assertEqual(self.ticket(item).properties["notes"], "The printer burns")
        self.assertEqual(self.activities().user_id, self.admin)
        self.assertEqual(len(self.activities()), 1)
        self.assertEqual(len(self.notes("was left out")), 1)
        self.assertIn("was left out", self.inbox.problem_ids.sentence)
        mapping.invalidate_recordset()
        self.assertTrue(mapping.exists().is_broken, "it stays, and is marked")
        self.assertEqual(mapping.field_name, "properties.serial")

    def test_told_again_after_an_edit(self):
        self.map("properties.serial")
        notes = self.map("properties.notes")
        self.team.ticket_properties = PROPERTIES[3:]
        self.take_one()
        notes.default_value = "x"
        self.assertFalse(self.inbox.problem_ids)
        self.take_one()
        self.assertEqual(len(self.notes("was left out")), 2)

    def test_value_that_does_not_fit(self):
        self.map("properties.pages", "header", header_name="X-Pages", default_value="7")
        self.map("properties.day", "header", header_name="X-Day")
        for word in ("many", "some"):
            item = self.take_one(write_mail(headers={"X-Pages": word, "X-Day": word}))
            self.assertIn(f'"{word}" does not fit', self.row(item).explanation)
            self.assertEqual(self.ticket(item).properties["pages"], 7)
            self.assertFalse(self.ticket(item).properties["day"])
        # one for each field, whatever the mails say
        self.assertEqual(len(self.inbox.problem_ids), 2)

    def test_template_of_an_archived_team(self):
        repairs = self.env["helpdesk.ticket.team"].create({"name": "Repairs"})
        self.inbox.template_id = self.env["helpdesk.ticket.template"].create(
            {"name": "Repair", "team_id": repairs.id, "priority": "3"}
        )
        repairs.active = False
        item = self.take_one()
        ticket = self.ticket(item)
        self.assertEqual((ticket.team_id, ticket.priority), (self.team, "3"))
        self.assertIn("template Repair names there is archived", self.row(item).explanation)
        self.assertEqual(len(self.activities()), 1)

    def test_value_that_a_constraint_refuses(self):
        """The ticket is made without what the inbox fills in; nothing goes to quarantine."""
        self.map("properties.serial")
        self.map("kanban_state", "constant", constant="Blocked")
        Ticket = type(self.env["helpdesk.ticket"])
        create = Ticket.create

        def refuse(tickets, vals_list):
            if any(vals.get("kanban_state") == "blocked" for vals in vals_list):
                raise ValidationError(self.env._("No ticket begins blocked."))
            return create(tickets, vals_list)

        self.patch(Ticket, "create", refuse)
        items = self.take(write_mail(), write_mail())
        for item in items:
            self.assertEqual(item.outcome, "created")
            self.assertFalse(self.ticket(item).kanban_state)
            self.assertIn("No ticket begins blocked", self.row(item).explanation)
        self.assertEqual(len(self.activities()), 1)
        self.assertEqual(len(self.inbox.problem_ids), 1)

    def test_a_simulation_tells_nobody(self):
        from ..intake import Door, simulate
        from ..transport import RawMail

        self.map("properties.serial")
        self.team.ticket_properties = PROPERTIES[3:]
        source = write_mail()
        inbox = self.inbox.with_user(self.env.ref("base.user_root"))
        door = Door(inbox, self.env["helpdesk.mail.folder"], "imap")
        simulation = simulate(inbox.env, door, RawMail(source=source, size=len(source)))
        self.assertIn("field_gone", [step[1] for step in simulation.steps])
        self.assertFalse(self.inbox.problem_ids)

    def test_administrator_marks_it_as_solved(self):
        self.inbox._tell_problem("field_gone", {"field": "X"})
        self.assertFalse(self.inbox._tell_problem("field_gone", {"field": "X"}))
        with self.assertRaises(UserError):
            self.inbox.with_user(self.agent).action_problems_solved()
        self.inbox.with_user(self.admin).action_problems_solved()
        self.assertTrue(self.inbox._tell_problem("field_gone", {"field": "X"}))

    def test_hostile_words_are_text_in_the_note(self):
        self.inbox._tell_problem(
            "does_not_fit", {"field": "X", "value": "<img src=x onerror=alert(1)>\0"}
        )
        self.assertIn("&lt;img", self.notes("does not fit").body)
