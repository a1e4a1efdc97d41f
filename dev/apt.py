# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""apt-get with package lists and a cache of our own: it needs no root, and changes nothing else."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from . import paths
from .console import Problem, tail


def options(folder: Path, **settings: object) -> list[str]:
    """Words for the command line that keep lists and cache in ``folder``; ``settings`` more, with
    ``__`` for ``::``.
    """
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    found = {
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "APT::Sandbox::User": "root",
        **{name.replace("__", "::"): value for name, value in settings.items()},
    }
    return [word for name, value in found.items() for word in ("-o", f"{name}={value}")]


def get(words: list[str], *command: str, log: str, cwd: Path | None = None) -> str:
    """Run ``apt-get`` with the options ``words``; what it says. Raises Problem where it fails."""
    path = paths.LOG / log
    with path.open("wb") as output:
        done = subprocess.run(
            ["apt-get", "-q", *words, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd or paths.APT,
            check=False,
        )
    text = path.read_text(errors="replace")
    # `apt-get update` calls an unreachable mirror a warning.
    refused = command[0] == "update" and re.search(r"^(Err:|W: Failed|E: )", text, re.MULTILINE)
    if done.returncode or refused:
        raise Problem(f"apt-get {command[0]} failed; the end of {path}:\n{tail(path, 15)}")
    return text
