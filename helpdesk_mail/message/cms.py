# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a CMS object holds (RFC 5652, RFC 3274), as S/MIME (RFC 8551) sends it: a small BER reader.

Signatures are not checked here, and nothing is decrypted: it is only found out what kind of
object it is, and the content that is readable without a key. Both DER and BER (indefinite
lengths, strings in pieces), which Outlook and OpenSSL write, are read.
"""

from __future__ import annotations

import dataclasses
import zlib

_KINDS = {
    bytes.fromhex("2a864886f70d010701"): "data",
    bytes.fromhex("2a864886f70d010702"): "signed",
    bytes.fromhex("2a864886f70d010703"): "encrypted",
    bytes.fromhex("2a864886f70d010706"): "encrypted",
    bytes.fromhex("2a864886f70d0109100117"): "encrypted",
    bytes.fromhex("2a864886f70d0109100109"): "compressed",
}
_SEQUENCE, _OID, _OCTETS, _EXPLICIT = 0x30, 0x06, 0x04, 0xA0
_CONSTRUCTED = 0x20
_DEEPEST = 30
_MOST_PIECES = 100_000


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """*kind* is "signed", "encrypted", "compressed", "data" or "" (not CMS); *octets* is what
    can be read without a key, or None."""

    kind: str
    octets: bytes | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class _Element:
    """A BER element: its tag, and where its value lies and the next element starts."""

    tag: int
    start: int
    stop: int
    following: int


def read(data: bytes, most: int) -> Content:
    """The content of the CMS object *data*; compressed content gives at most *most* octets.

    Never raises.
    """
    try:
        return _content_info(data, most)
    except (ValueError, IndexError, RecursionError):
        return Content("")


def _content_info(data: bytes, most: int) -> Content:
    outer = _element(data, 0, len(data))
    if outer.tag != _SEQUENCE:
        return Content("")
    name = _element(data, outer.start, outer.stop)
    kind = _KINDS.get(data[name.start : name.stop], "") if name.tag == _OID else ""
    if kind not in ("signed", "compressed"):
        return Content(kind)
    wrapped = _element(data, name.following, outer.stop)
    inner = _element(data, wrapped.start, wrapped.stop)
    if wrapped.tag != _EXPLICIT or inner.tag != _SEQUENCE:
        return Content(kind)
    # version, and the algorithm or algorithms, stand before the content.
    position = inner.start
    for _ in range(2):
        position = _element(data, position, inner.stop).following
    encapsulated = _element(data, position, inner.stop)
    position = _element(data, encapsulated.start, encapsulated.stop).following
    if position >= encapsulated.stop:
        return Content(kind)
    explicit = _element(data, position, encapsulated.stop)
    if explicit.tag != _EXPLICIT:
        return Content(kind)
    octets = _string(data, _element(data, explicit.start, explicit.stop))
    return Content(kind, _inflate(octets, most) if kind == "compressed" else octets)


def _element(data: bytes, position: int, end: int, depth: int = 0) -> _Element:
    """The element at *position*; ValueError where there is none that ends before *end*."""
    if position + 2 > end or depth > _DEEPEST:
        raise ValueError(position)
    tag = data[position]
    if tag & 0x1F == 0x1F:
        raise ValueError(tag)
    length = data[position + 1]
    start = position + 2
    if length == 0x80:
        return _indefinite(data, tag, start, end, depth)
    if length > 0x80:
        count = length & 0x7F
        if count > 8:
            raise ValueError(length)
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    # A cut-off file gives what is there.
    return _Element(tag, start, min(start + length, end), min(start + length, end))


def _indefinite(data: bytes, tag: int, start: int, end: int, depth: int) -> _Element:
    """An element that is ended by two zero octets: its children must be walked over."""
    position = start
    for _ in range(_MOST_PIECES):
        if position + 2 > end:
            return _Element(tag, start, end, end)
        if data[position] == 0 and data[position + 1] == 0:
            return _Element(tag, start, position, position + 2)
        position = _element(data, position, end, depth + 1).following
    raise ValueError(start)


def _string(data: bytes, element: _Element) -> bytes:
    """An octet string, whole or in pieces (X.690, section 8.7)."""
    if not element.tag & _CONSTRUCTED:
        return data[element.start : element.stop]
    pieces = []
    position = element.start
    for _ in range(_MOST_PIECES):
        if position + 2 > element.stop:
            break
        piece = _element(data, position, element.stop)
        if piece.tag != _OCTETS:
            break
        pieces.append(data[piece.start : piece.stop])
        position = piece.following
    return b"".join(pieces)


def _inflate(octets: bytes, most: int) -> bytes | None:
    """zlib (RFC 3274), never more than *most* octets of it: None where that is not all."""
    reader = zlib.decompressobj()
    try:
        content = reader.decompress(octets, most)
    except zlib.error:
        return None
    return None if reader.unconsumed_tail else content
