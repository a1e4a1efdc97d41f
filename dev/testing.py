# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``make test``: every runner in turn, one total at the end.

    unit    pytest on helpdesk_mail/tests/unit: no database, no network
    corpora the mails of other projects' test suites, against the floor of right answers
    fuzz    the fuzzers of `make fuzz`, for a short while
    road    pytest on tests/: real PostgreSQL, Dovecot, SMTP server, browser
    odoo    the add-on's tests inside Odoo, while it is being installed and after
    stock   with the add-on installed: Odoo's own mail gateway tests and the OCA helpdesk's
    others  with add-ons beside ours that change what incoming mail does: their tests, and that
            they go on working

The environment variable ONLY (or TEST_TAGS) names one or several of these, by commas.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from . import odoo, paths, results
from .console import Problem, banner, clean_environment, say, tail
from .corpora import command as corpora
from .fuzz import command as fuzz
from .fuzz import targets as fuzz_targets
from .results import Counts

PLAIN_LAYERS = ("message", "transport")
# Commands print, and import the add-on by its full name since Odoo loads them from outside it.
# (In pyproject.toml, pylint would disable these two before it enables pylint-odoo's all.)
PYLINT = ("--rcfile=pyproject.toml", "--disable=print-used,odoo-addons-relative-import")
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
STEP_SECONDS = 1800
MAILBOX = paths.ROOT / "tests" / "mailbox"
FUZZ_SECONDS = 20


def lint() -> int:
    """Style of everything, types of the plain layers, the OCA's checks; the exit code."""
    bad = 0
    checks = _linters()
    for name, argv in checks:
        banner(name)
        bad += subprocess.call(argv, cwd=paths.ROOT, env=clean_environment()) != 0
    return 1 if bad else 0


def _linters(*, quick: bool = False) -> list[tuple[str, list[str]]]:
    """The (name, command) of each check that has something to check; ``quick``: only fast ones."""
    bin_dir = paths.VENV / "bin"
    folders = [name for name in ("dev", "helpdesk_mail", "tests") if (paths.ROOT / name).is_dir()]
    found = [
        ("ruff check", [str(bin_dir / "ruff"), "check", *folders]),
        ("ruff format", [str(bin_dir / "ruff"), "format", "--check", *folders]),
    ]
    layers = [
        f"helpdesk_mail/{name}" for name in PLAIN_LAYERS if any((paths.ADDON / name).glob("*.py"))
    ]
    if layers:
        found.append(("mypy", [str(bin_dir / "mypy"), *layers]))
    if quick:
        return found
    if odoo.has_addon():
        found += [
            ("pylint-odoo", [str(bin_dir / "pylint"), *PYLINT, "helpdesk_mail"]),
            ("OCA checks", [str(bin_dir / "oca-checks-odoo-module"), "helpdesk_mail"]),
            ("generated files", [sys.executable, "-m", "dev", "generated", "--check"]),
        ]
    if translations := sorted(map(str, (paths.ADDON / "i18n").glob("*.po*"))):
        found.append(("OCA translations", [str(bin_dir / "oca-checks-po"), *translations]))
    return found


def main(*, quick: bool = False, only: str | None = None) -> int:
    """Run the tests; the exit code is 0 only if some ran and none failed."""
    parts: dict[str, Callable[[], Counts | None]] = {
        "lint": _lint,
        "unit": lambda: _pytest("unit", paths.ADDON / "tests" / "unit"),
        "corpora": _corpora,
        "fuzz": _fuzz,
        "road": lambda: _pytest("road", paths.ROOT / "tests", f"--ignore={MAILBOX}"),
        "mailbox": lambda: _pytest("mailbox", MAILBOX),
        "odoo": _odoo,
        "stock": _stock,
        "others": _others,
    }
    if quick:
        parts = {
            "lint": lambda: _lint(quick=True),
            "unit": lambda: _pytest("unit", paths.ADDON / "tests" / "unit", "-m", "not slow"),
            "odoo": _odoo_quick,
        }
    if only:
        wanted = [name.strip() for name in only.split(",") if name.strip()]
        unknown = [name for name in wanted if name not in parts]
        if unknown or not wanted:
            raise Problem(f"ONLY={only}: choose from {', '.join(parts)}.")
        parts = {name: parts[name] for name in wanted}
    _drop_left_behind()
    total = Counts()
    summary = []
    for name, part in parts.items():
        banner(name)
        started = time.monotonic()
        try:
            counts = part()
        except Problem as problem:
            counts = Counts(problem=str(problem))
        seconds = time.monotonic() - started
        if counts is None:
            say("nothing here yet")
            continue
        if counts.problem or not counts.total:
            # A part that cannot run is a failure, not an absence.
            counts.failed = max(1, counts.failed)
            say(counts.problem or "no test ran")
        for bad in counts.bad[:20]:
            say(f"FAILED {bad}")
        total.passed += counts.passed
        total.failed += counts.failed
        total.skipped += counts.skipped
        summary.append(f"{name:<7} {counts} in {seconds:.0f} s")
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


def _lint(*, quick: bool = False) -> Counts | None:
    """The linters as one test each, so that they cannot be overlooked."""
    counts = Counts()
    for name, argv in _linters(quick=quick):
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
    modules = [*odoo.OCA, *OTHERS, "helpdesk_mail"]
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


def _drop_left_behind() -> None:
    """Drop the databases of runs that were killed."""
    for name in odoo.postgres.main_cluster().databases():
        if name.startswith(("test_odoo_", "test_quick_", "test_stock_", "test_others_")):
            pid = name.rsplit("_", 1)[1]
            if not Path(f"/proc/{pid}").exists():
                odoo.drop_database(name)
