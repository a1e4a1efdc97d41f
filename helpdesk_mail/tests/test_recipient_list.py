# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The list of recipients: its columns, filters, groups, inline edit, import and export."""

from ast import literal_eval

from lxml import etree
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import CUSTOMER, write_mail
from .test_recipients import STRANGER, RecipientCase


class TestRecipientList(RecipientCase):
    """ "In this window we can pair an unknown email addresses to the existing customers/leads" """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent.group_ids += cls.env.ref("base.group_allow_export")

    def setUp(self):
        super().setUp()
        self.first = self.new_ticket(self.mail_of())
        self.new_ticket(write_mail())
        self.list = self.env["helpdesk.recipient"].with_user(self.agent)

    def arch(self, kind):
        return etree.fromstring(self.list.get_view(view_type=kind)["arch"])

    def test_columns_are_chosen(self):
        """ "The Recipients table can be modified to display the necessary fields" """
        columns = {
            node.get("name"): node.get("optional")
            for node in self.arch("list").iter("field")
            if node.get("column_invisible") != "True"
        }
        for name in ("partner_id", "lead_id", "is_shared", "is_banned", "in_deny_list"):
            self.assertEqual(columns[name], "show", name)
        self.assertEqual(columns["looks_shared"], "hide")
        always = [name for name, optional in columns.items() if not optional]
        self.assertEqual(always, ["email", "name"])

    def test_export_and_import(self):
        """ "the date can exported in a format of choice": what was exported is imported again."""
        self.recipient().action_pair(partner_id=self.kunde.id)
        self.recipient(CUSTOMER).action_ban()
        names = ["email", "name", "partner_id/.id", "is_shared", "is_banned", "in_deny_list"]
        recipients = self.list.search([], order="email")
        rows = recipients.export_data(names)["datas"]
        self.assertEqual(rows[0][:2], [CUSTOMER, "Anna Kunde"])
        self.assertEqual(rows[1][:3], [STRANGER, "New Man", str(self.kunde.id)])
        self.assertEqual([row[4] for row in rows], [True, False])
        recipients.sudo().unlink()
        texts = [[str(cell) if cell not in (False, None) else "" for cell in row] for row in rows]
        result = self.list.load(names[:5], [row[:5] for row in texts])
        self.assertFalse(result["messages"])
        self.assertEqual(self.recipient().partner_id, self.kunde)
        self.assertTrue(self.recipient(CUSTOMER).is_banned)

    def test_import_of_a_known_address_names_it(self):
        """ "malformed and duplicate addresses": the line is named, and nothing half done."""
        count = self.list.search_count([])
        for email in STRANGER.upper(), f"Anna <{STRANGER}>", "not an address":
            with mute_logger("odoo.sql_db"):
                result = self.list.load(["email"], [["fresh@x.example"], [email]])
            words = str([message["message"] for message in result["messages"]])
            self.assertRegex(words, "this address already|is no e-mail address", email)
            self.assertFalse(result["ids"])
        self.assertEqual(self.list.search_count([]), count)

    def test_filters(self):
        """unpaired, shared, banned, in deny list"""
        new = [f"{name}@list.example" for name in ("paired", "shared", "banned", "denied", "plain")]
        recipients = dict(
            zip(
                ("paired", "shared", "banned", "in_deny_list", "plain"),
                self.env["helpdesk.recipient"].create([{"email": email} for email in new]),
                strict=True,
            )
        )
        recipients["paired"].action_pair(partner_id=self.kunde.id)
        recipients["shared"].action_share()
        recipients["banned"].action_ban()
        self.env["helpdesk.deny.rule"].create({"pattern": "denied@list.example"})
        filters = {
            node.get("name"): literal_eval(node.get("domain"))
            for node in self.arch("search").iter("filter")
            if node.get("domain")
        }
        mine = [("email_domain", "=", "list.example")]
        for name in ("paired", "shared", "banned", "in_deny_list"):
            with self.subTest(name):
                self.assertEqual(self.list.search(mine + filters[name]), recipients[name])
        found = self.list.search(mine + filters["unpaired"])
        self.assertEqual(
            set(found), set(recipients.values()) - {recipients["paired"]} - {recipients["shared"]}
        )
        self.assertIn("looks_shared", filters)

    def test_groups(self):
        for node in self.arch("search").iter("filter"):
            if not node.get("context"):
                continue
            group = literal_eval(node.get("context"))["group_by"]
            with self.subTest(group):
                groups = self.list.formatted_read_group([], [group], ["__count"])
                self.assertEqual(sum(found["__count"] for found in groups), 2)

    def test_name_is_edited_in_the_list(self):
        """ "Edit sender - to edit sender's name in Tickets" """
        view = self.arch("list")
        self.assertEqual(view.get("editable"), "bottom")
        self.assertFalse(view.xpath("//field[@name='name']")[0].get("readonly"))
        self.recipient().with_user(self.agent).web_save({"name": "Mr Nobody"}, {"name": {}})
        self.assertEqual(self.first.partner_name, "Mr Nobody")

    def test_actions_for_one_and_for_many(self):
        """Actions on one or many: pair, unpair, ban, unban, shared on and off."""
        view = self.arch("list")
        many = {node.get("name") for node in view.xpath("//header/button")}
        one = {node.get("name") for node in view.xpath("/list/button")}
        wanted = {"action_pair", "action_unpair", "action_ban", "action_unban"}
        self.assertLessEqual(wanted | {"action_share", "action_unshare"}, many)
        self.assertLessEqual(wanted, one)
        both = self.list.search([])
        self.assertEqual(len(both), 2)
        both.action_ban()
        self.assertTrue(all(both.mapped("is_banned")))
        both.action_unban()
        self.assertFalse(any(both.mapped("is_banned")))
        both.action_pair(partner_id=self.kunde.id)
        self.assertEqual(both.partner_id, self.kunde)
        both.action_unpair()
        self.assertFalse(both.partner_id)

    def test_form_with_tickets_and_history(self):
        recipient = self.recipient()
        recipient.action_pair(partner_id=self.kunde.id)
        pages = {node.get("name") for node in self.arch("form").iter("page")}
        self.assertEqual(pages, {"tickets", "history"})
        self.first.active = False
        action = recipient.with_user(self.agent).action_view_tickets()
        Ticket = self.env["helpdesk.ticket"].with_context(**action["context"])
        self.assertEqual(Ticket.search(action["domain"]), self.first, "archived ones as well")
        self.assertEqual(recipient.move_ids.mapped("kind"), ["pair"])

    def test_smart_buttons(self):
        """smart buttons on the contact and the lead"""
        self.recipient().action_pair(partner_id=self.anna.id)
        for partner, count in ((self.anna, 1), (self.kunde, 1), (self.bert, 0)):
            partner = partner.with_user(self.agent)
            self.assertEqual(partner.helpdesk_recipient_count, count)
            action = partner.action_view_helpdesk_recipients()
            self.assertEqual(self.list.search_count(action["domain"]), count)
        self.agent.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        lead = self.env["crm.lead"].create({"name": "Maybe"})
        self.recipient().action_pair(lead_id=lead.id)
        lead = lead.with_user(self.agent)
        self.assertEqual(lead.helpdesk_recipient_count, 1)
        action = lead.action_view_helpdesk_recipients()
        self.assertEqual(self.list.search(action["domain"]), self.recipient())
        sales = self.new_user("sales", "sales_team.group_sale_salesman_all_leads")
        arch = self.env["crm.lead"].with_user(sales).get_view(view_type="form")["arch"]
        self.assertNotIn("helpdesk_recipient_count", arch)

    def test_pair_many_says_how_many_move(self):
        """the dialog says how many tickets will move before it moves them"""
        self.new_ticket(self.mail_of(subject="2"))
        self.new_ticket(self.mail_of("other@nobody.example", subject="3"))
        both = self.list.search([("email_domain", "=", "nobody.example")])
        Dialog = self.env["helpdesk.recipient.pair"].with_user(self.agent)
        dialog = Dialog.create({"recipient_ids": [Command.set(both.ids)]})
        self.assertEqual(dialog.ticket_count, 3)
        dialog.assign_all = False
        self.assertEqual(dialog.ticket_count, 0)
