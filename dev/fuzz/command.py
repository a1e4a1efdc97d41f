# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run the fuzzers for a while; what they find stays in a file to be looked at."""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from pathlib import Path

from .. import paths, setup
from ..console import clean_environment, say, tail
from ..results import Counts
from . import targets

FOLDER = paths.DEV / "fuzz"
# No mail may take so long, and no mail of this size so much memory.
_SECONDS_A_MAIL = 10
_MEGABYTES = 2048
_LONGEST = 16384


def main(words: list[str]) -> int:
    """Fuzz each target for a share of the time; 0 if nothing was found."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together")
    parser.add_argument("--only", choices=targets.NAMES, help="one target")
    options = parser.parse_args(words)
    setup.ensure(tests=False)
    names = [options.only] if options.only else list(targets.NAMES)
    counts = run(names, options.seconds // len(names))
    for reason in counts.reasons:
        say(f"SKIPPED: {reason}")
    for bad in counts.bad:
        say(f"FAILED {bad}")
    say(f"{counts}")
    return 1 if counts.failed else 0


def run(names: list[str], seconds: int) -> Counts:
    """Fuzz each of *names* for *seconds*, starting from what was found interesting before."""
    counts = Counts()
    if subprocess.call(
        [str(paths.VENV_PYTHON), "-c", "import atheris"],
        env=_environment(),
        stderr=subprocess.DEVNULL,
    ):
        counts.skipped = len(names)
        counts.reasons.append("atheris cannot be imported with this Python, so nothing was fuzzed")
        return counts
    for name in names:
        if finding := _fuzz(name, seconds):
            counts.failed += 1
            counts.bad.append(finding)
        else:
            counts.passed += 1
    return counts


def _fuzz(name: str, seconds: int) -> str:
    """Fuzz the target *name*; what was found, "" if nothing."""
    dictionary = _seeds(name)
    findings = FOLDER / "findings"
    findings.mkdir(parents=True, exist_ok=True)
    log = paths.LOG / f"fuzz-{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    argv = [
        *(str(paths.VENV_PYTHON), "-m", "dev.fuzz.targets", name, str(FOLDER / name)),
        *(f"-max_total_time={seconds}", f"-max_len={_LONGEST}", f"-dict={dictionary}"),
        *(f"-timeout={_SECONDS_A_MAIL}", f"-rss_limit_mb={_MEGABYTES}", "-close_fd_mask=0"),
        *("-print_final_stats=1", f"-artifact_prefix={findings}/{name}-"),
    ]
    started = time.time()
    with log.open("wb") as output:
        code = subprocess.call(
            argv, cwd=paths.ROOT, env=_environment(), stdout=output, stderr=subprocess.STDOUT
        )
    text = log.read_text(encoding="utf-8", errors="replace")
    runs = [line for line in text.splitlines() if "number_of_executed_units" in line]
    say(f"{name}: {runs[-1].split()[-1] if runs else '?'} inputs in {seconds} s")
    if not code:
        return ""
    say(tail(log, 40))
    new = [path for path in findings.iterdir() if path.stat().st_mtime >= started - 1]
    return f"{name}: {', '.join(map(str, new)) or 'see ' + str(log)}"


def _seeds(name: str) -> Path:
    """Write the seeds, with the Python that has the packages; returns the dictionary."""
    code = (
        "import sys, pathlib; from dev.fuzz import seeds; "
        "print(seeds.write(pathlib.Path(sys.argv[1]), sys.argv[2]))"
    )
    argv = [str(paths.VENV_PYTHON), "-c", code, str(FOLDER / name), name]
    done = subprocess.run(
        argv, cwd=paths.ROOT, env=_environment(), check=True, capture_output=True, text=True
    )
    return Path(done.stdout.strip())


def _environment() -> dict[str, str]:
    """Ours, with the folders in ``HELPDESK_MAIL_FUZZ_PATH`` where atheris may be instead."""
    environment = dict(clean_environment())
    if extra := os.environ.get("HELPDESK_MAIL_FUZZ_PATH"):
        environment["PYTHONPATH"] = extra
    return environment
