# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""HTML that attacks sanitisers: nothing may act, the words must stay."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from . import sanitizers
from .case import Case

FOLDER = "bleach"
TOOLS = sanitizers.TOOLS
judge = sanitizers.judge


def cases(folder: Path) -> Iterator[Case]:
    """The inputs of the tests; what follows "--" is the output of that project."""
    for path in sorted(folder.glob("*.test"), key=lambda path: int(path.stem)):
        markup, _, _ = path.read_text(encoding="utf-8").partition("\n--\n")
        yield from sanitizers.questions(path.name, markup)
