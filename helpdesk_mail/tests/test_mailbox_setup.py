# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*My profile > Mailbox*: users set up their own mail without any right of an administrator."""

import datetime
from email.utils import parseaddr
from unittest.mock import patch

import psycopg2
from lxml import etree
from odoo import fields
from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..message.authentication.dns_table import TableResolver
from ..models import seal
from ..transport import ConnectionReport, CredentialsRefused, FolderInfo
from ..transport.discovery import Options
from ..transport.networks import Networks
from .common import PATIENT, only_loopback
from .smtp_server import SmtpServer
from .test_mailbox_seal import MAIL, MailboxCase
from .unit.mail_greeters import Authority, Greeter

MODELS = "odoo.addons.helpdesk_mail.models"
QUIET = ("odoo.addons.base.models.ir_mail_server", "odoo.models.unlink")


class Server:
    """Stands in for the IMAP server."""

    protocol = "imap"

    def __init__(self, *folders, password="right"):
        self._folders, self.password = folders, password
        self.settings = None

    def open(self, settings):
        self.settings = settings
        if settings.secret != self.password:
            raise CredentialsRefused("imap.firm.example refused the password", "credentials")
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        return None

    def folders(self):
        return list(self._folders)

    def test(self, folder="INBOX"):
        names = [one.name for one in self._folders]
        return ConnectionReport("h", 993, "imap", "TLS", "x", (), folder, folder in names, 12, 3)


