# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which boundary a multipart uses (RFC 2046, section 5.1.1) whose header does not say."""

from __future__ import annotations

import re

_LOOK = 64 * 1024
_PART = re.compile(
    rb"^--([^\s-][^\r\n]{0,199}|-{1,60}[^\s-][^\r\n]{0,140})\r?\nContent-[A-Za-z-]{1,40}[ \t]*:",
    re.M | re.I,
)


def shown(source: bytes, start: int, end: int) -> str:
    """The boundary in *source*[*start*:*end*], or "" where no part is to be seen.

    A line that starts with "--" is one if the header of a part follows it, and it stands there
    again or is closed.
    """
    match = _PART.search(source, start, min(end, start + _LOOK))
    if match is None:
        return ""
    boundary = match[1].rstrip()
    again = source.find(b"\n--" + boundary, match.end(), end)
    return boundary.decode("utf-8", "replace") if again >= 0 else ""
