# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A bad line between a client and a server: it passes everything on, and at a given point it cuts,
goes silent, or changes what is said. Standard library only.
"""

import contextlib
import dataclasses
import re
import select
import socket
import struct
import threading

CUT = "cut"  # RST on both sides, as when a firewall forgets the connection
CLOSE = "close"  # an orderly end (FIN)
HOLD = "hold"  # silence, until ``release`` or the end
CHANGE = "change"  # ``text`` instead of what matched

# held lines end by themselves in the end
_LONGEST_HOLD = 60


@dataclasses.dataclass
class Fault:
    """What happens at the ``nth`` time that ``sender`` ("client" or "server") sends ``pattern`` (a
    regex) on one connection.

    What comes before the pattern is passed on, and with ``after`` the pattern and so many octets
    more.
    """

    sender: str
    pattern: bytes
    nth: int = 1
    after: int | None = None
    action: str = CUT
    text: bytes = b""


class FaultProxy:
    """Listens on 127.0.0.1 and leads to ``port`` there; each of ``faults`` happens once, in their
    order, whatever connection it is on. ``happened`` counts them, ``connections`` the clients.
    """

    def __init__(self, port, *faults):
        self._target = port
        self.faults = list(faults)
        self.happened = 0
        self.connections = 0
        self.release = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._ends = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.release.set()
        for end in (self._listener, *self._ends):
            # close() alone wakes nobody
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self):
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._pump, args=(client,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _pump(self, client):
        with client, socket.create_connection(("127.0.0.1", self._target)) as server:
            self._ends += [client, server]
            said = {client: b"", server: b""}
            passed = {client: 0, server: 0}
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
                    while True:
                        # several connections may come to the same point at the same time
                        with self._lock:
                            fault, start, end = self._due(sender, said[source])
                            if fault:
                                # counted before the last bytes that pass: with them a client may
                                # have all it waits for, and its test goes on
                                self.faults.remove(fault)
                                self.happened += 1
                        piece = said[source][passed[source] : start]
                        with contextlib.suppress(OSError):
                            target.sendall(piece)
                        passed[source] += len(piece)
                        if fault is None:
                            break
                        if fault.action == CHANGE:
                            with contextlib.suppress(OSError):
                                target.sendall(fault.text)
                            passed[source] = max(end, passed[source])
                        elif fault.action == HOLD:
                            self.release.wait(_LONGEST_HOLD)
                        else:
                            if fault.action == CUT:
                                _reset(client, server)
                            return

    def _due(self, sender, text):
        """The fault that happens now, or None; how much of ``text`` passes before it; and where
        what it matched ends.
        """
        fault = self.faults[0] if self.faults else None
        if fault is None or fault.sender != sender:
            return None, None, None
        found = list(re.finditer(fault.pattern, text))
        if len(found) < fault.nth:
            return None, None, None
        match = found[fault.nth - 1]
        if fault.after is None:
            return fault, match.start(), match.end()
        end = match.end() + fault.after
        return (fault, end, end) if len(text) >= end else (None, None, None)


def _reset(*ends):
    for end in ends:
        with contextlib.suppress(OSError):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
