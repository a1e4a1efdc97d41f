# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""ISO-2022-JP (RFC 1468) as Japanese programs really write it.

Beyond the RFC: half-width katakana, the characters that NEC has added (circled
numbers, company signs), lost escape sequences at line ends. Python's strict codec refuses
these.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(rb"\x1b(\$\([A-Z@]|\$[@AB]|\([A-Z]|[&]@)|\x0e|\x0f")
_HIGH = bytes(octet | 0x80 if 0x21 <= octet <= 0x7E else octet for octet in range(256))
_KANA = bytes(octet | 0x80 if 0x21 <= octet <= 0x5F else octet for octet in range(256))


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
        return octets.translate(_KANA).decode("cp932", "replace")
    if not mode.startswith(b"$"):
        return octets.decode("cp932", "replace")
    if mode in (b"$(O", b"$(P", b"$(Q"):
        return (b"\x1b" + mode + octets + b"\x1b(B").decode("iso2022_jp_2004", "replace")
    # A line ends the two-octet mode (RFC 1468), whether or not the program has said so.
    return "\n".join(map(_double, octets.split(b"\n")))


def _double(octets: bytes) -> str:
    """Two-octet characters: as EUC, whose later standard has what NEC has added."""
    shifted = octets.translate(_HIGH)
    try:
        return shifted.decode("euc_jp")
    except UnicodeDecodeError:
        return shifted.decode("euc_jis_2004", "replace")
