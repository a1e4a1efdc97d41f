# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Odoo processes, and what a database holds of an add-on."""

import contextlib
import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import psycopg2

from dev import odoo, paths, ports, postgres

SECONDS = 900  # nothing here takes that long unless it hangs, on a busy machine too
USER = "desk@example.com"
PASSWORD = "secret of the desk"
PREFIX = "test_life_"
# "2026-01-31 12:00:00,000 123 WARNING database odoo.fields: text"
COMPLAINT = re.compile(r"^[-\d]+ [:\d]+,\d+ \d+ (?:WARNING|ERROR|CRITICAL) .*$", re.M)


def mail(number, subject, answers=None):
    """A customer's mail (bytes)."""
    lines = [
        "From: Anna Kunde <anna@kunde.example>",
        f"To: {USER}",
        f"Subject: {subject}",
        f"Message-ID: <life{number}@kunde.example>",
        "Date: Mon, 02 Mar 2026 10:00:00 +0100",
        *([f"In-Reply-To: {answers}"] if answers else []),
        "",
        f"This is mail {number}.",
        "",
    ]
    return "\r\n".join(lines).encode()


MAILS = (
    mail(1, "The printer burns"),
    mail(2, "Re: The printer burns", "<life1@kunde.example>"),
    mail(3, "The scanner smokes"),
)

# Inboxes of each kind and state with all that they can own, three mails taken in, one put aside,
# one answered.
USE = """
from unittest.mock import patch
from odoo.addons.helpdesk_mail.intake import road

server = env["ir.mail_server"].create(
    {"name": "store", "smtp_host": "127.0.0.1", "smtp_port": SMTP_PORT, "smtp_encryption": "none"}
)
desk = env["helpdesk.inbox"].create(
    {
        "name": "Desk", "email": USER, "host": "127.0.0.1", "port": IMAP_PORT,
        "encryption": "none", "username": USER, "password": PASSWORD, "sync_start": "2020-01-01",
        "mail_server_id": server.id, "keep_source": "always",
        "user_ids": [(4, env.ref("base.user_admin").id)],
    }
)
pushed = env["helpdesk.inbox"].create(
    {"name": "Pushed", "email": "push@example.com", "kind": "forwarded"}
)
broken = env["helpdesk.inbox"].create(
    {
        "name": "Broken", "email": "broken@example.com", "host": "127.0.0.1", "port": IMAP_PORT,
        "encryption": "none", "username": "nobody@example.com", "password": "wrong",
    }
)
archived = broken.copy({"email": "archived@example.com", "state": "active", "active": False})
archived.password = "forgotten"
(desk | pushed).action_activate()
pushed.action_new_push_token()
broken.state = "active"
env.cr.commit()
assert desk.fetch() == {"created": 2, "appended": 1}, desk.last_error
broken.fetch()
assert broken.state == "failed"
env.cr.commit()  # what was fetched was committed by another transaction
with patch.object(road.write, "run", side_effect=ValueError("poison")):
    pushed._take_in(b"Subject: poison\\r\\n\\r\\npoison", "push")
ticket = env["helpdesk.ticket"].search([("inbox_id", "=", desk.id)], limit=1)
ticket.with_user(env.ref("base.user_admin")).message_post(
    body="We are on our way.", message_type="comment", subtype_xmlid="mail.mt_comment"
)
desk.message_post(body="A word on the inbox itself")
assert desk.cron_id.active and broken.cron_id.active
assert env["helpdesk.incoming.mail"].search_count([]) == 4
env.cr.commit()
"""


# -- databases -----------------------------------------------------------------------------------


