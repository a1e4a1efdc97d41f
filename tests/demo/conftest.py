# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A demo of its own for the tests, beside the one that a person may be looking at."""

import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from dev import odoo, postgres, state  # noqa: E402
from dev.demo import processes, servers  # noqa: E402
from dev.demo.place import Place, all_places  # noqa: E402

PREFIX = "test_demo_"
SECONDS = 1800  # nothing takes so long unless it hangs: a database with demo data may be made
# Lines are as long as a terminal is wide; pytest's own idea of that is no part of the test.
ENVIRONMENT = {**os.environ, "COLUMNS": "160"}


class Run:
    """One ``python3 -m dev run`` that serves, and what it prints."""

    def __init__(self, *words):
        self.lines = []
        self._news = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dev", "run", *words],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self.lines.append(None)
            self._news.notify_all()

    def wait_for(self, text, seconds=SECONDS):
        """The first printed line that holds ``text``."""

        def found():
            return [line for line in self.lines if line is None or text in line]

        with self._news:
            self._news.wait_for(found, seconds)
            match = found()
        if not match or match[0] is None:
            pytest.fail(f"{text!r} was not printed:\n{self}")
        return match[0]

    def end(self, number=signal.SIGINT, seconds=SECONDS):
        """Send a signal, wait for the end; returns the exit code."""
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        code = self.process.wait(seconds)
        self._reader.join(seconds)
        return code

    def __str__(self):
        return "\n".join(line for line in self.lines if line is not None)


def dev(*words, seconds=SECONDS):
    """Run ``python3 -m dev words`` to its end; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "dev", *words],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def remove(place):
    """Delete a demo with all it has."""
    processes.end_remains(place.working)
    servers.dovecot(place).remove()
    odoo.drop_database(place.name)
    state.remove_tree(place.folder)


@pytest.fixture(scope="session")
def place():
    """The name of a demo that is there for the tests only."""
    postgres.main_cluster().start()
    for left in all_places():
        pid = left.name.removeprefix(PREFIX)
        if left.name.startswith(PREFIX) and not pathlib.Path(f"/proc/{pid}").exists():
            remove(left)
    own = Place(f"{PREFIX}{os.getpid()}")
    yield own
    deadline = time.monotonic() + SECONDS
    while own.is_taken() and time.monotonic() < deadline:
        time.sleep(0.1)
    remove(own)
    for log in (own.odoo_log, own.watch_log, own.smtp_log):
        log.unlink(missing_ok=True)
