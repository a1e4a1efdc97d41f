# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The message inside a forward: enclosed as message/rfc822, or quoted below a header block."""

from __future__ import annotations

import re

from . import addresses, dates
from .defects import Defects
from .header_block import HeaderBlock, announces_forward, header_block, may_be_mark
from .headers import one_line
from .limits import DEFAULT_LIMITS
from .parsed import ForwardedMessage
from .quotation import attribution

_SUBJECT = re.compile(
    r"^\W*(?:fwd?|wg|tr|rv|enc|doorst|pd|vb|vl|wtr|i|vs|továbbítás|i̇lt|πρθ)\s?[:\uff1a]", re.I
)
_MAILTO_BRACKET = re.compile(r"\[mailto:([^\]\s]*)\]", re.I)
_MAILTO_TARGET = re.compile(r"<mailto:[^<>\s]*>", re.I)
_MOST_LINES = 5000
_QUOTE_MARK = re.compile(r"^> ?")


def is_forward_subject(subject: str) -> bool:
    """Whether *subject* starts as mail programs let the subject of a forward start."""
    return bool(_SUBJECT.match(subject))


def from_text(text: str, subject: str) -> ForwardedMessage | None:
    """The message that *text* forwards, or None.

    A header block alone makes no forward, since replies have them as well: the subject must say
    so, or a separator that only forwards have and that is not part of a quoted history.
    """
    lines = text.split("\n", _MOST_LINES)
    forwarded = is_forward_subject(subject)
    for number, line in enumerate(lines):
        if not may_be_mark(line):
            continue
        if announces_forward(line) and not line.startswith(">"):
            forwarded = True
        elif block := header_block(lines, number):
            return _message(block, lines) if forwarded else None
        elif not forwarded and attribution(lines, number) is not None:
            return None
    return None


def _message(block: HeaderBlock, lines: list[str]) -> ForwardedMessage:
    sender = addresses.parse_addresses(
        _address_field(block.fields["from"]), DEFAULT_LIMITS, Defects()
    )
    inner = lines[block.end :]
    if lines[block.start].startswith(">"):
        inner = [_QUOTE_MARK.sub("", line) for line in inner]
    return ForwardedMessage(
        sender=sender[0] if sender else None,
        date=dates.parse_date(block.fields.get("date", "")),
        subject=one_line(block.fields.get("subject", "")),
        text="\n".join(inner).strip(),
    )


def _address_field(value: str) -> str:
    """An address as the plain text of HTML leaves it: "[mailto:a@b]", "a@b <mailto:a@b>"."""
    value = _MAILTO_BRACKET.sub(r"<\1>", value)
    without = _MAILTO_TARGET.sub("", value)
    return (without if "@" in without else value).replace("*", "").strip()
