# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The one door to a mailbox on a server, whatever protocol it speaks."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Protocol

from . import sasl
from .errors import CredentialsRefused, Peer
from .imap import ImapStore
from .pop3 import Pop3Store
from .raw import RawMail
from .records import ConnectionReport, Flags, FolderInfo, FolderState
from .settings import AccountSettings, with_token

HEAD_SIZE = 64 * 1024  # octets
BATCH_BYTES = 8 * 1024 * 1024  # octets


class MailStore(Protocol):
    """An open, signed-in connection to a mailbox; use it as a context manager.

    Leaving the context normally is ``close()``; leaving it by an exception is ``abort()``. Every
    method raises ``TransportError`` and nothing else for what goes wrong outside this process.
    A store is not to be shared by threads.
    """

    protocol: str

    def select(self, folder: str = "INBOX") -> FolderState:
        """Open ``folder`` for the methods below. POP3 has only "INBOX", whatever is asked.

        Raises FolderGone where there is none.
        """

    def mark(self, folder: str = "INBOX", *, unread: bool = False, flags: bool = False) -> str:
        """A word that is another one once the folder holds something new; "" if unknown.

        One question to the server; the folder need not be selected. With ``unread``, messages
        that are unread again count as new; with ``flags``, every change of a flag does, as far as
        the server counts them.
        """

    def modseq(self, folder: str = "INBOX") -> int:
        """The number of the last change in a folder that is not selected (HIGHESTMODSEQ, RFC 7162);
        0 where the server does not count changes.
        """

    def folders(self) -> list[FolderInfo]:
        """All folders, names decoded from modified UTF-7 (RFC 3501, 5.1.3)."""

    def list_uids(
        self,
        *,
        after: int | None = None,
        upto: int | None = None,
        since: datetime.date | None = None,
        unread_only: bool = False,
    ) -> list[str]:
        r"""UIDs in the selected folder, ascending.

        ``after``: only UIDs greater than this; ``upto``: none greater than this. ``since``:
        received on that day or later, by the server's INTERNALDATE and without regard to time zone
        (RFC 3501, 6.4.4). ``unread_only``: without \Seen. POP3 knows none of these and lists all:
        the caller filters.
        """

    def all_uids(self) -> list[str]:
        """All UIDs in the selected folder, ascending."""

    def fetch(
        self,
        uids: Iterable[str],
        *,
        max_size: int,
        head_size: int = HEAD_SIZE,
        batch_bytes: int = BATCH_BYTES,
    ) -> Iterator[RawMail]:
        r"""Messages in ascending order, as they come; sets no \Seen.

        A message of more than ``max_size`` octets is given as ``truncated``: its header and the
        first ``head_size`` octets of its body. At most ``batch_bytes`` octets (or one message)
        are asked for at a time. UIDs that are no longer there are left out.
        """

    def acknowledge(self, uids: Iterable[str], *, seen: bool = False, delete: bool = False) -> None:
        r"""Tell the server that these messages are safe with us.

        ``seen`` sets \Seen (IMAP only); ``delete`` deletes (POP3 only, and only once ``close()``
        succeeds). On IMAP mail always stays in the mailbox.
        """

    def set_flag(self, uids: Iterable[str], flag: str, on: bool) -> None:
        """Set or remove a flag of messages in the selected folder: "seen", "flagged", "answered".

        UIDs that are no longer there are left out. Raises ConfigurationWrong ("no_permission")
        where the folder cannot be written to. POP3 has no flags and does nothing.
        """

    def flags(self, uids: Iterable[str]) -> dict[str, Flags]:
        """The flags of those of these messages that are there. POP3: an empty dict."""

    def changed_since(self, modseq: int) -> list[str]:
        """UIDs of the selected folder with a flag that changed after ``modseq`` was this,
        and of what is new since then, ascending.

        Only for servers that count changes (CONDSTORE, RFC 7162), where ``modseq`` is not 0.
        """

    def with_flag(self, flag: str) -> list[str]:
        """UIDs of the selected folder with this flag, ascending; "seen" gives those *without* it,
        which are fewer. POP3: none.
        """

    def move(self, uids: Iterable[str], folder: str) -> None:
        """Move messages of the selected folder to another one, which is made where it is missing.

        UIDs that are no longer there are left out. Nothing is removed here before it is there: what
        fails halfway may stand in both. Raises ConfigurationWrong where it cannot work: POP3 has no
        folders ("no_folders"), the server cannot do it ("no_move"), the folder cannot be made
        ("no_new_folder") or written to ("no_permission").
        """

    def noop(self) -> None:
        """Keep the connection alive."""

    def wait_for_change(self, timeout: float, poll_seconds: float = 60.0) -> bool:
        """Wait for new mail in the selected folder by IDLE (RFC 2177).

        ``timeout`` is in seconds and should stay below 29 minutes, after which servers hang up.
        A server without IDLE is asked by NOOP every ``poll_seconds``. Returns True once the
        folder has a new message, False when there was none in that time. Raises TryAgain when
        the connection ends, ConfigurationWrong ("no_idle") on POP3, where a session never sees
        new mail.
        """

    def test(self, folder: str = "INBOX") -> ConnectionReport:
        """The facts for *Test connection*; a missing folder is a fact as well."""

    def close(self) -> None:
        """Say goodbye, which commits deletions on POP3, unless something failed before."""

    def abort(self) -> None:
        """Cut the connection without a word: on POP3 nothing gets deleted."""

    def __enter__(self) -> MailStore: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_store(settings: AccountSettings) -> MailStore:
    """Connect and sign in; a token that the server refuses is renewed once.

    Raises TryAgain, CredentialsRefused or ConfigurationWrong; each names host, port and what to
    do, and none holds the secret.
    """
    ready = with_token(settings)
    try:
        return _open(ready)
    except CredentialsRefused as error:
        if settings.bearer is None or error.reason != "token_refused":
            raise
        # whatever its date says: whether a token is good is for the server to say
        renewed = with_token(settings, ready.secret)
        if renewed.secret == ready.secret:
            raise
    return _open(renewed)


def _open(settings: AccountSettings) -> MailStore:
    stores: dict[str, Callable[[AccountSettings, Peer], MailStore]] = {
        "imap": ImapStore,
        "pop3": Pop3Store,
    }
    peer = Peer(settings.host, settings.port, settings.protocol, sasl.secrets_of(settings))
    for name, allowed in (
        ("protocol", tuple(stores)),
        ("encryption", ("none", "starttls", "ssl")),
        ("auth_method", ("password", "oauth2")),
    ):
        value = getattr(settings, name)
        if value not in allowed:
            raise peer.error("settings", f"{name} is {value!r}, not one of {', '.join(allowed)}")
    if not settings.host or not 0 < settings.port < 65536:
        raise peer.error("settings", "the server's name or port is missing")
    if settings.timeout <= 0:
        raise peer.error("settings", "the time-out must be more than zero")
    if any(ord(c) < 32 or ord(c) == 127 for c in settings.username + settings.secret):
        raise peer.error("settings", "user name or password has a control character or line break")
    return stores[settings.protocol](settings, peer)
