# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the prefix of a subject says: a reply or a forward, as programs in many languages write it.

RFC 5322, section 3.6.5, knows "Re: " alone; the others are what programs really write.
"""

from __future__ import annotations

import re

from .words_replies import FORWARD_PREFIXES, REPLY_PREFIXES

_LONGEST = 120
# "[Ticket 5] Re[2]: ", "EXT: AW: "
_HEAD = r"^\W{0,8}(?:\[[^\]\n]{0,60}\][\s:]*){0,3}(?:(?:ext|extern|external|spam)\s?:\s?)?\W{0,3}"
_TAIL = r"(?:\s?[\[(]\d{1,4}[\])]|\s?\*\d{1,3}|\^\d{1,3})?\s{0,2}[:\uff1a]"
_REPLY = re.compile(rf"{_HEAD}(?:{REPLY_PREFIXES}|vs){_TAIL}", re.I)
_FORWARD = re.compile(rf"{_HEAD}(?:{FORWARD_PREFIXES}){_TAIL}", re.I)
_EITHER = re.compile(rf"{_HEAD}vs{_TAIL}", re.I)
_BRACKETED = re.compile(r"^\s*\[fwd?:\s", re.I)


def is_reply_subject(subject: str) -> bool:
    """Whether *subject* starts as mail programs let the subject of a reply start."""
    return bool(_REPLY.match(_start(subject)))


def is_forward_subject(subject: str) -> bool:
    """Whether *subject* starts as mail programs let the subject of a forward start."""
    start = _start(subject)
    return bool(_FORWARD.match(start) or _BRACKETED.match(start))


def may_be_either(subject: str) -> bool:
    """Whether the prefix is a reply's in one language and a forward's in another ("VS:")."""
    return bool(_EITHER.match(_start(subject)))


def _start(subject: str) -> str:
    return subject[:_LONGEST].replace("\u200f", "").replace("\u200e", "").replace("\xa0", " ")
