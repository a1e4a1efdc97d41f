# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""HTML that attacks sanitisers, and what Word writes: nothing may act, the words must stay."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from . import sanitizers
from .case import Case

FOLDER = "loofah"
TOOLS = sanitizers.TOOLS
judge = sanitizers.judge


def cases(folder: Path) -> Iterator[Case]:
    """The pairs of the sanitiser's tests (without their outputs), and the page from Word."""
    source = (folder / "testdata_sanitizer_tests1.dat").read_text(encoding="utf-8")
    for number, pair in enumerate(json.loads(re.sub(r"/\*.*?\*/", "", source, flags=re.S))):
        yield from sanitizers.questions(f"{number:02} {pair['name']}", pair["input"])
    word = (folder / "msword.html").read_text(encoding="utf-8")
    yield from sanitizers.questions("msword.html", word)
