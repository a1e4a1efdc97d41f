# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Reference 004: "Attachment: Determines how email attachments are handled", "Add Email as
Attachment: Enables attaching the entire email to a ticket".
"""

import io
import zipfile

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import PIXEL, HelpdeskMailCase, write_mail
from .scope_world import RIVAL, ScopeCase

PROGRAM = b"MZ\x90\x00 this is no virus"


def archive(*names):
    """A ZIP file with empty files of these names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name in names:
            file.writestr(name, b"")
    return content.getvalue()


class PolicyCase(HelpdeskMailCase):
    def files(self, item):
        return self.message(item).attachment_ids.mapped("name")

    def held(self, item):
        return self.row(item).held_attachment_ids.mapped("name")


@tagged("post_install", "-at_install")
class TestAttachmentPolicy(PolicyCase):
    def test_kept_unless_the_inbox_says_otherwise(self):
        item = self.take_one(write_mail(files=[("a.exe", PROGRAM), ("b.pdf", b"%PDF")]))
        self.assertEqual(set(self.files(item)), {"a.exe", "b.pdf"})

    def test_left_out(self):
        self.inbox.attachment_policy = "drop"
        item = self.take_one(
            write_mail(
                html='<p>See <img src="cid:pic"/></p>',
                images=[("pic", PIXEL)],
                files=[("b.pdf", b"%PDF")],
            )
        )
        self.assertEqual(len(self.files(item)), 1, "the picture in the text stays")
        self.assertIn("/web/image/", self.message(item).body)
        self.assertIn("keeps no attachments: b.pdf", self.row(item).explanation)
        self.assertIn("keeps no attachments: b.pdf", self.message(item).body)
        self.assertIn("keeps no attachments: b.pdf", self.ticket(item).description)

    def test_limit_by_size(self):
        self.inbox.attachment_max_mb = 1
        files = [("big.bin", b"x" * (2**20 + 1)), ("small.bin", b"x" * 2**20)]
        item = self.take_one(write_mail(files=files))
        self.assertEqual(self.files(item), ["small.bin"])
        self.assertIn("over the limit of 1 MB: big.bin", self.message(item).body)

    def test_blocked_types(self):
        self.inbox.attachment_blocked = "zip\n.DO*\nimage/*"
        files = [("a.zip", b"1"), ("b.DOCX", b"2"), ("c.pdf", b"3"), ("zip", b"4")]
        item = self.take_one(write_mail(files=files))
        self.assertEqual(set(self.files(item)), {"c.pdf", "zip"})
        for line in ("a b", "*", "zip,exe", "/"):
            with self.assertRaisesRegex(ValidationError, "Write one a line"):
                self.inbox.attachment_blocked = line
        with self.assertRaises(ValidationError):
            self.inbox.attachment_max_mb = -1

    def test_replies_as_well_and_by_the_ordinary_road(self):
        self.inbox.write({"attachment_blocked": "zip", "quarantine_executables": True})
        for number, overrides in enumerate(([], ["other.message_new"])):
            self.batch_road.return_value = overrides
            first = f"<first{number}@kunde.example>"
            files = [("a.zip", b"1"), ("b.pdf", b"2"), ("c.exe", PROGRAM)]
            items = self.take(
                write_mail(message_id=first, files=files), write_mail(answers=first, files=files)
            )
            for item in items:
                self.assertEqual(self.files(item), ["b.pdf"])
                self.assertEqual(self.held(item), ["c.exe"])
                self.assertIn("a.zip", self.message(item).body)

    def test_names_are_text(self):
        self.inbox.attachment_policy = "drop"
        item = self.take_one(write_mail(files=[("<img src=x onerror=alert(1)>.pdf", b"1")]))
        self.assertNotIn("<img", self.message(item).body)


