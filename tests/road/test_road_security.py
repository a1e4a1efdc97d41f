# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Security of connections, as an inbox has it: certificates, STARTTLS, private networks."""

import email.message
import logging
import time

import pytest
from road_gate import Gate
from road_mails import conversation
from road_secure import WorldWith, load
from road_world import PASSWORD, Inbox

from dev.dovecot import Dovecot

PROTOCOLS = pytest.mark.parametrize("protocol", ["imap", "pop3"])
ENCRYPTIONS = pytest.mark.parametrize("encryption", ["ssl", "starttls"])
CUSTOMER = "anna@kunde.example"
smtp_server = load("helpdesk_mail/tests/smtp_server.py")


@pytest.fixture(scope="module")
def secure(world, tmp_path_factory):
    """The world with a server whose certificate an authority of our own has signed."""
    server = Dovecot(tmp_path_factory.mktemp("tls"))
    server.start()
    try:
        yield WorldWith(world, server)
    finally:
        server.remove()


@pytest.fixture
def gate():
    """Makes gates."""
    gates = []

    def make(port):
        gates.append(Gate(port))
        return gates[-1]

    yield make
    for one in gates:
        one.end()


def _call(world, inbox, method, options=None, model="helpdesk.inbox", **more):
    """The Answer of a button."""
    arguments = {"model": model, "method": method, "args": [[getattr(inbox, "id", inbox)]], **more}
    if options:
        return world.odoo.run("with_options", options=options, what="call", **arguments)
    return world.odoo.run("call", **arguments)


def _inbox(world, protocol, encryption, **values):
    """A draft of an inbox with mail in it."""
    port = getattr(world.dovecot, protocol + ("s_port" if encryption == "ssl" else "_port"))
    user, values = world._values(
        protocol,
        values.pop("port", port),
        {"host": "localhost", "encryption": encryption, "kind": "mailbox", **values},
    )
    world.dovecot.add_user(user, PASSWORD)
    inbox = Inbox(world, user, protocol, "INBOX")
    inbox.id = world.odoo.value("call", model="helpdesk.inbox", method="create", args=[[values]])[0]
    for mail in conversation(3):
        inbox.deliver(mail)
    return inbox


# -- certificates


@PROTOCOLS
@ENCRYPTIONS
def test_verified_by_default(secure, protocol, encryption):
    """A certificate that nobody vouches for is refused, in words that say what may be done."""
    inbox = _inbox(secure, protocol, encryption)
    answer = _call(secure, inbox, "action_activate")
    assert "certificate" in answer.error["words"] and "localhost" in answer.error["words"]
    assert inbox.account()["state"] == "draft"


@PROTOCOLS
@ENCRYPTIONS
def test_own_certificate_authority(secure, protocol, encryption):
    """With the authority's certificate the same server is trusted; with another one it is not."""
    inbox = _inbox(secure, protocol, encryption, ca_certificate=secure.dovecot.ca_file.read_text())
    assert _call(secure, inbox, "action_activate").error is None
    inbox.settle()
    inbox.check_exactly_once()
    with smtp_server.SmtpServer("ssl") as other:
        inbox.write(ca_certificate=other.ca_file.read_text())
    assert inbox.fetch() == {}
    assert "certificate" in inbox.account()["last_error"]


@PROTOCOLS
@ENCRYPTIONS
def test_do_not_validate_certificate(secure, protocol, encryption):
    """Switched off for one account, it connects; and its screens say what that means."""
    inbox = _inbox(secure, protocol, encryption, verify_certificate=False)
    assert _call(secure, inbox, "action_activate").error is None
    inbox.settle()
    inbox.check_exactly_once()


# -- STARTTLS


@PROTOCOLS
def test_starttls_that_is_stripped_on_the_way(secure, gate, protocol):
    """An attacker takes the offer out of the server's words: no password goes over the line."""
    line = gate(getattr(secure.dovecot, f"{protocol}_port"))
    inbox = _inbox(
        secure,
        protocol,
        "starttls",
        port=line.port,
        ca_certificate=secure.dovecot.ca_file.read_text(),
    )
    assert _call(secure, inbox, "action_activate").error is None
    inbox.settle()
    line.strip = rb" ?STARTTLS|STLS\r\n"
    line.heard = b""
    for mail in conversation(3):
        inbox.deliver(mail)
    inbox.run("cron")
    row = inbox.account()
    assert row["state"] == "failed" and "STARTTLS" in row["last_error"], row["last_error"]
    assert b"secret" not in line.heard and b"LOGIN" not in line.heard.upper()
    assert b"USER" not in line.heard.upper() and b"PASS" not in line.heard.upper()
    inbox.check_consistent()


