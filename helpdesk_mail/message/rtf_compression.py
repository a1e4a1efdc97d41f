# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Compressed RTF, as Outlook keeps its texts (Microsoft's document MS-OXRTFCP)."""

from __future__ import annotations

import struct

_COMPRESSED = 0x75465A4C
_RAW = 0x414C454D
_WINDOW = 4096
# MS-OXRTFCP, section 2.1.3.1: the window is filled with this before anything is read.
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}"
    b"{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans SerifSymbolArial"
    b"Times New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def decompress(data: bytes, most: int) -> tuple[bytes, bool]:
    """The RTF in *data*, at most *most* octets of it, and whether that is all of it.

    Never raises; what cannot be read ends the text.
    """
    if len(data) < 16:
        return b"", False
    _, raw_size, kind, _ = struct.unpack_from("<IIII", data)
    if kind == _RAW:
        stop = 16 + min(raw_size, most)
        return data[16:stop], raw_size <= most
    if kind != _COMPRESSED:
        return b"", False
    wanted = min(raw_size, most)
    output = _expand(data, wanted)
    return output[len(_DICTIONARY) :], len(output) - len(_DICTIONARY) >= raw_size


def _expand(data: bytes, wanted: int) -> bytes:
    """The dictionary and what follows it: the window is always the end of what is out already."""
    output = bytearray(_DICTIONARY)
    start = len(_DICTIONARY)
    position, end = 16, len(data)
    limit = start + wanted
    while position < end and len(output) < limit:
        control = data[position]
        position += 1
        for bit in range(8):
            if not control >> bit & 1:
                if position >= end:
                    break
                output.append(data[position])
                position += 1
                continue
            if position + 1 >= end:
                position = end
                break
            token = data[position] << 8 | data[position + 1]
            position += 2
            offset, length = token >> 4, (token & 15) + 2
            here = len(output) % _WINDOW
            if offset == here:
                # A reference to the place of writing itself: the end.
                return bytes(output[:limit])
            begin = len(output) - (here - offset) % _WINDOW
            if begin < 0:
                return bytes(output[:limit])
            if begin + length <= len(output):
                output += output[begin : begin + length]
                continue
            for index in range(begin, begin + length):
                output.append(output[index])
    return bytes(output[:limit])
