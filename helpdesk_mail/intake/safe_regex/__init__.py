# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Regular expressions that people type in, made safe to run on mail that strangers write.

Python's ``re`` backtracks: some expressions take exponential time on a text made for it (CWE-1333).
So whether a text matches is decided by a finite automaton (:mod:`.search`), one step a character,
for all expressions at once and whatever they look like. What cannot be an automaton (back
references, look-arounds) is refused, and what would run away in other programs as well
(:mod:`.ambiguity`): nobody means "(a+)+".

Where the text of a group is wanted (:func:`capturing`), ``re`` does it, on a short text, with a
bound on each repeat that the analysis sets.

It knows no Odoo.
"""

from __future__ import annotations

import functools
import re

from . import ambiguity, tree
from .automaton import ACCEPT, BEGIN, END, START, Automaton
from .errors import UnsafeRegex
from .search import Searcher
from .search_all import AllSearcher

__all__ = [
    "AllSearcher",
    "Automaton",
    "Searcher",
    "UnsafeRegex",
    "capturing",
    "check",
    "check_capturing",
]

FLAGS = re.IGNORECASE | re.MULTILINE
# more characters than anybody types, few enough to read the expression in no time
LONGEST = 500


def check(pattern: str) -> None:
    """Refuse an expression that is broken, could run away, or matches every text.

    :raise UnsafeRegex: with the code of the sentence that says why
    """
    automaton = _checked(pattern)
    for (position, conditions), _ways in automaton.follow[START].items():
        empty_text = conditions & BEGIN and conditions & END
        if position == ACCEPT and not empty_text:
            raise UnsafeRegex("matches_all")


def check_capturing(pattern: str) -> None:
    """Refuse an expression that is broken, could run away, or has not one group.

    :raise UnsafeRegex: with the code of the sentence that says why
    """
    _checked(pattern)
    parsed = tree.parse(pattern, FLAGS)
    if parsed.state.groups != 2:
        raise UnsafeRegex("one_group", count=parsed.state.groups - 1)
    ambiguity.bound(parsed)


def _checked(pattern: str) -> Automaton:
    if len(pattern) > LONGEST:
        raise UnsafeRegex("too_long", limit=LONGEST)
    parsed = tree.parse(pattern, FLAGS)
    tree.refuse_unsupported(parsed)
    ambiguity.refuse_nested(parsed)
    return Automaton.of_tree(parsed)


def automaton(pattern: str) -> Automaton:
    """The automaton of *pattern*, which passes :func:`check`, for a :class:`.Searcher`."""
    return Automaton.of_tree(tree.parse(pattern, FLAGS))


@functools.lru_cache(maxsize=256)
def capturing(pattern: str) -> re.Pattern[str]:
    """*pattern*, which passes :func:`check_capturing`, for ``search`` with its group.

    The text is at most :data:`.ambiguity.LONGEST_TEXT` characters, blanks in it stand alone.
    """
    parsed = tree.parse(pattern, FLAGS)
    return tree.compile_bounded(parsed, ambiguity.bound(parsed))
