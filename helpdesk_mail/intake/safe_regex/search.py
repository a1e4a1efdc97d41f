# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Many expressions, one walk over the text: a deterministic automaton, made as it is needed.

A state is the set of positions that a match may have reached. What follows from a state and a
character is worked out once and kept, so that most characters cost one look into a dictionary; the
cost of a text grows with its length and with nothing else.
"""

from __future__ import annotations

import functools
import operator
import typing

from .automaton import ACCEPT, START, Automaton, CharacterSet
from .folding import FOLDED, composed
from .tree import op

# what stood before: the begin of the text, a line end, a letter or digit, something else
_FIRST, _LINE, _WORD, _OTHER = range(4)
# steps that are kept; then all are forgotten (a hostile text could make up new ones for ever)
_MOST_KEPT = 60_000

Key = typing.Any


class Searcher:
    """Which of many automata matches somewhere in a text.

    :param automata: pairs of key and automaton; the first key in their order wins where several
        match at the same place
    """

    def __init__(self, automata: typing.Iterable[tuple[Key, Automaton]]) -> None:
        self.keys: list[Key] = []
        self.tests: list[typing.Any] = []
        # position -> (next position, conditions); ACCEPT is -2 - the number of the key
        self.edges: list[list[tuple[int, typing.Any]]] = []
        self.accepts: dict[int, int] = {}  # position that ends a match -> number of the key
        self.begins: list[tuple[int, typing.Any]] = []
        self.begin_letters: dict[str, list[int]] = {}
        for key, automaton in automata:
            self._add(key, automaton)
        self._forget()

    def _add(self, key: Key, automaton: Automaton) -> None:
        number, offset = len(self.keys), len(self.tests)
        self.keys.append(key)
        self.tests += automaton.tests
        for position in range(len(automaton.tests)):
            edges = []
            for target, conditions in automaton.follow[position]:
                if target != ACCEPT:
                    edges.append((target + offset, conditions))
                elif conditions:
                    edges.append((-2 - number, conditions))
                else:
                    self.accepts[position + offset] = number
            self.edges.append(edges)
        for target, conditions in automaton.follow[START]:
            if target == ACCEPT:
                self.begins.append((-2 - number, conditions))
                continue
            test = automaton.tests[target]
            if conditions or isinstance(test, CharacterSet):
                self.begins.append((target + offset, conditions))
            else:
                self.begin_letters.setdefault(test, []).append(target + offset)

    def _forget(self) -> None:
        self.kept = 0
        self.states: dict[typing.Any, _State] = {}
        self.first = self.state(frozenset(), _FIRST)

    def state(self, positions: frozenset[int], before: int) -> _State:
        found = self.states.get((positions, before))
        if found is None:
            found = self.states[positions, before] = _State(self, positions, before)
        return found

    def find(self, text: str) -> Key | None:
        """The key of an automaton that matches somewhere in *text*, or None."""
        if not self.keys:
            return None
        last = functools.reduce(operator.getitem, composed(text), self.first)
        number = last.found if last.found is not None else last.at_end()
        return None if number is None else self.keys[number]

    def step(
        self, positions: frozenset[int], before: int, character: str
    ) -> tuple[frozenset[int], list[int]]:
        """What *character* leads to: the positions reached, and the numbers of the keys that match
        before or with it.
        """
        reached = set(self.begin_letters.get(character, ()))
        numbers = []
        for target, conditions in self._edges(positions):
            if conditions and not _hold(conditions, before, character):
                continue
            if target < 0:
                numbers.append(-2 - target)
                continue
            test = self.tests[target]
            if test == character if isinstance(test, str) else test[character]:
                reached.add(target)
        numbers += [self.accepts[position] for position in reached if position in self.accepts]
        return frozenset(reached), numbers

    def ends(self, positions: frozenset[int], before: int) -> list[int]:
        """The numbers of the keys that match if the text ends here."""
        return [
            -2 - target
            for target, conditions in self._edges(positions)
            if target < 0 and _hold(conditions, before, None)
        ]

    def _edges(self, positions: frozenset[int]) -> typing.Iterator[tuple[int, typing.Any]]:
        for position in positions:
            yield from self.edges[position]
        yield from self.begins

    def keep(self) -> bool:
        """Whether one more step may be kept."""
        if self.kept >= _MOST_KEPT:
            self._forget()
            return False
        self.kept += 1
        return True


class _State(dict[str, "_State"]):
    """{character: the next state}, filled as characters come."""

    __slots__ = ("before", "ending", "found", "positions", "searcher")

    def __init__(
        self, searcher: Searcher, positions: frozenset[int], before: int, found: int | None = None
    ) -> None:
        super().__init__()
        self.searcher = searcher
        self.positions = positions
        self.before = before
        self.found = found
        self.ending: int | None = -1

    def __missing__(self, character: str) -> _State:
        state = self
        if self.found is None:
            for folded in FOLDED[character]:
                state = state._after(folded)
                if state.found is not None:
                    break
        if self.searcher.keep():
            self[character] = state
        return state

    def _after(self, character: str) -> _State:
        searcher = self.searcher
        reached, numbers = searcher.step(self.positions, self.before, character)
        if numbers:
            return _State(searcher, frozenset(), _OTHER, min(numbers))
        return searcher.state(reached, _kind(character))

    def at_end(self) -> int | None:
        """The number of the key that matches if the text ends here, or None."""
        if self.ending == -1:
            self.ending = min(self.searcher.ends(self.positions, self.before), default=None)
        return self.ending


def _kind(character: str) -> int:
    if character == "\n":
        return _LINE
    return _WORD if character.isalnum() or character == "_" else _OTHER


def _hold(conditions: frozenset[typing.Any], before: int, character: str | None) -> bool:
    """Whether *conditions* hold between what stood *before* and *character* (None: the end)."""
    for condition in conditions:
        if condition is op.AT_BEGINNING:
            holds = before in (_FIRST, _LINE)
        elif condition is op.AT_BEGINNING_STRING:
            holds = before == _FIRST
        elif condition is op.AT_END:
            holds = character in (None, "\n")
        elif condition is op.AT_END_STRING:
            holds = character is None
        else:
            after = _WORD if character is not None and _kind(character) == _WORD else _OTHER
            boundary = (before == _WORD) != (after == _WORD)
            holds = boundary if condition is op.AT_BOUNDARY else not boundary
        if not holds:
            return False
    return True