class MailboxSetupCase(MailboxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls.mailbox.with_user(cls.anna)
        cls.mine.write({"host": "imap.firm.example", "username": "anna", "password": "right"})
        cls.startClassPatcher(patch.object(IrMail_Server, "_disable_send", lambda *args: False))
        cls.env["ir.mail_server"].search([]).active = False

    def imap(self, *folders, **options):
        server = Server(*folders, **options)
        for module in ("helpdesk_mail_account", "helpdesk_mailbox_setup"):
            self.startPatcher(patch(f"{MODELS}.{module}.open_store", server.open))
        return server

    def smtp(self, *args, **kwargs):
        server = SmtpServer(*args, **kwargs)
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server


@tagged("post_install", "-at_install")
class TestMailboxSetup(MailboxSetupCase):
    def test_everything_is_in_the_users_own_form(self):
        """All options of the reference, for a user without any right of an administrator."""
        arch = etree.fromstring(self.mine.get_view(view_type="form")["arch"])
        names = {node.get("name") for node in arch.iter("field", "button")}
        self.assertLessEqual(
            {
                # e-mail tracking
                "fetch_enabled", "which", "sync_start", "mark_seen", "deny_list",
                # access settings
                "delegate_ids",
                # credentials
                "username", "password", "auth_method", "oauth_provider", "action_oauth_connect",
                # IMAP settings
                "host", "port", "sent_folder", "action_load_folders", "encryption",
                "verify_certificate", "action_test_connection", "action_find_settings",
                # SMTP settings
                "send_enabled", "reply_to_email", "outgoing", "action_use_system_smtp",
                "smtp_host", "smtp_port", "smtp_encryption", "smtp_login",
                "action_send_test_mail",
                # state
                "state", "action_activate", "action_pause", "action_draft", "last_error",
            },
            names,
        )  # fmt: skip

    def test_a_user_makes_their_mailbox_by_the_form(self):
        with Form(self.env["helpdesk.mailbox"].with_user(self.bert)) as form:
            self.assertEqual(form.email, "bert@firm.example")
            form.host = "imap.firm.example"
            form.username = "bert"
            form.password = "right"
            form.deny_list = "news@shop.example\nshop.example"
            form.delegate_ids.add(self.anna)
        mailbox = form.record
        self.assertEqual(mailbox.user_id, self.bert)
        self.assertEqual(mailbox.port, 993)
        self.assertTrue(mailbox.has_password)
        self.assertFalse(mailbox.password)

    def test_preferences_show_the_mailbox(self):
        """*You can find this feature configuration in My Profile*"""
        view = self.env.ref("base.view_users_form_simple_modif").id
        with Form(self.anna.with_user(self.anna), view) as form:
            form.signature = "<p>Anna</p>"
        self.assertEqual(self.anna.with_user(self.anna).helpdesk_mailbox_ids, self.mine)
        arch = self.anna.with_user(self.anna).get_view(view, "form")["arch"]
        self.assertIn('name="helpdesk_mailbox"', arch)
        action = self.anna.with_user(self.anna).action_helpdesk_mailbox()
        self.assertEqual((action["res_model"], action["res_id"]), (seal.MAILBOX, self.mailbox.id))
        self.assertFalse(self.bert.with_user(self.bert).action_helpdesk_mailbox()["res_id"])

    def test_administrators_see_no_mailbox_on_a_user(self):
        self.env.invalidate_all()
        user = self.anna.with_user(self.system)
        self.assertFalse(user.helpdesk_mailbox_ids)
        self.assertFalse(user.sudo().helpdesk_mailbox_ids)

    def test_nobody_elses_address(self):
        with self.assertRaisesRegex(ValidationError, "address of a colleague"):
            self.mine.email = "bert@firm.example"
        self.env["helpdesk.inbox"].create({"name": "Support", "email": "support@firm.example"})
        with self.assertRaisesRegex(ValidationError, "shared inbox"):
            self.mine.email = "support@firm.example"

    def test_one_mailbox_each(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation):
            self.env["helpdesk.mailbox"].with_user(self.anna).create({"email": "a2@firm.example"})
        with self.assertRaises(UserError):
            self.mine.copy()

    def test_test_connection(self):
        """*"Test connection" to ensure that connection [...] is active*"""
        self.imap(FolderInfo("INBOX"))
        words = self.mine.action_test_connection()["params"]["message"]
        self.assertIn("12 messages", words)

    def test_wrong_password(self):
        self.imap(FolderInfo("INBOX"), password="another")
        with self.assertRaisesRegex(UserError, "refused the password"):
            self.mine.action_test_connection()
        with self.assertRaisesRegex(UserError, "refused the password"):
            self.mine.action_activate()
        self.assertEqual(self.mine.state, "draft")

    def test_activate_pause_draft(self):
        self.imap(FolderInfo("INBOX"))
        self.mine.action_activate()
        self.assertEqual(self.mine.state, "active")
        self.assertTrue(self.mine.sudo().cron_id.active)
        self.assertIn("Draft → Active", self.mine.event_ids.mapped("words"))
        self.mine.action_pause()
        self.assertFalse(self.mine.sudo().cron_id.active)
        self.mine.action_draft()
        self.assertEqual(self.mine.state, "draft")

    def test_nobody_else_operates_it(self):
        self.mine.delegate_ids = self.bert
        own = self.env["helpdesk.mailbox"].with_user(self.bert).create({"email": "b@firm.example"})
        seal.opened(own).state = "active"
        for user in (self.bert, self.system):
            mailbox = self.mailbox.with_user(user)
            for name in (
                "action_activate", "action_pause", "action_draft", "action_test_connection",
                "action_fetch_now", "action_load_folders", "action_choose_folder",
                "action_find_settings", "action_use_system_smtp", "action_send_test_mail",
                "action_oauth_connect", "action_view_glass", "action_export", "unlink",
            ):  # fmt: skip
                with self.subTest(name, user=user.login), self.assertRaises(AccessError):
                    getattr(mailbox, name)()
            with self.assertRaises(AccessError):
                mailbox.host = "elsewhere.example"

    # ------------------------------------------------------------------
    # Load
    # ------------------------------------------------------------------

    def test_load_finds_the_folder_of_sent_mail(self):
        """*click on "Load" button first and after this a folder should be selected
        automatically*: the one that the server marks, then the one that is called so.
        """
        inbox = FolderInfo("INBOX")
        for folders, name, words in (
            ([inbox, FolderInfo("Sent"), FolderInfo("Elsewhere", "sent")], "Elsewhere", "marks"),
            ([inbox, FolderInfo("Gesendete Objekte")], "Gesendete Objekte", "called so"),
        ):
            self.imap(*folders)
            action = self.mine.action_load_folders()
            self.assertEqual(self.mine.sent_folder, name)
            self.assertIn(name, action["params"]["title"])
            self.assertIn(words, action["params"]["message"])

    def test_load_shows_what_there_is(self):
        """*Sent folder missing: a clear error*"""
        self.imap(FolderInfo("INBOX"), FolderInfo("Projects"), FolderInfo("Parent", "", False))
        action = self.mine.action_load_folders()
        self.assertFalse(self.mine.sent_folder)
        wizard = self.env[action["res_model"]].with_user(self.anna).browse(action["res_id"])
        self.assertEqual(wizard.line_ids.mapped("name"), ["INBOX", "Projects"])
        wizard.line_ids[1].action_use()
        self.assertEqual(self.mine.sent_folder, "Projects")

    def test_load_needs_a_server_and_imap(self):
        self.imap(password="another")
        with self.assertRaisesRegex(UserError, "refused the password"):
            self.mine.action_load_folders()
        self.mine.protocol = "pop3"
        with self.assertRaisesRegex(UserError, "no folders"):
            self.mine.action_load_folders()

    def test_dialogs_are_sealed(self):
        """What servers, folders and addresses a dialog shows is its owner's."""
        self.imap(FolderInfo("INBOX"), FolderInfo("Projects"))
        action = self.mine.action_load_folders()
        for user in (self.system, self.bert):
            wizard = self.env[action["res_model"]].with_user(user)
            self.env.invalidate_all()
            self.assertFalse(wizard.search([]))
            self.assertFalse(wizard.sudo().search([]))
            with self.assertRaises(AccessError):
                wizard.browse(action["res_id"]).sudo().read(["mailbox_id"])
            with self.assertRaises(AccessError):
                wizard.create({"mailbox_id": self.mailbox.id})

    # ------------------------------------------------------------------
    # Find
    # ------------------------------------------------------------------

    def test_find_the_settings(self):
        authority = Authority("localhost")
        server = self.enterContext(Greeter("imap", "ssl", authority.context))
        dns = {"_imaps._tcp.firm.example. SRV": [f"0 1 {server.port} localhost."]}
        Mailbox = type(self.env["helpdesk.mailbox"])
        self.startPatcher(
            patch("odoo.addons.helpdesk_mail.transport.channel.addresses", only_loopback)
        )
        options = Options(
            **PATIENT,
            networks=Networks("127.0.0.0/8"),
            ca_data=authority.ca_data,
            own_files=(),
            ispdb="",
        )
        self.startPatcher(
            patch.object(Mailbox, "_setup_resolver", lambda mailbox: TableResolver(dns))
        )
        self.startPatcher(patch.object(Mailbox, "_setup_options", lambda mailbox: options))
        action = self.mine.action_find_settings()
        wizard = self.env[action["res_model"]].with_user(self.anna).browse(action["res_id"])
        self.assertTrue(wizard.answer_ids)
        chosen = wizard.server_ids.filtered("is_chosen")
        self.assertEqual(chosen.mapped("port"), [server.port])
        wizard.action_use()
        self.assertEqual((self.mine.host, self.mine.port), ("localhost", server.port))
        # entered for another server
        self.assertFalse(self.mine.has_password)

    def test_find_says_that_nothing_works(self):
        Mailbox = type(self.env["helpdesk.mailbox"])
        self.startPatcher(
            patch.object(Mailbox, "_setup_resolver", lambda mailbox: TableResolver({}))
        )
        options = Options(seconds=1, each=0.2, networks=Networks(""), own_files=(), ispdb="")
        self.startPatcher(patch.object(Mailbox, "_setup_options", lambda mailbox: options))
        self.startPatcher(
            patch("odoo.addons.helpdesk_mail.transport.channel.addresses", side_effect=OSError)
        )
        action = self.mine.action_find_settings()
        wizard = self.env[action["res_model"]].with_user(self.anna).browse(action["res_id"])
        self.assertTrue(wizard.nothing_works)
        self.mine.email = False
        with self.assertRaisesRegex(UserError, "Enter your address"):
            self.mine.action_find_settings()


@tagged("post_install", "-at_install")
class TestMailboxSending(MailboxSetupCase):
    def run_test(self, **values):
        action = self.mine.action_send_test_mail()
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.anna)
            .with_context(**action["context"])
            .create({"email_to": "carla@customer.example", **values})
        )
        with mute_logger(*QUIET):
            wizard.action_send()
        return wizard

    def own(self, server, **values):
        self.mine.write(
            {
                "send_enabled": True,
                "outgoing": "own",
                "smtp_host": "127.0.0.1",
                "smtp_port": server.port,
                "smtp_encryption": server.encryption,
                "smtp_login": "password" if server.users else "none",
                "smtp_username": "anna" if server.users else False,
                **({"smtp_password": "right"} if server.users else {}),
                **values,
            }
        )

    def test_test_and_send(self):
        """*Don't forget to test connection and send a test email.*"""
        server = self.smtp("starttls", users={"anna": "right"})
        self.own(server)
        with server.trusted():
            wizard = self.run_test()
        self.assertEqual(wizard.result, "sent", wizard.line_ids.mapped("text"))
        steps = {line.step: line.text for line in wizard.line_ids}
        self.assertIn("Signed in as anna", steps["sign_in"])
        self.assertIn("Queued as 4711", steps["accepted"])
        sender, recipients, source = server.mails[0]
        self.assertEqual((sender, recipients), ("anna@firm.example", ("carla@customer.example",)))
        self.assertIn(b"Auto-Submitted: auto-generated", source)

    def test_each_step_explains_itself(self):
        for options, step, words in (
            ({"users": {"anna": "other"}}, "sign_in", "refused the user name or the password"),
            ({"replies": {"MAIL": "550 5.7.60 SendAsDenied"}}, "sender", "may not send"),
            ({"replies": {"RCPT": "550 5.1.1 No"}}, "recipient", "does not exist"),
        ):
            with self.subTest(step):
                self.own(self.smtp(**options))
                wizard = self.run_test()
                self.assertEqual(wizard.result, "failed")
                self.assertEqual(wizard.line_ids[-1].step, step)
                self.assertIn(words, wizard.line_ids[-1].text)

    def test_steps_are_sealed(self):
        self.own(self.smtp())
        wizard = self.run_test()
        self.env.invalidate_all()
        for records in (wizard, wizard.line_ids):
            other = records.with_user(self.system)
            self.assertFalse(other.search([]))
            self.assertFalse(other.sudo().search([]))

    def relay(self, server, **values):
        return self.env["ir.mail_server"].create(
            {
                "name": "Relay",
                "smtp_host": "127.0.0.1",
                "smtp_port": server.port,
                "smtp_user": "relay-user",
                "smtp_pass": "relay-Pa55",
                "sequence": 1,
                **values,
            }
        )

    def test_use_system_smtp(self):
        """*The global SMTP config settings will be copied to the appropriate fields*: never what
        signs in to it.
        """
        server = self.smtp(users={"relay-user": "relay-Pa55"})
        self.relay(server)
        # a colleague's personal server is nobody else's
        self.env["ir.mail_server"].create(
            {"name": "Bert's", "smtp_host": "bert.example", "owner_user_id": self.bert.id}
        )
        self.mine.action_use_system_smtp()
        self.assertEqual(self.mine.outgoing, "system")
        self.assertEqual((self.mine.smtp_host, self.mine.smtp_port), ("127.0.0.1", server.port))
        self.assertEqual(self.mine.smtp_encryption, "none")
        self.assertFalse(self.mine.smtp_username)
        self.assertFalse(self.mine.has_smtp_password)
        wizard = self.run_test()
        self.assertEqual(wizard.result, "sent", wizard.line_ids.mapped("text"))
        self.assertEqual(server.logins, ["relay-user"])
        self.assertIn(b"anna@firm.example", server.mails[0][2])

    def test_chosen_in_the_form(self):
        server = self.smtp()
        self.relay(server, smtp_encryption="ssl_strict", smtp_port=4650)
        self.mine.write({"send_enabled": True, "outgoing": "own", "smtp_host": "own.example"})
        with Form(self.mine) as form:
            form.outgoing = "system"
            self.assertEqual((form.smtp_host, form.smtp_port), ("127.0.0.1", 4650))
        self.assertEqual(self.mine.smtp_encryption, "ssl")
        self.assertTrue(self.mine.smtp_verify_certificate)

    def test_the_configuration_file_s_server(self):
        values = self.mine._system_server_values(self.env["ir.mail_server"])
        self.assertTrue(values["smtp_host"])
        self.assertTrue(values["smtp_port"])

    def test_sender_s_address_is_a_full_one(self):
        """*Double check if the email address in the field Sender's email has the correct format
        e.g. username@mailserver.com: exactly this value will be used to send mail, not the value
        from Username field*
        """
        self.relay(self.smtp())
        self.mine.email = False
        for call in (self.mine.action_use_system_smtp, self.mine.action_send_test_mail):
            with self.assertRaisesRegex(UserError, "in full first, like username@example.com"):
                call()
        with self.assertRaises(ValidationError):
            self.mine.email = "anna"

    def test_system_s_server_sends_for_others_only(self):
        """Nobody learns from a customer that the mail came from another address."""
        self.relay(self.smtp(), from_filter="firm-mail.example")
        self.env.company.alias_domain_id = self.env["mail.alias.domain"].create(
            {"name": "firm-mail.example", "default_from": "notifications"}
        )
        self.mine.action_use_system_smtp()
        self.assertIn("will leave from notifications@firm-mail.example", self.mine.outgoing_notes)

    def test_answers_elsewhere_are_named(self):
        self.own(self.smtp())
        self.mine.reply_to_email = "desk@firm.example"
        self.assertIn("Answers go to desk@firm.example", self.mine.outgoing_notes)

    def test_others_mail_is_not_filed_here(self):
        """Whoever enters an address gets no copies of what leaves from it."""
        server = self.smtp()
        self.own(server, sent_copy="all")
        self.relay(server, smtp_user=False, smtp_pass=False)
        seal.opened(self.mailbox).email = "boss@firm.example"
        self.env.registry.clear_cache()
        Server = self.env["ir.mail_server"]
        message = Server._build_email__(
            "boss@firm.example", ["carla@customer.example"], "Secret", "body"
        )
        before = self.env["helpdesk.sent.copy"].search_count([])
        Server.send_email(message)
        self.assertEqual(self.env["helpdesk.sent.copy"].search_count([]), before)
        self.assertNotIn("boss@firm.example", Server._helpdesk_mail_senders())

    def test_parse_from(self):
        server = self.smtp()
        self.own(server)
        self.run_test()
        source = server.mails[0][2].decode()
        line = next(line for line in source.splitlines() if line.startswith("From:"))
        self.assertEqual(parseaddr(line[5:]), (self.anna.name, "anna@firm.example"))


