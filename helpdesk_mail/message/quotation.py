# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which lines of a reply are quoted history.

Only marks that mail programs write count: a separator, a header block, an attribution ("On ...,
... wrote:"), a line to write above, the markup of the HTML, and ">" lines that no answer
follows. Where the author answers between quoted lines, there is no history to cut off: question
and answer belong together.
"""

from __future__ import annotations

import dataclasses
import re

from . import attribution, html_marks, signature
from .header_block import header_block, is_ruled, is_separator, may_be_mark
from .local_dates import has_day
from .words_replies import ABOVE_LINE, REPLY_ABOVE

_REPLY_ABOVE = re.compile(
    rf"(?:{REPLY_ABOVE}).{{0,60}}?(?:{ABOVE_LINE})|(?:{ABOVE_LINE}).{{0,40}}?(?:{REPLY_ABOVE})",
    re.I,
)
_LONGEST_REPLY_ABOVE = 160
# A cheap look before the search for a line to write above.
_ABOVE = (
    "above over über oberhalb dessus haut encima arriba sobre sopra acima damunt boven ovanför "
    "ovenfor yläpuol powyżej nad fölé deasupra üst выше вище над πάνω atas trên 行 線 위에 מעל فوق"
).split()
# What a line to write above has that stands in no ruled frame.
_COMMANDS = (
    "##",
    "above this line",
    "above the line",
    "dieser Zeile",
    "cette ligne",
    "esta línea",
    "questa riga",
    "desta linha",
    "deze regel",
    "denne linje",
    "tej linii",
    "этой строки",
)
_PLEASE = (
    "please bitte veuillez merci de por favor per si prega gelieve vänligen venligst vennligst ole "
    "hyvä proszę prosím kérjük vă rugăm lütfen пожалуйста будь ласка моля παρακαλώ"
).split()
# How many lines are looked at closely: more of them has no mail of a person.
_MOST_MARKS = 1000
_MOST_ATTRIBUTIONS = 300
_PROCESSED = re.compile(
    r"^[ \t]*(?:original message processed by|ursprüngliche nachricht (?:verarbeitet|bearbeitet) "
    r"(?:mit|von)|originalnachricht verarbeitet mit) david",
    re.I,
)
_GROUPWISE = re.compile(r"^>>>.{1,300}(?:>>>|:)[ \t]*$")
_RULE_SIGNS = "_-=*\u2013\u2014 \t\xa0"
_WRAPS_AT = 65
_ATTRIBUTION_LINES = 4


@dataclasses.dataclass(frozen=True, slots=True)
class Quotation:
    """New text is *lines*[``first``:``last``]; what stands before and behind is history."""

    first: int
    last: int


def find(lines: list[str], *, is_reply: bool) -> Quotation | None:
    """Where the author's text starts and ends in *lines*, or None if nothing marks a history.

    A header block counts in a reply, and elsewhere only a full one: forms and notices of web
    sites have such lines as well, and what follows them there is the matter itself.
    """
    last = _Finder(lines, is_reply=is_reply).start()
    first = _leading(lines, len(lines) if last is None else last)
    if last is None and not first:
        return None
    last = len(lines) if last is None else last
    while last > first and _is_rule_or_blank(lines[last - 1]):
        last -= 1
    return Quotation(first, last)


def is_quoted(line: str) -> bool:
    """Whether *line* bears the mark of a quotation."""
    return line.lstrip().startswith(">")


class _Finder:
    """One walk through the lines of a mail, from the top to the first certain mark."""

    def __init__(self, lines: list[str], *, is_reply: bool) -> None:
        self.lines = lines
        self.is_reply = is_reply
        self.answer = -1
        self.tail: int | None = None
        self.marks = 0
        self.attributions: dict[int, attribution.Attribution | None] = {}

    def start(self) -> int | None:
        """The first line of the history below the author's text, or None."""
        lines = self.lines
        own: int | None = None
        skip_to = 0
        for number, line in enumerate(lines):
            if number < skip_to or not line.strip():
                continue
            if html_marks.HISTORY in line:
                if own is not None:
                    return number
                continue
            if html_marks.ATTRIBUTION in line:
                if own is not None and self._is_marked_attribution(number):
                    return number
                continue
            if is_quoted(line) and not attribution.goes_on(lines, number):
                if line.startswith(">>>") and own is not None and self._is_groupwise(number):
                    return number
                continue
            if _may_be_mark(line) or attribution.may_end(line):
                hard = self._hard(number)
                if hard is not None and own is not None and own < hard[0]:
                    return self._with_rule(hard[0])
                if hard is not None:
                    # A mail that starts with a quotation: its header is no word of the author.
                    skip_to = hard[1]
                    continue
                found = self._attribution(number)
                if found is not None and own is not None and own < found:
                    return found
            elif _PROCESSED.match(line) and own is not None:
                return number
            if own is None:
                if (top := self._next_attribution(number)) is not None:
                    # The same: "On ..., Anna wrote:" stands above all else.
                    skip_to = top.end
                    continue
                own = number
        return self._trailing() if own is not None else None

    def _hard(self, number: int) -> tuple[int, int] | None:
        """(first line, line after the last) of a mark that needs no quotation below, or None."""
        lines = self.lines
        line = lines[number]
        if not _may_be_mark(line) or self.marks > _MOST_MARKS:
            return None
        self.marks += 1
        if is_separator(line):
            following = _next_text(lines, number + 1)
            block = header_block(lines, following) if following is not None else None
            if block is not None:
                return number, block.end
            if is_ruled(line) or (following is not None and is_quoted(lines[following])):
                return number, number + 1
            return None
        if _is_rule(line):
            following = _next_text(lines, number + 1)
            block = header_block(lines, following) if following is not None else None
            return (number, block.end) if block and (self.is_reply or block.is_full) else None
        block = header_block(lines, number)
        if block is not None and (self.is_reply or block.is_full):
            return number, block.end
        if len(line) <= _LONGEST_REPLY_ABOVE and _is_reply_above(line):
            return self._above_marker(number), number + 1
        return None

    def _above_marker(self, number: int) -> int:
        """Where the attribution above a line to write above starts; it may be in any form."""
        lines = self.lines
        end = number
        while end and number - end < 3 and not lines[end - 1].strip(_RULE_SIGNS + ">"):
            end -= 1
        start = end
        while start and end - start < _ATTRIBUTION_LINES and lines[start - 1].strip():
            start -= 1
        whole = " ".join(lines[start:end])
        if whole.rstrip().endswith((":", "\uff1a")) and len(whole) < 400:
            found = attribution.ends_at(lines, end - 1)
            if found is not None:
                return found.start
            if has_day(whole) or "@" in whole:
                return start
        return number

    def _attribution(self, number: int) -> int | None:
        """The start of the attribution that ends at *number*, if history follows it."""
        lines = self.lines
        found = self._ends_at(number)
        if found is None:
            return None
        following = _next_text(lines, found.end)
        if following is None:
            return found.start if found.end >= len(lines) or _all_blank(lines, found.end) else None
        if is_quoted(lines[following]) or html_marks.HISTORY in lines[following]:
            return None if self._is_answered(following) else found.start
        if found.certain:
            return found.start
        # A rule or a line to write above follows: "On ..., Support wrote:", "## Reply above ##".
        return found.start if _is_reply_above(lines[following]) else None

    def _is_marked_attribution(self, number: int) -> bool:
        """Whether quoted lines that nothing answers follow the marked attribution shortly."""
        lines = self.lines
        for following in range(number, min(len(lines), number + 8)):
            if is_quoted(lines[following]):
                return not self._is_answered(following)
        return False

    def _is_groupwise(self, number: int) -> bool:
        line = self.lines[number]
        return bool(_GROUPWISE.match(line)) and has_day(line)

    def _is_answered(self, number: int) -> bool:
        """Whether the author wrote something below the quoted line *number*."""
        if number < self.answer:
            return True
        lines = self.lines
        end = self._end()
        skip_to = 0
        for following in range(number, end):
            line = lines[following]
            if following < skip_to or not line.strip() or is_quoted(line):
                continue
            if _is_wrapped(lines, following) or _is_rule(line) or html_marks.is_mark(line):
                continue
            if _PROCESSED.match(line):
                return False
            if self._hard(following) is not None:
                return False
            found = self._next_attribution(following)
            if found is not None:
                if found.certain:
                    return False
                skip_to = found.end
                continue
            self.answer = following
            return True
        return False

    def _next_attribution(self, number: int) -> attribution.Attribution | None:
        """The attribution that starts at *number*, or None."""
        for last in range(number, min(number + _ATTRIBUTION_LINES, len(self.lines))):
            if not self.lines[last].strip():
                return None
            found = self._ends_at(last)
            if found is not None and found.start <= number:
                return found
        return None

    def _ends_at(self, number: int) -> attribution.Attribution | None:
        """The attribution that ends at *number*; each line is judged once."""
        if not attribution.may_end(self.lines[number]):
            return None
        if number not in self.attributions:
            if len(self.attributions) >= _MOST_ATTRIBUTIONS:
                return None
            self.attributions[number] = attribution.ends_at(self.lines, number)
        return self.attributions[number]

    def _end(self) -> int:
        """Where the signature and the notices below the quotation start."""
        if self.tail is None:
            self.tail = signature.tail(self.lines)
        return self.tail

    def _trailing(self) -> int | None:
        """Where a block of ">" lines at the very end starts; or None."""
        lines = self.lines
        end = self._end()
        start = end
        while start and (not lines[start - 1].strip() or is_quoted(lines[start - 1])):
            start -= 1
        while start < end and not is_quoted(lines[start]):
            start += 1
        if start >= end or not any(map(str.strip, lines[:start])):
            return None
        if self.is_reply or _starts_with_mark(lines, start):
            return start
        return None

    def _with_rule(self, start: int) -> int:
        """*start*, or the line of a rule or of an attribution's rest above it."""
        above = start - 1
        while above >= 0 and start - above < 4 and not self.lines[above].strip():
            above -= 1
        if above >= 0 and _is_rule(self.lines[above]):
            return above
        return start


def _leading(lines: list[str], end: int) -> int:
    """Where the author's text starts in a mail that starts with the quotation it answers.

    0 unless an attribution, then quoted lines, then unquoted lines alone stand in *lines*[:*end*].
    """
    first = _next_text(lines, 0)
    if first is None or first >= end or is_quoted(lines[first]):
        return 0
    found = None
    for last in range(first, min(first + _ATTRIBUTION_LINES, end)):
        if html_marks.is_mark(lines[last]):
            continue
        found = attribution.ends_at(lines, last)
        if found is not None:
            break
    if found is None or any(
        line.strip() and not html_marks.is_mark(line) for line in lines[: found.start]
    ):
        return 0
    quoted = _next_text(lines, found.end)
    if quoted is None or quoted >= end or not is_quoted(lines[quoted]):
        return 0
    while quoted < end and (is_quoted(lines[quoted]) or not lines[quoted].strip()):
        quoted += 1
    below = lines[quoted:end]
    if any(map(is_quoted, below)) or not any(map(str.strip, below)):
        return 0
    # Below the signature mark stands no answer.
    return quoted if signature.tail(below) else 0


def _starts_with_mark(lines: list[str], start: int) -> bool:
    """Whether the first quoted lines from *start* are what a program writes there."""
    inner = [line.lstrip(" >") for line in lines[start : start + 6]]
    if header_block(inner, 0) is not None or is_separator(inner[0]):
        return True
    return any(
        inner[last] and attribution.ends_at(inner, last) is not None
        for last in range(min(_ATTRIBUTION_LINES, len(inner)))
    )


def _is_wrapped(lines: list[str], number: int) -> bool:
    """Whether a line is the end of the long quoted line above it, broken on the way.

    It stands between quoted lines without a blank line, and goes on in the middle of a sentence.
    """
    if not number or number + 1 >= len(lines):
        return False
    above, line, below = lines[number - 1].rstrip(), lines[number], lines[number + 1]
    if not is_quoted(above) or not is_quoted(below) or len(above) < _WRAPS_AT:
        return False
    return (
        (above[-1].isalnum() or above[-1] == ",") and line[:1].islower() and len(line) < _WRAPS_AT
    )


def _may_be_mark(line: str) -> bool:
    """A cheap look: whether *line* can be any of the marks at all."""
    return may_be_mark(line) or any(command in line for command in _COMMANDS)


def _is_reply_above(line: str) -> bool:
    """Whether *line* asks to write above it, as services do: ruled, or as a command."""
    if len(line) > _LONGEST_REPLY_ABOVE:
        return False
    lowered = line.lower()
    if not any(word in lowered for word in _ABOVE):
        return False
    match = _REPLY_ABOVE.search(line)
    if match is None:
        return False
    ruled = line.lstrip()[:1] in "#-=*_~<[+\u2014\u2013" or line.rstrip()[-1:] in "#-=*~>]+"
    before = line[: match.start()].casefold().split()
    return ruled or all(word in _PLEASE for word in before)


def _is_rule(line: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= 4 and not stripped.strip("_-=*\u2013\u2014")


def _is_rule_or_blank(line: str) -> bool:
    return not line.strip() or _is_rule(line) or html_marks.is_mark(line)


def _all_blank(lines: list[str], start: int) -> bool:
    return not any(map(str.strip, lines[start:]))


def _next_text(lines: list[str], number: int) -> int | None:
    """The first line with text at or shortly after *number*, or None."""
    for following in range(number, min(number + 5, len(lines))):
        if lines[following].strip() and not html_marks.is_mark(lines[following]):
            return following
    return None
