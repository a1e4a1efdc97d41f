# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*Guided set-up* from its first to its last step with real servers: a mailbox by IMAP or POP3, and
an address that is forwarded to us, whose test mail goes out by SMTP and comes back.
"""

import email.message
import email.policy
import imaplib
import logging
import smtplib
import time

import pytest
from road_mails import conversation
from road_secure import WorldWith
from road_world import PASSWORD, Inbox

from dev.dovecot import Dovecot
from dev.smtp_store import SmtpStore


@pytest.fixture(scope="module")
def secure(world, tmp_path_factory):
    """The world with a server that speaks TLS."""
    server = Dovecot(tmp_path_factory.mktemp("tls"))
    server.start()
    try:
        yield WorldWith(world, server)
    finally:
        server.remove()


class Guide:
    """A mail administrator who goes through the set-up."""

    def __init__(self, world, **values):
        self.world = world
        (wizard,) = self.call("helpdesk.inbox.setup", "create", [values])
        self.call("helpdesk.inbox.setup", "action_next", [wizard])
        self.inbox = self.call("helpdesk.inbox.setup", "action_next", [wizard])["res_id"]

    def call(self, model, method, *args):
        return self.world.odoo.value("call", model=model, method=method, args=list(args))

    def press(self, button):
        """Press a button of the inbox's set-up; the words of the error, if there is one."""
        answer = self.world.odoo.run(
            "call", model="helpdesk.inbox", method=button, args=[[self.inbox]]
        )
        return answer.error["words"] if answer.error else None

    def write(self, **values):
        self.call("helpdesk.inbox", "write", [self.inbox], values)

    def row(self):
        return self.world.rows("SELECT * FROM helpdesk_inbox WHERE id = %s", self.inbox)[0]


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_mailbox(secure, protocol):
    """Wrong password, then the right one; folder from the server's list; rehearsal; active."""
    user = f"guided.{protocol}@firm.example"
    secure.dovecot.add_user(user, PASSWORD)
    mailbox = Inbox(secure, user, protocol, "INBOX")
    if protocol == "imap":
        mailbox.folder = "Desk"
        secure.dovecot.maildir(user, "Desk")
    for one in conversation(4):
        mailbox.deliver(one)
    guide = Guide(secure, kind="mailbox", email=user, name=f"Guided {protocol}")
    mailbox.id = guide.inbox
    assert (guide.row()["state"], guide.row()["setup_step"]) == ("draft", "server")
    guide.write(
        protocol=protocol,
        host="localhost",
        encryption="ssl",
        port=getattr(secure.dovecot, f"{protocol}s_port"),
        username=user,
        ca_certificate=secure.dovecot.ca_file.read_text(),
    )
    assert guide.press("action_setup_next") is None
    assert guide.row()["setup_step"] == "login"
    guide.write(password="wrong")
    assert "refused the user name or the password" in guide.press("action_setup_next")
    guide.write(password=PASSWORD)
    assert guide.press("action_setup_next") is None
    if protocol == "imap":
        assert guide.row()["setup_step"] == "folder"
        rows = secure.rows(
            "SELECT id, name FROM helpdesk_inbox_setup_folder WHERE inbox_id = %s", guide.inbox
        )
        (desk,) = [row["id"] for row in rows if row["name"] == "Desk"]
        guide.call("helpdesk.inbox.setup.folder", "action_use", [desk])
        assert guide.row()["folder"] == "Desk"
        assert guide.press("action_setup_next") is None
    assert guide.row()["setup_step"] == "reading"
    guide.write(sync_start="2020-01-01", mark_seen=protocol == "imap")
    for step in ("agents", "rehearsal"):
        assert guide.press("action_setup_next") is None
        assert guide.row()["setup_step"] == step
    assert guide.press("action_setup_back") is None
    assert guide.row()["setup_step"] == "agents"
    assert guide.press("action_setup_next") is None
    assert guide.press("action_setup_rehearse") is None
    rows = secure.rows(
        "SELECT outcome, explanation FROM helpdesk_inbox_setup_mail WHERE inbox_id = %s",
        guide.inbox,
    )
    assert len(rows) == 4 and all(row["explanation"] for row in rows)
    assert mailbox.journal() == [] and not any(mailbox.on_server().values())
    assert guide.press("action_setup_next") is None
    assert guide.press("action_setup_activate") is None
    assert (guide.row()["state"], guide.row()["setup_step"]) == ("active", None)
    mailbox.settle()
    mailbox.check_exactly_once()


DESK = "support@firm.example"
GATEWAY = "gateway@alias.firm.example"


@pytest.fixture
def post(world, tmp_path):
    """The company's own mail server: it holds the desk's address, and our alias domain's mailbox.

    What it sends out for us goes through it as well.
    """
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    for user in (DESK, GATEWAY):
        world.dovecot.add_user(user, PASSWORD)
    deliver = {DESK: world.dovecot.maildir(DESK)}
    with SmtpStore(tmp_path / "smtp", deliver=deliver) as store:
        yield store


def _forward(world, post, address):
    """What the company's server does with a mail for the desk: it sends it on to *address*."""
    client = imaplib.IMAP4("127.0.0.1", world.dovecot.imap_port)
    client.login(DESK, PASSWORD)
    deadline = time.monotonic() + 120
    while not int(client.select("INBOX")[1][0]):
        assert time.monotonic() < deadline, "the test mail was not delivered"
        time.sleep(0.05)
    source = client.fetch("1", "(BODY.PEEK[])")[1][0][1]
    client.store("1", "+FLAGS", r"(\Deleted)")
    client.expunge()
    client.logout()
    post.deliver[address] = world.dovecot.maildir(GATEWAY)
    with smtplib.SMTP("127.0.0.1", post.port) as sender:
        sender.sendmail(f"forwarder+{DESK.replace('@', '=')}@firm.example", [address], source)
    return source


