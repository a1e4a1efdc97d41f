# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The world of a test: a mail server, a database, Odoo processes, and what a person would check."""

import base64
import collections
import contextlib
import dataclasses
import imaplib
import itertools
import json
import os
import socket
import subprocess
import threading
import time
from pathlib import Path

import psycopg2
import psycopg2.extras
from road_mails import conversation

from dev import odoo, paths, postgres, state

HERE = Path(__file__).resolve().parent
PASSWORD = "secret"
# seconds; nothing here takes that long unless it hangs, on the busiest machine
TIMEOUT = 600.0
_NUMBERS = itertools.count(1)


class Odoo:
    """The Odoo that children are forked from."""

    def __init__(self, database, socket_path, log):
        self._path = str(socket_path)
        self.database = database
        command = odoo.odoo_command(None)[3:]
        with open(log, "wb") as output:
            self._process = subprocess.Popen(
                [
                    str(paths.VENV_PYTHON),
                    str(HERE / "road_server.py"),
                    self._path,
                    database,
                    *command,
                    "--no-http",
                    "--max-cron-threads=0",
                    "--log-level=info",
                ],
                stdout=subprocess.PIPE,
                stderr=output,
                env={**odoo.odoo_environment(), "PYTHONPATH": str(HERE)},
            )
        if self._process.stdout.readline() != b"ready\n":
            self._process.wait()
            raise RuntimeError(f"Odoo does not start:\n{Path(log).read_text()[-4000:]}")

    def stop(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    def _ask(self, request):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT)
        connection.connect(self._path)
        stream = connection.makefile("rwb")
        stream.write(json.dumps(request).encode() + b"\n")
        stream.flush()
        connection.close()  # the stream keeps it
        return stream

    def warm(self, job, **arguments):
        """Run a job in the parent, so that children start with its caches."""
        with self._ask({"warm": {"job": job, "arguments": arguments}}) as stream:
            return Answer(json.loads(stream.readline()))

    def exit_code(self, pid):
        """How a child ended: its exit code, or minus the signal. It holds no lock any more."""
        with self._ask({"wait": pid}) as stream:
            code = json.loads(stream.readline())["status"]
        if code:
            self._wait_for_database(pid)
        return code

    def _wait_for_database(self, pid):
        """Until the database has noticed that a child is gone: before that, what it had locked is
        locked, and whoever comes next leaves it alone. Odoo names its connections by the process.
        """
        query = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND application_name = %s"
            " AND backend_type = 'client backend'"
        )
        dsn = postgres.main_cluster().dsn("postgres")
        deadline = time.monotonic() + TIMEOUT
        with contextlib.closing(psycopg2.connect(dsn)) as connection:
            connection.autocommit = True
            while True:
                with connection.cursor() as cursor:
                    cursor.execute(query, [self.database, f"odoo-{pid}"])
                    if not cursor.fetchall():
                        return
                assert time.monotonic() < deadline, "the database keeps who is gone"
                time.sleep(0.01)

    def start(
        self,
        job,
        *,
        faults=(),
        protocol="imap",
        batch=3,
        barrier=False,
        sabotage=(),
        more=None,
        **arguments,
    ):
        """A new process that begins with ``job``."""
        request = {
            "job": job,
            "arguments": arguments,
            "faults": list(faults),
            "protocol": protocol,
            "batch": batch,
            "barrier": barrier,
            "sabotage": list(sabotage),
            **(more or {}),
        }
        return Worker(self, self._ask(request))

    def run(self, job, **options):
        """The Answer of ``job`` in a process of its own, which must live to its end."""
        answer = self.start(job, **options).finish()
        assert answer.lived, f"the process ended without an answer: {answer.code}"
        return answer

    def value(self, job, **options):
        """The result of a job that must succeed."""
        answer = self.run(job, **options)
        assert answer.error is None, answer.error
        return answer.value


