# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""ISO-2022-JP (RFC 1468) as Japanese programs really write it.

Beyond the RFC: half-width katakana, the characters of NEC and IBM that only code page 932 has
(circled numbers, company signs), lost escape sequences at line ends. Python's strict codec refuses
these.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"\x1b(\$\([A-Z@]|\$[@AB]|\([A-Z]|[&]@)|\x0e|\x0f")


def decode(data: bytes) -> str | None:
    """*data* as text, or None where it is not ISO-2022-JP at all."""
    if b"\x1b" not in data:
        return None
    pieces: list[str] = []
    mode = b"(B"
    position = 0
    for match in _ESCAPE.finditer(data):
        pieces.append(_piece(data[position : match.start()], mode))
        position = match.end()
        mode = match[1] or (b"(I" if match.group() == b"\x0e" else b"(B")
    pieces.append(_piece(data[position:], mode))
    return "".join(pieces)


def _piece(octets: bytes, mode: bytes) -> str:
    if mode == b"(I":
        kana = bytes(octet | 0x80 if 0x21 <= octet <= 0x5F else octet for octet in octets)
        return kana.decode("cp932", "replace")
    if not mode.startswith(b"$"):
        return octets.decode("cp932", "replace")
    if mode in (b"$(O", b"$(P", b"$(Q"):
        return (b"\x1b" + mode + octets + b"\x1b(B").decode("iso2022_jp_2004", "replace")
    # A line ends the two-octet mode (RFC 1468), whether or not the program has said so.
    return "\n".join(map(_shifted, octets.split(b"\n")))


def _shifted(octets: bytes) -> str:
    """Two-octet characters as Shift_JIS octets, which code page 932 knows more of."""
    out = bytearray()
    position = 0
    while position + 1 < len(octets):
        first, second = octets[position] & 0x7F, octets[position + 1] & 0x7F
        if not (0x21 <= first <= 0x7E and 0x21 <= second <= 0x7E):
            out.append(octets[position])
            position += 1
            continue
        row = first - 0x21
        lead = row // 2 + 0x81
        out.append(lead + 0x40 if lead > 0x9F else lead)
        if row % 2:
            out.append(second + 0x7E)
        else:
            out.append(second + (0x1F if second < 0x60 else 0x20))
        position += 2
    out += octets[position:]
    return out.decode("cp932", "replace")
