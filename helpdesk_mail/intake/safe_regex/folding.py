# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Characters that are the same to a reader: upper and lower case, full-width forms, ligatures;
and those that nobody sees, which split words only for a machine.
"""

from __future__ import annotations

import unicodedata

# zero-width characters, soft hyphen, marks of direction, variation selectors (Unicode, Cf and Mn)
_UNSEEN = frozenset(
    "\r\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d"
    "\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufe00\ufe0e\ufe0f\ufeff"
)
# Turkish: the letters without and with a dot are one to everybody else's keyboard
_SPECIAL = {"ı": "i", "İ": "i"}


class _Folded(dict[str, str]):
    """A character -> what it counts as: "" for one that nobody sees, several for a ligature."""

    def __missing__(self, character: str) -> str:
        if character in _UNSEEN:
            folded = ""
        elif character in _SPECIAL:
            folded = _SPECIAL[character]
        elif character.isspace():
            folded = character if character.isascii() else " "
        else:
            # some signs stand for a whole sentence
            folded = unicodedata.normalize("NFKC", character).casefold()[:8]
        if len(self) < 20_000:
            self[character] = folded
        return folded


FOLDED = _Folded()


def composed(text: str) -> str:
    """*text* with its accents on their letters (NFC)."""
    if text.isascii() or unicodedata.is_normalized("NFC", text):
        return text
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """*text* as it is compared; blanks and line ends are one blank each."""
    folded = "".join([FOLDED[character] for character in composed(text)])
    begin = " " if folded[:1].isspace() else ""
    end = " " if len(folded) > 1 and folded[-1:].isspace() else ""
    return f"{begin}{' '.join(folded.split())}{end}" if folded.strip() else begin
