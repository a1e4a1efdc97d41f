# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``poplib`` on our own connection, with messages of any line length read in bounded memory."""

from __future__ import annotations

import io
import poplib
from typing import Any

from .channel import Channel

LINE_LIMIT = 64 * 1024  # octets of one line of an answer
CHUNK = 64 * 1024  # octets read at a time of one line of a message
HEADER_LIMIT = 1024 * 1024  # octets of header kept of a message that is too large


class Pop3Wire(poplib.POP3):
    """``poplib.POP3`` on a ``Channel`` that is already connected."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        super().__init__(channel.peer.host, channel.peer.port, channel.sock.gettimeout() or 30.0)

    def _create_socket(self, timeout: float) -> Any:
        return self.channel.sock

    def _putline(self, line: bytes) -> None:
        self.channel.send(line + b"\r\n")

    def _getline(self) -> tuple[bytes, int]:
        line = self.channel.readline(LINE_LIMIT)
        if not line.endswith(b"\n"):
            raise poplib.error_proto("a line without an end")
        return line.rstrip(b"\r\n"), len(line)

    def close(self) -> None:
        self.channel.close()

    def command(self, line: bytes) -> bytes:
        """Send a line that may hold any octets; the answer, which begins with "+"."""
        self._putline(line)
        answer: bytes = self._getresp()  # type: ignore[attr-defined]
        return answer

    def upgrade(self) -> None:
        """STLS (RFC 2595, section 4)."""
        self.command(b"STLS")
        self.channel.start_tls()

    def message(self, command: str, *, max_size: int, head_size: int) -> tuple[bytes, bool]:
        """The message that RETR or TOP answers with, and whether it was cut.

        A message that grows beyond ``max_size`` octets is read to its end, so that the session
        can go on, but only its header and ``head_size`` octets of its body are kept.
        """
        self.command(command.encode())
        kept = io.BytesIO()
        total = header = 0
        in_header = at_start = True
        while True:
            line = self.channel.readline(CHUNK)
            if at_start:
                if line in (b".\r\n", b".\n"):
                    break
                if line.startswith(b"."):  # byte-stuffed (RFC 1939, section 3)
                    line = line[1:]
                if in_header and line in (b"\r\n", b"\n"):
                    in_header = False
                    header = total + len(line)
            at_start = line.endswith(b"\n")
            if total <= max_size or in_header and total <= HEADER_LIMIT:
                kept.write(line)
            elif not in_header and total < header + head_size:
                kept.write(line)
            total += len(line)
        if total <= max_size:
            return kept.getvalue(), False
        kept.truncate(min(kept.tell(), (HEADER_LIMIT if in_header else header + head_size)))
        return kept.getvalue(), True
