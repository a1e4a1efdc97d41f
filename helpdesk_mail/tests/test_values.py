# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a mail or an administrator writes becomes the value of a field, or is refused."""

from odoo.fields import Command
from odoo.tests import tagged

from ..intake import value_words, values
from .common import HelpdeskMailCase


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestValues(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team.ticket_properties = [
            {"name": "serial", "string": "Serial number", "type": "char"},
            {"name": "pages", "string": "Pages", "type": "integer"},
            {"name": "price", "string": "Price", "type": "float"},
            {"name": "day", "string": "Bought on", "type": "date"},
            {"name": "moment", "string": "Seen at", "type": "datetime"},
            {"name": "warranty", "string": "Warranty", "type": "boolean"},
            {
                "name": "colour",
                "string": "Colour",
                "type": "selection",
                "selection": [["r", "Red"], ["g", "Green"]],
            },
            {
                "name": "marks",
                "string": "Marks",
                "type": "tags",
                "tags": [["a", "Alpha", 1], ["b", "Beta", 2]],
            },
            {"name": "owner", "string": "Owner", "type": "many2one", "comodel": "res.partner"},
            {"name": "others", "string": "Others", "type": "many2many", "comodel": "res.partner"},
        ]

    def value(self, name, text):
        return values.convert(self.env, name, text, self.company, self.team)

    def no_fit(self, name, text, code="does_not_fit"):
        with self.assertRaises(values.ValueProblem, msg=f"{name}: {text}") as caught:
            self.value(name, text)
        self.assertEqual(caught.exception.code, code)

    def test_numbers_as_people_write_them(self):
        for text, expected in {
            "12": 12.0,
            "1.5": 1.5,
            "1,5": 1.5,
            "1,234.50": 1234.5,
            "1.234,50": 1234.5,
            "1 234 567": 1234567.0,
            "1'234.5": 1234.5,
            "-3": -3.0,
        }.items():
            self.assertEqual(self.value("properties.price", text), expected, text)
        for text, expected in {"1.500": 1500, "2,000,000": 2000000, "7": 7, "7.0": 7}.items():
            self.assertEqual(self.value("properties.pages", text), expected, text)
        for text in ("much", "1.5", "12 apples", "9" * 400, "1e5", "--1", str(2**31)):
            self.no_fit("properties.pages", text)
        self.no_fit("properties.price", "9" * 400)

    def test_dates_as_mails_and_people_write_them(self):
        for text in (
            "2026-12-31",
            "31.12.2026",
            "2026-12-31T10:00:00+01:00",
            "Thu, 31 Dec 2026 10:00:00 +0100",
        ):
            self.assertEqual(self.value("properties.day", text), "2026-12-31", text)
        self.assertEqual(
            self.value("properties.moment", "Thu, 31 Dec 2026 10:00:00 +0100"),
            "2026-12-31 09:00:00",
        )
        # two countries read two different days
        for text in ("03/04/2026", "tomorrow", "0001-01-01", "2026-02-30", "31.13.2026"):
            self.no_fit("properties.day", text)

    def test_yes_and_no(self):
        for text, expected in {"Yes": True, "ja": True, "1": True, "no": False, "": False}.items():
            self.assertIs(self.value("properties.warranty", text), expected)
        self.no_fit("properties.warranty", "perhaps")

    def test_choices_by_word_or_key(self):
        self.assertEqual(self.value("properties.colour", "green"), "g")
        self.assertEqual(self.value("properties.colour", "R"), "r")
        self.no_fit("properties.colour", "blue")
        self.assertEqual(self.value("properties.marks", "beta, Alpha"), ["b", "a"])
        for text, expected in {"high": "2", "normal": "1", "URGENT": "3", "Low": "0"}.items():
            self.assertEqual(self.value("priority", text), expected)

    def test_records_by_name_and_people_by_address(self):
        self.assertEqual(self.value("properties.owner", "Kunde Inc"), self.kunde.id)
        self.assertEqual(self.value("properties.owner", "Anna@Kunde.example"), self.anna.id)
        self.assertEqual(
            self.value("properties.others", "Anna Kunde, Bert Kunde"), (self.anna + self.bert).ids
        )
        self.assertEqual(self.value("user_id", self.agent.email), self.agent.id)
        tags = self.env["helpdesk.ticket.tag"].create([{"name": "Burns"}, {"name": "50%_off"}])
        self.assertEqual(self.value("tag_ids", "burns,50%_off"), [Command.set(tags.ids)])
        self.no_fit("tag_ids", "50%")
        self.no_fit("tag_ids", "x" * 300)
        self.no_fit("tag_ids", "burns, unheard of")

    def test_of_two_records_with_one_name_none(self):
        self.env["res.partner"].create({"name": "Kunde Inc"})
        self.no_fit("properties.owner", "Kunde Inc")

    def test_no_record_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["helpdesk.ticket.category"].create({"name": "Theirs", "company_id": other.id})
        self.no_fit("category_id", "Theirs")
        mine = self.env["helpdesk.ticket.category"].create(
            {"name": "Theirs", "company_id": self.company.id}
        )
        self.assertEqual(self.value("category_id", "theirs"), mine.id)

    def test_stage_of_the_tickets_team(self):
        team = self.env["helpdesk.ticket.team"].create({"name": "Others"})
        Stage = self.env["helpdesk.ticket.stage"]
        Stage.create({"name": "Checked", "team_ids": team.ids})
        mine = Stage.create({"name": "Checked", "team_ids": self.team.ids})
        self.assertEqual(self.value("stage_id", "checked"), mine.id)

    def test_no_mail_says_whose_ticket_it_is(self):
        for name in ("partner_id", "company_id", "number", "inbox_id", "partner_email", "id"):
            self.no_fit(name, "1", "field_protected")
        self.no_fit("x_gone", "1", "field_gone")
        self.no_fit("properties.gone", "1", "field_gone")

    def test_many_names_cost_one_query(self):
        names = [f"Tag {number}" for number in range(40)]
        self.env["helpdesk.ticket.tag"].create([{"name": name} for name in names])
        self.env.flush_all()
        cache = values.Cache()
        # the models are loaded
        values.look_up(self.env, "tag_ids", names[:1], self.company, self.team, values.Cache())
        with self.assertQueryCount(1):
            values.look_up(self.env, "tag_ids", names, self.company, self.team, cache)
        with self.assertQueryCount(0):
            for name in names:
                values.convert(self.env, "tag_ids", name, self.company, self.team, cache)

    def test_choices_are_named(self):
        found = dict(value_words.choices(self.env, self.company))
        self.assertEqual(found["category_id"], "Category")
        self.assertEqual(found["properties.serial"], "Serial number (Support team)")
        for name in ("partner_id", "number", "message_ids", "properties"):
            self.assertNotIn(name, found)
