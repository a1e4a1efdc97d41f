# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Writing private mail: drafts, answers, forwards, and what is looked at before they leave."""

from unittest.mock import patch

from odoo.exceptions import AccessError, MissingError, RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..models import mailbox_mail, seal
from .mailbox_sending_case import SendingCase

WITH_ALL = b"""From: Carla <carla@customer.example>\r
Reply-To: sales@customer.example\r
To: Anna <anna@firm.example>, "Dora, the other" <dora@customer.example>\r
Cc: Emil <emil@customer.example>, anna@firm.example\r
Subject: Everybody\r
Message-ID: <2@customer.example>\r
In-Reply-To: <0@firm.example>\r
References: <00@firm.example> <0@firm.example>\r
Date: Tue, 3 Nov 2026 10:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=a\r
\r
--a\r
Content-Type: multipart/related; boundary=b\r
\r
--b\r
Content-Type: text/html\r
\r
<p>See <img src="cid:logo" width="90"> and <img src="http://tracker.example/x.png" width="80"></p>\r
--b\r
Content-Type: image/png\r
Content-Disposition: inline\r
Content-ID: <logo>\r
Content-Transfer-Encoding: base64\r
\r
iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==\r
--b--\r
--a\r
Content-Type: application/pdf\r
Content-Disposition: attachment; filename=plan.pdf\r
\r
%PDF-1.4 the plan\r
--a--\r
"""


