# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where the quoted history of a reply starts.

Only marks that mail programs write count: a separator, a header block, an attribution line
("On ..., ... wrote:"), and lines that start with ">" at the very end. Where the author answers
between quoted lines, there is no history to cut off: question and answer belong together.
"""

from __future__ import annotations

import re

from .header_block import header_block, is_separator, may_be_mark

_LONGEST_ATTRIBUTION = 400
_ATTRIBUTION_LINES = 4
# The verb of an attribution, and for languages that put it in the middle what may follow it.
_WROTE = re.compile(
    r"(?:\b(?:wrote|a écrit|escribió|ha scritto|escreveu|napisał(?:\(a\)|a)?|napsal(?:\(a\)|/a|a)?|"
    r"napísal(?:\(a\)|a)?|a scris|yazdı|написал(?:\(а\)|а)?|писал(?:\(а\)|а)?|пишет|написав|"
    r"пише|έγραψε)"
    r"|\b(?:schrieb|schreef|skrev|kirjoitti|írta)(?:\b.{0,200})?"
    r"|写道|寫道|のメール|さんは書きました|님이 작성)[ \t\xa0]*[:\uff1a][ \t]*$",
    re.I,
)
_DAYS = (
    "mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|mié|jue|vie|sáb|"
    "dom|gio|seg|ter|qua|qui|sex|ma|wo|vr|za|zo|mån|tis|ons|tor|lör|sön|man|tir|lør|søn|"
    "pn|pon|wt|śr|czw|pt|sob|ndz|niedz|пн|вт|ср|чт|пт|сб|вс|нд"
)
_STARTS_ATTRIBUTION = re.compile(
    r"^[ \t]*(?:(?:on|am|le|el|il|il giorno|em|a|op|den|på|ke|ti|to|pe|la|dnia|dne|dňa|w dniu|în|"
    r"στις)\s|"
    rf"\d{{1,4}}[./ -]|(?:{_DAYS})[a-zà-žа-я]{{0,12}}\.?,?\s|"
    r"[^<>@]{0,80}<[^<>@\s]{1,64}@|[^\s<>@]{1,64}@\S+ )",
    re.I,
)
_DATE = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}|\d{1,2}月")
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}")
_ADDRESS = re.compile(r"[^\s<>]@[^\s<>]")


def start(lines: list[str], *, is_reply: bool) -> int | None:
    """The index of the first line of the quoted history, or None if nothing marks one.

    A header block without a separator counts only in a reply: forms and notices of web sites
    have such lines as well, and what follows them there is the matter itself.
    """
    last_answer = _last_answer(lines)
    for number, line in enumerate(lines):
        if not may_be_mark(line) or line.lstrip().startswith(">"):
            continue
        if is_separator(line):
            if _history_follows(lines, number + 1):
                return number
        elif _is_rule(line) and is_reply:
            if (first := _next_text(lines, number + 1)) is not None and header_block(lines, first):
                return number
        elif ":" in line or "\uff1a" in line:
            if is_reply and header_block(lines, number):
                return number
            first = attribution(lines, number)
            if first is not None and last_answer <= number and _is_history(lines, first, number):
                return first
    return trailing(lines)


def attribution(lines: list[str], number: int) -> int | None:
    """Where the attribution that ends at *lines*[*number*] starts (up to four lines), or None.

    It needs a date or an address besides the verb: people, too, end a line with "he wrote:".
    """
    line = lines[number].rstrip()
    if not line.endswith((":", "\uff1a")) or line.startswith(">"):
        return None
    if not _WROTE.search(line[-_LONGEST_ATTRIBUTION:]) and not _is_verbless(lines, number):
        return None
    whole = ""
    for first in range(number, max(-1, number - _ATTRIBUTION_LINES), -1):
        line = lines[first].strip()
        if not line or line.startswith(">"):
            break
        whole = f"{line} {whole}"
        if len(whole) > _LONGEST_ATTRIBUTION:
            break
        if _STARTS_ATTRIBUTION.match(line) and (_DATE.search(whole) or _ADDRESS.search(whole)):
            return first
    return None


def _is_verbless(lines: list[str], number: int) -> bool:
    """Whether a line is an attribution without a verb, as Gmail writes it in some languages.

    It has a time and an address in brackets, and a quotation follows at once.
    """
    line = lines[number]
    if not line.rstrip().endswith((">:", ">\uff1a")) or len(line) > _LONGEST_ATTRIBUTION:
        return False
    following = _next_text(lines, number + 1)
    quoted = following is not None and lines[following].lstrip().startswith(">")
    return quoted and bool(_TIME.search(line) and _ADDRESS.search(line))


def trailing(lines: list[str]) -> int | None:
    """Where a block of ">" lines at the very end starts, with its attribution; or None."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].lstrip().startswith(">")):
        end -= 1
    if not any(line.lstrip().startswith(">") for line in lines[end:]):
        return None
    if end and (first := attribution(lines, end - 1)) is not None:
        return first
    return end


def _last_answer(lines: list[str]) -> int:
    """The last line that an author wrote below quoted lines, or -1: history starts after it."""
    quoted = False
    last = -1
    for number, line in enumerate(lines):
        stripped = line.strip()
        if stripped.startswith(">"):
            quoted = True
        elif stripped and quoted:
            if _is_signature_mark(stripped):
                break
            last = number
    return last


def _is_signature_mark(line: str) -> bool:
    return line in ("--", "__", "\u2014") or (len(line) >= 20 and not line.strip("_"))


def _is_history(lines: list[str], first: int, number: int) -> bool:
    """Whether what follows the attribution in *lines*[*first*:*number* + 1] is what it says.

    A quotation without marks is believed only below an attribution that no person types: one
    with a time and an address.
    """
    following = _next_text(lines, number + 1)
    if following is None:
        return number + 1 >= len(lines)
    if lines[following].lstrip().startswith(">"):
        return True
    whole = " ".join(lines[first : number + 1])
    return bool(_TIME.search(whole) and _ADDRESS.search(whole))


def _is_rule(line: str) -> bool:
    stripped = line.strip()
    return len(stripped) >= 5 and not stripped.strip("_-")


def _next_text(lines: list[str], number: int) -> int | None:
    """The first line with text at or shortly after *number*, or None."""
    for following in range(number, min(number + 4, len(lines))):
        if lines[following].strip():
            return following
    return None


def _history_follows(lines: list[str], number: int) -> bool:
    """Whether a separator is followed by what it announces: a header block or a quotation."""
    first = _next_text(lines, number)
    if first is None:
        return False
    return lines[first].lstrip().startswith(">") or header_block(lines, first) is not None
