# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Who may read, change and call what. Nothing here relies on views."""

from odoo.api import Environment
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import HelpdeskMailCase, write_mail

QUIET = ("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule", "odoo.models")
SECRETS = (
    "password_encrypted",
    "push_token_hash",
    "oauth_client_secret_encrypted",
    "smtp_password_encrypted",
    "smtp_route",
)
EXPORT = "base.group_allow_export"


class RightsCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls.env["res.company"].create({"name": "Other company"})
        cls.roles = {
            "nobody": cls.new_user("nobody"),
            "own": cls.new_user("own", "helpdesk_mgmt.group_helpdesk_user_own"),
            "team": cls.new_user("team", "helpdesk_mgmt.group_helpdesk_user_team"),
            "all": cls.agent,
            "mail administrator": cls.new_user(
                "mailadmin", "helpdesk_mail.group_mail_administrator", EXPORT
            ),
            "manager": cls.new_user("manager", "helpdesk_mgmt.group_helpdesk_manager", EXPORT),
            "other company": cls.new_user(
                "foreign",
                "helpdesk_mgmt.group_helpdesk_manager",
                company_id=other.id,
                company_ids=[Command.set(other.ids)],
            ),
            "portal": new_test_user(cls.env, login="hm-portal", groups="base.group_portal"),
            "public": cls.env.ref("base.public_user"),
        }
        cls.administrators = ("mail administrator", "manager")
        cls.inbox.write({"host": "imap.secret.example", "password": "pa55word"})
        cls.inbox.action_new_push_token()
        cls.folder = cls.env["helpdesk.mail.folder"].create(
            {"inbox_id": cls.inbox.id, "name": "INBOX"}
        )

    def setUp(self):
        super().setUp()
        self.mail = self.row(self.take_one(keep_raw=True))
        self.mail.folder_id = self.folder

    def as_(self, role, record):
        # a new environment: nothing that somebody else read is in its cache
        self.env.flush_all()
        self.env.invalidate_all()
        return record.with_env(Environment(self.env.cr, self.roles[role].id, {}))

    def allowed(self, operation):
        """Whether *operation* (a callable) passes the checks of rights; what it did is undone."""
        try:
            with mute_logger(*QUIET), self.env.cr.savepoint() as savepoint:
                operation()
                savepoint.rollback()
        except AccessError:
            return False
        return True

    def refused(self, operation, *args, **kwargs):
        """Fail unless *operation* is refused, whatever Odoo calls the refusal."""
        try:
            with mute_logger(*QUIET), self.env.cr.savepoint():
                result = operation(*args, **kwargs)
        except (AccessError, UserError, ValueError, KeyError):
            return
        self.fail(f"not refused: {result}")


