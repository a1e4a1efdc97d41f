# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The paragraphs of a delivery report in free words, and what they say of an address."""

from __future__ import annotations

import functools
import re

from ..headers import one_line
from . import status
from .delivery_status import email_of
from .failure_words import FAILURES
from .words import fold, holds

_ADDRESS = re.compile(
    r"[^\s<>,;:()\"'`\[\]@*\u201c\u201d\u201e\u3001-\u3011\uff08-\uff0c\uff1a\uff1b]{1,128}@[^\W_](?:[\w.-]{0,250}\w)?"
)
_TYPES = ("smtp=", "rfc-822=", "rfc822=")
# What a program draws or writes before the address that an entry is about.
_BULLET = re.compile(
    r"[\s<>\[\](){}*#.\"'`|+\u2022\u00b7-]*(?:\d{1,3}[.)]\s*)?"
    r"(?:(?:smtp|rfc822|mailto|to|e-?mail)[:;]\s*)?[<\[\"'(]*\Z",
    re.I,
)
_NAMED = re.compile(r"\s*\"?[^\"<>@:]{1,80}\"?\s*<\Z")
_GOES_ON = re.compile(r",? ?[^\W\d_A-Z]")
_HELP = re.compile(
    r"\b(?:contact|assistance|questions?|help ?desk|support|complain\w*|please (?:reply|send|write"
    r"|forward|e-?mail)|further (?:help|information)|administrator at|postmaster at|unsubscribe"
    r"|kontaktieren|wenden sie sich|rückfragen|contactez|contacter|póngase en contacto|contatt\w+"
    r"|contate|neem contact|kontakta|kontakt\w*|обратитесь|свяжитесь|sender verify)\b",
    re.I,
)
_LETTER = re.compile(r"[^\W\d_]")
_WHEN = re.compile(r"\s*on\s+\w{3},?\s+\d.*\Z", re.I | re.S)
_CLOSING = " \t.,;:>])\"'`*"
_TRAILING = " \t.,;:>\"'`*"
# Rules, headings, and the lines of an SMTP dialogue that tell of no failure.
_UNTELLING = re.compile(
    r"\s{0,9}(?:[-=*_#|]{3}|(?:>>>|<<<|[CS]:)?\s?(?:(?:mail from|rcpt to)\s?:|2\d\d[ -]"
    r"|(?:ehlo|helo|data|quit|rset)(?:\s\S{1,200})?\s{0,9}\Z))",
    re.I,
)
_RULES = " \t\xa0|*#=-_"
# All that matters of what stands before an address; it bounds the time as well.
LONGEST_LABEL = 80
_MOST_LINES = 12
LONGEST_REASON = 500


class Paragraph:
    """Lines *start* to *end* of *lines*, which have no blank one between them."""

    def __init__(self, lines: list[str], start: int, end: int) -> None:
        self.lines = lines
        self.start = start
        self.end = end

    @functools.cached_property
    def text(self) -> str:
        """The paragraph on one line."""
        return one_line(" ".join(self.lines[self.start : self.end]))

    @functools.cached_property
    def fails(self) -> bool:
        """Whether it says that something failed."""
        return bool(status.of(self.text)) or holds(fold(self.text), FAILURES)

    @functools.cached_property
    def helps(self) -> bool:
        """Whether it says where help is to be had."""
        return bool(_HELP.search(self.text))

    def reason(self, number: int, after: str, email: str) -> str:
        """What is said of *email* on line *number*: *after*, the rest of it, and what follows."""
        rest = _WHEN.sub("", after).lstrip(_CLOSING).rstrip(_TRAILING)
        words = [rest] if _LETTER.search(rest) else []
        for line in self.lines[number + 1 : min(self.end, number + _MOST_LINES)]:
            if begins_entry(line) and email not in line.lower():
                break
            if not _UNTELLING.match(line):
                words.append(line)
        if words and words[-1].rstrip().endswith(":") and not is_telling(words[-1]):
            # it announces what follows, often the next address
            words.pop()
        if not is_telling(" ".join(words)):
            words += self._next()
        return one_line(" ".join(words)).strip("\"' ")[:LONGEST_REASON]

    def _next(self) -> list[str]:
        """The lines of the paragraph after this one, if they say why and begin no entry."""
        words: list[str] = []
        for line in self.lines[self.end : self.end + _MOST_LINES]:
            if not line.strip(_RULES):
                if words:
                    break
                continue
            if begins_entry(line):
                return []
            if not _UNTELLING.match(line):
                words.append(line)
        return words if is_telling(" ".join(words)) else []

    def begins(self, number: int, start: int, after: str) -> bool:
        """Whether the address at *start* of line *number* is what an entry is about."""
        if start >= LONGEST_LABEL:
            return False
        line = self.lines[number]
        before = line[:start]
        if not _BULLET.match(before) and not (after[:1] == ">" and _NAMED.match(before)):
            return False
        if number == self.start or not _GOES_ON.match(after):
            return True
        # else a sentence that was wrapped before the address
        return self.lines[number - 1].rstrip().endswith((":", ";", ">", ")"))


def paragraphs(lines: list[str]) -> list[Paragraph]:
    """The stretches of *lines* without a blank or ruled one between them."""
    found = []
    start = -1
    for number, line in enumerate([*lines, ""]):
        if line.strip(_RULES):
            start = number if start < 0 else start
        elif start >= 0:
            found.append(Paragraph(lines, start, number))
            start = -1
    return found


def emails(line: str) -> list[tuple[int, int, str]]:
    """The addresses on *line*, lower case, with where they start and end."""
    found = []
    for match in _ADDRESS.finditer(line):
        token = match[0]
        for kind in _TYPES:
            if token.lower().startswith(kind):
                token = token[len(kind) :]
        email = email_of(token.lstrip("=.-/|"))
        shortened = line.startswith(("...", "\u2026"), match.end())
        if email and not shortened:
            found.append((match.start(), match.end(), email))
    return found


def begins_entry(line: str) -> bool:
    """Whether *line* begins with an address, so that what follows is said of that one."""
    match = _ADDRESS.search(line) if "@" in line else None
    return match is not None and bool(_BULLET.match(line[: match.start()][-LONGEST_LABEL:]))


def is_telling(text: str) -> bool:
    """Whether *text* says why a delivery failed, by a code or in known words."""
    return bool(status.of(text, permanent=True))
