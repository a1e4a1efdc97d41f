# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Dates as mail programs show them to people, in many languages.

Nothing is guessed: where the order of day and month or the month itself could be read in two
ways, there is no date. Programs' own form (RFC 5322, section 3.3) is tried first.
"""

from __future__ import annotations

import datetime
import functools
import re
import unicodedata

from . import dates, words_dates

_LONGEST = 160
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u00ad]")
_BUDDHIST_ERA = 543
_RFC_5322 = re.compile(r"^(?:[a-z]{3}, ?)?\d{1,2} [a-z]{3} \d{4} \d{1,2}:\d{2}(?::\d{2})?\b", re.I)
_NUMERIC = re.compile(
    r"(?<![\d:])(?:(?P<year>\d{4})\s?[-/.年년]\s?(?:м\. )?(?P<month>\d{1,2})\s?[-/.月월]\s?"
    r"(?P<day>\d{1,2})(?!\d)"
    r"|(?P<first>\d{1,2})\s?(?P<by>[-/.])\s?(?P<second>\d{1,2})\s?(?P=by)\s?"
    r"(?P<last>\d{4}|\d{2})(?![\d:]))"
)
_CLOCK = re.compile(
    r"(?<![\d.:/+])(?<![\d\s]-)(?P<hour>\d{1,2})(?:[:.hH]|\s?[時点點시]\s?)(?P<minute>\d{2})"
    r"(?:[:.](?P<second>\d{2})|\s?[分분](?:\s?\d{1,2}\s?[秒초])?)?(?![\d])(?!\.\d)"
)
_HOUR_ONLY = re.compile(r"(?<![\d.:/+-])(?P<hour>\d{1,2})\s?(?P<half>[ap]\.?m\b)", re.I)
_OFFSET = re.compile(r"(?:\b(?:gmt|utc)\s?)?([+\u2212-])(\d{1,2}):?(\d{2})?\b", re.I)
_ZONE_NAME = re.compile(r"\b([a-z]{3,4}|мск)\b|(?<=\d)z\b", re.I)
_WORD = re.compile(r"[^\W\d_]+(?:[.'\u2019\u0300-\u036f\u0e31-\u0e4e][^\W\d_]*)*[\u0e30-\u0e4e]*")
_YEAR = re.compile(r"(?<![\d:.+])(\d{4})(?![\d:])")
_VIETNAMESE = re.compile(r"\b(\d{1,2}),? (?:tháng|thg) (\d{1,2})\b", re.I)
_ASCII_MONTH_GAP = 14


@functools.cache
def month_names() -> dict[str, int]:
    """{name of a month, lower case, without its full stop: month} in all languages."""
    return {
        name.rstrip("."): month
        for month, names in words_dates.MONTHS.items()
        for name in names.split()
    }


@functools.cache
def _halves(*, before: bool) -> re.Pattern[str]:
    table = words_dates.HALVES_BEFORE if before else words_dates.HALVES_AFTER
    words = {half: "|".join(map(re.escape, table[half].split())) for half in ("am", "pm")}
    if not before:
        # Spanish sets a blank between the letters.
        words = {"am": rf"a\.\s?m\.|{words['am']}", "pm": rf"p\.\s?m\.|{words['pm']}"}
    either = f"(?:(?P<am>{words['am']})|(?P<pm>{words['pm']}))"
    return re.compile(rf"{either}\s?$" if before else rf"\s?{either}(?!\w)", re.I)


def ascii_digits(text: str) -> str:
    """*text* with the decimal digits of other scripts as ASCII, without invisible marks."""
    text = _INVISIBLE.sub("", text)
    if text.isascii():
        return text
    text = text.replace("\xa0", " ").replace("\u202f", " ").replace("\uff1a", ":")
    return "".join(
        str(unicodedata.decimal(char)) if not char.isascii() and char.isdecimal() else char
        for char in text
    )


def parse(
    value: str,
    *,
    english: bool = False,
    croatian: bool | None = None,
    zone: datetime.tzinfo | None = None,
) -> datetime.datetime | None:
    """*value* as an aware datetime, or None where it names no certain day.

    *english*: the text around it is English, where "1/2/2026" can be two days. *croatian*: it
    is, it is not, or None where nobody knows. *zone*: that of a time which names none (UTC
    without it). A date without a time is its midnight.
    """
    value = ascii_digits(value[:_LONGEST]).strip(" \t,;*")
    if _RFC_5322.match(value) and (found := dates.parse_date(value)) is not None:
        if found.utcoffset() or zone is None or re.search(r"[+-]\d{4}|GMT|UT|Z\b", value):
            return found
        return found.replace(tzinfo=zone)
    day = _numeric_day(value, english) or _named_day(value, croatian)
    if day is None:
        return None
    date, (start, end) = day
    # The date's digits must not be read as a time.
    rest = value[:start] + " \x00 " + value[end:]
    time, after = _time(rest)
    if time is None:
        return None
    tzinfo = _zone(after) or zone or datetime.UTC
    try:
        return datetime.datetime.combine(date, time, tzinfo)
    except (ValueError, OverflowError):
        return None


def has_day(value: str) -> bool:
    """Whether *value* holds a day of a month, in whatever form (also without a year)."""
    if _NUMERIC.search(value) or _VIETNAMESE.search(value):
        return True
    return any(
        _near_number(value, match.start(), match.end())
        for match in _WORD.finditer(value)
        if _month(match.group(), None, loose=True)
    )


def has_time(value: str) -> bool:
    """Whether *value* holds a time of a day."""
    without = _NUMERIC.sub(" \x00 ", value)
    return bool(_CLOCK.search(without) or _HOUR_ONLY.search(without))


def _numeric_day(value: str, english: bool) -> tuple[datetime.date, tuple[int, int]] | None:
    match = _NUMERIC.search(value)
    if match is None:
        return None
    if match["year"]:
        year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    else:
        day, month, year = int(match["first"]), int(match["second"]), int(match["last"])
        ambiguous = day <= 12 and month <= 12 and day != month
        if match["by"] != "." and english and ambiguous:
            return None
        if month > 12 and match["by"] != ".":
            day, month = month, day
    date = _date(year, month, day)
    return (date, match.span()) if date else None


def _named_day(value: str, croatian: bool | None) -> tuple[datetime.date, tuple[int, int]] | None:
    """The day whose month is a word: "3 mars 2026", "March 3rd, 2026", "2026. márc. 3."."""
    found = None
    for match in _WORD.finditer(value):
        month = _month(match.group(), croatian)
        if month is None:
            continue
        before = _number_before(value, match.start())
        after = _number_after(value, match.end())
        if before and (found is None or not found[2]):
            found = month, before, True
        elif after and found is None:
            found = month, after, False
    vietnamese = _VIETNAMESE.search(value)
    if vietnamese:
        found = int(vietnamese[2]), vietnamese, True
    if found is None:
        return None
    month, day, _ = found
    rest = value[: day.start(1)] + " " * len(day[1]) + value[day.end(1) :]
    year = _YEAR.search(rest)
    if year is None:
        return None
    date = _date(int(year[1]), month, int(day[1]))
    if date is None:
        return None
    if vietnamese:
        return date, (vietnamese.start(), max(vietnamese.end(), year.end()))
    return date, (min(day.start(1), year.start()), max(day.end(1), year.end()))


def _month(word: str, croatian: bool | None, *, loose: bool = False) -> int | None:
    word = word.casefold().rstrip(".")
    word = word.removeprefix("d'").removeprefix("d\u2019")
    if word in words_dates.CROATIAN_MONTHS:
        if loose:
            return words_dates.OTHER_MONTHS[word]
        if croatian is None:
            return None
        table = words_dates.CROATIAN_MONTHS if croatian else words_dates.OTHER_MONTHS
        return table[word]
    names = month_names()
    # Hebrew writes "in" before the month as part of the word.
    return names.get(word) or names.get(word.removeprefix("ב"))


_BEFORE = re.compile(
    r"(?<![\d:.])(\d{1,2})(?:st|nd|rd|th|er|e|º|ª|°|\.)?,?[\s.-]*(?:(?:de|of|d['\u2019]|di)\s+)?$",
    re.I,
)
_AFTER = re.compile(r"\.?[\s,-]*(?:d\.\s*)?(\d{1,2})(?:st|nd|rd|th|\.|,|\s|$|-)(?!\d*:)", re.I)


def _number_before(value: str, start: int) -> re.Match[str] | None:
    return _BEFORE.search(value[:start], max(0, start - _ASCII_MONTH_GAP))


def _number_after(value: str, end: int) -> re.Match[str] | None:
    return _AFTER.match(value, end)


def _near_number(value: str, start: int, end: int) -> bool:
    return bool(_number_before(value, start) or _number_after(value, end))


def _date(year: int, month: int, day: int) -> datetime.date | None:
    if year < 100:
        year += 2000
    if 2400 < year < 2700:
        year -= _BUDDHIST_ERA
    if not 1980 <= year <= 2200:
        return None
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _time(value: str) -> tuple[datetime.time | None, str]:
    """The time of day in *value* (midnight if it has none), and what stands behind it."""
    match = _CLOCK.search(value) or _HOUR_ONLY.search(value)
    if match is None:
        return datetime.time(), ""
    fields = match.groupdict()
    hour, minute = int(fields["hour"]), int(fields.get("minute") or 0)
    second = int(fields.get("second") or 0)
    if half := fields.get("half"):
        half = "pm" if half[0] in "pP" else "am"
    else:
        side = _halves(before=False).match(value, match.end())
        side = side or _halves(before=True).search(
            value[max(0, match.start() - 12) : match.start()]
        )
        half = ("am" if side["am"] else "pm") if side else None
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return datetime.time(hour, minute, min(second, 59)), value[match.end() :]
    except ValueError:
        return None, ""


def _zone(after: str) -> datetime.tzinfo | None:
    """The time zone that stands behind a time, or None."""
    if match := _OFFSET.search(after):
        minutes = int(match[2]) * 60 + int(match[3] or 0)
        if minutes <= 14 * 60:
            sign = 1 if match[1] == "+" else -1
            return datetime.timezone(datetime.timedelta(minutes=sign * minutes))
    for match in _ZONE_NAME.finditer(after):
        minutes_east = words_dates.ZONES.get(match.group().lower())
        if minutes_east is not None:
            return datetime.timezone(datetime.timedelta(minutes=minutes_east))
    return None
