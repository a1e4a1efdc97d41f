# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Users with personal mailboxes: what they do through the web client, and on their mail server."""

import contextlib
import imaplib
import itertools

from road_world import PASSWORD, World

_NUMBERS = itertools.count(1)
SENT = "Sent"
MODEL = "helpdesk.mailbox"
MESSAGE = "helpdesk.mailbox.message"


def mail(
    message_id,
    *,
    sender="carla@customer.example",
    to="anna@firm.example",
    cc="",
    subject="Hello",
    body="Good morning.",
    answers="",
    references="",
    extra=(),
):
    """The octets of one mail."""
    lines = [
        f"Message-ID: <{message_id}>",
        f"From: {sender}",
        f"To: {to}",
        *([f"Cc: {cc}"] if cc else []),
        f"Subject: {subject}",
        "Date: Mon, 16 Nov 2026 10:00:00 +0000",
        "MIME-Version: 1.0",
        *([f"In-Reply-To: <{answers}>"] if answers else []),
        *([f"References: {references or f'<{answers}>'}"] if answers or references else []),
        *extra,
    ]
    if not any(line.lower().startswith("content-type") for line in extra):
        lines.append("Content-Type: text/plain; charset=utf-8")
    return "\r\n".join([*lines, "", *body.split("\n"), ""]).encode()


class MailboxWorld(World):
    """Server, database and Odoo, with users."""

    def call(self, model, method, args, kwargs=None, **options):
        """What a public method gives a user, superuser if none is named."""
        return self.odoo.value(
            "call", model=model, method=method, args=args, kwargs=kwargs or {}, **options
        )

    def account(self, protocol="imap", **values):
        """A new user of the mail server, and the values of their mailbox here."""
        email = f"user{next(_NUMBERS)}@firm.example"
        self.dovecot.add_user(email, PASSWORD)
        for folder in (values.get("folder", "INBOX"), SENT):
            self.dovecot.maildir(email, folder)
        return {
            "email": email,
            "protocol": protocol,
            "host": "127.0.0.1",
            "port": getattr(self.dovecot, f"{protocol}_port"),
            "encryption": "none",
            "username": email,
            "password": PASSWORD,
            "sync_start": "2020-01-01",
            "sent_folder": SENT,
            "timeout_ms": 20000,
            **values,
        }

    def mailbox(self, protocol="imap", active=True, **values):
        """A new user without any special right, who has set up their personal mailbox."""
        values = self.account(protocol, **values)
        email = values["email"]
        user = {"name": email, "login": email, "email": email}
        mailbox = Mailbox(self, self.call("res.users", "create", [user]), email, protocol)
        mailbox.id = self.call(MODEL, "create", [values], user=mailbox.uid)
        if active:
            mailbox.call("action_activate")
        return mailbox

    def mailboxes(self, count, protocol="imap", **values):
        """Many at once, since each creation makes Odoo forget its caches."""
        values_list = [self.account(protocol, **values) for _number in range(count)]
        made = self.odoo.value("make_mailboxes", values_list=values_list)
        found = []
        for uid, mailbox_id, values in zip(*made, values_list, strict=True):
            found.append(Mailbox(self, uid, values["email"], protocol))
            found[-1].id = mailbox_id
        return found


