# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The Date field (RFC 5322, section 3.3, with its obsolete forms)."""

from __future__ import annotations

import datetime
import email.utils

_LONGEST = 200


def parse_date(value: str) -> datetime.datetime | None:
    """*value* as an aware datetime, or None where it names no instant.

    A date without a zone, or with the unknown zone "-0000", is taken as UTC.
    """
    value = value[:_LONGEST].strip()
    if not value:
        return None
    try:
        fields = email.utils.parsedate_tz(value)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        fields = None
    if fields is None or fields[0] < 1:
        return _iso(value)
    try:
        zone = datetime.timezone(datetime.timedelta(seconds=fields[9] or 0))
    except (ValueError, OverflowError):
        zone = datetime.UTC
    try:
        return datetime.datetime(*fields[:5], min(fields[5], 59), tzinfo=zone)
    except (ValueError, OverflowError):
        return _iso(value)


def _iso(value: str) -> datetime.datetime | None:
    """Programs that write ISO 8601 where RFC 5322 is asked for."""
    try:
        found = datetime.datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.UTC)
