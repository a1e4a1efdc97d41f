# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Roads around what inboxes refuse, restrict and keep to themselves, each of them closed."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import CUSTOMER, HelpdeskMailCase, write_mail
from .rules_case import RulesCase
from .test_reading_forwards import write_forward
from .test_replies import RepliesCase
from .test_restricted_fields import QUIET, RestrictedCase
from .test_simulation import SimulationCase

AGENT = "Agent Staff <agent@staff.example>"


@tagged("post_install", "-at_install")
class TestForgedCommands(RepliesCase):
    """The mail domain of the agents says nothing of forgeries: anybody can write their address."""

    def forged(self, ticket, text, answers):
        source = write_mail(sender=AGENT, subject="Re: x", text=text, answers=answers)
        item = self.take_one(source)
        self.assertEqual(self.ticket(item), ticket)
        return item

    def test_by_the_customers_own_message_id(self):
        ticket = self.new_ticket(write_mail(message_id="<mine@kunde.example>"))
        item = self.forged(ticket, "#close\n#assign me", "<mine@kunde.example>")
        self.assertFalse(ticket.stage_id.closed)
        self.assertIn("command_unproven", self.codes(item))

    def test_by_what_the_customer_got(self):
        ticket = self.new_ticket()
        received = ticket.message_ids.filtered(lambda m: m.message_type == "auto_comment")
        self.assertTrue(received)
        message, _mails = self.answer(ticket)
        for got in (received, message):
            self.forged(ticket, "#close", got.message_id)
            self.assertFalse(ticket.stage_id.closed)

    def test_by_mail_that_became_internal(self):
        """Its Message-ID was chosen by whoever sent it."""
        ticket = self.new_ticket()
        self.take_one(
            write_mail(
                sender=AGENT, subject=f"[{ticket.number}] x", message_id="<chosen@evil.example>"
            )
        )
        self.forged(ticket, "#close", "<chosen@evil.example>")
        self.assertFalse(ticket.stage_id.closed)

    def test_what_only_we_got_is_proof(self):
        self.inbox.administrator_emails = "boss@desk.example"
        ticket = self.new_ticket()
        notice = self.env["mail.message"].search(
            [("res_id", "=", ticket.id), ("message_type", "=", "user_notification")]
        )
        self.forged(ticket, "#priority high", notice.message_id)
        self.assertEqual(ticket.priority, "2")
        note = ticket.with_user(self.agent).message_post(
            body="Between us", subtype_xmlid="mail.mt_note", message_type="comment"
        )
        self.forged(ticket, "#close", note.message_id)
        self.assertTrue(ticket.stage_id.closed)

    def test_a_note_that_a_customer_got_is_none(self):
        ticket = self.new_ticket()
        note = ticket.with_user(self.agent).message_post(
            body="You too",
            subtype_xmlid="mail.mt_note",
            message_type="comment",
            partner_ids=self.anna.ids,
        )
        self.forged(ticket, "#close", note.message_id)
        self.assertFalse(ticket.stage_id.closed)

    def test_customers_do_not_learn_what_only_we_got(self):
        self.inbox.administrator_emails = "boss@desk.example"
        ticket = self.new_ticket()
        note = ticket.with_user(self.agent).message_post(
            body="Between us", subtype_xmlid="mail.mt_note", message_type="comment"
        )
        notice = self.env["mail.message"].search(
            [("res_id", "=", ticket.id), ("message_type", "=", "user_notification")]
        )
        self.assertTrue(notice)
        _message, mails = self.answer(ticket)
        self.assertTrue(mails)
        for mail in mails:
            for secret in (note, *notice):
                self.assertNotIn(secret.message_id, mail.references)

    def test_words_that_a_mail_program_has_changed(self):
        """Blanks, line ends and invisible characters do not make the customer's words new."""
        said = (
            "Please help, or else you might as well write #close\n",
            "Please help.\n#close\N{NO-BREAK SPACE}\n",
            "Please help.\n#clo\N{ZERO WIDTH SPACE}se\n",
            "Please help.\n>  #close\n",
        )
        for text in said:
            ticket = self.new_ticket(write_mail(text=text))
            item = self.by_agent(ticket, "Ok.\n\nPlease help.\n#close")
            self.assertFalse(ticket.stage_id.closed, text)
            self.assertIn("command_quoted", self.codes(item))
        ticket = self.new_ticket(write_mail(html="<p>Help.</p><p>#<b>assign</b>  <i>me</i></p>"))
        self.by_agent(ticket, "Ok.\n\nHelp.\n#assign me")
        self.assertFalse(ticket.user_id)

    def test_words_that_the_customer_has_hidden(self):
        """Some mail programs show, in an answer, what the mail hides."""
        for hidden in ("display:none", "font-size:0", "color:#fff;max-height:0;overflow:hidden"):
            body = f"<p>Help.</p><div style='{hidden}'>#<b>clo</b>se</div>"
            ticket = self.new_ticket(write_mail(text="Help.", html=body))
            self.by_agent(ticket, "Ok.\n\nHelp.\n#close")
            self.assertFalse(ticket.stage_id.closed, hidden)


