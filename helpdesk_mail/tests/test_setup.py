# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Guided set-up: from a mail address to an active inbox, step by step."""

import contextlib
import datetime
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..message.authentication.dns_table import TableResolver
from ..models import helpdesk_inbox_setup_arrival
from ..transport import ConnectionReport, CredentialsRefused, FolderInfo, FolderState, RawMail
from ..transport.discovery import Options
from ..transport.networks import Networks
from .common import PATIENT, HelpdeskMailCase, only_loopback, write_bounce, write_mail
from .tour_case import TourCase
from .unit.mail_greeters import Authority, Greeter, WebServer, config_file

EMAIL = "info@firm.example"
_TRANSPORT = "odoo.addons.helpdesk_mail.transport"


class FakeStore:
    """A mailbox with a few mails; ``told`` are the things that would change it."""

    def __init__(self, sources, password="right"):
        self.sources, self.password, self.told, self.selected = sources, password, [], []

    def open(self, settings):
        if settings.secret != self.password:
            raise CredentialsRefused(f"{settings.host} refused the password", "credentials")
        return contextlib.nullcontext(self)

    def test(self, folder="INBOX"):
        return ConnectionReport(
            "h", 1, "imap", "TLS", "x", (), folder, folder in ("INBOX", "Desk"), 3, 1
        )

    def folders(self):
        return [
            FolderInfo("Sent", "sent"),
            FolderInfo("Desk"),
            FolderInfo("Parents", "", False),
            FolderInfo("INBOX"),
        ]

    def select(self, folder="INBOX"):
        self.selected.append(folder)
        return FolderState(folder, "1", 9, len(self.sources))

    def list_uids(self, *, after=None, since=None, unread_only=False):
        self.since = since
        return [str(number) for number, _source in enumerate(self.sources, 1)]

    def fetch(self, uids, **_limits):
        for uid in uids:
            source = self.sources[int(uid) - 1]
            yield RawMail(source=source, size=len(source), uid=uid, uidvalidity="1")

    def acknowledge(self, *args, **kwargs):
        self.told.append(args)

    move = acknowledge


