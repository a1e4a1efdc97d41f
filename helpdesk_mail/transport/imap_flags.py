# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The names of flags over IMAP (RFC 3501, 2.3.2), and the word that changes with them."""

from __future__ import annotations

from collections.abc import Mapping

from .errors import MessageGone
from .imap_fetch import FLAGS, META_COUNT, FetchItems, read_flags
from .records import Flags
from .uids import to_sets

# as STORE wants them
NAMES = {"seen": r"(\Seen)", "flagged": r"(\Flagged)", "answered": r"(\Answered)"}
# what SEARCH is asked for: of read and unread mail, the unread is less
KEYS = {"seen": "UNSEEN", "flagged": "FLAGGED", "answered": "ANSWERED"}


def status_items(*, unread: bool, flags: bool, counted: bool) -> list[str]:
    """What STATUS is asked for; ``counted``: the server counts changes (RFC 7162)."""
    items = ["UIDVALIDITY", "UIDNEXT"]
    if unread or flags:
        items.append("UNSEEN")
    if flags and counted:
        items.append("HIGHESTMODSEQ")
    return items


def mark(answer: Mapping[bytes, object], *, unread: bool, flags: bool, counted: bool) -> str:
    """The word of a folder (``MailStore.mark``): UIDVALIDITY:UIDNEXT[:unread[:flags]].

    The third part is for what counts as new, and empty where being unread does not.
    """
    items = status_items(unread=unread, flags=flags, counted=counted)
    values = [answer.get(name.encode()) for name in items]
    # RFC 3501, 6.3.10: a server that leaves out what it was asked for tells nothing
    if None in values:
        return ""
    words = [str(value) for value in values]
    if flags:
        words[2:] = [words[2] if unread else "", ".".join(words[2:])]
    return ":".join(words)


def fetch(fetch_items: FetchItems, numbers: list[int]) -> dict[str, Flags]:
    """The flags of ascending UIDs; those that are gone are left out."""
    found = {}
    for sequence, members in to_sets(numbers, max_count=META_COUNT):
        try:
            answer = fetch_items(sequence, "(UID FLAGS)")
        except MessageGone:
            continue
        for uid in members:
            # a server may speak of others as well, or of a message without its flags
            if FLAGS in answer.get(uid, {}):
                found[str(uid)] = read_flags(answer[uid])
    return found
