# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Every screen opens for those who may see it."""

from ast import literal_eval

from freezegun import freeze_time
from lxml import etree
from odoo.tests import Form, tagged

from .common import HelpdeskMailCase, write_bounce, write_mail

ACTIONS = (
    "helpdesk_inbox_action",
    "helpdesk_incoming_mail_action",
    "helpdesk_incoming_mail_quarantine_action",
    "helpdesk_incoming_mail_refused_action",
    "helpdesk_inbox_rule_action",
    "helpdesk_ticket_template_action",
    "helpdesk_inbox_health_action",
)
MENUS = (
    "helpdesk_mail_menu",
    "helpdesk_inbox_menu",
    "helpdesk_deny_rule_menu",
    "helpdesk_incoming_mail_menu",
    "helpdesk_incoming_mail_quarantine_menu",
    "helpdesk_incoming_mail_refused_menu",
    "helpdesk_inbox_rule_menu",
    "helpdesk_ticket_template_menu",
    "helpdesk_inbox_health_menu",
)


@tagged("post_install", "-at_install")
class TestViews(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        cls.own = cls.new_user("own", "helpdesk_mgmt.group_helpdesk_user_own")
        cls.env["helpdesk.ticket.template"].create({"name": "Repair", "assign": "round_robin"})

    def setUp(self):
        super().setUp()
        self.env["helpdesk.inbox.rule"].create({"name": "Rule", "inbox_id": self.inbox.id})
        self.items = self.take(
            write_mail(message_id="<v1@x.example>"),
            write_mail(answers="<v1@x.example>"),
            write_mail(sender=self.inbox.email),
            write_bounce("<v1@x.example>", "a@b.example"),
        )
        with self.poison("poison"):
            self.take_one(write_mail(subject="poison"), raise_=False)
        self.env.flush_all()

    def shown_fields(self, arch):
        """The names of the fields of a view, without those of its subviews."""
        nodes = etree.fromstring(arch).iter("field")
        return [node.get("name") for node in nodes if not node.xpath("ancestor::field")]

    def open_action(self, user, xmlid):
        """Load all views of an action, then its records, as the web client does."""
        action = self.env.ref(f"helpdesk_mail.{xmlid}")
        self.env.invalidate_all()
        Model = self.env[action.res_model].with_user(user)
        kinds = action.view_mode.split(",")
        loaded = Model.get_views([(False, kind) for kind in kinds] + [(False, "search")])
        domain = literal_eval(action.domain or "[]")
        records = Model.search(domain)
        for kind in kinds:
            if kind in ("pivot", "graph"):
                continue
            fields = self.shown_fields(loaded["views"][kind]["arch"])
            known = Model.fields_get(fields)
            self.assertEqual(set(fields), set(known), "no field that the user may not see")
            specification = {
                name: {"fields": {"display_name": {}}} if known[name].get("relation") else {}
                for name in fields
            }
            found = Model.web_search_read(domain, specification)
            self.assertEqual(found["length"], len(records))
        return loaded["views"], records

    def test_actions_of_the_administrator(self):
        for xmlid in ACTIONS:
            with self.subTest(xmlid):
                _views, records = self.open_action(self.admin, xmlid)
                self.assertTrue(records)

    def test_agent_opens_the_inbox_of_a_ticket(self):
        """By the link on the ticket; setup pages and mail counts are not shown."""
        for user in (self.agent, self.own):
            views, _records = self.open_action(user, "helpdesk_inbox_action")
            for kind in ("form", "list", "kanban"):
                arch = views[kind]["arch"]
                for word in ("password", "action_fetch_now", "mails_today", "quarantined_count"):
                    self.assertNotIn(f'name="{word}"', arch, f"{kind} of {user.name}")

    def test_menus(self):
        menus = self.env["ir.ui.menu"].concat(
            *(self.env.ref(f"helpdesk_mail.{xmlid}") for xmlid in MENUS)
        )
        for user, visible in ((self.admin, menus), (self.agent, ()), (self.own, ())):
            loaded = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            shown = {menu_id for menu_id in loaded if menu_id in menus.ids}
            self.assertEqual(shown, {menu.id for menu in visible}, user.name)

    def test_ticket_form(self):
        ticket = self.ticket(self.items[0])
        for user in (self.agent, self.admin):
            with Form(ticket.with_user(user)) as form:
                self.assertEqual(form.inbox_id, self.inbox)
                self.assertIn("New ticket", form.mail_explanation)
        nobody = self.new_user("nobody")
        ticket.message_subscribe(nobody.partner_id.ids)
        arch = self.env["helpdesk.ticket"].with_user(nobody).get_view(view_type="form")["arch"]
        self.assertNotIn("mail_explanation", arch)
        self.assertNotIn("incoming_mail_count", arch)

    def test_search_filters_and_groups(self):
        Mail = self.env["helpdesk.incoming.mail"].with_user(self.admin)
        arch = etree.fromstring(Mail.get_view(view_type="search")["arch"])
        for node in arch.iter("filter"):
            if node.get("domain"):
                Mail.search(literal_eval(node.get("domain")))
            if node.get("context"):
                group = literal_eval(node.get("context"))["group_by"]
                self.assertTrue(Mail.formatted_read_group([], [group], ["__count", "size:sum"]))

    def test_what_a_mail_says_is_shown_as_text(self):
        """Subject, sender and explanation are no HTML, and no widget makes it some."""
        hostile = "<img src=x onerror=alert(1)>"
        item = self.take_one(write_mail(sender=f'"{hostile}" <x@evil.example>', subject=hostile))
        row = self.row(item)
        self.assertIn(hostile, row.subject)
        for field in ("subject", "email_from", "explanation", "trace_text", "error", "message_id"):
            self.assertIn(row._fields[field].type, ("char", "text"), field)
        views = row.get_views([(False, kind) for kind in ("form", "list", "kanban")])["views"]
        for view in views.values():
            for node in etree.fromstring(view["arch"]).iter("field"):
                self.assertNotIn(node.get("widget"), ("html", "html_mail"))
            self.assertNotIn("t-raw", view["arch"])
            self.assertNotIn("t-out", view["arch"])

    def test_buttons(self):
        row = self.row(self.items[0]).with_user(self.admin)
        self.assertEqual(row.action_view_ticket()["res_id"], row.ticket_id.id)
        self.assertIn(str(row.id), row.action_download()["url"])
        inbox = self.inbox.with_user(self.admin)
        for action, model in {
            "action_view_mails": "helpdesk.incoming.mail",
            "action_view_quarantine": "helpdesk.incoming.mail",
            "action_view_tickets": "helpdesk.ticket",
        }.items():
            self.assertEqual(getattr(inbox, action)()["res_model"], model)
        self.assertEqual(inbox.ticket_count, 1)
        # mails bear the time at which the transaction began: a midnight may have passed since
        with freeze_time(self.env.cr.now()):
            self.assertEqual(inbox.mails_today, 5)
        action = self.ticket(self.items[0]).with_user(self.admin).action_view_incoming_mails()
        found = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(len(found), self.ticket(self.items[0]).incoming_mail_count)
