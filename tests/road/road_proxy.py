# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A bad line between Odoo and the mail server: it passes everything on, and cuts at a given "
"point."""

import contextlib
import dataclasses
import re
import select
import socket
import struct
import threading


@dataclasses.dataclass
class Cut:
    """Cut at the ``nth`` time that ``sender`` ("client" or "server") sends ``pattern`` (a regex).

    What comes before the pattern is passed on, and with ``after`` the pattern and so many octets
    more.
    """

    sender: str
    pattern: bytes
    nth: int = 1
    after: int | None = None


class Proxy:
    """Listens on 127.0.0.1 and leads to ``port`` there; each of ``cuts`` happens once, in "
    "their order."""

    def __init__(self, port):
        self._target = port
        self.cuts = []
        self.happened = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self):
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._pump, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _pump(self, client):
        server = socket.create_connection(("127.0.0.1", self._target))
        said = {client: b"", server: b""}
        passed = {client: 0, server: 0}
        with client, server:
            while True:
                readable, _write, _error = select.select([client, server], [], [])
                for source in readable:
                    target, sender = (server, "client") if source is client else (client, "server")
                    try:
                        data = source.recv(65536)
                    except OSError:
                        return
                    if not data:
                        return
                    said[source] += data
                    end = self._limit(sender, said[source])
                    piece = said[source][passed[source] : end]
                    with contextlib.suppress(OSError):
                        target.sendall(piece)
                    passed[source] += len(piece)
                    if end is not None:
                        self.cuts.pop(0)
                        self.happened += 1
                        for end_point in (client, server):
                            # RST, as when a firewall forgets the connection
                            linger = struct.pack("ii", 1, 0)
                            end_point.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                        return

    def _limit(self, sender, text):
        """How much of ``text`` may pass before the cut; None for no cut (yet)."""
        if not self.cuts or self.cuts[0].sender != sender:
            return None
        cut = self.cuts[0]
        found = list(re.finditer(cut.pattern, text))
        if len(found) < cut.nth:
            return None
        match = found[cut.nth - 1]
        if cut.after is None:
            return match.start()
        end = match.end() + cut.after
        return end if len(text) >= end else None
