# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""From delivery to ticket while *watch* waits at many idle mailboxes, and what it takes in memory.

Everything runs as in production: one process of *watch*, and an Odoo with its scheduler.
"""

from __future__ import annotations

import imaplib
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from dev import paths
from dev.bench import measure, run_polls
from dev.console import clean_environment

_PATIENCE = 120  # seconds
_LOOK = 0.02


def run(env: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Start both, deliver mail into one mailbox after the other, and measure."""
    crons = run_polls._inboxes(env, task, task["port"])
    env["ir.cron"].search([("id", "not in", crons.ids)]).active = False
    # each is read once a day by itself: what is measured is watch
    crons.interval_type = "days"
    env.cr.commit()
    log = (paths.LOG / f"{task['database']}-watch.log").open("wb")
    words = ["-c", task["conf"], "-d", task["database"]]
    options: dict[str, Any] = {
        "stdout": log,
        "stderr": log,
        "env": clean_environment(),
        "cwd": paths.ROOT,
    }
    python = [sys.executable, "-m", "odoo"]
    server = subprocess.Popen(
        [*python, *words, "--no-http", f"--max-cron-threads={task['workers']}"], **options
    )
    watch = subprocess.Popen(
        [*python, f"--addons-path={paths.ROOT}", "helpdesk_mail", "watch", *words], **options
    )
    try:
        _wait(env, lambda: _visited(env, crons) == len(crons))
        seconds = [_deliver(env, task, user) for user in task["users"][: task["mails"]]]
        memory = _memory(watch.pid)
        children = subprocess.run(
            ["ps", "--ppid", str(watch.pid), "-o", "pid="], capture_output=True, check=False
        ).stdout.split()
    finally:
        for process in (watch, server):
            process.terminate()
        for process in (watch, server):
            process.wait()
        log.close()
    return {
        "seconds": statistics.median(seconds),
        "longest": max(seconds),
        "rss": memory,
        "children": len(children),
        "accounts": len(task["users"]),
        "mails": len(seconds),
    }


def _visited(env: Any, crons: Any) -> int:
    """How many were visited because watch called them, with no call left."""
    env.cr.execute("SELECT count(*) FROM ir_cron_trigger WHERE cron_id = ANY(%s)", [crons.ids])
    if env.cr.fetchone()[0]:
        return 0
    env.cr.execute("SELECT count(*) FROM helpdesk_inbox WHERE last_success IS NOT NULL")
    return int(env.cr.fetchone()[0])


def _deliver(env: Any, task: dict[str, Any], user: str) -> float:
    """Seconds from the delivery of a mail to its ticket."""
    connection = imaplib.IMAP4("127.0.0.1", task["port"])
    connection.login(user, task["password"])
    source = (
        f"From: Anna <anna@{user}.example>\r\nTo: {user}@desk.example.com\r\n"
        f"Message-ID: <{time.time_ns()}@{user}.example>\r\nSubject: For {user}\r\n\r\nHello.\r\n"
    )
    began = time.monotonic()
    connection.append("INBOX", "", "", source.encode())
    _wait(env, lambda: _tickets(env, f"For {user}"))
    seconds = time.monotonic() - began
    connection.logout()
    return seconds


def _tickets(env: Any, subject: str) -> int:
    env.cr.execute("SELECT count(*) FROM helpdesk_ticket WHERE name = %s", [subject])
    return int(env.cr.fetchone()[0])


def _wait(env: Any, condition: Any) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        env.cr.rollback()
        if time.monotonic() > deadline:
            raise RuntimeError("nothing happened; the log of watch and server says more")
        time.sleep(_LOOK)
    env.cr.rollback()


def _memory(pid: int) -> int:
    """The resident memory of a process in octets."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) * 1024


if __name__ == "__main__":
    measure.main(run)
