# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What mail programs write above a message that they quote or forward, in many languages.

A *separator* is a line of its own ("---------- Forwarded message ----------"). A *header block*
is a few labelled lines ("Von: ...", "Gesendet: ...", "Betreff: ..."); its words stand in
:mod:`.words_labels`.
"""

from __future__ import annotations

import dataclasses
import re

from .words_labels import ANNOUNCED, CROATIAN, FORWARDED, LABELS, NOT_CROATIAN, ORIGINAL

_FIELD_OF = {
    label.casefold(): field for field, labels in LABELS.items() for label in labels.split(", ")
}
_CROATIAN = frozenset(CROATIAN.casefold().split(", "))
_NOT_CROATIAN = frozenset(NOT_CROATIAN.casefold().split(", "))
_LINE = re.compile(
    r"^[ \t\xa0>]{0,20}[*_]{0,2}([^\W\d_][^:\uff1a\n*]{0,23}?)[ \t\xa0]{0,4}[*_]{0,2}[:\uff1a]"
    r"[*_]{0,2}[ \t\xa0]*(.*)$"
)
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_RULED = re.compile(rf"(?:(?P<forward>{FORWARDED})|{ORIGINAL})", re.I)
_ANNOUNCED = re.compile(rf"(?P<forward>{ANNOUNCED}|{FORWARDED})", re.I)
_AROUND = " \t\xa0>-_=*:\u2013\u2014"
_COLONS = (":", "\uff1a")
_RULES = ("--", "__", "==", "**", "\u2014", "\u2013")
_LONGEST_SEPARATOR = 160
_LONGEST_LABELLED = 2000
_LONGEST_BLOCK = 24
_FULL_LINE = 60


@dataclasses.dataclass(frozen=True, slots=True)
class HeaderBlock:
    """The labelled lines above a quoted message: first line, line after the last, and fields.

    ``labels`` are the words that named the fields, in lower case.
    """

    start: int
    end: int
    fields: dict[str, str]
    labels: frozenset[str]

    @property
    def is_full(self) -> bool:
        """Whether it has all that programs write: people and web forms write less."""
        date = self.fields.get("date", "")
        return {"from", "to", "subject"} <= self.fields.keys() and any(map(str.isdigit, date))

    @property
    def is_english(self) -> bool:
        """Whether the labels are English ones, so that "1/2/2026" can be two days."""
        return "subject" in self.labels and "from" in self.labels

    @property
    def is_croatian(self) -> bool | None:
        """Whether its months are Croatian ones; None where the labels do not tell."""
        if self.labels & _CROATIAN:
            return True
        if self.labels & _NOT_CROATIAN:
            return False
        return None


def may_be_mark(line: str) -> bool:
    """Whether *line* can be any of the marks at all: a cheap look before the closer ones."""
    return ":" in line or "--" in line or "__" in line or "==" in line or "\uff1a" in line


def is_separator(line: str) -> bool:
    """Whether *line* is what a mail program draws above a quoted or forwarded message."""
    return _separator(line) is not None


def is_ruled(line: str) -> bool:
    """Whether *line* is a separator between dashes, which people do not draw."""
    match = _separator(line)
    return match is not None and match.re is _RULED


def announces_forward(line: str) -> bool:
    """Whether *line* is a separator that only forwards have."""
    match = _separator(line)
    return match is not None and match["forward"] is not None


def _separator(line: str) -> re.Match[str] | None:
    if not 4 < len(line) <= _LONGEST_SEPARATOR:
        return None
    ruled = any(rule in line for rule in _RULES)
    if not ruled and line[-3:].rstrip(" \t\xa0\u200e\u200f")[-1:] not in _COLONS:
        return None
    if not line.isascii():
        line = _INVISIBLE.sub("", line)
    core = line.strip(_AROUND)
    if not core:
        return None
    before = line[: line.index(core)].strip(" \t\xa0>")
    if ruled and any(rule in before for rule in _RULES):
        return _RULED.fullmatch(core)
    if not before and line.rstrip(" \t\xa0")[-1] in ":\uff1a":
        return _ANNOUNCED.fullmatch(core)
    return None


def header_block(lines: list[str], start: int) -> HeaderBlock | None:
    """The header block whose first labelled line is *lines*[*start*], or None.

    It names a sender and a date, or a sender, a recipient and a subject, and has nothing but
    labelled lines, their continuations and single blank lines in between.
    """
    if _field(lines[start])[0] not in ("from", "subject", "date", "to"):
        return None
    fields: dict[str, str] = {}
    labels = set()
    last = start
    current = ""
    for number in range(start, min(len(lines), start + _LONGEST_BLOCK)):
        line = lines[number]
        if not line.strip(" \t>\xa0"):
            if number == last + 1 and number + 1 < len(lines) and _field(lines[number + 1])[0]:
                continue
            break
        field, value, label = _field(line)
        if field and field not in fields:
            fields[field] = value.strip()
            labels.add(label)
            current, last = field, number
        elif field == "importance":
            current, last = field, number
        elif not field and number == last + 1 and _continues(current, fields, lines, number):
            fields[current] = f"{fields[current]} {line.strip(' >')}".strip()
            last = number
        else:
            break
    if "from" in fields and ("date" in fields or {"subject", "to"} <= fields.keys()):
        return HeaderBlock(start, last + 1, fields, frozenset(labels))
    return None


def _continues(current: str, fields: dict[str, str], lines: list[str], number: int) -> bool:
    """Whether a line without a label can belong to the field before it."""
    if current == "from":
        return "@" not in fields["from"] and ("@" in lines[number] or not fields["from"])
    if current in ("to", "cc"):
        value = fields[current].rstrip()
        return value.endswith((";", ",", "<")) or lines[number].lstrip(" >").startswith("<")
    if current == "subject" and len(lines[number - 1]) >= _FULL_LINE:
        after = lines[number + 1] if number + 1 < len(lines) else ""
        return not after.strip(" \t>\xa0") or bool(_field(after)[0])
    return False


def _field(line: str) -> tuple[str, str, str]:
    """(field, value, label) of a labelled line; the field is "" if it is none."""
    if (":" not in line and "\uff1a" not in line) or len(line) > _LONGEST_LABELLED:
        return "", "", ""
    if not line.isascii():
        line = _INVISIBLE.sub("", line)
    match = _LINE.match(line)
    if match is None:
        return "", "", ""
    label = match[1].strip(" *_\xa0\t").casefold()
    value = match[2].replace("**", "")
    if value.endswith("*") and value.count("*") == 1:
        value = value[:-1]
    return _FIELD_OF.get(label, ""), value, label
