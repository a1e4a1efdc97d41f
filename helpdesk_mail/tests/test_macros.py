# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Macros: chosen on a ticket, filled in, edited and sent by the agent with their own rights."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import HelpdeskMailCase, write_mail
from .tour_case import TourCase


class MacroCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tag = cls.env["helpdesk.ticket.tag"].create({"name": "Serial"})
        cls.macro = cls.env["helpdesk.macro"].create(
            {
                "name": "Ask for the serial number",
                "shortcut": "serial",
                "body": "<p>Dear $customer_name, the number on $ticket_number?</p>",
                "stage_id": cls.team._get_applicable_stages()[1].id,
                "priority": "2",
                "tag_ids": [Command.link(cls.tag.id)],
                "assign_me": True,
            }
        )

    def use(self, ticket, macro=None, user=None):
        """The action after a user has used a macro on a ticket."""
        user = user or self.agent
        action = ticket.with_user(user).action_use_macro()
        wizard = self.env["helpdesk.macro.use"].with_user(user).browse(action["res_id"])
        wizard.macro_id = macro or self.macro
        return wizard.action_use()

    def compose(self, action):
        """What the composer of *action* sends: the message."""
        Composer = self.env["mail.compose.message"].with_user(self.agent)
        composer = Form(Composer.with_context(**action["context"])).save()
        composer.body = composer.body.replace("Dear", "Hello")
        with self.mock_mail_gateway():
            composer.action_send_mail()
        ticket = self.env["helpdesk.ticket"].browse(action["context"]["default_res_ids"])
        return ticket.message_ids[0]


