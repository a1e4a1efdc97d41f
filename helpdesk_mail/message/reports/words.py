# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Looking for words without regard to case and accents, which servers and people drop."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

# Letters that Unicode does not take apart.
_LETTERS = str.maketrans(
    {"\u2019": "'", "\xa0": " ", "ı": "i", "ł": "l", "đ": "d", "ø": "o", "æ": "ae", "œ": "oe"}
)


def fold(text: str) -> str:
    """*text* in the form in which words are compared: no case, no accents, plain apostrophes."""
    text = text.casefold()
    if text.isascii():
        return text
    text = text.translate(_LETTERS)
    spread = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in spread if not unicodedata.combining(sign))


def phrases(listing: str) -> tuple[str, ...]:
    """The folded phrases of *listing*, which stand one a line or with " | " between them."""
    found = (phrase.strip() for line in listing.splitlines() for phrase in line.split("|"))
    return tuple(dict.fromkeys(fold(phrase) for phrase in found if phrase))


def holds(text: str, sought: Iterable[str]) -> bool:
    """Whether the folded *text* holds one of the folded phrases *sought*."""
    return any(phrase in text for phrase in sought)
