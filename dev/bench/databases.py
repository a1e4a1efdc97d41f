# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Fresh databases and mailboxes for each run, and the process that runs on them."""

from __future__ import annotations

import contextlib
import dataclasses
import email.parser
import imaplib
import itertools
import json
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from dev import odoo, paths, postgres
from dev.console import Problem, clean_environment, tail
from dev.dovecot import HOST, Dovecot

FOLDER = paths.DEV / "bench"
PASSWORD = "bench-password"
WITHOUT = odoo.OCA
WITH = (*odoo.OCA, "helpdesk_mail")
ORDINARY = (*WITH, "helpdesk_ticket_partner_response")


@dataclasses.dataclass(frozen=True)
class Mailbox:
    """A user of the mail server and what lies there."""

    user: str
    message_ids: list[str]
    size: int


class Bench:
    """The mail server, and databases that are dropped when it is done."""

    def __init__(self, server: Dovecot, keep: bool = False) -> None:
        self.server = server
        self.keep = keep
        self._serial = itertools.count(1)
        self._databases: list[str] = []

    # -- mailboxes ---------------------------------------------------------------------------

    def mailbox(self, name: str, sources: Iterable[bytes]) -> Mailbox:
        """A new user with ``sources`` unread in the INBOX, known to the server's index."""
        user = f"{name}{next(self._serial)}"
        self.server.add_user(user, PASSWORD)
        return self.deliver(Mailbox(user, [], 0), sources)

    def deliver(self, mailbox: Mailbox, sources: Iterable[bytes]) -> Mailbox:
        """Put further mails into a mailbox."""
        message_ids, size = list(mailbox.message_ids), mailbox.size
        for source in sources:
            self.server.deliver(mailbox.user, source)
            message_ids.append(_message_id(source))
            size += len(source)
        # The server notices new files when a mailbox is opened: not part of what is measured.
        connection = imaplib.IMAP4(HOST, self.server.imap_port)
        connection.login(mailbox.user, PASSWORD)
        connection.select("INBOX", readonly=True)
        connection.logout()
        return Mailbox(mailbox.user, message_ids, size)

    # -- databases ---------------------------------------------------------------------------

    def prepare(self, *wanted: Sequence[str]) -> None:
        """Have the templates of these lists of modules, so that no run waits for one."""
        for modules in wanted:
            odoo.template_database(modules)

    def database(self, name: str, modules: Sequence[str]) -> str:
        """A new database with ``modules``."""
        template = odoo.template_database(modules)
        new = f"bench_{name}_{next(self._serial)}"
        odoo.drop_database(new)
        odoo.create_database(new, template)
        self._databases.append(new)
        return new

    def drop(self) -> None:
        """Drop the databases made so far, unless they are to be kept."""
        for name in () if self.keep else self._databases:
            odoo.drop_database(name)
        self._databases.clear()

    # -- runs --------------------------------------------------------------------------------

    def run(self, kind: str, database: str, mailbox: Mailbox, **options: Any) -> dict[str, Any]:
        """One run of ``dev.bench.run_<kind>``: what it measured."""
        task_file, result_file = FOLDER / f"{database}.task", FOLDER / f"{database}.result"
        result_file.unlink(missing_ok=True)
        task = {
            "conf": str(paths.ODOO_CONF),
            "database": database,
            "result": str(result_file),
            "port": self.server.imap_port,
            "user": mailbox.user,
            "password": PASSWORD,
            "message_ids": mailbox.message_ids,
            "contacts": [],
            **options,
        }
        task_file.write_text(json.dumps(task))
        postgres.main_cluster().sql("CHECKPOINT")
        log = paths.LOG / f"{database}.log"
        with log.open("wb") as output:
            done = subprocess.run(
                [str(paths.VENV_PYTHON), "-m", f"dev.bench.run_{kind}", str(task_file)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=clean_environment(),
                cwd=paths.ROOT,
                check=False,
            )
        if done.returncode or not result_file.exists():
            raise Problem(f"A run of {kind} failed; the end of {log}:\n{tail(log)}")
        result: dict[str, Any] = json.loads(result_file.read_text())
        task_file.unlink()
        result_file.unlink()
        if not self.keep:
            log.unlink()
        return result


def _message_id(source: bytes) -> str:
    header = email.parser.BytesHeaderParser().parsebytes(source[:4096])
    return str(header["Message-ID"])


@contextlib.contextmanager
def bench(keep: bool = False) -> Iterator[Bench]:
    """A running mail server with no mail; all is removed at the end."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in postgres.main_cluster().databases():
        if name.startswith("bench_"):
            odoo.drop_database(name)
    folder: Path = FOLDER / "dovecot"
    Dovecot(folder).remove()
    # Many waiting connections need more inotify instances than a system may have: without one, the
    # server looks by itself, each half minute unless told otherwise.
    more = "mailbox_idle_check_interval = 1 secs"
    with Dovecot(folder, tls=False, extra_config=more) as server:
        benchmark = Bench(server, keep)
        try:
            yield benchmark
        finally:
            benchmark.drop()
    Dovecot(folder).remove()
