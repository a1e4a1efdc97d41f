# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The header fields ``Authentication-Results`` (RFC 8601, 2.2), ``Received-SPF`` (RFC 7208, 9.1).

A reader of our own: the library that exists (authres) refuses a field with the smallest mistake,
and real servers write "smtp.mailfrom=a=b@c" without quotes, empty values and results without
properties. What cannot be read here is left out; what can, keeps its place. Whether a field may
be believed at all is decided by :mod:`trace`.
"""

from __future__ import annotations

import dataclasses
import re

LONGEST = 32 * 1024
_MOST_RESULTS = 100
_TOKEN = re.compile(
    r'"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<white>\s++)|(?P<sign>[;=])|(?P<word>[^\s;="]++)'
    r"|(?P<other>.)",
    re.S,
)
_MARK = re.compile(r'\\.|["()]', re.S)
_ESCAPED = re.compile(r"\\(.)", re.S)
_METHOD = re.compile(r"([a-z][a-z0-9_-]*)(?:/\d+)?\Z")
_RESULTS = frozenset(
    "none pass fail softfail neutral policy temperror permerror hardfail bestguesspass".split()
)


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """One result: "dkim", "pass", and its properties ("header.d": "example.com")."""

    method: str
    result: str
    properties: dict[str, str]


@dataclasses.dataclass(frozen=True, slots=True)
class Results:
    """A field: who says it, and what."""

    authserv_id: str
    results: tuple[Result, ...]


def parse(value: str) -> Results | None:
    """The field body *value* (unfolded), or None where it names nobody. Linear; never raises."""
    pieces = _pieces(_without_comments(value[:LONGEST]))
    if not pieces or not pieces[0]:
        return None
    head = pieces[0]
    if len(head) > 1 and head[1] == ("sign", "="):
        return None
    # The rest of the head may only be a version.
    words = [text for kind, text in head if kind in ("word", "quoted")]
    if not words or any(word != "1" for word in words[1:]):
        return None
    found = []
    for piece in pieces[1 : _MOST_RESULTS + 1]:
        if result := _result(piece):
            found.append(result)
    return Results(words[0].lower(), tuple(found))


def _without_comments(value: str) -> str:
    """*value* with a blank for each comment. What follows one that never closes is dropped."""
    if "(" not in value:
        return value
    parts: list[str] = []
    depth = start = 0
    quoted = False
    for match in _MARK.finditer(value):
        token = match.group()
        if token == '"':
            # Within a comment a quote is nothing special.
            quoted = not quoted and not depth
        elif quoted:
            continue
        elif token == "(":
            if not depth:
                parts.append(value[start : match.start()])
            depth += 1
        elif token == ")" and depth:
            depth -= 1
            start = match.end()
    if not depth:
        parts.append(value[start:])
    return " ".join(parts)


def _pieces(value: str) -> list[list[tuple[str, str]]]:
    """The tokens between the semicolons."""
    pieces: list[list[tuple[str, str]]] = [[]]
    for match in _TOKEN.finditer(value):
        kind, text = match.lastgroup or "", match.group()
        if kind == "quoted":
            text = _ESCAPED.sub(r"\1", match["quoted"])
        if kind == "sign" and text == ";":
            pieces.append([])
        elif kind != "white" or pieces[-1]:
            pieces[-1].append((kind, text))
    return pieces


def _result(tokens: list[tuple[str, str]]) -> Result | None:
    pairs = _pairs(tokens)
    if not pairs:
        return None
    match = _METHOD.match(pairs[0][0].replace(" ", ""))
    result = pairs[0][1].lower()
    if match is None or result not in _RESULTS:
        return None
    properties: dict[str, str] = {}
    for name, value in pairs[1:]:
        properties.setdefault(name, value)
    result = {"hardfail": "fail", "bestguesspass": "pass"}.get(result, result)
    if pairs[0][1].lower() == "bestguesspass":
        # A guess of the server where there is no record: it says nothing of the sender.
        result = "none"
    return Result(match[1], result, properties)


def _pairs(tokens: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """ "name = value" after "name = value"; a value goes on up to white space."""
    pairs: list[tuple[str, str]] = []
    place, count = 0, len(tokens)
    name = ""
    while place < count:
        kind, text = tokens[place]
        place += 1
        if kind == "white":
            continue
        if text != "=" or kind != "sign":
            name = text
            continue
        while place < count and tokens[place][0] == "white":
            place += 1
        parts = []
        following = place
        while following < count and tokens[following][0] != "white":
            parts.append(tokens[following][1])
            following += 1
        # "a= b=c": the value of "a" is missing.
        place = following
        if name:
            pairs.append((name.lower(), "".join(parts)))
        name = ""
    return pairs


@dataclasses.dataclass(frozen=True, slots=True)
class ReceivedSpf:
    """A ``Received-SPF`` field: its result, and its pairs such as "client-ip", "envelope-from"."""

    result: str
    pairs: dict[str, str]


def parse_received_spf(value: str) -> ReceivedSpf | None:
    """The field body *value* (unfolded), or None where it states no result. Never raises."""
    word, _, rest = _without_comments(value[:LONGEST]).strip().partition(" ")
    if word.lower() not in _RESULTS:
        return None
    pairs: dict[str, str] = {}
    for piece in _pieces(rest):
        for name, text in _pairs(piece):
            pairs.setdefault(name, text)
    return ReceivedSpf(word.lower(), pairs)
