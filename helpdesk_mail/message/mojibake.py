# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""UTF-8 that some program has read as Western and written as UTF-8 again ("MÃ¼ller").

Undone only where it is certain: the whole text goes back to octets and comes out as valid UTF-8,
several times over. A text that quotes the damage beside correct letters does not. An English text
could quote it without having such letters itself, so there it must be the apostrophes and quotes
that are damaged, as they are in English.
"""

from __future__ import annotations

import re

from .defects import Defects

_TRACE = re.compile(
    "[ÂÃÄÅÐÑ×Øâã][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
_ENGLISH = re.compile(r"\b(?:the|and|is|are|of|to|for|with|not|you|we|this|that|have)\b", re.I)
_TYPOGRAPHIC = frozenset("\u00a0\u2018\u2019\u201c\u201d\u2013\u2014\u2026\u20ac\u2022")
_LOOK = 20_000
_LEAST = 3
# What cp1252 leaves undefined, programs pass through as the C1 controls.
_UNDEFINED = dict.fromkeys((0x81, 0x8D, 0x8F, 0x90, 0x9D))


def undo(text: str, defects: Defects) -> str:
    """*text*, repaired if the whole of it is UTF-8 read as Windows-1252; else unchanged."""
    if text.isascii() or len(_TRACE.findall(text, 0, _LOOK)) < _LEAST:
        return text
    try:
        repaired = _octets(text).decode("utf-8")
    except UnicodeError:
        return text
    foreign = [character for character in repaired if character > "\x7f"]
    if len(set(foreign)) < 2:
        return text
    if _is_english(repaired) and sum(map(_TYPOGRAPHIC.__contains__, foreign)) * 2 < len(foreign):
        return text
    defects.add("The text was read in a wrong charset on its way (twice encoded); it is repaired.")
    return repaired


def _is_english(text: str) -> bool:
    words = len(text[:_LOOK].split())
    return len(_ENGLISH.findall(text, 0, _LOOK)) * 20 >= words


def _octets(text: str) -> bytes:
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError:
        return b"".join(
            bytes((ord(character),)) if ord(character) in _UNDEFINED else character.encode("cp1252")
            for character in text
        )
