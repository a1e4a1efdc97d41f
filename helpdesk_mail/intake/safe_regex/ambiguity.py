# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""In how many ways can an expression match one and the same text?

A backtracking matcher tries all of them before it gives up. With the position automaton
(Weber and Seidl, *On the degree of ambiguity of finite automata*, 1991):

- two different ways round a loop with the same text: exponential in the length of the text
  ("(a+)+", "(a|ab|b)*"); refused;
- loops that follow each other and can share a text: a further power of its length for each of
  them (".*a.*b"). For expressions that ``re`` runs, repeats get a bound with which the worst text
  costs little, and what that would leave without effect is refused.
"""

from __future__ import annotations

import functools
import math
import typing

from . import tree as trees
from .automaton import ACCEPT, BEGIN, START, Automaton
from .errors import UnsafeRegex
from .tree import op

# characters of a text that re is given at most
LONGEST_TEXT = 5_000
# steps of the matcher for the worst text, some ten nanoseconds each
_MOST_STEPS = 5e6
_HIGHEST_BOUND = 500
# a repeat that reaches less far than this is not what somebody meant
_LEAST_BOUND = 60
# a group may be counted that often, whatever stands in it
_SMALL_COUNT = 4
# edges looked at before an expression is too complicated to judge
_EFFORT = 400_000
# letters, digits, signs and blanks of several scripts: what categories and "." tell apart
_SAMPLE = "azmZ059_ \n\t.-@,:/!'\"éßñдж中٣\u2003\U0001f600"
_WHITE = frozenset(" \n\t\u2003")


def refuse_nested(tree: trees.Tree) -> None:
    """Refuse exponential expressions, and the same repeat twice in a row.

    :raise UnsafeRegex: "nested", "adjacent" or "complex"
    """
    tree = _counts_opened(tree)
    _refuse_empty_rounds(tree)
    _refuse_adjacent(tree)
    view = _View(tree)
    for loop in view.loops:
        members = set(loop)
        for position in loop:
            if any(ways > 1 and q in members for q, ways in view.follow[position].items()):
                raise UnsafeRegex("nested")
        _refuse_two_ways_round(view, members)


def bound(tree: trees.Tree) -> int:
    """The most rounds of an open repeat with which the worst text costs ``re`` little.

    :raise UnsafeRegex: "chain" or "complex"
    """
    view = _View(tree, searching=True)
    # components come successors first: a link leads from a later one to an earlier one
    links: dict[int, list[tuple[int, int]]] = {}
    for first in range(len(view.loops)):
        for second in range(first):
            length = _shared_length(view, view.loops[first], view.loops[second])
            if length:
                links.setdefault(first, []).append((second, length))
    choices = view.choices()
    if LONGEST_TEXT * choices > _MOST_STEPS:
        raise UnsafeRegex("complex")
    least = _HIGHEST_BOUND
    chains: dict[int, list[tuple[int, ...]]] = {}
    for start in range(len(view.loops)):
        found: list[tuple[int, ...]] = [()]
        for other, length in links.get(start, ()):
            found += [(length, *rest) for rest in chains[other]]
        chains[start] = _heaviest(found)
        for chain in chains[start]:
            least = min(least, _bound_for(chain, choices))
    if least < _LEAST_BOUND:
        raise UnsafeRegex("chain")
    return least


def _bound_for(chain: tuple[int, ...], choices: int) -> int:
    """How many rounds may be allowed for a chain of loops, by the lengths of their links."""
    if not chain:
        return _HIGHEST_BOUND
    starts = LONGEST_TEXT * choices / math.factorial(len(chain)) / math.prod(chain)
    return int((_MOST_STEPS / starts) ** (1 / len(chain)))


def _heaviest(chains: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """The worst chain of each length."""
    best: dict[int, tuple[int, ...]] = {}
    for chain in chains:
        known = best.get(len(chain))
        if known is None or math.prod(chain) < math.prod(known):
            best[len(chain)] = chain
    return list(best.values())


class _View:
    """The automaton of *tree* as the analysis needs it.

    ``masks[p]`` has a bit for each sample character that p matches; ``follow[p]`` is {q: ways}.
    With *searching*, a last position stands for the search for a begin, and blanks, of which a
    text that is searched has no two together, are no loops.
    """

    def __init__(self, tree: trees.Tree, *, searching: bool = False) -> None:
        automaton = Automaton.of_tree(tree)
        alphabet = sorted(_alphabet(tree))
        self.effort = 0
        self.masks = [
            sum(
                1 << index
                for index, character in enumerate(alphabet)
                if (test == character if isinstance(test, str) else test[character])
            )
            for test in automaton.tests
        ]
        self.bits = len(alphabet)
        self.follow: dict[int, dict[int, int]] = {
            position: _without_conditions(edges) for position, edges in automaton.follow.items()
        }
        self.start = START
        if searching:
            self._search_for_begin(automaton)
            white = sum(1 << i for i, character in enumerate(alphabet) if character in _WHITE)
            for position, mask in enumerate(self.masks):
                if not mask & ~white:
                    self.follow[position].pop(position, None)
        self.components = components(range(len(self.masks)), self.follow.__getitem__)
        self.loops = [
            members
            for members in self.components
            if len(members) > 1 or members[0] in self.follow[members[0]]
        ]

    def _search_for_begin(self, automaton: Automaton) -> None:
        anywhere = {
            target: 1
            for target, conditions in automaton.follow[START]
            if target != ACCEPT and not conditions & BEGIN
        }
        if anywhere:
            self.start = len(self.masks)
            self.masks.append((1 << self.bits) - 1)
            self.follow[self.start] = {**anywhere, self.start: 1}

    def spend(self, count: int) -> None:
        """Count what was looked at; too much of it ends the judgement."""
        self.effort += count
        if self.effort > _EFFORT:
            raise UnsafeRegex("complex")

    def choices(self) -> int:
        """An upper bound of the ways to match a text, the rounds of loops apart."""
        home = {
            position: number
            for number, members in enumerate(self.components)
            for position in members
        }
        best: list[int] = []
        for number, members in enumerate(self.components):
            most = 1
            for position in members:
                ahead = [q for q in self.follow[position] if home[q] != number]
                self.spend(len(ahead) * self.bits)
                fork = max(
                    (sum(1 for q in ahead if self.masks[q] >> bit & 1) for bit in range(self.bits)),
                    default=0,
                )
                onwards = max((best[home[q]] for q in ahead), default=1)
                most = max(most, max(1, fork) * onwards)
            best.append(min(most, 10**9))
        ends = [best[home[q]] for q in self.follow[START]]
        return max([*ends, best[-1] if best else 1], default=1)


def _without_conditions(edges: typing.Any) -> dict[int, int]:
    found: dict[int, int] = {}
    for (position, _conditions), ways in edges.items():
        if position != ACCEPT:
            found[position] = min(2, found.get(position, 0) + ways)
    return found


def _alphabet(tree: trees.Tree) -> set[str]:
    """Characters that tell apart all sets which *tree* names, folded as a text is."""
    found = set(_SAMPLE)

    def note(code: int) -> None:
        for near in (code - 1, code, code + 1):
            if 0 <= near <= 0x10FFFF and len(chr(near).lower()) == 1:
                found.add(chr(near).lower())

    def visit(items: trees.Tree) -> None:
        for operation, argument in items:
            if operation in (op.LITERAL, op.NOT_LITERAL):
                note(argument)
            elif operation is op.IN:
                for kind, value in argument:
                    if kind is op.LITERAL:
                        note(value)
                    elif kind is op.RANGE:
                        note(value[0])
                        note(value[1])
            for inner in trees.branches(operation, argument):
                visit(inner)

    visit(tree)
    return found


def _counts_opened(tree: trees.Tree) -> trees.Tree:
    """*tree* with the counted repeats of groups open: "(.*a){12}" is as bad as "(.*a)+"."""
    items = []
    for operation, argument in tree:
        inner = [_counts_opened(branch) for branch in trees.branches(operation, argument)]
        operation, argument = trees.rebuilt(operation, argument, inner)
        if operation in trees.REPEATS and not trees.is_character(argument[2]):
            low, high, body = argument
            if high > _SMALL_COUNT:
                argument = (low, op.MAXREPEAT, body)
        items.append((operation, argument))
    return trees.like(tree, items)


def _refuse_empty_rounds(tree: trees.Tree) -> None:
    """A repeat of what may be empty has endless ways to do nothing."""
    for operation, argument in tree:
        if operation in trees.REPEATS and argument[1] == op.MAXREPEAT:
            if argument[2].getwidth()[0] == 0:
                raise UnsafeRegex("nested")
        for inner in trees.branches(operation, argument):
            _refuse_empty_rounds(inner)


def _refuse_adjacent(tree: trees.Tree) -> None:
    """The same open repeat twice in a row says no more than once, and costs the square; the same
    option many times in a row costs a power of two.
    """
    previous, times = None, 0
    for operation, argument in trees.flat(tree):
        current = None
        if operation in trees.REPEATS and argument[0] != argument[1]:
            current = str(argument[2])
        times = times + 1 if current and current == previous else 1
        if times > 1 and (argument[1] == op.MAXREPEAT or times > _SMALL_COUNT):
            raise UnsafeRegex("adjacent")
        previous = current
    previous = None
    for operation, argument in trees.flat(tree):
        current = None
        if operation in trees.REPEATS and argument[1] == op.MAXREPEAT:
            current = str(argument[2])
            if current == previous:
                raise UnsafeRegex("adjacent")
        previous = current
        for inner in trees.branches(operation, argument):
            _refuse_adjacent(inner)


def _refuse_two_ways_round(view: _View, members: set[int]) -> None:
    """Refuse a loop in which two copies of the matcher part and meet again on the same text."""
    masks = view.masks
    follow = {position: [q for q in view.follow[position] if q in members] for position in members}

    @functools.cache
    def edges(pair: tuple[int, int]) -> list[tuple[int, int]]:
        left, right = follow[pair[0]], follow[pair[1]]
        view.spend(len(left) * len(right))
        return [(p, q) for p in left for q in right if masks[p] & masks[q]]

    for found in components([(position, position) for position in members], edges):
        if len({left == right for left, right in found}) == 2:
            raise UnsafeRegex("nested")


def _shared_length(view: _View, first: list[int], second: list[int]) -> int:
    """The length of the shortest text that goes round *first*, from it to *second*, and round
    *second*: repeated, it can be split between the two anywhere. 0 where there is none.
    """
    union = [
        functools.reduce(int.__or__, (view.masks[p] for p in loop)) for loop in (first, second)
    ]
    if not union[0] & union[1]:
        return 0
    best = 0
    for p in first:
        for q in second:
            length = _walk(view, (p, p, q), (p, q, q), set(first), set(second))
            if length and (not best or length < best):
                best = length
    return best


def _walk(
    view: _View,
    start: tuple[int, int, int],
    goal: tuple[int, int, int],
    in_first: set[int],
    in_second: set[int],
) -> int:
    masks, follow = view.masks, view.follow
    seen = {start}
    level = [start]
    length = 0
    while level:
        length += 1
        reached = []
        for a, b, c in level:
            rounds = [
                (x, z, both)
                for x in follow[a]
                if x in in_first
                for z in follow[c]
                if z in in_second and (both := masks[x] & masks[z])
            ]
            view.spend(len(rounds) * len(follow[b]) + 1)
            for x, z, both in rounds:
                for y in follow[b]:
                    if both & masks[y]:
                        state = (x, y, z)
                        if state == goal:
                            return length
                        if state not in seen:
                            seen.add(state)
                            reached.append(state)
        level = reached
    return 0


def components(
    nodes: typing.Iterable[typing.Any],
    edges: typing.Callable[[typing.Any], typing.Iterable[typing.Any]],
) -> list[list[typing.Any]]:
    """The strongly connected components of a graph (Tarjan), successors first."""
    index: dict[typing.Any, int] = {}
    low: dict[typing.Any, int] = {}
    path: list[typing.Any] = []
    on_path: set[typing.Any] = set()
    result = []
    for root in nodes:
        if root in index:
            continue
        stack = [(root, iter(edges(root)))]
        index[root] = low[root] = len(index)
        path.append(root)
        on_path.add(root)
        while stack:
            node, successors = stack[-1]
            for other in successors:
                if other not in index:
                    index[other] = low[other] = len(index)
                    path.append(other)
                    on_path.add(other)
                    stack.append((other, iter(edges(other))))
                    break
                if other in on_path:
                    low[node] = min(low[node], index[other])
            else:
                stack.pop()
                if stack:
                    low[stack[-1][0]] = min(low[stack[-1][0]], low[node])
                if low[node] == index[node]:
                    cut = path.index(node)
                    members = path[cut:]
                    del path[cut:]
                    on_path.difference_update(members)
                    result.append(members)
    return result
