# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Messages > Inbox: what the owner of a mailbox, a delegate and a colleague find there."""

from lxml import etree
from odoo.exceptions import AccessError
from odoo.fields import Datetime
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from ..models import seal
from .common import PIXEL, write_mail
from .test_mailbox_seal import MailboxCase

QUIET = ("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule", "odoo.models")


class InboxCase(MailboxCase):
    """Anna's mailbox is active, with mail of Carla, whom nobody knows."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        seal.opened(cls.mailbox).state = "active"
        cls.message = cls.message.with_user(cls.anna)

    @classmethod
    def mail(
        cls,
        subject="Hello",
        uid="20",
        folder="INBOX",
        sender="Carla <carla@customer.example>",
        **more,
    ):
        """A message to Anna."""
        more.setdefault("to", "anna@firm.example")
        source = write_mail(sender=sender, subject=subject, **more)
        return cls.receive(cls.mailbox, source, folder=folder, uid=uid).with_user(cls.anna)

    @classmethod
    def let_in(cls, user, state="active"):
        """Let Anna name *user*, who has a mailbox in *state*: the mailbox."""
        cls.mailbox.with_user(cls.anna).delegate_ids += user
        own = (
            cls.env["helpdesk.mailbox"]
            .with_user(user)
            .create({"email": f"{user.login}@firm.example"})
        )
        seal.opened(own).state = state
        return own

    def folder(self, user, name="inbox"):
        """(action, what it lists at first) of a folder as *user* opens it from the menu."""
        action = self.env.ref(f"helpdesk_mail.helpdesk_mailbox_{name}_action").with_user(user).run()
        domain = list(action["domain"])
        if chosen := action["context"].get("searchpanel_default_mailbox_id"):
            domain.append(("mailbox_id", "=", chosen))
        return action, self.env["helpdesk.mailbox.message"].with_user(user).search(domain)


@tagged("post_install", "-at_install")
class TestMailboxInbox(InboxCase):
    def test_newest_first(self):
        newer = self.mail(headers={"Date": "Tue, 3 Nov 2026 10:00:00 +0000"})
        self.assertEqual([*self.folder(self.anna)[1]], [newer, self.message])

    def test_non_registered_message_has_the_mark_author_not_found(self):
        """ "we received a non-registered message with the mark *Author not found*" """
        self.assertTrue(self.message.is_unknown)
        self.env["res.partner"].create({"name": "Dora", "email": "dora@customer.example"})
        known = self.mail(sender="dora@customer.example")
        self.assertFalse(known.is_unknown)
        self.assertEqual(known.partner_id.name, "Dora")
        found = known.search([("is_unknown", "=", True)])
        self.assertEqual(found, self.message)

    def test_sent_and_drafts_have_folders_of_their_own(self):
        seal.opened(self.mailbox).sent_folder = "Sent"
        sent = self.mail(sender="anna@firm.example", to="carla@customer.example", folder="Sent")
        draft = self.message.create({"subject": "Not yet", "email_to": "carla@customer.example"})
        self.assertEqual(self.folder(self.anna)[1], self.message)
        self.assertEqual(self.folder(self.anna, "sent")[1], sent)
        self.assertEqual(self.folder(self.anna, "drafts")[1], draft)
        seal.opened(draft).state = "failed"
        self.assertEqual(self.folder(self.anna, "drafts")[1], draft, "it waits to be put right")

    def test_star_and_read_marks(self):
        self.message.action_star()
        self.message.action_mark_read()
        self.assertTrue(self.message.is_starred)
        self.assertTrue(self.message.is_read)
        self.message.action_unstar()
        self.message.action_mark_unread()
        self.assertFalse(self.message.is_starred)
        self.assertFalse(self.message.is_read)

    def test_block_email(self):
        """ "4. Block email" """
        self.message.action_block()
        self.assertEqual(self.mailbox.with_user(self.anna).deny_list, "carla@customer.example")
        self.assertFalse(self.mail("Again"))
        self.assertTrue(self.message.exists(), "what is here stays")
        self.message.action_block()
        self.assertEqual(self.mailbox.with_user(self.anna).deny_list, "carla@customer.example")

    def test_delete_message(self):
        """ "5. Delete message" """
        files = self.mail(files=[("a.txt", b"x")]).attachment_ids
        self.assertTrue(files)
        messages = self.message.search([])
        messages.action_delete()
        self.assertFalse(messages.exists())
        self.assertFalse(seal.opened(files).exists())

    def test_original_of_a_message_goes_with_it(self):
        """Mail of a server that keeps nothing has its original here."""
        originals = self.env["ir.attachment"].with_user(self.anna)
        domain = [("res_model", "=", self.message._name), ("res_field", "=", "source")]
        seal.opened(self.message).source = b"T3JpZ2luYWw="
        original = originals.search([*domain, ("res_id", "=", self.message.id)])
        self.assertTrue(original)
        self.message.action_delete()
        self.assertFalse(original.exists())

    def test_mailbox_goes_with_its_files(self):
        message = self.mail(files=[("a.txt", b"x")])
        seal.opened(message).source = b"T3JpZ2luYWw="
        files = self.env["ir.attachment"].with_user(self.anna)
        files = files.search(
            [
                ("res_model", "=", message._name),
                ("res_id", "=", message.id),
                ("res_field", "in", [False, "source"]),
            ]
        )
        self.assertEqual(len(files), 2)
        with self.assertRaises(AccessError), mute_logger(*QUIET):
            self.mailbox.with_user(self.system).unlink()
        self.mailbox.with_user(self.anna).unlink()
        self.assertFalse(self.message.exists())
        self.assertFalse(files.exists())

    def test_draft_takes_no_files_of_others(self):
        """A draft neither sends nor deletes files that its writer may not read."""
        foreign = self.env["ir.attachment"].create({"name": "payroll.txt", "raw": b"secret"})
        with self.assertRaises(AccessError), mute_logger(*QUIET):
            self.message.create({"subject": "x", "attachment_ids": foreign.ids})
        draft = self.message.create({"subject": "x"})
        with self.assertRaises(AccessError), mute_logger(*QUIET):
            draft.write({"attachment_ids": [(4, foreign.id)]})
            self.env.flush_all()
        shown = self.env["ir.attachment"].create(
            {"name": "prices.txt", "raw": b"1", "res_model": "res.partner", "res_id": 1}
        )
        draft = self.message.create({"subject": "x", "attachment_ids": shown.ids})
        draft.action_delete()
        self.assertTrue(shown.exists(), "it belongs to somebody else")

    def test_all_filters_of_the_search_work(self):
        Message = self.env["helpdesk.mailbox.message"].with_user(self.anna)
        self.let_in(self.bert)
        arch = etree.fromstring(
            Message.get_view(
                self.env.ref("helpdesk_mail.helpdesk_mailbox_message_view_search_shared").id
            )["arch"]
        )
        expected = {"unread": 1, "starred": 0, "attachments": 0, "unknown": 1, "known": 0}
        for node in arch.iter("filter"):
            if domain := node.get("domain"):
                count = Message.search_count(safe_eval(domain))
                self.assertEqual(count, expected.get(node.get("name"), count), node.get("name"))
        for node in arch.iter("field"):
            if domain := node.get("filter_domain"):
                self.assertFalse(Message.search(safe_eval(domain, {"self": "no such word"})))
        text = next(node for node in arch.iter("field") if node.get("string") == "Message")
        found = Message.search(safe_eval(text.get("filter_domain"), {"self": "customer.example"}))
        self.assertEqual(found, self.message)
        self.assertEqual(Message.search([("body", "ilike", "heliotrope")]), self.message)

    def test_threads_of_one_mailbox_stay_apart_from_those_of_others(self):
        reply = self.mail("Re: Between us", answers="<1@customer.example>")
        own = self.let_in(self.bert)
        same = write_mail(to="b@firm.example", answers="<1@customer.example>")
        other = self.receive(own, same)
        self.assertEqual(reply.thread_key, self.message.thread_key)
        self.assertEqual(
            reply.search(
                [("mailbox_id", "=", self.mailbox.id), ("thread_key", "=", reply.thread_key)]
            ),
            reply | self.message,
        )
        self.assertEqual(other.with_user(self.bert).thread_key, reply.thread_key)
        self.assertNotIn(other.id, reply.search([]).ids)

    # ------------------------------------------------------------------
    # delegates
    # ------------------------------------------------------------------

    def test_delegate_chooses_whose_mail_they_look_at(self):
        """ "admins who will have an access to your incoming emails" """
        own = self.let_in(self.bert)
        action, first = self.folder(self.bert)
        self.assertFalse(first, "one's own first")
        self.assertEqual(action["context"]["searchpanel_default_mailbox_id"], own.id)
        self.assertTrue(action["context"]["helpdesk_mailbox_shared"])
        Message = self.env["helpdesk.mailbox.message"].with_user(self.bert)
        values = Message.search_panel_select_range(
            "mailbox_id", expand=True, search_domain=action["domain"]
        )["values"]
        self.assertEqual(
            {value["id"]: value["display_name"] for value in values},
            {own.id: self.bert.name, self.mailbox.id: self.anna.name},
        )
        self.assertEqual(Message.search([("mailbox_id", "=", self.mailbox.id)]), self.message)
        self.assertIn("searchpanel", Message.get_view(action["search_view_id"][0])["arch"])

    def test_owner_without_delegates_has_no_panel(self):
        action, _messages = self.folder(self.anna)
        self.assertFalse(action["context"]["helpdesk_mailbox_shared"])
        Message = self.env["helpdesk.mailbox.message"].with_user(self.anna)
        self.assertNotIn("searchpanel", Message.get_view(action["search_view_id"][0])["arch"])

    def test_delegate_without_a_mailbox_sees_nothing(self):
        """ "if splynx admin has no configured IMAP under My profile he won't see any messages" """
        own = self.let_in(self.bert, state="draft")
        action, first = self.folder(self.bert)
        self.assertFalse(first)
        self.assertFalse(action["context"]["helpdesk_mailbox_shared"])
        self.assertIn("not active yet", action["help"])
        own.unlink()
        self.assertIn("You have no mailbox yet", self.folder(self.bert)[0]["help"])
        values = self.message.with_user(self.bert).search_panel_select_range(
            "mailbox_id", expand=True
        )
        self.assertFalse(values["values"])

    def test_delegate_works_in_the_mailbox(self):
        self.let_in(self.bert)
        message = self.message.with_user(self.bert)
        self.assertTrue(message.can_change)
        self.assertEqual(message.owner_id, self.anna)
        message.action_mark_read()
        message.action_star()
        message.action_block()
        self.assertTrue(self.message.is_read)
        self.assertEqual(self.mailbox.with_user(self.anna).deny_list, "carla@customer.example")

    def test_who_breaks_the_glass_reads_and_changes_nothing(self):
        glass = self.break_glass("She is ill, and a customer waits")
        message = self.message.with_user(self.system)
        self.assertEqual(message.subject, "Between us")
        self.assertFalse(message.can_change)
        for name in ACTIONS:
            with self.assertRaises(AccessError), mute_logger(*QUIET):
                getattr(message, name)()
        glass.sudo().until = Datetime.subtract(Datetime.now(), hours=1)
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            message.read(["subject"])

    def test_nobody_else_does_anything(self):
        for user in (self.bert, self.system):
            for name in ACTIONS:
                with self.assertRaises(AccessError), mute_logger(*QUIET):
                    getattr(self.message.with_user(user), name)()
            self.assertFalse(self.folder(user)[1])

    # ------------------------------------------------------------------
    # empty folders, unread mail
    # ------------------------------------------------------------------

    def test_empty_folders_say_what_to_do_next(self):
        self.message.action_delete()
        sealed = seal.opened(self.mailbox)
        for state, said in (
            ("draft", "not active yet"),
            ("active", "New mail shows here"),
            ("paused", "is paused"),
            ("failed", "cannot be read"),
        ):
            sealed.state = state
            text = self.folder(self.anna)[0]["help"]
            self.assertIn(said, text)
            self.assertEqual("/odoo/mailbox-settings" in text, state != "active")
        self.assertIn("You have no mailbox yet", self.folder(self.bert)[0]["help"])

    def test_owner_alone_is_told_how_many_are_unread(self):
        self.let_in(self.bert)
        Bus = self.env["bus.bus"].sudo()
        self.env.cr.precommit.run()
        Bus.search([]).unlink()
        self.mail("Another secret")
        self.env.cr.precommit.run()
        sent = Bus.search([])
        self.assertEqual(len(sent), 1, "once for a batch")
        self.assertIn('"unread":2', sent.message.replace(" ", ""))
        self.assertIn(f'"res.partner",{self.anna.partner_id.id}]', sent.channel.replace(" ", ""))
        for word in ("secret", "carla", "Another"):
            self.assertNotIn(word, sent.message)
        sent.unlink()
        self.message.action_mark_read()
        self.env.cr.precommit.run()
        self.assertIn('"unread":1', Bus.search([]).message.replace(" ", ""))

    def test_count_of_unread_reads_no_mail(self):
        self.env.flush_all()
        mailbox = self.mailbox.with_user(self.anna)
        mailbox._count_unread()
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        # which mailboxes, and how many: no message is read
        with self.assertQueryCount(2):
            self.assertEqual(mailbox._count_unread(), 1)

    def test_intake_tells_once_a_batch(self):
        told = []
        self.patch(
            type(self.mailbox), "_tell_unread", lambda self, **kwargs: told.append((self, kwargs))
        )
        self.mail("One")
        self.assertEqual(told, [(self.mailbox, {"new": True})])


ACTIONS = (
    "action_star",
    "action_unstar",
    "action_mark_read",
    "action_mark_unread",
    "action_pair",
    "action_unpair",
    "action_block",
    "action_delete",
)


@tagged("post_install", "-at_install")
class TestMailboxInboxHttp(InboxCase, HttpCase):
    """Files and the start of the browser, by the addresses that the screens use."""

    def test_files_are_for_those_who_see_the_mail(self):
        message = self.mail(
            files=[("offer.html", b"<script>alert(1)</script>")],
            html='<p>x</p><img src="cid:one">',
            images=[("one", PIXEL)],
        )
        self.env.flush_all()
        for file in message.attachment_ids:
            for login, status in (("anna", 200), ("bert", 404), ("system", 404)):
                self.authenticate(login, login)
                for route in ("content", "image"):
                    with mute_logger("odoo.http"):
                        found = self.url_open(f"/web/{route}/{file.id}")
                    if route == "content" or status == 200:
                        self.assertEqual(found.status_code, status, (login, route))
                    self.assertEqual(
                        found.content == PIXEL, status == 200 and file.name != "offer.html"
                    )
                    self.assertNotIn(
                        "text/html", found.headers["Content-Type"] if status == 200 else ""
                    )

    def test_browser_starts_with_the_number(self):
        self.env.flush_all()
        self.authenticate("anna", "anna")
        told = self.make_jsonrpc_request("/web/session/get_session_info", {})
        self.assertEqual(told["helpdesk_mailbox"], {"unread": 1})
        self.authenticate("bert", "bert")
        told = self.make_jsonrpc_request("/web/session/get_session_info", {})
        self.assertNotIn("helpdesk_mailbox", told)