@tagged("post_install", "-at_install")
class TestMacros(MacroCase):
    def test_text_and_changes(self):
        """It changes the ticket, and its text is in the composer, where the agent edits it."""
        ticket = self.new_ticket()
        action = self.use(ticket)
        self.assertEqual(ticket.stage_id, self.macro.stage_id)
        self.assertEqual(ticket.priority, "2")
        self.assertEqual(ticket.tag_ids, self.tag)
        self.assertEqual(ticket.user_id, self.agent)
        message = self.compose(action)
        self.assertIn(f"Hello Anna Kunde, the number on {ticket.number}?", message.body)
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertEqual(message.author_id, self.agent.partner_id)
        self.assertIn("anna@kunde.example", str(self._new_mails.mapped("recipient_ids.email")))

    def test_note(self):
        self.macro.kind = "note"
        ticket = self.new_ticket()
        message = self.compose(self.use(ticket))
        self.assertTrue(message.subtype_id.internal)
        self.assertFalse(self._new_mails)

    def test_without_text(self):
        self.macro.body = "<p><br></p>"
        ticket = self.new_ticket()
        self.assertEqual(self.use(ticket)["type"], "ir.actions.act_window_close")
        self.assertEqual(ticket.priority, "2")

    def test_preview(self):
        """The preview shows text and changes; nothing is changed."""
        ticket = self.new_ticket()
        action = self.macro.with_user(self.agent).action_preview()
        wizard = self.env["helpdesk.macro.use"].with_user(self.agent).browse(action["res_id"])
        self.assertEqual(wizard.ticket_id, ticket)
        self.assertIn("Dear Anna Kunde", wizard.text)
        for word in (self.macro.stage_id.name, "High", "Serial", "Agent Staff"):
            self.assertIn(word, wizard.changes)
        self.assertEqual(ticket.priority, "1")

    def test_unknown_variable(self):
        with self.assertRaisesRegex(ValidationError, r"\$ticket_nummer.*\$ticket_number"):
            self.macro.body = "<p>$ticket_nummer</p>"

    def test_customers_words_stay_words(self):
        ticket = self.new_ticket()
        ticket.partner_name = "$ticket_number {{ object.number }} <b>x</b>"
        text = self.use(ticket)["context"]["default_body"]
        self.assertIn("$ticket_number {{ object.number }} &lt;b&gt;x", text)
        message = self.compose(self.use(ticket))
        self.assertIn("$ticket_number {{ object.number }} &lt;b&gt;x", message.body)

    def test_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.macro.body = "<p>Dear $customer_name</p>"
        self.macro.update_field_translations(
            "body", {"de_DE": {"Dear $customer_name": "Hallo $customer_name"}}
        )
        self.anna.lang = "de_DE"
        text = self.use(self.new_ticket())["context"]["default_body"]
        self.assertIn("Hallo Anna", text)
        self.macro.kind = "note"
        self.assertIn("Dear Anna", self.use(self.new_ticket())["context"]["default_body"])

    def test_found_by_shortcut(self):
        found = self.env["helpdesk.macro"].with_user(self.agent).name_search("seri")
        self.assertEqual([macro_id for macro_id, _name in found], self.macro.ids)

    def test_only_for_its_team_and_inbox(self):
        """A macro of another team or inbox is not offered, and not used by RPC either."""
        ticket = self.new_ticket()
        team = self.env["helpdesk.ticket.team"].create({"name": "Other"})
        inbox = self.new_inbox(email="o@desk.example")
        for team_ids, inbox_ids in ((team.ids, []), ([], inbox.ids)):
            self.macro.write(
                {"team_ids": [Command.set(team_ids)], "inbox_ids": [Command.set(inbox_ids)]}
            )
            with self.assertRaises(UserError):
                self.use(ticket)
        self.macro.inbox_ids = self.inbox
        self.use(ticket)

    def test_rights(self):
        """Agents use macros, administrators make them; nobody does more than they may."""
        reader = self.new_user("reader")
        ticket = self.new_ticket()
        Macro = self.env["helpdesk.macro"]
        for user in (self.agent, reader):
            with self.assertRaises(AccessError):
                Macro.with_user(user).create({"name": "x"})
            with self.assertRaises(AccessError):
                self.macro.with_user(user).name = "x"
        with self.assertRaises(AccessError):
            self.macro.with_user(reader).read(["name"])
        with self.assertRaises(AccessError):
            ticket.with_user(reader).action_use_macro()
        administrator = self.new_user("admin", "helpdesk_mail.group_mail_administrator")
        Macro.with_user(administrator).create({"name": "x"})
        # of a ticket of somebody else
        own = self.new_user("own", "helpdesk_mgmt.group_helpdesk_user_own")
        ticket.user_id = self.agent
        wizard = self.env["helpdesk.macro.use"].with_user(own)
        with self.assertRaises(AccessError):
            wizard.create({"ticket_id": ticket.id, "macro_id": self.macro.id}).action_use()
        self.assertEqual(ticket.priority, "1")

    def test_who_may_only_read(self):
        """The changes are made with the rights of whoever uses it."""
        Ticket = type(self.env["helpdesk.ticket"])
        check, agent = Ticket._check_access, self.agent

        def checked(records, operation):
            if operation == "write" and records.env.uid == agent.id:
                return records, lambda: AccessError("Not yours.")
            return check(records, operation)

        ticket = self.new_ticket()
        with patch.object(Ticket, "_check_access", checked), self.assertRaises(AccessError):
            self.use(ticket)

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        macro = self.env["helpdesk.macro"].create({"name": "x", "company_id": other.id})
        with self.assertRaises(AccessError):
            macro.with_user(self.agent).read(["name"])


@tagged("post_install", "-at_install")
class TestMacroTour(MacroCase, TourCase):
    def test_in_the_browser(self):
        ticket = self.new_ticket(write_mail())
        url = f"/odoo/action-helpdesk_mgmt.helpdesk_ticket_action/{ticket.id}"
        self.start_tour(url, "helpdesk_mail_macro", login=self.agent.login)
        self.assertEqual(ticket.priority, "2")
        self.assertIn("Dear Anna Kunde", ticket.message_ids[0].body)
