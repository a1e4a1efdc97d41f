# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where a demo keeps its things, which ports it has, and which process runs it now."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import IO, Any

from .. import paths, ports, state
from ..console import Problem

NAME = "demo"
HOST = "127.0.0.1"
HTTP_PORT = 8069
INBOX = "support@example.com"
ALIASES = ("help@example.com",)
# A mailbox that only this machine can reach and that holds nothing but samples.
MAILBOX_PASSWORD = "support"
# The agent's own mail.
PERSONAL = "agent@example.com"
PERSONAL_PASSWORD = "agent"
SENT_FOLDER = "Sent"
STOP_SECONDS = 40


class Place:
    """The demo ``name``: the folder ``.dev/demo/name`` and the database ``name``."""

    def __init__(self, name: str = NAME) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise Problem(f"{name!r} is no name for a demo: lower-case letters, digits and _.")
        self.name = name
        self.folder = paths.DEV / "demo" / name
        self.dovecot = self.folder / "dovecot"
        self.mail = self.folder / "mail"
        self.sent = self.mail / "sent"
        self.working = self.folder / "working"  # the servers' current directory, see processes
        suffix = "" if name == NAME else f"-{name}"
        self.odoo_log = paths.LOG / f"odoo{suffix}.log"
        self.watch_log = paths.LOG / f"watch{suffix}.log"
        self.smtp_log = paths.LOG / f"smtp{suffix}.log"
        self._settings = self.folder / "settings.json"
        self._lock_file = self.folder / "lock"
        self._lock: IO[str] | None = None

    # -- what is remembered from one run to the next

    def settings(self) -> dict[str, Any]:
        """The ports of the last run, as far as they are known."""
        try:
            found = json.loads(self._settings.read_text())
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def remember(self, **values: Any) -> None:
        """Keep ``values`` for ``settings()``."""
        state.write(self._settings, json.dumps({**self.settings(), **values}, indent=2))

    def port(self, name: str, preferred: int = 0) -> int:
        """A free port for ``name``: the preferred one, the one of the last run, or another."""
        for port in (preferred, int(self.settings().get(name, 0))):
            if port and ports.is_free(port):
                break
        else:
            port = ports.free_port()
        self.remember(**{name: port})
        return port

    @property
    def url(self) -> str:
        """Where a person finds Odoo."""
        return f"http://localhost:{self.settings().get('http', HTTP_PORT)}"

    def command(self, *words: str) -> str:
        """What a person types to run ``python3 -m dev words`` for this demo."""
        python = Path(sys.executable).name
        if shutil.which(python) != sys.executable:
            python = "python3" if shutil.which("python3") else sys.executable
        rest = [*words, *(("--name", self.name) if self.name != NAME else ())]
        return f"{python} -m dev {shlex.join(rest)}"

    # -- who runs it

    def take(self) -> None:
        """Claim the demo for this process; raises Problem where another one runs it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = self._lock_file.open("a+")
        try:
            # The kernel gives it back however this process ends.
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise Problem(
                f"The demo runs already: {self.url}\n"
                "End it with Ctrl-C in its terminal, or with `make stop`."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        """Let others run it."""
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.close()
            self._lock = None

    def is_taken(self) -> bool:
        """Whether a process runs it."""
        if not self._lock_file.exists():
            return False
        with self._lock_file.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def end(self) -> None:
        """Ask the process that runs it to stop, and wait until it has."""
        deadline = time.monotonic() + STOP_SECONDS
        asked = 0
        while self.is_taken():
            try:
                pid = int(self._lock_file.read_text() or 0)
            except ValueError:
                pid = 0
            if pid and pid != asked:
                os.kill(pid, signal.SIGTERM)
                asked = pid
            if time.monotonic() > deadline:
                raise Problem(f"The demo (process {pid}) does not stop.")
            time.sleep(0.1)


def all_places() -> list[Place]:
    """Every demo that there is on this machine."""
    folder = paths.DEV / "demo"
    return [Place(path.name) for path in sorted(folder.glob("*")) if path.is_dir()]