class Answer:
    """What a process said at its end; ``lived`` is False for one that was killed."""

    def __init__(self, message, code=0):
        assert not (message or {}).get("failure"), message["failure"]
        result = (message or {}).get("result") or {}
        self.lived = message is not None
        self.code = code
        self.value = result.get("value")
        self.error = result.get("error")
        self.log = [LogLine(*line) for line in result.get("log", ())]
        self.reached = result.get("reached", {})
        self.growth = result.get("growth", 0)  # KiB


@dataclasses.dataclass(frozen=True)
class LogLine:
    level: str
    name: str
    words: str
    trace: str


class Worker:
    """A running Odoo process."""

    def __init__(self, parent, stream):
        self._parent = parent
        self._stream = stream
        self.pid = self._receive()["pid"]

    def _receive(self):
        line = self._stream.readline()
        return json.loads(line) if line else None

    def wait_until_paused(self):
        """Wait until it stands at its point."""
        message = self._receive()
        assert message and "paused" in message, message
        return self

    def go(self):
        """Let it go on from its point."""
        self._stream.write(b"{}\n")
        self._stream.flush()

    def finish(self):
        """Wait for its end."""
        message = self._receive()
        self._stream.close()
        return Answer(message, self._parent.exit_code(self.pid))


class World:
    """Everything that a scenario needs; shared, since every scenario has an inbox of its own."""

    def __init__(self, odoo_parent, dovecot, cluster, more=None):
        self.odoo = odoo_parent
        self.more = more  # for every request to Odoo
        self.dovecot = dovecot
        self._pools = {}
        self._lock = threading.Lock()
        self._dsn = cluster.dsn(odoo_parent.database)
        self.connect()

    def connect(self):
        """Connect to the database (again, after its restart)."""
        self._connection = psycopg2.connect(self._dsn)
        self._connection.autocommit = True

    def close(self):
        self._connection.close()

    def rows(self, query, *values):
        """The rows of a query as dictionaries."""
        with self._connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
            cursor.execute(query, values)
            return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    def inbox(self, protocol="imap", mails=(), port=None, **values):
        """An active inbox with a mailbox of its own, into which ``mails`` were delivered."""
        if port or values or self.more:
            user, values = self._values(protocol, port, values)
            inbox = Inbox(self, user, protocol, values.get("folder", "INBOX"))
            self.dovecot.maildir(user, inbox.folder)
            inbox.id = self.odoo.value("make_inbox", values=values, more=self.more)
        else:
            with self._lock:
                inbox = self._from_pool(protocol)
        for mail in mails:
            inbox.deliver(mail)
        return inbox

    def _from_pool(self, protocol):
        """A plain inbox. Many are made at once, since each creation makes Odoo forget its "
        "caches."""
        pool = self._pools.setdefault(protocol, [])
        if not pool:
            made = [self._values(protocol, None, {}) for _number in range(40)]
            ids = self.odoo.value("make_inboxes", values_list=[values for _user, values in made])
            pool += [
                Inbox(self, user, protocol, "INBOX", inbox_id)
                for (user, _values), inbox_id in zip(made, ids, strict=True)
            ]
            for warming in ("imap", "pop3"):
                if self._pools.get(warming):
                    inbox = self._pools[warming].pop()
                    for mail in conversation(7):
                        inbox.deliver(mail)
                    assert self.odoo.warm("fetch", inbox=inbox.id).error is None
        return pool.pop()

    def _values(self, protocol, port, values):
        """A new user of the mail server and the values of an inbox that reads its mail."""
        number = next(_NUMBERS)
        user = f"road{number}@example.com"
        self.dovecot.add_user(user, PASSWORD)
        return user, {
            "name": f"Road {number}",
            "email": user,
            "protocol": protocol,
            "host": "127.0.0.1",
            "port": port or getattr(self.dovecot, f"{protocol}_port"),
            "encryption": "none",
            "username": user,
            "password": PASSWORD,
            "sync_start": "2020-01-01",
            "mark_seen": protocol == "imap",
            "timeout_ms": 20000,
            **values,
        }


