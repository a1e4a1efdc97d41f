# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run commands side by side, each with its output in a file of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import paths
from .console import say


@dataclass(frozen=True)
class Job:
    """A command, and the file that its output goes to (None: where ours goes)."""

    name: str
    argv: Sequence[str]
    output: Path | None


class Lanes:
    """Takes jobs from the front of the list as soon as one of ``number`` lanes is free.

    with Lanes(jobs, 2) as lanes:
        code = lanes.wait("lint")
    """

    def __init__(self, jobs: Sequence[Job], number: int) -> None:
        self._pool = ThreadPoolExecutor(number)
        self._announce = number > 1 and len(jobs) > 1
        self._running: dict[str, Future[int]] = {
            job.name: self._pool.submit(self._run, job) for job in jobs
        }

    def __enter__(self) -> Lanes:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def wait(self, name: str) -> int:
        """The exit code of the job ``name`` once it has ended."""
        return self._running[name].result()

    def _run(self, job: Job) -> int:
        if self._announce:
            say(f"-- {job.name} begins")
        if job.output is None:
            return subprocess.call(job.argv, cwd=paths.ROOT)
        with job.output.open("wb") as output:
            return subprocess.call(
                job.argv, cwd=paths.ROOT, stdout=output, stderr=subprocess.STDOUT
            )


def lanes_here() -> int:
    """As many lanes as this machine has use for; LANES overrides.

    One more than there are processors, since tests wait for servers and browsers half their time.
    """
    return int(os.environ.get("LANES") or min(3, 1 + len(os.sched_getaffinity(0))))
