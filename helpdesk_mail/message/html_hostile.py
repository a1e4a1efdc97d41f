# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Markup that is built to exhaust a parser, told from a mail before one reads it.

A sanitiser has to read HTML as a browser does (WHATWG HTML, section 13.2), and some of those rules
cost more the more came before. :mod:`html_stack` counts what they would cost.
"""

from __future__ import annotations

from . import html_tags
from .html_stack import FORMATTING, Stack

# No tag of a mail has attributes of this length, their quoted values left aside.
_LONGEST_TAG = 8000
_HARMLESS_TAGS = 1000
_HARMLESS_SIZE = 40_000


def is_hostile(source: str, deepest: int) -> bool:
    """Whether parsing *source* would take more than linear time, or build a tree that is much
    deeper than *deepest*.

    An estimate that errs on the side of trust for sloppy mails: what a browser closes by itself
    is closed here as well. A short text is never hostile: it cannot cost much.
    """
    if source.count("<") <= _HARMLESS_TAGS and len(source) <= _HARMLESS_SIZE:
        return False
    tags = html_tags.tokens(source)
    if any(len(attributes) > _LONGEST_TAG for _, attributes in tags):
        return True
    stack = Stack(deepest)
    stack.read([name for name, _ in tags])
    if stack.hostile and stack.reopened:
        # Formatting that is opened again and again in the same way counts three times at most
        # ("Noah's Ark"), which takes the attributes to see.
        stack = Stack(deepest)
        stack.read([_with_attributes(*token) for token in tags])
    return stack.hostile


def _with_attributes(name: str, attributes: str) -> str:
    return f"{name} {attributes}" if name in FORMATTING else name