class Databases:
    """The databases of one run of the tests; the name holds its process."""

    def __init__(self):
        self._made = []
        postgres.main_cluster().start()
        for name in postgres.main_cluster().databases():
            pid = name.rpartition("_")[2]
            if name.startswith(PREFIX) and not Path(f"/proc/{pid}").exists():
                odoo.drop_database(name)

    def name(self, what):
        """The name of a database that will be dropped at the end."""
        name = f"{PREFIX}{what}_{os.getpid()}"
        odoo.drop_database(name)
        self._made.append(name)
        return name

    def new(self, what, template):
        """A copy of the database ``template``."""
        name = self.name(what)
        odoo.create_database(name, template)
        return name

    def drop(self):
        for name in self._made:
            odoo.drop_database(name)


def sql(database, statement, *values):
    """The rows of a statement as tuples."""
    with contextlib.closing(psycopg2.connect(postgres.main_cluster().dsn(database))) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


# What belongs to installed add-ons, each row by what it is and not by when it was written. Without
# two things of Odoo's bookkeeping that the removal of any add-on leaves behind: the names that
# portal and others gave to the inheritance of a model with a chatter, and the rows (not the
# constraints themselves) for foreign keys of columns in other add-ons' tables.
BELONGINGS = {
    "column": "SELECT table_name, column_name, data_type, is_nullable"
    " FROM information_schema.columns WHERE table_schema = 'public'",
    "index": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraint": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
    " FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "sequence": "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'",
    "external id": "SELECT module, name, model, res_id, noupdate FROM ir_model_data"
    " WHERE model != 'ir.model.inherit'",
    "model": "SELECT id, model FROM ir_model",
    "field": "SELECT id, model, name FROM ir_model_fields",
    "selection": "SELECT field_id, value, name->>'en_US' FROM ir_model_fields_selection",
    "inheritance": "SELECT model_id, parent_id FROM ir_model_inherit",
    "model's constraint": "SELECT model, name FROM ir_model_constraint WHERE type != 'f'",
    "relation": "SELECT model, name FROM ir_model_relation",
    "group": "SELECT id, name->>'en_US' FROM res_groups",
    "group's groups": "SELECT gid, hid FROM res_groups_implied_rel",
    "privilege": "SELECT id, name->>'en_US' FROM res_groups_privilege",
    "user's groups": "SELECT uid, gid FROM res_groups_users_rel",
    "access": "SELECT id, name, group_id, perm_read, perm_write, perm_create, perm_unlink"
    " FROM ir_model_access",
    "rule": "SELECT id, name, domain_force FROM ir_rule",
    "view": "SELECT id, name, md5(arch_db::text) FROM ir_ui_view",
    "menu": "SELECT id, name->>'en_US', action FROM ir_ui_menu",
    "window action": "SELECT id, name->>'en_US', res_model FROM ir_act_window",
    "server action": "SELECT id, name->>'en_US', code FROM ir_act_server",
    "scheduled action": "SELECT id, cron_name, active FROM ir_cron",
    "mail template": "SELECT id, md5(subject::text || body_html::text) FROM mail_template",
    "parameter": "SELECT key FROM ir_config_parameter",
    "asset": "SELECT id, path FROM ir_asset",
}


def belongings(database):
    """Kind of thing -> set of rows."""
    return {kind: set(sql(database, query)) for kind, query in BELONGINGS.items()}


def changes(before, after):
    """What is in one and not in the other, readable: nothing where they are equal."""
    found = []
    for kind in before:
        found += [f"{kind} gone: {row}" for row in sorted(before[kind] - after[kind], key=str)]
        found += [f"{kind} new: {row}" for row in sorted(after[kind] - before[kind], key=str)]
    return found


# -- Odoo ----------------------------------------------------------------------------------------


def complaints(log):
    """The warnings and errors in a log."""
    return COMPLAINT.findall(log)


