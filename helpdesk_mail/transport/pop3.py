# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mailbox over POP3 (RFC 1939, RFC 2449), which has one folder, no flags and no dates.

The unique-id (UIDL) is a message's name. A server without UIDL is served by the SHA-256 of each
message's header (TOP), one command for each message and session. Where a server gives several
messages the same unique-id, only the first of them is seen until that one is gone.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import logging
import poplib
import re
import time
from collections.abc import Iterable, Iterator
from types import TracebackType

from . import pop3_login
from .errors import MessageGone, Peer, TransportError
from .raw import RawMail
from .records import ConnectionReport, Flags, FolderInfo, FolderState
from .settings import AccountSettings

_logger = logging.getLogger(__name__)

FOLDER = "INBOX"
GOODBYE_TIMEOUT = 30.0  # seconds; QUIT is where a server really deletes
LINE_LENGTH = 40  # octets; a low guess, so that TOP gives head_size octets or more
HEADER_ONLY = 1024 * 1024  # octets


class Pop3Store:
    """``MailStore`` over POP3; see there for what the methods promise."""

    protocol = "pop3"

    def __init__(self, settings: AccountSettings, peer: Peer) -> None:
        self._started = time.monotonic()
        self._settings = settings
        self._peer = peer
        self._wire, self._capabilities = pop3_login.connect(settings, peer)
        self._listing: dict[str, int] | None = None

    def __enter__(self) -> Pop3Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abort()

    def select(self, folder: str = FOLDER) -> FolderState:
        with self._talking():
            messages, _size = self._wire.stat()
        return FolderState(folder=FOLDER, uidvalidity="", uidnext=None, messages=messages)

    def mark(self, folder: str = FOLDER, *, unread: bool = False, flags: bool = False) -> str:
        with self._talking():
            messages, size = self._wire.stat()
        return f"{messages}:{size}"

    def modseq(self, folder: str = FOLDER) -> int:
        return 0

    def folders(self) -> list[FolderInfo]:
        return [FolderInfo(FOLDER)]

    def list_uids(
        self,
        *,
        after: int | None = None,
        upto: int | None = None,
        since: datetime.date | None = None,
        unread_only: bool = False,
    ) -> list[str]:
        return list(self._numbers())

    def all_uids(self) -> list[str]:
        return self.list_uids()

    def _numbers(self) -> dict[str, int]:
        """Unique-id -> message number, which holds for this session."""
        if self._listing is None:
            with self._talking():
                try:
                    lines = self._wire.uidl()[1]
                except poplib.error_proto as error:
                    _logger.info("%s has no UIDL: %s", self._settings.host, error)
                    self._listing = self._header_hashes()
                    return self._listing
                listing: dict[str, int] = {}
                for line in lines:
                    number, uid = line.split(None, 1)
                    name = uid.strip().decode("ascii", "backslashreplace")
                    if listing.setdefault(name, int(number)) != int(number):
                        _logger.warning(
                            "%s names two messages alike; the later one waits",
                            self._settings.host,
                        )
                self._listing = listing
        return self._listing

    def _header_hashes(self) -> dict[str, int]:
        listing: dict[str, int] = {}
        for number in range(1, self._wire.stat()[0] + 1):
            try:
                header, _cut = self._wire.message(
                    f"TOP {number} 0", max_size=HEADER_ONLY, head_size=0
                )
            except poplib.error_proto as error:
                raise self._peer.error("no_uidl", _words(error), error) from error
            listing.setdefault("top-" + hashlib.sha256(header).hexdigest()[:40], number)
        return listing

    def _sizes(self) -> dict[int, int]:
        with self._talking():
            pairs = (line.split()[:2] for line in self._wire.list()[1])
            return {int(number): int(size) for number, size in pairs}

    def fetch(
        self,
        uids: Iterable[str],
        *,
        max_size: int,
        head_size: int = 64 * 1024,
        batch_bytes: int = 8 * 1024 * 1024,
    ) -> Iterator[RawMail]:
        numbers = self._numbers()
        wanted = sorted({(numbers[uid], uid) for uid in uids if uid in numbers})
        sizes = self._sizes() if wanted else {}
        for number, uid in wanted:
            with contextlib.suppress(MessageGone):
                size = sizes.get(number, 0)
                source, truncated = self._retrieve(number, size, max_size, head_size)
                yield RawMail(
                    source=source,
                    uid=uid,
                    folder=FOLDER,
                    size=size or len(source),
                    truncated=truncated,
                )
                del source

    def _retrieve(
        self, number: int, size: int, max_size: int, head_size: int
    ) -> tuple[bytes, bool]:
        with self._talking():
            if size > max_size:
                with contextlib.suppress(poplib.error_proto):  # no TOP: RETR, and keep the head
                    source, _cut = self._wire.message(
                        f"TOP {number} {head_size // LINE_LENGTH + 1}",
                        max_size=-1,
                        head_size=head_size,
                    )
                    return source, True
            try:
                return self._wire.message(f"RETR {number}", max_size=max_size, head_size=head_size)
            except poplib.error_proto as error:
                raise self._peer.error("message_gone", _words(error), error) from error

    def acknowledge(self, uids: Iterable[str], *, seen: bool = False, delete: bool = False) -> None:
        if not delete:
            return
        numbers = self._numbers()
        for uid in uids:
            # Taken out of the listing, since a second DELE of one message is an error.
            number = numbers.pop(uid, None)
            if number is not None:
                with self._talking():
                    self._wire.dele(number)

    def set_flag(self, uids: Iterable[str], flag: str, on: bool) -> None:
        pass

    def flags(self, uids: Iterable[str]) -> dict[str, Flags]:
        return {}

    def changed_since(self, modseq: int) -> list[str]:
        return []

    def with_flag(self, flag: str) -> list[str]:
        return []

    def move(self, uids: Iterable[str], folder: str) -> None:
        raise self._peer.error("no_folders")

    def noop(self) -> None:
        with self._talking():
            self._wire.noop()

    def wait_for_change(self, timeout: float, poll_seconds: float = 60.0) -> bool:
        raise self._peer.error("no_idle")

    def test(self, folder: str = FOLDER) -> ConnectionReport:
        messages = self.select().messages
        greeting = self._wire.getwelcome().decode("utf-8", "replace")
        server = re.sub(r"^\+OK ?|<[^>]*>$", "", greeting).strip()
        return ConnectionReport(
            host=self._settings.host,
            port=self._settings.port,
            protocol=self.protocol,
            encryption=self._wire.channel.encryption,
            server=" ".join(self._capabilities.get("IMPLEMENTATION", ())) or server,
            capabilities=tuple(" ".join((n, *v)) for n, v in self._capabilities.items()),
            folder=FOLDER,
            folder_exists=True,
            messages=messages,
            duration_ms=round((time.monotonic() - self._started) * 1000),
        )

    def close(self) -> None:
        channel = self._wire.channel
        if channel.broken:
            return
        try:
            channel.sock.settimeout(max(self._settings.timeout, GOODBYE_TIMEOUT))
            self._wire.quit()
        except (TransportError, poplib.error_proto, OSError) as error:
            # What was not deleted is listed again the next time.
            _logger.warning("no orderly goodbye from %s: %s", self._settings.host, error)
        finally:
            channel.close()

    def abort(self) -> None:
        self._wire.channel.close()

    @contextlib.contextmanager
    def _talking(self) -> Iterator[None]:
        """Turn what poplib raises into our errors. A garbled answer ends the connection."""
        channel = self._wire.channel
        if channel.broken:
            raise self._peer.error("connection_closed")
        try:
            yield
        except TransportError:
            raise
        except poplib.error_proto as error:
            words = _words(error)
            if not words.startswith("-ERR"):
                channel.close()
            reason = "server_refused" if words.startswith("-ERR") else "protocol"
            raise self._peer.error(reason, words, error) from error
        except (ValueError, LookupError) as error:
            channel.close()
            raise self._peer.error("protocol", cause=error) from error


def _words(error: poplib.error_proto) -> str:
    return pop3_login.error_text(error)
