# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The position automaton of an expression (Glushkov): one position for each character it names.

An edge leads from a position to those that may stand next. It carries the conditions that must
hold between the two ("^", "$", word boundaries), and how many ways the expression offers: a
backtracking matcher would try them all.
"""

from __future__ import annotations

import typing

from . import tree as trees
from .errors import UnsafeRegex
from .folding import fold
from .tree import op

START, ACCEPT = -1, -2
BEGIN = frozenset({op.AT_BEGINNING, op.AT_BEGINNING_STRING})
END = frozenset({op.AT_END, op.AT_END_STRING})
NOTHING: frozenset[typing.Any] = frozenset()
# written out: so many positions that a count may ask for, and so many in all
_HIGHEST_COUNT = 100
_MOST_POSITIONS = 600
_MOST_EDGES = 20_000

Test = typing.Union[str, "CharacterSet"]
Edges = dict[tuple[int, frozenset[typing.Any]], int]


class CharacterSet(dict[str, bool]):
    """Whether a character (folded) is in a set."""

    _MOST = 5000

    def __init__(self, matcher: typing.Any) -> None:
        super().__init__()
        self.matcher = matcher

    def __missing__(self, character: str) -> bool:
        found = self.matcher.match(character) is not None
        if len(self) < self._MOST:
            self[character] = found
        return found


class Automaton:
    """Positions 0..n-1. ``tests[p]`` is a folded character or a :class:`CharacterSet`;
    ``follow[p]`` is {(q, conditions): ways}, where START and ACCEPT stand for the two ends.
    """

    def __init__(self, tests: list[Test], follow: dict[int, Edges]) -> None:
        self.tests = tests
        self.follow = follow

    @classmethod
    def of_tree(cls, tree: trees.Tree) -> Automaton:
        """The automaton of an expression.

        :raise UnsafeRegex: "complex": it is too large
        """
        builder = Builder()
        end = builder.sequence(tree, builder.begin, [])
        return cls(builder.tests, builder.follow(end))

    @classmethod
    def of_words(cls, pieces: list[str], *, starts: bool, ends: bool) -> Automaton:
        """The automaton of *pieces* of text, one after the other with anything between them.

        A blank stands for any number of blanks and line ends.

        :param starts: the first piece begins the text
        :param ends: the last piece ends the text
        """
        builder = Builder()
        node = builder.begin
        if starts:
            node = builder.white_run(builder.step(node, op.AT_BEGINNING_STRING))
        for number, piece in enumerate(pieces):
            if number:
                node = builder.any_run(node)
            for word_number, word in enumerate(fold(piece).split(" ")):
                if word_number:
                    node = builder.white_run(builder.position(_WHITE, node))
                for character in word:
                    node = builder.position(character, node)
        if ends:
            node = builder.step(builder.white_run(node), op.AT_END_STRING)
        return cls(builder.tests, builder.follow(node))


class Builder:
    """Thompson's construction; the empty transitions are taken out in :meth:`follow`."""

    def __init__(self) -> None:
        self.tests: list[Test] = []
        self.empty: list[list[tuple[int, typing.Any]]] = []
        self.entry: dict[int, int] = {}  # node -> the position that it leads into
        self.exit: list[int] = []
        self.sets: dict[str, CharacterSet] = {}
        self.begin = self.node()

    def node(self) -> int:
        self.empty.append([])
        return len(self.empty) - 1

    def step(self, node: int, condition: typing.Any = None) -> int:
        """A new node behind *node*."""
        after = self.node()
        self.empty[node].append((after, condition))
        return after

    def position(self, test: Test, node: int) -> int:
        """A new position behind *node*: the node after it."""
        if len(self.tests) >= _MOST_POSITIONS:
            raise UnsafeRegex("complex")
        before = self.step(node)
        after = self.node()
        self.entry[before] = len(self.tests)
        self.tests.append(test)
        self.exit.append(after)
        return after

    def any_run(self, node: int) -> int:
        return self.loop(lambda begin: self.position(_ANYTHING, begin), node, optional=True)

    def white_run(self, node: int) -> int:
        return self.loop(lambda begin: self.position(_WHITE, begin), node, optional=True)

    def loop(self, body: typing.Callable[[int], int], node: int, *, optional: bool = False) -> int:
        """*body* once or more often, or not at all."""
        begin = self.step(node)
        end = body(begin)
        after = self.step(end)
        self.empty[end].append((begin, None))
        if optional:
            self.empty[node].append((after, None))
        return after

    # -- the tree: each takes the node before and returns the one after ------------------------

    def sequence(self, tree: trees.Tree, node: int, scopes: list[typing.Any]) -> int:
        for operation, argument in tree:
            node = self.item(tree, operation, argument, node, scopes)
        return node

    def item(
        self,
        tree: trees.Tree,
        operation: typing.Any,
        argument: typing.Any,
        node: int,
        scopes: list[typing.Any],
    ) -> int:
        if operation is op.LITERAL and fold(chr(argument)).strip():
            for character in fold(chr(argument)):
                node = self.position(character, node)
            return node
        if operation in trees.CHARACTERS:
            return self.position(self.set_of(tree, operation, argument, scopes), node)
        if operation in trees.REPEATS:
            return self.repeat(*argument, node, scopes)
        if operation is op.SUBPATTERN:
            scope = [*scopes, argument[1:3]] if argument[1] or argument[2] else scopes
            return self.sequence(argument[3], node, scope)
        if operation is op.BRANCH:
            after = self.node()
            for alternative in argument[1]:
                end = self.sequence(alternative, self.step(node), scopes)
                self.empty[end].append((after, None))
            return after
        return self.step(node, argument)

    def repeat(
        self, low: int, high: int, body: trees.Tree, node: int, scopes: list[typing.Any]
    ) -> int:
        endless = high == op.MAXREPEAT
        if low > _HIGHEST_COUNT or (high > _HIGHEST_COUNT and not endless):
            raise UnsafeRegex("complex")

        def once(begin: int) -> int:
            return self.sequence(body, begin, scopes)

        for _round in range(low - 1 if endless else low):
            node = once(node)
        if endless:
            return self.loop(once, node, optional=not low)
        after = self.node()
        for _round in range(high - low):
            self.empty[node].append((after, None))
            node = once(node)
        self.empty[node].append((after, None))
        return after

    def set_of(
        self,
        tree: trees.Tree,
        operation: typing.Any,
        argument: typing.Any,
        scopes: list[typing.Any],
    ) -> CharacterSet:
        name = f"{operation} {argument} {scopes}"
        if name not in self.sets:
            self.sets[name] = CharacterSet(trees.single(tree, operation, argument, scopes))
        return self.sets[name]

    # -- without empty transitions -------------------------------------------------------------

    def follow(self, end: int) -> dict[int, Edges]:
        """{position or START: edges}; what reaches the node *end* leads to ACCEPT.

        There are no ways round nothing: :mod:`.ambiguity` refuses repeats of what may be empty.
        """
        ways: dict[int, Edges] = {}
        size = 0
        for root in [self.begin, *self.exit]:
            stack = [root]
            while stack:
                node = stack[-1]
                waiting = [other for other, _condition in self.empty[node] if other not in ways]
                if waiting and node not in ways:
                    stack += waiting
                    continue
                stack.pop()
                if node not in ways:
                    ways[node] = self._ways(node, end, ways)
                    size += len(ways[node])
                    if size > _MOST_EDGES:
                        raise UnsafeRegex("complex")
        result = {position: ways[node] for position, node in enumerate(self.exit)}
        result[START] = ways[self.begin]
        return result

    def _ways(self, node: int, end: int, ways: dict[int, Edges]) -> Edges:
        found: Edges = {}
        if node in self.entry:
            found[self.entry[node], NOTHING] = 1
        if node == end:
            found[ACCEPT, NOTHING] = 1
        for other, condition in self.empty[node]:
            for (position, conditions), count in ways[other].items():
                key = (position, conditions if condition is None else conditions | {condition})
                found[key] = min(2, found.get(key, 0) + count)
        return found


def _white_set() -> CharacterSet:
    tree = trees.parse(r"\s", 0)
    return CharacterSet(trees.compiler.compile(tree))


def _any_set() -> CharacterSet:
    tree = trees.parse(r"(?s).", 0)
    return CharacterSet(trees.compiler.compile(tree))


_WHITE, _ANYTHING = _white_set(), _any_set()
