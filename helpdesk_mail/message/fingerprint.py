# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One number for one mail, whichever door it came through.

A SHA-256 over the From address, the Date field, the subject and the octets of the body. What
servers add or change on the way does not count: trace fields, X- fields, line ends, an mbox
separator, blank lines at the end.
"""

from __future__ import annotations

import hashlib

_CHUNK = 1024 * 1024


def fingerprint(email: str, date: str, subject: str, source: bytes, start: int) -> str:
    """The hexadecimal digest; *date* is the raw field and the body is *source*[*start*:]."""
    digest = hashlib.sha256()
    for field in (email.lower(), date, subject):
        digest.update(" ".join(field.split()).encode("utf-8", "replace"))
        digest.update(b"\n")
    end = _last_text(source, start)
    while start < end:
        stop = min(start + _CHUNK, end)
        if stop < end and source[stop - 1] == 0x0D:
            stop += 1
        chunk = source[start:stop]
        digest.update(chunk.replace(b"\r\n", b"\n") if b"\r" in chunk else chunk)
        start = stop
    return digest.hexdigest()


def _last_text(source: bytes, start: int) -> int:
    """Where the body ends once the blank lines at its end are cut off."""
    end = len(source)
    while end > start:
        tail = source[max(start, end - 4096) : end]
        kept = tail.rstrip(b" \t\r\n")
        if kept:
            return end - len(tail) + len(kept)
        end -= len(tail)
    return start
