# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which of many expressions match a text, all of them, in one walk (:mod:`.search` finds one)."""

from __future__ import annotations

import functools
import operator
import typing

from .folding import FOLDED, composed
from .search import _FIRST, Key, Searcher, _kind

_NOTHING: frozenset[int] = frozenset()


class AllSearcher(Searcher):
    """Which of many automata match somewhere in a text.

    :param automata: pairs of key and automaton
    """

    def _forget(self) -> None:
        self.kept = 0
        self.states: dict[typing.Any, typing.Any] = {}
        self.first = self.state_of(_NOTHING, _FIRST, _NOTHING)

    def state_of(self, positions: frozenset[int], before: int, found: frozenset[int]) -> _State:
        """The state with these positions, what stood before them, and what was found until here."""
        key = (positions, before, found)
        state = self.states.get(key)
        if state is None:
            state = self.states[key] = _State(self, positions, before, found)
        return state

    def find_all(self, text: str) -> set[Key]:
        """The keys of the automata that match somewhere in *text*."""
        if not self.keys:
            return set()
        last = functools.reduce(operator.getitem, composed(text), self.first)
        return {self.keys[number] for number in last.found | last.at_end()}


class _State(dict[str, "_State"]):
    """{character: the next state}, filled as characters come."""

    __slots__ = ("before", "ending", "found", "positions", "searcher")

    def __init__(
        self,
        searcher: AllSearcher,
        positions: frozenset[int],
        before: int,
        found: frozenset[int],
    ) -> None:
        super().__init__()
        self.searcher = searcher
        self.positions = positions
        self.before = before
        self.found = found
        self.ending: frozenset[int] | None = None

    def __missing__(self, character: str) -> _State:
        state = self
        for folded in FOLDED[character]:
            state = state._after(folded)
        if self.searcher.keep():
            self[character] = state
        return state

    def _after(self, character: str) -> _State:
        searcher = self.searcher
        reached, numbers = searcher.step(self.positions, self.before, character)
        found = self.found.union(numbers) if numbers else self.found
        return searcher.state_of(reached, _kind(character), found)

    def at_end(self) -> frozenset[int]:
        """The numbers of the keys that match because the text ends here."""
        if self.ending is None:
            self.ending = frozenset(self.searcher.ends(self.positions, self.before))
        return self.ending
