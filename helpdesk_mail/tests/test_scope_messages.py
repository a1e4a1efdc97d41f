# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Attempts to get around the scope by messages, files, activities, followers and news."""

import base64

from odoo.exceptions import AccessError
from odoo.fields import Command

from .common import PIXEL, write_mail
from .scope_world import RIVAL, SECRET, BypassCase, ScopeCase

PIXEL_BASE64 = base64.b64encode(PIXEL)


class TestMessagesByRpc(BypassCase):
    def test_messages_by_id(self):
        """Author, recipient and notified read a message whose document is closed to them."""
        messages = self.hidden.message_ids | self.nobodys.message_ids
        self.assertIn(self.own_message, messages)
        self.assertIn(self.told, messages)
        for message in messages:
            for method, *args in (
                ("read", ["body"]),
                ("web_read", {"body": {}, "record_name": {}}),
                ("export_data", ["body"]),
                ("copy",),
                ("write", {"body": "x"}),
                ("unlink",),
                ("toggle_message_starred",),
            ):
                with self.subTest(method=method):
                    self.refused_call(self.scoped, "mail.message", method, message.ids, *args)

    def test_searches_of_messages(self):
        for method, *args in (
            ("search_read", [], ["body", "record_name", "subject"]),
            ("formatted_read_group", [], ["record_name"], ["__count"]),
            ("formatted_read_group", [], ["model", "res_id"], ["__count"]),
            ("name_search", "Secret"),
        ):
            try:
                answer = self.call(self.scoped, "mail.message", method, *args)
            except Exception as error:
                self.assertNotIn(SECRET, str(error))
                continue
            self.assertSilent(answer)

    def test_scoped_settings_administrator_exports_no_messages(self):
        settings = self.new_scoped("settings", self.main, "base.group_system")
        self.refused_call(settings, "mail.message", "export_data", self.told.ids, ["body"])
        self.assertFalse(self.call(settings, "mail.mail", "search", [("body", "ilike", "Secret")]))
        self.assertFalse(
            self.call(
                settings,
                "mail.tracking.value",
                "search",
                [("mail_message_id.res_id", "=", self.hidden.id)],
            )
        )

    def test_letters_are_no_oracle(self):
        """What one may not read on a lead or a contact, no search of these finds by its words."""
        lead = self.env["crm.lead"].create({"name": "Rival lead", "partner_id": self.ruth.id})
        for record in lead, self.ruth:
            record.message_post(
                body="letter of hers",
                message_type="email",
                subtype_xmlid="mail.mt_comment",
                author_id=self.ruth.id,
                email_from=RIVAL,
                attachments=[("letter.txt", b"x")],
            )
        for model, record in (("crm.lead", lead), ("res.partner", self.ruth)):
            for condition in (
                ("message_ids.body", "ilike", "letter of"),
                ("message_ids", "any", [("body", "ilike", "letter of")]),
                ("message_ids", "ilike", "letter of"),
                ("message_ids.email_from", "=", RIVAL),
                ("message_ids.attachment_ids.name", "ilike", "letter"),
                ("website_message_ids.body", "ilike", "letter of"),
                ("child_ids.message_ids.body", "ilike", "letter of"),
                ("partner_id.message_ids.body", "ilike", "letter of"),
                ("parent_id.child_ids.message_ids.body", "ilike", "letter of"),
            ):
                if condition[0].partition(".")[0] not in self.env[model]._fields:
                    continue
                with self.subTest(model=model, condition=condition):
                    try:
                        found = self.call(self.scoped, model, "search", [condition])
                    except AccessError:
                        continue
                    self.assertFalse(found)
            self.assertIn(
                record.id,
                self.call(
                    self.agent, "res.partner", "search", [("message_ids.body", "ilike", "letter")]
                )
                if model == "res.partner"
                else record.search([("message_ids.body", "ilike", "letter")]).ids,
            )
            # the record itself opens, with its list of messages
            specification = {"display_name": {}, "message_ids": {"fields": {"body": {}}}}
            answer = self.call(self.scoped, model, "web_read", record.ids, specification)
            self.assertNotIn("letter of", str(answer))
            answer = self.call(self.scoped, model, "read", record.ids, ["message_ids"])
            self.assertEqual(len(answer), 1)
            try:
                answer = self.call(
                    self.scoped, model, "export_data", record.ids, ["name", "message_ids/body"]
                )
            except AccessError:
                continue
            self.assertNotIn("letter of", str(answer))

    def test_what_hangs_on_messages(self):
        """Mails in the queue, previews of links, reactions, translations: of settings people."""
        settings = self.new_scoped("settings", self.main, "base.group_system")
        message = self.told
        mail = self.env["mail.mail"].create(
            {"mail_message_id": message.id, "body_html": SECRET, "email_to": RIVAL}
        )
        link = self.env["mail.link.preview"].create(
            {"source_url": "https://rival.example/secret", "og_title": SECRET}
        )
        hung = self.env["mail.message.link.preview"].create(
            {"message_id": message.id, "link_preview_id": link.id}
        )
        reaction = self.env["mail.message.reaction"].create(
            {"message_id": message.id, "content": "x", "partner_id": self.agent.partner_id.id}
        )
        translation = self.env["mail.message.translation"].create(
            {
                "message_id": message.id,
                "body": SECRET,
                "source_lang": "fr",
                "target_lang": "en",
            }
        )
        for record in mail, link, hung, reaction, translation:
            with self.subTest(record._name):
                found = self.call(settings, record._name, "search", [("id", "=", record.id)])
                self.assertFalse(found)
                self.refused_call(settings, record._name, "read", record.ids)
                self.assertTrue(
                    record.search([("id", "=", record.id)]), "for the system it is there"
                )
        for condition in (("body_html", "ilike", "Secret"), ("email_to", "=", RIVAL)):
            self.assertFalse(self.call(settings, "mail.mail", "search", [condition]))

    def test_notifications(self):
        notifications = self.told.notification_ids
        self.assertTrue(notifications)
        self.refused_call(
            self.scoped, "mail.notification", "read", notifications.ids, ["mail_message_id"]
        )

    def test_followers(self):
        for method, *args in (("read", ["partner_id"]), ("web_read", {"display_name": {}})):
            self.refused_call(self.scoped, "mail.followers", method, self.follower.ids, *args)

    def test_activities(self):
        for method, *args in (
            ("read", ["res_name", "summary"]),
            ("web_read", {"res_name": {}}),
            ("write", {"summary": "x"}),
            ("action_feedback",),
            ("unlink",),
        ):
            with self.subTest(method):
                self.refused_call(self.scoped, "mail.activity", method, self.activity.ids, *args)
        groups = self.as_(self.scoped, self.scoped)._get_activity_groups()
        self.assertFalse(sum(group.get("total_count", 0) for group in groups))
        data = self.call(
            self.scoped, "mail.activity", "get_activity_data", "helpdesk.ticket", [], 10
        )
        self.assertSilent(data)
        self.assertFalse(data["activity_res_ids"])

    def test_posting_into_hidden_tickets(self):
        values = {"model": "helpdesk.ticket", "res_id": self.hidden.id, "body": "x"}
        self.refused_call(self.scoped, "mail.message", "create", [values])
        # an answer to a message that they were once sent
        self.refused_call(
            self.scoped, "mail.message", "create", [{**values, "parent_id": self.told.id}]
        )
        self.refused_call(self.scoped, "helpdesk.ticket", "message_post", self.hidden.ids, body="x")
        self.refused_call(
            self.scoped,
            "helpdesk.ticket",
            "message_notify",
            self.hidden.ids,
            body="x",
            partner_ids=self.scoped.partner_id.ids,
        )

    def test_attachments(self):
        self.assertGreater(len(self.attachments), 1)
        self.attachments.generate_access_token()
        for attachment in self.attachments:
            for method, *args in (
                ("read", ["datas", "name"]),
                ("read", ["access_token"]),
                ("web_read", {"raw": {}}),
                ("copy", {"res_model": False, "res_id": False}),
                ("write", {"res_model": False, "res_id": False}),
                ("export_data", ["name"]),
                ("generate_access_token",),
            ):
                with self.subTest(method=method, args=args):
                    self.refused_call(self.scoped, "ir.attachment", method, attachment.ids, *args)

    def letters(self):
        """The files of a letter of the rival's to a lead and to a contact, and of a note there."""
        lead = self.env["crm.lead"].create({"name": "Rival lead", "partner_id": self.ruth.id})
        letters = notes = self.env["ir.attachment"]
        for record in lead, self.ruth:
            letters |= record.message_post(
                body="letter",
                message_type="email",
                subtype_xmlid="mail.mt_comment",
                author_id=self.ruth.id,
                attachments=[("letter.txt", SECRET.encode())],
            ).attachment_ids
            notes |= record.message_post(
                body="note", attachments=[("note.txt", b"A note")]
            ).attachment_ids
        return letters, notes

    def test_files_of_letters(self):
        """Of leads and customers of others no mail is seen, and so none of its files."""
        letters, notes = self.letters()
        self.assertEqual((len(letters), len(notes)), (2, 2))
        for file in letters:
            self.refused_call(self.scoped, "ir.attachment", "read", file.ids, ["datas"])
            self.refused_call(self.scoped, "ir.attachment", "export_data", file.ids, ["name"])
            self.refused_call(self.scoped, "ir.attachment", "copy", file.ids, {"res_id": False})
            self.refused_call(self.scoped, "ir.attachment", "write", file.ids, {"name": "x"})
        for condition in (
            ("id", "in", (letters + notes).ids),
            ("name", "in", ["letter.txt", "note.txt"]),
            ("res_id", "in", letters.mapped("res_id")),
        ):
            found = self.call(self.scoped, "ir.attachment", "search", [condition])
            self.assertEqual(set(found), set(notes.ids), condition)
        self.assertEqual(
            len(self.call(self.scoped, "ir.attachment", "read", notes.ids, ["name"])), 2
        )
        # a file of several messages is seen with one of them
        self.anna.message_post(body="x", attachment_ids=letters[0].ids)
        own = self.anna.message_post(body="x")
        own.sudo().attachment_ids = letters[0]
        self.call(self.scoped, "ir.attachment", "read", letters[0].ids, ["name"])
        # pictures and the like are no files of messages
        self.ruth.image_1920 = PIXEL_BASE64
        self.call(self.scoped, "res.partner", "read", self.ruth.ids, ["image_128"])

    def test_letters_that_wait(self):
        """Mail to a customer of others that is to leave later."""
        values = {
            "model": "res.partner",
            "res_id": self.ruth.id,
            "body": SECRET,
            "author_id": self.agent.partner_id.id,
            "scheduled_date": "2090-01-01 00:00:00",
        }
        Scheduled = self.env["mail.scheduled.message"]
        letter, note = Scheduled.create([values, {**values, "is_note": True, "body": "x"}])
        found = self.call(self.scoped, "mail.scheduled.message", "search", [])
        self.assertNotIn(letter.id, found)
        self.refused_call(self.scoped, "mail.scheduled.message", "read", letter.ids, ["body"])
        self.assertTrue(note.search([("id", "=", letter.id)]))

    def test_the_source_of_a_mail(self):
        """The journal keeps refused mail whole: as an attachment of its row."""
        item = self.take_one(keep_raw=True)
        hidden = self.row(item)
        hidden.ticket_id = self.hidden
        raw = self.env["ir.attachment"].search(
            [("res_model", "=", "helpdesk.incoming.mail"), ("res_field", "=", "raw")]
        )
        self.assertTrue(raw)
        self.refused_call(self.admin, "helpdesk.incoming.mail", "read", hidden.ids, ["raw"])
        mine = raw.filtered(lambda attachment: attachment.res_id == hidden.id)
        self.refused_call(self.admin, "ir.attachment", "read", mine.ids, ["datas"])

    def test_news_counter(self):
        """Discuss counts no news that it would not show."""
        self.assertFalse(self.as_(self.scoped, self.scoped.partner_id)._get_needaction_count())

    def test_mail_of_leads_and_contacts(self):
        """leads' and customers' mail: the record stays, the letters go"""
        lead = self.env["crm.lead"].create({"name": "Rival lead", "partner_id": self.ruth.id})
        own = self.env["crm.lead"].create({"name": "Our lead", "partner_id": self.anna.id})
        nobodys = self.env["crm.lead"].create({"name": "Unknown"})
        for record in lead, own, nobodys, self.ruth, self.anna:
            for message_type, subtype in (
                ("email", "mail.mt_comment"),
                ("comment", "mail.mt_comment"),
                ("comment", "mail.mt_note"),
            ):
                record.message_post(
                    body=f"letter {message_type} {subtype}",
                    message_type=message_type,
                    subtype_xmlid=subtype,
                    author_id=self.ruth.id,
                )
        for record, count in ((lead, 1), (own, 3), (nobodys, 1), (self.ruth, 1), (self.anna, 3)):
            found = self.call(
                self.scoped,
                "mail.message",
                "search_read",
                [
                    ("model", "=", record._name),
                    ("res_id", "=", record.id),
                    ("body", "like", "letter"),
                ],
                ["body"],
            )
            with self.subTest(record=record.display_name):
                self.assertEqual(len(found), count)
        self.assertTrue(self.as_(self.scoped, lead).read(["name"]), "the lead is CRM's")


