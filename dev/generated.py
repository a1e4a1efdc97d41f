# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``python3 -m dev generated``: the files of the add-on that are made from its sources.

The translation template (``i18n/helpdesk_mail.pot``) and the readme (:mod:`dev.addon_readme`).
With ``--check`` nothing is written: it says what is stale; the exit code is 1 if anything is.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from . import addon_readme, odoo, paths, setup
from .console import Problem, clean_environment, say

_DATE = re.compile(r'^"(POT-Creation-Date|PO-Revision-Date): .*\\n"$', re.MULTILINE)


def main(words: list[str]) -> int:
    """Make the files, or check them; the exit code."""
    setup.ensure()
    check = "--check" in words
    stale = addon_readme.main(["--check"] if check else [])
    template = paths.ADDON / "i18n" / "helpdesk_mail.pot"
    fresh = export_template()
    if not template.exists() or _undated(template.read_text()) != _undated(fresh):
        if check:
            say(f"{template.name} is not current: run python3 -m dev generated")
            return 1
        template.write_text(fresh)
        say(f"wrote {template.relative_to(paths.ROOT)}")
    return stale


def export_template() -> str:
    """The translation template of the add-on as Odoo exports it."""
    database = f"test_generated_{os.getpid()}"
    odoo.create_database(database, odoo.template_database([*odoo.OCA, "helpdesk_mail"]))
    try:
        return _export(database)
    finally:
        odoo.drop_database(database)


def _export(database: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "helpdesk_mail.pot"
        # this command wants its options behind its own command
        argv = [str(paths.VENV_PYTHON), "-m", "odoo", "i18n", "export", "-c", str(paths.ODOO_CONF)]
        done = subprocess.run(
            [*argv, "-d", database, "-l", "pot", "-o", str(output), "helpdesk_mail"],
            capture_output=True,
            text=True,
            env=clean_environment(),
            check=False,
        )
        if done.returncode or not output.exists():
            raise Problem(f"Odoo could not export the terms to translate: {done.stderr[-2000:]}")
        return output.read_text()


def _undated(text: str) -> str:
    return _DATE.sub("", text)
