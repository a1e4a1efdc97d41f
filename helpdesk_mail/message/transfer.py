# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Content-Transfer-Encoding (RFC 2045, section 6): base64, quoted-printable, uuencode.

Decoding takes any octets. What is broken is decoded as far as it goes and named in the defects.
Buffers are read in place: a large attachment exists once as source and once decoded.
"""

from __future__ import annotations

import binascii
import re

from .defects import Defects

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/\s=]")
_NOT_ALPHABET = re.compile(rb"[^A-Za-z0-9+/]+")
_SOFT_BREAK = re.compile(rb"=[ \t]++(\r?\n)")
_PADDING = re.compile(rb"[=\s]+")
_MORE_BASE64 = re.compile(rb"[A-Za-z0-9+/]{4,}=*(?:\s|\Z)")
_MOST_STREAMS = 10_000
_LOOK = 8 * 1024
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.M)


def decode(
    source: bytes, start: int, end: int, encoding: str, defects: Defects, what: str = "A part"
) -> bytes:
    """The octets that *source*[*start*:*end*] stands for. *encoding* is the header's value."""
    encoding = encoding.partition(";")[0].partition("(")[0].strip(" \t\"'").lower()
    if encoding == "base64":
        return _base64(source, start, end, defects, what)
    if encoding == "quoted-printable":
        if _SOFT_BREAK.search(source, start, end):
            # Blanks that were added behind a soft line break do not count (RFC 2045, 6.7).
            return binascii.a2b_qp(_SOFT_BREAK.sub(rb"=\1", source[start:end]))
        return binascii.a2b_qp(memoryview(source)[start:end])
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uuencode(source, start, end, defects, what)
    if encoding not in ("", "7bit", "8bit", "binary", "7-bit", "8-bit"):
        defects.add(f"The transfer encoding {encoding[:40]!r} is unknown.")
    return source[start:end]


def base64(data: bytes) -> bytes:
    """*data* decoded as far as it goes: missing padding, foreign characters, joined streams."""
    return _base64(data, 0, len(data), Defects(), "")


def _base64(source: bytes, start: int, end: int, defects: Defects, what: str) -> bytes:
    if _NOT_BASE64.search(source, start, min(end, start + _LOOK)):
        defects.add(f"{what} holds characters that are not base64.")
    pieces: list[bytes] = []
    with memoryview(source) as view:
        while start < end:
            sign = source.find(b"=", start, end)
            padding = _PADDING.match(source, sign, end) if sign >= 0 else None
            stop = padding.end() if padding else end
            pieces.append(_base64_run(view[start:stop]))
            start = stop
            if start < end and not _MORE_BASE64.match(source, start, end):
                defects.add(f"{what} goes on after the end of its base64; the rest was cut off.")
                break
            if len(pieces) > _MOST_STREAMS:
                defects.add(f"{what} is not valid base64; its end was cut off.")
                break
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _base64_run(view: memoryview) -> bytes:
    """One stream, up to and with its padding."""
    try:
        return binascii.a2b_base64(view)
    except binascii.Error:
        pass
    try:
        return binascii.a2b_base64(bytes(view) + b"==")
    except binascii.Error:
        # One character too many: six bits are no octet.
        text = _NOT_ALPHABET.sub(b"", bytes(view))
        return binascii.a2b_base64(text[: len(text) // 4 * 4])


def _uuencode(source: bytes, start: int, end: int, defects: Defects, what: str) -> bytes:
    begin = _UU_BEGIN.search(source, start, end)
    pieces = []
    for line in source[begin.end() if begin else start : end].splitlines():
        if line.strip() in (b"end", b"`", b""):
            if line.strip() == b"end":
                break
            continue
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Encoders that pad the line too far: the count says how much of it is meant.
            octets = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                pieces.append(binascii.a2b_uu(line[:octets]))
            except binascii.Error:
                defects.add(f"{what} is not valid uuencode.")
    return b"".join(pieces)
