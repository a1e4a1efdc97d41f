# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""SPF records as data (RFC 7208, sections 4.5, 4.6, 5, 6 and 12): the grammar and nothing else.

A record is read as a whole before any of it is used: a mistake anywhere makes all of it void
(section 4.6).
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re

# macro-expand and macro-literal of RFC 7208, section 7.1
MACRO = re.compile(
    r"%\{(?P<letter>[slodiphcrtv])(?P<digits>[0-9]*)(?P<reverse>r?)(?P<delimiters>[.\-+,/_=]*)\}"
    r"|%(?P<plain>[%_\-])",
    re.I,
)
_MACRO_STRING = re.compile(rf"(?:{MACRO.pattern}|[!-$&-~])*+\Z".replace("?P<", "?P<_"), re.I)
_DOMAIN_END = re.compile(
    r"(?:\.(?:[a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])\.?|%\{[^{}]*\}|%[%_\-])\Z", re.I
)
_MODIFIER = re.compile(r"([a-z][a-z0-9_.-]*)=(.*)\Z", re.I | re.S)
_MECHANISM = re.compile(r"([+?~-]?)([a-z][a-z0-9_.-]*)(.*)\Z", re.I | re.S)
_LENGTHS = re.compile(r"(?<!/)(?:/(?P<four>[0-9]{1,9}))?(?://(?P<six>[0-9]{1,9}))?\Z")
_DIGITS = re.compile(r"(?:0|[1-9][0-9]{0,2})\Z")
# RFC 7208, section 3.4, wants them to fit into 512 octets.
_LONGEST = 16 * 1024
QUALIFIERS = {"": "pass", "+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class SyntaxProblem(Exception):
    """The record breaks the grammar: the result is "permerror"."""


@dataclasses.dataclass(frozen=True, slots=True)
class Mechanism:
    """One mechanism: its name, the result if it matches, and what it compares with."""

    name: str
    result: str
    domain: str = ""
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None
    four: int = 32
    six: int = 128


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """A record that kept to the grammar."""

    mechanisms: tuple[Mechanism, ...]
    redirect: str | None
    explanation: str | None


def is_record(text: str) -> bool:
    """Whether the TXT record *text* is meant for SPF (RFC 7208, section 4.5)."""
    return text[:7].lower() in ("v=spf1", "v=spf1 ")


def parse(text: str) -> Record:
    """The record in *text*. Raises SyntaxProblem."""
    if len(text) > _LONGEST:
        raise SyntaxProblem("a record that is too long")
    if not text.isascii() or not text.isprintable():
        raise SyntaxProblem("octets that are no printable ASCII")
    mechanisms: list[Mechanism] = []
    modifiers: dict[str, str] = {}
    for term in text[6:].split(" "):
        if not term:
            continue
        if match := _MODIFIER.match(term):
            name, value = match[1].lower(), match[2]
            if name in ("redirect", "exp"):
                if name in modifiers:
                    raise SyntaxProblem(f"{name} stands twice")
                modifiers[name] = _domain_spec(value)
            elif not _MACRO_STRING.match(value):
                raise SyntaxProblem(term)
        else:
            mechanisms.append(_mechanism(term))
    return Record(tuple(mechanisms), modifiers.get("redirect"), modifiers.get("exp"))


def _mechanism(term: str) -> Mechanism:
    match = _MECHANISM.match(term)
    if match is None:
        raise SyntaxProblem(term)
    result, name, rest = QUALIFIERS[match[1]], match[2].lower(), match[3]
    if name == "all" and not rest:
        return Mechanism(name, result)
    if name in ("include", "exists") and rest.startswith(":"):
        return Mechanism(name, result, _domain_spec(rest[1:]))
    if name == "ptr" and (not rest or rest.startswith(":")):
        return Mechanism(name, result, _domain_spec(rest[1:]) if rest else "")
    if name in ("ip4", "ip6") and rest.startswith(":"):
        return Mechanism(name, result, network=_network(name, rest[1:]))
    if name in ("a", "mx"):
        lengths = _LENGTHS.search(rest)
        target = rest[: lengths.start()] if lengths else rest
        if target and not target.startswith(":"):
            raise SyntaxProblem(term)
        domain = _domain_spec(target[1:]) if target else ""
        four = _length(lengths["four"] if lengths else None, 32)
        six = _length(lengths["six"] if lengths else None, 128)
        return Mechanism(name, result, domain, four=four, six=six)
    raise SyntaxProblem(term)


def _length(digits: str | None, most: int) -> int:
    if digits is None:
        return most
    if not _DIGITS.match(digits) or int(digits) > most:
        raise SyntaxProblem(digits)
    return int(digits)


def _network(name: str, text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    address, slash, digits = text.partition("/")
    try:
        if name == "ip4":
            length = _length(digits if slash else None, 32)
            return ipaddress.IPv4Network((ipaddress.IPv4Address(address).packed, length), False)
        if "%" in address:
            raise SyntaxProblem(text)
        length = _length(digits if slash else None, 128)
        return ipaddress.IPv6Network((ipaddress.IPv6Address(address).packed, length), False)
    except ValueError as error:
        raise SyntaxProblem(text) from error


def _domain_spec(text: str) -> str:
    if not _MACRO_STRING.match(text) or not _DOMAIN_END.search(text[-300:]):
        raise SyntaxProblem(text)
    for match in MACRO.finditer(text):
        if match["letter"] and match["letter"] in "cCrRtT":
            raise SyntaxProblem(text)
        if match["digits"] and not int(match["digits"][:9]):
            raise SyntaxProblem(text)
    return text
