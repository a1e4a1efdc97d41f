# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an archive says about itself (PKWARE's APPNOTE, section 4.3; RFC 1952): never unpacked.

Only the list of contents at the end of a ZIP file, and the size at the end of a gzip file, are
looked at; the cost is bounded whatever they claim.
"""

from __future__ import annotations

import re
import struct

_END_OF_LIST = b"PK\x05\x06"
_ENTRY = b"PK\x01\x02"
_LOOK = 66_000
_MOST_ENTRIES = 2_000
_HUGE = 1024 * 1024 * 1024
_LARGE = 50 * 1024 * 1024
_RATIO = 200
_NESTED = re.compile(rb"\.(?:zip|7z|rar|gz|tgz|bz2|xz|zst|tar|cab|arj|lzh|ace|iso|img|jar)\Z", re.I)


def remark(name: str, content: bytes) -> list[str]:
    """Sentences about the archive *content* called *name*: too large, locked, nested."""
    if content.startswith(b"PK\x03\x04") or content.startswith(_END_OF_LIST):
        return _zip(name, content)
    if content.startswith(b"\x1f\x8b\x08") and len(content) > 18:
        (size,) = struct.unpack("<I", content[-4:])
        if _is_bomb(size, len(content)):
            return [_bomb(name, size)]
    return []


def _is_bomb(unpacked: int, packed: int) -> bool:
    return unpacked > _HUGE or (unpacked > _LARGE and unpacked > packed * _RATIO)


def _bomb(name: str, size: int) -> str:
    return (
        f"The archive {name!r} would hold {size // (1024 * 1024)} MB if it were unpacked; "
        "it was not opened."
    )


def entries(content: bytes) -> list[str]:
    """The names that the list of contents of a ZIP file holds; [] for anything else."""
    at = content.rfind(_END_OF_LIST, max(0, len(content) - _LOOK))
    if not content.startswith((b"PK\x03\x04", _END_OF_LIST)) or at < 0 or at + 22 > len(content):
        return []
    total, _, position = struct.unpack_from("<HII", content, at + 10)
    found = []
    for _ in range(min(total, _MOST_ENTRIES)):
        if position + 46 > at or content[position : position + 4] != _ENTRY:
            break
        length, extra, comment = struct.unpack_from("<HHH", content, position + 28)
        found.append(content[position + 46 : position + 46 + length].decode("utf-8", "replace"))
        position += 46 + length + extra + comment
    return found


def _zip(name: str, content: bytes) -> list[str]:
    at = content.rfind(_END_OF_LIST, max(0, len(content) - _LOOK))
    if at < 0 or at + 22 > len(content):
        return [f"The archive {name!r} is damaged or cut off."]
    total, _, start = struct.unpack_from("<HII", content, at + 10)
    unpacked = 0
    locked = nested = False
    position = start if content[start : start + 4] == _ENTRY else -1
    for _ in range(min(total, _MOST_ENTRIES)):
        if position < 0 or position + 46 > at or content[position : position + 4] != _ENTRY:
            break
        (flags,) = struct.unpack_from("<H", content, position + 8)
        size, length, extra, comment = struct.unpack_from("<IHHH", content, position + 24)
        entry = content[position + 46 : position + 46 + length]
        unpacked += size
        locked = locked or bool(flags & 1)
        nested = nested or bool(_NESTED.search(entry))
        position += 46 + length + extra + comment
    found = []
    if _is_bomb(unpacked, len(content)):
        found.append(_bomb(name, unpacked))
    if locked:
        found.append(f"The archive {name!r} is protected by a password.")
    if nested:
        found.append(f"The archive {name!r} holds further archives.")
    return found
