# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The content lines of iCalendar (RFC 5545, section 3.1) and vCard (RFC 6350, section 3.2; 2.1).

Tolerant: any line ends, folds that lost their blank, quoted-printable values of vCard 2.1,
components that are never closed.
"""

from __future__ import annotations

import binascii
import dataclasses
import re

from . import charsets
from .defects import Defects

_LINE = re.compile(
    r"(?:[A-Za-z0-9_-]{1,60}\.)?([A-Za-z0-9_-]{1,60})"
    r"((?:;[A-Za-z0-9_-]{1,60}(?:=(?:\"[^\"]*\"|[^\":;]*))?)*+):(.*)\Z",
    re.S,
)
_PARAMETER = re.compile(r";([A-Za-z0-9_-]{1,60})(?:=(\"[^\"]*\"|[^\":;]*))?")
_ESCAPED = re.compile(r"\\(.)", re.S)
_MOST_LINES = 20_000
_DEEPEST = 20


@dataclasses.dataclass(slots=True)
class Property:
    """One content line: its parameters (names upper case) and its value as it stands there."""

    parameters: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as TEXT (RFC 5545, section 3.3.11): escapes undone."""
        if "\\" not in self.value:
            return self.value.strip()
        return _ESCAPED.sub(
            lambda found: "\n" if found[1] in "nN" else found[1], self.value
        ).strip()


@dataclasses.dataclass(slots=True)
class Component:
    """Everything between BEGIN and END; names are upper case."""

    name: str
    properties: dict[str, list[Property]] = dataclasses.field(default_factory=dict)
    children: list[Component] = dataclasses.field(default_factory=list)

    def first(self, name: str) -> Property | None:
        """The first property *name*, or None."""
        found = self.properties.get(name)
        return found[0] if found else None

    def text(self, name: str) -> str:
        """The first property *name* as text, or ""."""
        found = self.first(name)
        return found.text if found else ""

    def named(self, name: str) -> list[Component]:
        """The children called *name*."""
        return [child for child in self.children if child.name == name]


def read(source: str) -> list[Component]:
    """The outermost components of *source*; never raises."""
    root = Component("")
    stack = [root]
    for line in _unfolded(source):
        match = _LINE.match(line)
        if match is None:
            continue
        name, value = match[1].upper(), match[3]
        if name == "BEGIN":
            component = Component(value.strip().upper())
            stack[-1].children.append(component)
            if len(stack) <= _DEEPEST:
                stack.append(component)
        elif name == "END":
            wanted = value.strip().upper()
            if any(component.name == wanted for component in stack[1:]):
                while stack.pop().name != wanted:
                    pass
        else:
            parameters = {
                key.upper(): (given or "").strip('"') for key, given in _PARAMETER.findall(match[2])
            }
            found = Property(parameters, _plain(parameters, value))
            stack[-1].properties.setdefault(name, []).append(found)
    return root.children


def _unfolded(source: str) -> list[str]:
    """Logical lines. A line that is none goes on from the one before: its blank was lost."""
    lines: list[list[str]] = []
    soft = False
    for line in (
        source.replace("\r\n", "\n").replace("\r", "\n").split("\n", _MOST_LINES)[:_MOST_LINES]
    ):
        if soft or (line[:1] in (" ", "\t") and lines):
            lines[-1].append(line if soft else line[1:])
        elif line.strip():
            if lines and ":" not in line and not _LINE.match(line):
                lines[-1].append(line)
            else:
                lines.append([line])
        upper = lines[-1][0][:200].upper() if lines else ""
        soft = bool(lines) and line.endswith("=") and "QUOTED-PRINTABLE" in upper
        if soft:
            lines[-1][-1] = lines[-1][-1][:-1]
    return ["".join(pieces) for pieces in lines]


def _plain(parameters: dict[str, str], value: str) -> str:
    coded = parameters.get("ENCODING", "").upper() == "QUOTED-PRINTABLE"
    if coded or "QUOTED-PRINTABLE" in parameters:
        octets = binascii.a2b_qp(value.encode("utf-8", "replace"))
        return charsets.decode(octets, parameters.get("CHARSET", ""), Defects())
    return value