@tagged("post_install", "-at_install")
class TestMailboxTold(MailboxSetupCase):
    """Alerts and reminders: to the owner alone, and no more than needed."""

    def notices(self, since):
        return self.env["mail.message"].search([("id", ">", since)])

    def last(self):
        return self.env["mail.message"].search([], order="id desc", limit=1).id

    def test_failure(self):
        since = self.last()
        mailbox = seal.opened(self.mailbox.with_user(self.env.ref("base.user_root")))
        mailbox.state = "active"
        error = CredentialsRefused("imap.firm.example refused anna@firm.example", "credentials")
        mailbox._helpdesk_mail_failed(error)
        self.assertEqual(self.mine.state, "failed")
        self.assertIn("imap.firm.example", self.mine.last_error)
        notice = self.notices(since).filtered("notified_partner_ids")
        self.assertEqual(notice.notified_partner_ids, self.anna.partner_id)
        for words in ("imap.firm.example", "anna@firm.example", "refused"):
            self.assertNotIn(words, f"{notice.subject}{notice.body}")
        self.assertFalse(self.env["mail.activity"].search([("res_model", "=", seal.MAILBOX)]))

    def test_history_is_the_owners(self):
        self.test_failure()
        events = self.mine.event_ids
        self.assertIn("imap.firm.example", events[:1].reason)
        inbox = self.env["helpdesk.inbox"].create({"name": "S", "email": "s@firm.example"})
        inbox.sudo().state = "paused"
        Event = self.env["helpdesk.mail.event"]
        self.env.invalidate_all()
        mine = Event.with_user(self.anna).search([])
        self.assertEqual(mine, events)
        self.assertFalse(Event.with_user(self.bert).search([]))
        seen = Event.with_user(self.system).search([])
        self.assertEqual(set(seen.mapped("res_model")), {"helpdesk.inbox"})
        for env in (self.system, self.bert):
            with self.assertRaises(AccessError):
                events.with_user(env).sudo().read(["reason"])
        # and it goes in time
        events_of = seal.opened(Event)
        self.env.cr.execute("UPDATE helpdesk_mail_event SET create_date = '2020-01-01'")
        self.env.invalidate_all()
        Event.sudo()._gc_events()
        self.assertFalse(events_of.search([]))

    def test_old_password(self):
        """*credentials reminder*"""
        since = self.last()
        opened = seal.opened(self.mailbox)
        long_ago = fields.Datetime.now() - datetime.timedelta(days=400)
        opened.write({"state": "active", "password_set_at": long_ago})
        self.env["helpdesk.inbox"]._helpdesk_mail_cron_credentials()
        notice = self.notices(since).filtered(lambda m: "password" in (m.subject or ""))
        self.assertEqual(notice.notified_partner_ids, self.anna.partner_id)
        self.assertIn("400 days", notice.body)
        self.assertNotIn("imap", notice.body)
        since = self.last()
        self.env["helpdesk.inbox"]._helpdesk_mail_cron_credentials()
        self.assertFalse(self.notices(since))

    def test_logs_name_no_host(self):
        mailbox = seal.opened(self.mailbox.with_user(self.env.ref("base.user_root")))
        mailbox.state = "active"
        fetch = f"{MODELS}.helpdesk_mail_account_fetch"
        for error, module, words in (
            (CredentialsRefused("imap.firm.example refused anna", "credentials"), fetch, "cred"),
            (ValueError("carla@x.example"), f"{MODELS}.helpdesk_mailbox_alert", "ValueError"),
        ):
            # Odoo's tests switch the level off that this is logged at
            with patch(f"{fetch}.Fetcher") as fetcher, patch(f"{module}._logger") as log:
                fetcher.return_value.run.side_effect = error
                mailbox._helpdesk_mail_fetch()
            said = str(log.mock_calls)
            self.assertIn(words, said)
            self.assertNotIn("imap.firm.example", said)
            self.assertNotIn("carla", said)
            # the owner reads it
            self.assertEqual(self.mine.last_error, str(error))


