# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``python3 -m dev COMMAND``: what the Makefile calls."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import subprocess
import sys
import time

from . import console, linters, odoo, paths, postgres, setup, state, testing

# Commands that live in a module of their own with a function main(words) -> exit code.
ELSEWHERE = {
    "run": "start Odoo with demo data and a mail server",
    "send": "write a mail to the demo inbox while the demo runs",
    "mails": "list what the demo has sent",
    "bench": "measure against stock Odoo",
    "corpora": "read the mails of other projects' test suites",
    "fuzz": "look for mails that break the parser",
    "generated": "make the translation template and the readme of the add-on",
    "part": "run one part of the tests; `test` and `quick` do",
}
MODULES = {"send": "dev.demo.send", "mails": "dev.demo.sent", "part": "dev.parts"}


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m dev", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("setup", help="get all that Odoo needs")
    test = commands.add_parser("test", help="run all tests")
    test.add_argument("--only", default=os.environ.get("ONLY") or os.environ.get("TEST_TAGS"))
    commands.add_parser("quick", help="run the tests that take less than a minute")
    commands.add_parser("lint", help="check style and types")
    commands.add_parser("stop", help="stop PostgreSQL")
    commands.add_parser("clean", help="stop everything and delete .dev")
    for name in ("shell", "psql"):
        command = commands.add_parser(name, help=f"open {name} on a database")
        command.add_argument("database", nargs="?", default="demo")
    for name, text in ELSEWHERE.items():
        commands.add_parser(name, help=text, add_help=False)
    options, words = parser.parse_known_args(argv)
    if words and options.command not in ELSEWHERE:
        parser.error(f"unknown: {' '.join(words)}")
    try:
        return _run(options, words)
    except console.Problem as problem:
        sys.stdout.flush()
        print(f"\n{problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace, words: list[str]) -> int:
    command: str = options.command
    if command in ELSEWHERE:
        module = MODULES.get(command, f"dev.{command}")
        if importlib.util.find_spec(module) is None:  # somebody is still writing it
            raise console.Problem(f"`{command}` is not there yet.")
        return int(importlib.import_module(module).main(words) or 0)
    if command == "stop":
        return _stop()
    if command == "clean":
        return _clean()
    if command == "psql":
        cluster = postgres.main_cluster()
        cluster.start()
        return subprocess.call(cluster.psql(options.database, postgres.ROLE))
    started = time.monotonic()
    setup.ensure(tests=command in ("test", "quick"))
    if command == "setup":
        console.say(f"Ready after {time.monotonic() - started:.1f} s.")
        return 0
    if command == "shell":
        argv = odoo.odoo_command(options.database, "shell", "--no-http")
        return subprocess.call(argv, env=odoo.odoo_environment())
    if command == "lint":
        return linters.lint()
    return testing.main(quick=command == "quick", only=getattr(options, "only", None))


def _stop() -> int:
    if importlib.util.find_spec("dev.run") is not None:
        stop = getattr(importlib.import_module("dev.run"), "stop", None)
        if stop is not None:
            stop()
    if paths.POSTGRESQL.exists():
        postgres.main_cluster().stop()
    console.say("Stopped.")
    return 0


def _clean() -> int:
    _stop()
    postgres.main_cluster().remove()
    state.remove_tree(paths.DEV)
    console.say(f"Deleted {paths.DEV}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
