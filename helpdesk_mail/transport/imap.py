# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mailbox over IMAP4rev1 or rev2 (RFC 3501, RFC 9051)."""

from __future__ import annotations

import contextlib
import datetime
import imaplib
import logging
import re
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any

from . import imap_flags, imap_login, uids
from .errors import FolderGone, Peer, TransportError
from .imap_fetch import Fetcher, Items, parse_items
from .imap_move import Mover
from .imap_wire import ProtocolError, folder_name, response_code, response_text
from .raw import RawMail
from .records import ConnectionReport, Flags, FolderInfo, FolderState
from .settings import AccountSettings
from .uids import to_sets

_logger = logging.getLogger(__name__)

UID_LIMIT = 10_000_000  # more in one answer is no mailbox but a mistake
GOODBYE_TIMEOUT = 5.0  # seconds
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

# RFC 6154, and RFC 8457 for \Important.
SPECIAL_USES = ("all", "archive", "drafts", "flagged", "important", "junk", "sent", "trash")

_NO_REASONS = {
    "NONEXISTENT": "folder",
    "TRYCREATE": "folder",
    "NOPERM": "no_permission",
    "READ-ONLY": "no_permission",
    "CANNOT": "no_permission",
    "OVERQUOTA": "mailbox_full",
    "AUTHENTICATIONFAILED": "credentials",
    "AUTHORIZATIONFAILED": "no_permission",
    "EXPIRED": "credentials",
    "EXPUNGEISSUED": "message_gone",
    "UNAVAILABLE": "server_busy",
    "LIMIT": "server_busy",
    "SERVERBUG": "server_busy",
    "INUSE": "in_use",
}


