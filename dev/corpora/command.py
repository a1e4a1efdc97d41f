# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Run the corpora, print the table, hold our counts against the floor."""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import time
import types
from pathlib import Path

from .. import console, paths, setup
from . import floor, rivals, scoring, table

VARIABLE = "HELPDESK_MAIL_CORPORA"
MISSING = f"{VARIABLE} names no folder with the corpora, so nothing was scored."


def is_there() -> bool:
    """Whether the environment names a folder of corpora."""
    return bool(os.environ.get(VARIABLE)) and Path(os.environ[VARIABLE]).is_dir()


def main(words: list[str]) -> int:
    """Score; 0 if no count is below its floor and every deviation is still one."""
    parser = argparse.ArgumentParser(prog="make corpora", description=__doc__)
    parser.add_argument("--only", help="names of corpora, by commas")
    parser.add_argument("--ours", action="store_true", help="without the other libraries")
    parser.add_argument("--wrong", action="store_true", help="list what we answer wrongly")
    parser.add_argument("--raise-floor", action="store_true", help="make today's counts the floor")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    if not is_there():
        console.say(f"SKIPPED: {MISSING}")
        return 0
    if not options.inside:
        return _again_inside(words, rivals_too=not options.ours)
    return _score(Path(os.environ[VARIABLE]), options)


def _again_inside(words: list[str], *, rivals_too: bool) -> int:
    """The same command with the Python that has the packages."""
    if not paths.VENV_PYTHON.exists() or rivals_too:
        setup.ensure()
    environment = dict(console.clean_environment())
    environment[VARIABLE] = os.environ[VARIABLE]
    if rivals_too:
        try:
            rivals.ensure()
            environment["PYTHONPATH"] = str(rivals.FOLDER)
        except console.Problem as problem:
            console.say(f"The other libraries cannot be installed, so we are alone: {problem}")
    argv = [str(paths.VENV_PYTHON), "-m", "dev", "corpora", "--inside", *words]
    return subprocess.call(argv, cwd=paths.ROOT, env=environment)


def modules(only: str | None = None) -> list[types.ModuleType]:
    """The modules of this package that score a corpus, in the order of their names."""
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py"))
    if only:
        wanted = only.split(",")
        unknown = [name for name in wanted if name not in names]
        if unknown:
            raise console.Problem(f"There is no corpus {', '.join(unknown)}.")
        names = [name for name in names if name in wanted]
    found = [importlib.import_module(f"dev.corpora.{name}") for name in names]
    return [module for module in found if hasattr(module, "cases")]


def _score(folder: Path, options: argparse.Namespace) -> int:
    _stand_in_for_the_addon()
    started = time.monotonic()
    outcomes = []
    for module in modules(options.only):
        outcomes += scoring.run(module, folder, with_others=not options.ours)
    table.show(outcomes)
    table.show_deviations(outcomes)
    if options.wrong:
        table.show_wrong(outcomes)
    console.say(f"scored in {time.monotonic() - started:.0f} s")
    if options.raise_floor:
        floor.raise_to(outcomes)
    problems = floor.problems(outcomes, whole=not options.only)
    for problem in problems:
        console.say(f"FAILED {problem}")
    fine = len(outcomes) - len({problem.partition(":")[0] for problem in problems})
    console.say(f"{max(0, fine)} fields fine, {len(problems)} problems")
    return 1 if problems or not outcomes else 0


def _stand_in_for_the_addon() -> None:
    """Let ``helpdesk_mail.message`` be imported without the add-on's Odoo models."""
    if "helpdesk_mail" not in sys.modules:
        package = types.ModuleType("helpdesk_mail")
        package.__path__ = [str(paths.ADDON)]
        sys.modules["helpdesk_mail"] = package
