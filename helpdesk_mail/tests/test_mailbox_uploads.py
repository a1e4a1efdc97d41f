# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Files that the editor and the web client put into a letter of a personal mailbox."""

import base64
import io
import json

from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from PIL import Image

from ..models import mailbox_mail, seal
from .mailbox_world import MESSAGE, QUIET, READERS, ROLES, MailboxWorld

OTHERS = (
    "glass broken",
    "delegate without mailbox",
    "colleague",
    "helpdesk manager",
    "settings administrator",
    "scoped administrator",
    "portal user",
    "public",
)


def picture(colour):
    """A PNG file of one colour."""
    found = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(found, "PNG")
    return found.getvalue()


@tagged("post_install", "-at_install")
class TestMailboxUploads(MailboxWorld, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_world()
        message = cls.message.with_user(cls.users["owner"])
        cls.draft_id = message.action_reply()["res_id"]
        cls.env.flush_all()
        cls.env.invalidate_all()

    def enter(self, role):
        user = self.users[role]
        self.authenticate(user.login if ROLES[role] else None, user.login)

    def ask(self, route, **params):
        """What a route of the web client answers: the result, or the words of the refusal."""
        answer = self.url_open(
            route,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
        )
        try:
            found = answer.json()
        except ValueError:
            return answer.text
        return found.get("result", found.get("error"))

    def upload(self, colour="red", name="plan.png"):
        """A picture that whoever is there puts into the draft: its id, or the refusal."""
        found = self.ask(
            "/html_editor/attachment/add_data",
            name=name,
            data=base64.b64encode(picture(colour)).decode(),
            is_image=True,
            res_id=self.draft_id,
            res_model=MESSAGE,
        )
        return found.get("id", found)

    def crop(self, file_id):
        """The editor's changed picture, and smaller ones for small screens."""
        smaller = {"64": {"image/webp": base64.b64encode(picture("blue")).decode()}}
        return self.ask(
            f"/html_editor/modify_image/{file_id}",
            res_model=MESSAGE,
            res_id=self.draft_id,
            name="cropped.png",
            data=base64.b64encode(picture("green")).decode(),
            mimetype="image/png",
            alt_data=smaller,
        )

    def files(self):
        """All files since the mail itself, for our own code."""
        domain = [("id", ">", self.file.id), ("res_field", "=", False)]
        return seal.opened(self.env["ir.attachment"]).search(domain)

    def test_pictures_of_a_letter(self):
        """The owner puts one in and changes it; nobody else gets any of what that leaves."""
        self.enter("owner")
        file_id = self.upload()
        source = self.crop(file_id)
        files = self.files().filtered(
            lambda file: file.res_model in (MESSAGE, "ir.attachment") and file.id >= file_id
        )
        self.assertEqual(set(files.mapped("res_id")), {self.draft_id})
        self.assertEqual(len(files), 3, "the picture, the changed one, a smaller one")
        octets = {file.raw for file in files}
        for file in files:
            self.assertEqual(self.url_open(f"/web/image/{file.id}").content, file.raw)
        tokens = {file.id: file._generate_access_token() for file in files}
        for file in files:
            file.access_token = tokens[file.id]
        self.env.flush_all()
        for role in OTHERS:
            self.enter(role)
            for file in files:
                for url in (
                    f"/web/image/{file.id}",
                    f"/web/image/{file.id}?access_token={tokens[file.id]}",
                    f"/web/content/{file.id}?access_token={tokens[file.id]}",
                    source,
                ):
                    if role == "glass broken":
                        continue
                    with self.subTest(role, url=url), mute_logger(*QUIET):
                        self.assertNotIn(self.url_open(url).content, octets)
            with self.subTest(role), mute_logger(*QUIET):
                before = self.files()
                self.assertNotIsInstance(self.upload("yellow", "slipped in.png"), int)
                if role != "glass broken":
                    self.assertNotIsInstance(self.crop(file_id), str)
                self.ask("/html_editor/attachment/remove", ids=files.ids)
                self.ask("/mail/attachment/delete", attachment_id=file_id)
                self.assertEqual(self.files(), before)
        # as the settings administrator's code does
        system = self.env["ir.attachment"].with_user(self.users["settings administrator"]).sudo()
        with seal.shut(self.env):
            self.assertFalse(system.search([("id", "in", files.ids)]))
        # and it leaves with the letter
        draft = self.env[MESSAGE].with_user(self.users["owner"]).browse(self.draft_id)
        draft.body = f'<p><img src="{source}"></p>'
        seal.opened(draft).message_id = "letter@firm.example"
        html, parts = mailbox_mail._with_parts(draft, str(draft.body), "http://odoo.example")
        self.assertIn('src="cid:', html)
        self.assertEqual([part[1] for part in parts], [picture("green")])

    def test_small_picture_of_a_file(self):
        """It is a column, which is kept as a file of that file."""
        opened = seal.opened(self.file)
        opened.thumbnail = base64.b64encode(picture("red"))
        self.env.flush_all()
        self.env.invalidate_all()
        domain = [("res_model", "=", "ir.attachment"), ("res_id", "=", self.file.id)]
        domain += [("res_field", "=", "thumbnail")]
        for role, user in self.users.items():
            with self.subTest(role):
                found = self.env["ir.attachment"].with_user(user).sudo().search_count(domain)
                self.assertEqual(found, 1 if role in READERS else 0)
        self.assertTrue(self.file.with_user(self.users["owner"]).thumbnail)

    def test_other_ways_to_a_file(self):
        """What the web client offers for files of a chatter does nothing for others."""
        for role in OTHERS:
            self.enter(role)
            with self.subTest(role), mute_logger(*QUIET):
                before = self.files()
                token = Request.csrf_token(self)
                for route, values in (
                    ("/web/binary/upload_attachment", {"model": MESSAGE, "id": self.draft_id}),
                    (
                        "/mail/attachment/upload",
                        {"thread_model": MESSAGE, "thread_id": self.draft_id},
                    ),
                ):
                    self.url_open(
                        route,
                        data={**values, "csrf_token": token},
                        files={"ufile": ("slipped in.txt", b"x", "text/plain")},
                    )
                slipped = (self.files() - before).filtered(lambda file: file.res_model == MESSAGE)
                self.assertFalse(slipped)
                if role == "glass broken":
                    continue
                answer = self.url_open(
                    "/mail/attachment/zip",
                    data={"file_ids": str(self.file.id), "zip_name": "x", "csrf_token": token},
                )
                self.assertNotIn(b"heliotrope", answer.content)
                info = self.ask("/html_editor/get_image_info", src=f"/web/image/{self.file.id}")
                self.assertNotIn("heliotrope", str(info))
                thumbnail = self.ask(
                    "/mail/attachment/update_thumbnail",
                    attachment_id=self.file.id,
                    thumbnail="eA==",
                )
                self.assertNotIn("heliotrope", str(thumbnail))
