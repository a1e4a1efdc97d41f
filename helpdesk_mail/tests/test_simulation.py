# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Simulate: what an inbox would make of a mail, as it then does, and nothing is written."""

import argparse
import base64
import contextlib
import io
import tempfile
from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .. import intake
from ..cli.tasks import explain
from ..transport import RawMail
from .common import SUPPORT, HelpdeskMailCase, write_bounce, write_mail
from .tour_case import TourCase

_TABLES = (
    "helpdesk_ticket",
    "helpdesk_incoming_mail",
    "helpdesk_recipient",
    "mail_message",
    "mail_mail",
    "mail_notification",
    "mail_followers",
    "ir_attachment",
    "ir_cron_trigger",
    "crm_lead",
)


class SimulationCase(HelpdeskMailCase):
    def simulate(self, source, inbox=None, user=None, **door_values):
        inbox = (inbox or self.inbox).with_user(SUPERUSER_ID)
        door = intake.Door(inbox, inbox.env["helpdesk.mail.folder"], "imap", **door_values)
        return intake.simulate(inbox.env, door, RawMail(source=source, size=len(source)), user=user)

    def counts(self):
        """What is in the database: rows, their newest change, the next ticket number."""
        # what the ORM still holds back: values, and what changes are told in the chatter
        self.env.cr.flush()
        found = {}
        for table in _TABLES:
            name = SQL.identifier(table)
            [found[table]] = self.env.execute_query(
                SQL("SELECT count(*), md5(string_agg(t::text, ';' ORDER BY id)) FROM %s t", name)
            )
        sequence = self.env["ir.sequence"].search([("code", "=", "helpdesk.ticket.sequence")])
        name = SQL.identifier(f"ir_sequence_{sequence[0].id:03d}")
        [found["number"]] = self.env.execute_query(
            SQL("SELECT last_value, is_called FROM %s", name)
        )
        return found

    def assert_comes_true(self, source):
        """What the simulation says is what then happens: (simulation, Item)."""
        before = self.counts()
        simulation = self.simulate(source)
        self.assertEqual(self.counts(), before)
        last_mail = self.env["mail.mail"].search([], order="id desc", limit=1).id or 0
        item = self.take_one(source, raise_=False)
        row = self.row(item)
        self.assertEqual(simulation.outcome, item.outcome)
        self.assertEqual(simulation.reason, item.reason)
        self.assertEqual(
            [step[:2] for step in simulation.steps], [tuple(step[:2]) for step in row.trace]
        )
        self.assertEqual(simulation.explanation, row.explanation)
        ticket = self.ticket(item)
        if item.outcome == "created":
            shown = {field.name: field.after for field in simulation.fields}
            self.assertEqual(shown["name"], ticket.name)
            self.assertEqual(shown.get("partner_id", ""), ticket.partner_id.display_name or "")
            self.assertEqual(shown["team_id"], ticket.team_id.display_name)
        if item.mail_message_id:
            message = self.message(item)
            self.assertEqual(simulation.attachments, message.attachment_ids.mapped("name"))
        mails = self.env["mail.mail"].search([("id", ">", last_mail)])
        self.assertEqual(len([t for t in simulation.told if t.way == "email"]), len(mails))
        return simulation, item


