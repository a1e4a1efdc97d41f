# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Lists of tags, "a=b; c=d": DKIM signatures and keys, ARC, DMARC (RFC 6376, section 3.2)."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_WHITE = re.compile(r"[ \t\r\n]+")
# Lists of this kind are a few hundred octets long.
LONGEST = 16 * 1024


class TagProblem(Exception):
    """The text is no list of tags."""


def parse(text: str) -> dict[str, str]:
    """The tags of *text* in their order; white space around names and values is dropped.

    Raises TagProblem for anything that is no list of tags, and where a tag stands twice.
    """
    if len(text) > LONGEST:
        raise TagProblem("the list of tags is too long")
    tags: dict[str, str] = {}
    pieces = text.split(";")
    if not pieces[-1].strip(" \t\r\n"):
        pieces.pop()
    for piece in pieces:
        name, sign, value = piece.partition("=")
        name = name.strip(" \t\r\n")
        if not sign or not _NAME.match(name):
            raise TagProblem("a tag has no name or no value")
        if name in tags:
            raise TagProblem(f"the tag {name}= stands twice")
        tags[name] = value.strip(" \t\r\n")
    return tags


def without_white(value: str) -> str:
    """*value* without any white space, as base64 and lists of names are to be read."""
    return _WHITE.sub("", value)
