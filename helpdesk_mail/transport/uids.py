# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""IMAP's sequence sets (RFC 3501, section 9: sequence-set)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# RFC 2683, 3.2.1.5: servers take command lines of 8,000 octets; stay well below.
SET_LENGTH = 4000  # characters


def to_sets(
    uids: Iterable[int], *, max_count: int = 0, max_length: int = SET_LENGTH
) -> Iterator[tuple[str, list[int]]]:
    """Ascending UIDs as compact sets, each short enough for one command, with their UIDs.

    ``max_count`` limits the UIDs in one set; 0 means no limit.

    >>> [text for text, uids in to_sets([1, 2, 3, 5, 8, 9])]
    ['1:3,5,8:9']
    """
    parts: list[str] = []
    members: list[int] = []
    length = 0
    for first, last in _ranges(uids, max_count):
        part = str(first) if first == last else f"{first}:{last}"
        count = last - first + 1
        full = length + len(part) + 1 > max_length
        if parts and (full or (max_count and len(members) + count > max_count)):
            yield ",".join(parts), members
            parts, members, length = [], [], 0
        parts.append(part)
        members.extend(range(first, last + 1))
        length += len(part) + 1
    if parts:
        yield ",".join(parts), members


def _ranges(uids: Iterable[int], max_count: int) -> Iterator[tuple[int, int]]:
    first = last = 0
    for uid in uids:
        if first and uid == last + 1 and not (max_count and last - first + 1 >= max_count):
            last = uid
            continue
        if first:
            yield first, last
        first = last = uid
    if first:
        yield first, last


def from_set(text: str, *, limit: int) -> list[int]:
    """The UIDs of a set, ascending. Raises ValueError for nonsense or more than ``limit``.

    >>> from_set("7,1:3", limit=10)
    [1, 2, 3, 7]
    """
    found: list[int] = []
    for part in text.split(","):
        first, _colon, last = part.partition(":")
        low, high = sorted((int(first), int(last or first)))
        if low < 1 or len(found) + high - low + 1 > limit:
            raise ValueError(f"not a set of at most {limit} UIDs")
        found.extend(range(low, high + 1))
    return sorted(set(found))