@tagged("post_install", "-at_install")
class TestMailboxDrafts(SendingCase):
    def test_send_email_to_a_customer(self):
        """ "navigate to Communication tab and click on Send email": a draft with all in it."""
        self.anna.signature = "<p>Anna of the firm</p>"
        Message = self.env["helpdesk.mailbox.message"].with_user(self.anna)
        action = Message._compose(partner=self.carla)
        draft = Message.browse(action["res_id"])
        self.assertEqual(draft.email_to, '"Carla Customer" <carla@customer.example>')
        self.assertEqual((draft.state, draft.direction), ("draft", "out"))
        self.assertEqual(draft.partner_id, self.carla)
        self.assertEqual(draft.mailbox_id, self.mailbox)
        self.assertIn("Anna of the firm", draft.body)
        view = self.env.ref("helpdesk_mail.helpdesk_mailbox_message_view_form_compose")
        self.assertEqual(action["views"], [(view.id, "form")])

    def test_send_email_to_a_lead(self):
        lead = self.env["crm.lead"].create(
            {"name": "New roof", "contact_name": "Leo", "email_from": "leo@lead.example"}
        )
        salesman = self.env.ref("sales_team.group_sale_salesman_all_leads")
        self.anna.group_ids = [Command.link(salesman.id)]
        Message = self.env["helpdesk.mailbox.message"].with_user(self.anna)
        draft = Message.browse(Message._compose(lead=lead)["res_id"])
        self.assertEqual(draft.email_to, '"Leo" <leo@lead.example>')
        self.assertEqual(draft.lead_id, lead)

    def test_without_a_mailbox_the_way_to_set_it_up(self):
        Message = self.env["helpdesk.mailbox.message"].with_user(self.colleague)
        with self.assertRaises(RedirectWarning) as caught:
            Message._compose(partner=self.carla)
        message, action, button, _context = caught.exception.args
        self.assertIn("You have no mailbox yet", message)
        self.assertEqual(action["type"], "ir.actions.act_window")
        self.assertEqual(button, "Set up my mailbox")
        self.mailbox.send_enabled = False
        with self.assertRaisesRegex(RedirectWarning, "does not send yet"):
            self.env["helpdesk.mailbox.message"].with_user(self.anna)._compose()

    def test_a_new_message_to_whomever(self):
        """*New message* in the lists: from one's own mailbox, signed, to nobody yet."""
        self.anna.signature = "<p>Anna of the firm</p>"
        Message = self.env["helpdesk.mailbox.message"].with_user(self.anna)
        draft = Message.browse(Message.action_new()["res_id"])
        self.assertEqual((draft.mailbox_id, draft.state), (self.mailbox, "draft"))
        self.assertFalse(draft.email_to or draft.partner_id)
        self.assertIn("Anna of the firm", draft.body)
        with self.assertRaises(RedirectWarning):
            self.env["helpdesk.mailbox.message"].with_user(self.colleague).action_new()

    def test_a_customer_deleted_in_the_meantime(self):
        gone = self.carla.copy()
        gone.unlink()
        with self.assertRaisesRegex(MissingError, "deleted in the meantime"):
            self.env["helpdesk.mailbox.message"].with_user(self.anna)._compose(partner=gone)
        draft = self.draft()
        self.carla.unlink()
        draft.invalidate_recordset()
        self.assertIn("customer_gone", self.codes(draft, "warning"))
        action = draft.action_send()
        self.assertEqual(action["target"], "new")
        self.assertIn("Carla Customer, for whom this was begun", draft.preflight)
        self.assertEqual((draft.state, draft.subject), ("draft", "Offer"))

    def test_answer(self):
        draft = self.answer()
        self.assertEqual(draft.email_to, '"Carla" <carla@customer.example>')
        self.assertEqual(draft.subject, "Re: Between us")
        self.assertEqual(draft.thread_key, self.message.with_user(self.anna).thread_key)
        self.assertIn("heliotrope", draft.quote_text)
        self.assertIn("Carla", draft.quote_text)
        self.assertNotIn("heliotrope", draft.body)
        self.assertFalse(draft.email_cc)

    def test_answer_line_by_line(self):
        """What is quoted becomes text to write in, without what a stranger's mail would load."""
        message = self.receive(self.mailbox, WITH_ALL, uid="2").with_user(self.anna)
        draft = self.answer(message=message)
        draft.body = "<p>My answer</p>"
        draft.action_quote_in_text()
        self.assertRegex(draft.body, "(?s)My answer.*<blockquote.*Carla.*See.*</blockquote>")
        self.assertNotIn("<img", draft.body)
        self.assertFalse(draft.with_quote)
        text = self.send(draft).get_body(("plain",)).get_content()
        self.assertEqual(text.count("See"), 1)
        with self.assertRaisesRegex(UserError, "has left already"):
            draft.action_quote_in_text()
        forward = self.answer("forward", message=message)
        with self.assertRaisesRegex(UserError, "quotes nothing"):
            forward.action_quote_in_text()
        with self.assertRaises(AccessError):
            self.answer(message=message).with_user(self.colleague).action_quote_in_text()

    def test_answer_to_all(self):
        message = self.receive(self.mailbox, WITH_ALL, uid="2").with_user(self.anna)
        draft = self.answer("reply_all", message=message)
        self.assertEqual(draft.email_to, "sales@customer.example")
        self.assertEqual(
            draft.email_cc,
            '"Dora, the other" <dora@customer.example>, "Emil" <emil@customer.example>',
        )
        self.assertEqual(draft.references, "00@firm.example 0@firm.example 2@customer.example")
        again = self.answer(message=message)
        self.assertFalse(again.email_cc)

    def test_forward_with_files_and_images(self):
        message = self.receive(self.mailbox, WITH_ALL, uid="2").with_user(self.anna)
        draft = self.answer("forward", message=message, email_to="fred@elsewhere.example")
        self.assertEqual(draft.subject, "Fwd: Everybody")
        self.assertEqual(draft.attachment_ids.mapped("name"), ["plan.pdf"])
        self.assertFalse(
            draft.attachment_ids & message.attachment_ids, "copies, not the same files"
        )
        self.assertIn("Forwarded message", draft.quote_text)
        shown = mailbox_mail.image_ids(draft.quote)
        self.assertEqual(len(shown), 1)
        self.assertFalse(shown & set(message.attachment_ids.ids))
        # the original may go: the draft is whole
        message.action_delete()
        mail = self.send(draft)
        names = [part.get_filename() for part in mail.iter_attachments()]
        self.assertEqual(names, ["plan.pdf"])
        html = mail.get_body(("html",)).get_content()
        self.assertIn("cid:image", html)
        self.assertNotIn("/web/image", html)
        # the receiver's own program decides about these
        self.assertIn('src="http://tracker.example/x.png"', html)

    def test_no_browser_loads_what_a_strangers_mail_shows(self):
        message = self.receive(self.mailbox, WITH_ALL, uid="2").with_user(self.anna)
        draft = self.answer(message=message)
        self.assertNotIn("tracker.example", draft.body)
        self.assertNotIn(' src="http', draft.quote)

    def test_what_a_strangers_mail_names_does_not_leave(self):
        """An image of ours that a mail names is not shown to whoever gets the answer."""
        secret = self.env["ir.attachment"].create(
            {"name": "plan.png", "raw": b"secret", "mimetype": "image/png"}
        )
        source = WITH_ALL.replace(b"cid:logo", f"/web/image/{secret.id}".encode())
        message = self.receive(self.mailbox, source, uid="3").with_user(self.anna)
        seal.opened(message).body = f'<img src="/web/image/{secret.id}?unique=1">'
        mail = self.send(self.answer(message=message))
        self.assertNotIn(b"secret", mail.as_bytes())
        self.assertNotIn(str(secret.id), mail.get_body(("html",)).get_content())

    def test_only_files_that_the_author_may_read(self):
        theirs = self.env["ir.attachment"].create({"name": "wages.txt", "raw": b"a lot"})
        draft = self.draft()
        for records in (draft, draft.sudo()):
            with self.assertRaises(AccessError):
                records.attachment_ids = [Command.link(theirs.id)]
        private_file = self.file(draft)
        other = self.draft()
        other.attachment_ids = [Command.link(private_file.id)]
        self.assertNotEqual(other.attachment_ids, private_file)
        self.assertEqual(other.attachment_ids.res_id, other.id)

    def test_people_write_drafts_and_nothing_else(self):
        draft = self.draft()
        for values in (
            {"message_id": "x@y"},
            {"quote": "<p>forged</p>"},
            {"state": "sent"},
            {"partner_id": self.carla.id},
            {"author_user_id": self.bert.id},
            {"parent_id": self.message.id},
            {"delivery": "bounced"},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                draft.write(values)
        with self.assertRaises(UserError):
            self.message.with_user(self.anna).subject = "changed"

    def test_proposed_addresses(self):
        Message = self.env["helpdesk.mailbox.message"]
        found = Message.with_user(self.anna).suggest_addresses("arla")
        self.assertIn({"name": "Carla Customer", "email": "carla@customer.example"}, found)
        self.receive(self.mailbox, WITH_ALL.replace(b"carla@", b"xaver@"), uid="5")
        self.assertEqual(
            Message.with_user(self.anna).suggest_addresses("xaver"),
            [{"name": "", "email": "xaver@customer.example"}],
        )
        self.assertEqual(Message.with_user(self.system).suggest_addresses("xaver"), [])
        self.assertEqual(Message.with_user(self.anna).suggest_addresses("x"), [])

    def test_the_form(self):
        draft = self.draft()
        with Form(draft, view="helpdesk_mail.helpdesk_mailbox_message_view_form_compose") as form:
            form.email_to = "noreply@shop.example, rubbish"
            self.assertIn("nobody reads", form.preflight)
            self.assertIn("rubbish is no mail address", form.preflight)
            form.email_to = "Ida <ida@new.example>"
            self.assertNotIn("nobody reads", form.preflight)
        self.assertEqual(draft.email_to, "Ida <ida@new.example>")

    def test_what_has_not_left_opens_where_it_is_written(self):
        """As from the Communication tab, which shows what could not be sent."""
        compose = self.env.ref("helpdesk_mail.helpdesk_mailbox_message_view_form_compose").id
        draft = self.draft()
        seal.opened(draft).state = "failed"
        self.assertEqual(draft.get_formview_action()["views"], [(compose, "form")])
        received = self.message.with_user(self.anna)
        self.assertEqual(received.get_formview_action()["views"], [(False, "form")])
        stranger = draft.with_user(self.colleague)
        stranger.invalidate_recordset()
        self.assertEqual(stranger.get_formview_action()["views"], [(False, "form")])

    def test_drafts_that_nobody_wrote_in_go(self):
        Message = self.env["helpdesk.mailbox.message"].with_user(self.anna)
        untouched = Message.browse(Message._compose(partner=self.carla)["res_id"])
        kept = self.draft()
        self.env.cr.execute(
            "UPDATE helpdesk_mailbox_message SET create_date = '2020-01-01',"
            " write_date = CASE WHEN id = %s THEN '2020-01-01' ELSE write_date END"
            " WHERE id IN %s",
            [untouched.id, (untouched.id, kept.id)],
        )
        Message.with_user(self.env.ref("base.user_root"))._gc_untouched_drafts()
        self.assertFalse(untouched.exists())
        self.assertTrue(kept.exists())

    def test_discard(self):
        draft = self.draft()
        file = self.file(draft)
        draft.action_discard()
        self.assertFalse(draft.exists())
        self.assertFalse(file.exists())


@tagged("post_install", "-at_install")
class TestMailboxOnBehalf(SendingCase):
    def test_as_oneself(self):
        own = self.bert_helps()
        draft = self.answer(user=self.bert)
        self.assertEqual(draft.mailbox_id, own)
        mail = self.send(draft)
        self.assertEqual(mail["From"].addresses[0].addr_spec, "bert@firm.example")
        self.assertIsNone(mail["Sender"])
        self.assertEqual(mail["In-Reply-To"], "<1@customer.example>")
        self.assertTrue(self.message.with_user(self.anna).is_answered)
        self.assertEqual(draft.state, "sent")
        # Anna does not see what Bert sends as himself
        with self.assertRaises(AccessError):
            draft.with_user(self.anna).read(["subject"])

    def test_on_behalf_of_the_owner(self):
        self.bert_helps()
        draft = self.answer(user=self.bert)
        self.assertIn(self.mailbox, draft.sender_mailbox_ids)
        draft.mailbox_id = self.mailbox
        self.assertEqual(
            draft.on_behalf, "bert (base.group_user) on behalf of anna (base.group_user)"
        )
        self.assertIn("sent by bert", draft.sender_shown)
        mail = self.send(draft)
        self.assertEqual(mail["From"].addresses[0].addr_spec, "anna@firm.example")
        self.assertEqual(mail["Sender"].address.addr_spec, "bert@firm.example")
        seen = draft.with_user(self.anna)
        self.assertEqual(seen.author_user_id, self.bert)
        self.assertIn("on behalf of", seen.on_behalf)
        self.assertEqual(self.smtp.logins, ["anna-login"])

    def test_without_a_server_of_ones_own(self):
        self.bert_helps(sends=False)
        draft = self.answer(user=self.bert)
        self.assertEqual(draft.mailbox_id, self.mailbox)

    def test_the_owners_own_mail_is_on_nobodys_behalf(self):
        draft = self.draft()
        self.assertFalse(draft.on_behalf)

    def test_others_write_in_nobodys_name(self):
        self.bert_helps()
        colleague = self.env["helpdesk.mailbox"].with_user(self.colleague).create({})
        seal.opened(colleague).state = "active"
        self.sends(colleague, "bert-login")
        draft = self.draft(user=self.colleague)
        for records in (draft, draft.sudo()):
            with self.assertRaises(AccessError):
                records.mailbox_id = self.mailbox
                records.flush_recordset()
        Message = self.env["helpdesk.mailbox.message"]
        for user in (self.colleague, self.system):
            with self.assertRaises(AccessError):
                Message.with_user(user).create({"mailbox_id": self.mailbox.id, "subject": "x"})
            for name in ("reply", "reply_all", "forward"):
                with self.assertRaises(AccessError):
                    getattr(self.message.with_user(user), f"action_{name}")()
            with self.assertRaises(AccessError):
                self.draft().with_user(user).action_send()

    def test_whoever_breaks_the_glass_answers_nothing(self):
        own = (
            self.env["helpdesk.mailbox"].with_user(self.system).create({"email": "s@firm.example"})
        )
        seal.opened(own).state = "active"
        self.sends(own, "bert-login")
        self.break_glass("A court asks")
        message = self.message.with_user(self.system)
        self.assertEqual(message.subject, "Between us")
        with self.assertRaises(AccessError):
            message.action_reply()
        with self.assertRaises(AccessError):
            self.draft().with_user(self.system).action_send()


@tagged("post_install", "-at_install")
class TestMailboxPreflight(SendingCase):
    def test_recipients_and_account(self):
        draft = self.draft(email_cc="dora@new.example", email_bcc="emil@new.example")
        found = draft._preflight()
        self.assertEqual(
            [(one.kind, one.key, one.who) for one in found.recipients],
            [
                ("email_to", "carla@customer.example", "Carla Customer"),
                ("email_cc", "dora@new.example", ""),
                ("email_bcc", "emil@new.example", ""),
            ],
        )
        self.assertIn("anna@firm.example", found.sender)
        self.assertEqual(found.server, "127.0.0.1")
        self.assertEqual(found.findings, ())
        self.assertIn("carla@customer.example", draft.preflight)

    def test_what_blocks(self):
        draft = self.draft(email_to="", subject="x")
        for code, values in (
            ("no_recipient", {"email_to": " , "}),
            ("no_address", {"email_to": "Carla"}),
            ("no_address", {"email_to": "käthe@customer.example"}),
            ("too_many", {"email_to": ", ".join(f"p{n}@x.example" for n in range(101))}),
        ):
            with self.subTest(code):
                draft.write(values)
                self.assertEqual(self.codes(draft, "danger"), [code])
                with self.assertRaises(UserError):
                    draft.with_context(helpdesk_mail_looked_at=True).action_send()
                self.assertEqual(draft.state, "draft")

    def test_senders_address_is_a_full_one(self):
        """ "Double check if the email address in the field Sender's email has the correct
        format e.g. username@mailserver.com"
        """
        draft = self.draft()
        seal.opened(self.mailbox).flush_recordset()
        self.env.cr.execute(
            "UPDATE helpdesk_mailbox SET email = 'anna' WHERE id = %s", [self.mailbox.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.codes(draft, "danger"), ["sender_not_full"])
        with self.assertRaisesRegex(UserError, "not a full one"):
            draft.action_send()

    def test_sending_that_is_off(self):
        draft = self.draft()
        self.mailbox.send_enabled = False
        self.assertEqual(self.codes(draft, "danger"), ["sending_off"])

    def test_a_server_that_is_missing(self):
        draft = self.draft()
        self.mailbox.smtp_host = False
        self.assertEqual(self.codes(draft, "danger"), ["no_server"])
        self.mailbox.write({"smtp_host": "127.0.0.1"})
        # another server: the password was not entered for it
        with self.assertRaisesRegex(UserError, "Enter the user and the password"):
            draft.action_send()

    def test_warnings(self):
        self.env["helpdesk.recipient"].create(
            [
                {"email": "shared@customer.example", "is_shared": True},
                {"email": "banned@customer.example", "is_banned": True},
            ]
        )
        self.mailbox.deny_list = "blocked.example"
        draft = self.draft()
        for code, values in (
            ("no_reply", {"email_to": "no-reply@shop.example"}),
            ("shared", {"email_to": "shared@customer.example"}),
            ("banned", {"email_to": "banned@customer.example"}),
            ("blocked", {"email_to": "x@blocked.example"}),
            ("no_subject", {"subject": "  "}),
            ("no_attachment", {"body": "<p>Please find the plan attached.</p>"}),
            ("no_attachment", {"body": "<p>Anbei der Plan.</p>"}),
        ):
            with self.subTest(code):
                draft.write(
                    {
                        "email_to": "carla@customer.example",
                        "subject": "x",
                        "body": "<p>Hi</p>",
                        **values,
                    }
                )
                self.assertEqual(self.codes(draft), [code])
                action = draft.action_send()
                self.assertEqual(action["res_model"], draft._name)
                self.assertEqual(action["target"], "new")
                self.assertEqual(draft.state, "draft")

    def test_quoted_words_ask_for_no_file(self):
        source = WITH_ALL.replace(b"<p>See", b"<p>I attached it. See")
        message = self.receive(self.mailbox, source, uid="2")
        self.assertNotIn("no_attachment", self.codes(self.answer(message=message)))

    def test_a_customer_outside_of_the_scope(self):
        partner = self.env["res.partner"].create({"name": "Reseller", "is_company": True})
        self.carla.write({"is_company": True, "helpdesk_managing_partner_id": partner.id})
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        draft = self.draft()
        self.anna.helpdesk_partner_ids = other
        self.env.invalidate_all()
        self.assertIn("out_of_scope", self.codes(draft, "warning"))
        self.assertEqual([one.who for one in draft._preflight().recipients], [""])
        self.anna.helpdesk_partner_ids = partner
        self.env.invalidate_all()
        self.assertNotIn("out_of_scope", self.codes(draft))

    def test_too_large(self):
        draft = self.draft()
        self.file(draft, content=b"x" * 300_000)
        self.assertEqual(self.codes(draft), [])
        Sending = type(self.env["helpdesk.mail.sending"])
        with patch.object(Sending, "_size_limit", return_value=200_000):
            self.assertEqual(self.codes(draft, "danger"), ["too_large"])
            with self.assertRaisesRegex(UserError, "too large"):
                draft.action_send()
        self.assertTrue(draft.attachment_ids)

    def test_answer_that_goes_elsewhere(self):
        source = WITH_ALL.replace(b"sales@customer.example", b"sales@evil.example")
        message = self.receive(self.mailbox, source, uid="2")
        self.assertEqual(self.codes(self.answer(message=message), "info"), ["other_domain"])

    def test_the_systems_server_sends_from_another_address(self):
        self.mailbox.write({"outgoing": "system"})
        self.env["ir.mail_server"].create(
            {"name": "System", "smtp_host": "127.0.0.1", "from_filter": "else.example"}
        )
        domain = self.env["mail.alias.domain"].create({"name": "else.example"})
        self.env.company.alias_domain_id = domain
        draft = self.draft()
        self.assertEqual(self.codes(draft), ["other_sender"])
        self.assertEqual(draft._preflight().server, "the system's outgoing server")
