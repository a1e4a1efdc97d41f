# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mail as its signers saw it: raw header fields and body with the line ends of the wire.

Mail stores keep LF where SMTP had CRLF (RFC 5321, section 2.3.8), and mbox files put a "From " line
before the header; both are undone here. Nothing is decoded or unfolded.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re

_NAME = re.compile(rb"[!-9;-~]+[ \t]*\Z")
_BLANKS = re.compile(rb"[ \t]{2,}|\t")
_LONGEST_NAME = 200
# Of the header as a whole: it is canonicalised once for every signature.
_LONGEST_HEADER = 1024 * 1024
_ENVELOPE = (b"From ", b">From ")


@dataclasses.dataclass(slots=True)
class SignedMail:
    """Header fields (name without blanks, value with its final CRLF) in their order, and the body.

    ``whole`` is False where the header holds a line that is no field (what then belongs to it is a
    matter of opinion) or is absurdly large: no signature may be believed.
    """

    fields: list[tuple[bytes, bytes]]
    body: bytes = dataclasses.field(repr=False)
    whole: bool = True
    _digests: dict[tuple[str, str, int | None], tuple[bytes, int]] = dataclasses.field(
        default_factory=dict, repr=False
    )
    _canonical: dict[str, bytes] = dataclasses.field(default_factory=dict, repr=False)

    def values(self, name: bytes) -> list[bytes]:
        """The raw values of the fields called *name* (lower case)."""
        return [value for field, value in self.fields if field.lower() == name]

    def body_digest(self, algorithm: str, relaxed: bool, length: int | None) -> tuple[bytes, int]:
        """The hash of the first *length* octets (None: all) of the canonical body, and its size."""
        kind = "relaxed" if relaxed else "simple"
        key = (algorithm, kind, length)
        if key not in self._digests:
            if kind not in self._canonical:
                self._canonical[kind] = canonical_body(self.body, relaxed=relaxed)
            body = self._canonical[kind]
            signed = body if length is None else memoryview(body)[:length]
            self._digests[key] = hashlib.new(algorithm, signed).digest(), len(body)
        return self._digests[key]


def read(source: bytes, most_fields: int = 1000) -> SignedMail:
    """The fields and the body of the octets *source*; at most *most_fields* fields."""
    fields: list[tuple[bytes, bytes]] = []
    parts: list[bytes] = []
    name = b""
    whole = True
    position, end = 0, len(source)

    def finish() -> None:
        if name:
            fields.append((name, b"\r\n".join(parts) + b"\r\n"))
        parts.clear()

    while position < end:
        line_end = source.find(b"\n", position)
        following = end if line_end < 0 else line_end + 1
        line = source[position : end if line_end < 0 else line_end].removesuffix(b"\r")
        position = following
        if not line:
            break
        if line[:1] in (b" ", b"\t"):
            if name:
                parts.append(line)
            whole = whole and bool(name)
            continue
        colon = line.find(b":", 0, _LONGEST_NAME)
        if colon > 0 and not line.startswith(b"--") and _NAME.match(line[:colon]):
            finish()
            if len(fields) >= most_fields or position > _LONGEST_HEADER:
                return SignedMail(fields, b"", False)
            name = line[:colon].rstrip(b" \t")
            parts.append(line[colon + 1 :])
        elif not line.startswith(_ENVELOPE):
            whole = False
    finish()
    whole = whole and position <= _LONGEST_HEADER
    return SignedMail(fields, _on_the_wire(source[position:]), whole)


def _on_the_wire(body: bytes) -> bytes:
    """*body* with CRLF for every LF; not copied where it is so already."""
    pairs = body.count(b"\r\n")
    if pairs == body.count(b"\n"):
        return body
    if pairs:
        body = body.replace(b"\r\n", b"\n")
    return body.replace(b"\n", b"\r\n")


def canonical_body(body: bytes, *, relaxed: bool) -> bytes:
    """*body* (CRLF) as it is hashed (RFC 6376, section 3.4.3 and 3.4.4), in linear time."""
    if relaxed:
        if b"\t" in body or b"  " in body:
            body = _BLANKS.sub(b" ", body)
        body = body.replace(b" \r\n", b"\r\n").removesuffix(b" ")
    size = end = len(body)
    while end >= 2 and body[end - 2 : end] == b"\r\n":
        end -= 2
    if relaxed and not end:
        return b""
    return body if end and end == size - 2 else body[:end] + b"\r\n"