@PROTOCOLS
def test_time_out_of_tls(secure, gate, protocol):
    """The stage of connecting and TLS has a time-out of its own, with STARTTLS as well."""
    for encryption, hold in (("ssl", rb"(?s)."), ("starttls", rb"(?s)^\x16")):
        port = getattr(secure.dovecot, protocol + ("s_port" if encryption == "ssl" else "_port"))
        line = gate(port)
        inbox = _inbox(
            secure,
            protocol,
            encryption,
            port=line.port,
            ca_certificate=secure.dovecot.ca_file.read_text(),
            connect_timeout_ms=300,
            timeout_ms=60000,
        )
        line.hold = hold
        began = time.monotonic()
        answer = _call(secure, inbox, "action_test_connection")
        assert time.monotonic() - began < 30, "not a minute"
        assert "did not answer in time" in answer.error["words"], answer.error


# -- private networks

NOWHERE = {"helpdesk_mail_private_networks": "192.0.2.0/24"}


@PROTOCOLS
def test_a_mail_server_within_our_network(world, gate, protocol):
    """Refused before a connection is made, unless whoever runs the machine allows it."""
    line = gate(getattr(world.dovecot, f"{protocol}_port"))
    inbox = world.inbox(protocol, conversation(3), port=line.port)
    before = line.visits
    for host in ("127.0.0.1", "localhost"):
        world.rows("UPDATE helpdesk_inbox SET host = %s WHERE id = %s", host, inbox.id)
        answer = _call(world, inbox, "action_test_connection", NOWHERE)
        assert "within a private network" in answer.error["words"]
    answer = world.odoo.run("with_options", options=NOWHERE, what="cron", inbox=inbox.id)
    assert answer.error is None
    assert "helpdesk_mail_private_networks" in inbox.account()["last_error"]
    assert line.visits == before
    allowed = {"helpdesk_mail_private_networks": "192.0.2.0/24, 127.0.0.1"}
    world.rows("UPDATE helpdesk_inbox SET host = '127.0.0.1' WHERE id = %s", inbox.id)
    assert _call(world, inbox, "action_test_connection", allowed).error is None
    assert line.visits > before


class _Desk:
    """An inbox with an SMTP server of its own, and a mail in its queue."""

    def __init__(self, world, server, port=None, **values):
        self.world = world
        # what other tests have left in the queue would be sent as well, at their servers' pace
        world.rows("UPDATE mail_mail SET state = 'cancel' WHERE state = 'outgoing'")
        self.inbox = world.inbox("imap")
        self.inbox.write(
            outgoing="own",
            smtp_host="localhost",
            smtp_port=port or server.port,
            smtp_encryption=server.encryption,
            smtp_login="password" if server.users else "none",
            smtp_username="desk" if server.users else False,
            smtp_password="smtp-pa55" if server.users else False,
            **values,
        )

    def queue(self):
        (server,) = self.world.rows(
            "SELECT own_server_id FROM helpdesk_inbox WHERE id = %s", self.inbox.id
        )
        values = {
            "email_from": self.inbox.user,
            "email_to": CUSTOMER,
            "subject": "Hello",
            "body_html": "<p>Hello</p>",
            "mail_server_id": server["own_server_id"],
        }
        (found,) = self.world.odoo.value(
            "call", model="mail.mail", method="create", args=[[values]]
        )
        return found

    def send(self, options=None):
        """(state, why) of a mail that is sent now."""
        mail = self.queue()
        arguments = {"options": options, "what": "send"} if options else {}
        self.world.odoo.value("with_options" if options else "send", **arguments)
        rows = self.world.rows("SELECT state, failure_reason FROM mail_mail WHERE id = %s", mail)
        self.world.rows("UPDATE mail_mail SET state = 'cancel' WHERE id = %s", mail)
        return (rows[0]["state"], rows[0]["failure_reason"] or "") if rows else ("sent", "")

    def test(self, options=None):
        """The lines of *Test and send a test mail*."""
        (dialog,) = self.world.odoo.value(
            "call",
            model="helpdesk.inbox.test.mail",
            method="create",
            args=[[{"inbox_id": self.inbox.id, "email_to": CUSTOMER}]],
        )
        answer = _call(self.world, dialog, "action_send", options, model="helpdesk.inbox.test.mail")
        assert answer.error is None, answer.error
        return self.world.rows(
            "SELECT step, state, text FROM helpdesk_inbox_test_mail_line"
            " WHERE test_id = %s ORDER BY id",
            dialog,
        )


