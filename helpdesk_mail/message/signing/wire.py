# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mail in a form that no server on the way has a reason to change (RFC 6376, section 5.3).

That is: CRLF at every line's end, no octet above 127 in the body (a server that does not offer
8BITMIME would have it encoded on the way) and no line above 998 octets (RFC 5321, section
4.5.3.1.6; Postfix breaks longer ones). Mail that is so already, as most is, is not touched.
"""

from __future__ import annotations

import base64
import email.parser
import email.policy
import quopri
import re
from email.message import Message
from typing import Any

_LONGEST_LINE = 998
_LINE_END = re.compile(rb"\r\n|\r|\n")
_LONG = re.compile(rb"[^\n]{%d}" % (_LONGEST_LINE + 1))
_ENCODING = "content-transfer-encoding"
# of a body signed by its author (PGP, S/MIME) not an octet may change
_SEALED = "multipart/signed"


class _LeftAlone(Exception):
    """The structure is not clear enough to be written anew."""


def lasting(source: bytes) -> bytes:
    """*source* in that form, as far as that can be had without changing what it says."""
    if source.count(b"\r\n") != source.count(b"\n") or source.count(b"\r") != source.count(b"\n"):
        source = _LINE_END.sub(b"\r\n", source)
    if not source.endswith(b"\r\n"):
        # as the end of SMTP's DATA would
        source += b"\r\n"
    body = source.partition(b"\r\n\r\n")[2]
    if body.isascii() and not _LONG.search(body):
        return source
    parser = email.parser.BytesParser(policy=email.policy.compat32)
    try:
        return _written(parser.parsebytes(source))
    except _LeftAlone:
        return source


def _written(part: Message[str, str]) -> bytes:
    """The octets of a part: as they came, but for bodies that need another encoding."""
    if part.defects:
        raise _LeftAlone
    kind = part.get_content_type()
    # not by its getter, which would decode what stands there in 8 bits
    payload: Any = vars(part)["_payload"]
    if kind == _SEALED:
        raise _LeftAlone
    if part.is_multipart():
        if kind == "message/rfc822":
            body = _written(payload[0])
        else:
            body = _written_parts(part, payload)
        # what a composite part declares is what stands in it (RFC 2045, section 6.4)
        return _head(part, "7bit" if part[_ENCODING] else None) + body
    octets = _octets(payload)
    if octets.isascii() and not _LONG.search(octets):
        return _head(part, None) + octets
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes) or kind.startswith("message/"):
        raise _LeftAlone
    encoding, encoded = _encode(content, part.get_content_maintype() == "text")
    return _head(part, encoding) + encoded


def _written_parts(part: Message[str, str], payload: Any) -> bytes:
    boundary = part.get_boundary()
    if not boundary or not isinstance(payload, list):
        raise _LeftAlone
    line = b"--" + boundary.encode("ascii", "surrogateescape")
    found = [_octets(part.preamble) + b"\r\n" if part.preamble else b""]
    for one in payload:
        found += [line, b"\r\n", _written(one), b"\r\n"]
    epilogue = _octets(part.epilogue) if part.epilogue else b""
    return b"".join([*found, line, b"--\r\n", epilogue])


def _head(part: Message[str, str], encoding: str | None) -> bytes:
    """The header fields as they came, with another *encoding* where it is not None."""
    found, written = [], encoding is None
    for name, value in part.raw_items():
        if encoding is not None and name.lower() == _ENCODING:
            if written:
                continue
            value, written = encoding, True
        found.append(f"{name}: {value}")
    if not written:
        found.append(f"Content-Transfer-Encoding: {encoding}")
    return _octets("\r\n".join(found)) + b"\r\n\r\n" if found else b"\r\n"


def _encode(content: bytes, is_text: bool) -> tuple[str, bytes]:
    """Readable for people who look at the source, unless that would double the size."""
    if is_text:
        lines = _LINE_END.sub(b"\n", content)
        quoted = quopri.encodestring(lines)
        if len(quoted) <= 2 * len(content):
            return "quoted-printable", quoted.replace(b"\n", b"\r\n")
        content = lines.replace(b"\n", b"\r\n")
    return "base64", base64.encodebytes(content).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


def _octets(text: str) -> bytes:
    """What the parser made of octets, back; it reads line ends as they are."""
    octets = text.encode("ascii", "surrogateescape")
    return _LINE_END.sub(b"\r\n", octets)