class TestNotifications(ScopeCase):
    def setUp(self):
        super().setUp()
        self.scoped.notification_type = "inbox"

    def follow(self, user, ticket):
        """As if *user* followed since before the scope."""
        self.env["mail.followers"].sudo().create(
            {
                "res_model": "helpdesk.ticket",
                "res_id": ticket.id,
                "partner_id": user.partner_id.id,
                "subtype_ids": [Command.set(self.env.ref("mail.mt_comment").ids)],
            }
        )

    def notified(self, message):
        return message.notification_ids.res_partner_id

    def test_followers_outside_are_not_notified(self):
        for ticket in self.mine, self.hidden:
            self.follow(self.scoped, ticket)
            self.follow(self.colleague, ticket)
        message, mails = self.answer(self.hidden)
        self.assertIn(self.colleague.partner_id, self.notified(message))
        self.assertNotIn(self.scoped.partner_id, self.notified(message))
        self.assertNotIn("scoped@staff.example", str(mails.mapped("email_to")))
        message, mails = self.answer(self.mine)
        self.assertIn(self.scoped.partner_id, self.notified(message))
        self.assertNotIn(self.colleague.partner_id, self.notified(message))
        self.assertNotIn(self.colleague.partner_id, mails.recipient_ids)

    def test_incoming_mail_notifies_nobody_outside(self):
        self.follow(self.scoped, self.hidden)
        self.follow(self.colleague, self.hidden)
        item = self.take_one(
            write_mail(sender=RIVAL, answers="<secret@rival.example>", subject="Re")
        )
        self.assertEqual(self.ticket(item), self.hidden)
        self.assertEqual(self.notified(self.message(item)), self.colleague.partner_id)

    def test_mentions_notify_nobody_outside_and_warn(self):
        warned = []
        self.patch(
            type(self.env["res.users"]),
            "_bus_send",
            lambda user, kind, message, **more: warned.append((user, kind, message)),
        )
        message, _mails = self.answer(
            self.hidden, partner_ids=(self.scoped + self.colleague).partner_id.ids
        )
        self.assertEqual(self.notified(message) & self.scoped.partner_id, self.env["res.partner"])
        self.assertIn(self.colleague.partner_id, self.notified(message))
        warning = next(message for _user, kind, message in warned if kind == "simple_notification")
        self.assertIn("Scoped Staff", warning["message"])

    def test_notes_and_assignment_notify_nobody_outside(self):
        message = self.hidden.message_notify(
            body="x", partner_ids=self.scoped.partner_id.ids, subject="x"
        )
        self.assertFalse(self.notified(message))

    def test_nobody_outside_follows(self):
        outside = self.scoped.partner_id
        self.hidden.message_subscribe((self.scoped + self.colleague).partner_id.ids)
        self.assertIn(self.colleague.partner_id, self.hidden.message_partner_ids)
        self.assertNotIn(outside, self.hidden.message_partner_ids)
        self.hidden._message_subscribe(outside.ids)
        self.hidden._message_auto_subscribe({"user_id": self.scoped.id})
        self.assertNotIn(outside, self.hidden.message_partner_ids)
        # who adds them by hand is told
        wizard = self.as_(self.agent, self.env["mail.followers.edit"]).create(
            {
                "res_model": "helpdesk.ticket",
                "res_ids": str(self.hidden.ids),
                "partner_ids": [Command.set(outside.ids)],
            }
        )
        self.assertIn("Scoped Staff: cannot follow", self.refused(wizard.edit_followers))
        self.mine.message_subscribe(outside.ids)
        self.assertIn(outside, self.mine.message_partner_ids)

    def test_followers_of_the_team(self):
        """Whoever follows the team follows its new tickets, where they see them."""
        self.team.message_subscribe(
            (self.scoped + self.colleague).partner_id.ids,
            self.env["mail.message.subtype"]
            .search([("res_model", "=", "helpdesk.ticket.team")])
            .ids,
        )
        mine = self.new_ticket(write_mail(subject="team"))
        hidden = self.new_ticket(write_mail(sender=RIVAL, subject="team"))
        self.assertNotIn(self.scoped.partner_id, hidden.message_partner_ids)
        self.assertNotIn(self.colleague.partner_id, mine.message_partner_ids)

    def test_colleague_in_cc(self):
        item = self.take_one(
            write_mail(sender=RIVAL, cc="scoped@staff.example, bert@kunde.example", subject="cc")
        )
        self.assertNotIn(self.scoped.partner_id, self.ticket(item).message_partner_ids)
        self.assertFalse(self.notified(self.message(item)) & self.scoped.partner_id)

    def test_mail_of_a_lead(self):
        lead = self.env["crm.lead"].create({"name": "L", "partner_id": self.ruth.id})
        lead.message_subscribe((self.scoped + self.colleague).partner_id.ids)
        mail = lead.message_post(
            body="letter",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.ruth.id,
        )
        self.assertEqual(self.notified(mail), self.colleague.partner_id)

    def test_answer_by_mail_of_an_agent_outside(self):
        """They know the reply token, of a mail that was handed on to them: it becomes a note, and
        nothing goes out.
        """
        answer, _mails = self.answer(self.hidden)
        with self.mock_mail_gateway():
            self.close(self.hidden)
            self.env.cr.precommit.run()
        for road in ("batch", "ordinary"):
            self.batch_road.return_value = [] if road == "batch" else ["x.message_new"]
            with self.subTest(road), self.mock_mail_gateway():
                item = self.take_one(
                    write_mail(
                        sender="scoped@staff.example",
                        subject=f"Re {road}",
                        text="Let me in",
                        answers=answer.message_id,
                        cc="spy@evil.example, bert@kunde.example",
                    )
                )
                message = self.message(item)
                self.assertEqual((item.outcome, self.ticket(item)), ("appended", self.hidden))
                self.assertEqual(message.subtype_id, self.env.ref("mail.mt_note"))
                self.assertTrue(message.is_internal)
                self.assertNotIn(RIVAL, str(self._new_mails.mapped("email_to")))
                self.assertFalse(self._new_mails.recipient_ids & (self.ruth + self.bert))
                self.assertNotIn(self.bert, self.hidden.message_partner_ids)
                self.assertTrue(self.hidden.stage_id.closed, "not reopened")
                self.assertIn("does not see the tickets", self.row(item).explanation)
                self.assertFalse(self.recipient("scoped@staff.example"))
                self.assertNotIn(self.hidden, self.sees(self.scoped))

    def test_agent_outside_answers_a_mail_of_the_same_batch(self):
        items = self.take(
            write_mail(sender=RIVAL, subject="first", message_id="<first@rival.example>"),
            write_mail(sender="scoped@staff.example", answers="<first@rival.example>"),
            write_mail(sender="colleague@staff.example", answers="<first@rival.example>", text="1"),
        )
        self.assertEqual(len({self.ticket(item) for item in items}), 1)
        self.assertTrue(self.message(items[1]).is_internal)
        self.assertFalse(self.message(items[2]).is_internal)

    def test_agent_inside_answers_as_ever(self):
        answer, _mails = self.answer(self.mine)
        item = self.take_one(write_mail(sender="scoped@staff.example", answers=answer.message_id))
        self.assertFalse(self.message(item).is_internal)
        self.assertEqual(self.message(item).author_id, self.scoped.partner_id)