@tagged("post_install", "-at_install")
class TestRecords(RightsCase):
    def test_matrix(self):
        """read, write, create, unlink of each model by each role."""
        agents = ("own", "team", "all", *self.administrators)
        expected = {
            "helpdesk.inbox": (
                agents,
                self.administrators,
                self.administrators,
                self.administrators,
            ),
            "helpdesk.mail.folder": (self.administrators, (), (), ()),
            "helpdesk.incoming.mail": (self.administrators, (), (), ()),
        }
        records = {r._name: r for r in (self.inbox, self.folder, self.mail)}
        values = {
            "helpdesk.inbox": {"name": "Mine", "email": "mine@desk.example"},
            "helpdesk.mail.folder": {"name": "Mine"},
            "helpdesk.incoming.mail": {"outcome": "created"},
        }
        for model, permitted in expected.items():
            for role in self.roles:
                record = self.as_(role, records[model])
                operations = (
                    lambda record=record: record.read(["display_name"]),
                    lambda record=record: record.write({record._rec_name: "x"}),
                    lambda record=record: record.create(values[record._name]),
                    lambda record=record: record.check_access("unlink"),
                )
                for operation, roles in zip(operations, permitted, strict=True):
                    # an administrator of another company may create there
                    if role == "other company" and operation is operations[2]:
                        continue
                    with self.subTest(model=model, role=role):
                        self.assertEqual(self.allowed(operation), role in roles)

    def test_search_shows_only_the_own_company(self):
        for record in (self.inbox, self.folder, self.mail):
            found = self.as_("other company", record).search([])
            self.assertNotIn(record.id, found.ids)
            self.assertFalse(found.search_count([("id", "=", record.id)]))

    def test_agent_reads_every_field_that_it_is_offered(self):
        """What fields_get names can be read: no screen of an agent stops with an error."""
        for role in ("own", "team", "all", *self.administrators):
            inbox = self.as_(role, self.inbox)
            with self.subTest(role):
                values = inbox.read(list(inbox.fields_get()))[0]
                self.assertEqual(values["name"], "Customer support")

    def test_agent_does_not_see_the_connection(self):
        offered = self.as_("all", self.inbox).fields_get()
        for field in ("host", "username", "password", "port", "folder", "mail_server_id"):
            self.assertNotIn(field, offered)

    def test_nobodys_personal_outgoing_server(self):
        """It would send with the password of its owner."""
        server = self.env["ir.mail_server"].create(
            {
                "name": "Admin's own",
                "smtp_host": "smtp.example",
                "smtp_user": "admin@desk.example",
                "from_filter": "admin@desk.example",
                "owner_user_id": self.env.ref("base.user_admin").id,
            }
        )
        for role in self.administrators:
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.as_(role, self.inbox).mail_server_id = server

    def test_scheduled_action_is_not_to_be_chosen(self):
        """It is deleted with the inbox: whoever could name another one could delete that."""
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action")
        for role in self.administrators:
            inbox = self.as_(role, self.inbox)
            self.assertFalse(self.allowed(lambda inbox=inbox: inbox.write({"cron_id": cron.id})))


@tagged("post_install", "-at_install")
class TestSecrets(RightsCase):
    def test_stored_secrets_are_nobodys(self):
        everybody = [*self.roles, "admin"]
        self.roles["admin"] = self.env.ref("base.user_admin")
        for role in everybody:
            inbox = self.as_(role, self.inbox)
            for field in SECRETS:
                with self.subTest(role=role, field=field):
                    self.refused(inbox.read, [field])
                    self.refused(inbox.web_read, {field: {}})
                    self.refused(inbox.search_read, [], [field])
                    self.refused(inbox.search, [(field, "like", "g%")])
                    self.refused(inbox.search_count, [(field, "!=", False)])
                    self.refused(inbox.search, [(f"folder_ids.inbox_id.{field}", "like", "g")])
                    self.refused(inbox.search, [], order=f"{field} desc")
                    self.refused(inbox.formatted_read_group, [], [field], ["__count"])
                    self.refused(inbox.formatted_read_group, [], [], [f"{field}:max"])
                    self.refused(inbox.export_data, [field])
                    self.refused(inbox.write, {field: "x"})
                    self.refused(inbox.create, {"name": "x", "email": "x@y.z", field: "x"})
                    if role != "public":
                        self.assertNotIn(field, inbox.sudo(False).fields_get())

    def test_not_by_way_of_another_model(self):
        for role in ("all", "mail administrator", "manager"):
            ticket = self.as_(role, self.mail.ticket_id)
            mail = self.as_(role, self.mail)
            for field in SECRETS:
                path = f"inbox_id.{field}"
                with self.subTest(role=role, field=field):
                    self.refused(ticket.search, [(path, "like", "g")])
                    self.refused(ticket.search, [("inbox_id", "any", [(field, "!=", 0)])])
                    self.refused(ticket.search, [], order=path)
                    self.refused(ticket.formatted_read_group, [], [path], ["__count"])
                    self.refused(ticket.export_data, [path.replace(".", "/")])
                    self.refused(ticket.web_read, {"inbox_id": {"fields": {field: {}}}})
                    self.refused(mail.search, [(path, "like", "g")])
                    self.refused(mail.formatted_read_group, [], [path], ["__count"])

    def test_password_goes_in_and_never_out(self):
        for role in self.administrators:
            inbox = self.as_(role, self.inbox)
            inbox.password = "n3w"
            inbox.env.flush_all()
            inbox.env.invalidate_all()
            self.assertFalse(inbox.password)
            self.assertFalse(inbox.read(["password"])[0]["password"])
            self.assertFalse(inbox.web_read({"password": {}})[0]["password"])
            self.assertNotIn("n3w", str(inbox.export_data(["name", "password"])))
            self.assertTrue(inbox.has_password)
            self.refused(inbox.search, [("password", "like", "n")])

    def test_a_copy_has_no_secrets(self):
        copy = self.inbox.copy({"email": "copy@desk.example"})
        for field in SECRETS:
            self.assertFalse(copy.sudo()[field])
        self.assertEqual(copy.state, "draft")

    def test_chatter_of_the_inbox_tells_no_secret(self):
        self.inbox.write({"password": "tell-tale", "username": "me", "name": "Renamed"})
        self.env.cr.precommit.run()
        told = self.inbox.message_ids.mapped("body") + self.inbox.message_ids.sudo().mapped(
            "tracking_value_ids.new_value_char"
        )
        self.assertNotIn("tell-tale", str(told))


