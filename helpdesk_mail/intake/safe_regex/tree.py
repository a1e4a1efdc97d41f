# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The parse tree of an expression.

Python's own parser and compiler are used (private modules since 3.11, the same in all versions
that Odoo 19 runs on).
"""

from __future__ import annotations

import re
import typing

from .errors import UnsafeRegex

try:
    from re import _compiler as compiler  # type: ignore[attr-defined]
    from re import _constants as op  # type: ignore[attr-defined]
    from re import _parser as parser  # type: ignore[attr-defined]
except ImportError:  # Python 3.10
    import sre_compile as compiler  # type: ignore[no-redef]
    import sre_constants as op  # type: ignore[no-redef]
    import sre_parse as parser  # type: ignore[no-redef]

Tree = typing.Any  # a re._parser.SubPattern: a list of (operation, argument)

REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)
CHARACTERS = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)
_SUPPORTED = (*REPEATS, *CHARACTERS, op.SUBPATTERN, op.BRANCH, op.AT)


def parse(pattern: str, flags: int) -> Tree:
    """The tree of *pattern*.

    :raise UnsafeRegex: "syntax"
    """
    try:
        return parser.parse(pattern, flags)
    except (re.error, OverflowError, RecursionError, ValueError) as error:
        raise UnsafeRegex("syntax", error=str(error) or type(error).__name__) from error


def branches(operation: typing.Any, argument: typing.Any) -> list[Tree]:
    """The trees inside one item of a tree."""
    if operation in REPEATS:
        return [argument[2]]
    if operation is op.SUBPATTERN:
        return [argument[3]]
    if operation is op.BRANCH:
        return list(argument[1])
    return []


def flat(tree: Tree) -> typing.Iterator[typing.Any]:
    """The items of *tree*, those of its groups in their place."""
    for operation, argument in tree:
        if operation is op.SUBPATTERN:
            yield from flat(argument[3])
        else:
            yield operation, argument


def refuse_unsupported(tree: Tree) -> None:
    """Refuse what no finite automaton can decide: back references, look-arounds, and repeats
    that give nothing back.
    """
    for operation, argument in tree:
        if operation not in _SUPPORTED:
            raise UnsafeRegex("unsupported")
        for inner in branches(operation, argument):
            refuse_unsupported(inner)


def is_character(tree: Tree) -> bool:
    """Whether *tree* matches exactly one character of a set."""
    return len(tree) == 1 and tree[0][0] in CHARACTERS


def single(tree: Tree, operation: typing.Any, argument: typing.Any, scopes: list[typing.Any]):
    """One item of *tree* compiled alone.

    :param scopes: the (added, removed) flags of the groups that it stands in, outermost first
    """
    alone = like(tree, [(operation, argument)])
    for added, removed in reversed(scopes):
        alone = like(tree, [(op.SUBPATTERN, (None, added, removed, alone))])
    return compiler.compile(alone)


def compile_bounded(tree: Tree, most: int) -> re.Pattern[str]:
    """*tree* compiled; an open repeat has at most *most* rounds."""
    return typing.cast("re.Pattern[str]", compiler.compile(_bounded(tree, most)))


def _bounded(tree: Tree, most: int) -> Tree:
    items = []
    for operation, argument in tree:
        inner = [_bounded(branch, most) for branch in branches(operation, argument)]
        operation, argument = rebuilt(operation, argument, inner)
        if operation in REPEATS:
            low, high, body = argument
            argument = (low, min(high, max(low, most)), body)
        items.append((operation, argument))
    return like(tree, items)


def like(tree: Tree, items: list[typing.Any]) -> Tree:
    """A tree with other items."""
    return parser.SubPattern(tree.state, items)


def rebuilt(
    operation: typing.Any, argument: typing.Any, inner: list[Tree]
) -> tuple[typing.Any, typing.Any]:
    """One item with other trees inside (:func:`branches`)."""
    if operation in REPEATS:
        argument = (*argument[:2], inner[0])
    elif operation is op.SUBPATTERN:
        argument = (*argument[:3], inner[0])
    elif operation is op.BRANCH:
        argument = (argument[0], inner)
    return operation, argument
