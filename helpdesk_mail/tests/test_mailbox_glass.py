# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Break glass, export, and what becomes of a mailbox when its owner leaves."""

import datetime
import email
import email.policy
import io
import re
import zipfile
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..models import seal
from .test_mailbox_seal import MAIL, MailboxCase

GROUP = "helpdesk_mail.group_break_glass"
REASON = "Anna is ill; Carla's order is due today."
WITH_FILES = b"""From: Carla <carla@customer.example>\r
To: anna@firm.example\r
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= / and ../more\r
Message-ID: <files@customer.example>\r
In-Reply-To: <1@customer.example>\r
References: <1@customer.example>\r
Date: Mon, 2 Nov 2026 11:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="m"\r
\r
--m\r
Content-Type: multipart/related; boundary="r"\r
\r
--r\r
Content-Type: text/html; charset=utf-8\r
\r
<p>Look: <img src="cid:pic"></p>\r
--r\r
Content-Type: image/png\r
Content-ID: <pic>\r
Content-Disposition: inline; filename="pic.png"\r
Content-Transfer-Encoding: base64\r
\r
iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgAAIAAAUAAeImBZsAAAAASUVORK5CYII=\r
--r--\r
--m\r
Content-Type: application/pdf\r
Content-Disposition: attachment; filename="offer.pdf"\r
\r
%PDF private\r
--m--\r
"""


