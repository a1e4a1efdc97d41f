# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The servers that a demo starts: each in a session of its own, so that Ctrl-C reaches only us.

They have the demo's folder ``working`` as their current directory. By that, and by the program
that they run, the next run recognises and ends what a killed one has left behind.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .. import paths
from ..console import clean_environment

PATIENCE = 15.0  # seconds until SIGKILL


class Child:
    """One server; what it prints goes to ``log``, unless ``output`` asks for a pipe."""

    def __init__(
        self,
        what: str,
        argv: Sequence[str],
        *,
        working: Path,
        log: Path,
        output: int | None = None,
        environment: Mapping[str, str] | None = None,
        is_vital: bool = True,
    ) -> None:
        self.what = what
        self.is_vital = is_vital  # the demo ends when it does
        self.log = log
        working.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=file if output is None else output,
                stderr=file,
                cwd=working,
                env={**clean_environment(), **(environment or {})},
                start_new_session=True,
            )

    def has_ended(self) -> bool:
        """Whether it has stopped, by itself or asked to."""
        return self.process.poll() is not None

    def stop(self) -> None:
        """Ask it to stop, and see that it and its own children have."""
        if not self.has_ended():
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE)
        # Whoever is left in its session is a worker that lost its master.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def end_remains(working: Path) -> int:
    """End the servers that a killed run has left; returns how many there were."""
    found = _remains(working)
    deadline = time.monotonic() + PATIENCE
    for pid in found:
        _signal(pid, signal.SIGTERM)
    while left := _remains(working):
        if time.monotonic() > deadline:
            for pid in left:
                _signal(pid, signal.SIGKILL)
        # They are not our children: there is nothing to wait on but their absence.
        time.sleep(0.05)
    return len(found)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _remains(working: Path) -> list[int]:
    home = str(working)
    with contextlib.suppress(OSError):
        home = os.path.realpath(working)
    program = os.path.realpath(paths.VENV_PYTHON)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (
                os.readlink(process / "cwd") == home
                and os.path.realpath(process / "exe") == program
                and int(process.name) != os.getpid()
            ):
                found.append(int(process.name))
    return found
