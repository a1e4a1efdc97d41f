# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""DNS from a table instead of the network: ``parse --dns FILE``, and tests.

The table is an object {"name. TYPE": ["value", ...]}. Names are read in any case, with or without
their final dot, as A-labels or in Unicode; values as a zone file has them: TXT with or without
quotes and in several strings, MX with or without its preference. The value "TIMEOUT" (or
"SERVFAIL") instead of a list makes the question fail for the time being. What the table does not
hold does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .resolver import TemporaryFailure

_LONGEST_ALIAS_CHAIN = 10
_STRING = re.compile(r'"((?:[^"\\]|\\.)*+)"')
_QUOTED = re.compile(r'\s*(?:"(?:[^"\\]|\\.)*+"\s*)++\Z')
_ESCAPED = re.compile(r"\\(\d{3}|.)", re.S)
_FAILURES = ("TIMEOUT", "SERVFAIL", "TEMPERROR")


class TableResolver:
    """A :class:`~.resolver.Resolver` over a table in memory; it never asks the network."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        """Raises ValueError where *table* is no {"name. TYPE": ["value", ...]}."""
        self._records: dict[tuple[str, str], list[str] | None] = {}
        if not isinstance(table, Mapping):
            raise ValueError('the table is no object {"name. TYPE": ["value", ...]}')
        for key, values in table.items():
            words = str(key).split()
            if len(words) != 2 or not words[1].isalnum():
                raise ValueError(f'{str(key)[:100]!r} is not of the form "name. TYPE"')
            place = (_plain_name(words[0]), words[1].upper())
            if isinstance(values, str):
                if values.upper() in _FAILURES:
                    self._records[place] = None
                    continue
                values = [values]
            if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
                raise ValueError(f"the values of {str(key)[:100]!r} are no list of strings")
            held = self._records.setdefault(place, [])
            if held is not None:
                held.extend(values)

    def lookup(self, name: str, kind: str) -> list[str]:
        """See :meth:`~.resolver.Resolver.lookup`."""
        name = _plain_name(name)
        for _ in range(_LONGEST_ALIAS_CHAIN):
            if (name, kind) in self._records:
                values = self._records[name, kind]
                if values is None:
                    raise TemporaryFailure(name)
                return _read(values, kind)
            alias = self._records.get((name, "CNAME"))
            if not alias:
                return []
            name = _plain_name(alias[0])
        return []


def _plain_name(name: str) -> str:
    name = name.strip().rstrip(".").lower()
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _read(values: list[str], kind: str) -> list[str]:
    if kind == "TXT":
        return [_text(value) for value in values]
    if kind == "MX":
        found = []
        for place, value in enumerate(values):
            first, _, host = value.strip().rpartition(" ")
            preference = int(first) if first.isdecimal() and len(first) < 6 else 0
            found.append((preference, place, _plain_name(host)))
        return [host for _, _, host in sorted(found)]
    if kind == "PTR":
        return [_plain_name(value) for value in values]
    return [value.strip() for value in values]


def _text(value: str) -> str:
    """A TXT record: its strings joined, its characters the octets of UTF-8."""
    if _QUOTED.match(value):
        value = "".join(_ESCAPED.sub(_unescaped, text) for text in _STRING.findall(value))
    return value.encode("utf-8", "replace").decode("latin-1")


def _unescaped(match: re.Match[str]) -> str:
    token = match[1]
    return chr(int(token)) if len(token) == 3 and int(token) < 128 else token
