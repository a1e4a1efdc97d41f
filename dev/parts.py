# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The parts of ``make test``, each a process of its own: ``python3 -m dev part NAME``.

What a part prints is for a person; what it counted goes to the file ``--result`` as JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import odoo, paths, results
from .console import Problem, clean_environment, say, tail
from .corpora import command as corpora
from .fuzz import command as fuzz
from .fuzz import targets as fuzz_targets
from .linters import linters
from .results import Counts

STOCK_TAGS = (
    "/test_mail:TestMailgateway",
    "/mail:TestFetchmail",
    *(f"/{name}" for name in odoo.OCA),
)
# Their work on incoming mail must happen with ours as well.
OTHERS = (
    "helpdesk_ticket_partner_response",
    "helpdesk_mgmt_rating",
    "helpdesk_ticket_close_inactive",
    "helpdesk_type",
)
# Odoo's own, which reach for the records of others; their tests are not run
BESIDE = ("base_automation", "privacy_lookup")
OTHERS_TAGS = ("other_addons/helpdesk_mail", *(f"/{name}" for name in OTHERS))
# Run inside `odoo shell`, so that tests which Odoo would run before our add-on is loaded
# (at_install) meet it as well.
IN_SHELL = """
from odoo.tests.shell import run_tests
if {browser!r}:
    env["ir.qweb"]._pregenerate_assets_bundles()
    env.cr.commit()
report = run_tests(env, {tags!r})
report.log_stats()
print(report)
"""
# Only a step that hangs takes so long, beside another one and on a busy machine too.
STEP_SECONDS = 3600
FUZZ_SECONDS = 20


def main(words: list[str]) -> int:
    """Run one part; 0 if it came to its end, whatever it found."""
    parser = argparse.ArgumentParser(prog="python3 -m dev part", description=__doc__)
    parser.add_argument("name", choices=sorted({*PARTS, *QUICK_PARTS}))
    parser.add_argument("--quick", action="store_true", help="its tests that take no long")
    parser.add_argument("--result", type=Path, required=True)
    options = parser.parse_args(words)
    part = (QUICK_PARTS if options.quick else PARTS)[options.name]
    started = time.monotonic()
    try:
        counts = part()
    except Problem as problem:
        counts = Counts(problem=str(problem))
    seconds = time.monotonic() - started
    found = None if counts is None else dataclasses.asdict(counts)
    options.result.write_text(json.dumps({"counts": found, "seconds": seconds}))
    return 0


def _lint(*, quick: bool = False) -> Counts | None:
    """The linters as one test each, so that they cannot be overlooked."""
    counts = Counts()
    for name, argv in linters(quick=quick):
        log = paths.LOG / f"{name.replace(' ', '-')}.log"
        if _call(argv, log):
            counts.passed += 1
        else:
            counts.failed += 1
            counts.bad.append(name)
            say(tail(log, 30))
    return counts


def _pytest(name: str, folder: Path, *options: str) -> Counts | None:
    if not any(folder.rglob("test_*.py")):
        return None
    report = paths.LOG / f"{name}.xml"
    report.unlink(missing_ok=True)
    log = paths.LOG / f"{name}.log"
    argv = [str(paths.VENV_PYTHON), "-m", "pytest", "-q", f"--junit-xml={report}", *options]
    argv.append(str(folder))
    fine = _call(argv, log)
    counts = results.from_junit(report)
    if not fine:
        say(tail(log, 60))
        if not counts.failed:
            counts.problem = counts.problem or f"pytest failed; see {log}"
    return counts


def _corpora() -> Counts | None:
    """Each field of each corpus as one test; skipped where the corpora are not there."""
    if not corpora.is_there():
        return Counts(skipped=1, reasons=[corpora.MISSING])
    log = paths.LOG / "corpora.log"
    _call([sys.executable, "-m", "dev", "corpora"], log)
    counts = results.from_corpora_log(log.read_text(errors="replace"))
    say(tail(log, 200 if counts.failed or counts.problem else 1))
    return counts


def _fuzz() -> Counts | None:
    """Each fuzzer as one test."""
    return fuzz.run(list(fuzz_targets.NAMES), FUZZ_SECONDS)


def _odoo() -> Counts | None:
    """Install the add-on on the OCA helpdesk with its own tests switched on."""
    if not _has_odoo_tests():
        return None
    with _Database("odoo", odoo.template_database(odoo.OCA)) as name:
        return _run_odoo(
            "odoo",
            odoo.odoo_command(
                name,
                *("-i", "helpdesk_mail", "--test-tags=/helpdesk_mail", "--stop-after-init"),
                *_server_options(),
            ),
        )


