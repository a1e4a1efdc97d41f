# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""An SMTP server that keeps every message and passes none on, for development and tests.

It listens on 127.0.0.1. Each message becomes a file in the Maildir ``STORE/sent``, with
``X-Envelope-From`` and ``X-Envelope-To`` (comma-separated) on top. A recipient that is named in
``deliver`` also gets it in that Maildir, for instance a mailbox of ``dev.dovecot``, with
``Return-Path`` and ``Delivered-To`` as a mail server adds them. Needs ``aiosmtpd``.

    python -m dev.smtp_store --port 2525 --store DIR [--deliver ADDRESS=MAILDIR]...
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from dev.maildir import make_maildir, write_to_maildir

HOST = "127.0.0.1"
SIZE_LIMIT = 100 * 1024 * 1024  # octets


@dataclasses.dataclass(frozen=True)
class StoredMail:
    """One message as it came: envelope (RFC 5321) and source, with the file that holds both."""

    envelope_from: str
    envelope_to: tuple[str, ...]
    source: bytes = dataclasses.field(repr=False)
    path: Path


class SmtpStore:
    """The server, in a thread of its own. A port of 0 means any free one.

    ``deliver`` maps addresses (case does not count) to Maildirs. ``refuse`` maps addresses to
    the reply that RCPT gets, like "550 5.1.1 No such user". Any user name and password do, unless
    ``passwords`` says whose is which.
    ``size_limit`` (octets) is what the greeting says (SIZE), and what a mail may have.
    """

    def __init__(
        self,
        base_dir: Path,
        *,
        port: int = 0,
        deliver: Mapping[str, Path] | None = None,
        refuse: Mapping[str, str] | None = None,
        size_limit: int = SIZE_LIMIT,
        passwords: dict[str, str] | None = None,
    ) -> None:
        self.base_dir = Path(base_dir).absolute()
        self.port = port
        self.deliver = {name.lower(): Path(path) for name, path in (deliver or {}).items()}
        self.refuse = {name.lower(): reply for name, reply in (refuse or {}).items()}
        self.size_limit = size_limit
        self.passwords = passwords
        self._received: list[StoredMail] = []
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> SmtpStore:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    @property
    def sent_dir(self) -> Path:
        """The Maildir that holds every message."""
        return self.base_dir / "sent"

    def start(self) -> None:
        """Start; returns once it listens. Raises OSError where the port is taken."""
        if self._thread is not None:
            return
        make_maildir(self.sent_dir)
        listener = socket.create_server((HOST, self.port))
        self.port = listener.getsockname()[1]
        loop = self._loop = asyncio.new_event_loop()
        # The socket listens already: who connects from now on is served.
        self._thread = threading.Thread(
            target=self._serve, args=(loop, listener), name=f"smtp-{self.port}", daemon=True
        )
        self._thread.start()

    def _serve(self, loop: asyncio.AbstractEventLoop, listener: socket.socket) -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(loop.create_server(self._session, sock=listener))
        loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    def _session(self) -> SMTP:
        return SMTP(
            self,
            hostname="localhost",
            enable_SMTPUTF8=True,
            data_size_limit=self.size_limit,
            authenticator=self._authenticate,
            auth_require_tls=False,
            loop=self._loop,
        )

    def stop(self) -> None:
        """Stop and wait for the end; what was received is still there to be read."""
        if self._thread is None or self._loop is None:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._thread = self._loop = None

    def messages(self) -> list[StoredMail]:
        """What has come in since the start or the last ``clear()``, oldest first."""
        with self._news:
            return list(self._received)

    def wait_for(self, count: int, timeout: float = 120.0) -> list[StoredMail]:
        """Wait for ``count`` messages; returns all. Raises TimeoutError after ``timeout`` s."""
        with self._news:
            if not self._news.wait_for(lambda: len(self._received) >= count, timeout):
                raise TimeoutError(f"{len(self._received)} of {count} messages in {timeout} s")
            return list(self._received)

    def clear(self) -> None:
        """Forget what has come in; the files stay."""
        with self._news:
            self._received.clear()

    # -- aiosmtpd's hooks

    def _authenticate(
        self, server: Any, session: Any, envelope: Any, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        if self.passwords is None:
            return AuthResult(success=True)
        known = self.passwords.get(data.login.decode())
        right = known is not None and known == data.password.decode()
        # without handled=False it would answer nothing
        return AuthResult(success=right, handled=False)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient, unless it is to be refused."""
        if reply := self.refuse.get(address.lower()):
            return reply
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the message, then deliver it, then tell who waits."""
        source = envelope.content
        if isinstance(source, str):
            source = source.encode("utf-8", "surrogateescape")
        sender, recipients = envelope.mail_from or "", tuple(envelope.rcpt_tos)
        head = f"X-Envelope-From: {sender}\r\nX-Envelope-To: {', '.join(recipients)}\r\n"
        path = write_to_maildir(self.sent_dir, head.encode() + (source or b""))
        for address in recipients:
            if maildir := self.deliver.get(address.lower()):
                head = f"Return-Path: <{sender}>\r\nDelivered-To: {address}\r\n"
                write_to_maildir(make_maildir(maildir), head.encode() + (source or b""))
        with self._news:
            self._received.append(StoredMail(sender, recipients, source or b"", path))
            self._news.notify_all()
        return "250 2.0.0 Kept"


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(
        prog="python -m dev.smtp_store", description="An SMTP server that only stores."
    )
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--store", type=Path, required=True, metavar="DIR")
    parser.add_argument("--deliver", action="append", default=[], metavar="ADDRESS=MAILDIR")
    options = parser.parse_args(arguments)
    deliver = {}
    for item in options.deliver:
        address, equals, maildir = item.partition("=")
        if not (address and equals and maildir):
            parser.error(f"--deliver takes ADDRESS=MAILDIR, not {item!r}")
        deliver[address] = Path(maildir)
    signals = {signal.SIGINT, signal.SIGTERM}
    # Blocked before the thread starts, so that it inherits this and sigwait below gets them.
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    with SmtpStore(options.store, port=options.port, deliver=deliver) as store:
        started = time.strftime("%H:%M:%S")
        print(f"{started} smtp={store.port} store={store.sent_dir}", flush=True)
        signal.sigwait(signals)
    return 0


if __name__ == "__main__":
    sys.exit(main())