# what a remote caller finds on our models, beside what every model of Odoo has
METHODS = {
    "helpdesk.inbox": {
        "administrator": {
            "action_activate",
            "action_choose_folders",
            "action_draft",
            "action_pause",
            "action_test_connection",
            "action_fetch_now",
            "action_new_push_token",
            "action_oauth_connect",
            "action_preview_notification",
            "action_problems_solved",
            "action_send_test_mail",
            "action_setup_activate",
            "action_setup_back",
            "action_setup_check_arrival",
            "action_setup_continue",
            "action_setup_find",
            "action_setup_folders",
            "action_setup_leave",
            "action_setup_next",
            "action_setup_rehearse",
            "action_setup_send_test",
            "create",
            "write",
            "unlink",
        },
        "agent": {
            "action_view_deny_rules",
            # a list of another model, whose access rights hold
            "action_view_history",
            "action_view_mails",
            "action_view_quarantine",
            "action_view_shared_rules",
            "action_view_tickets",
        },
        # fetch is the ORM's as well, and private there; message_process is stock Odoo's gateway
        "others": {"fetch", "message_process"},
    },
    "helpdesk.incoming.mail": {
        "administrator": {
            "action_accept_senders",
            "action_delete_refused",
            "action_download",
            "action_import_refused",
            "action_retry",
        },
        "agent": {"action_view_ticket"},
        # tested in test_attachment_policy: they ask for the rights of an administrator
        "others": {"action_release", "action_delete_held"},
    },
    "helpdesk.mail.folder": {},
    # the seal's own answer to who may do what, also in the name of the superuser
    "helpdesk.mail.event": {},
    "helpdesk.mail.watch": {},
    # tested in test_health
    "helpdesk.mail.health.token": {"others": {"action_new_token"}},
    # nobody has rights to it: tested in test_oauth_settings
    "helpdesk.mail.grant": {"others": {"create", "write"}},
    "helpdesk.ticket": {
        # each writes as the user, whose rules hold
        "agent": {
            "action_confirm_sender",
            # tested in test_pairing_dialog
            "action_pair_sender",
            "action_show_remote_images",
            # tested in test_macros
            "action_use_macro",
            # of what a scoped user may not see: tested in test_scope_bypass
            "action_who_can_see",
            "create",
            "action_view_incoming_mails",
            "message_post",
            "write",
        },
        # what a copy carries is tested in test_restricted_fields
        "others": {"copy_data", "message_process"},
    },
    # tested in test_mappings, test_ticket_templates: the access rights say who writes them
    "helpdesk.inbox.mapping": {"others": {"create", "write", "unlink"}},
    "helpdesk.inbox.problem": {},
    "helpdesk.ticket.template": {"others": {"create", "write", "unlink"}},
    "helpdesk.ticket.template.line": {"others": {"create", "write", "unlink"}},
    # tested in test_recipients: they ask for the right to write recipients
    "helpdesk.recipient": {
        "agent": {
            "action_accept",
            "action_ban",
            "action_create_lead",
            "action_deny",
            "action_not_shared",
            "action_pair",
            "action_share",
            "action_unaccept",
            "action_unban",
            "action_unpair",
            "action_unshare",
            "action_view_deny_rule",
            "action_view_tickets",
            "create",
            "write",
        },
    },
    # tested in test_deny_rules: all but the first ask for the rights of an administrator
    "helpdesk.deny.rule": {
        "agent": {"action_view_hits"},
        "others": {"action_rehearse", "create", "write", "unlink"},
    },
    "helpdesk.deny.paste": {
        "others": {"action_read", "action_back", "action_rehearse", "action_add"},
    },
    "helpdesk.deny.paste.line": {},
    # reading its result asks for the rights of an administrator
    "helpdesk.inbox.simulation": {},
    # tested in test_setup
    "helpdesk.inbox.setup": {"others": {"action_back", "action_leave", "action_next"}},
    "helpdesk.inbox.setup.server": {"others": {"action_use"}},
    "helpdesk.inbox.setup.question": {},
    "helpdesk.inbox.setup.folder": {"others": {"action_use"}},
    "helpdesk.inbox.setup.mail": {},
    "helpdesk.deny.rehearsal": {},
    # tested in test_reading_folders and test_refused_mail
    "helpdesk.inbox.folder": {"others": {"create", "write", "unlink"}},
    "helpdesk.inbox.folder.choose": {"others": {"action_apply"}},
    "helpdesk.inbox.folder.choose.line": {},
    "helpdesk.mail.import": {"others": {"action_import"}},
    "helpdesk.mail.accept": {"others": {"action_accept"}},
    # tested in test_rule_rights
    "helpdesk.inbox.rule": {"others": {"action_view_hits", "create", "write", "unlink"}},
    "helpdesk.inbox.rule.line": {"others": {"create", "write", "unlink"}},
    "helpdesk.mail.facts": {"others": {"fields_get"}},
    # tested in test_outgoing: sends as whoever may set up the inbox
    "helpdesk.inbox.test.mail": {"others": {"action_send"}},
    "helpdesk.inbox.test.mail.line": {},
    "helpdesk.mail.sending": {},
    "helpdesk.sent.copy": {},
    # tested in test_dkim: each asks for the rights of an administrator
    "helpdesk.dkim.key": {
        "others": {
            "action_activate",
            "action_activate_unchecked",
            "action_check_dns",
            "action_new_key",
            "action_retire",
            "copy_data",
            "create",
            # stock Odoo's gateway, as on every model with a chatter
            "message_process",
            "unlink",
            "write",
        },
    },
    "helpdesk.dkim.record": {},
    "helpdesk.recipient.move": {"agent": {"action_undo"}},
    # tested in test_pairing_dialog: the recipients check the rights
    "helpdesk.recipient.pair": {"agent": {"action_pair", "create", "default_get"}},
    # tested in test_customer_domains and, for a scope, in test_scope_bypass
    "helpdesk.customer.domain": {"agent": {"create", "write"}},
    "helpdesk.ticket.viewers": {},
    # tested in test_macros
    "helpdesk.macro": {"agent": {"action_preview"}},
    "helpdesk.macro.use": {"agent": {"action_use"}},
}


