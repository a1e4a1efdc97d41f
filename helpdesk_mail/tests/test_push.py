# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The HTTP doors: push of raw mail, download of originals, images in tickets."""

import hashlib
import io
import re
import zipfile
from unittest.mock import patch

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models import helpdesk_inbox
from .common import PIXEL, HelpdeskMailCase, write_mail


class Announced(io.BytesIO):
    """The beginning of a mail of 1100 KB: whoever is refused for its size sends no more.

    Were all of it sent, the server would close the connection with octets unread in it, and what
    it has said could be lost with them.
    """

    def __len__(self):
        return 1100 * 1024


@tagged("post_install", "-at_install")
class TestPush(HelpdeskMailCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.token = cls.inbox.action_new_push_token()["context"]["default_token"]

    def push(self, source, token=None, inbox_id=None, **headers):
        token = self.token if token is None else token
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.url_open(
            f"/helpdesk_mail/push/{inbox_id or self.inbox.id}",
            data=source,
            headers={"Content-Type": "message/rfc822", **headers},
            method="POST",
        )

    def test_delivered(self):
        source = write_mail(subject="pushed")
        answer = self.push(source)
        self.assertEqual(answer.status_code, 200)
        ticket = self.env["helpdesk.ticket"].search([("name", "=", "pushed")])
        self.assertEqual(
            answer.json(), {"outcome": "created", "reason": "new", "ticket": ticket.number}
        )
        self.assertEqual(ticket.inbox_id, self.inbox)
        again = self.push(source)
        self.assertEqual(again.status_code, 200)
        self.assertEqual(again.json()["outcome"], "duplicate")
        self.assertEqual(again.json()["ticket"], ticket.number)
        row = self.env["helpdesk.incoming.mail"].search([("ticket_id", "=", ticket.id)])[-1:]
        self.assertEqual(row.door, "push")
        self.assertTrue(row.raw)

    def test_sent_as_a_form(self):
        """What curl does unless told otherwise: refused with words that help."""
        answer = self.push(write_mail(), **{"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(answer.status_code, 415)
        self.assertIn("message/rfc822", answer.json()["error"])
        with mute_logger("odoo.http"):
            answer = self.push(
                b"--b\r\n" + b"x" * 5000,
                token="",
                **{"Content-Type": "multipart/form-data; boundary=b"},
            )
        self.assertIn(answer.status_code, (401, 413))

    def test_leaves_no_session(self):
        self.assertNotIn("session_id", self.push(write_mail()).cookies.get_dict())

    def test_not_authorised(self):
        other = self.new_inbox(name="Sales", email="sales@desk.example")
        for name, options in {
            "no token": {"token": ""},
            "wrong token": {"token": "x" * 43},
            "the hash": {"token": self.inbox.sudo().push_token_hash},
            "unknown inbox": {"inbox_id": 999999},
            "inbox without a token": {"inbox_id": other.id},
            "empty token": {"token": " "},
            "other scheme": {"token": "", "Authorization": f"Basic {self.token}"},
            "no ASCII": {"token": "", "Authorization": "Bearer \xe4\xf6".encode("latin-1")},
        }.items():
            with self.subTest(name):
                answer = self.push(write_mail(), **options)
                self.assertEqual(answer.status_code, 401)
                self.assertEqual(answer.json(), {"error": "unknown inbox or token"})
        self.assertFalse(self.env["helpdesk.incoming.mail"].search([("door", "=", "push")]))

    def test_compared_in_constant_time(self):
        with patch.object(
            helpdesk_inbox.hmac, "compare_digest", wraps=helpdesk_inbox.hmac.compare_digest
        ) as compare:
            self.inbox._check_push_token("wrong")
            self.inbox._check_push_token(self.token)
        self.assertEqual(compare.call_count, 2)

    def test_not_active(self):
        self.inbox.action_pause()
        self.assertEqual(self.push(write_mail()).status_code, 409)
        self.inbox.active = False
        self.assertIn(self.push(write_mail()).status_code, (401, 409))

    def test_sizes(self):
        self.assertEqual(self.push(b" \r\n").status_code, 400)
        self.inbox.max_size_mb = 1
        with mute_logger("odoo.http"):
            answer = self.push(Announced(write_mail()))
        self.assertEqual(answer.status_code, 413)
        self.assertEqual(answer.json(), {"error": "the limit is 1 MB"})

    def test_no_length(self):
        # an iterator has no length: it goes out in chunks
        self.assertEqual(self.push(iter([write_mail()])).status_code, 411)

    def test_other_methods(self):
        for method in ("GET", "PUT", "DELETE"):
            with mute_logger("odoo.http"):
                answer = self.url_open(f"/helpdesk_mail/push/{self.inbox.id}", method=method)
            self.assertIn(answer.status_code, (404, 405))

    def test_poison_is_safely_stored(self):
        with self.poison("poison"):
            answer = self.push(write_mail(subject="poison"))
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json()["outcome"], "quarantined")

    def test_token_is_shown_once_and_stored_as_a_hash(self):
        action = self.inbox.action_new_push_token()
        token = action["context"]["default_token"]
        self.assertGreaterEqual(len(token), 40)
        self.assertNotEqual(token, self.token)
        self.assertEqual(
            self.inbox.sudo().push_token_hash, hashlib.sha256(token.encode()).hexdigest()
        )
        wizard = self.env["helpdesk.inbox.push.token"].with_context(**action["context"]).create({})
        self.assertIn(f"/helpdesk_mail/push/{self.inbox.id}", wizard.url)
        wizard.flush_recordset()
        self.env.invalidate_all()
        self.assertFalse(self.env["helpdesk.inbox.push.token"].browse(wizard.id).token)
        self.env.cr.execute("SELECT * FROM helpdesk_inbox_push_token WHERE id = %s", [wizard.id])
        self.assertNotIn(token, str(self.env.cr.fetchall()))
        self.assertEqual(self.push(write_mail()).status_code, 401, "the old one is gone")


@tagged("post_install", "-at_install")
class TestSourceDownload(HelpdeskMailCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.sources = [write_mail(subject=f"../<b>odd</b> {number}") for number in range(2)]
        self.rows = self.env["helpdesk.incoming.mail"].concat(
            *(self.row(item) for item in self.take(*self.sources, door="push", keep_raw=True))
        )
        self.admin = self.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")

    def download(self, user, ids=None):
        if user:
            self.authenticate(user.login, user.login)
        ids = ids if ids is not None else ",".join(map(str, self.rows.ids))
        with mute_logger("odoo.http", "odoo.addons.base.models.ir_model"):
            return self.url_open(f"/helpdesk_mail/source?ids={ids}", allow_redirects=False)

    def test_one_and_several(self):
        answer = self.download(self.admin, self.rows[0].id)
        self.assertEqual(answer.content, self.sources[0])
        self.assertEqual(answer.headers["Content-Type"], "message/rfc822")
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertNotIn("/", answer.headers["Content-Disposition"].split("=", 1)[1][:30])
        self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self.assertIn("sandbox", answer.headers["Content-Security-Policy"])
        answer = self.download(self.admin)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            self.assertEqual([archive.read(n) for n in archive.namelist()], self.sources)
            self.assertFalse([n for n in archive.namelist() if "/" in n or "<" in n])

    def test_others_get_nothing(self):
        foreign_company = self.env["res.company"].create({"name": "Other"})
        foreign = self.new_user(
            "foreign",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=foreign_company.id,
            company_ids=[(6, 0, foreign_company.ids)],
        )
        self.assertEqual(self.download(None).status_code, 303, "log in first")
        for user in (self.agent, foreign, self.new_user("nobody")):
            answer = self.download(user)
            self.assertEqual(answer.status_code, 403)
            self.assertNotIn(b"It burns", answer.content)

    def test_nonsense(self):
        for ids in ("", "x", "1;2", "999999999"):
            self.assertEqual(self.download(self.admin, ids).status_code, 404)

    def test_attachments_of_the_journal(self):
        """Not by the number of the attachment either."""
        attachment = self.env["ir.attachment"].search(
            [("res_model", "=", "helpdesk.incoming.mail"), ("res_field", "=", "raw")]
            + [("res_id", "in", self.rows.ids)],
            limit=1,
        )
        self.assertTrue(attachment)
        for user in (None, self.agent, self.new_user("nobody")):
            if user:
                self.authenticate(user.login, user.login)
                self.assertFalse(
                    self.env["ir.attachment"]
                    .with_user(user)
                    .search([("id", "=", attachment.id), ("res_field", "!=", False)])
                )
            for url in (
                f"/web/content/{attachment.id}",
                f"/web/image/{attachment.id}",
                f"/web/content/helpdesk.incoming.mail/{self.rows[0].id}/raw",
            ):
                with mute_logger("odoo.http", "odoo.addons.base.models.ir_binary"):
                    answer = self.url_open(url)
                self.assertNotIn(b"It burns", answer.content, url)


@tagged("post_install", "-at_install")
class TestImages(HelpdeskMailCase, HttpCase):
    def test_inline_image_shows_where_it_stands(self):
        html = '<p>Look: <img src="cid:pic@x" alt="shot"> and</p>'
        for overrides in ([], ["some_addon.message_new"]):
            self.batch_road.return_value = overrides
            item = self.take_one(write_mail(html=html, images=[("pic@x", PIXEL)]))
            ticket, message = self.ticket(item), self.message(item)
            for body in (message.body, ticket.description):
                self.assertNotIn("cid:", body)
                url = re.search(r'src="([^"]+)"', body)[1].replace("&amp;", "&")
                self.assertIn("access_token=", url)
                answer = self.url_open(url)
                self.assertEqual(answer.content, PIXEL, "without being logged in")
                answer = self.url_open(url.partition("?")[0])
                self.assertNotEqual(answer.content, PIXEL)
        self.batch_road.return_value = []

    def test_attachments(self):
        files = [("report.pdf", b"%PDF"), ("../../etc/passwd", b"x"), ("ä ö.txt", b"y")]
        for overrides in ([], ["some_addon.message_new"]):
            self.batch_road.return_value = overrides
            item = self.take_one(write_mail(files=files))
            attachments = self.message(item).attachment_ids
            self.assertEqual(len(attachments), 3)
            self.assertIn("report.pdf", attachments.mapped("name"))
            self.assertFalse([name for name in attachments.mapped("name") if "/" in name])
            self.assertEqual(set(attachments.mapped("res_id")), {item.ticket_id})
            self.assertEqual(set(attachments.mapped("res_model")), {"helpdesk.ticket"})
            self.assertEqual(sorted(a.raw for a in attachments), [b"%PDF", b"x", b"y"])
        self.batch_road.return_value = []

    def test_hostile_html_is_harmless(self):
        html = (
            "<p onclick='alert(1)'>Hi<script>alert(1)</script><iframe src='//evil'></iframe>"
            "<a href='javascript:alert(1)'>x</a><form action='//evil'><input></form></p>"
        )
        item = self.take_one(write_mail(html=html, subject="<script>alert(1)</script>"))
        for body in (self.message(item).body, self.ticket(item).description):
            for word in ("<script", "onclick", "<iframe", "javascript:", "<form"):
                self.assertNotIn(word, body)
