# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Measuring inside the process that fetches: time, queries of all cursors, peak memory.

Runs with Odoo's Python; a task comes in and a result goes out as JSON files.
"""

from __future__ import annotations

import contextlib
import cProfile
import gc
import io
import json
import os
import platform
import pstats
import re
import resource
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

_PROFILE_LINES = 40
_SAMPLE_SECONDS = 0.01
_VALUE = re.compile(r"'[^']*'|\b\d+\b")
_LIST = re.compile(r"(%s(, )?)+|(\(\?(, ?\?)*\)(, ?)?)+")
_SAVEPOINT = re.compile(r'(SAVEPOINT) "[^"]*"')
_OUTCOME = """
    SELECT message.message_id, ticket.id AS ticket, ticket.name AS subject,
           message.email_from AS sender, author.email AS author, customer.email AS customer,
           (SELECT count(*) FROM message_attachment_rel link
             WHERE link.message_id = message.id) AS attachments,
           ARRAY(SELECT partner.email FROM mail_followers follower
                   JOIN res_partner partner ON partner.id = follower.partner_id
                  WHERE follower.res_model = 'helpdesk.ticket' AND follower.res_id = ticket.id
                  ORDER BY partner.email) AS followers,
           ARRAY(SELECT partner.email FROM mail_notification notification
                   JOIN res_partner partner ON partner.id = notification.res_partner_id
                  WHERE notification.mail_message_id = message.id
                  ORDER BY partner.email) AS notified
      FROM mail_message message
      JOIN helpdesk_ticket ticket ON ticket.id = message.res_id
      LEFT JOIN res_partner author ON author.id = message.author_id
      LEFT JOIN res_partner customer ON customer.id = ticket.partner_id
     WHERE message.model = 'helpdesk.ticket' AND message.message_type = 'email'
     ORDER BY message.id
"""
_SPACE = re.compile(r"\s+")


def main(run: Callable[[Any, dict[str, Any]], dict[str, Any]]) -> None:
    """Start Odoo for the task of the first argument, ``run(env, task)``, write what it returns."""
    task = json.loads(Path(sys.argv[1]).read_text())
    import odoo.modules.registry
    from odoo import SUPERUSER_ID, api
    from odoo.tools import config

    config.parse_config(
        ["-c", task["conf"], "-d", task["database"], "--no-http", "--log-level=warn"],
        setup_logging=True,
    )
    threading.current_thread().dbname = task["database"]  # type: ignore[attr-defined]
    registry = odoo.modules.registry.Registry(task["database"])
    with registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        _send_nothing(env)
        result = run(env, task)
        result["versions"] = _versions(env)
    Path(task["result"]).write_text(json.dumps(result))


def _versions(env: Any) -> dict[str, str]:
    from odoo import release

    env.cr.execute("SELECT current_setting('server_version')")
    postgresql = env.cr.fetchone()[0]
    modules = env["ir.module.module"].search([("name", "in", ["helpdesk_mgmt", "helpdesk_mail"])])
    return {
        "Odoo": release.version,
        "Python": platform.python_version(),
        "PostgreSQL": postgresql.split()[0],
        **{module.name: module.latest_version for module in modules if module.latest_version},
    }


def _send_nothing(env: Any) -> None:
    """Queue outgoing mail, as ours and stock do alike, and stop there."""
    type(env["mail.mail"]).send_after_commit = lambda self: None

    def refuse(*_words: Any, **_more: Any) -> None:
        raise AssertionError("The benchmark sends no mail.")

    type(env["ir.mail_server"])._connect__ = refuse


def measure(task: dict[str, Any], work: Callable[[], Any]) -> dict[str, Any]:
    """Run ``work`` and tell what it took."""
    from odoo import sql_db

    gc.collect()
    profile = cProfile.Profile() if task.get("profile") else None
    with contextlib.ExitStack() as stack:
        shapes = stack.enter_context(_statements()) if task.get("sql") else None
        memory = stack.enter_context(_Memory())
        queries, cpu, started = sql_db.sql_counter, time.process_time(), time.monotonic()
        if profile:
            profile.enable()
        returned = work()
        if profile:
            profile.disable()
        seconds = time.monotonic() - started
        cpu, queries = time.process_time() - cpu, sql_db.sql_counter - queries
        memory.stop()
    result = {
        "seconds": seconds,
        "cpu": cpu,
        "queries": queries,
        "peak": memory.peak,
        "baseline": memory.baseline,
        "returned": returned,
    }
    if profile:
        result["profile"] = _profile_text(profile)
    if shapes is not None:
        result["sql"] = shapes.most_common()
    return result


class _Memory:
    """Peak of the resident memory above where it began: the kernel's mark, or a sample."""

    def __init__(self) -> None:
        self.baseline = self.peak = 0
        self._done = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> _Memory:
        self.baseline = _status("VmRSS")
        try:
            Path("/proc/self/clear_refs").write_text("5")
        except OSError:
            self._thread = threading.Thread(target=self._sample, daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._done.set()

    def _sample(self) -> None:
        while not self._done.wait(_SAMPLE_SECONDS):
            self.peak = max(self.peak, _status("VmRSS") - self.baseline)

    def stop(self) -> None:
        if self._thread is None:
            self.peak = max(0, _status("VmHWM") - self.baseline)
        self._done.set()


def _status(name: str) -> int:
    """A line of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextlib.contextmanager
def _statements() -> Iterator[Counter[str]]:
    """Count the statements by their shape, that is without their values."""
    found: Counter[str] = Counter()

    def note(_cursor: Any, query: Any, *_rest: Any) -> None:
        statement = query.decode() if isinstance(query, bytes) else str(query)
        found[_shape(statement)] += 1

    thread: Any = threading.current_thread()
    hooks = getattr(thread, "query_hooks", [])
    thread.query_hooks = [*hooks, note]
    try:
        yield found
    finally:
        thread.query_hooks = hooks


def _shape(statement: str) -> str:
    shape = _SPACE.sub(" ", statement).strip()
    shape = _SAVEPOINT.sub(r"\1", shape)
    shape = _VALUE.sub("?", shape)
    return _LIST.sub("…", shape)


def _profile_text(profile: cProfile.Profile) -> str:
    output = io.StringIO()
    for order in ("cumulative", "tottime"):
        stats = pstats.Stats(profile, stream=output)
        stats.sort_stats(order).print_stats(_PROFILE_LINES)
    root = f"{Path.cwd()}{os.sep}"
    return output.getvalue().replace(root, "")


def outcome(env: Any, message_ids: list[str]) -> list[dict[str, Any]]:
    """What became of the mails, for the comparison: one entry per message of a ticket."""
    wanted = set(message_ids)
    env.cr.execute(_OUTCOME)
    names = [column.name for column in env.cr.description]
    rows = [dict(zip(names, row, strict=True)) for row in env.cr.fetchall()]
    return [row for row in rows if row["message_id"] in wanted]
