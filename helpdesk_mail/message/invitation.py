# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Calendar entries in readable words (RFC 5545; scheduling: RFC 5546, RFC 6047).

An agent sees what is asked, when and where, whatever mail program the sender has; the calendar
file itself stays an attachment. Times are given as the sender's calendar names them, with the
zone and its distance from UTC.
"""

from __future__ import annotations

import datetime
import re

from . import content_lines, time_zones
from .content_lines import Component, Property

_TITLES = {
    "REQUEST": "Invitation",
    "PUBLISH": "Calendar entry",
    "CANCEL": "Cancelled",
    "COUNTER": "Proposes another time",
    "REFRESH": "Asks for the latest version of",
    "ADD": "Added to a series",
    "DECLINECOUNTER": "The proposed time was declined",
}
_ANSWERS = {
    "ACCEPTED": "Accepted",
    "DECLINED": "Declined",
    "TENTATIVE": "Accepted tentatively",
    "DELEGATED": "Delegated",
    "NEEDS-ACTION": "Not answered yet",
    "COMPLETED": "Completed",
    "IN-PROCESS": "In process",
}
_ENTRIES = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_DAYS = dict(zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), _DAY_NAMES, strict=True))
_FREQUENCIES = {
    "DAILY": ("day", "days"),
    "WEEKLY": ("week", "weeks"),
    "MONTHLY": ("month", "months"),
    "YEARLY": ("year", "years"),
    "HOURLY": ("hour", "hours"),
}
_ORDINALS = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}
_DATE_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?")
_DURATION = re.compile(
    r"([+-])?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?)?"
)
_RULE_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)\Z")
_MOST_ENTRIES = 10
_MOST_PEOPLE = 20
_LONGEST_TEXT = 4000


def describe(source: str, method: str = "", *, description: bool = False) -> str:
    """What the calendar object *source* says, or "" if it is none.

    *method* is the parameter of the Content-Type, which counts where the object names none;
    *description* asks for the entry's own long text as well.
    """
    calendars = content_lines.read(source)
    blocks = []
    for calendar in calendars:
        asked = (calendar.text("METHOD") or method).upper()
        zones = {zone.text("TZID"): zone for zone in calendar.named("VTIMEZONE")}
        entries = [child for child in calendar.children if child.name in _ENTRIES]
        entries = entries or ([calendar] if calendar.name in _ENTRIES else [])
        for entry in entries[:_MOST_ENTRIES]:
            blocks.append(_entry(entry, asked, zones, description))
        if len(entries) > _MOST_ENTRIES:
            blocks.append(f"({len(entries) - _MOST_ENTRIES} further calendar entries)")
    return "\n\n".join(filter(None, blocks))


def _entry(entry: Component, method: str, zones: dict[str, Component], description: bool) -> str:
    summary = _line(entry.text("SUMMARY"))
    lines = [_title(entry, method, summary)]
    start, end = entry.first("DTSTART"), entry.first("DTEND") or entry.first("DUE")
    try:
        when = _when(start, end, entry.text("DURATION"), zones)
    except (OverflowError, ValueError):
        # At the very ends of the calendar.
        when = ""
    if when:
        lines.append(f"When: {when}")
    if rule := _recurrence(entry.text("RRULE")):
        lines.append(f"Repeats: {rule}")
    if location := _line(entry.text("LOCATION")):
        lines.append(f"Where: {location}")
    if organiser := entry.first("ORGANIZER"):
        lines.append(f"Organiser: {_person(organiser)}")
    people = entry.properties.get("ATTENDEE", [])
    if people and method not in ("REPLY", "COUNTER"):
        named = "; ".join(_person(person) for person in people[:_MOST_PEOPLE])
        more = f"; and {len(people) - _MOST_PEOPLE} more" if len(people) > _MOST_PEOPLE else ""
        lines.append(f"Attendees: {named}{more}")
    if comment := _line(entry.text("COMMENT")):
        lines.append(f"Comment: {comment}")
    text = entry.text("DESCRIPTION")[:_LONGEST_TEXT].strip()
    if description and text and method != "REPLY":
        lines += ["", text]
    return "\n".join(lines) if len(lines) > 1 or summary else ""


def _title(entry: Component, method: str, summary: str) -> str:
    people = entry.properties.get("ATTENDEE", [])
    if method in ("REPLY", "COUNTER") and people:
        answer = _ANSWERS.get(people[0].parameters.get("PARTSTAT", "").upper(), "Answered")
        if method == "COUNTER":
            answer = _TITLES["COUNTER"]
        return f"{answer}: {summary} ({_person(people[0])})"
    if entry.text("STATUS").upper() == "CANCELLED":
        method = "CANCEL"
    kind = "Task" if entry.name == "VTODO" else _TITLES.get(method, "Calendar entry")
    return f"{kind}: {summary or '(no title)'}"


def _person(person: Property) -> str:
    email = person.value.strip()
    email = email[7:] if email[:7].lower() == "mailto:" else email
    email = _line(email) if "@" in email else ""
    name = _line(person.parameters.get("CN", ""))
    if not name or name.lower() == email.lower():
        return email or name or "(unknown)"
    return f"{name} <{email}>" if email else name


def _line(text: str) -> str:
    return " ".join(text.split())[:500]


def _when(
    start: Property | None, end: Property | None, duration: str, zones: dict[str, Component]
) -> str:
    begins = _moment(start, zones)
    if start is None or begins is None:
        return ""
    stops = _moment(end, zones)
    if stops is None and (length := _duration(duration)):
        stops = begins + length
    if stops is not None:
        # Both in the zone of the start, whether or not the end names another or none.
        aware = stops.tzinfo is not None and begins.tzinfo is not None
        stops = stops.astimezone(begins.tzinfo) if aware else stops.replace(tzinfo=begins.tzinfo)
    if _is_date(start):
        if stops is None or stops - begins <= datetime.timedelta(days=1):
            return f"{_day(begins)}, all day"
        return f"{_day(begins)} \u2013 {_day(stops - datetime.timedelta(days=1))}, all day"
    text = f"{_day(begins)}, {begins:%H:%M}"
    if stops is not None and stops != begins:
        same = stops.date() == begins.date()
        text += f" \u2013 {stops:%H:%M}" if same else f" \u2013 {_day(stops)}, {stops:%H:%M}"
    return text + _zone(start, begins)


def _is_date(found: Property) -> bool:
    return "T" not in found.value.upper()


def _moment(found: Property | None, zones: dict[str, Component]) -> datetime.datetime | None:
    """A DATE or DATE-TIME value; aware where its zone is known."""
    match = _DATE_TIME.match(found.value.strip()) if found else None
    if found is None or match is None:
        return None
    try:
        moment = datetime.datetime(*(int(part or 0) for part in match.groups()[:6]))  # type: ignore[arg-type]
    except ValueError:
        return None
    if match[7]:
        return moment.replace(tzinfo=datetime.UTC)
    name = found.parameters.get("TZID", "")
    if not name or match[4] is None:
        return moment
    zone = time_zones.by_name(name)
    if zone is None and name in zones:
        zone = time_zones.by_definition(zones[name], moment)
    return moment.replace(tzinfo=zone)


def _duration(text: str) -> datetime.timedelta | None:
    match = _DURATION.match(text.strip().upper())
    if match is None or match[1] == "-":
        return None
    weeks, days, hours, minutes = (int(part or 0) for part in match.groups()[1:])
    return datetime.timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)


def _day(moment: datetime.datetime) -> str:
    # Not strftime: the names must not depend on the server's language.
    day = _DAY_NAMES[moment.weekday()]
    return f"{day}, {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def _zone(start: Property, begins: datetime.datetime) -> str:
    name = _line(start.parameters.get("TZID", "").strip(' "'))
    offset = begins.utcoffset()
    if offset is None:
        return f" ({name})" if name else ""
    if not offset and not name:
        return " (UTC)"
    minutes = int(offset.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    distance = f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    return f" ({name}, {distance})" if name else f" ({distance})"


def _recurrence(rule: str) -> str:
    """A recurrence rule (RFC 5545, section 3.3.10) in words."""
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";") if "=" in part)
    names = _FREQUENCIES.get(parts.get("FREQ", ""))
    if names is None:
        return ""
    interval = parts.get("INTERVAL", "1")
    several = interval.isdigit() and int(interval) > 1
    words = [f"every {interval} {names[1]}" if several else f"every {names[0]}"]
    days = [_rule_day(day) for day in parts.get("BYDAY", "").split(",")[:7]]
    if days := [day for day in days if day]:
        words.append("on " + _joined(days))
    elif (number := parts.get("BYMONTHDAY", "")).isdigit():
        words.append(f"on day {number}")
    text = " ".join(words)
    if (count := parts.get("COUNT", "")).isdigit():
        return f"{text}, {count} times"
    if match := _DATE_TIME.match(parts.get("UNTIL", "")):
        try:
            last = datetime.datetime(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return text
        return f"{text}, until {_day(last)}"
    return text


def _rule_day(day: str) -> str:
    match = _RULE_DAY.match(day.strip())
    if match is None:
        return ""
    number = (match[1] or "").lstrip("+")
    if not number:
        return _DAYS[match[2]]
    return f"the {_ORDINALS.get(number, number + '.')} {_DAYS[match[2]]}"


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
