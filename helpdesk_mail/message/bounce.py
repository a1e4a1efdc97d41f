# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Delivery reports: which message did not arrive, and at whom (RFC 3464, RFC 3463, RFC 6533)."""

from __future__ import annotations

import re

from . import headers, identifiers
from .defects import Defects
from .headers import Headers, one_line
from .limits import Limits
from .parsed import Bounce, BounceRecipient
from .structure import Part

_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_ORIGINAL_TYPES = frozenset(
    {
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    }
)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY_CODE = re.compile(r"\b([45])\d\d[ -]")
_ADDRESS = re.compile(r"[^\s<>,;:()\"']{1,64}@[A-Za-z0-9.-]{1,255}")
_FAILED_LINE = re.compile(
    r"^[ \t]{0,8}<?([^\s<>,;:()\"']{1,64}@[A-Za-z0-9.-]{1,200})>?:?[ \t]*(.*)$", re.M
)
_MESSAGE_ID_LINE = re.compile(r"^[ \t>]{0,8}Message-ID:[ \t]*(<[^<>\s]{3,400}>)", re.I | re.M)
_GROUPS = re.compile(rb"\n[ \t\r]*\n\s*")
_MOST_STATUS = 1024 * 1024
_MOST_RECIPIENTS = 1000
_LONGEST_REASON = 1000


def read(root: Part, text: str, limits: Limits, defects: Defects) -> Bounce | None:
    """The delivery report in the message with tree *root*, or None if it holds none.

    *text* is the letter; servers that do not follow RFC 3464 say there what happened.
    """
    status: Part | None = None
    original: Part | None = None
    for part in root.leaves():
        if status is None and part.content_type in _STATUS_TYPES:
            status = part
        elif original is None and part.content_type in _ORIGINAL_TYPES:
            original = part
    if status is not None:
        recipients = _recipients(status.decoded(defects), limits)
    elif "x-failed-recipients" in root.headers:
        recipients = _failed(root.headers, text)
    else:
        return None
    return Bounce(_original_id(original, root, text, limits), recipients)


def read_old(root: Part, text: str, limits: Limits) -> Bounce:
    """What a bounce without a delivery-status part tells: addresses at the start of lines."""
    original = next((part for part in root.leaves() if part.content_type in _ORIGINAL_TYPES), None)
    before = text[:20_000].split("\n---", 1)[0]
    recipients: list[BounceRecipient] = []
    for match in _FAILED_LINE.finditer(before):
        email = match[1].strip(".").lower()
        reason = before[match.end() : match.end() + 300].strip().split("\n\n")[0]
        reason = one_line(f"{match[2]} {reason}")[:_LONGEST_REASON]
        if all(found.email != email for found in recipients):
            recipients.append(_recipient(email, "failed", _first(_STATUS, reason), reason))
    return Bounce(_original_id(original, root, text, limits), tuple(recipients[:20]))


def _recipients(content: bytes, limits: Limits) -> tuple[BounceRecipient, ...]:
    """The per-recipient groups of a delivery-status body; the first group is the message's."""
    found: dict[str, BounceRecipient] = {}
    for group in _GROUPS.split(content[:_MOST_STATUS].strip(), _MOST_RECIPIENTS):
        fields, _ = headers.split(group, 0, len(group), limits, Defects())
        if "final-recipient" not in fields and "original-recipient" not in fields:
            continue
        email = _typed(fields.decoded("final-recipient"))
        original = _typed(fields.decoded("original-recipient"))
        if "@" not in email or (original and "@" in original):
            # What we wrote to is what the sender knows, not where it was forwarded.
            email = original or email
        status = _first(_STATUS, fields.decoded("status"))
        reason = _typed(fields.decoded("diagnostic-code"))[:_LONGEST_REASON]
        action = fields.decoded("action").partition(" ")[0].lower()
        email = email.strip("<> ").lower()
        found.setdefault(email, _recipient(email, action or "failed", status, reason))
    return tuple(found.values())


def _recipient(email: str, action: str, status: str, reason: str) -> BounceRecipient:
    status = status or _first(_STATUS, reason)
    if not status and (code := _REPLY_CODE.search(reason)):
        status = f"{code[1]}.0.0"
    permanent = action == "failed" and not status.startswith(("4.", "2."))
    return BounceRecipient(email, action, status, reason, permanent)


def _failed(fields: Headers, text: str) -> tuple[BounceRecipient, ...]:
    """Exim names the addresses in a header field, and the reason in the text."""
    emails = dict.fromkeys(
        found.lower() for found in _ADDRESS.findall(fields.decoded("x-failed-recipients"))
    )
    recipients = []
    for email in list(emails)[:_MOST_RECIPIENTS]:
        position = text[:50_000].lower().find(email)
        after = text[position + len(email) : position + len(email) + 500] if position >= 0 else ""
        reason = one_line(after.strip().split("\n\n")[0])[:_LONGEST_REASON]
        recipients.append(_recipient(email, "failed", "", reason))
    return tuple(recipients)


def _original_id(original: Part | None, root: Part, text: str, limits: Limits) -> str:
    if original is not None:
        content = original.decoded(Defects())
        fields, _ = headers.split(content, 0, len(content), limits, Defects())
        if found := identifiers.message_id(fields.raw("message-id")):
            return found
    if match := _MESSAGE_ID_LINE.search(text):
        return identifiers.message_id(match[1])
    referred = identifiers.identifiers(root.headers.raw("in-reply-to"))
    referred = referred or identifiers.identifiers(root.headers.raw("references"))
    return referred[-1] if referred else ""


def _typed(value: str) -> str:
    """A field of the shape "type; value" (RFC 3464, section 2.1.2) without its type."""
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and " " not in kind.strip() else value.strip()


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1] if match else ""
