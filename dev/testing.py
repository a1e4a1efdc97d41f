# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``make test``: every part, several at a time, and one total at the end.

    lint    style, types, the OCA's checks, generated files
    unit    pytest on helpdesk_mail/tests/unit: no database, no network
    corpora the mails of other projects' test suites, against the floor of right answers
    fuzz    the fuzzers of `make fuzz`, for a short while
    road    pytest on tests/road: faults between a mail server and a ticket
    life    pytest on the other folders of tests/, with real servers as well: installation to
            removal, the demo, the process that waits for mail, notifications, outgoing mail
    odoo    the add-on's tests inside Odoo, while it is being installed and after
    stock   with the add-on installed: Odoo's own mail gateway tests and the OCA helpdesk's
    others  with add-ons beside ours that change what incoming mail does: their tests, and that
            they go on working

The environment variable ONLY (or TEST_TAGS) names one or several of these, by commas; LANES says
how many run at a time. What they do is in :mod:`dev.parts`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from . import paths
from .console import Problem, banner, say
from .lanes import Job, Lanes, lanes_here
from .parts import PARTS, QUICK_PARTS, drop_left_behind
from .results import Counts

# The long ones first, so that at the end no lane waits long for the other.
IN_TURN = ("odoo", "life", "road", "lint", "unit", "others", "stock", "fuzz", "corpora")


def main(*, quick: bool = False, only: str | None = None) -> int:
    """Run the tests; the exit code is 0 only if some ran and none failed."""
    names = _chosen(list(QUICK_PARTS if quick else PARTS), only)
    alone = len(names) == 1
    drop_left_behind()
    total = Counts()
    summary = []
    with tempfile.TemporaryDirectory() as folder:
        jobs = [
            _job(name, Path(folder), quick=quick, alone=alone) for name in sorted(names, key=_turn)
        ]
        if alone:
            banner(names[0])
        with Lanes(jobs, lanes_here()) as lanes:
            for name in names:
                code = lanes.wait(name)
                if not alone:
                    banner(name)
                    say(_output(Path(folder), name).read_text(errors="replace").rstrip("\n"))
                counts, seconds = _result(Path(folder), name, code)
                if counts is None:
                    say("nothing here yet")
                    continue
                _add(total, counts)
                summary.append(f"{name:<6} {counts} in {seconds:.0f} s")
                say(summary[-1].strip())
                for reason in sorted(set(counts.reasons))[:5]:
                    say(f"   skipped: {reason}")
    if not total.total:
        total.failed = 1
        say("No test ran at all.")
    banner("total")
    for line in summary:
        say(line)
    say(f"logs are in {paths.LOG}")
    say(str(total))
    return 1 if total.failed else 0


def _chosen(names: list[str], only: str | None) -> list[str]:
    """Those of ``names`` that ``only`` lists by commas, in their own order."""
    if not only:
        return names
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    if not wanted or not set(wanted) <= set(names):
        raise Problem(f"ONLY={only}: choose from {', '.join(names)}.")
    return [name for name in names if name in wanted]


def _turn(name: str) -> int:
    """The place of a part; one that nobody has measured yet comes last."""
    return IN_TURN.index(name) if name in IN_TURN else len(IN_TURN)


def _output(folder: Path, name: str) -> Path:
    return folder / f"{name}.txt"


def _job(name: str, folder: Path, *, quick: bool, alone: bool) -> Job:
    argv = [sys.executable, "-m", "dev", "part", name, "--result", str(folder / f"{name}.json")]
    if quick:
        argv.append("--quick")
    # a part that runs alone may be watched while it does
    return Job(name, argv, None if alone else _output(folder, name))


def _result(folder: Path, name: str, code: int) -> tuple[Counts | None, float]:
    """What the part ``name`` found and how long it took; None where there is nothing to run."""
    try:
        found = json.loads((folder / f"{name}.json").read_text())
    except (OSError, ValueError):
        found = {"counts": {}, "seconds": 0.0}
        code = code or 1
    if found["counts"] is None:
        return None, found["seconds"]
    counts = Counts(**found["counts"])
    if code:
        counts.problem = counts.problem or f"this part broke off (exit code {code})"
    return counts, found["seconds"]


def _add(total: Counts, counts: Counts) -> None:
    """Add to the total, and say what is wrong."""
    if counts.problem or not counts.total:
        # A part that cannot run is a failure, not an absence.
        counts.failed = max(1, counts.failed)
        say(counts.problem or "no test ran")
    for bad in counts.bad[:20]:
        say(f"FAILED {bad}")
    total.passed += counts.passed
    total.failed += counts.failed
    total.skipped += counts.skipped