@pytest.fixture
def post(request):
    """Makes SMTP servers."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    servers = []

    def make(encryption="none", users=None, **options):
        server = smtp_server.SmtpServer(encryption, users, **options)
        servers.append(server.__enter__())
        return server

    yield make
    for server in servers:
        server.__exit__()


def test_an_smtp_server_within_our_network(world, post):
    """The same for sending: no connection, plain words, allowed by the configuration."""
    server = post()
    desk = _Desk(world, server)
    state, why = desk.send(NOWHERE)
    assert state != "sent" and "within a private network" in why
    failed = [line for line in desk.test(NOWHERE) if line["state"] == "failed"]
    assert "helpdesk_mail_private_networks" in failed[0]["text"]
    assert (server.connections, server.mails) == (0, [])
    assert desk.send({"helpdesk_mail_private_networks": "127.0.0.0/8 ::1"}) == ("sent", "")
    assert [mail[1] for mail in server.mails] == [(CUSTOMER,)]


def test_a_token_endpoint_within_our_network(world, post):
    """The same for signing in: the provider is not asked."""
    endpoint = load("helpdesk_mail/tests/unit/token_endpoint.py")
    with endpoint.TokenEndpoint() as provider:
        inbox = world.inbox("imap")
        values = {
            "auth_method": "oauth2",
            "oauth_provider": "generic",
            "oauth_client_id": endpoint.CLIENT_ID,
            "oauth_client_secret": endpoint.CLIENT_SECRET,
            "oauth_token_url": provider.token_url,
            "oauth_authorize_url": provider.authorize_url,
            "oauth_refresh_token": provider.new_refresh_token(inbox.user),
        }
        loopback = {"helpdesk_mail_oauth_loopback_http": True}
        world.odoo.value(
            "with_options",
            options=loopback,
            what="write",
            model="helpdesk.inbox",
            ids=[inbox.id],
            values=values,
        )
        answer = _call(world, inbox, "action_test_connection", {**NOWHERE, **loopback})
        assert "within a private network" in answer.error["words"]
        assert provider.requests == []


# -- the same care for outgoing mail


@ENCRYPTIONS
def test_smtp_with_the_accounts_own_authority(world, post, encryption):
    """The account's authority counts for its SMTP server too; without it, nothing is told."""
    server = post(encryption, {"desk": "smtp-pa55"})
    desk = _Desk(world, server)
    state, why = desk.send()
    assert state != "sent" and "certificate" in why
    assert (server.logins, server.mails) == ([], [])
    desk.inbox.write(ca_certificate=server.ca_file.read_text(), smtp_password="smtp-pa55")
    assert desk.send() == ("sent", "")
    assert server.logins == ["desk"]
    assert {line["state"] for line in desk.test() if line["step"] != "note"} == {"ok"}


def test_smtp_starttls_that_is_stripped_on_the_way(world, post, gate):
    """No fallback: neither password nor mail goes over a line in clear text."""
    server = post("starttls", {"desk": "smtp-pa55"})
    line = gate(server.port)
    desk = _Desk(world, server, line.port, ca_certificate=server.ca_file.read_text())
    assert desk.send() == ("sent", "")
    line.strip = rb"250[- ]STARTTLS\r\n"
    line.heard = b""
    state, why = desk.send()
    assert state != "sent" and "does not offer STARTTLS, so nothing was sent" in why
    assert b"AUTH" not in line.heard.upper() and b"MAIL" not in line.heard.upper()


@pytest.mark.parametrize("stage", ["greeting", "TLS", "answer"])
def test_smtp_time_outs(world, post, gate, stage):
    """In milliseconds, as for incoming mail; the mail waits for its next turn."""
    server = post("starttls")
    line = gate(server.port)
    desk = _Desk(
        world,
        server,
        line.port,
        ca_certificate=server.ca_file.read_text(),
        timeout_ms=60000 if stage == "TLS" else 400,
        connect_timeout_ms=400,
    )
    line.hold = {"greeting": rb"^220", "TLS": rb"(?s)^\x16", "answer": rb"250-"}[stage]
    began = time.monotonic()
    state, why = desk.send()
    assert time.monotonic() - began < 30, "not a minute, as Odoo itself"
    assert state == "outgoing" and "did not answer in time" in why, (state, why)


def test_an_own_server_that_was_found_by_its_from(world, post):
    """Whatever way Odoo chooses an account's server, it is connected to with the same care."""
    server = post("ssl")
    desk = _Desk(world, server)
    desk.inbox.write(ca_certificate=server.ca_file.read_text())
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = desk.inbox.user, CUSTOMER, "By its From"
    world.odoo.value("send_raw", source=message.as_string())
    assert len(server.mails) == 1
    answer = world.odoo.run(
        "with_options", options=NOWHERE, what="send_raw", source=message.as_string()
    )
    assert "within a private network" in answer.error["words"]
    assert len(server.mails) == 1
