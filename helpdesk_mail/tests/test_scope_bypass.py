# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Attempts to get around the scope by RPC: what a colleague with a browser console can call."""

from freezegun import freeze_time
from odoo.fields import Command, Domain

from .scope_world import RIVAL, SECRET, STRANGER, BypassCase


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
                        elif model == "ir.attachment":
                            # the bundles of the web client have words of their own
                            self.assertFalse(set(ids) & set(self.attachments.ids))
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
        # mails bear the time at which the transaction began: a midnight may have passed since
        with freeze_time(self.env.cr.now()):
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

    def test_recipients(self):
        """The addresses of others, by all that a list of records answers."""
        hidden = self.recipient(RIVAL) | self.recipient(STRANGER)
        mine = self.recipient(self.anna.email)
        for recipient in hidden:
            for method, *args in (
                ("read", ["email"]),
                ("web_read", {"email": {}, "ticket_ids": {"fields": {"name": {}}}}),
                ("export_data", ["email"]),
                ("copy", {"email": "x@x.example"}),
                ("write", {"name": "x"}),
                ("web_save", {"name": "x"}, {}),
                ("unlink",),
                ("action_view_deny_rule",),
                ("action_not_shared",),
                ("action_create_lead",),
                ("action_unban",),
                ("action_unshare",),
            ):
                with self.subTest(method=method):
                    self.refused_call(
                        self.admin, "helpdesk.recipient", method, recipient.ids, *args
                    )
        for method, *args in (
            ("search_read", [], ["email", "ticket_count", "partner_id"]),
            ("web_search_read", [], {"email": {}, "move_ids": {"fields": {"kind": {}}}}),
            ("name_search", "rival"),
            ("formatted_read_group", [], ["email"], ["__count"]),
            ("formatted_read_group", [], ["email_domain"], ["__count", "id:array_agg"]),
            ("formatted_read_group", [], ["contact_id"], ["__count"]),
        ):
            with self.subTest(method=method):
                answer = self.call(self.admin, "helpdesk.recipient", method, *args)
                self.assertSilent(answer)
                self.assertNotIn("rival.example", str(answer))
        for condition in (
            ("in_deny_list", "=", False),
            ("looks_shared", "=", False),
            ("is_paired", "=", False),
            ("is_banned", "=", False),
            ("email_domain", "=", "rival.example"),
            ("email_key", "=", STRANGER),
        ):
            found = self.call(self.scoped, "helpdesk.recipient", "search", [condition])
            self.assertLessEqual(set(found), set(mine.ids), condition)

    def test_dialog_that_pairs(self):
        """It names no address, and counts no ticket, that its user does not see."""
        wizard = {"recipient_ids": [Command.set(self.recipient(STRANGER).ids)]}
        shown = {"recipient_ids": {"fields": {"display_name": {}}}, "ticket_count": {}, "seen": {}}

        def look():
            ids = self.call(self.scoped, "helpdesk.recipient.pair", "create", [wizard])
            return self.call(self.scoped, "helpdesk.recipient.pair", "web_read", ids, shown)

        self.refused(look)
        context = {"default_recipient_ids": self.recipient(STRANGER).ids}
        try:
            answer = self.call(
                self.scoped,
                "helpdesk.recipient.pair",
                "onchange",
                [],
                {},
                [],
                shown,
                context=context,
            )
        except Exception as error:
            self.assertSilent(str(error))
        else:
            self.assertSilent(answer)

    def test_rehearsals_of_a_scoped_administrator(self):
        """A deny rule that looks for words lists no mail, and counts none, that is hidden."""
        Rule = self.as_(self.admin, self.env["helpdesk.deny.rule"])
        for location, match, pattern in (
            ("subject", "contains", "secret"),
            ("body", "contains", "secret plan"),
            ("sender", "domain", "rival.example"),
            ("sender", "exact", STRANGER),
        ):
            values = {"location": location, "match": match, "pattern": pattern, "rehearse": True}
            rule = Rule.new({**values, "company_id": self.company.id})
            self.assertFalse(rule.rehearsal_mail_ids, pattern)
            self.assertIn("Nothing of the last 90 days", rule.rehearsal_summary)
        wizard = self.as_(self.admin, self.env["helpdesk.deny.paste"]).create(
            {"text": "rival.example"}
        )
        wizard.action_read()
        wizard.action_rehearse()
        self.assertFalse(wizard.rehearsal_mail_ids)
        self.assertIn("Nothing of the last 90 days", wizard.rehearsal_summary)

    def test_preview_of_a_notification(self):
        """It shows an administrator with a scope no ticket of others."""
        preview = self.as_(self.admin, self.env["helpdesk.notification.preview"])
        for code in ("request_received", "new_message", "assigned"):
            context = {"default_inbox_id": self.inbox.id, "default_notification": code}
            chosen = preview.with_context(**context).create({})
            self.assertEqual(chosen.ticket_id.id, self.mine.id, "the newest that they see")
            hidden = preview.create(
                {
                    "inbox_id": self.inbox.id,
                    "notification": code,
                    "ticket_id": self.hidden.id,
                }
            )
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertFalse(hidden.body_html or hidden.body_text or hidden.recipients)
            self.assertTrue(hidden.error)
            self.assertSilent(hidden.error)

    def test_domains_of_customers(self):
        """Nobody pulls the mail of a domain into their scope."""
        theirs = self.env["helpdesk.customer.domain"].create(
            {"name": "rival.example", "partner_id": self.rival.id}
        )
        domain = "helpdesk.customer.domain"
        for user in self.scoped, self.admin:
            self.assertFalse(self.call(user, domain, "search", []))
            self.refused_call(user, domain, "read", theirs.ids, ["name"])
            self.refused_call(user, domain, "write", theirs.ids, {"partner_id": self.kunde.id})
            self.refused_call(user, domain, "unlink", theirs.ids)
            for values in (
                {"name": "other.example", "partner_id": self.rival.id},
                # of a stranger who has written already
                {"name": "nobody.example", "partner_id": self.kunde.id},
            ):
                self.refused_call(user, domain, "create", [values])
            self.refused_call(
                user,
                "res.partner",
                "write",
                self.kunde.ids,
                {"helpdesk_domain_ids": [Command.link(theirs.id)]},
            )
        own = self.call(
            self.scoped, domain, "create", [{"name": "k.example", "partner_id": self.kunde.id}]
        )
        self.refused_call(self.scoped, domain, "write", own, {"name": "nobody.example"})
        self.refused_call(self.scoped, domain, "write", own, {"partner_id": self.rival.id})
        self.call(self.scoped, domain, "write", own, {"name": "k2.example"})
        self.assertEqual(theirs.partner_id, self.rival)

    def test_deleted_customer_leaves_nothing_behind(self):
        """A ticket without a customer is nobody's, whoever managed the one that it had."""
        customer = self.env["res.partner"].create(
            {"name": "Short", "helpdesk_managing_partner_id": self.main.id}
        )
        self.recipient(STRANGER).action_pair(partner_id=customer.id)
        self.assertIn(self.nobodys, self.sees(self.scoped))
        self.nobodys.message_ids.sudo().filtered(
            lambda message: message.author_id == customer
        ).author_id = False
        customer.unlink()
        self.env.flush_all()
        self.assertFalse(self.nobodys.partner_id or self.recipient(STRANGER).partner_id)
        self.assertNotIn(self.nobodys, self.sees(self.scoped))
        found = self.call(self.scoped, "helpdesk.recipient", "search", [("email", "=", STRANGER)])
        self.assertFalse(found)

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
