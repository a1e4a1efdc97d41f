# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether a mail server answers where somebody says that it does. Nobody signs in."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from .channel import Channel
from .endpoints import Endpoint
from .errors import Peer, TransportError
from .networks import Networks
from .settings import AccountSettings

_LINE = 4096  # octets
_MOST_LINES = 60
# protocol -> how its server greets, what is sent for TLS, how a yes begins
_WORDS = {
    "imap": (b"* OK", b"a STARTTLS\r\n", b"a OK"),
    "pop3": (b"+OK", b"STLS\r\n", b"+OK"),
    "smtp": (b"220", b"STARTTLS\r\n", b"220"),
}


def greet(
    endpoint: Endpoint, *, seconds: float, networks: Networks | None = None, ca_data: str = ""
) -> str:
    """Connect with verified TLS and read the greeting: what encrypts, like "TLSv1.3 TLS_…".

    All of it within ``seconds``. Raises TransportError.
    """
    settings = AccountSettings(
        protocol=endpoint.protocol,
        host=endpoint.host,
        port=endpoint.port,
        encryption=endpoint.encryption,
        username="",
        secret="",
        timeout=seconds,
        ca_data=ca_data,
        networks=networks,
    )
    peer = Peer(endpoint.host, endpoint.port, endpoint.protocol)
    channel = Channel(settings, peer)
    try:
        with bounded(channel, seconds):
            if endpoint.encryption == "starttls":
                _start_tls(channel, endpoint.protocol, peer)
            else:
                _expect(channel, _WORDS[endpoint.protocol][0], peer, "wrong_protocol")
            return channel.encryption
    finally:
        channel.close()


@contextlib.contextmanager
def bounded(channel: Channel, seconds: float) -> Iterator[None]:
    """Cut ``channel`` after ``seconds``, however it drips: each read alone has its time-out."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        channel.cut()

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except TransportError:
        if late.is_set():
            raise channel.peer.error("timeout") from None
        raise
    finally:
        timer.cancel()


def _start_tls(channel: Channel, protocol: str, peer: Peer) -> None:
    greeting, command, yes = _WORDS[protocol]
    _expect(channel, greeting, peer, "wrong_protocol")
    if protocol == "smtp":
        channel.send(b"EHLO localhost\r\n")
        _expect(channel, b"250", peer, "wrong_protocol")
    channel.send(command)
    _expect(channel, yes, peer, "starttls_missing")
    channel.start_tls()


def _expect(channel: Channel, start: bytes, peer: Peer, reason: str) -> None:
    """Read one answer. Raises ConfigurationWrong (``reason``) where it does not begin so."""
    for _number in range(_MOST_LINES):
        line = channel.readline(_LINE)
        # RFC 3501, 2.2.2: a server may say other things before the answer to a tagged command
        if start.startswith(b"a ") and line.startswith(b"* "):
            continue
        if not line.upper().startswith(start.upper()):
            raise peer.error(reason)
        # RFC 5321, 4.2.1: an answer of several lines
        if line[3:4] != b"-" or not start.isdigit():
            return
    raise peer.error("protocol")
