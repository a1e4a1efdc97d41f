# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""IMAPClient on our own connection.

IMAPClient drives the standard library's ``imaplib``; here that reads and writes through a
``Channel``, which knows the time-outs, TLS and the errors. Literals are read in one piece, without
a copy, and bounded.
"""

from __future__ import annotations

import imaplib
import re
import time
from typing import Any

import imapclient
from imapclient.exceptions import ProtocolError

from .channel import Channel

__all__ = [
    "Client",
    "ImapWire",
    "ProtocolError",
    "folder_name",
    "response_code",
    "response_text",
]

LINE_LIMIT = 64 * 1024 * 1024  # octets; a SEARCH for a million UIDs answers in one line
LITERAL_LIMIT = 512 * 1024 * 1024  # octets; more is no mail that we asked for

_RESPONSE_CODE = re.compile(r"^\[([A-Z0-9-]+)[ \]]")


def response_code(data: Any) -> str:
    """The response code (RFC 5530) of a NO, like "NONEXISTENT", or ""."""
    match = _RESPONSE_CODE.match(response_text(data))
    return match[1] if match else ""


def response_text(data: Any) -> str:
    """The human-readable text of a tagged response as imaplib gives it."""
    first = data[-1] if isinstance(data, (list, tuple)) and data else data
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first or "")


def folder_name(name: bytes | str) -> str:
    """A name from LIST as a person reads it; as it is where it is no modified UTF-7."""
    try:
        return str(imapclient.imap_utf7.decode(name))
    except ValueError:
        return name.decode("utf-8", "replace") if isinstance(name, bytes) else name


class ImapWire(imaplib.IMAP4):
    """``imaplib.IMAP4`` on a ``Channel`` that is already connected."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        super().__init__(channel.peer.host, channel.peer.port)

    @property
    def debug(self) -> int:
        """Always 0: nothing of a session, login least of all, is written to a log."""
        return 0

    @debug.setter
    def debug(self, level: int) -> None:
        pass

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        self.host = host
        self.port = port
        self.sock = self.channel.sock

    def read(self, size: int) -> bytes:
        if size > LITERAL_LIMIT:
            raise self.abort(f"a literal of {size} octets")
        return self.channel.read(size)

    def readline(self) -> bytes:
        line = self.channel.readline(LINE_LIMIT)
        if not line.endswith(b"\n"):
            raise self.abort("a line without an end")
        if line.endswith((b" OK\r\n", b" NO\r\n", b" BAD\r\n")) and line.count(b" ") == 1:
            line = line[:-2] + b" \r\n"  # servers forget the text that imaplib expects
        return line

    def send(self, data: Any) -> None:
        self.channel.send(data)

    def shutdown(self) -> None:
        self.channel.close()

    def upgrade(self) -> None:
        """STARTTLS (RFC 9051, 6.2.1); what the server said before counts for nothing after."""
        status, data = self._simple_command("STARTTLS")
        if status != "OK":
            raise self.channel.peer.error("starttls_missing", response_text(data))
        self.channel.start_tls()
        self.sock = self.channel.sock
        self.untagged_responses.clear()
        self._tls_established = True

    def wait_for_news(self, timeout: float, poll_seconds: float, *, idle: bool) -> bool:
        """Until a message arrives, for ``timeout`` seconds at most; by IDLE (RFC 2177) or NOOP.

        Raises imaplib's errors and TryAgain.
        """
        self.untagged_responses.pop("EXISTS", None)
        deadline = time.monotonic() + timeout
        if idle:
            self._idle(deadline)
        while not idle and "EXISTS" not in self.untagged_responses:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self.channel.wait(min(left, poll_seconds))
            self.noop()
        return "EXISTS" in self.untagged_responses

    def _idle(self, deadline: float) -> None:
        tag = self._command("IDLE")
        while self._get_response() is not None:
            if self.tagged_commands[tag]:
                _status, data = self._command_complete("IDLE", tag)
                raise self.error(f"IDLE failed: {response_text(data)}")
        while not {"EXISTS", "BYE"} & self.untagged_responses.keys():
            if not self.channel.wait(deadline - time.monotonic()):
                break
            self._get_response()
        self.send(b"DONE\r\n")
        status, data = self._command_complete("IDLE", tag)
        if status != "OK":
            raise self.error(f"IDLE failed: {response_text(data)}")

    def speak_utf8(self) -> None:
        """Send what follows in UTF-8; only for a LOGIN that ASCII cannot carry."""
        self._encoding = "utf-8"


class Client(imapclient.IMAPClient):  # type: ignore[misc]
    """``IMAPClient`` on an ``ImapWire``."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.wire: ImapWire
        super().__init__(
            channel.peer.host, channel.peer.port, ssl=False, timeout=channel.sock.gettimeout()
        )
        self.normalise_times = False

    def _create_IMAP4(self) -> ImapWire:  # noqa: N802 (IMAPClient's name)
        self.wire = ImapWire(self._channel)
        return self.wire

    def starttls(self, ssl_context: Any = None) -> None:
        self.wire.upgrade()
        self._starttls_done = True
        self._cached_capabilities = None