class TestRestrictedByOtherRoads(RestrictedCase, SimulationCase):
    def setUp(self):
        super().setUp()
        self.restrict("kanban_state")
        self.restrict("properties.secret")
        self.found = self.new_ticket(write_mail(message_id="<one@kunde.example>"))
        self.found.write({"kanban_state": "blocked", "properties": {"secret": "4711"}})
        self.admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")

    def rule(self, user, **values):
        values = {"name": "x", "inbox_id": self.inbox.id, "applies_to": "replies", **values}
        return self.env["helpdesk.inbox.rule"].with_user(user).create(values)

    def test_simulate_shows_no_value_that_a_rule_would_replace(self):
        lines = [
            Command.create({"field_name": "kanban_state", "value": "done"}),
            Command.create({"field_name": "properties.secret", "value": "other"}),
        ]
        self.rule(self.admin, line_ids=lines)
        source = write_mail(subject="Re: x", answers="<one@kunde.example>")
        for user, expected in ((self.admin, False), (self.insider, True), (None, True)):
            shown = {one.name: one for one in self.simulate(source, user=user).fields}
            self.assertEqual("kanban_state" in shown, expected)
            self.assertEqual("properties.secret" in shown, expected)
            self.assertEqual("4711" in str(shown), expected)

    def test_no_rule_asks_for_a_hidden_property(self):
        for domain in (
            [("ticket_id.properties.secret", "=", "4711")],
            [("ticket_id", "any", [("properties.secret", "=", "4711")])],
            [("ticket_id.kanban_state", "=", "blocked")],
        ):
            with self.subTest(domain=domain), mute_logger(*QUIET):
                with self.assertRaisesRegex(ValidationError, "may not read"):
                    with self.env.cr.savepoint():
                        self.rule(self.admin, domain=repr(domain))
        self.rule(self.admin, domain="[('ticket_id.properties.open', '=', 'x')]")

    def test_further_methods_of_clients(self):
        ids = self.found.ids
        with self.subTest("onchange"):
            try:
                told = self.call(
                    self.agent,
                    "helpdesk.ticket",
                    "onchange",
                    ids,
                    {"name": "x"},
                    ["name"],
                    {"name": {}, "kanban_state": {}, "properties": {}},
                )
            except (AccessError, KeyError):
                told = ""
            self.assertNotIn("blocked", str(told))
            self.assertNotIn("4711", str(told))
        self.refused(
            self.agent,
            "read_progress_bar",
            [],
            "stage_id",
            {"field": "kanban_state", "colors": {"blocked": "danger"}},
        )
        for name in ("search_panel_select_range", "search_panel_select_multi_range"):
            with self.assertRaises(KeyError):
                self.call(self.agent, "helpdesk.ticket", name, "kanban_state")
        told = self.call(self.agent, "helpdesk.ticket", "copy_data", ids)
        self.assertNotIn("blocked", str(told))
        self.assertNotIn("4711", str(told))
        template = self.env["mail.template"].create(
            {
                "name": "x",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "{{ object.kanban_state }} {{ object.properties.get('secret') }}",
            }
        )
        try:
            with mute_logger("odoo.addons.mail.models.mail_render_mixin", *QUIET):
                told = template.with_user(self.agent)._render_field("subject", ids)
        except (AccessError, UserError):
            told = ""
        self.assertNotIn("blocked", str(told))
        self.assertNotIn("4711", str(told))


class TestSimulationKeepsStill(SimulationCase):
    def test_nobodys_turn_is_used_up(self):
        self.team.user_ids = self.agent + self.new_user("b", "helpdesk_mgmt.group_helpdesk_user")
        self.inbox.template_id = self.env["helpdesk.ticket.template"].create(
            {"name": "Turns", "team_id": self.team.id, "assign": "round_robin"}
        )
        for _number in range(3):
            source = write_mail()
            simulation = self.simulate(source)
            shown = {one.name: one.after for one in simulation.fields}
            self.assertEqual(shown["user_id"], self.new_ticket(source).user_id.name)

    def test_the_name_of_a_ticket_out_of_sight(self):
        """Whoever guesses a number learns no more than that."""
        stranger = self.env["res.partner"].create(
            {"name": "Other Inc", "is_company": True, "email": "x@other.example"}
        )
        secret = self.new_ticket(write_mail(subject="Layoffs"))
        scoped = self.new_user("scoped", "helpdesk_mail.group_mail_administrator")
        scoped.helpdesk_partner_ids = stranger
        source = write_mail(sender="x@other.example", subject=f"[{secret.number}] Hello")
        simulation = self.simulate(source, user=scoped)
        self.assertFalse(simulation.hidden)
        shown = {one.name: one.after for one in simulation.fields}
        self.assertIn(secret.number, shown["origin_ticket_id"])
        self.assertNotIn("Layoffs", str(shown))


