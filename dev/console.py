# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a person sees: progress in plain words, and one clear message when something is wrong."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from . import paths


class Problem(Exception):
    """Something that a person has to know or do; shown without a traceback, exit code 1."""


def say(text: str = "") -> None:
    """Print ``text`` at once, even into a pipe."""
    print(text, flush=True)


def banner(text: str) -> None:
    """Print a heading."""
    say(f"\n== {text} " + "=" * max(3, 76 - len(text)))


@contextlib.contextmanager
def step(text: str) -> Iterator[None]:
    """Say what is being done, and how long it took once it is."""
    say(f"-- {text} ...")
    started = time.monotonic()
    yield
    say(f"   done in {time.monotonic() - started:.1f} s: {text}")


def tail(path: Path, lines: int = 40) -> str:
    """The last ``lines`` lines of the file, or "" where there is none."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def clean_environment() -> dict[str, str]:
    """This process's environment without what would lead Python, PostgreSQL or Odoo elsewhere."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "ODOO_", "PYTHON", "VIRTUAL_ENV", "PYENV_", "MAKE", "MFLAGS"))
        and name not in ("OPENERP_SERVER", "LC_ALL", "LANGUAGE")
    }
    environment.setdefault("HOME", str(paths.DEV))
    environment["LANG"] = "C.UTF-8"
    # the mail servers of the demo and of the tests are on this machine
    environment["HELPDESK_MAIL_PRIVATE_NETWORKS"] = "127.0.0.0/8"
    environment["PATH"] = f"{paths.BIN}:{paths.VENV / 'bin'}:" + os.environ.get(
        "PATH", "/usr/local/bin:/usr/bin:/bin"
    )
    return environment


def run_logged(
    argv: Sequence[str | Path],
    log: Path,
    *,
    what: str,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run ``argv`` with its output in the file ``log``; raises Problem with the log's tail."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                [str(part) for part in argv],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=clean_environment() if environment is None else dict(environment),
                cwd=cwd or paths.ROOT,
                check=False,
            )
        except OSError as error:
            raise Problem(f"{what}: {error}") from error
    if done.returncode:
        raise Problem(f"{what} failed; the end of {log}:\n{tail(log)}")


def is_interactive() -> bool:
    """Whether a person sits at this terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