def _gateway(call, world, post):
    """Our alias domain, the system's outgoing server, and Odoo's gateway, which reads a mailbox:
    the ids of the two servers.
    """
    found = call("mail.alias.domain", "search", [["name", "=", "alias.firm.example"]])
    domain = found or call("mail.alias.domain", "create", [{"name": "alias.firm.example"}])
    company = world.rows("SELECT min(id) AS id FROM res_company")[0]["id"]
    call("res.company", "write", [company], {"alias_domain_id": domain[0]})
    (server,) = call(
        "ir.mail_server",
        "create",
        [
            {
                "name": "The company's",
                "smtp_host": "127.0.0.1",
                "smtp_port": post.port,
                "smtp_encryption": "none",
                "sequence": 1,
            }
        ],
    )
    (gateway,) = call(
        "fetchmail.server",
        "create",
        [
            {
                "name": "The gateway",
                "server_type": "imap",
                "server": "127.0.0.1",
                "port": world.dovecot.imap_port,
                "is_ssl": False,
                "user": GATEWAY,
                "password": PASSWORD,
                "state": "done",
            }
        ],
    )
    return server, gateway


def _customer_writes(post, to, subject):
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"], mail["To"], mail["Subject"] = "anna@kunde.example", to, subject
    mail["Message-ID"] = f"<{subject.replace(' ', '.')}@kunde.example>"
    mail.set_content("Please help.")
    with smtplib.SMTP("127.0.0.1", post.port) as client:
        client.send_message(mail)


def test_a_hosted_address(world, post):
    """An address under our own alias domain: nothing to set up at the customer's side."""

    def call(model, method, *args):
        return world.odoo.value("call", model=model, method=method, args=list(args))

    server, gateway = _gateway(call, world, post)
    try:
        guide = Guide(world, kind="hosted", local_part="Hosted-Help", name="Hosted")
        address = "hosted-help@alias.firm.example"
        assert guide.row()["email_normalized"] == address
        for step in ("agents", "activate"):
            assert guide.press("action_setup_next") is None
            assert guide.row()["setup_step"] == step
        assert guide.press("action_setup_activate") is None
        post.deliver[address] = world.dovecot.maildir(GATEWAY)
        _customer_writes(post, address, "Hosted question")
        call("fetchmail.server", "fetch_mail", [gateway])
        rows = world.rows("SELECT name FROM helpdesk_ticket WHERE inbox_id = %s", guide.inbox)
        assert [row["name"] for row in rows] == ["Hosted question"]
        post.clear()
        world.odoo.value("send")
        sent = [one for one in post.messages() if one.envelope_to == ("anna@kunde.example",)]
        # other tests write to her as well
        own = [one for one in sent if f"<{address}>".encode() in one.source]
        assert own, "answers leave from the address"
    finally:
        call("fetchmail.server", "unlink", [gateway])
        call("ir.mail_server", "unlink", [server])


def test_a_forwarded_address(world, post):
    """The address to forward to, and a test mail that really goes out and really arrives: by SMTP
    to the company's server, forwarded by it, fetched by Odoo's mail gateway from a mailbox.
    """

    def call(model, method, *args):
        return world.odoo.value("call", model=model, method=method, args=list(args))

    server, gateway = _gateway(call, world, post)
    try:
        guide = Guide(world, kind="forwarded", email=DESK, name="Forwarded")
        assert guide.row()["setup_step"] == "arrival"
        (read,) = call("helpdesk.inbox", "read", [guide.inbox], ["setup_forward_to"])
        address = read["setup_forward_to"]
        assert address.endswith("@alias.firm.example")

        assert guide.press("action_setup_send_test") is None
        assert guide.row()["setup_test_sent_at"]
        (sent,) = post.wait_for(1)
        assert sent.envelope_to == (DESK,)
        assert guide.row()["setup_test_arrived_at"] is None, "it has not come back yet"
        answer = call("helpdesk.inbox", "action_setup_check_arrival", [guide.inbox])
        assert answer["params"]["title"] == "Not here yet"

        _forward(world, post, address)
        call("fetchmail.server", "fetch_mail", [gateway])
        assert guide.row()["setup_test_arrived_at"], "it has arrived"
        assert call("helpdesk.inbox", "action_setup_check_arrival", [guide.inbox]) is True
        assert world.rows("SELECT id FROM helpdesk_ticket WHERE inbox_id = %s", guide.inbox) == []
        for step in ("agents", "activate"):
            assert guide.press("action_setup_next") is None
            assert guide.row()["setup_step"] == step
        assert guide.press("action_setup_activate") is None

        # and a customer's mail takes the same way
        post.clear()
        _customer_writes(post, DESK, "It burns")
        _forward(world, post, address)
        call("fetchmail.server", "fetch_mail", [gateway])
        rows = world.rows("SELECT name FROM helpdesk_ticket WHERE inbox_id = %s", guide.inbox)
        assert [row["name"] for row in rows] == ["It burns"]
    finally:
        call("fetchmail.server", "unlink", [gateway])
        call("ir.mail_server", "unlink", [server])