@tagged("post_install", "-at_install", "helpdesk_mail_quick")
class TestRemoteCalls(RightsCase):
    def test_list_is_complete(self):
        """A new public method is a new door: it has to be named above, and tested."""
        for model, by_role in METHODS.items():
            public = {
                name
                for klass in type(self.env[model]).mro()
                if getattr(klass, "_module", None) == "helpdesk_mail"
                for name, value in vars(klass).items()
                if not name.startswith("_") and callable(value) and not hasattr(value, "_sequence")
            }
            self.assertEqual(public, set().union(*by_role.values()), model)

    def test_administrators_methods(self):
        arguments = {
            "create": ([{"name": "x", "email": "x@desk.example"}],),
            "write": ({"name": "x"},),
        }
        records = {"helpdesk.inbox": self.inbox, "helpdesk.incoming.mail": self.mail}
        self.mail.outcome = "quarantined"
        for model, record in records.items():
            for name in METHODS[model]["administrator"]:
                for role in self.roles:
                    if role in self.administrators or (name, role) == ("create", "other company"):
                        continue
                    args = [*([] if name == "create" else [record.ids]), *arguments.get(name, ())]
                    caller = self.as_(role, record.browse())
                    with self.subTest(method=f"{model}.{name}", role=role):
                        self.assertFalse(
                            self.allowed(lambda c=caller, n=name, a=args: call_kw(c, n, a, {}))
                        )

    def test_private_methods(self):
        for role in ("all", "manager"):
            inbox = self.as_(role, self.inbox)
            for name in (
                "fetch",
                "_take_in",
                "_helpdesk_mail_settings",
                "_check_push_token",
                "_helpdesk_mail_cron_fetch",
                "_address_map",
                "_reply_address",
            ):
                with self.assertRaises(AccessError):
                    call_kw(inbox, name, [inbox.ids], {})

    def test_only_staff_brings_mail(self):
        """A customer's portal user cannot hand in a mail that names an agent as its sender."""
        source = write_mail(sender="agent@staff.example", subject="forged").decode()
        for role in ("portal", "public"):
            thread = self.as_(role, self.env["mail.thread"])
            call = ("message_process", ["helpdesk.ticket", source], {})
            self.assertFalse(self.allowed(lambda thread=thread, call=call: call_kw(thread, *call)))
        thread = self.as_("nobody", self.env["mail.thread"])
        self.assertTrue(call_kw(thread, "message_process", [None, source], {}))

    def test_portal_customer_learns_nothing_of_others(self):
        """A customer's portal user sees its own ticket, not what the journal says of other "
        "people."""
        other = self.new_ticket(write_mail(sender="rival@rival.example", subject="Our secret plan"))
        portal = self.roles["portal"]
        portal.partner_id.email = "portal@kunde.example"
        item = self.take_one(
            write_mail(sender="portal@kunde.example", subject=f"[{other.number}] hello")
        )
        ticket = self.ticket(item)
        self.assertEqual(ticket.origin_ticket_id, other)
        self.assertEqual(ticket.partner_id, portal.partner_id)
        mine = self.as_("portal", ticket)
        self.assertTrue(self.allowed(lambda: mine.read(["name"])), "the ticket itself is theirs")
        for field in (
            "origin_ticket_id",
            "follow_up_ids",
            "lead_id",
            "mail_explanation",
            "incoming_mail_count",
            "incoming_mail_ids",
        ):
            with self.subTest(field):
                self.assertFalse(self.allowed(lambda field=field: mine.read([field])))
                self.assertNotIn(field, mine.fields_get())
        for field in mine.fields_get():
            if self.allowed(lambda field=field: mine.read([field])):
                self.assertNotIn("Our secret plan", str(mine.read([field])), field)

    def test_domain_on_hidden_fields_of_a_ticket(self):
        mine = self.as_("portal", self.mail.ticket_id)
        for field in ("mail_explanation", "incoming_mail_ids.subject"):
            self.refused(mine.search, Domain(field, "ilike", "a"))