class Mailbox:
    """A personal mailbox with its owner."""

    def __init__(self, world, uid, email, protocol):
        self.world, self.uid, self.email, self.protocol = world, uid, email, protocol
        self.id = None

    # -- the server

    def deliver(self, source, folder="INBOX"):
        """A mail is put into a folder."""
        return self.world.dovecot.deliver(self.email, source, folder)

    @contextlib.contextmanager
    def imap(self, folder="INBOX"):
        """Another mail program of the owner."""
        client = imaplib.IMAP4("127.0.0.1", self.world.dovecot.imap_port)
        client.login(self.email, PASSWORD)
        client.select(folder)
        try:
            yield client
        finally:
            client.logout()

    def mark(self, message_id, flag, on=True, folder="INBOX"):
        """Set or remove a mark from the phone."""
        with self.imap(folder) as client:
            _status, [found] = client.uid("SEARCH", "HEADER", "Message-ID", message_id)
            assert found, f"{message_id} is not in {folder}"
            client.uid("STORE", found.decode(), "+FLAGS" if on else "-FLAGS", f"({flag})")

    def marks(self, message_id, folder="INBOX"):
        """The marks that the server shows."""
        with self.imap(folder) as client:
            _status, [found] = client.uid("SEARCH", "HEADER", "Message-ID", message_id)
            _status, [answer] = client.uid("FETCH", found.decode(), "(FLAGS)")
        return set(imaplib.ParseFlags(answer)) - {rb"\Recent"}

    def on_server(self, folder="INBOX"):
        """The Message-IDs that a folder holds."""
        found = set()
        for _name, header in self.world.dovecot.stored(self.email, folder):
            found.add(header.partition(b"Message-ID: <")[2].partition(b">")[0].decode())
        return found

    def recreate(self, sources, folder):
        """Delete a folder and make it anew: its UIDVALIDITY changes."""
        with self.imap() as client:
            before = client.status(folder, "(UIDVALIDITY)")
            assert client.delete(folder)[0] == "OK"
            assert client.create(folder)[0] == "OK"
            for source in sources:
                client.append(folder, None, None, source)
            assert client.status(folder, "(UIDVALIDITY)") != before

    # -- Odoo

    def call(self, method, *args, **options):
        """What a public method of the mailbox gives its owner."""
        return self.world.call(MODEL, method, [[self.id], *args], user=self.uid, **options)

    def start(self, **options):
        """A process that fetches."""
        return self.world.odoo.start(
            "fetch",
            inbox=self.id,
            model=MODEL,
            user=self.uid,
            protocol=self.protocol,
            **options,
        )

    def fetch(self, **options):
        """*Fetch now*: the counts by outcome; nothing may have failed."""
        answer = self.start(**options).finish()
        assert answer.lived and answer.error is None, answer.error
        assert not self.row()["last_error"], self.row()["last_error"]
        return answer.value

    def cron(self):
        """What a cron worker does with the mailbox's scheduled action."""
        answer = self.world.odoo.run("cron", inbox=self.id, model=MODEL, protocol=self.protocol)
        assert answer.error is None, answer.error
        return answer

    def write(self, **values):
        """Change the settings as the owner."""
        return self.call("write", values)

    def row(self):
        return self.world.rows("SELECT * FROM helpdesk_mailbox WHERE id = %s", self.id)[0]

    def read(self, *names):
        """Fields of the mailbox as its owner reads them."""
        return self.call("read", list(names))[0]

    def folder(self, name="INBOX"):
        [row] = self.world.rows(
            "SELECT * FROM helpdesk_mail_folder WHERE mailbox_id = %s AND name = %s", self.id, name
        )
        return row

    def messages(self):
        """The messages that are here, in the order in which they came."""
        return self.world.rows(
            "SELECT * FROM helpdesk_mailbox_message WHERE mailbox_id = %s ORDER BY id", self.id
        )

    def ids(self):
        """The Message-IDs of what is here, sorted."""
        return sorted(message["message_id"] for message in self.messages())

    def message(self, message_id):
        """The one message with this Message-ID."""
        [found] = [m for m in self.messages() if m["message_id"] == message_id]
        return found

    def press(self, method, *message_ids):
        """Press a button on messages."""
        ids = [self.message(message_id)["id"] for message_id in message_ids]
        return self.world.call(MESSAGE, method, [ids], user=self.uid)

    def journal(self):
        """The rows of the journal."""
        return self.world.rows(
            "SELECT * FROM helpdesk_incoming_mail WHERE mailbox_id = %s ORDER BY id", self.id
        )

    def outcomes(self):
        """Reason -> how many messages ended so."""
        found = {}
        for row in self.journal():
            found[row["reason"]] = found.get(row["reason"], 0) + 1
        return found
