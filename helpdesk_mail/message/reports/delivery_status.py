# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Delivery status notifications (RFC 3464; RFC 6533 for international addresses).

Read more tolerantly than they are defined: recipients without a type or in angle brackets,
actions that are none of the five, statuses that are SMTP replies, blank lines in odd places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import headers
from ..defects import Defects
from ..headers import Headers
from ..limits import Limits
from ..parsed import BounceRecipient
from ..structure import Part
from . import status

TYPES = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "text/delivery-status",
        "application/delivery-status",
    }
)
_OTHER_TYPES = frozenset({"text/plain", "application/octet-stream"})
_FIELDS = re.compile(
    rb"\s{0,20}(?:reporting-mta|original-envelope-id|dsn-gateway|arrival-date|received-from-mta"
    rb"|(?:original|final)-recipient)[ \t]*:",
    re.I,
)
_RECIPIENT = re.compile(rb"^(?:final|original)-recipient[ \t]*:", re.I | re.M)
_GROUPS = re.compile(rb"\n[ \t\r]*\n\s*")
_ACTIONS = {
    "failed": "failed",
    "failure": "failed",
    "fail": "failed",
    "error": "failed",
    "bounced": "failed",
    "rejected": "failed",
    "undeliverable": "failed",
    "undelivered": "failed",
    "delayed": "delayed",
    "delay": "delayed",
    "deferred": "delayed",
    "transient": "delayed",
    "warning": "delayed",
    "delivered": "delivered",
    "relayed": "relayed",
    "expanded": "expanded",
}
_ESCAPED = re.compile(r"\\x\{([0-9a-f]{2,6})\}", re.I)
_HEX_SIGN = re.compile(r"\+(2B|3D)")
_X400 = re.compile(r"/(?:RFC-?822|SMTP)=([^/]{1,200}?)\(a\)([^/\s]{1,255})", re.I)
_REDACTED = re.compile(r"\.{3,}@|\u2026@|\*{2,}@|@\.{2,}|@[^@]*\.{3,}")
_EMAIL = re.compile(
    r"[^\s<>,;()@]{1,256}@[^\s<>,;()@:]{1,255}|\"[^\"]{1,250}\"@[^\s<>,;()@:]{1,255}"
)
_MOST_OCTETS = 1024 * 1024
_MOST_RECIPIENTS = 1000
_MOST_PARTS = 100
_LONGEST_REASON = 1000
_LONGEST_ADDRESS = 2000


def parts_of(root: Part, *, anywhere: bool) -> list[Part]:
    """The leaves of *root* that are delivery statuses; some servers write one a recipient.

    *anywhere* takes also a part under another content type, by how it begins; only a mail that a
    machine has sent is to be looked at so.
    """
    leaves = list(root.leaves())
    found = [part for part in leaves if part.content_type in TYPES]
    if not found and anywhere:
        found = [
            part
            for part in leaves
            if part.content_type in _OTHER_TYPES and part is not root and _begins(part)
        ]
    return found[:_MOST_PARTS]


def _begins(part: Part) -> bool:
    if part.headers.raw("content-transfer-encoding").strip().lower() == "base64":
        return part.end - part.start < _MOST_OCTETS and bool(_FIELDS.match(part.decoded(Defects())))
    return bool(_FIELDS.match(part.source, part.start, part.end))


def contents(parts: list[Part], defects: Defects) -> bytes:
    """The fields of the delivery statuses *parts*, one below the other."""
    return b"\n\n".join(_content(part, defects) for part in parts)


def _content(part: Part, defects: Defects) -> bytes:
    """The fields of the delivery status *part*.

    Where the empty line after its header is missing, they stand among the header's.
    """
    found = part.decoded(defects)
    if any(name in part.headers for name in ("final-recipient", "reporting-mta", "action")):
        head = [
            f"{name}: {value}".encode("utf-8", "replace") for name, value in part.headers.items()
        ]
        return b"\n".join(head) + b"\n\n" + found
    return found


