# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Attempts to get around the scope by pages and routes, with a session in the browser."""

import json

from odoo.tests import Form, HttpCase, tagged

from .common import write_mail
from .scope_world import SECRET, BypassCase


@tagged("post_install", "-at_install")
class TestScopeHttp(BypassCase, HttpCase):
    """The same through controllers, with a session of the user."""

    def setUp(self):
        super().setUp()
        self.scoped.password = "scoped-password"  # noqa: S105
        self.attachments.generate_access_token()
        self.hidden._portal_ensure_token()
        self.env.flush_all()
        self.authenticate(self.scoped.login, "scoped-password")

    def test_pages(self):
        ticket_id = self.hidden.id
        for url in (
            f"/web/content/{self.attachments[0].id}",
            f"/web/content/{self.attachments[0].id}?access_token=wrong",
            f"/web/image/{self.attachments[0].id}",
            f"/web/content?model=ir.attachment&id={self.attachments[0].id}&field=datas",
            f"/web/content?model=helpdesk.ticket&id={ticket_id}&field=description",
            f"/mail/attachment/pdf_first_page/{self.attachments[0].id}",
            f"/my/ticket/{ticket_id}",
            f"/my/ticket/{ticket_id}?access_token=wrong",
            # the customer's own link, which they were once sent
            f"/my/ticket/{ticket_id}?access_token={self.hidden.access_token}",
            f"/my/ticket/{ticket_id}/{self.hidden.access_token}",
            *(
                f"/web/content/{attachment.id}?access_token={attachment.access_token}"
                for attachment in self.attachments
            ),
            "/my/tickets",
            "/my/tickets?search=Secret&search_in=all",
            "/my/tickets?groupby=stage&filterby=all",
            "/my/home",
            f"/mail/unfollow?model=helpdesk.ticket&res_id={ticket_id}&pid=1&token=x",
            f"/mail/view?model=helpdesk.ticket&res_id={ticket_id}",
            f"/mail/message/{self.told.id}",
        ):
            with self.subTest(url):
                answer = self.url_open(url)
                self.assertNotIn(SECRET, answer.text)
                self.assertNotIn("Secret%20plan", answer.url)

    def test_files_of_letters(self):
        """A token, of a mail that was handed on, opens no file of mail that is not theirs."""
        letter = self.ruth.message_post(
            body="letter",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.ruth.id,
            attachments=[("letter.txt", SECRET.encode())],
        ).attachment_ids
        (token,) = letter.generate_access_token()
        for url in f"/web/content/{letter.id}", f"/web/content/{letter.id}?access_token={token}":
            answer = self.url_open(url)
            self.assertEqual(answer.status_code, 404, url)
            self.assertNotIn(SECRET, answer.text)
        self.authenticate(self.agent.login, self.agent.login)
        self.assertIn(SECRET, self.url_open(f"/web/content/{letter.id}").text)

    def test_originals_of_mails(self):
        """An administrator with a scope downloads the mails of their customers only."""
        rows = {
            ticket: self.row(self.take_one(keep_raw=True, source=write_mail(subject=f"Raw {name}")))
            for name, ticket in (("mine", self.mine), ("hidden", self.hidden))
        }
        for ticket, row in rows.items():
            row.ticket_id = ticket
        self.env.flush_all()
        self.admin.password = "scopedadmin-password"  # noqa: S105
        self.authenticate(self.admin.login, "scopedadmin-password")
        for ids in (rows[self.hidden].ids, [row.id for row in rows.values()]):
            url = f"/helpdesk_mail/source?ids={','.join(map(str, ids))}"
            answer = self.url_open(url)
            self.assertGreaterEqual(answer.status_code, 400)
            self.assertNotIn(b"Raw", answer.content)
        answer = self.url_open(f"/helpdesk_mail/source?ids={rows[self.mine].id}")
        self.assertIn(b"Raw mine", answer.content)

    def test_customers_keep_their_private_link(self):
        self.logout()
        url = f"/my/ticket/{self.hidden.id}?access_token={self.hidden.access_token}"
        self.assertIn(SECRET, self.url_open(url).text)

    def test_data_of_threads(self):
        thread = {"thread_model": "helpdesk.ticket", "thread_id": self.hidden.id}
        for route, params in (
            ("/mail/thread/messages", thread),
            ("/mail/thread/messages", {**thread, "fetch_params": {"search_term": "Secret"}}),
            ("/mail/thread/recipients", thread),
            ("/mail/thread/messages", {**thread, "token": self.hidden.access_token}),
            ("/portal/chatter_init", {**thread, "token": self.hidden.access_token}),
            ("/mail/chatter_fetch", {**thread, "token": self.hidden.access_token}),
            (
                "/mail/data",
                {
                    "fetch_params": [
                        [
                            "mail.thread",
                            {
                                **thread,
                                "request_list": ["followers", "activities", "attachments"],
                            },
                        ],
                        "init_messaging",
                        "systray_get_activities",
                        "failures",
                    ]
                },
            ),
            ("/mail/inbox/messages", {}),
            ("/mail/history/messages", {}),
            ("/mail/starred/messages", {}),
            (
                "/mail/message/post",
                {**thread, "post_data": {"body": "x", "message_type": "comment"}},
            ),
            (
                "/mail/message/reaction",
                {"message_id": self.told.id, "content": "👍", "action": "add"},
            ),
            (
                "/mail/message/update_content",
                {"message_id": self.own_message.id, "update_data": {"body": "changed"}},
            ),
            ("/mail/read_subscription_data", {"follower_id": self.follower.id}),
            ("/mail/thread/recipients/get_suggested_recipients", thread),
            ("/mail/thread/recipients/fields", {"thread_model": "helpdesk.ticket"}),
            ("/mail/message/translate", {"message_id": self.told.id}),
            ("/mail/link_preview", {"message_id": self.told.id}),
            ("/mail/attachment/delete", {"attachment_id": self.attachments[0].id}),
            ("/mail/update_is_internal", {"message_id": self.told.id, "is_internal": False}),
            ("/my/counters", {"counters": ["ticket_count"]}),
            (
                "/mail/action",
                {"fetch_params": [["mail.thread", {**thread, "request_list": ["messages"]}]]},
            ),
            (
                "/mail/thread/subscribe",
                {
                    "res_model": "helpdesk.ticket",
                    "res_id": self.hidden.id,
                    "partner_ids": self.scoped.partner_id.ids,
                },
            ),
        ):
            with self.subTest(route):
                answer = self.url_open(
                    route,
                    data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
                    headers={"Content-Type": "application/json"},
                )
                self.assertNotIn(SECRET, answer.text)
        self.assertNotIn("changed", str(self.own_message.body))
        self.assertFalse(self.told.sudo().reaction_ids)

    def test_closing_by_number(self):
        """/ticket/close takes any number and writes as the system."""
        stage = self.closed_stage
        stage.close_from_portal = True
        for ticket in self.hidden, self.nobodys:
            answer = self.url_open(f"/ticket/close?ticket_id={ticket.id}&stage_id={stage.id}")
            self.assertEqual(answer.status_code, 404)
            self.assertNotEqual(ticket.stage_id, stage)
        self.url_open(f"/ticket/close?ticket_id={self.mine.id}&stage_id={stage.id}")
        self.assertEqual(self.mine.stage_id, stage)

    def test_own_tickets_work_as_ever(self):
        self.assertIn("My printer", self.url_open("/my/tickets").text)
        answer = self.url_open(
            "/mail/thread/messages",
            data=json.dumps(
                {
                    "jsonrpc": "2.0",
                    "method": "call",
                    "params": {"thread_model": "helpdesk.ticket", "thread_id": self.mine.id},
                }
            ),
            headers={"Content-Type": "application/json"},
        )
        self.assertIn("It burns", answer.text)
        form = Form(self.mine.with_user(self.scoped))
        form.user_id = self.scoped
        form.save()