class ImapStore:
    """``MailStore`` over IMAP; see there for what the methods promise."""

    protocol = "imap"

    def __init__(self, settings: AccountSettings, peer: Peer) -> None:
        self._started = time.monotonic()
        self._settings = settings
        self._peer = peer
        self._client = imap_login.connect(settings, peer)
        self._wire = self._client.wire
        self._state: FolderState | None = None

    def __enter__(self) -> ImapStore:
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

    def select(self, folder: str = "INBOX") -> FolderState:
        self._state = None
        with self._talking():
            try:
                answer = self._client.select_folder(folder)
            except imaplib.IMAP4.readonly:
                answer = self._client.select_folder(folder, readonly=True)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise self._not_selected(folder, error) from error
        uidvalidity = answer.get(b"UIDVALIDITY")
        uidnext = answer.get(b"UIDNEXT")
        self._state = FolderState(
            folder=folder,
            uidvalidity="" if uidvalidity is None else str(uidvalidity),
            uidnext=None if uidnext is None else int(uidnext),
            messages=int(answer.get(b"EXISTS", 0)),
            writable=not self._wire.is_readonly,
        )
        return self._state

    def _not_selected(self, folder: str, error: Exception) -> TransportError:
        """Why SELECT failed. Many servers say a mere NO, so ask whether the folder exists."""
        text = str(error).removeprefix("select failed: ")
        reason = _NO_REASONS.get(response_code(text))
        if reason in (None, "folder"):
            if reason is None and any(f.name == folder and f.selectable for f in self.folders()):
                reason = "server_busy"
            else:
                return self._peer.error("folder", f"{folder}: {text}", error)
        return self._peer.error(reason, text, error)

    def mark(self, folder: str = "INBOX", *, unread: bool = False, flags: bool = False) -> str:
        kinds = {"unread": unread, "flags": flags, "counted": self._counts_changes()}
        with self._talking():
            answer = self._client.folder_status(folder, imap_flags.status_items(**kinds))
        return imap_flags.mark(answer, **kinds)

    def _counts_changes(self) -> bool:
        return bool(self._client.has_capability("CONDSTORE"))

    def modseq(self, folder: str = "INBOX") -> int:
        if not self._counts_changes():
            return 0
        with self._talking():
            # SELECT tells it only after an ENABLE, which changes every answer that follows
            answer = self._client.folder_status(folder, ["HIGHESTMODSEQ"])
        return int(answer.get(b"HIGHESTMODSEQ") or 0)

    def folders(self) -> list[FolderInfo]:
        with self._talking():
            # Decoded here, since one name that is no modified UTF-7 must not hide the others.
            self._client.folder_encode = False
            try:
                rows = self._client.list_folders("", "*")
            finally:
                self._client.folder_encode = True
        found = []
        for flags, _delimiter, name in rows:
            marks = [bytes(flag).lower().removeprefix(b"\\").decode() for flag in flags]
            found.append(
                FolderInfo(
                    name=folder_name(name),
                    special_use=next((mark for mark in marks if mark in SPECIAL_USES), ""),
                    selectable=not {"noselect", "nonexistent"} & set(marks),
                )
            )
        return found

    def list_uids(
        self,
        *,
        after: int | None = None,
        upto: int | None = None,
        since: datetime.date | None = None,
        unread_only: bool = False,
    ) -> list[str]:
        criteria = []
        if after or upto:
            criteria.append(f"UID {(after or 0) + 1}:{upto or '*'}")
        if since:
            criteria.append(f"SINCE {since.day}-{MONTHS[since.month - 1]}-{since.year:04}")
        if unread_only:
            criteria.append("UNSEEN")
        found = self._search(" ".join(criteria) or "ALL")
        # "n:*" also names the last message where its UID is below n (RFC 3501, section 9).
        return [str(uid) for uid in found if uid > (after or 0) and not (upto and uid > upto)]

    def all_uids(self) -> list[str]:
        return self.list_uids()

    def holds(self, message_id: str) -> bool:
        """Whether the selected folder has a message with this Message-ID (no angle brackets)."""
        words = re.sub(r'[^\x21-\x7e]|["\\\\]', "", message_id)
        return bool(words) and bool(self._search(f'HEADER Message-ID "{words}"'))

    def _search(self, criteria: str) -> list[int]:
        """UIDs, ascending. With ESEARCH (RFC 4731) 100,000 of them take a few octets."""
        self._need_folder()
        with self._talking():
            arguments = [criteria]
            if self._client.has_capability("ESEARCH") or self._client.has_capability("IMAP4REV2"):
                arguments = ["RETURN (ALL)", criteria]
            status, data = self._wire.uid("SEARCH", *arguments)
            self._check(status, data)
            found: set[int] = set()
            for line in data:
                # After a MODSEQ come no UIDs (RFC 7162).
                found.update(int(word) for word in (line or b"").split(b"(")[0].split())
            for line in self._wire.response("ESEARCH")[1]:
                words = (line or b"").decode("ascii").split()
                if "ALL" in words:
                    text = words[words.index("ALL") + 1]
                    found.update(uids.from_set(text, limit=UID_LIMIT))
        return sorted(found)

    def fetch(
        self,
        uids: Iterable[str],
        *,
        max_size: int,
        head_size: int = 64 * 1024,
        batch_bytes: int = 8 * 1024 * 1024,
    ) -> Iterator[RawMail]:
        fetcher = Fetcher(self._fetch_items, self._need_folder(), max_size, head_size, batch_bytes)
        return fetcher.fetch(sorted({int(uid) for uid in uids}))

    def _fetch_items(self, sequence: str, items: str) -> Items:
        """The answer to one UID FETCH; raises MessageGone for a NO."""
        with self._talking():
            status, data = self._wire.uid("FETCH", sequence, items)
            if status != "OK":
                partial = self._wire.response("FETCH")[1]
                if status != "NO" or partial == [None]:
                    reason = _NO_REASONS.get(response_code(data), "message_gone")
                    raise self._peer.error(reason, response_text(data))
                # EXPUNGEISSUED (RFC 5530) and the like: the rest was given all the same.
                data = partial
            return parse_items(data)

    def acknowledge(self, uids: Iterable[str], *, seen: bool = False, delete: bool = False) -> None:
        if seen:
            self.set_flag(uids, "seen", True)

    def set_flag(self, uids: Iterable[str], flag: str, on: bool) -> None:
        self._need_folder()
        for sequence, _members in to_sets(sorted({int(uid) for uid in uids})):
            with self._talking():
                what = "+FLAGS.SILENT" if on else "-FLAGS.SILENT"
                status, data = self._wire.uid("STORE", sequence, what, imap_flags.NAMES[flag])
                if status == "NO" and response_code(data) == "EXPUNGEISSUED":
                    continue
                self._check(status, data)

    def flags(self, uids: Iterable[str]) -> dict[str, Flags]:
        self._need_folder()
        return imap_flags.fetch(self._fetch_items, sorted({int(uid) for uid in uids}))

    def changed_since(self, modseq: int) -> list[str]:
        return [str(uid) for uid in self._search(f"MODSEQ {modseq + 1}")]

    def with_flag(self, flag: str) -> list[str]:
        return [str(uid) for uid in self._search(imap_flags.KEYS[flag])]

    def move(self, uids: Iterable[str], folder: str) -> None:
        self._need_folder()
        numbers = sorted({int(uid) for uid in uids})
        with self._talking():
            mover = Mover(self._client, self._peer, self._check)
        for sequence, _members in to_sets(numbers):
            with self._talking():
                mover.move(sequence, folder)

    def append(
        self,
        folder: str,
        source: bytes,
        *,
        seen: bool = True,
        received_at: datetime.datetime | None = None,
    ) -> None:
        """File a message in ``folder`` (RFC 3501, 6.3.11), such as a copy in Sent."""
        with self._talking():
            self._client.append(folder, source, (r"\Seen",) if seen else (), received_at)

    def noop(self) -> None:
        with self._talking():
            status, data = self._wire.noop()
            self._check(status, data)

    def wait_for_change(self, timeout: float, poll_seconds: float = 60.0) -> bool:
        self._need_folder()
        idle = bool(self._client.has_capability("IDLE"))
        with self._talking():
            return self._wire.wait_for_news(timeout, poll_seconds, idle=idle)

    def test(self, folder: str = "INBOX") -> ConnectionReport:
        greeting = response_text(self._wire.welcome).removeprefix("* OK").strip()
        server = self._server_id() or greeting.rpartition("]")[2].strip()
        messages = None
        with contextlib.suppress(FolderGone):
            messages = self.select(folder).messages
        return ConnectionReport(
            host=self._settings.host,
            port=self._settings.port,
            protocol=self.protocol,
            encryption=self._wire.channel.encryption,
            server=server,
            capabilities=tuple(
                bytes(name).decode("ascii", "replace") for name in self._client.capabilities()
            ),
            folder=folder,
            folder_exists=messages is not None,
            messages=messages,
            duration_ms=round((time.monotonic() - self._started) * 1000),
        )

    def _server_id(self) -> str:
        """Name and version by ID (RFC 2971), or ""."""
        if not self._client.has_capability("ID"):
            return ""
        with self._talking():
            try:
                answer = self._client.id_({"name": "helpdesk_mail"})
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error:
                return ""
        fields = answer[0] if answer and isinstance(answer[0], tuple) else ()
        pairs = {
            bytes(key).lower(): value
            for key, value in zip(fields[::2], fields[1::2], strict=False)
            if isinstance(key, bytes)
        }
        words = (pairs.get(key) for key in (b"name", b"version"))
        return " ".join(w.decode("utf-8", "replace") for w in words if isinstance(w, bytes))

    def close(self) -> None:
        channel = self._wire.channel
        if channel.broken:
            return
        try:
            channel.sock.settimeout(min(self._settings.timeout, GOODBYE_TIMEOUT))
            self._wire.logout()
        except (TransportError, imaplib.IMAP4.error, OSError, ValueError) as error:
            _logger.debug("no orderly goodbye from %s: %s", self._settings.host, error)
        finally:
            channel.close()

    def abort(self) -> None:
        self._wire.channel.close()

    def _need_folder(self) -> FolderState:
        if self._state is None:
            raise ValueError("select a folder first")
        return self._state

    def _check(self, status: str, data: Any) -> None:
        """Raise for a tagged NO or BAD."""
        if status != "OK":
            reason = _NO_REASONS.get(response_code(data), "server_refused")
            raise self._peer.error(reason, response_text(data))

    @contextlib.contextmanager
    def _talking(self) -> Iterator[None]:
        """Turn what imaplib and IMAPClient raise into our errors."""
        channel = self._wire.channel
        if channel.broken:
            raise self._peer.error("connection_closed")
        try:
            yield
        except TransportError:
            raise
        except imaplib.IMAP4.abort as error:
            # A BYE, or an answer that is none: nothing more can be read from here.
            bye = "BYE" in self._wire.untagged_responses
            channel.close()
            reason = "connection_closed" if bye else "protocol"
            raise self._peer.error(reason, error, error) from error
        except ProtocolError as error:
            channel.close()
            raise self._peer.error("protocol", cause=error) from error
        except imaplib.IMAP4.error as error:
            text = str(error).partition("failed: ")[2] or str(error)
            reason = _NO_REASONS.get(response_code(text), "server_refused")
            raise self._peer.error(reason, text, error) from error
        except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
            channel.close()
            raise self._peer.error("protocol", cause=error) from error
