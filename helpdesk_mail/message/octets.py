# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The octets of a mail as the other steps expect them, whatever brought them here.

Line ends of old Macs and doubled carriage returns, a byte order mark before the first field,
mails stored as UTF-16, blank lines before the header, and the quoted "From " lines of an mbox
file (RFC 4155) are put right. Ordinary mails are handed through as they are.
"""

from __future__ import annotations

import codecs
import re

from .defects import Defects

_LOOK = 4096
_FIELD = re.compile(rb"[!-9;-~]{1,80}[ \t]*:")
_BLANK_LINES = re.compile(rb"(?:[ \t]*\r?\n)+")
# RFC 4155, appendix A: an address and a date. Programs write both in many ways.
_SEPARATOR = re.compile(
    rb"From [^\r\n]{0,200}(?:\d{1,2}:\d\d|(?:19|20)\d\d)[^\r\n]{0,40}\r?\n"
    rb"(?:[!-9;-~]{1,80}[ \t]*:|>From )"
)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.M)


def normalised(source: bytes, defects: Defects) -> bytes:
    """*source*, the same object where nothing has to be put right."""
    head = source[:_LOOK]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head[:200]:
        source = _from_utf16(source, defects)
        head = source[:_LOOK]
    if head.startswith(codecs.BOM_UTF8):
        source = source[3:]
        head = source[:_LOOK]
    if b"\r" in head:
        if b"\n" not in source:
            source = source.replace(b"\r", b"\n")
        elif b"\r\r\n" in head and head.count(b"\r\r\n") == head.count(b"\n"):
            source = source.replace(b"\r\r\n", b"\r\n")
        head = source[:_LOOK]
    if head[:1] in (b"\r", b"\n", b" ", b"\t"):
        blank = _BLANK_LINES.match(head)
        if blank and _FIELD.match(head, blank.end()):
            defects.add("Blank lines stand before the header.")
            source = source[blank.end() :]
            head = source[:_LOOK]
    if head.startswith(b"From ") and _SEPARATOR.match(head):
        source = _without_mbox_quotes(source)
    return source


def _from_utf16(source: bytes, defects: Defects) -> bytes:
    """A mail whose every character is two octets, as UTF-8; anything else unchanged."""
    head = source[:200]
    codec = ""
    if head.startswith(codecs.BOM_UTF16_LE):
        codec = "utf-16-le"
    elif head.startswith(codecs.BOM_UTF16_BE):
        codec = "utf-16-be"
    elif len(head) >= 20 and head[1::2].count(0) * 10 >= len(head[1::2]) * 9:
        codec = "utf-16-le"
    elif len(head) >= 20 and head[::2].count(0) * 10 >= len(head[::2]) * 9:
        codec = "utf-16-be"
    if not codec:
        return source
    defects.add("The whole message is stored as UTF-16.")
    return source.decode(codec, "replace").lstrip("\ufeff").encode("utf-8", "replace")


def _without_mbox_quotes(source: bytes) -> bytes:
    """Take one ">" off the lines of the body that an mbox writer has put it before.

    Only lines before which a blank line stands or stood can have been quoted by all writers, but
    most quote every one; "mboxrd" quotes those that have a ">" already as well.
    """
    body = source.find(b"\n\n")
    crlf = source.find(b"\r\n\r\n")
    if crlf >= 0 and (body < 0 or crlf < body):
        body = crlf
    if body < 0 or source.find(b"From ", body) < 0 or not _QUOTED_FROM.search(source, body):
        return source
    return source[:body] + _QUOTED_FROM.sub(rb"\1", source[body:])
