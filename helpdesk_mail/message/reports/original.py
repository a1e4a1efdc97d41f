# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which of our mails a report is about: the Message-ID of the mail that it returns."""

from __future__ import annotations

import re

from .. import headers, identifiers
from ..defects import Defects
from ..headers import Headers
from ..limits import Limits
from ..structure import Part
from .signs import Mail

TYPES = frozenset(
    {
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "text/rfc822-header",
        "text/rfc822",
        "message/rfc822-headers",
        "message/global-headers",
        "message/partial",
    }
)
_LINE = re.compile(
    r"^[ \t>*]{0,8}(?:original[- ])?message[- ]?id[ \t]*:[ \t]*\n?[ \t>]{0,8}"
    r"(<[^<>\s]{3,400}>|[^<>\s]{1,200}@[^<>\s]{1,200})",
    re.I | re.M,
)
_FIELDS = ("in-reply-to", "x-ms-exchange-parent-message-id", "original-message-id")
_LONGEST_TEXT = 200_000
_LONGEST_HEADER = 256 * 1024
_PLAIN = ("", "7bit", "8bit", "binary")


def enclosed(root: Part) -> Part | None:
    """The first leaf of *root* that is another mail or its header, or None."""
    return next((part for part in root.leaves() if part.content_type in TYPES), None)


def fields_of(part: Part, limits: Limits) -> Headers:
    """The header of the mail that *part* encloses."""
    encoding = part.headers.raw("content-transfer-encoding").strip().lower()
    if encoding in _PLAIN:
        source, start, end = part.source, part.start, part.end
    else:
        source = part.decoded(Defects())
        start, end = 0, len(source)
    while start < end and source[start] in b"\r\n":
        start += 1
    fields, _ = headers.split(source, start, min(end, start + _LONGEST_HEADER), limits, Defects())
    return fields


def message_id(mail: Mail, report: str = "") -> str:
    """The Message-ID of the mail that *mail* is about, without angle brackets; "" if unknown.

    Looked for in the mail that is enclosed, in the text, in *report* (the fields of a status
    part), and at last in the fields by which an answer names what it answers.
    """
    part = enclosed(mail.root)
    if part is not None:
        found = identifiers.message_id(fields_of(part, mail.limits).raw("message-id"))
        if found:
            return found
    for text in (mail.text[:_LONGEST_TEXT], report):
        match = _LINE.search(text)
        if match and (found := identifiers.message_id(match[1].rstrip(","))):
            return found
    for name in _FIELDS:
        if referred := identifiers.identifiers(mail.fields.raw(name)):
            return referred[-1]
    referred = identifiers.identifiers(mail.fields.raw("references"))
    return referred[-1] if referred else ""