def _odoo_quick() -> Counts | None:
    """The add-on's tests with the tag ``quick``, on a database that has it."""
    if not _has_odoo_tests():
        return None
    with _Database("quick", odoo.template_database([*odoo.OCA, "helpdesk_mail"])) as name:
        return _run_in_shell("quick", name, "helpdesk_mail_quick", browser=False)


def _stock() -> Counts | None:
    modules = [*odoo.OCA, "test_mail"]
    if odoo.has_addon():
        modules.append("helpdesk_mail")
    with _Database("stock", odoo.template_database(modules)) as name:
        return _run_in_shell("stock", name, ",".join(STOCK_TAGS))


def _others() -> Counts | None:
    """Ours and the tests of the add-ons beside it, in a database with all of them."""
    if not _has_odoo_tests():
        return None
    modules = [*odoo.OCA, *OTHERS, *BESIDE, "helpdesk_mail"]
    with _Database("others", odoo.template_database(modules)) as name:
        return _run_in_shell("others", name, ",".join(OTHERS_TAGS))


def _has_odoo_tests() -> bool:
    return odoo.has_addon() and any((paths.ADDON / "tests").glob("test_*.py"))


def _server_options() -> list[str]:
    return [f"--http-port={odoo.free_port()}", "--max-cron-threads=0", "--log-level=info"]


def _run_in_shell(name: str, database: str, tags: str, *, browser: bool = True) -> Counts:
    argv = odoo.odoo_command(database, "shell", *_server_options())
    return _run_odoo(name, argv, IN_SHELL.format(tags=tags, browser=browser))


def _run_odoo(name: str, argv: list[str], script: str = "") -> Counts:
    log = paths.LOG / f"{name}.log"
    fine = _call(argv, log, script)
    counts = results.from_odoo_log(log.read_text(errors="replace"))
    for module, number in sorted(counts.modules.items()):
        say(f"   {module}: {number} tests")
    if counts.failed or not fine or counts.problem:
        say(tail(log, 60))
        if not counts.failed:
            counts.problem = counts.problem or f"Odoo ended with an error; see {log}"
    return counts


def _call(argv: list[str], log: Path, script: str = "") -> bool:
    """Run ``argv`` into ``log``, with ``script`` as its input; whether it ended well."""
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                argv,
                input=script.encode(),
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=paths.ROOT,
                env=clean_environment(),
                timeout=STEP_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            output.write(f"\n{error}\n".encode())
            return False
    return done.returncode == 0


class _Database:
    """A database for one run of tests; its name holds our process, so that runs do not meet."""

    def __init__(self, part: str, template: str) -> None:
        self.name = f"test_{part}_{os.getpid()}"
        self.template = template

    def __enter__(self) -> str:
        odoo.drop_database(self.name)
        odoo.create_database(self.name, self.template)
        return self.name

    def __exit__(self, *_: object) -> None:
        odoo.drop_database(self.name)


def drop_left_behind() -> None:
    """Drop the databases of runs that were killed."""
    for name in odoo.postgres.main_cluster().databases():
        if name.startswith(("test_odoo_", "test_quick_", "test_stock_", "test_others_")):
            pid = name.rsplit("_", 1)[1]
            if not Path(f"/proc/{pid}").exists():
                odoo.drop_database(name)


def _unit(*options: str) -> Counts | None:
    return _pytest("unit", paths.ADDON / "tests" / "unit", *options)


def _road() -> Counts | None:
    return _pytest("road", paths.ROOT / "tests" / "road")


def _life() -> Counts | None:
    return _pytest("life", paths.ROOT / "tests", f"--ignore={paths.ROOT / 'tests' / 'road'}")


# In the order in which they are shown.
PARTS: dict[str, Callable[[], Counts | None]] = {
    "lint": _lint,
    "unit": _unit,
    "corpora": _corpora,
    "fuzz": _fuzz,
    "road": _road,
    "life": _life,
    "odoo": _odoo,
    "stock": _stock,
    "others": _others,
}
QUICK_PARTS: dict[str, Callable[[], Counts | None]] = {
    "lint": lambda: _lint(quick=True),
    "unit": lambda: _unit("-m", "not slow"),
    "odoo": _odoo_quick,
}
