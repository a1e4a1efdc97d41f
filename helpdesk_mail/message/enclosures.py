# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a letter encloses, as files (RFC 2183, RFC 2392)."""

from __future__ import annotations

import html
import re

from . import archives, filenames, headers
from .body import Body
from .defects import Defects
from .limits import Limits
from .parsed import Attachment
from .structure import Part

_CID = re.compile(r"cid:([^\"'\s>)]+)", re.I)


def attachments(body: Body, limits: Limits, defects: Defects) -> tuple[Attachment, ...]:
    """Everything that *body* encloses, decoded, under names that are safe and unique."""
    referenced = {html.unescape(cid).lower() for cid in _CID.findall(body.html)}
    names = filenames.Names()
    found = []
    for part in body.enclosed:
        content = part.decoded(defects)
        content_id = part.content_id
        inline = bool(content_id) and content_id.lower() in referenced
        inline = inline or (part.disposition == "inline" and part.content_type.startswith("image/"))
        name = part.filename or _title(part, content, limits)
        filename = names.unique(name, part.content_type)
        for sentence in () if limits.is_over() else archives.remark(filename, content):
            defects.add(sentence)
        found.append(
            Attachment(
                filename=filename,
                content_type=part.content_type[:100],
                content=content,
                content_id=content_id,
                inline=inline,
            )
        )
    for content_id, (content_type, content) in body.images.items():
        name = names.unique("", content_type)
        found.append(Attachment(name, content_type, content, content_id, inline=True))
    return tuple(found)


def _title(part: Part, content: bytes, limits: Limits) -> str:
    """A name for an enclosure that has none: what it is about, where that can be known."""
    if part.content_type in ("message/rfc822", "message/global"):
        fields, _ = headers.split(content, 0, min(len(content), 65536), limits, Defects())
        if subject := fields.decoded("subject"):
            return filenames.safe(subject[:80]) + ".eml"
        return "message.eml"
    if part.content_type == "text/calendar":
        return "invite.ics"
    if part.content_type == "message/partial":
        return "message-piece.eml"
    if part.content_type == "message/external-body":
        return "external-body.txt"
    if part.content_type == "application/pgp-encrypted":
        return "version.asc"
    if part.content_type == "message/delivery-status":
        return "delivery-status.txt"
    if part.content_type == "text/rfc822-headers":
        return "headers.txt"
    return ""
