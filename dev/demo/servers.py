# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The four servers of a demo, all on loopback."""

from __future__ import annotations

import re
import select
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from .. import odoo, paths
from ..console import Problem, tail
from ..dovecot import Dovecot, DovecotError
from .place import (
    ALIASES,
    HOST,
    INBOX,
    MAILBOX_PASSWORD,
    PERSONAL,
    PERSONAL_PASSWORD,
    SENT_FOLDER,
    Place,
)
from .processes import Child

START_SECONDS = 300.0  # only what hangs takes so long
INSIDE_FILE = Path(__file__).with_name("inside.py")


def dovecot(place: Place) -> Dovecot:
    """The mail server of the demo, not started yet."""
    # The add-on knows no certificate authority of its own, so TLS would need the machine's trust.
    try:
        return Dovecot(place.dovecot, tls=False)
    except DovecotError as error:
        raise Problem(str(error)) from error


def start_dovecot(server: Dovecot) -> None:
    """Start it where it does not run, with the inbox and the agent's own mailbox."""
    try:
        server.start()
    except DovecotError as error:
        raise Problem(str(error)) from error
    server.add_user(INBOX, MAILBOX_PASSWORD)
    server.add_user(PERSONAL, PERSONAL_PASSWORD)
    server.maildir(PERSONAL, SENT_FOLDER)


def forget_mail(place: Place) -> None:
    """Delete the mailbox and what was sent: a new database begins with new mail."""
    dovecot(place).remove()
    shutil.rmtree(place.mail, ignore_errors=True)


def start_smtp(place: Place, server: Dovecot) -> Child:
    """The SMTP server that keeps all it gets and delivers what is for the demo's mailboxes."""
    port = place.port("smtp")
    mailboxes = {address: server.maildir(INBOX) for address in (INBOX, *ALIASES)}
    mailboxes[PERSONAL] = server.maildir(PERSONAL)
    deliver = [f"--deliver={address}={maildir}" for address, maildir in mailboxes.items()]
    child = Child(
        "The SMTP server",
        [
            *(str(paths.VENV_PYTHON), "-m", "dev.smtp_store"),
            *("--port", str(port), "--store", str(place.mail), *deliver),
        ],
        working=place.working,
        log=place.smtp_log,
        output=subprocess.PIPE,
        environment={"PYTHONPATH": str(paths.ROOT), "PYTHONUNBUFFERED": "1"},
    )
    # Its first line says that it listens; end of file, that it ended.
    assert child.process.stdout is not None
    ready, _, _ = select.select([child.process.stdout], [], [], START_SECONDS)
    line = child.process.stdout.readline() if ready else b""
    if not re.search(rb"smtp=\d+", line):
        child.stop()
        raise Problem(f"The SMTP server does not start:\n{tail(place.smtp_log, 15)}")
    return child


def start_odoo(place: Place, workers: int) -> Child:
    """Odoo's server and its scheduler; returns once it answers."""
    port = place.port("http", place.settings().get("http") or 0)
    words = [
        f"--http-port={port}",
        f"--http-interface={HOST}",
        f"--logfile={place.odoo_log}",
        f"--db-filter=^{place.name}$",
        "--no-database-list",
        f"--workers={workers}",
        "--max-cron-threads=1",
    ]
    if workers:
        words.append(f"--gevent-port={place.port('gevent')}")
    child = Child(
        "Odoo",
        odoo.odoo_command(place.name, *words),
        working=place.working,
        log=place.odoo_log,
        environment={"PYTHONUNBUFFERED": "1"},
    )
    try:
        _wait_for_odoo(child, port)
    except BaseException:
        child.stop()
        raise
    return child


def _wait_for_odoo(child: Child, port: int) -> None:
    # The login page rather than /web/health: who opens it first need not wait for its styles.
    page = f"http://{HOST}:{port}/web/login"
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(page, timeout=START_SECONDS):
                return
        except urllib.error.HTTPError as error:
            raise Problem(
                f"Odoo answers with {error}; the end of {child.log}:\n{tail(child.log)}"
            ) from error
        except OSError:
            pass
        # Waiting for the process to end doubles as the pause between two attempts.
        try:
            child.process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            if time.monotonic() < deadline:
                continue
        raise Problem(f"Odoo does not start; the end of {child.log}:\n{tail(child.log)}")


def start_watch(place: Place) -> Child:
    """The process that waits for mail (IMAP IDLE) and triggers a fetch when there is some."""
    return Child(
        "The watcher",
        [
            *(str(paths.VENV_PYTHON), "-m", "odoo", f"--addons-path={paths.ROOT}"),
            *("helpdesk_mail", "watch", "-c", str(paths.ODOO_CONF), "-d", place.name),
        ],
        working=place.working,
        log=place.watch_log,
        environment={"PYTHONUNBUFFERED": "1"},
        is_vital=False,
    )