class GlassCase(MailboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dora = new_test_user(
            cls.env, "dora", groups=f"base.group_user,{GROUP}", email="dora@firm.example"
        )
        cls.mine = cls.mailbox.with_user(cls.anna)

    def open_it(self, user=None, hours="1", reason=REASON):
        status = self.env["helpdesk.mailbox.status"].with_user(user or self.dora)
        status = status.search([("user_id", "=", self.anna.id)])
        action = status.action_break_glass()
        wizard = self.env[action["res_model"]].with_user(user or self.dora)
        wizard = wizard.with_context(**action["context"]).create({"reason": reason, "hours": hours})
        action = wizard.action_break()
        return self.env[action["res_model"]].with_user(user or self.dora).browse(action["res_id"])


@tagged("post_install", "-at_install")
class TestBreakGlass(GlassCase):
    """*opening one without consent is a separate right that is logged and notifies the owner*"""

    def test_it_is_a_right_of_its_own(self):
        group = self.env.ref(GROUP)
        self.assertFalse(group.implied_by_ids)
        self.assertFalse(group.implied_ids)
        self.assertFalse(group.all_user_ids - self.dora, "nobody has it unless it is given to them")
        for user in (self.system, self.bert, self.env.ref("base.user_admin")):
            with self.assertRaises(AccessError):
                self.open_it(user)
            with self.assertRaises(AccessError):
                self.env["helpdesk.mailbox.glass"].with_user(user).sudo().create(
                    {"mailbox_id": self.mailbox.id, "reason": REASON}
                )
        # nor the superuser, in whose name user-written code runs
        with self.assertRaises(AccessError):
            self.env["helpdesk.mailbox.glass"].with_user(self.env.ref("base.user_root")).create(
                {"mailbox_id": self.mailbox.id, "reason": REASON}
            )

    def test_reads_for_a_while_and_changes_nothing(self):
        message = self.message.with_user(self.dora)
        with self.assertRaises(AccessError):
            message.read(["body"])
        glass = self.open_it()
        self.assertIn("heliotrope", message.read(["body"])[0]["body"])
        for change in (
            message.action_mark_read,
            message.action_delete,
            message.action_block,
            lambda: message.write({"subject": "x"}),
            lambda: self.mailbox.with_user(self.dora).write({"host": "x.example"}),
        ):
            # an AccessError is one as well
            with self.assertRaises(UserError):
                change()
        self.env.cr.execute(
            "UPDATE helpdesk_mailbox_glass SET until = now() AT TIME ZONE 'UTC'"
            " - interval '1 minute' WHERE id = %s",
            [glass.id],
        )
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            message.read(["body"])
        with self.assertRaises(UserError):
            glass.action_view_messages()

    def test_a_day_at_the_most(self):
        glass = self.env["helpdesk.mailbox.glass"].with_user(self.dora)
        glass = glass.create(
            {
                "mailbox_id": self.mailbox.id,
                "reason": REASON,
                "until": fields.Datetime.now() + datetime.timedelta(days=300),
                "user_id": self.bert.id,
                "owner_id": self.bert.id,
            }
        )
        self.assertLess(
            glass.until - fields.Datetime.now(), datetime.timedelta(hours=24, minutes=1)
        )
        # in nobody else's name
        self.assertEqual((glass.user_id, glass.owner_id), (self.dora, self.anna))

    def test_asks_for_a_reason(self):
        for reason in ("", "  ", "x"):
            with self.assertRaises(UserError):
                self.open_it(reason=reason or " ")
        with self.assertRaises(UserError):
            self.env["helpdesk.mailbox.glass"].with_user(self.dora).create(
                {"mailbox_id": self.mailbox.id, "reason": False}
            )

    def test_owner_is_told_at_once(self):
        since = self.env["mail.message"].search([], order="id desc", limit=1).id
        self.anna.notification_type = "inbox"
        glass = self.open_it()
        notices = self.env["mail.message"].search([("id", ">", since)])
        notice = notices.filtered(lambda one: self.anna.partner_id in one.notified_partner_ids)
        self.assertIn(self.dora.name, notice.subject)
        self.assertIn("order is due today", notice.body)
        # by mail as well, for somebody who reads notifications in Odoo alone
        self.assertTrue(
            self.env["mail.mail"].search(
                [("email_to", "ilike", "anna@firm.example"), ("subject", "=", notice.subject)]
            )
            or notices.filtered(lambda one: one.message_type == "email_outgoing")
        )
        for words in ("heliotrope", "carla", "Between us"):
            self.assertNotIn(words, notice.body)
        self.assertEqual(glass.with_user(self.anna).reason, REASON)
        self.assertEqual(self.mine.glass_count, 1)

    def test_log_is_for_good(self):
        glass = self.open_it()
        log = self.env["helpdesk.mailbox.glass"]
        for user in (self.anna, self.system, self.dora):
            self.assertEqual(log.with_user(user).search([]), glass.with_user(user))
            with self.assertRaises(AccessError):
                glass.with_user(user).write({"reason": "nothing"})
            with self.assertRaises(UserError):
                glass.with_user(user).unlink()
            with self.assertRaises(UserError):
                glass.with_user(user).sudo().unlink()
            with self.assertRaises(AccessError):
                glass.with_user(user).sudo().write({"reason": "nothing"})
            with self.assertRaises(AccessError):
                glass.with_user(user).sudo().until = fields.Datetime.now() + datetime.timedelta(9)
        self.assertFalse(log.with_user(self.bert).search([]))
        # it outlives the mailbox
        self.mine.unlink()
        self.env.invalidate_all()
        self.assertEqual(glass.with_user(self.system).owner_id, self.anna)
        self.assertFalse(glass.with_user(self.system).is_open)

    def test_closed_sooner(self):
        glass = self.open_it()
        with self.assertRaises(AccessError):
            glass.with_user(self.system).action_close()
        glass.with_user(self.anna).action_close()
        self.assertLessEqual(glass.until, fields.Datetime.now())
        self.env.invalidate_all()
        self.assertFalse(glass.is_open)

    def test_not_one_s_own(self):
        self.anna.group_ids += self.env.ref(GROUP)
        with self.assertRaisesRegex(UserError, "your own mailbox"):
            self.open_it(self.anna)


@tagged("post_install", "-at_install")
class TestMailboxExport(GlassCase, HttpCase):
    """*Uninstalling or removing a user offers export first*"""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.files = cls.receive(cls.mailbox, WITH_FILES, uid="2")

    def download(self, user):
        self.authenticate(user.login, user.login)
        response = self.url_open(f"/helpdesk_mail/mailbox/export?mailbox={self.mailbox.id}")
        return response

    def test_all_messages_as_mails(self):
        response = self.download(self.anna)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "application/zip")
        self.assertIn("no-store", response.headers["Cache-Control"])
        archive = zipfile.ZipFile(io.BytesIO(response.content))
        self.assertIsNone(archive.testzip())
        names = archive.namelist()
        self.assertEqual(len(names), 2)
        for name in names:
            self.assertTrue(name.startswith("Inbox/"), name)
            self.assertNotIn("..", name.removesuffix(".eml"))
            self.assertEqual(name.count("/"), 1)
        plain, rich = (
            email.message_from_bytes(archive.read(name), policy=email.policy.default)
            for name in names
        )
        self.assertEqual(plain["Message-ID"], "<1@customer.example>")
        self.assertEqual(plain["Subject"], "Between us")
        self.assertIn("heliotrope", plain.get_body(("plain",)).get_content())
        self.assertEqual(rich["Subject"], "Grüße / and ../more")
        self.assertEqual(rich["In-Reply-To"], "<1@customer.example>")
        files = {part.get_filename(): part for part in rich.iter_attachments()}
        self.assertEqual(files["offer.pdf"].get_content().strip(), b"%PDF private")
        cid = files["pic.png"]["Content-ID"].strip("<>")
        self.assertIn(f"cid:{cid}", rich.get_body(("html",)).get_content())

    def test_the_owners_alone(self):
        self.mine.delegate_ids = self.bert
        own = self.env["helpdesk.mailbox"].with_user(self.bert).create({"email": "b@firm.example"})
        seal.opened(own).state = "active"
        self.env.flush_all()
        for user in (self.bert, self.system, self.dora):
            with mute_logger("odoo.http"):
                self.assertEqual(self.download(user).status_code, 404, user.login)
            with self.assertRaises(AccessError):
                self.mailbox.with_user(user).action_export()

    def test_whoever_breaks_the_glass(self):
        """For somebody who left: with a reason, and told."""
        glass = self.open_it()
        action = glass.action_export()
        self.assertIn("2 messages", action["params"]["message"])
        self.assertIn(str(self.mailbox.id), action["params"]["next"]["url"])
        self.env.flush_all()
        self.assertEqual(self.download(self.dora).status_code, 200)

    def test_a_large_mailbox_comes_in_parts(self):
        self.authenticate("anna", "anna")
        with patch("odoo.addons.helpdesk_mail.models.helpdesk_mailbox_export.PART", 1):
            self.assertEqual(self.mine.action_export()["target"], "new")
            page = self.download(self.anna).text
            links = re.findall(r'href="([^"]+)"', page)
            self.assertEqual(len(links), 2)
            names = []
            for link in links:
                response = self.url_open(link.replace("&amp;", "&"))
                names += zipfile.ZipFile(io.BytesIO(response.content)).namelist()
            self.assertEqual(len(set(names)), 2)
            with mute_logger("odoo.http"):
                for part in (0, 3, "x"):
                    path = f"/helpdesk_mail/mailbox/export?mailbox={self.mailbox.id}&part={part}"
                    self.assertEqual(self.url_open(path).status_code, 404)

    def test_nonsense(self):
        self.authenticate("anna", "anna")
        with mute_logger("odoo.http"):
            for query in ("", "?mailbox=x", "?mailbox=999999999", "?mailbox=-1"):
                response = self.url_open(f"/helpdesk_mail/mailbox/export{query}")
                self.assertIn(response.status_code, (400, 404))

    def test_memory_stays_small(self):
        """Pieces of the archive leave as it is made, and no message is held for long."""
        opened = seal.opened(self.mailbox)
        noise = "".join(chr(33 + (number * 7919) % 90) for number in range(200_000))
        opened.env["helpdesk.mailbox.message"].create(
            [
                {
                    "mailbox_id": self.mailbox.id,
                    "direction": "in",
                    "state": "received",
                    "subject": f"No {number}",
                    "body": f"<p>{number}{noise}</p>",
                }
                for number in range(120)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        held = []
        for piece in self.mine._export():
            held.append(len(piece))
        self.assertLess(max(held), 4 << 20)


@tagged("post_install", "-at_install")
class TestMailboxRemoval(GlassCase):
    def test_user_with_a_mailbox_is_not_deleted_silently(self):
        with self.assertRaisesRegex(UserError, "personal mailbox .1 messages"):
            self.anna.unlink()

    def test_user_in_the_log_is_not_deleted(self):
        """The log is kept; archiving is what is left, and the message says so."""
        self.open_it()
        self.mine.unlink()
        for user in (self.anna, self.dora):
            with self.assertRaisesRegex(UserError, "Archive them instead"):
                user.with_user(self.system).unlink()
        self.anna.with_user(self.system).active = False

    def test_archiving_stops_reading(self):
        opened = seal.opened(self.mailbox)
        opened.write({"host": "imap.firm.example", "state": "active"})
        self.assertTrue(opened.cron_id.active)
        self.anna.with_user(self.system).active = False
        self.assertEqual(opened.state, "paused")
        self.assertFalse(opened.cron_id.active)
        self.anna.with_user(self.system).active = True
        self.assertEqual(opened.state, "paused")

    def test_no_colleague_any_more(self):
        opened = seal.opened(self.mailbox)
        opened.write({"host": "imap.firm.example", "state": "active"})
        self.anna.with_user(self.system).group_ids = self.env.ref("base.group_portal")
        self.assertEqual(opened.state, "paused")

    def test_opened_mailboxes_close_with_who_left(self):
        glass = self.open_it()
        self.dora.with_user(self.system).active = False
        self.env.invalidate_all()
        self.assertFalse(glass.with_user(self.system).is_open)

    def test_deleting_one_s_own_leaves_nothing_behind(self):
        message = self.receive(self.mailbox, WITH_FILES, uid="2")
        files = seal.opened(message).attachment_ids
        self.assertEqual(len(files), 2)
        mailbox_id = self.mailbox.id
        self.mine.unlink()
        self.env.flush_all()
        self.env.cr.execute("SELECT count(*) FROM ir_attachment WHERE id = ANY(%s)", [files.ids])
        self.assertEqual(self.env.cr.fetchone()[0], 0)
        for table in ("helpdesk_mailbox_message", "helpdesk_incoming_mail", "helpdesk_mail_folder"):
            self.env.cr.execute(f"SELECT count(*) FROM {table} WHERE mailbox_id = %s", [mailbox_id])
            self.assertEqual(self.env.cr.fetchone()[0], 0, table)
        self.anna.unlink()

    def test_administrator_deletes_what_a_departed_user_left_unread(self):
        status = self.env["helpdesk.mailbox.status"].with_user(self.system)
        row = status.browse(self.mailbox.id)
        with self.assertRaisesRegex(UserError, "belongs to its owner"):
            row.action_remove()
        self.anna.with_user(self.system).active = False
        for user in (self.bert, self.dora):
            with self.assertRaises(AccessError):
                row.with_user(user).action_remove()
        row.action_remove()
        self.assertFalse(self.mailbox.exists())
        self.assertFalse(self.message.exists())

    def test_uninstalling_warns_and_asks_to_export(self):
        module = self.env.ref("base.module_helpdesk_mail")
        wizard = self.env["base.module.uninstall"].with_user(self.system)
        wizard = wizard.create({"module_ids": module.ids})
        self.assertEqual(
            (wizard.helpdesk_mailbox_count, wizard.helpdesk_mailbox_message_count), (1, 1)
        )
        since = self.env["mail.message"].search([], order="id desc", limit=1).id
        wizard.action_helpdesk_mail_ask_export()
        notice = self.env["mail.message"].search([("id", ">", since)])
        self.assertEqual(notice.notified_partner_ids, self.anna.partner_id)
        other = self.env["base.module.uninstall"].create(
            {"module_ids": self.env.ref("base.module_web").ids}
        )
        self.assertTrue(other.helpdesk_mailbox_count, "what all depends on takes it along")

    def test_mail_that_comes_again(self):
        """A mailbox that is made anew takes in what the old one had."""
        self.mine.unlink()
        again = (
            self.env["helpdesk.mailbox"].with_user(self.anna).create({"email": "anna@firm.example"})
        )
        self.assertTrue(self.receive(again, MAIL))