class SetupCase(HelpdeskMailCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.new_user("mailadmin", "helpdesk_mail.group_mail_administrator")
        cls.dns = {}
        cls.options = Options(**PATIENT, networks=Networks("127.0.0.0/8"), own_files=(), ispdb="")
        # no test asks the real DNS
        cls.startClassPatcher(patch(f"{_TRANSPORT}.channel.addresses", only_loopback))
        Inbox = type(cls.env["helpdesk.inbox"])
        cls.startClassPatcher(
            patch.object(Inbox, "_setup_resolver", lambda inbox: TableResolver(cls.dns))
        )
        cls.startClassPatcher(patch.object(Inbox, "_setup_options", lambda inbox: cls.options))

    def with_store(self, *sources, **options):
        """Put a mailbox in place of every mail server."""
        store = FakeStore(list(sources), **options)
        for module in (
            "helpdesk_inbox_setup",
            "helpdesk_inbox_setup_rehearsal",
            "helpdesk_mail_account",
        ):
            self.patch_open(module, store)
        return store

    def patch_open(self, module, store):
        patcher = patch(f"odoo.addons.helpdesk_mail.models.{module}.open_store", store.open)
        patcher.start()
        self.addCleanup(patcher.stop)

    def wizard(self, **values):
        return (
            self.env["helpdesk.inbox.setup"]
            .with_user(self.admin)
            .create({"email": EMAIL, "team_id": self.team.id, **values})
        )

    def start(self, **values):
        """The draft that the first two steps make."""
        wizard = self.wizard(**values)
        wizard.action_next()
        self.assertEqual(wizard.step, "address")
        action = wizard.action_next()
        self.assertEqual(action["res_id"], wizard.inbox_id.id)
        return wizard.inbox_id


@tagged("post_install", "-at_install")
class TestSetup(SetupCase):
    def test_a_mailbox_from_the_first_step_to_the_last(self):
        """Next and Back, saved as a draft at each step, a rehearsal that only reads, activate."""
        sources = [
            write_mail(message_id="<one@kunde.example>", subject="First"),
            write_mail(subject="Re: First", answers="<one@kunde.example>"),
            write_mail(headers={"Auto-Submitted": "auto-replied"}, subject="Away"),
        ]
        store = self.with_store(*sources)
        inbox = self.start()
        self.assertEqual((inbox.state, inbox.setup_step), ("draft", "server"))
        self.assertEqual(inbox.name, "Info")
        with self.assertRaisesRegex(UserError, "Choose a server"):
            inbox.action_setup_next()
        inbox.write({"host": "imap.firm.example", "username": EMAIL})
        inbox.action_setup_next()
        self.assertEqual(inbox.setup_step, "login")
        inbox.action_setup_back()
        self.assertEqual(inbox.setup_step, "server")
        inbox.action_setup_next()
        inbox.password = "wrong"
        with self.assertRaisesRegex(UserError, "refused the password"):
            inbox.action_setup_next()
        inbox.password = "right"
        inbox.action_setup_next()
        # the folder is chosen from the server's list
        self.assertEqual(inbox.setup_step, "folder")
        self.assertEqual(inbox.setup_folder_ids.mapped("name"), ["INBOX", "Desk", "Sent"])
        self.assertEqual(inbox.setup_folder_ids.filtered("is_used").name, "INBOX")
        inbox.setup_folder_ids[1].action_use()
        self.assertEqual(inbox.folder, "Desk")
        inbox.action_setup_next()
        self.assertEqual(inbox.setup_step, "reading")
        inbox.sync_start = "2026-01-01"
        inbox.action_setup_next()
        inbox.user_ids = self.agent
        inbox.action_setup_next()
        self.assertEqual(inbox.setup_step, "rehearsal")
        before = {
            model: self.env[model].search_count([])
            for model in ("helpdesk.ticket", "helpdesk.incoming.mail", "mail.mail")
        }
        inbox.action_setup_rehearse()
        self.assertEqual({model: self.env[model].search_count([]) for model in before}, before)
        rows = inbox.setup_mail_ids
        self.assertEqual(rows.mapped("outcome"), ["ignored", "appended", "created"])
        self.assertEqual(rows[2].subject, "First")
        self.assertTrue(all(rows.mapped("explanation")))
        self.assertEqual(store.told, [], "nothing changes on the server")
        self.assertEqual(store.selected, ["Desk"])
        self.assertIn("all 3", inbox.setup_rehearsal_words)
        inbox.action_setup_next()
        action = inbox.action_setup_activate()
        self.assertEqual(action["res_id"], inbox.id)
        self.assertEqual((inbox.state, inbox.setup_step), ("active", False))
        # who comes back to the finished set-up goes on to the inbox
        self.assertEqual(inbox.action_setup_leave()["res_id"], inbox.id)
        for method in (inbox.action_setup_next, inbox.action_setup_back):
            with self.assertRaisesRegex(UserError, "nothing left"):
                method()

    def test_a_search_and_a_rehearsal_take_the_place_of_the_last_ones(self):
        self.with_store(write_mail())
        inbox = self.start()
        inbox.write({"host": "imap.firm.example", "username": EMAIL, "password": "right"})
        for _time in range(2):
            inbox.action_setup_find()
            inbox.action_setup_folders()
            inbox.action_setup_rehearse()
        self.assertEqual(len(inbox.setup_mail_ids), 1)
        self.assertEqual(len(inbox.setup_folder_ids), 3)
        asked = inbox.setup_question_ids.mapped("asked")
        self.assertEqual(len(asked), len(set(asked)))
        self.assertEqual(inbox.host, "imap.firm.example", "what was entered stays")

    def test_the_rehearsal_takes_the_newest_of_many(self):
        store = self.with_store(*[write_mail(subject=f"Mail {n}") for n in range(40)])
        inbox = self.start()
        inbox.write({"host": "imap.firm.example", "username": EMAIL, "password": "right"})
        inbox.setup_days = 3
        inbox.action_setup_rehearse()
        self.assertEqual(len(inbox.setup_mail_ids), 30)
        self.assertEqual(inbox.setup_mail_ids[0].subject, "Mail 39")
        self.assertIn("40", inbox.setup_rehearsal_words)
        today = datetime.date.today()
        self.assertLess(abs((today - store.since).days - 3), 2)
        for days in (0, -1, 1000):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                inbox.setup_days = days
                inbox.action_setup_rehearse()

    def test_the_rehearsal_tells_nothing_of_foreign_tickets(self):
        """Nor of other people's rehearsals."""
        hidden = self.new_ticket(write_mail(message_id="<hidden@kunde.example>"))
        self.with_store(write_mail(answers="<hidden@kunde.example>", subject="Re: x"))
        inbox = self.start()
        inbox.write({"host": "imap.firm.example", "username": EMAIL, "password": "right"})
        Ticket = type(hidden)
        allowed = Ticket._check_access

        def refuse(records, operation):
            if hidden.id in records.ids and records.env.user == self.admin:
                return records, lambda: AccessError("no")
            return allowed(records, operation)

        with patch.object(Ticket, "_check_access", refuse):
            inbox.action_setup_rehearse()
        self.assertIn("may not see", inbox.setup_mail_ids.explanation)
        self.assertNotIn(hidden.number, inbox.setup_mail_ids.explanation)
        other = self.new_user("other", "helpdesk_mail.group_mail_administrator")
        self.assertFalse(inbox.setup_mail_ids.with_user(other).search([]))
        with self.assertRaises(AccessError):
            inbox.setup_mail_ids.with_user(other).read(["subject"])

    def test_pop3_has_no_folders(self):
        self.with_store(write_mail())
        inbox = self.start()
        inbox.write(
            {"protocol": "pop3", "host": "pop.firm.example", "username": EMAIL, "password": "right"}
        )
        inbox.action_setup_next()
        inbox.action_setup_next()
        self.assertEqual(inbox.setup_step, "reading")
        inbox.action_setup_back()
        self.assertEqual(inbox.setup_step, "login")

    def test_a_draft_is_continued_where_it_was_left(self):
        inbox = self.start()
        inbox.action_setup_leave()
        self.assertEqual(inbox.action_setup_continue()["res_id"], inbox.id)
        back = inbox.action_setup_back()
        wizard = self.env["helpdesk.inbox.setup"].browse(back["res_id"]).with_user(self.admin)
        self.assertEqual((wizard.email, wizard.step, wizard.inbox_id), (EMAIL, "address", inbox))
        wizard.action_back()
        self.assertEqual((wizard.step, inbox.setup_step), ("kind", "kind"))
        self.assertEqual(inbox.action_setup_continue()["res_model"], "helpdesk.inbox.setup")
        wizard.action_next()
        wizard.email = "sales@firm.example"
        wizard.action_next()
        self.assertEqual((inbox.email, inbox.setup_step), ("sales@firm.example", "server"))
        self.assertEqual(wizard.inbox_id, inbox, "no second draft")

    def test_whoever_signs_in_comes_back_to_the_set_up(self):
        inbox = self.start()
        self.assertEqual(inbox._helpdesk_mail_form_url(), f"/odoo/helpdesk-inbox-setup/{inbox.id}")

    def test_an_address_that_is_none(self):
        for email in ("", "nobody", "a@"):
            wizard = self.wizard(email=email)
            wizard.action_next()
            with self.assertRaisesRegex(UserError, "is no mail address"):
                wizard.action_next()

    def test_who_may(self):
        inbox = self.start().with_user(self.agent)
        for method in (
            "next", "back", "continue", "leave", "find", "folders", "rehearse", "send_test",
            "check_arrival", "activate",
        ):  # fmt: skip
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                getattr(inbox, f"action_setup_{method}")()
        with self.assertRaises(AccessError):
            self.env["helpdesk.inbox.setup"].with_user(self.agent).create({"email": EMAIL})
        self.assertNotIn("setup_test_token", inbox.with_user(self.admin).fields_get())


@tagged("post_install", "-at_install")
class TestSetupServers(SetupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authority = Authority("localhost")

    def find(self, **options):
        cls = type(self)
        cls.options = Options(
            **{
                **PATIENT,
                "networks": Networks("127.0.0.0/8"),
                "ca_data": self.authority.ca_data,
                "own_files": (),
                "ispdb": "",
                "loopback_http": True,
                **options,
            }
        )
        return self.start()

    def test_find_the_settings(self):
        """The autoconfig file of the domain; each question is shown; the user chooses."""
        context = self.authority.context
        with (
            Greeter("imap", "ssl", context) as imap,
            Greeter("imap", "starttls", context) as other,
            Greeter("smtp", "ssl", context) as smtp,
            WebServer() as web,
        ):
            web.pages["/c"] = (
                200,
                {},
                config_file(
                    ("incomingServer", "imap", "localhost", imap.port, "SSL", "%EMAILADDRESS%"),
                    ("outgoingServer", "smtp", "localhost", smtp.port, "SSL", "%EMAILADDRESS%"),
                ),
            )
            self.dns["_imap._tcp.firm.example. SRV"] = [f"0 0 {other.port} localhost."]
            self.addCleanup(self.dns.clear)
            inbox = self.find(own_files=(f"http://127.0.0.1:{web.port}/c",))
        self.assertEqual(
            (inbox.host, inbox.port, inbox.encryption), ("localhost", imap.port, "ssl")
        )
        self.assertEqual(inbox.username, EMAIL)
        self.assertEqual((inbox.outgoing, inbox.smtp_host), ("own", "localhost"))
        self.assertEqual((inbox.smtp_port, inbox.smtp_login), (smtp.port, "same"))
        servers = inbox.setup_server_ids
        self.assertEqual(servers.mapped("works"), [True, True, True])
        self.assertEqual(servers.mapped("source"), ["autoconfig", "srv", "autoconfig"])
        self.assertEqual(servers.mapped("is_used"), [True, False, True])
        questions = {question.asked: question for question in inbox.setup_question_ids}
        self.assertTrue(questions["SRV _imap._tcp.firm.example"].found)
        self.assertFalse(questions["MX firm.example"].found)
        self.assertIn("TLS", questions[f"IMAP localhost:{imap.port}"].answer)
        inbox.password = "secret"
        servers[1].action_use()
        self.assertEqual((inbox.port, inbox.encryption), (other.port, "starttls"))
        self.assertFalse(inbox.has_password, "a password goes to the server it was entered for")
        with self.assertRaises(AccessError):
            servers[0].with_user(self.agent).action_use()

    def test_provider_notes(self):
        """Provider notes for Gmail and Microsoft 365 stand where they are needed."""
        self.addCleanup(self.dns.clear)
        for mx, advice, method in (
            ("aspmx.l.google.com", "google", "password"),
            ("firm.mail.protection.outlook.com", "microsoft", "oauth2"),
            ("in1-smtp.messagingengine.com", "app_password", "password"),
            ("mail.protonmail.ch", "no_imap", "password"),
        ):
            self.dns["firm.example. MX"] = [f"10 {mx}."]
            with patch(f"{_TRANSPORT}.discovery.greet", return_value="TLS"):
                inbox = self.find()
            self.assertEqual((inbox.setup_advice, inbox.auth_method), (advice, method), mx)
            inbox.unlink()

    def test_nothing_is_found(self):
        inbox = self.find()
        self.assertFalse(inbox.setup_server_ids)
        self.assertTrue(inbox.setup_question_ids)
        self.assertFalse(inbox.host)


@tagged("post_install", "-at_install")
class TestSetupArrival(SetupCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.company.alias_domain_id or cls.env["mail.alias.domain"].create(
            {"name": "alias.desk.example"}
        )
        cls.company.alias_domain_id = cls.domain

    def send(self, inbox):
        """Press the button: the mail that leaves, as bytes."""
        with patch.object(type(self.env["ir.mail_server"]), "send_email") as sent:
            inbox.action_setup_send_test()
        return sent.call_args.args[0].as_bytes()

    def test_forwarded(self):
        """The address to forward to, and a check that a test mail really arrives."""
        inbox = self.start(kind="forwarded")
        self.assertEqual(inbox.setup_step, "arrival")
        local, _at, domain = inbox.setup_forward_to.partition("@")
        self.assertEqual(domain, self.domain.name)
        self.assertTrue(local.startswith("info-"))
        inbox.action_setup_back()
        address = inbox.setup_forward_to
        inbox.action_setup_continue()
        self.assertEqual(inbox.setup_forward_to, address, "not a new one each time")
        source = self.send(inbox)
        self.assertTrue(inbox.setup_test_sent_at)
        self.assertFalse(inbox.setup_test_arrived_at)
        action = inbox.action_setup_check_arrival()
        self.assertEqual(action["params"]["type"], "warning")
        tickets = self.env["helpdesk.ticket"].search_count([])
        self.env["mail.thread"].message_process(
            "helpdesk.ticket", b"Delivered-To: x@alias\r\n" + source
        )
        self.assertTrue(inbox.setup_test_arrived_at)
        self.assertIs(inbox.action_setup_check_arrival(), True)
        self.assertEqual(
            self.env["helpdesk.ticket"].search_count([]), tickets, "it opens no ticket"
        )
        self.assertIn("test mail has arrived", inbox.message_ids[0].body)

    def test_mail_forwarded_to_that_address_is_taken_in(self):
        inbox = self.start(kind="forwarded")
        inbox.action_setup_activate()
        ticket_id = self.env["mail.thread"].message_process(
            False, write_mail(to=inbox.setup_forward_to)
        )
        self.assertEqual(self.env["helpdesk.ticket"].browse(ticket_id).inbox_id.id, inbox.id)

    def test_only_our_own_test_mail_counts(self):
        inbox = self.start(kind="forwarded")
        source = self.send(inbox)
        token = helpdesk_inbox_setup_arrival.token_of(source)
        self.assertEqual(len(token), 32)
        read = helpdesk_inbox_setup_arrival.token_of
        self.assertFalse(read(write_mail(answers=f"<hmt-{token}@x.example>")), "an auto-reply")
        self.assertFalse(read(write_mail(text=f"Subject: hmt-{token}")))
        self.assertFalse(read(write_bounce(f"<hmt-{token}@x.example>", EMAIL)))
        for wrong in ("0" * 32, token[:-1] + "x"):
            self.env["mail.thread"].message_process(
                False, write_mail(message_id=f"<hmt-{wrong}@x.example>")
            )
        self.assertFalse(inbox.setup_test_arrived_at)
        # what forwarding leaves: one of the three is enough
        self.env["mail.thread"].message_process(
            False, write_mail(subject=f"FW: Test [hmt-{token}]", to="x@alias.example")
        )
        self.assertTrue(inbox.setup_test_arrived_at)

    def test_hosted(self):
        inbox = self.start(kind="hosted", local_part="Firm-Help", email=False)
        self.assertEqual(inbox.email, f"firm-help@{self.domain.name}")
        self.assertEqual(inbox.setup_step, "arrival")
        self.assertFalse(inbox.setup_forward_to)
        inbox.action_setup_next()
        self.assertEqual(inbox.setup_step, "agents")
        inbox.action_setup_next()
        inbox.action_setup_activate()
        self.assertEqual(inbox.state, "active")

    def test_hosted_needs_a_domain_and_a_free_address(self):
        wizard = self.wizard(kind="hosted", local_part=" ")
        wizard.action_next()
        with self.assertRaisesRegex(UserError, "Choose an alias domain"):
            wizard.action_next()
        wizard.local_part = self.domain.catchall_alias
        with self.assertRaisesRegex(UserError, "is taken"), self.env.cr.savepoint():
            wizard.action_next()

    def test_the_test_mail_cannot_be_sent(self):
        inbox = self.start(kind="forwarded")
        Server = type(self.env["ir.mail_server"])
        with (
            patch.object(Server, "send_email", side_effect=ConnectionRefusedError("no")),
            self.assertRaises(UserError),
        ):
            inbox.action_setup_send_test()
        self.assertFalse(inbox.setup_test_sent_at)


@tagged("post_install", "-at_install")
class TestSetupPush(SetupCase, HttpCase):
    def test_the_test_mail_comes_by_push(self):
        """A draft takes its test mail, and no other."""
        inbox = self.start(kind="forwarded")
        token = inbox.action_new_push_token()["context"]["default_token"]
        with patch.object(type(self.env["ir.mail_server"]), "send_email") as sent:
            inbox.action_setup_send_test()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "message/rfc822"}

        def push(source):
            url = f"/helpdesk_mail/push/{inbox.id}"
            return self.url_open(url, data=source, headers=headers)

        self.env.flush_all()
        self.assertEqual(push(write_mail()).status_code, 409)
        answer = push(sent.call_args.args[0].as_bytes())
        self.assertEqual((answer.status_code, answer.json()["outcome"]), (200, "test"))
        inbox.invalidate_recordset()
        self.assertTrue(inbox.setup_test_arrived_at)
        self.assertEqual(push(write_mail()).status_code, 409)


@tagged("post_install", "-at_install")
class TestSetupTour(SetupCase, TourCase):
    def test_through_all_steps(self):
        self.with_store(
            write_mail(message_id="<one@kunde.example>", subject="The router is dead"),
            write_mail(subject="Re: The router is dead", answers="<one@kunde.example>"),
        )
        self.dns["firm.example. MX"] = ["10 mx1.mail.ovh.net."]
        self.addCleanup(self.dns.clear)
        with patch(f"{_TRANSPORT}.discovery.greet", return_value="TLSv1.3"):
            self.start_tour("/odoo/helpdesk-inboxes", "helpdesk_mail_setup", login=self.admin.login)
        inbox = self.env["helpdesk.inbox"].search([("email", "=", EMAIL)])
        self.assertEqual((inbox.state, inbox.setup_step), ("active", False))
        self.assertEqual((inbox.host, inbox.folder), ("ssl0.ovh.net", "Desk"))
