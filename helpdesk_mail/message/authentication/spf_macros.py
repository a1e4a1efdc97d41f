# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The macros of SPF (RFC 7208, section 7)."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import urllib.parse
from collections.abc import Callable

from .spf_record import MACRO, SyntaxProblem

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
_PLAIN = {"%": "%", "_": " ", "-": "%20"}
_LONGEST_NAME = 253
_LONGEST_TEXT = 8192


@dataclasses.dataclass(frozen=True, slots=True)
class Values:
    """What the letters of macros stand for. *validated*: asked for only where "%{p}" stands."""

    sender: str
    domain: str
    ip: IPAddress
    helo: str
    receiver: str
    timestamp: int
    validated: Callable[[], str]

    def of(self, letter: str) -> str:
        """The value of one lower-case letter."""
        local, _, owner = self.sender.rpartition("@")
        four = self.ip.version == 4
        if letter == "p":
            return self.validated()
        return {
            "s": self.sender,
            "l": local,
            "o": owner,
            "d": self.domain,
            "i": str(self.ip) if four else ".".join(self.ip.exploded.replace(":", "")).upper(),
            "v": "in-addr" if four else "ip6",
            "h": self.helo,
            "c": str(self.ip),
            "r": self.receiver or "unknown",
            "t": str(self.timestamp),
        }[letter]


def expand_domain(text: str, values: Values) -> str:
    """A domain-spec expanded; cut from the left to a possible length (section 7.3)."""
    name = _expand(text, values)[-4 * _LONGEST_NAME :].removesuffix(".")
    while len(name) > _LONGEST_NAME:
        _, dot, rest = name.partition(".")
        if not dot:
            return ""
        name = rest
    return name


def expand_text(text: str, values: Values) -> str:
    """An explanation expanded. Raises SyntaxProblem where a macro in it is none."""
    if "%" in MACRO.sub("", text):
        raise SyntaxProblem(text)
    return _expand(text, values)


def _expand(text: str, values: Values) -> str:
    parts: list[str] = []
    position = size = 0
    for match in MACRO.finditer(text):
        parts.append(text[position : match.start()])
        position = match.end()
        parts.append(_PLAIN[match["plain"]] if match["plain"] else _macro(match, values))
        size += len(parts[-1])
        if size > _LONGEST_TEXT:
            raise SyntaxProblem("a macro that grows without bound")
    parts.append(text[position:])
    return "".join(parts)


def _macro(match: re.Match[str], values: Values) -> str:
    letter = match["letter"]
    value = values.of(letter.lower())
    if match["digits"] or match["reverse"] or match["delimiters"]:
        delimiters = match["delimiters"] or "."
        pieces = re.split(f"[{re.escape(delimiters)}]", value)
        if match["reverse"]:
            pieces.reverse()
        if match["digits"]:
            count = int(match["digits"][:9])
            if not count:
                raise SyntaxProblem(match.group())
            pieces = pieces[-count:]
        value = ".".join(pieces)
    return urllib.parse.quote(value, safe="-._~") if letter.isupper() else value