class TestEnclosedPrograms(HelpdeskMailCase):
    """*Hold programs back* holds for what a mail encloses in another mail."""

    def test_a_program_in_an_enclosed_mail(self):
        self.inbox.quarantine_executables = True
        inner = write_mail(files=[("invoice.exe", b"MZ" + bytes(60))])
        twice = write_mail(files=[("inner.eml", inner)])
        harmless = write_mail(files=[("report.pdf", b"%PDF-1.4")])
        for name, content, held in (
            ("mail.eml", inner, True),
            ("MAIL.EML.", inner, True),
            ("outer.eml", twice, True),
            ("mail.eml", harmless, False),
        ):
            item = self.take_one(write_mail(files=[(name, content)]))
            names = self.message(item).attachment_ids.mapped("name")
            self.assertEqual(not names, held, (name, names))
            self.assertEqual(self.row(item).has_held, held)

    def test_a_program_that_an_agent_forwards_in_a_mail(self):
        self.inbox.write({"quarantine_executables": True, "agent_forward_policy": "customer"})
        inner = write_mail(files=[("invoice.exe", b"MZ" + bytes(60))])
        item = self.take_one(write_mail(sender=AGENT, subject="Fwd: x", files=[("x.eml", inner)]))
        files = self.ticket(item).message_ids.attachment_ids
        self.assertFalse(files.filtered(lambda file: "MZ" in str(file.raw)))


class TestMacroOutOfSight(SimulationCase):
    def test_the_dialog_tells_nothing_of_a_ticket_out_of_sight(self):
        other = self.env["res.partner"].create({"name": "Other Inc", "is_company": True})
        scoped = self.new_user("scoped", "helpdesk_mgmt.group_helpdesk_user")
        scoped.helpdesk_partner_ids = other
        ticket = self.new_ticket()
        Use = self.env["helpdesk.macro.use"]
        for user, seen in ((scoped, False), (self.agent, True)):
            use = Use.with_user(user).create({"ticket_id": ticket.id})
            self.env.flush_all()
            self.env.invalidate_all()
            for name in ("company_id", "team_id", "inbox_id"):
                try:
                    with mute_logger(*QUIET):
                        found = bool(use.read([name])[0][name])
                except AccessError:
                    found = False
                self.assertEqual(found, seen, name)


class TestWhoIsWanted(RulesCase):
    """Bans and the deny list, where somebody wants the mail all the same."""

    def test_no_mail_to_whom_is_banned_for_what_an_agent_forwards(self):
        self.take_one()
        self.env["helpdesk.recipient"].search([("email", "=", CUSTOMER)]).action_ban()
        with self.mock_mail_gateway():
            item = self.take_one(write_forward())
        self.assertEqual(item.outcome, "created")
        self.assertEqual(self.ticket(item).partner_email, CUSTOMER)
        self.assertFalse(self._new_mails)

    def test_who_is_always_accepted_gets_notices(self):
        self.env["helpdesk.deny.rule"].create({"pattern": "kunde.example", "match": "domain"})
        self.assertEqual(self.take_one().reason, "denied")
        self.env["helpdesk.recipient"]._accept_senders(self.company, {CUSTOMER: "Anna"})
        with self.mock_mail_gateway():
            item = self.take_one()
        self.assertEqual(item.outcome, "created")
        self.assertIn(CUSTOMER, self._new_mails.email_to)
        with self.mock_mail_gateway():
            self.close(self.ticket(item))
            self.env.flush_all()
            self.env.cr.precommit.run()
        self.assertIn(CUSTOMER, str(self._new_mails.mapped("email_to")))

    def test_no_mail_merges_tickets(self):
        """Whoever names a ticket in a mail does not write into it by that."""
        with self.assertRaisesRegex(ValidationError, "nothing that mail may fill"):
            with self.env.cr.savepoint():
                self.env["helpdesk.inbox.mapping"].create(
                    {
                        "inbox_id": self.inbox.id,
                        "field_name": "duplicate_id",
                        "source": "header",
                        "header_name": "X-Ticket",
                    }
                )
