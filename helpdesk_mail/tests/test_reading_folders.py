# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*Folder Mapping*: which folders are read, and what each gives to its tickets.

(How they are read from a real server stands in tests/road/test_road_reading.py.)
"""

import datetime
from contextlib import contextmanager
from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .. import intake
from ..models import helpdesk_inbox_folder
from ..transport import FolderGone, FolderInfo, RawMail
from .common import HelpdeskMailCase, write_mail


class FakeStore:
    """A server that has some folders."""

    def __init__(self, *names):
        self.names = names

    def folders(self):
        return [FolderInfo("[Gmail]", selectable=False)] + [
            FolderInfo(name, special_use="junk" if name == "Spam" else "") for name in self.names
        ]

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return None


class FolderCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.box = cls.env["helpdesk.inbox"].create(
            {
                "name": "Mailbox",
                "email": "box@desk.example",
                "team_id": cls.team.id,
                "host": "imap.desk.example",
                "username": "box",
                "folder": "INBOX",
            }
        )
        cls.billing = cls.env["helpdesk.ticket.team"].create(
            {"name": "Billing", "company_id": cls.company.id}
        )
        cls.tag = cls.env["helpdesk.ticket.tag"].create({"name": "Invoice"})

    def add(self, name, **values):
        return self.env["helpdesk.inbox.folder"].create(
            {"inbox_id": self.box.id, "name": name, **values}
        )

    def from_folder(self, name, source=None, received_at=None, **door_values):
        box = self.box.with_user(SUPERUSER_ID)
        folders = box._helpdesk_mail_current_folders()
        folder = folders.filtered(lambda folder: folder.name == name)
        raw = RawMail(source=source or write_mail(to=self.box.email), received_at=received_at)
        door = intake.Door(box, folder, "imap", **door_values)
        return intake.take_in(box.env, door, [raw])[0]

    @contextmanager
    def server(self, *names):
        store = FakeStore(*names)
        with patch.object(helpdesk_inbox_folder, "open_store", return_value=store):
            yield


class TestFolders(FolderCase):
    def test_the_inboxs_own_folder_is_the_first(self):
        self.add("Invoices")
        self.add("Archived", active=False)
        self.add("INBOX", team_id=self.billing.id)
        names = self.box._helpdesk_mail_current_folders().mapped("name")
        self.assertEqual(names, ["INBOX", "Invoices"])
        self.box.protocol = "pop3"
        self.assertEqual(self.box._helpdesk_mail_current_folders().mapped("name"), ["INBOX"])

    def test_team_and_tags_of_the_folder(self):
        self.add("Invoices", team_id=self.billing.id, tag_ids=self.tag)
        item = self.from_folder("Invoices")
        ticket = self.ticket(item)
        self.assertEqual((ticket.team_id, ticket.tag_ids), (self.billing, self.tag))
        self.assertEqual(ticket.stage_id, self.billing._get_applicable_stages()[:1])
        self.assertIn("folder", self.codes(item))
        self.assertIn("Invoices", self.row(item).explanation)
        ticket = self.ticket(self.from_folder("INBOX"))
        self.assertEqual(ticket.team_id, self.team)

    def test_settings_for_the_inboxs_own_folder(self):
        self.add("INBOX", team_id=self.billing.id)
        self.assertEqual(self.ticket(self.from_folder("INBOX")).team_id, self.billing)

    def test_a_team_that_is_gone_stops_no_mail(self):
        folder = self.add("Invoices", team_id=self.billing.id, tag_ids=self.tag)
        self.from_folder("Invoices")
        self.billing.active = False
        self.assertEqual(
            self.ticket(self.from_folder("Invoices", write_mail(subject="2"))).team_id, self.team
        )
        self.billing.unlink()
        self.tag.unlink()
        item = self.from_folder("Invoices", write_mail(subject="3"))
        self.assertEqual(self.ticket(item).team_id, self.team)
        self.assertFalse(folder.team_id)

    def test_a_copy_in_another_folder_is_a_duplicate(self):
        self.add("Invoices")
        source = write_mail(to=self.box.email)
        first = self.from_folder("INBOX", source)
        again = self.from_folder("Invoices", source)
        self.assertEqual(again.outcome, "duplicate")
        self.assertEqual(self.ticket(again), self.ticket(first))

    def test_nobody_is_notified_of_what_lay_there_before(self):
        folder = self.add("Invoices")
        self.box.active_since = fields.Datetime.now() - datetime.timedelta(days=400)
        folder.read_since = fields.Datetime.now() - datetime.timedelta(days=1)
        now = datetime.datetime.now(datetime.UTC)
        with self.mock_mail_gateway():
            self.from_folder("Invoices", received_at=now - datetime.timedelta(days=30))
            self.assertFalse(self._new_mails)
            self.from_folder("Invoices", write_mail(subject="2"), received_at=now)
            self.assertTrue(self._new_mails)

    def test_read_again_counts_from_then_on(self):
        folder = self.add("Invoices")
        folder.read_since = "2020-01-01 00:00:00"
        folder.active = False
        folder.active = True
        self.assertGreater(folder.read_since, fields.Datetime.to_datetime("2026-01-01"))

    def test_a_folder_stands_there_once(self):
        self.add("Invoices")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.add("Invoices")

    def test_problem_of_a_folder_is_shown(self):
        folder = self.add("Invoices")
        state = self.box._helpdesk_mail_current_folders()[1]
        state.problem = "There is no such folder."
        self.assertEqual(folder.problem, "There is no such folder.")


class TestChooseFolders(FolderCase):
    def choose(self):
        return self.env["helpdesk.inbox.folder.choose"].browse(
            self.box.action_choose_folders()["res_id"]
        )

    def test_the_servers_folders_are_listed(self):
        self.add("Invoices")
        self.add("Vanished")
        with self.server("INBOX", "Invoices", "Spam", "Support Requests"):
            wizard = self.choose()
        lines = {line.name: (line.is_read, line.is_gone) for line in wizard.line_ids}
        self.assertEqual(
            lines,
            {
                "Invoices": (True, False),
                "Spam": (False, False),
                "Support Requests": (False, False),
                "Vanished": (True, True),
            },
        )
        self.assertEqual(wizard.main_folder, "INBOX")
        self.assertEqual(
            wizard.line_ids.filtered(lambda line: line.name == "Spam").special_use, "junk"
        )

    def test_folder_mapping(self):
        """*Folder Mapping*: "Select the folder from the dropdown or enter a custom folder name."""
        kept = self.add("Invoices", team_id=self.billing.id)
        gone = self.add("Vanished")
        with self.server("INBOX", "Invoices", "Support Requests"):
            wizard = self.choose()
        by_name = {line.name: line for line in wizard.line_ids}
        by_name["Support Requests"].is_read = True
        by_name["Vanished"].is_read = False
        wizard.line_ids.create({"wizard_id": wizard.id, "name": " Custom/Name "})
        wizard.action_apply()
        self.assertEqual(
            self.box.extra_folder_ids.mapped("name"),
            ["Invoices", "Support Requests", "Custom/Name"],
        )
        self.assertEqual(kept.team_id, self.billing, "its settings are kept")
        self.assertFalse(gone.active)
        with self.server("INBOX", "Vanished"):
            wizard = self.choose()
        self.assertFalse(wizard.line_ids.filtered(lambda line: line.name == "Vanished").is_read)
        wizard.line_ids.is_read = True
        wizard.action_apply()
        self.assertTrue(gone.active)

    def test_settings_of_the_own_folder_are_kept(self):
        own = self.add("INBOX", team_id=self.billing.id)
        with self.server("INBOX", "A"):
            self.choose().action_apply()
        self.assertTrue(own.active)

    def test_words_when_the_server_does_not_answer(self):
        error = FolderGone("Nothing answers at imap.desk.example.")
        with patch.object(helpdesk_inbox_folder, "open_store", side_effect=error):
            with self.assertRaisesRegex(UserError, "Nothing answers"):
                self.box.action_choose_folders()

    def test_rights(self):
        """Administrators choose folders; agents neither see nor change them."""
        folder = self.add("Invoices")
        with self.server("INBOX", "A"):
            wizard = self.choose()
            for record, operation in (
                (self.box, "action_choose_folders"),
                (wizard, "action_apply"),
                (folder, "unlink"),
                (folder, "read"),
            ):
                with self.assertRaises(AccessError):
                    getattr(record.with_user(self.agent), operation)()
            with self.assertRaises(AccessError):
                folder.with_user(self.agent).write({"name": "x"})
        other = self.env["res.company"].create({"name": "Other company"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        Folder = self.env["helpdesk.inbox.folder"].with_user(foreign)
        self.assertFalse(Folder.search([]))
        with self.assertRaises(AccessError):
            Folder.create({"inbox_id": self.box.id, "name": "Theirs"})
