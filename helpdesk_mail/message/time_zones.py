# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The time zones that calendars name (RFC 5545, section 3.6.5): Olson, Windows, or their own.

A name of the zone database is read through :mod:`zoneinfo`, so daylight saving time is right;
Outlook's names are translated; of a zone that only the calendar itself defines, the definition
counts.
"""

from __future__ import annotations

import datetime
import functools
import re
import zoneinfo

from .content_lines import Component

# From Unicode's CLDR, windowsZones.xml: the zones that mails really come from.
_WINDOWS = {
    "dateline standard time": "Etc/GMT+12",
    "hawaiian standard time": "Pacific/Honolulu",
    "alaskan standard time": "America/Anchorage",
    "pacific standard time": "America/Los_Angeles",
    "us mountain standard time": "America/Phoenix",
    "mountain standard time": "America/Denver",
    "central america standard time": "America/Guatemala",
    "central standard time": "America/Chicago",
    "central standard time (mexico)": "America/Mexico_City",
    "canada central standard time": "America/Regina",
    "sa pacific standard time": "America/Bogota",
    "eastern standard time": "America/New_York",
    "us eastern standard time": "America/Indianapolis",
    "venezuela standard time": "America/Caracas",
    "atlantic standard time": "America/Halifax",
    "sa western standard time": "America/La_Paz",
    "pacific sa standard time": "America/Santiago",
    "newfoundland standard time": "America/St_Johns",
    "e. south america standard time": "America/Sao_Paulo",
    "argentina standard time": "America/Buenos_Aires",
    "sa eastern standard time": "America/Cayenne",
    "greenland standard time": "America/Godthab",
    "montevideo standard time": "America/Montevideo",
    "azores standard time": "Atlantic/Azores",
    "utc": "Etc/UTC",
    "gmt standard time": "Europe/London",
    "greenwich standard time": "Atlantic/Reykjavik",
    "morocco standard time": "Africa/Casablanca",
    "w. europe standard time": "Europe/Berlin",
    "central europe standard time": "Europe/Budapest",
    "romance standard time": "Europe/Paris",
    "central european standard time": "Europe/Warsaw",
    "w. central africa standard time": "Africa/Lagos",
    "gtb standard time": "Europe/Bucharest",
    "middle east standard time": "Asia/Beirut",
    "egypt standard time": "Africa/Cairo",
    "e. europe standard time": "Europe/Chisinau",
    "south africa standard time": "Africa/Johannesburg",
    "fle standard time": "Europe/Kiev",
    "israel standard time": "Asia/Jerusalem",
    "turkey standard time": "Europe/Istanbul",
    "arabic standard time": "Asia/Baghdad",
    "arab standard time": "Asia/Riyadh",
    "belarus standard time": "Europe/Minsk",
    "russian standard time": "Europe/Moscow",
    "e. africa standard time": "Africa/Nairobi",
    "iran standard time": "Asia/Tehran",
    "arabian standard time": "Asia/Dubai",
    "azerbaijan standard time": "Asia/Baku",
    "georgian standard time": "Asia/Tbilisi",
    "afghanistan standard time": "Asia/Kabul",
    "west asia standard time": "Asia/Tashkent",
    "ekaterinburg standard time": "Asia/Yekaterinburg",
    "pakistan standard time": "Asia/Karachi",
    "india standard time": "Asia/Calcutta",
    "sri lanka standard time": "Asia/Colombo",
    "nepal standard time": "Asia/Katmandu",
    "central asia standard time": "Asia/Almaty",
    "bangladesh standard time": "Asia/Dhaka",
    "n. central asia standard time": "Asia/Novosibirsk",
    "myanmar standard time": "Asia/Rangoon",
    "se asia standard time": "Asia/Bangkok",
    "china standard time": "Asia/Shanghai",
    "singapore standard time": "Asia/Singapore",
    "w. australia standard time": "Australia/Perth",
    "taipei standard time": "Asia/Taipei",
    "tokyo standard time": "Asia/Tokyo",
    "korea standard time": "Asia/Seoul",
    "cen. australia standard time": "Australia/Adelaide",
    "aus central standard time": "Australia/Darwin",
    "e. australia standard time": "Australia/Brisbane",
    "aus eastern standard time": "Australia/Sydney",
    "tasmania standard time": "Australia/Hobart",
    "vladivostok standard time": "Asia/Vladivostok",
    "new zealand standard time": "Pacific/Auckland",
    "fiji standard time": "Pacific/Fiji",
    "tonga standard time": "Pacific/Tongatapu",
}
_OLSON = re.compile(r"[A-Za-z_]{1,20}(?:/[A-Za-z0-9_+-]{1,30}){1,2}\Z|UTC\Z|GMT\Z")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
_BYDAY = re.compile(r"BYDAY=([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")
_BYMONTH = re.compile(r"BYMONTH=(\d{1,2})")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@functools.lru_cache(maxsize=128)
def by_name(name: str) -> datetime.tzinfo | None:
    """The zone that *name* (a TZID) means, or None."""
    name = name.strip(' "')[:200]
    wanted = _WINDOWS.get(name.lower(), name)
    pieces = wanted.split("/")
    # "/freeassociation.sourceforge.net/Europe/Berlin" and its like: the end of it counts.
    for candidate in (wanted, "/".join(pieces[-3:]), "/".join(pieces[-2:])):
        if not _OLSON.match(candidate):
            continue
        try:
            return zoneinfo.ZoneInfo(candidate)
        except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
            continue
    return None


def by_definition(zone: Component, moment: datetime.datetime) -> datetime.tzinfo | None:
    """The offset that a VTIMEZONE gives for the local time *moment*, or None."""
    onsets = []
    for child in zone.children:
        offset = _offset(child.text("TZOFFSETTO"))
        if child.name in ("STANDARD", "DAYLIGHT") and offset is not None:
            for year in (moment.year - 1, moment.year):
                onsets.append((_onset(child, year), offset))
    before = [found for found in onsets if found[0] <= moment.replace(tzinfo=None)]
    if not onsets:
        return None
    return datetime.timezone(max(before, key=lambda found: found[0])[1] if before else onsets[0][1])


def _offset(text: str) -> datetime.timedelta | None:
    match = _OFFSET.match(text)
    if match is None:
        return None
    offset = datetime.timedelta(hours=int(match[2]), minutes=int(match[3]))
    if offset >= datetime.timedelta(hours=24):
        return None
    return -offset if match[1] == "-" else offset


def _onset(child: Component, year: int) -> datetime.datetime:
    """When the rule of a STANDARD or DAYLIGHT begins to hold in *year*."""
    start = child.text("DTSTART")
    rule = child.text("RRULE").upper()
    month, day = _BYMONTH.search(rule), _BYDAY.search(rule)
    try:
        first = datetime.datetime.strptime(start[:15], "%Y%m%dT%H%M%S")
        if not month or not day or not 1 <= int(month[1]) <= 12:
            return first
        number = int(day[1] or 1)
        weekday = _DAYS.index(day[2])
        if number > 0:
            begin = first.replace(year=year, month=int(month[1]), day=1)
            days = (weekday - begin.weekday()) % 7 + 7 * (number - 1)
            return begin + datetime.timedelta(days=days)
        following = int(month[1]) % 12 + 1
        end = first.replace(year=year + (following == 1), month=following, day=1)
        end -= datetime.timedelta(days=1)
        days = (end.weekday() - weekday) % 7 + 7 * (-number - 1)
        return end - datetime.timedelta(days=days)
    except (ValueError, OverflowError):
        return datetime.datetime.min