@tagged("post_install", "-at_install")
class TestQuarantinedExecutables(PolicyCase):
    def setUp(self):
        super().setUp()
        self.inbox.quarantine_executables = True

    def test_by_name_and_by_content(self):
        held = [
            ("a.exe", b"text"),
            ("invoice.pdf", PROGRAM),
            ("b.SCR", b"x"),
            ("c.txt", b"#!/bin/sh\nrm"),
            ("d", b"\x7fELF"),
            ("e.js. ", b"x"),
            ("f.vbs::$DATA", b"x"),
            ("g.zip", archive("readme.txt", "x/setup.exe")),
            ("h.exe.gz", b"\x1f\x8b\x08"),
        ]
        kept = [
            ("i.zip", archive("readme.txt")),
            ("j.docx", archive("word/document.xml", "word/vbaProject.bin")),
            ("k.xlsx", archive("xl/workbook.xml", "xl/printerSettings/printerSettings1.bin")),
            ("l.pdf", b"%PDF-1.4 MZ"),
            ("m.txt", b"the exe is here"),
        ]
        item = self.take_one(write_mail(files=held + kept))
        self.assertEqual(set(self.files(item)), {name for name, _content in kept})
        self.assertEqual(len(self.held(item)), len(held))
        self.assertIn("Held back, as they could do harm: a.exe", self.message(item).body)
        self.inbox.quarantine_macros = True
        item = self.take_one(write_mail(files=kept))
        self.assertEqual(self.held(item), ["j.docx"])

    def test_a_program_that_calls_itself_a_picture_of_the_text(self):
        item = self.take_one(
            write_mail(html='<img src="cid:pic"/>', images=[("pic", PROGRAM), ("dot", PIXEL)])
        )
        self.assertEqual(len(self.held(item)), 1)

    def test_agents_do_not_reach_them(self):
        item = self.take_one(write_mail(files=[("a.exe", PROGRAM)]))
        attachment = self.row(item).held_attachment_ids
        portal = self.env.ref("base.public_user")
        for user in (self.agent, portal):
            for operation in (
                lambda user=user: attachment.with_user(user).read(["datas"]),
                lambda user=user: self.row(item).with_user(user).action_release(),
                lambda user=user: self.row(item).with_user(user).action_delete_held(),
            ):
                self.env.invalidate_all()
                with self.assertRaises(AccessError):
                    operation()
        self.assertFalse(attachment.access_token)
        self.assertEqual(attachment.mimetype, "application/octet-stream")

    def test_release(self):
        admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        item = self.take_one(write_mail(files=[("a.exe", PROGRAM), ("b.pdf", b"2")]))
        row = self.row(item).with_user(admin)
        self.assertTrue(row.has_held)
        self.assertIn(row, row.search([("has_held", "=", True)]))
        row.action_release()
        self.assertEqual(set(self.files(item)), {"a.exe", "b.pdf"})
        self.assertFalse(self.held(item))
        self.assertFalse(row.search([("has_held", "=", True), ("id", "=", row.id)]))
        notes = self.ticket(item).message_ids.mapped("body")
        self.assertTrue([note for note in notes if "Mailadmin Staff released: a.exe" in note])
        self.assertIn("Mailadmin Staff released: a.exe", row.trace_text)
        attachment = self.message(item).attachment_ids.filtered(lambda one: one.name == "a.exe")
        self.assertEqual(attachment.with_user(self.agent).raw, PROGRAM)
        with self.assertRaisesRegex(UserError, "Nothing of this mail is held back"):
            row.action_release()

    def test_delete(self):
        admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        item = self.take_one(write_mail(files=[("a.exe", PROGRAM)]))
        attachment = self.row(item).held_attachment_ids
        self.row(item).with_user(admin).action_delete_held()
        self.assertFalse(attachment.exists())
        self.assertIn("deleted: a.exe", self.row(item).trace_text)


@tagged("post_install", "-at_install")
class TestReleaseInScope(ScopeCase):
    def test_not_of_tickets_out_of_scope(self):
        self.inbox.quarantine_executables = True
        item = self.take_one(write_mail(sender=f"R <{RIVAL}>", files=[("a.exe", PROGRAM)]))
        with self.assertRaises(AccessError):
            self.as_(self.admin, self.row(item)).action_release()
        self.assertEqual(self.row(item).held_attachment_ids.mapped("name"), ["a.exe"])


@tagged("post_install", "-at_install")
class TestAddEmailAsAttachment(PolicyCase):
    def setUp(self):
        super().setUp()
        self.inbox.attach_source = True

    def test_add_email_as_attachment(self):
        """Purpose: Enables attaching the entire email to a ticket. Input: Checkbox to enable or
        disable.
        """
        for overrides in ([], ["other.message_new"]):
            self.batch_road.return_value = overrides
            source = write_mail(subject='Re: "quotes"/and\\paths', files=[("a.pdf", b"1")])
            item = self.take_one(source)
            self.assertEqual(len(self.files(item)), 2)
            original = self.message(item).attachment_ids.filtered(
                lambda one: one.name.endswith(".eml")
            )
            self.assertEqual(original.raw, source)
            self.assertEqual(original.name, "Re quotes and paths.eml")
            self.assertEqual(original.mimetype, "message/rfc822")
        self.inbox.attach_source = False
        self.assertFalse(self.files(self.take_one()))

    def test_not_where_it_would_bring_back_what_is_held(self):
        self.inbox.write({"quarantine_executables": True, "attachment_blocked": "zip"})
        for name, content in (("a.exe", PROGRAM), ("a.zip", b"1")):
            item = self.take_one(write_mail(files=[(name, content)]))
            self.assertFalse(self.files(item))
            self.assertIn("The original mail is not attached", self.row(item).explanation)
