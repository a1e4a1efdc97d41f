# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Attempts to get around the scope: what a colleague with a browser console can call."""

import json

from odoo.fields import Command, Domain
from odoo.tests import Form, HttpCase, tagged

from .common import write_mail
from .scope_world import RIVAL, SECRET, STRANGER, ScopeCase


class BypassCase(ScopeCase):
    def setUp(self):
        super().setUp()
        # who was once trusted with the ticket: author, follower, mentioned, notified, assigned
        self.scoped.helpdesk_partner_ids = False
        self.scoped.notification_type = "inbox"
        self.hidden.message_subscribe(self.scoped.partner_id.ids)
        self.hidden.user_id = self.scoped
        self.own_message = self.hidden.with_user(self.scoped).message_post(
            body=f"{SECRET} noted by themselves", message_type="comment"
        )
        self.told = self.hidden.with_user(self.agent).message_post(
            body=f"{SECRET} said to them",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.scoped.partner_id.ids,
            attachments=[("told.txt", SECRET)],
        )
        self.activity = self.hidden.activity_schedule(
            "mail.mail_activity_data_todo", summary=SECRET, user_id=self.scoped.id
        )
        self.scoped.helpdesk_partner_ids = self.main
        # the worst case: what the change of the scope has put in order comes back by SQL
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET user_id = %s WHERE id = %s",
            [self.scoped.id, self.hidden.id],
        )
        self.env.cr.execute(
            "UPDATE mail_activity SET user_id = %s WHERE id = %s",
            [self.scoped.id, self.activity.id],
        )
        self.env.cr.execute(
            "INSERT INTO mail_followers (res_model, res_id, partner_id)"
            " VALUES ('helpdesk.ticket', %s, %s) RETURNING id",
            [self.hidden.id, self.scoped.partner_id.id],
        )
        self.follower = self.env["mail.followers"].browse(self.env.cr.fetchone()[0])
        self.env.cr.execute(
            "INSERT INTO mail_followers_mail_message_subtype_rel (mail_followers_id,"
            " mail_message_subtype_id) VALUES (%s, %s)",
            [self.follower.id, self.env.ref("mail.mt_comment").id],
        )
        self.env.invalidate_all()
        self.attachments = self.env["ir.attachment"].search(
            [("res_model", "=", "helpdesk.ticket"), ("res_id", "=", self.hidden.id)]
        )

    def assertSilent(self, answer):
        """Fail if *answer* tells a word of the secret."""
        self.assertNotIn(SECRET, json.dumps(answer, default=str))
        self.assertNotIn(RIVAL, json.dumps(answer, default=str))
        self.assertNotIn(STRANGER, json.dumps(answer, default=str))


