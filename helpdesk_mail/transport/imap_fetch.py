# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Fetching messages over IMAP in bounded memory (RFC 3501, 6.4.5).

Sizes first, for many messages in one command; then bodies, as many in one command as fit into
``batch_bytes``. No message above ``max_size`` is asked for in full. BODY.PEEK sets no flag.
"""

from __future__ import annotations

import dataclasses
import datetime
import logging
from collections.abc import Callable, Iterator
from typing import Any

from imapclient.response_parser import (
    parse_fetch_response,
)

from . import uids
from .errors import MessageGone
from .raw import RawMail
from .records import Flags, FolderState

_logger = logging.getLogger(__name__)

META_ITEMS = "(UID RFC822.SIZE INTERNALDATE FLAGS)"
FLAGS = b"FLAGS"
META_COUNT = 1000  # messages asked for their size at a time
BODY_COUNT = 250  # messages asked for their body at a time
HEADER_LIMIT = 1024 * 1024  # octets of header kept of a message that is too large

# {UID: {item: value}}, as in IMAPClient
Items = dict[int, dict[bytes, Any]]
# (sequence set, items) -> the answer; raises MessageGone for a NO
FetchItems = Callable[[str, str], Items]


@dataclasses.dataclass(frozen=True, slots=True)
class _Meta:
    uid: int
    size: int
    received_at: datetime.datetime | None
    flags: Flags


class Fetcher:
    """One call of ``MailStore.fetch``."""

    def __init__(
        self,
        fetch_items: FetchItems,
        state: FolderState,
        max_size: int,
        head_size: int,
        batch_bytes: int,
    ) -> None:
        self._fetch_items = fetch_items
        self._state = state
        self._max_size = max_size
        self._head_size = head_size
        self._batch_bytes = batch_bytes

    def fetch(self, numbers: list[int]) -> Iterator[RawMail]:
        """``numbers`` are ascending UIDs."""
        for sequence, members in uids.to_sets(numbers, max_count=META_COUNT):
            metas = self._metas(sequence, members)
            for group in self._groups(metas):
                if group[0].size > self._max_size:
                    yield from self._head(group[0])
                else:
                    yield from self._bodies(group)

    def _metas(self, sequence: str, members: list[int]) -> list[_Meta]:
        found = []
        answer = self._ask(sequence, members, META_ITEMS)
        for uid in members:
            items = answer.get(uid, {})
            size = items.get(b"RFC822.SIZE")
            if not isinstance(size, int):
                continue  # vanished, or news of a message that nobody asked for
            received_at = items.get(b"INTERNALDATE")
            if not isinstance(received_at, datetime.datetime):
                received_at = None
            found.append(_Meta(uid, size, received_at, read_flags(items)))
        return found

    def _groups(self, metas: list[_Meta]) -> Iterator[list[_Meta]]:
        group: list[_Meta] = []
        total = 0
        for meta in metas:
            alone = meta.size > self._max_size
            full = total + meta.size > self._batch_bytes or len(group) >= BODY_COUNT
            if group and (alone or full):
                yield group
                group, total = [], 0
            if alone:
                yield [meta]
            else:
                group.append(meta)
                total += meta.size
        if group:
            yield group

    def _bodies(self, group: list[_Meta]) -> Iterator[RawMail]:
        for sequence, members in uids.to_sets(meta.uid for meta in group):
            wanted = set(members)
            answer = self._ask(sequence, members, "(UID BODY.PEEK[])")
            for meta in group:
                if meta.uid not in wanted:
                    continue
                # Popped, so that a message can go as soon as the caller is done with it.
                source = answer.pop(meta.uid, {}).pop(b"BODY[]", None)
                if isinstance(source, int):
                    source = str(source).encode()  # a body of digits, quoted
                if isinstance(source, bytes):
                    yield self._mail(meta, source)
                    del source

    def _head(self, meta: _Meta) -> Iterator[RawMail]:
        items = f"(UID BODY.PEEK[HEADER]<0.{HEADER_LIMIT}> BODY.PEEK[TEXT]<0.{self._head_size}>)"
        answer = self._ask(str(meta.uid), [meta.uid], items).get(meta.uid, {})
        header = answer.get(b"BODY[HEADER]<0>", answer.get(b"BODY[HEADER]"))
        text = answer.get(b"BODY[TEXT]<0>", answer.get(b"BODY[TEXT]"))
        if not isinstance(header, bytes):
            return
        if len(header) >= HEADER_LIMIT or not isinstance(text, bytes):
            text = b""
        yield self._mail(meta, header + text[: self._head_size], truncated=True)

    def _mail(self, meta: _Meta, source: bytes, truncated: bool = False) -> RawMail:
        return RawMail(
            source=source,
            uid=str(meta.uid),
            uidvalidity=self._state.uidvalidity,
            folder=self._state.folder,
            size=meta.size,
            truncated=truncated,
            received_at=meta.received_at,
            seen=meta.flags.seen,
            flagged=meta.flags.flagged,
            answered=meta.flags.answered,
        )

    def _ask(self, sequence: str, members: list[int], items: str) -> Items:
        """UID FETCH, as {UID: {item: value}}.

        Where the server refuses the whole for the sake of one message, the messages are asked
        for one by one and those that it refuses are left out, so that none blocks the others.
        """
        try:
            return self._fetch_items(sequence, items)
        except MessageGone as error:
            if len(members) == 1:
                _logger.info("message %s in %s left out: %s", members, self._state.folder, error)
                return {}
        answer: Items = {}
        for uid in members:
            answer.update(self._ask(str(uid), [uid], items))
        return answer


def read_flags(items: dict[bytes, Any]) -> Flags:
    """The flags in the answer about one message."""
    names = {bytes(flag).lower() for flag in items.get(FLAGS) or () if isinstance(flag, bytes)}
    return Flags(b"\\seen" in names, b"\\flagged" in names, b"\\answered" in names)


def parse_items(data: list[Any]) -> Items:
    """What imaplib read of FETCH responses. Raises ProtocolError, or ValueError for worse."""
    return dict(parse_fetch_response(data, normalise_times=False, uid_is_key=True))
