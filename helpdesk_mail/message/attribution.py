# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Lines such as "On ..., Anna <anna@example.com> wrote:", in whatever language and order.

No list of templates: an attribution is a date, a time, an address or a name, and a verb, and
*nothing else*. What words are left once those are taken away tells a line that a program wrote
from a sentence of a person, who says "your colleague wrote yesterday:".
"""

from __future__ import annotations

import dataclasses
import functools
import re

from . import local_dates, words_dates
from .parsed import Address
from .words_replies import PRONOUNS, WROTE_LAST, WROTE_MIDDLE

_LONGEST = 400
_MOST_LINES = 4
_MOST_NAME_WORDS = 9
_ENTITY = re.compile(r"&(lt|gt|quot|amp|nbsp|#39);")
_SENTENCE = re.compile(r"[?!;]|https?://")
_END = re.compile(r"[:\uff1a][ \t\xa0]*$")
# Zoho, Yahoo and others rule the line itself: "---- On ... wrote ----".
_RULES = re.compile(r"^[ \t\xa0]*(?:[-\u2013\u2014_=*]{1,20}[ \t]+)?|[ \t]*[-_=*]{2,20}[ \t]*$")
_WROTE_LAST = re.compile(rf"(?:(?<!\w)|(?<=[>)\d]))(?:{WROTE_LAST})[ \t]*[:\uff1a]?$", re.I)
_LONGEST_VERB = 40
_HINT = re.compile(r"[\d@]")
_LETTERS = re.compile(r"[^\W\d_]+")
_WROTE_MIDDLE = re.compile(rf"(?<!\w)(?:{WROTE_MIDDLE}|{WROTE_LAST})(?!\w)", re.I)
_ADDRESS = re.compile(
    r"(?:<|\(|\[|&lt;)?\s?(?:mailto:)?[^\s<>()\[\]@,;:\"]{1,64}@[^\s<>()\[\]@,;\"]{1,190}?"
    r"(?:[>)\]]|&gt;|(?=[\s,:]|$))(?:<\s?(?:mailto:)?[^\s<>]{1,200}>{1,2})?"
)
_FOREIGN_ADDRESS = re.compile(r"<\s?[^\s<>]{1,100}@[^<>]{1,120}>")
_BRACKETED = re.compile(r"[<(\[]\s?(?:mailto:)?([^\s<>()\[\]]{1,64}@[^\s<>()\[\]]{1,190})[>)\]]")
_PLAIN = re.compile(r"(?<![\w.+-])([\w.+-]{1,64}@[\w.-]{1,190}\w)")
_LONGEST_NAME = 80
_QUOTED_NAME = re.compile(
    r"[\"\u201c\u201e\u00ab'][^\"\u201c\u201d\u00bb]{1,80}[\"\u201d\u201c\u00bb']"
)
_WORD = re.compile(r"[^\W\d_](?:[\w.'\u2019\u05f3\u05f4-]*[\w\u2019'])?|[^\W\d_]")
_EAST_ASIAN = re.compile(
    "[年月日時点分秒于於在]|[周週星期][一二三四五六日天]|星期[一二三四五六日天]|[上下中]午|午[前後]|"
    "[(\uff08][月火水木金土日一二三四五六월화수목금토일][)\uff09]|[년월일시분에]|오[전후]|[月火水木金土日]曜日?|"
    "[월화수목금토일]요일|さん|님이|です|に"
)
_PARTICLES = frozenset(
    "von van der den de da di del della dos do das du la le el al bin ibn ter ten zu zum und y e i "
    "of via per for po og och ja at the team support c/o dr mr mrs ms herr frau mme m".split()
)


@dataclasses.dataclass(frozen=True, slots=True)
class Attribution:
    """Lines *start* to *end* (exclusive) of a text. *certain*: no person writes such a line, so
    that what follows is a quotation even where it is not marked as one."""

    start: int
    end: int
    certain: bool


@functools.cache
def _known_words() -> frozenset[str]:
    days = words_dates.DAYS.split()
    between = words_dates.BETWEEN.split()
    months = local_dates.month_names()
    zones = words_dates.ZONES
    return frozenset(
        word.strip(".").casefold()
        for word in (*days, *between, *months, *zones, *words_dates.OTHER_MONTHS)
    )


@functools.cache
def _verb_words() -> frozenset[str]:
    """The first words of all verbs: a cheap look before the search for one."""
    verbs = f"{WROTE_MIDDLE}|{WROTE_LAST}".split("|")
    return frozenset(match[0].casefold() for verb in verbs if (match := _LETTERS.search(verb)))


def _middle_verb(text: str) -> re.Match[str] | None:
    words = _verb_words()
    if text.isascii() and not any(
        word.group().casefold() in words for word in _LETTERS.finditer(text)
    ):
        return None
    return _WROTE_MIDDLE.search(text)


def may_end(line: str) -> bool:
    """Whether *line* can be the last one of an attribution: a cheap look at its end."""
    tail = line[-24:].rstrip(" \t\xa0-_*=\u200e\u200f\u202a\u202c\u2069")
    return tail.endswith((":", "\uff1a", "wrote", "écrit", "scritto"))


def ends_at(lines: list[str], number: int) -> Attribution | None:
    """The attribution whose last line is *lines*[*number*], or None (up to four lines)."""
    if not may_end(lines[number]) or len(lines[number]) > _LONGEST:
        return None
    whole = ""
    without_date: Attribution | None = None
    for first in range(number, max(-1, number - _MOST_LINES), -1):
        line = lines[first].strip(" \t\xa0")
        if not line or (line.startswith(">") and not goes_on(lines, first)):
            break
        # An address or a name that was broken at its "<", "." or "-" goes on without a blank.
        glue = "" if line.endswith("<") else " "
        whole = f"{line}{glue}{whole}" if whole else line
        if len(whole) > _LONGEST:
            break
        if not _HINT.search(whole):
            # Neither a number nor an address yet.
            continue
        verdict = _judge(whole)
        if verdict is None:
            continue
        dated, certain = verdict
        if dated:
            return Attribution(_with_name_before(lines, first), number + 1, certain)
        without_date = without_date or Attribution(first, number + 1, certain=False)
    return without_date


def goes_on(lines: list[str], number: int) -> bool:
    """Whether the ">" at the start of *lines*[*number*] closes an address of the line before."""
    if not number or not lines[number].startswith(">"):
        return False
    before = lines[number - 1]
    opened = before.rfind("<")
    return opened > before.rfind(">") and "@" in before[opened:]


def _judge(text: str) -> tuple[bool, bool] | None:
    """(has a date, is certain) of an attribution, or None if *text* is none."""
    text = _ENTITY.sub(_unescaped, local_dates.ascii_digits(text))
    text = _RULES.sub("", text).strip()
    colon = bool(_END.search(text))
    verb = _WROTE_LAST.search(text, max(0, len(text) - _LONGEST_VERB))
    address = _ADDRESS.search(text) or _FOREIGN_ADDRESS.search(text)
    day = local_dates.has_day(text)
    time = local_dates.has_time(text)
    if not verb:
        if not colon or not address:
            # Only a verb that is known makes up for a missing address.
            if not (colon and day and time and (verb := _middle_verb(text))):
                return None
        elif not (verb := _middle_verb(text)):
            # Gmail and Yandex leave the verb away: "3.05.2026, 10:00, Anna <anna@example.com>:".
            last = text.rstrip(":\uff1a \t")
            bracketed = last.endswith((">", ")"))
            if not (day and time and address.end() >= len(last)):
                return None
            return (True, bracketed) if _is_clean(text, None, 3 if bracketed else 0) else None
    bracketed = _BRACKETED.search(text) is not None
    if not _is_clean(text, verb, 3 if bracketed and day and time else 1):
        return None
    if not day and not (time and address):
        # "Anna <anna@example.com> wrote:"
        return (False, False) if colon and address else None
    if not (day and (time or address)):
        return bool(day), False
    return bool(day), bool(day and address and (time or bracketed))


def _is_clean(text: str, verb: re.Match[str] | None, nickname: int) -> bool:
    """Whether nothing is left of *text* but a name, once date, verb and address are away.

    *nickname*: as many words may start with a small letter, if they are the whole name.
    """
    if verb is not None:
        text = f"{text[: verb.start()]} \x00 {text[verb.end() :]}"
    text = _FOREIGN_ADDRESS.sub(" ", _ADDRESS.sub(" ", text))
    text = _QUOTED_NAME.sub(" ", text)
    if _SENTENCE.search(text):
        return False
    if not text.isascii():
        text = _EAST_ASIAN.sub(" ", text)
    known = _known_words()
    words = []
    for match in _WORD.finditer(text):
        word = match.group().strip(".")
        folded = word.casefold()
        if folded in PRONOUNS or word == "Sie":
            return False
        if folded not in known and (len(word) > 1 or word.isupper()):
            words.append(word)
    if len(words) > _MOST_NAME_WORDS:
        return False
    small = sum(word[0].islower() and word.casefold() not in _PARTICLES for word in words)
    return not small or len(words) <= nickname


def _unescaped(match: re.Match[str]) -> str:
    return {"lt": "<", "gt": ">", "quot": '"'}.get(match[1], " ")


def _with_name_before(lines: list[str], first: int) -> int:
    """*first*, or the line before it where that one is the name that *first* goes on from."""
    if not first or not lines[first].lstrip().startswith(("<", "(<")):
        return first
    before = lines[first - 1].strip()
    words = before.split()
    if 0 < len(words) <= 5 and not before.endswith((".", "!", "?", ":", ",")) and len(before) < 60:
        return first - 1
    return first


def author(text: str) -> Address | None:
    """Whom the attribution *text* names, if it has an address."""
    text = _ENTITY.sub(_unescaped, local_dates.ascii_digits(text))
    match = _BRACKETED.search(text) or _PLAIN.search(text)
    if match is None:
        return None
    before = re.split(
        r"[,\u060c;]|\d(?:[ap]m)?\s|\b(?:wrote|schrieb|skrev|schreef)\b", text[: match.start()]
    )
    words = [word for word in before[-1].strip(" \"'<(").split()]
    while words and words[0].casefold().strip(".:") in _known_words():
        del words[0]
    name = " ".join(words).strip("\"' ")
    return Address(name if len(name) <= _LONGEST_NAME else "", match[1])
