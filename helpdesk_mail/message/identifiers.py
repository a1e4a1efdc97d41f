# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Message-ID, In-Reply-To and References (RFC 5322, section 3.6.4), also when they are broken.

Known damage: blanks inside an identifier (a long one that was folded), missing brackets,
commas between identifiers, phrases in In-Reply-To (RFC 822), a cut-off last one, encoded words.
"""

from __future__ import annotations

import re

from . import charsets, encoded_words

_BRACKETED = re.compile(r"<([^<>]*)(?:>|\Z|(?=<))")
_SEPARATORS = re.compile(r"[\s,;]+")
_LONGEST = 998


def message_id(value: str) -> str:
    """The identifier in *value*, a raw field, without angle brackets; "" if there is none."""
    found = identifiers(value)
    return found[0] if found else ""


def identifiers(value: str, most: int = 100) -> tuple[str, ...]:
    """All identifiers in *value*, each once, in order; of too many, the first and the last.

    The first names the start of the thread and the last ones the nearest ancestors, so those
    are kept when there are more than *most*.
    """
    if not value:
        return ()
    if "=?" in value:
        # Python's email package folds a long identifier into encoded words (against RFC 2047, 5)
        value = encoded_words.decode(value)
    bracketed = [_tidy(found) for found in _BRACKETED.findall(value)]
    bare = _SEPARATORS.split(_BRACKETED.sub(" ", value)) if "<" in value else []
    if any(bracketed):
        if any("@" in token for token in bare) and '"' not in value and "(" not in value:
            bracketed = [_tidy(token) for token in _tokens(value)]
        found = bracketed
    else:
        found = [_tidy(token) for token in _SEPARATORS.split(value)]
        with_at = [token for token in found if "@" in token]
        found = with_at or (found if len([token for token in found if token]) == 1 else [])
    unique = tuple(dict.fromkeys(token for token in found if token))
    return unique if len(unique) <= most else (unique[0], *unique[1 - most :])


def _tokens(value: str) -> list[str]:
    """Identifiers with and without brackets, in the order in which they stand."""
    tokens: list[str] = []
    position = 0
    for match in _BRACKETED.finditer(value):
        bare = _SEPARATORS.split(value[position : match.start()])
        tokens += [token for token in bare if "@" in token]
        tokens.append(match[1])
        position = match.end()
    tokens += [token for token in _SEPARATORS.split(value[position:]) if "@" in token]
    return tokens


def _tidy(identifier: str) -> str:
    name = charsets.clean("".join(identifier.split())).strip("<>\"'")
    # octets, not characters: what is stored and indexed must stay small
    return name.encode()[:_LONGEST].decode("utf-8", "ignore")
