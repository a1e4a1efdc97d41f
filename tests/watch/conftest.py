# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The process of *watch* with a real Dovecot and PostgreSQL; a stub stands in for the Odoo that
answers it.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import psycopg2
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from dev import paths, postgres  # noqa: E402
from dev.dovecot import Dovecot  # noqa: E402

PROGRAM = ROOT / "helpdesk_mail" / "watching" / "program.py"
PREFIX = "test_watch_"
NAME = f"{PREFIX}{os.getpid()}"
# answers with the file that the test writes, and notes what it was asked
STUB = """
import json, os, pathlib, sys
folder = pathlib.Path(sys.argv[1])
with open(folder / "asked", "a") as asked:
    asked.write(sys.stdin.read() + "\\n")
with os.fdopen(int(sys.argv[sys.argv.index("--answer-to") + 1]), "w") as answer:
    answer.write((folder / "answer.json").read_text())
"""


@pytest.fixture(scope="session")
def dovecot(tmp_path_factory):
    """A server that looks by itself each second: the system may have few inotify instances."""
    server = Dovecot(
        tmp_path_factory.mktemp("dovecot"), extra_config="mailbox_idle_check_interval = 1 secs"
    )
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def connection():
    """To a database with the two tables of Odoo's scheduler that count here."""
    cluster = postgres.main_cluster()
    for name in cluster.databases():
        # of runs that were killed
        if name.startswith(PREFIX) and not pathlib.Path(f"/proc/{name[len(PREFIX) :]}").exists():
            cluster.drop_database(name)
    cluster.create_database(NAME)
    found = psycopg2.connect(dbname=NAME, **_place(cluster))
    found.autocommit = True
    with found.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE ir_cron (id int PRIMARY KEY, active bool);"
            "CREATE TABLE ir_cron_trigger (id serial, cron_id int, call_at timestamp,"
            " create_uid int, write_uid int, create_date timestamp, write_date timestamp);"
            "CREATE TABLE setting (version text); INSERT INTO setting VALUES ('1')"
        )
    try:
        yield found
    finally:
        found.close()
        cluster.drop_database(NAME)


def _place(cluster):
    conf = dict(
        line.split(" = ", 1) for line in paths.ODOO_CONF.read_text().splitlines() if " = " in line
    )
    return {"host": conf["db_host"], "port": conf["db_port"], "user": conf["db_user"]}


class World:
    """Mailboxes, the answer about them, and the process that watches them."""

    def __init__(self, folder, server, connection):
        self.folder, self.server, self.connection = folder, server, connection
        self.accounts = []
        self.process = None
        (folder / "stub.py").write_text(STUB)

    def sql(self, statement, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else None

    def add(self, number, password="pass word", **settings):
        """A mailbox with its account, whose scheduled action has this number."""
        user = f"watch{number}"
        self.server.add_user(user, password)
        self.sql("INSERT INTO ir_cron VALUES (%s, true) ON CONFLICT DO NOTHING", number)
        self.accounts.append(
            {
                "key": f"helpdesk.inbox,{number}",
                "cron_id": number,
                "folder": "INBOX",
                "expires_at": None,
                "settings": {
                    "protocol": "imap",
                    "host": "localhost",
                    "port": self.server.imaps_port,
                    "encryption": "ssl",
                    "username": user,
                    "secret": password,
                    "auth_method": "password",
                    "verify_certificate": True,
                    "timeout": 120.0,
                    "connect_timeout": 120.0,
                    "ca_data": self.server.ca_file.read_text(),
                    **settings,
                },
            }
        )
        return user

    def publish(self, version):
        """From now on Odoo answers with the accounts of this moment, in this version."""
        answer = {
            "accounts": self.accounts,
            "changes": "SELECT version FROM setting",
            "seen": version,
            "valid_for": 3600,
            "database": {"database": NAME, **_place(None)},
            "networks": "127.0.0.0/8, ::1",
        }
        (self.folder / "answer.json").write_text(json.dumps(answer))
        self.sql("UPDATE setting SET version = %s", version)

    def start(self):
        options = {
            "command": [sys.executable, str(self.folder / "stub.py"), str(self.folder)],
            "level": "INFO",
            "once": False,
        }
        self.log = self.folder / "log"
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [str(paths.VENV_PYTHON), str(PROGRAM), json.dumps(options)],
                stdout=output,
                stderr=output,
            )

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(120) == 0

    def has_left(self, user):
        """Whether a connection of this user of the mail server has come to its end."""
        ends = re.compile(rf"imap\({user}\).*(?:Logged out|Disconnected|Connection closed)")
        return ends.search(self.server.log())

    def calls(self):
        """The scheduled actions that were called, in order."""
        return [row[0] for row in self.sql("SELECT cron_id FROM ir_cron_trigger ORDER BY id")]

    def wait(self, condition, seconds=180):
        """Until *condition()* holds: what it gave. Nothing takes so long unless it hangs."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)
        return found

    def asked(self):
        path = self.folder / "asked"
        return path.read_text().splitlines() if path.exists() else []

    def memory(self):
        """The resident memory of the process in MB."""
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(text.partition("VmRSS:")[2].split()[0]) / 1024


@pytest.fixture
def world(tmp_path, dovecot, connection):
    found = World(tmp_path, dovecot, connection)
    found.sql("DELETE FROM ir_cron_trigger")
    try:
        yield found
    finally:
        found.stop()
