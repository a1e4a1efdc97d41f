# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The new text of replies in many languages: the mails of Crisp's parser.

Its expectations name the first fragment as a whole (field "new text") or as patterns that it
matches ("no author's word lost").
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from . import reply_tools
from .case import Case

FOLDER = "crisp-reply"
TOOLS = reply_tools.TOOLS

_BELOW_A_DEVICE = (
    "below the note of a device stands text that nothing marks as a quotation; an author, too, "
    "writes there, and no word of an author may be lost"
)
DEVIATIONS = {
    f"email_2.txt: {reply_tools.NEW_TEXT}": (
        "the author answers below the quotation; only the greeting would be left"
    ),
    f"email_7.txt: {reply_tools.NEW_TEXT}": (
        "between quoted lines stands one without a mark, a sentence of its own: it can be an answer"
    ),
    f"email_15.txt: {reply_tools.NEW_TEXT}": _BELOW_A_DEVICE,
    f"email_not_a_signature.txt: {reply_tools.NEW_TEXT}": (
        "'Sincerely,' with a name alone below it is a signature; it stands in its own field"
    ),
    f"email_german_3.txt: {reply_tools.NEW_TEXT}": _BELOW_A_DEVICE,
}


def cases(folder: Path) -> Iterator[Case]:
    """What the corpus says of the first fragment of each mail."""
    wanted = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    for name, expected in sorted(wanted.items()):
        text = reply_tools.read(folder / name)
        source = reply_tools.as_mail(text)
        whole = expected.get("first_equals", expected.get("visible_equals"))
        if whole is not None:
            yield Case(name, reply_tools.NEW_TEXT, source, whole, extra=text)
        patterns = tuple(expected.get("first_matches", ()))
        if patterns:
            yield Case(name, reply_tools.NO_WORD_LOST, source, patterns, extra=text)
        elif whole is None and expected.get("fragments") == 1:
            # One fragment: the whole text is new.
            yield Case(name, reply_tools.NEW_TEXT, source, text, extra=text)


def judge(case: Case, answer: str) -> bool:
    """The corpus writes its patterns between strokes, as JavaScript does."""
    if case.field == reply_tools.NO_WORD_LOST:
        return all(re.search(pattern.strip("/"), answer) for pattern in case.expected)
    return reply_tools.judge(case, answer)
