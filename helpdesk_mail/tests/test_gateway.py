# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo's own mail gateway leads mail for hosted and forwarded inboxes down our road."""

import xmlrpc.client
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..intake import token
from .common import SUPPORT, HelpdeskMailCase, write_mail

THREAD = "odoo.addons.mail.models.mail_thread"


@tagged("post_install", "-at_install")
class TestGateway(HelpdeskMailCase):
    def process(self, source, model=None):
        return self.env["mail.thread"].message_process(model, source)

    def journal(self, inbox=None):
        return self.env["helpdesk.incoming.mail"].search(
            [("inbox_id", "=", (inbox or self.inbox).id)]
        )

    def test_forwarded_and_hosted_in_every_form(self):
        for kind in ("forwarded", "hosted"):
            self.inbox.kind = kind
            for form in (
                bytes,
                lambda source: source.decode(),
                xmlrpc.client.Binary,
                bytearray,
            ):
                source = write_mail(text="Grüße aus Köln")
                before = len(self.journal())
                ticket = self.env["helpdesk.ticket"].browse(self.process(form(source)))
                self.assertEqual(ticket.inbox_id, self.inbox)
                self.assertIn("Grüße aus Köln", ticket.description)
                self.assertEqual(len(self.journal()), before + 1)
        row = self.journal()[0]
        self.assertEqual(row.door, "gateway")
        self.assertTrue(row.raw, "nobody else keeps it")
        self.assertEqual(row.ticket_id.create_uid, self.env.ref("base.user_root"))

    def test_address_in_the_envelope_and_other_addresses(self):
        self.inbox.alias_emails = "help@desk.example\nservice@desk.example"
        for source in (
            write_mail(to="undisclosed-recipients:;", headers={"Delivered-To": SUPPORT}),
            write_mail(to="Help <HELP@desk.example>"),
            write_mail(to="x@elsewhere.example", cc="service@desk.example"),
            write_mail(to="x@elsewhere.example", headers={"X-Original-To": SUPPORT}),
        ):
            ticket = self.env["helpdesk.ticket"].browse(self.process(source))
            self.assertEqual(ticket.inbox_id, self.inbox)

    def test_reply_token_in_the_address(self):
        ticket = self.new_ticket()
        address = f"support+{token.make(self.env, ticket.id)}@desk.example"
        self.assertEqual(self.process(write_mail(to=address)), ticket.id)

    def test_our_inbox_and_another_alias(self):
        """A mail to both reaches both: the alias makes its own ticket by Odoo's road."""
        domain = self.env["mail.alias.domain"].create({"name": "alias.example"})
        other_team = self.env["helpdesk.ticket.team"].create(
            {"name": "Other team", "alias_name": "others"}
        )
        other_team.alias_id.alias_domain_id = domain
        alias = other_team.alias_id.alias_full_name
        self.assertEqual(alias, "others@alias.example")
        self.process(write_mail(to=f"{SUPPORT}, {alias}", subject="for both"))
        tickets = self.env["helpdesk.ticket"].search([("name", "=", "for both")])
        self.assertEqual(set(tickets.mapped("team_id")), {self.team, other_team})
        self.assertEqual(self.journal().ticket_id.team_id, self.team)

    def test_reply_to_our_ticket_and_another_alias(self):
        """The reply is added once, by our road; Odoo's adds no second copy."""
        ticket = self.new_ticket(write_mail(message_id="<both@kunde.example>"))
        domain = self.env["mail.alias.domain"].create({"name": "alias.example"})
        team = self.env["helpdesk.ticket.team"].create({"name": "Other", "alias_name": "others"})
        team.alias_id.alias_domain_id = domain
        self.process(
            write_mail(to=f"{SUPPORT}, others@alias.example", answers="<both@kunde.example>")
        )
        mails = ticket.message_ids.filtered(lambda message: message.message_type == "email")
        self.assertEqual(len(mails), 2)

    def test_other_mail_is_left_to_odoo(self):
        before = len(self.journal())
        ticket_id = self.process(
            write_mail(to="else@nowhere.example", subject="stock"), "helpdesk.ticket"
        )
        ticket = self.env["helpdesk.ticket"].browse(ticket_id)
        self.assertEqual(ticket.name, "stock")
        self.assertFalse(ticket.inbox_id)
        self.assertEqual(len(self.journal()), before)
        with self.assertRaises(ValueError), mute_logger(THREAD):
            self.process(write_mail(to="else@nowhere.example"))

    def test_paused_inbox_keeps_the_mail(self):
        """Nobody else would: it waits in quarantine until the inbox is active again."""
        self.inbox.action_pause()
        self.assertFalse(self.process(write_mail()))
        row = self.journal()[:1]
        self.assertEqual((row.outcome, row.reason), ("quarantined", "paused"))
        self.inbox.action_activate()
        row.action_retry()
        self.assertEqual(row.outcome, "created")

    def test_failure_elsewhere_costs_no_ticket(self):
        """The mail went to an alias as well, where it fails: our ticket stays."""
        Thread = type(self.env["mail.thread"])
        with (
            patch.object(Thread, "_helpdesk_mail_process_others", side_effect=ValueError("no")),
            mute_logger("odoo.addons.helpdesk_mail.models.mail_thread"),
        ):
            self.assertTrue(self.process(write_mail()))

    def test_inbox_that_is_not_active_is_left_to_odoo(self):
        for change in (
            {"state": "draft"},
            {"kind": "mailbox", "state": "active"},
            {"active": False, "kind": "forwarded"},
        ):
            self.inbox.write(change)
            before = len(self.journal())
            with self.assertRaises(ValueError), mute_logger(THREAD):
                self.process(write_mail())
            self.assertEqual(len(self.journal()), before)

    def test_two_inboxes(self):
        sales = self.new_inbox(name="Sales", email="sales@desk.example", accept_copies=True)
        self.inbox.accept_copies = True
        self.process(write_mail(to=f"{SUPPORT}, sales@desk.example"))
        self.assertEqual(self.journal().outcome, "created")
        self.assertEqual(self.journal(sales).outcome, "created")
        self.assertNotEqual(self.journal().ticket_id, self.journal(sales).ticket_id)

    def test_poison_does_not_bounce(self):
        """The MTA is told that the mail was taken: it stands in quarantine."""
        with self.poison("poison"):
            self.assertFalse(self.process(write_mail(subject="poison")))
        self.assertEqual(self.journal()[:1].outcome, "quarantined")

    def test_change_of_address_counts_at_once(self):
        self.process(write_mail())
        self.inbox.email = "new@desk.example"
        with self.assertRaises(ValueError), mute_logger(THREAD):
            self.process(write_mail())
        self.assertTrue(self.process(write_mail(to="new@desk.example")))
