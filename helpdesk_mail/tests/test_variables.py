# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*Each template supports the same $variable placeholders as macros*."""

from markupsafe import Markup
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..models import placeholders
from .common import CUSTOMER, HelpdeskMailCase, write_mail
from .notification_case import NotificationCase


class VariablesCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template = cls.env["mail.template"].create(
            {
                "name": "Ours",
                "model_id": cls.env.ref("helpdesk_mgmt.model_helpdesk_ticket").id,
                "subject": "x",
                "body_html": "<p>x</p>",
            }
        )

    def render(self, tickets, body=None, subject=None, **options):
        """What becomes of a text: a str for one ticket, a list for many."""
        field = "subject" if subject else "body_html"
        self.template[field] = subject or body
        found = self.template._render_field(field, tickets.ids, **options)
        texts = [str(found[ticket.id]) for ticket in tickets]
        return texts if len(tickets) > 1 else texts[0]


@tagged("post_install", "-at_install")
class TestVariables(VariablesCase):
    def test_each_variable_has_a_value(self):
        ticket = self.new_ticket(write_mail(text="Please help."))
        ticket.write(
            {
                "user_id": self.agent.id,
                "category_id": self.env["helpdesk.ticket.category"].create({"name": "Net"}).id,
                "tag_ids": [(0, 0, {"name": "VIP"})],
                "closed_date": "2026-03-02 10:00:00",
            }
        )
        self.company.write({"email": "company@desk.example", "phone": "+49 1"})
        self.agent.signature = "<p>Best, <b>Agent</b></p>"
        expected = {
            "ticket_number": ticket.number,
            "ticket_subject": "The printer burns",
            "ticket_link": f"/my/ticket/{ticket.id}",
            "customer_name": "Anna Kunde",
            "customer_email": CUSTOMER,
            "customer_company": "Kunde Inc",
            "agent_name": "Agent Staff",
            "agent_email": "agent@staff.example",
            "user_name": "Agent Staff",
            "signature": "Best, <b>Agent</b>",
            "company_name": self.company.name,
            "company_email": "company@desk.example",
            "company_phone": "+49 1",
            "inbox_name": "Customer support",
            "inbox_email": "support@desk.example",
            "team_name": "Support team",
            "stage": ticket.stage_id.name,
            "priority": "Medium",
            "category": "Net",
            "tags": "VIP",
            "created": str(ticket.create_date.year % 100),
            "updated": str(ticket.last_stage_update.year % 100),
            "closed": "26",
            "request": "Please help.",
            "message": "Please help.",
        }
        self.assertEqual(expected.keys(), placeholders.VARIABLES.keys())
        table = str(self.template.helpdesk_variables)
        for name, value in expected.items():
            self.template.with_user(self.env.user).body_html = f"<p>${name}.</p>"
            template = self.template.with_user(self.agent)
            for field, start in (("body_html", "<p>"), ("subject", "")):
                self.template[field] = f"{start}${name}."
                text = str(template._render_field(field, ticket.ids)[ticket.id])
                wanted = value if start else value.replace("<b>", "").replace("</b>", "")
                self.assertIn(wanted, text)
                self.assertNotIn("$", text)
            self.assertIn(f"${name}", table)

    def test_dollars(self):
        """``$$`` is a dollar; ``$5`` and a lone ``$`` stay."""
        ticket = self.new_ticket()
        text = "It costs $5, $$5, $ 5, $$stage and $."
        self.assertIn("It costs $5, $5, $ 5, $stage and $.", self.render(ticket, body=text))
        self.assertEqual("It costs $5, $5, $ 5, $stage and $.", self.render(ticket, subject=text))

    def test_beside_odoos_own(self):
        ticket = self.new_ticket()
        body = '<p>$stage <t t-out="object.number"/> <a href="$ticket_link">x</a></p>'
        text = self.render(ticket, body=body)
        self.assertIn(f"{ticket.stage_id.name} {ticket.number}", text)
        self.assertIn(f'/my/ticket/{ticket.id}"', text)
        text = self.render(ticket, subject="$stage {{ object.number }}")
        self.assertEqual(text, f"{ticket.stage_id.name} {ticket.number}")

    def test_values_are_no_templates(self):
        """What a customer writes is neither expanded, nor markup, nor a second line."""
        hostile = "$ticket_link {{ 7*7 }} <t t-out='7*7'/><b onclick=\"x\">\"'"
        ticket = self.new_ticket(write_mail(sender='"x" <eve@evil.example>', text=hostile))
        ticket.write({"name": f"{hostile}\nBcc: x", "partner_name": hostile})
        for body in ("$ticket_subject|$customer_name", '<t t-out="object.name"/>|$customer_name'):
            text = self.render(ticket, body=f"<p>{body}</p>")
            self.assertEqual(text.count("$ticket_link"), 2, text)
            self.assertNotIn("49", text)
            self.assertNotIn("<b ", text)
            subject = self.render(
                ticket, subject=body.replace('<t t-out="object.name"/>', "{{object.name}}")
            )
            self.assertEqual(subject.count("$ticket_link"), 2, subject)
        self.assertNotIn("\n", self.render(ticket, subject="$ticket_subject"))
        link = self.render(ticket, body='<a href="$message" title="$customer_name">x</a>')
        self.assertNotIn('onclick="x"', link.replace("&#34;", "'").replace("&quot;", "'"))
        self.assertEqual(link.count("<"), 2)

    def test_language_of_the_recipient(self):
        self.env["res.lang"]._activate_lang("de_DE")
        ticket = self.new_ticket()
        ticket.stage_id.with_context(lang="de_DE").name = "Neu"
        self.assertIn("Neu", self.render(ticket, body="<p>$stage</p>", set_lang="de_DE"))
        self.anna.lang = "de_DE"
        self.template.lang = "{{ object.partner_id.lang }}"
        self.assertIn("Neu", self.render(ticket, body="<p>$stage</p>", compute_lang=True))

    def test_message_is_the_last_public_one(self):
        ticket = self.new_ticket()
        self.answer(ticket, body=Markup("<p>We <b>come</b>.</p>"))
        ticket.with_user(self.agent).message_post(body="secret", subtype_xmlid="mail.mt_note")
        text = self.render(ticket, body="<div>$message</div>")
        self.assertIn("We <b>come</b>.", text)
        self.assertNotIn("secret", text)

    def test_unknown_variable(self):
        """Saving names the unknown variable, and the nearest that there is."""
        for field in ("subject", "body_html"):
            with self.assertRaisesRegex(ValidationError, r"\$custmer_name.*\$customer_name"):
                self.template[field] = "Hello $custmer_name"
        with self.assertRaisesRegex(ValidationError, r"\$qqqqqq"):
            self.template.subject = "$qqqqqq"
        partners = self.env.ref("base.model_res_partner")
        self.template.copy({"model_id": partners.id, "subject": "$custmer_name"})

    def test_addresses_are_no_text(self):
        """Values do not get into the addresses of a mail."""
        ticket = self.new_ticket()
        self.template.email_to = "$customer_name"
        self.assertEqual(
            self.template._render_field("email_to", ticket.ids)[ticket.id], "$customer_name"
        )

    def test_composer(self):
        """A template that an agent chooses in the composer comes with its values; so do many at
        once.
        """
        self.template.write(
            {"subject": "About $ticket_number", "body_html": "<p>$customer_name</p>"}
        )
        tickets = self.new_ticket() | self.new_ticket(write_mail(sender="Bo <bo@else.example>"))
        values = {"model": "helpdesk.ticket", "template_id": self.template.id}
        composer = self.env["mail.compose.message"].create(
            {**values, "composition_mode": "comment", "res_ids": tickets[0].ids}
        )
        self.assertIn("Anna Kunde", composer.body)
        self.assertEqual(composer.subject, f"About {tickets[0].number}")
        composer = self.env["mail.compose.message"].create(
            {**values, "composition_mode": "mass_mail", "res_ids": tickets.ids}
        )
        composer.body = "<p>Dear $customer_name</p>"
        with self.mock_mail_gateway():
            composer._action_send_mail()
        bodies = "".join(self._new_mails.mapped("body_html"))
        self.assertIn("Dear Anna Kunde", bodies)
        self.assertIn("Dear Bo", bodies)

    def test_one_query_for_many(self):
        tickets = self.env["helpdesk.ticket"].union(
            *(self.new_ticket(write_mail(sender=f"a{n}@else.example")) for n in range(12))
        )
        body = "<p>$message $stage $customer_name $agent_name $team_name $inbox_name $tags</p>"
        counts = []
        for some in (tickets[:2], tickets):
            self.template.body_html = body
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.template._render_field("body_html", some.ids)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)


@tagged("post_install", "-at_install")
class TestVariablesInNotifications(NotificationCase):
    def test_in_our_notifications(self):
        """The templates of an inbox: *Request received*, and *New message* around the answer."""
        self.inbox.request_received_template_id.write(
            {"subject": "Got $ticket_number", "body_html": "<p>Dear $customer_name, $stage</p>"}
        )
        self.inbox.new_message_template_id.body_html = "<div>$message</div><p>$user_name</p>"
        found = self.sent(self.take_one, write_mail(message_id="<v@kunde.example>"))
        mail = self.mail_to(found, CUSTOMER)
        ticket = self.env["helpdesk.ticket"].search([], order="id desc", limit=1)
        self.assertIn(f"Got {ticket.number}", mail["Subject"])
        self.assertIn("Dear Anna Kunde", self.html(mail))
        mail = self.mail_to(
            self.sent(self.say, ticket, Markup("<p>We $stage <i>come</i></p>")), CUSTOMER
        )
        self.assertIn("We $stage <i>come</i>", self.html(mail))
        self.assertIn("Agent Staff", self.html(mail))