class TestSimulation(SimulationCase):
    def test_a_new_ticket(self):
        self.inbox.administrator_emails = "boss@desk.example"
        simulation, _item = self.assert_comes_true(
            write_mail(files=[("report.pdf", b"%PDF-1.4")], headers={"Importance": "high"})
        )
        self.assertEqual(simulation.outcome, "created")
        labels = {field.label: field.after for field in simulation.fields}
        self.assertEqual(labels["Priority"], "High")
        self.assertIn("Anna Kunde", labels["Contact"])
        self.assertEqual(simulation.attachments, ["report.pdf"])
        self.assertEqual(
            {told.whom for told in simulation.told},
            {"anna@kunde.example", "boss@desk.example"},
        )
        self.assertIn("please help", simulation.body)

    def test_a_reply_that_reopens_its_ticket(self):
        ticket = self.new_ticket(write_mail(message_id="<one@kunde.example>"))
        ticket.user_id = self.agent
        self.close(ticket)
        simulation, _item = self.assert_comes_true(
            write_mail(subject="Re: x", answers="<one@kunde.example>", text="It burns again")
        )
        self.assertEqual((simulation.outcome, simulation.ticket_id), ("appended", ticket.id))
        stage = next(field for field in simulation.fields if field.name == "stage_id")
        self.assertEqual(stage.before, self.closed_stage.name)
        self.assertEqual(stage.after, self.first_stage.name)
        self.assertTrue(simulation.told)

    def test_mail_that_is_refused(self):
        self.take_one(write_mail(sender="x@spam.example"))
        self.env["helpdesk.recipient"].search([("email", "=", "x@spam.example")]).action_ban()
        simulation, _item = self.assert_comes_true(write_mail(sender="x@spam.example"))
        self.assertEqual((simulation.outcome, simulation.reason), ("ignored", "banned"))
        self.assertEqual(simulation.fields, [])
        self.assertEqual(simulation.told, [])

    def test_delivery_reports_and_automatic_mail(self):
        self.assert_comes_true(write_bounce("<nothing@desk.example>", "a@gone.example"))
        self.assert_comes_true(write_mail(headers={"Auto-Submitted": "auto-replied"}))

    def test_mail_that_cannot_be_processed(self):
        with self.poison("poison"):
            simulation, _item = self.assert_comes_true(write_mail(subject="poison"))
        self.assertEqual(simulation.outcome, "quarantined")
        self.assertIn("this mail is poison", simulation.error)

    def test_mail_that_was_met_before_is_new_here(self):
        source = write_mail()
        self.take_one(source)
        simulation = self.simulate(source)
        self.assertEqual(simulation.outcome, "created")
        self.assertIn("taken in before", simulation.explanation)

    def test_explain_on_the_command_line(self):
        with tempfile.NamedTemporaryFile(suffix=".eml") as file:
            file.write(write_mail(headers={"Importance": "high"}))
            file.flush()
            options = argparse.Namespace(inbox=SUPPORT, file=file.name)
            output = io.StringIO()
            self.env.cr.flush()
            before = self.counts()
            # the command works in a transaction of its own, which it ends
            rollback = patch.object(self.env.cr, "rollback")
            with rollback as ended, contextlib.redirect_stdout(output):
                self.assertEqual(explain.run(self.env, options), 0)
            ended.assert_called()
        self.assertEqual(self.counts(), before)
        text = output.getvalue()
        self.assertIn("identify: The sender is the contact Kunde Inc, Anna Kunde.", text)
        self.assertIn("Outcome: created", text)
        self.assertIn("Priority = High", text)
        self.assertIn("email to anna@kunde.example: [New] ", text)

    def test_what_waits_for_the_commit_is_not_lost(self):
        called = []
        self.env.cr.postcommit.add(lambda: called.append("mine"))
        waiting = len(self.env.cr.postcommit)
        self.simulate(write_mail())
        self.assertEqual(len(self.env.cr.postcommit), waiting)
        self.env.cr.postcommit.run()
        self.assertEqual(called, ["mine"])

    def test_a_ticket_out_of_sight_stays_out_of_sight(self):
        other = self.env["res.partner"].create({"name": "Other Inc", "is_company": True})
        boss = self.new_user("boss", "helpdesk_mgmt.group_helpdesk_manager")
        scoped = self.new_user("scoped", "helpdesk_mgmt.group_helpdesk_user")
        scoped.helpdesk_partner_ids = other
        source = write_mail()
        self.assertFalse(self.simulate(source, user=boss).hidden)
        simulation = self.simulate(source, user=scoped)
        self.assertTrue(simulation.hidden)
        self.assertFalse(
            simulation.explanation or simulation.steps or simulation.fields or simulation.told
        )

    def test_only_administrators_of_mail_simulate(self):
        values = {"inbox_id": self.inbox.id, "file": base64.b64encode(write_mail())}
        with self.assertRaises(AccessError):
            self.env["helpdesk.inbox.simulation"].with_user(self.agent).create(values)
        boss = self.new_user("boss", "helpdesk_mgmt.group_helpdesk_manager")
        wizard = self.env["helpdesk.inbox.simulation"].with_user(boss).create(values)
        self.assertEqual(wizard.outcome, "created")
        with self.assertRaises(AccessError):
            self.env["helpdesk.inbox.simulation"].with_user(self.agent).browse(wizard.id).read(
                ["result"]
            )

    def test_what_a_mail_says_acts_nowhere(self):
        wizard = self.env["helpdesk.inbox.simulation"].create(
            {
                "inbox_id": self.inbox.id,
                "file": base64.b64encode(
                    write_mail(
                        subject="<script>alert(1)</script>",
                        sender='"<img src=x onerror=alert(1)>" <a@b.example>',
                        html="<p onclick='alert(1)'>x</p><script>alert(1)</script>",
                    )
                ),
            }
        )
        self.assertNotIn("<script", wizard.result)
        self.assertNotIn("<img src=x", wizard.result)
        self.assertNotIn("onclick", wizard.result)
        self.assertIn("&lt;script&gt;", wizard.result)


@tagged("post_install", "-at_install")
class TestSimulationTour(HelpdeskMailCase, TourCase):
    def test_a_mail_dropped_on_an_inbox(self):
        boss = self.new_user("boss", "helpdesk_mgmt.group_helpdesk_manager")
        url = f"/odoo/action-helpdesk_mail.helpdesk_inbox_action/{self.inbox.id}"
        self.start_tour(url, "helpdesk_mail_simulate", login=boss.login)
        self.assertFalse(
            self.env["helpdesk.ticket"].search([("name", "=", "Dropped on the inbox")])
        )
