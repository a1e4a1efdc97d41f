# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The message inside a forward: enclosed as message/rfc822, or quoted below a header block."""

from __future__ import annotations

import datetime
import re

from . import addresses, attribution, local_dates
from .defects import Defects
from .header_block import HeaderBlock, announces_forward, header_block, is_separator, may_be_mark
from .headers import one_line
from .limits import DEFAULT_LIMITS
from .parsed import Address, ForwardedMessage
from .subjects import is_forward_subject, may_be_either

__all__ = ["from_text", "is_forward_subject"]

_MAILTO_BRACKET = re.compile(r"\[mailto:([^\]\s]*)\]", re.I)
_MAILTO_TARGET = re.compile(r"<mailto:[^<>\s]*>", re.I)
_ROUND = re.compile(r"\(([^()\s@]{1,64}@[^()\s@]{1,190})\)\s*$")
_BRACKET = re.compile(r"\[([^\[\]\s@]{1,64}@[^\[\]\s@]{1,190})\]\s*$")
_ON_BEHALF = re.compile(
    r"\s+(?:on behalf of|im auftrag von|de la part de|en nombre de|per conto di|em nome de|namens)"
    r"\s+.*$",
    re.I | re.S,
)
_MOST_LINES = 5000
_MOST_MARKS = 200
_QUOTE_MARK = re.compile(r"^ {0,3}> ?")
_NORDIC = frozenset({"fra", "sendt", "dato", "emne"})


def from_text(
    text: str, subject: str, zone: datetime.tzinfo | None = None
) -> ForwardedMessage | None:
    """The message that *text* forwards, or None. *zone*: that of dates which name none.

    A header block alone makes no forward, since replies have them as well: the subject must say
    so, or a separator that only forwards have and that is not part of a quoted history.
    """
    lines = text.split("\n", _MOST_LINES)
    forwarded = is_forward_subject(subject)
    separated = False
    marks = 0
    for number, line in enumerate(lines):
        if not may_be_mark(line):
            continue
        marks += 1
        if marks > _MOST_MARKS:
            return None
        if announces_forward(line) and (not line.startswith(">") or forwarded):
            forwarded = separated = True
        elif block := header_block(lines, number):
            if not forwarded and may_be_either(subject):
                forwarded = bool(block.labels & _NORDIC)
            return _message(block, lines, zone) if forwarded else None
        elif is_separator(line) or line.startswith(">"):
            continue
        elif found := attribution.ends_at(lines, number):
            if not forwarded:
                return None
            if not separated and not _block_soon(lines, number):
                return _attributed(found, lines, zone)
    return None


def _block_soon(lines: list[str], number: int) -> bool:
    return any(
        header_block(lines, following) is not None
        for following in range(number + 1, min(len(lines), number + 6))
    )


def _message(
    block: HeaderBlock, lines: list[str], zone: datetime.tzinfo | None
) -> ForwardedMessage:
    inner = lines[block.end :]
    if lines[block.start].lstrip().startswith(">"):
        inner = [_QUOTE_MARK.sub("", line) for line in inner]
    return ForwardedMessage(
        sender=_sender(block.fields["from"]),
        date=local_dates.parse(
            block.fields.get("date", ""),
            english=block.is_english,
            croatian=block.is_croatian,
            zone=zone,
        ),
        subject=one_line(block.fields.get("subject", "").strip("* ")),
        text="\n".join(inner).strip(),
        to=_several(block.fields.get("to", "")),
        introduction=_above(lines, block.start),
    )


def _above(lines: list[str], start: int) -> str:
    """The words above the message that starts at *start*, without the line drawn between them."""
    while start and (not lines[start - 1].strip(" \t>\xa0") or is_separator(lines[start - 1])):
        start -= 1
    return "\n".join(lines[:start]).strip()


def _attributed(
    found: attribution.Attribution, lines: list[str], zone: datetime.tzinfo | None
) -> ForwardedMessage | None:
    """A forward that quotes below an attribution, as some programs on phones do."""
    whole = " ".join(line.strip() for line in lines[found.start : found.end])
    sender = attribution.author(whole)
    if sender is None:
        return None
    inner = lines[found.end :]
    if any(line.lstrip().startswith(">") for line in inner):
        inner = [_QUOTE_MARK.sub("", line) for line in inner]
    return ForwardedMessage(
        sender=sender,
        date=local_dates.parse(whole, english=" wrote" in whole, zone=zone),
        subject="",
        text="\n".join(inner).strip(),
        introduction=_above(lines, found.start),
    )


def _sender(value: str) -> Address | None:
    found = addresses.parse_addresses(_address_field(value), DEFAULT_LIMITS, Defects())
    return found[0] if found else None


def _several(value: str) -> tuple[Address, ...]:
    value = "; ".join(_address_field(one) for one in value.split(";")[:100])
    found = addresses.parse_addresses(value, DEFAULT_LIMITS, Defects())
    return tuple(address for address in found if address.email or address.name)


def _address_field(value: str) -> str:
    """An address as the plain text of HTML leaves it: "[mailto:a@b]", "a@b <mailto:a@b>"."""
    value = value.replace("\u200e", "").replace("\u200f", "").replace("\xa0", " ")
    value = _MAILTO_BRACKET.sub(r"<\1>", value)
    without = _MAILTO_TARGET.sub("", value)
    value = (without if "@" in without else value).replace("*", "").strip()
    value = _ON_BEHALF.sub("", value)
    if "<" not in value:
        value = _BRACKET.sub(r"<\1>", _ROUND.sub(r"<\1>", value))
    return value.strip()
