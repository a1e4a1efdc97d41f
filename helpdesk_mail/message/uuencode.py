# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Files in the text of a mail, as they were sent before MIME: uuencode (POSIX, "uuencode").

A block counts only where its lines keep the rules, so that a letter which says "begin 644 it" loses
nothing; what does not decode stays in the text as it is. yEnc and BinHex blocks are left alone.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

_BEGIN = re.compile(rb"^begin(?:-base64)? ([0-7]{3,4}) ([^\r\n]{1,255}?)[ \t]*\r?\n", re.M)
_LINE = re.compile(rb"([!-M`])([ -`]{0,90})[ \t]*\r?\n?\Z")
_END = re.compile(rb"end[ \t]*\r?\n?\Z")
_ZERO = re.compile(rb"[ `]?[ \t]*\r?\n?\Z")
_END_BASE64 = re.compile(rb"^====[ \t]*\r?\n?", re.M)
_MOST_FILES = 200
_MOST_BASE64 = 5
_MOST_BLANK_LINES = 20


def may_hold(source: bytes) -> bool:
    """A cheap look: whether *source* can hold a block at all."""
    return b"begin " in source or b"begin-base64 " in source


def extract(source: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """*source* without its uuencoded files, and these: [(name as it stands there, octets)]."""
    files: list[tuple[str, bytes]] = []
    kept: list[bytes] = []
    position = 0
    tries = coded = 0
    while tries < _MOST_FILES and (begin := _BEGIN.search(source, position)):
        tries += 1
        if source.startswith(b"begin-base64", begin.start()):
            coded += 1
            found = _base64_block(source, begin.end()) if coded <= _MOST_BASE64 else None
        else:
            found = _block(source, begin.end())
        if found is None:
            kept.append(source[position : begin.end()])
            position = begin.end()
            continue
        content, stop = found
        kept.append(source[position : begin.start()])
        files.append((begin[2].decode("utf-8", "replace"), content))
        position = stop
    if not files:
        return source, []
    kept.append(source[position:])
    return b"".join(kept), files


def _block(source: bytes, position: int) -> tuple[bytes, int] | None:
    """The octets of the block that starts at *position* and where it ends, or None."""
    pieces: list[bytes] = []
    lines = blank = 0
    for start, stop in _lines(source, position):
        line = source[start:stop]
        if _END.match(line):
            return (b"".join(pieces), stop) if pieces or lines else None
        if _ZERO.match(line):
            # The line that announces the end; blank lines get in between.
            position = stop
            lines += 1
            blank += 1
            if blank > _MOST_BLANK_LINES:
                break
            continue
        octets = _decode(line)
        if octets is None:
            # No "end": what was decoded up to here is a file that was cut off.
            break
        pieces.append(octets)
        lines += 1
        position = stop
    whole = len(pieces) >= 3 or (pieces and lines > len(pieces))
    return (b"".join(pieces), position) if whole else None


def _decode(line: bytes) -> bytes | None:
    """One line, or None if it is none. Its count must fit its length: text hardly ever does."""
    match = _LINE.match(line)
    if match is None:
        return None
    octets = (match[1][0] - 32) & 63
    wanted = (octets + 2) // 3 * 4
    text = match[2]
    # Some encoders end lines early where blanks stood last, some add a check sum.
    if octets == 0 or len(text) > wanted + 2:
        return None
    if len(text) < wanted:
        exact = (octets * 8 + 5) // 6
        if len(text) < exact and wanted - len(text) > 8:
            return None
        text = text.ljust(wanted)
    try:
        return binascii.a2b_uu(match[1] + text[:wanted] + b"\n")
    except binascii.Error:
        return None


def _base64_block(source: bytes, position: int) -> tuple[bytes, int] | None:
    end = _END_BASE64.search(source, position)
    if end is None:
        return None
    try:
        return binascii.a2b_base64(source[position : end.start()]), end.end()
    except binascii.Error:
        return None


def _lines(source: bytes, position: int) -> Iterator[tuple[int, int]]:
    while position < len(source):
        stop = source.find(b"\n", position) + 1 or len(source)
        yield position, stop
        position = stop
