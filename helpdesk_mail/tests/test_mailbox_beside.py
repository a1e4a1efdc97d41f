# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Private mail beside add-ons of Odoo that need not be installed.

``make test ONLY=others`` runs these, in a database with *Automation Rules* and *Privacy Lookup*.
"""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import seal
from .test_mailbox_attack import MESSAGE, QUIET, SECRET, SUBJECT, AttackCase

QUIET_WEBHOOK = "odoo.addons.base_automation.models.base_automation"
WITH_FILE = b"""From: Carla <carla@customer.example>\r
To: anna@firm.example\r
Subject: Plans\r
Message-ID: <2@customer.example>\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=x\r
\r
--x\r
Content-Type: text/plain\r
\r
See the plan.\r
--x\r
Content-Type: text/plain; name=heliotrope.txt\r
Content-Disposition: attachment; filename=heliotrope.txt\r
\r
All of it.\r
--x--\r
"""


@tagged("-standard", "post_install", "-at_install", "other_addons")
class TestMailboxBeside(AttackCase):
    def setUp(self):
        super().setUp()
        rules = self.env["base.automation"]
        # the registry outlives the test
        self.addCleanup(rules._unregister_hook)
        self.addCleanup(setattr, self.env.registry, "registry_invalidated", False)

    def automate(self, model, code=None, **values):
        """What a settings administrator lets happen by itself."""
        model_id = self.env["ir.model"]._get_id(model)
        action = {"name": "Spy", "state": "code", "model_id": model_id, "code": code}
        values = {
            "name": "Spy",
            "trigger": "on_create_or_write",
            "model_id": model_id,
            "action_server_ids": [(0, 0, action)] if code else [],
            **values,
        }
        return self.env["base.automation"].with_user(self.system).create(values)

    def note(self, what, env="env"):
        """Code that leaves a note for the administrator, as long as a name is."""
        return f"{env}['res.partner.category'].sudo().create({{'name': 'note ' + str(({what}))}})"

    def condition(self, what):
        """A condition that holds, and leaves a note."""
        return f"[('id', '!=', -{self.note(what, env='model.env')}.id)]"

    def notes(self):
        self.env.flush_all()
        self.env.invalidate_all()
        notes = self.env["res.partner.category"].search([("name", "=like", "note %")])
        return [name.removeprefix("note ") for name in notes.mapped("name")]

    def test_nothing_happens_by_itself_to_private_mail(self):
        with self.assertRaisesRegex(ValidationError, "Nothing runs by itself"):
            self.automate(MESSAGE, self.note("record.body"))
        # conditions are code as well
        for trigger in ("on_create_or_write", "on_unlink"):
            self.automate(MESSAGE, trigger=trigger, filter_domain=self.condition("1"))
        message = self.receive(self.mailbox, WITH_FILE, uid="2").with_user(self.anna)
        message.action_mark_read()
        message.unlink()
        self.assertEqual(self.notes(), [])

    def test_files_and_journal_of_private_mail(self):
        """Rules for files and for the mail log meet those of inboxes and others, and no more."""
        for model, names in (
            ("ir.attachment", "record.name"),
            ("helpdesk.incoming.mail", "record.subject"),
            ("helpdesk.mail.folder", "record.name"),
        ):
            self.automate(model, self.note(names))
            self.automate(model, self.note("'met'"), filter_domain=self.condition("'asked'"))
        message = self.receive(self.mailbox, WITH_FILE, folder="Plans", uid="2")
        self.assertEqual(seal.opened(message).attachment_ids.mapped("name"), ["heliotrope.txt"])
        # conditions may be asked, of no record
        self.assertEqual([name for name in self.notes() if name != "asked"], [])
        self.env["ir.attachment"].create({"name": "public.txt", "raw": b"x"})
        self.assertIn("public.txt", self.notes())
        self.assertIn("met", self.notes())

    def test_what_the_owner_sets_off(self):
        """A condition and an action run as whoever writes something else."""
        spy = f"env['{MESSAGE}'].search([]).mapped('body')"
        self.automate(
            "res.partner",
            self.note(f"'action', {spy}"),
            filter_pre_domain=self.condition(f"'before', model.{spy}"),
            filter_domain=self.condition(f"'after', model.{spy}"),
        )
        self.assertIn(SECRET, self.message.with_user(self.anna).body)
        self.partner.with_user(self.anna).sudo().ref = "changed"
        notes = self.notes()
        for what in ("before", "after", "action"):
            self.assertIn(what, str(notes))
        self.assertNotIn(SECRET, str(notes))

    def test_webhook_that_the_owner_calls(self):
        spy = f"model.env['{MESSAGE}'].search([]).mapped('subject')"
        getter = f"{self.note(spy, env='model.env')} and model.browse({self.partner.id})"
        hook = self.automate(
            "res.partner", self.note("record.name"), trigger="on_webhook", record_getter=getter
        )
        with mute_logger(*QUIET, QUIET_WEBHOOK):
            try:
                hook.with_user(self.anna).sudo()._execute_webhook({})
            except UserError as error:
                self.assertNotIn(SUBJECT, str(error))
        notes = self.notes()
        self.assertTrue(notes)
        self.assertNotIn(SUBJECT, str(notes))

    def test_rules_for_other_records_go_on(self):
        """A ticket that is made of a private message is a ticket as any other."""
        self.automate(
            "helpdesk.ticket", self.note("record.name"), filter_domain="[('name', '!=', False)]"
        )
        self.env["helpdesk.ticket"].create({"name": "Printer", "description": "It smokes."})
        self.assertIn("Printer", self.notes())
        self.anna.group_ids += self.env.ref("helpdesk_mail.group_mail_agent")
        inbox = self.env["helpdesk.inbox"].create(
            {"name": "Desk", "email": "desk@firm.example", "kind": "forwarded"}
        )
        inbox.action_activate()
        self.env["helpdesk.mailbox.publish"].with_user(self.anna).create(
            {"message_id": self.message.id, "target": "new", "inbox_id": inbox.id}
        ).action_publish()
        self.assertIn(SUBJECT, self.notes())

    def test_privacy_lookup(self):
        customer = self.env["res.partner"].create(
            {"name": "Carla", "email": "carla@customer.example"}
        )
        seal.opened(self.message)._link(partner=customer)
        self.env.flush_all()
        self.env.invalidate_all()
        wizard = (
            self.env["privacy.lookup.wizard"]
            .with_user(self.system)
            .create({"name": "Carla", "email": "carla@customer.example"})
        )
        wizard.action_lookup()
        models = wizard.line_ids.mapped("res_model")
        self.assertIn("res.partner", models)
        self.assertFalse([name for name in models if name.startswith("helpdesk.mailbox")])
