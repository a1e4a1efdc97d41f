# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Times of the day at which an account rests, such as ``02:00-04:00, 23:30-00:30``."""

import re

_WINDOW = re.compile(r"^([01]?\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]?\d|2[0-3]):([0-5]\d)|24:00)$")


def parse(text):
    """The spans in *text* as pairs of minutes since midnight; the end may lie before the start.

    :raise ValueError: with the part that is no span
    """
    spans = []
    for part in filter(None, map(str.strip, (text or "").split(","))):
        match = _WINDOW.match(part)
        if not match:
            raise ValueError(part)
        start = int(match[1]) * 60 + int(match[2])
        end = int(match[3]) * 60 + int(match[4]) if match[3] else 24 * 60
        spans.append((start, end))
    return spans


def contains(text, moment):
    """Whether the time of day of *moment* (datetime, in the zone that counts) lies in a span."""
    minute = moment.hour * 60 + moment.minute
    return any(
        start <= minute < end if start <= end else minute >= start or minute < end
        for start, end in parse(text)
    )