class Inbox:
    """A shared address: its mailbox on the server, and what became of its mail in Odoo."""

    def __init__(self, world, user, protocol, folder, inbox_id=None):
        self.world = world
        self.user = user
        self.protocol = protocol
        self.folder = folder
        self.id = inbox_id
        self.delivered = {}

    # -- the server

    def deliver(self, mail):
        """A mail arrives."""
        self.delivered[mail.message_id] = mail
        return self.world.dovecot.deliver(self.user, mail.source, self.folder)

    def on_server(self):
        """Message-ID -> whether it is marked as read, of all that the mailbox holds."""
        found = {}
        for name, header in self.world.dovecot.stored(self.user, self.folder):
            flags = name.partition(":2,")[2]
            message_id = header.partition(b"Message-ID: <")[2].partition(b">")[0].decode()
            assert message_id not in found, "the server itself has this mail twice"
            found[message_id] = "S" in flags
        return found

    # -- Odoo

    def start(self, job="fetch", **options):
        """A process that works on this inbox."""
        return self.world.odoo.start(
            job, inbox=self.id, protocol=self.protocol, more=self.world.more, **options
        )

    def run(self, job="fetch", **options):
        """The Answer of a process that works on this inbox."""
        answer = self.start(job, **options).finish()
        assert answer.lived, f"the process ended without an answer: {answer.code}"
        return answer

    def fetch(self, **options):
        """One fetch: counts by outcome."""
        answer = self.run("fetch", **options)
        assert answer.error is None, answer.error
        return answer.value

    def settle(self, **options):
        """Fetch until nothing is left; the counts of the runs that found something."""
        runs = self.run("settle", **options).value
        assert runs and runs[-1] == {}, f"there is always more: {runs}"
        account = self.account()
        assert not account["last_error"], account["last_error"]
        return runs[:-1]

    def account(self):
        """The row of the inbox."""
        return self.world.rows("SELECT * FROM helpdesk_inbox WHERE id = %s", self.id)[0]

    def journal(self):
        """The rows of the mail log, oldest first."""
        return self.world.rows(
            "SELECT * FROM helpdesk_incoming_mail WHERE inbox_id = %s ORDER BY id", self.id
        )

    def row_of(self, mail):
        """The one row of the mail log for ``mail``."""
        (row,) = [row for row in self.journal() if row["message_id"] == mail.message_id]
        return row

    def raw_of(self, mail):
        """The original that Odoo keeps of ``mail``, bytes; empty where it keeps none."""
        text = self.world.odoo.value("raw", mail=self.row_of(mail)["id"], more=self.world.more)
        return base64.b64decode(text)

    def write(self, **values):
        """Change the settings as an administrator."""
        self.world.odoo.value(
            "write", model="helpdesk.inbox", ids=[self.id], values=values, more=self.world.more
        )

    def imap(self):
        """A signed-in IMAP connection of another mail program of this user."""
        client = imaplib.IMAP4("127.0.0.1", self.world.dovecot.imap_port)
        client.login(self.user, PASSWORD)
        return client

    def tickets(self):
        """The tickets of this inbox, oldest first."""
        return self.world.rows(
            "SELECT * FROM helpdesk_ticket WHERE inbox_id = %s ORDER BY id", self.id
        )

    # -- what a person would check

    def check_consistent(self):
        """At any moment, even right after a crash: no half-done mail, nothing deleted but "
        "what is safe."""
        journal = self.journal()
        known = {row["message_id"] for row in journal}
        if self.protocol == "pop3":
            gone = self.delivered.keys() - self.on_server().keys()
            assert gone <= known, f"deleted on the server and nowhere else: {gone - known}"
        else:
            missing = self.delivered.keys() - self.on_server().keys()
            assert not missing, f"IMAP leaves mail on the server, but these are gone: {missing}"
            read = {name for name, seen in self.on_server().items() if seen}
            assert read <= known, f"marked as read but not taken in: {read - known}"
        self._check_tickets(journal)

    def check_exactly_once(self, *, quarantined=(), strangers=(), not_told=()):
        """Every mail that was delivered has exactly one outcome, and the server was told.

        :param quarantined: the Message-IDs that are expected in quarantine
        :param strangers: the Message-IDs on the server that are none of our business
        :param not_told: the Message-IDs whose senders got no *Request received*
        """
        journal = self.journal()
        counts = collections.Counter(row["message_id"] for row in journal)
        lost = self.delivered.keys() - counts.keys()
        assert not lost, f"lost: {sorted(lost)}"
        twice = {name: count for name, count in counts.items() if count > 1}
        assert not twice, f"counted twice: {twice}"
        assert counts.keys() == self.delivered.keys(), "mail that nobody sent"
        by_id = {row["message_id"]: row for row in journal}
        for name, mail in self.delivered.items():
            row = by_id[name]
            if name in quarantined:
                expected = "quarantined"
            else:
                expected = "appended" if mail.answers else "created"
            assert row["outcome"] == expected, (name, row["outcome"], row["explanation"])
            if mail.answers and name not in quarantined:
                assert row["ticket_id"] == by_id[mail.answers]["ticket_id"], f"{name}: wrong ticket"
        self._check_tickets(journal, not_told)
        on_server = self.on_server()
        if self.protocol == "imap":
            assert on_server.keys() >= self.delivered.keys(), "IMAP leaves mail on the server"
            if self.account()["mark_seen"]:
                unread = {name for name, seen in on_server.items() if not seen}
                unread -= {*quarantined, *strangers}
                assert not unread, f"taken in but not marked as read: {unread}"
        else:
            left = on_server.keys() - set(strangers)
            assert not left, f"taken in but still on the server: {left}"

    def _check_tickets(self, journal, not_told=()):
        """Tickets, messages and journal rows say the same."""
        taken = [row for row in journal if row["outcome"] in ("created", "appended")]
        created = [row for row in taken if row["outcome"] == "created"]
        tickets = self.tickets()
        assert sorted(row["ticket_id"] for row in created) == [t["id"] for t in tickets], (
            "a ticket without a mail, or a mail without a ticket"
        )
        assert len({ticket["number"] for ticket in tickets}) == len(tickets)
        messages = self.world.rows(
            "SELECT id, message_id, res_id FROM mail_message WHERE model = 'helpdesk.ticket'"
            " AND message_type = 'email' AND res_id = ANY(%s) ORDER BY id",
            [ticket["id"] for ticket in tickets],
        )
        said = sorted((message["message_id"], message["res_id"]) for message in messages)
        meant = sorted((f"<{row['message_id']}>", row["ticket_id"]) for row in taken)
        assert said == meant, "the messages of the tickets are not the mails that came"
        assert sorted(m["id"] for m in messages) == sorted(r["mail_message_id"] for r in taken)
        answers = self.world.rows(
            "SELECT message.res_id FROM mail_mail mail"
            " JOIN mail_message message ON message.id = mail.mail_message_id"
            " WHERE message.model = 'helpdesk.ticket' AND message.res_id = ANY(%s)"
            " AND message.message_type = 'auto_comment'",
            [ticket["id"] for ticket in tickets],
        )
        told = collections.Counter(row["res_id"] for row in answers)
        silent = {row["ticket_id"] for row in journal if row["message_id"] in not_told}
        meant = {ticket["id"]: 1 for ticket in tickets if ticket["id"] not in silent}
        assert told == meant, "one Request received per ticket"


@contextlib.contextmanager
def database(name):
    """A new database with the add-on, named for this process."""
    template = odoo.template_database([*odoo.OCA, "helpdesk_mail"])
    odoo.drop_database(name)
    odoo.create_database(name, template)
    try:
        yield name
    finally:
        odoo.drop_database(name)


def drop_left_behind():
    """Drop the databases of runs that were killed."""
    # several folders' tests may begin at the same time
    with state.lock("databases left behind"):
        for name in postgres.main_cluster().databases():
            prefix, _, pid = name.rpartition("_")
            if prefix.startswith("test_road") and not Path(f"/proc/{pid}").exists():
                odoo.drop_database(name)


def database_name():
    """The name of this run's database."""
    return f"test_road_{os.getpid()}"