class TestRecordsByRpc(BypassCase):
    def test_tickets_by_id(self):
        for ids in self.hidden.ids, self.nobodys.ids, self.tickets.ids:
            for method, *args in (
                ("read", ["name"]),
                ("web_read", {"name": {}, "message_ids": {"fields": {"body": {}}}}),
                ("export_data", ["name", "description"]),
                ("write", {"name": "x"}),
                ("copy",),
                ("unlink",),
                ("assign_to_me",),
                ("message_subscribe", self.scoped.partner_id.ids),
                ("message_post",),
                ("action_view_incoming_mails",),
                ("get_base_url",),
                ("web_save", {"name": "x"}, {"name": {}}),
                ("onchange", {}, ["partner_id"], {"name": {}, "partner_name": {}}),
            ):
                with self.subTest(method=method):
                    if method in (
                        "get_base_url",
                        "action_view_incoming_mails",
                        "onchange",
                        "message_subscribe",
                    ):
                        try:
                            self.assertSilent(
                                self.call(self.scoped, "helpdesk.ticket", method, ids, *args)
                            )
                        except Exception as error:
                            self.assertNotIn(SECRET, str(error))
                    else:
                        self.refused_call(self.scoped, "helpdesk.ticket", method, ids, *args)

    def test_searches(self):
        found = self.call(self.scoped, "helpdesk.ticket", "search", [])
        self.assertFalse(set(found) & {self.hidden.id, self.nobodys.id})
        for method, *args in (
            ("search_read", [], ["name", "description", "partner_email"]),
            ("web_search_read", [], {"name": {}, "description": {}}),
            ("name_search", "Secret"),
            ("name_search", self.hidden.number),
            ("formatted_read_group", [], ["name"], ["__count"]),
            ("formatted_read_group", [], ["recipient_id"], ["__count"]),
            ("formatted_read_group", [], ["partner_id"], ["__count", "id:array_agg"]),
            ("web_read_group", [], ["partner_email"], ["__count"]),
            ("search_panel_select_range", "team_id"),
        ):
            with self.subTest(method=method):
                try:
                    answer = self.call(self.scoped, "helpdesk.ticket", method, *args)
                except AttributeError:
                    continue
                self.assertSilent(answer)

    def test_counting_is_no_oracle(self):
        """No domain tells by its count whether something hidden contains a word."""
        paths = {
            "helpdesk.ticket": [
                ("name", "ilike", "Secret"),
                ("description", "ilike", "Secret"),
                ("message_ids.body", "ilike", "Secret"),
                ("message_ids.attachment_ids.name", "ilike", "secret"),
                ("activity_ids.summary", "ilike", "Secret"),
                ("message_follower_ids.partner_id.name", "ilike", "Scoped"),
                ("message_partner_ids", "in", self.scoped.partner_id.ids),
                ("partner_id.name", "ilike", "Ruth"),
                ("recipient_id.email", "ilike", "rival"),
                ("incoming_mail_ids.subject", "ilike", "Secret"),
                ("user_id", "=", self.scoped.id),
                ("message_needaction", "=", True),
                ("activity_user_id", "=", self.scoped.id),
                ("my_activity_date_deadline", "!=", False),
            ],
            "res.partner": [
                ("helpdesk_ticket_ids.name", "ilike", "Secret"),
                ("helpdesk_ticket_ids.message_ids.body", "ilike", "Secret"),
                ("helpdesk_recipient_ids.email", "ilike", "rival"),
                ("helpdesk_ticket_ids", "any", [("name", "ilike", "Secret")]),
            ],
            "helpdesk.ticket.team": [("ticket_ids.name", "ilike", "Secret")],
            "crm.lead": [("ticket_id.name", "ilike", "Secret")],
            "helpdesk.recipient": [
                ("email", "ilike", "rival"),
                ("ticket_ids.name", "ilike", "Secret"),
                ("partner_id.name", "ilike", "Ruth"),
            ],
            "helpdesk.recipient.move": [("line_ids.ticket_id.name", "ilike", "Secret")],
            "helpdesk.incoming.mail": [
                ("subject", "ilike", "Secret"),
                ("ticket_number", "=", self.hidden.number),
                ("mail_message_id.body", "ilike", "Secret"),
            ],
            "mail.message": [
                ("body", "ilike", "Secret"),
                ("res_id", "=", self.hidden.id),
                ("author_id", "=", self.scoped.partner_id.id),
                ("needaction", "=", True),
                ("starred", "=", True),
                ("partner_ids", "in", self.scoped.partner_id.ids),
                ("attachment_ids.name", "ilike", "secret"),
                ("notification_ids.res_partner_id", "=", self.scoped.partner_id.id),
                ("child_ids.body", "ilike", "Secret"),
            ],
            "mail.notification": [
                ("mail_message_id.body", "ilike", "Secret"),
                ("res_partner_id", "=", self.scoped.partner_id.id),
            ],
            "mail.followers": [
                ("res_id", "=", self.hidden.id),
                ("partner_id", "=", self.scoped.partner_id.id),
            ],
            "mail.activity": [
                ("summary", "ilike", "Secret"),
                ("res_name", "ilike", "Secret"),
                ("user_id", "=", self.scoped.id),
            ],
            "ir.attachment": [
                ("res_id", "=", self.hidden.id),
                ("name", "ilike", "secret"),
                ("id", "in", self.attachments.ids),
                ("index_content", "ilike", "Secret"),
            ],
            "helpdesk.ticket.sla": [("ticket_id.name", "ilike", "Secret")],
        }
        # a link from what they see to what they do not
        self.env["crm.lead"].create({"name": "L", "ticket_id": self.hidden.id})
        self.mine.duplicate_id = self.hidden
        user = self.admin
        for holder in (self.scoped, user):
            for model, conditions in paths.items():
                for condition in conditions:
                    if holder == user and "incoming" not in model + condition[0]:
                        continue
                    with self.subTest(model=model, condition=condition):
                        try:
                            ids = self.call(holder, model, "search", [condition])
                        except Exception as error:
                            self.assertNotIn(SECRET, str(error))
                            continue
                        if model == "mail.message":
                            messages = self.env[model].browse(ids)
                            self.assertNotIn(self.hidden.id, messages.mapped("res_id"))
                        elif model == "helpdesk.ticket":
                            self.assertLessEqual(set(ids), set(self.mine.ids))
                        else:
                            self.assertFalse(ids)

    def test_count_of_a_team_and_of_a_customer(self):
        """The dashboard, the numbers on the customer and on the inbox are of what is seen."""
        team = self.as_(self.scoped, self.team)
        self.assertEqual(team.todo_ticket_count, 1)
        tiles = self.call(self.scoped, "helpdesk.ticket.team", "retrieve_dashboard")
        self.assertEqual(tiles[1]["value"], 1)
        self.assertEqual(self.as_(self.scoped, self.ruth).helpdesk_ticket_count, 0)
        self.assertEqual(self.as_(self.scoped, self.ruth).helpdesk_recipient_count, 0)
        self.assertEqual(self.as_(self.scoped, self.inbox).ticket_count, 1)
        self.assertEqual(self.as_(self.admin, self.inbox).mails_today, 1)
        self.assertFalse(self.as_(self.scoped, self.ruth).helpdesk_ticket_ids)

    def test_names_of_linked_tickets(self):
        """A Many2one shows a name to whoever sees the record that holds it: only the number."""
        self.mine.duplicate_id = self.hidden
        lead = self.env["crm.lead"].create({"name": "L", "ticket_id": self.hidden.id})
        for model, ids, field in (
            ("helpdesk.ticket", self.mine.ids, "duplicate_id"),
            ("crm.lead", lead.ids, "ticket_id"),
        ):
            values = self.call(self.scoped, model, "read", ids, [field])
            self.assertEqual(values[0][field][1], self.hidden.number)
            values = self.call(
                self.scoped, model, "web_read", ids, {field: {"fields": {"display_name": {}}}}
            )
            self.assertSilent(values)
            try:
                self.assertSilent(
                    self.call(
                        self.scoped, model, "web_read", ids, {field: {"fields": {"name": {}}}}
                    )
                )
            except Exception as error:
                self.assertNotIn(SECRET, str(error))
            groups = self.call(self.scoped, model, "formatted_read_group", [], [field], ["__count"])
            self.assertSilent(groups)
            # Odoo exports no row whose links its reader may not follow
            for path in (field, f"{field}/name"):
                self.refused_call(self.scoped, model, "export_data", ids, [path])
        self.assertEqual(self.mine.with_user(self.agent).duplicate_id.display_name.count(SECRET), 1)

    def test_history_of_linked_tickets(self):
        """What the chatter tells of a link is the number as well."""
        self.mine.duplicate_id = self.hidden
        self.env.cr.precommit.run()
        told = self.mine.message_ids.sudo().tracking_value_ids.mapped("new_value_char")
        self.assertIn(self.hidden.number, told)
        self.assertNotIn(SECRET, str(told))

    def test_errors_tell_nothing_even_in_debug_mode(self):
        self.scoped.group_ids += self.env.ref("base.group_no_one")
        words = self.refused_call(
            self.scoped, "helpdesk.ticket", "read", self.hidden.ids, ["number"]
        )
        self.assertIn("You work for the customers of Main only", words)

    def test_sla_and_its_report(self):
        self.team.use_sla = True
        self.team.resource_calendar_id = self.company.resource_calendar_id
        sla = self.env["helpdesk.sla"].create({"name": "Fast", "hours": 1})
        rows = self.env["helpdesk.ticket.sla"].create(
            [{"ticket_id": ticket.id, "sla_id": sla.id} for ticket in self.tickets]
        )
        seen = self.call(self.scoped, "helpdesk.ticket.sla", "search", [("id", "in", rows.ids)])
        self.assertEqual(seen, rows[0].ids)
        self.refused_call(self.scoped, "helpdesk.ticket.sla", "read", rows[1].ids, ["ticket_id"])

    def test_moves_of_recipients(self):
        self.recipient(RIVAL).action_pair(partner_id=self.rival.id)
        move = self.recipient(RIVAL).move_ids
        self.recipient(STRANGER).action_pair(partner_id=self.ruth.id)
        for user in self.scoped, self.admin:
            self.assertFalse(self.call(user, "helpdesk.recipient.move", "search", []))
            self.assertFalse(self.call(user, "helpdesk.recipient.move.line", "search", []))
            self.refused_call(user, "helpdesk.recipient.move", "read", move.ids, ["kind"])
            self.refused_call(user, "helpdesk.recipient.move", "action_undo", move.ids)

    def test_wizards_on_hidden_tickets(self):
        ids = self.hidden.ids
        document = {"res_model": "helpdesk.ticket", "res_ids": str(ids)}
        followers = {"partner_ids": [Command.set(self.scoped.partner_id.ids)]}
        duplicate = {"ticket_id": ids[0], "duplicate_of_id": self.mine.id}
        for model, action, values in (
            (
                "mail.compose.message",
                "action_send_mail",
                {"model": "helpdesk.ticket", "res_ids": str(ids)},
            ),
            ("mail.followers.edit", "edit_followers", {**document, **followers}),
            (
                "portal.share",
                "action_send_mail",
                {"res_model": "helpdesk.ticket", "res_id": ids[0]},
            ),
            (
                "helpdesk.ticket.create.lead",
                "action_helpdesk_ticket_to_lead",
                {"ticket_id": ids[0]},
            ),
            ("helpdesk.ticket.duplicate.wizard", "action_confirm", duplicate),
            ("mail.activity.schedule", "action_schedule_activities", document),
        ):
            with self.subTest(model):
                self.refused(self.run_wizard, model, action, values)

    def run_wizard(self, model, action, values):
        wizard = self.as_(self.scoped, self.env[model]).create(values)
        texts = [
            name for name, field in wizard._fields.items() if field.type in ("char", "html", "text")
        ]
        self.assertSilent(wizard.read(texts))
        return getattr(wizard, action)()

    def test_templates_of_hidden_tickets(self):
        template = self.env.ref("helpdesk_mail.mail_template_request_received")
        self.refused_call(self.scoped, "mail.template", "send_mail", template.ids, self.hidden.id)
        preview = self.as_(self.scoped, self.env["mail.template.preview"])

        def attempt():
            wizard = preview.create(
                {
                    "mail_template_id": template.id,
                    "resource_ref": f"helpdesk.ticket,{self.hidden.id}",
                }
            )
            self.assertSilent(wizard.read())

        try:
            attempt()
        except Exception as error:
            self.assertNotIn(SECRET, str(error))

    def test_filters_of_a_domain_object(self):
        """Operators that skip rules are none that a caller may use."""
        for operator in ("any!", "not any!"):
            self.refused_call(
                self.scoped,
                "res.partner",
                "search",
                [("helpdesk_ticket_ids", operator, [("name", "ilike", "Secret")])],
            )
        self.assertFalse(
            self.as_(self.scoped, self.env["helpdesk.ticket"]).search(
                Domain.OR([Domain("id", "=", self.hidden.id), Domain("name", "ilike", "Secret")])
            )
        )


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
            f"/mail/view?model=helpdesk.ticket&res_id={ticket_id}",
            f"/mail/message/{self.told.id}",
        ):
            with self.subTest(url):
                answer = self.url_open(url)
                self.assertNotIn(SECRET, answer.text)
                self.assertNotIn("Secret%20plan", answer.url)

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