@tagged("post_install", "-at_install")
class TestMailboxStatus(MailboxSetupCase):
    """*the settings administrator sees that a mailbox exists, its state and counts, never
    addresses or content*
    """

    def test_counts(self):
        self.receive(self.mailbox, MAIL.replace(b"<1@", b"<2@"), uid="2")
        self.message.with_user(self.anna).action_mark_read()
        Folder = seal.opened(self.env["helpdesk.mail.folder"])
        Folder.search([("mailbox_id", "=", self.mailbox.id)]).backlog = 7
        status = self.env["helpdesk.mailbox.status"].with_user(self.system)
        row = status.search([("user_id", "=", self.anna.id)])
        self.assertEqual(
            (row.message_count, row.unread_count, row.backlog, row.quarantined_count),
            (2, 1, 7, 0),
        )
        self.assertEqual((row.state, row.user_id), ("draft", self.anna))
        self.assertEqual(self.mine.backlog, 7)
        self.assertEqual(self.mine.message_count, 2)

    def test_no_address_no_host_no_content(self):
        row = self.env["helpdesk.mailbox.status"].with_user(self.system).search([])
        said = str(row.read()) + str(row.web_read({name: {} for name in row._fields}))
        for words in ("imap.firm", "anna@firm", "customer.example", "Between us", "heliotrope"):
            self.assertNotIn(words, said)

    def test_who_sees_it(self):
        Status = self.env["helpdesk.mailbox.status"]
        with self.assertRaises(AccessError):
            Status.with_user(self.bert).search([])
        for user in (self.system,):
            self.assertTrue(Status.with_user(user).search([]))
        with self.assertRaises(AccessError):
            Status.with_user(self.bert).browse(self.mailbox.id).action_break_glass()

    def test_health_of_inboxes_says_nothing_of_mailboxes(self):
        _well, report = self.env["helpdesk.inbox"]._health_report(self.env.company)
        self.assertNotIn("anna", str(report))


@tagged("post_install", "-at_install")
class TestMailboxRounds(MailboxSetupCase):
    def test_watch_and_rounds_include_mailboxes(self):
        self.assertIn(seal.MAILBOX, self.env["helpdesk.mail.watch"]._models())
        opened = seal.opened(self.mailbox.with_user(self.env.ref("base.user_root")))
        opened.write({"state": "active", "failed_attempts": 0})
        found = self.env["helpdesk.mail.watch"].sudo()._answer({})
        keys = [account["key"] for account in found["accounts"]]
        self.assertIn(f"helpdesk.mailbox,{self.mailbox.id}", keys)
        opened.cron_id.nextcall = fields.Datetime.now() - datetime.timedelta(minutes=5)
        self.env.flush_all()
        self.assertIn(self.mailbox.id, opened._helpdesk_mail_due().ids)

    def test_paused_is_not_watched(self):
        found = self.env["helpdesk.mail.watch"].sudo()._answer({})
        self.assertNotIn(
            f"helpdesk.mailbox,{self.mailbox.id}", [one["key"] for one in found["accounts"]]
        )