def in_text(text: str) -> bytes | None:
    """The delivery status that stands in *text*, where a gateway made one text of all parts."""
    source = text.encode("utf-8", "replace")
    match = _RECIPIENT.search(source)
    if match is None:
        return None
    start = source.rfind(b"\n\n", 0, match.start())
    return source[start + 2 if start >= 0 else 0 :]


def recipients(source: bytes, limits: Limits) -> tuple[BounceRecipient, ...]:
    """The recipients that *source*, the fields of a delivery status, names, each once."""
    found: dict[str, BounceRecipient] = {}
    for fields in _recipient_fields(source, limits):
        email = _address(fields)
        if email and email not in found and len(found) < _MOST_RECIPIENTS:
            found[email] = _recipient(email, fields)
    return tuple(found.values())


def _recipient_fields(source: bytes, limits: Limits) -> Iterator[Headers]:
    """The per-recipient groups; their fields may be torn apart by an empty line too many."""
    groups = _GROUPS.split(source[:_MOST_OCTETS].strip(), 2 * _MOST_RECIPIENTS)
    for number, group in enumerate(groups):
        fields, _ = headers.split(group, 0, len(group), limits, Defects())
        if "final-recipient" not in fields and "original-recipient" not in fields:
            continue
        if "action" not in fields and "status" not in fields and number + 1 < len(groups):
            joined = group + b"\n" + groups[number + 1]
            if not _RECIPIENT.search(groups[number + 1]):
                fields, _ = headers.split(joined, 0, len(joined), limits, Defects())
        yield fields


def _address(fields: Headers) -> str:
    """The address of a group: what the sender wrote to, not where that was forwarded to."""
    original = email_of(fields.decoded("original-recipient"))
    return original or email_of(fields.decoded("final-recipient"))


def email_of(value: str) -> str:
    """The address in *value*, "type; address" (RFC 3464, section 2.3.1), lower case, or "".

    An address that a list archive has shortened ("anna...@example.com") is none any more.
    """
    value = value[:_LONGEST_ADDRESS]
    if match := _X400.search(value):
        return f"{match[1]}@{match[2]}".lower()
    if "\\x{" in value:
        value = _ESCAPED.sub(_unescape, value)
    typed = value.partition(";")[2] if ";" in value.partition("@")[0] else value
    match = _EMAIL.search(typed)
    if match is None or _REDACTED.search(match[0]):
        return ""
    email = _HEX_SIGN.sub(lambda sign: chr(int(sign[1], 16)), match[0])
    return email.strip(".'").lower()


def _unescape(match: re.Match[str]) -> str:
    number = int(match[1], 16)
    return chr(number) if number < 0x110000 and chr(number).isprintable() else match[0]


def _recipient(email: str, fields: Headers) -> BounceRecipient:
    reason = typed(fields.decoded("diagnostic-code"))
    stated = fields.decoded("status")
    if not reason:
        # "5.1.1 (mailbox unknown)", or an SMTP reply where the status should be
        reason = stated.partition("(")[2].rpartition(")")[0].strip()
        reason = reason or ("" if status.stated(stated) == stated else stated)
        reason = reason or fields.decoded("x400-supplementary-info").strip('"')
    word = fields.decoded("action").partition("(")[0].partition(";")[0].strip().lower()
    code = status.stated(stated) or status.of(stated) or status.of(reason)
    action = _ACTIONS.get(word) or _ACTIONS.get(word.partition(" ")[0], "")
    if not action:
        late = code.startswith("4.") and "will-retry-until" in fields
        action = "delayed" if late else "delivered" if code.startswith("2.") else "failed"
    return BounceRecipient(
        email=email,
        action=action,
        status=code,
        reason=reason[:_LONGEST_REASON],
        permanent=status.is_permanent(action, code, reason, stated),
    )


def typed(value: str) -> str:
    """A field of the shape "type; value" (RFC 3464, section 2.1.2) without its type."""
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and " " not in kind.strip() else value.strip()
