# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One TCP connection, with TLS or without, on which IMAP and POP3 talk.

It is the one place that meets sockets, so that what fails there becomes a ``TransportError``
before a protocol library sees it. Every connect, read and write has the account's time-out.
"""

from __future__ import annotations

import contextlib
import functools
import io
import selectors
import socket
import ssl
import time

from .errors import Peer, TransportError
from .networks import addresses
from .settings import AccountSettings

READ_BUFFER = 64 * 1024  # octets
_CONTEXT_SECONDS = 3600


def make_context(settings: AccountSettings, peer: Peer) -> ssl.SSLContext:
    """TLS as the account asks: verified unless switched off.

    With ``ca_file`` or ``ca_data``, only what those sign is trusted. Raises ConfigurationWrong
    ("ca_file").
    """
    try:
        return _context(
            settings.ca_file or "",
            settings.ca_data or "",
            settings.verify_certificate,
            int(time.monotonic() // _CONTEXT_SECONDS),
        )
    except (OSError, ValueError) as error:
        raise peer.error("ca_file", settings.ca_file, error) from error


@functools.lru_cache(maxsize=16)
def _context(ca_file: str, ca_data: str, verify: bool, _turn: int) -> ssl.SSLContext:
    """Shared: one that knows the system's authorities takes a megabyte, and time to read them.

    Read again each hour (*_turn*), since authorities change while a process runs for months.
    """
    context = ssl.create_default_context(cafile=ca_file or None, cadata=ca_data or None)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


class Channel:
    """A connection to the server of an account; encrypted from the start with "ssl"."""

    def __init__(self, settings: AccountSettings, peer: Peer) -> None:
        """Connect. Raises TryAgain or ConfigurationWrong."""
        self.peer = peer
        self.broken = False
        self.first_line = b""
        self._host = settings.host
        self._connect_timeout = settings.connect_timeout or settings.timeout
        self._context = None if settings.encryption == "none" else make_context(settings, peer)
        try:
            self.sock = self._connect(settings)
        except (OSError, UnicodeError) as error:
            raise self._failure(error) from error
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._reader = self._make_reader()
        if settings.encryption == "ssl":
            self._wrap()
        self.sock.settimeout(settings.timeout)

    def _connect(self, settings: AccountSettings) -> socket.socket:
        """A socket to the first address of the host that answers.

        The addresses that are checked are those that are connected to: a name that is looked up
        twice may mean another host the second time (DNS rebinding).
        """
        failure: OSError | None = None
        found = addresses(settings.host, settings.port)
        if settings.networks is not None:
            if not all(settings.networks.allows(address[0]) for _family, address in found):
                raise self.peer.error("private_network")
        for family, address in found:
            sock = socket.socket(family, socket.SOCK_STREAM)
            sock.settimeout(self._connect_timeout)
            try:
                sock.connect(address)
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise failure or OSError("no address")

    def _make_reader(self) -> io.BufferedReader:
        reader = self.sock.makefile("rb", buffering=READ_BUFFER)
        assert isinstance(reader, io.BufferedReader)
        return reader

    def _wrap(self) -> None:
        assert self._context is not None
        try:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self._host)
        except (OSError, ValueError) as error:
            self.close()
            raise self._failure(error, handshake=True) from error
        self._reader = self._make_reader()

    def start_tls(self) -> None:
        """Encrypt, after the server agreed to STARTTLS (RFC 2595) or STLS.

        Whatever arrived before the handshake came in clear text, perhaps from an attacker: it
        ends the connection instead of being read as if it were encrypted (CVE-2011-0411 and
        its kin). Raises ConfigurationWrong.
        """
        timeout = self.sock.gettimeout()
        self.sock.setblocking(False)
        try:
            injected = bool(self._reader.peek(1))
        except OSError as error:
            raise self._failure(error) from error
        self.sock.settimeout(self._connect_timeout)
        if injected:
            self.close()
            raise self.peer.error("starttls_injection")
        self._wrap()
        self.sock.settimeout(timeout)

    @property
    def encryption(self) -> str:
        """What is spoken, like "TLSv1.3 TLS_AES_256_GCM_SHA384", or "none"."""
        if isinstance(self.sock, ssl.SSLSocket):
            cipher = self.sock.cipher()
            return f"{self.sock.version()} {cipher[0] if cipher else ''}".strip()
        return "none"

    def read(self, size: int) -> bytes:
        """Exactly ``size`` octets. Raises TryAgain."""
        try:
            data = self._reader.read(size)
        except (OSError, ValueError) as error:
            raise self._failure(error) from error
        if len(data) < size:
            self.broken = True
            raise self.peer.error("connection_closed")
        return data

    def readline(self, limit: int) -> bytes:
        """Up to and with the next LF, at most ``limit`` octets. Raises TryAgain."""
        try:
            line = self._reader.readline(limit)
        except (OSError, ValueError) as error:
            raise self._failure(error) from error
        if not line:
            self.broken = True
            raise self.peer.error("connection_closed")
        self.first_line = self.first_line or line
        return line

    def wait(self, timeout: float) -> bool:
        """Whether something can be read within ``timeout`` seconds. Raises TryAgain."""
        deadline = time.monotonic() + timeout
        usual = self.sock.gettimeout()
        self.sock.setblocking(False)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self.sock, selectors.EVENT_READ)
                # What is on the line may be TLS's own; only what it decrypts to counts.
                while not self._can_read():
                    if not selector.select(max(deadline - time.monotonic(), 0)):
                        return False
            return True
        except (OSError, ValueError) as error:
            raise self._failure(error) from error
        finally:
            if not self.broken:
                self.sock.settimeout(usual)

    def _can_read(self) -> bool:
        """Whether a read would give something at once, be it the end; the socket must not block."""
        try:
            return bool(self._reader.peek(1)) or self._at_end()
        except ssl.SSLWantReadError:
            return False

    def _at_end(self) -> bool:
        """Whether the other side has hung up, with nothing buffered."""
        if isinstance(self.sock, ssl.SSLSocket):
            return True  # without data it raises; an empty peek is the end
        try:
            return not self.sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False

    def send(self, data: bytes) -> None:
        """All of ``data``. Raises TryAgain."""
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise self._failure(error) from error

    def cut(self) -> None:
        """End all reading and writing, from another thread; ``close`` is still to be called."""
        self.broken = True
        with contextlib.suppress(OSError, ValueError):
            # the bare socket: what waits within TLS has that object for itself
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Cut the connection; safe at any time, says nothing to the server."""
        self.broken = True
        with contextlib.suppress(OSError, ValueError):
            self.sock.shutdown(socket.SHUT_RDWR)
        for resource in (getattr(self, "_reader", None), self.sock):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                resource.close()  # type: ignore[union-attr]

    def _failure(self, error: Exception, handshake: bool = False) -> TransportError:
        """The error to raise for what the socket or the TLS library said."""
        self.broken = True
        if isinstance(error, TimeoutError):
            return self.peer.error("timeout")
        if isinstance(error, ssl.SSLCertVerificationError):
            return self.peer.error("certificate", error.verify_message)
        if isinstance(error, ssl.SSLError) and handshake:
            return self.peer.error("not_tls", error.reason or "")
        if isinstance(error, socket.gaierror):
            again = error.errno == socket.EAI_AGAIN
            return self.peer.error("dns_busy" if again else "unknown_host")
        if isinstance(error, UnicodeError):
            return self.peer.error("unknown_host")
        if isinstance(error, ConnectionRefusedError):
            return self.peer.error("refused")
        if isinstance(error, (ConnectionError, ssl.SSLError, ValueError)):
            return self.peer.error("connection_closed")
        return self.peer.error("network", getattr(error, "strerror", "") or "")