def run(database, *words, command=None, environment=None, cwd=None, script=None):
    """Run Odoo to its end, which must be a good one; its log.

    :param command: the words of the whole command, else ``odoo -d database words``
    """
    argv = command or [
        *odoo.odoo_command(database, *words),
        *("--no-http", "--max-cron-threads=0", "--log-level=info"),
    ]
    done = subprocess.run(
        argv,
        input=script,
        stdin=subprocess.DEVNULL if script is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment or odoo.odoo_environment(),
        cwd=cwd or paths.ROOT,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def shell(database, script, **names):
    """Run ``script`` in Odoo's shell with ``names`` as its variables; its log."""
    head = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    return run(database, "shell", script=head + script)


def module(database, what):
    """``odoo module install|upgrade|uninstall helpdesk_mail``; its log."""
    first = odoo.odoo_command(None, "module")
    words = first[: first.index("-c")]  # this command takes -c behind its own
    return run(
        database,
        command=[*words, what, "-c", str(paths.ODOO_CONF), "-d", database, "helpdesk_mail"],
    )


def wait_for(what, condition, *, alive=None, seconds=SECONDS):
    """The first true value of ``condition()``; fails when ``alive()`` is false or it is late."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        assert alive is None or alive(), f"{what}: the server has ended"
        time.sleep(0.05)
    return found


class Server:
    """A running Odoo server and a person's session in it."""

    def __init__(self, database, log, *options):
        self.database = database
        self.log_file = log
        self.port = ports.free_port()
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                odoo.odoo_command(
                    database,
                    *(f"--http-port={self.port}", f"--gevent-port={ports.free_port()}"),
                    *("--log-level=info", *options),
                ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=odoo.odoo_environment(),
                cwd=paths.ROOT,
                start_new_session=True,
            )
        cookies = http.cookiejar.CookieJar()
        self._browser = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(cookies)
        )

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    @property
    def log(self):
        return self.log_file.read_text(errors="replace")

    def alive(self):
        return self.process.poll() is None

    def processes(self):
        """The ids of this server's processes, those it has forked included."""
        found = [self.process.pid]
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                state, parent, group = stat.read_text().rpartition(")")[2].split()[:3]
                if int(group) == self.process.pid and state != "Z":
                    found.append(int(stat.parent.name))
        return sorted(set(found))

    def wait_until_it_serves(self):
        """Wait for an answer to a request, and until a scheduler listens for triggers."""

        def answers():
            with contextlib.suppress(OSError):
                return self._browser.open(f"http://127.0.0.1:{self.port}/web/health").status == 200

        wait_for("an answer", answers, alive=self.alive)

        def listens():
            names = [f"odoo-{pid}" for pid in self.processes()]
            return sql(
                "postgres",
                "SELECT 1 FROM pg_stat_activity WHERE datname = 'postgres' AND state = 'idle'"
                " AND query = 'COMMIT' AND application_name = ANY(%s)",
                names,
            )

        wait_for("a scheduler", listens, alive=self.alive)

    def _post(self, path, **params):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode(),
            {"Content-Type": "application/json"},
        )
        with self._browser.open(request, timeout=SECONDS) as answer:
            found = json.load(answer)
        assert "error" not in found, found
        return found["result"]

    def log_in(self):
        """Open a session as the administrator, as the browser does."""
        self._post("/web/session/authenticate", db=self.database, login="admin", password="admin")

    def call(self, model, method, *args):
        """Call a method of records, as the browser does."""
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=list(args),
            kwargs={},
        )

    def wait_until_it_rests(self):
        """Wait until no scheduled action and no request is at work in the database: a server that
        is told to stop takes the connections away from those that are, and logs their complaints.
        """

        def rests():
            return not sql(
                "postgres",
                "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND state <> 'idle'",
                self.database,
            )

        wait_for("rest", rests, alive=self.alive)

    def stop(self):
        """Ask it to stop, as a service manager does; its exit code once all has ended."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(SECONDS)
        wait_for("the end of the workers", lambda: len(self.processes()) == 1)
        return code


class Trap:
    """A port that takes connections and remembers that there were any."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.port = self._socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self._socket.close()

    def connections(self):
        """How many connections wait here, those that were given up included."""
        found = 0
        with contextlib.suppress(BlockingIOError):
            while True:
                self._socket.accept()[0].close()
                found += 1
        return found
