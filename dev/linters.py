# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Style of everything, types of the plain layers, the OCA's checks."""

from __future__ import annotations

import subprocess
import sys

from . import odoo, paths
from .console import banner, clean_environment

PLAIN_LAYERS = ("message", "transport")
# Commands print, and import the add-on by its full name since Odoo loads them from outside it.
# (In pyproject.toml, pylint would disable these two before it enables pylint-odoo's all.)
PYLINT = ("--rcfile=pyproject.toml", "--disable=print-used,odoo-addons-relative-import")


def lint() -> int:
    """Run all checks with their output; the exit code."""
    bad = 0
    for name, argv in linters():
        banner(name)
        bad += subprocess.call(argv, cwd=paths.ROOT, env=clean_environment()) != 0
    return 1 if bad else 0


def linters(*, quick: bool = False) -> list[tuple[str, list[str]]]:
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
