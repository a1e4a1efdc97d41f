# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A gate in front of a real server: it counts who comes, can be shut, and can meddle."""

import contextlib
import re
import select
import socket
import threading


class Gate:
    """Listens on 127.0.0.1 and leads to ``port`` there.

    ``visits`` counts connections. ``hold`` is a regex: from its first match on, nothing that the
    server says gets through. ``strip`` is a regex whose matches are taken out of what the server
    says, as an attacker on the way does. ``heard`` is what clients have said.
    """

    def __init__(self, port):
        self._target = port
        self.visits = 0
        self.hold = self.strip = None
        self.heard = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._listen()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.shut()

    def _listen(self):
        thread = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        thread.start()

    def shut(self):
        """From now on nothing listens here."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def open(self):
        """Listen again, at the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._listen()

    def _accept(self, listener):
        while True:
            try:
                client, _address = listener.accept()
            except OSError:
                return
            self.visits += 1
            threading.Thread(target=self._pump, args=(client,), daemon=True).start()

    def _pump(self, client):
        server = socket.create_connection(("127.0.0.1", self._target))
        held = False
        with client, server, contextlib.suppress(OSError):
            while True:
                readable, _write, _error = select.select([client, server], [], [])
                for source in readable:
                    data = source.recv(65536)
                    if not data:
                        return
                    if source is client:
                        self.heard += data
                        server.sendall(data)
                        continue
                    held = held or bool(self.hold and re.search(self.hold, data))
                    if self.strip:
                        data = re.sub(self.strip, b"", data)
                    if not held:
                        client.sendall(data)
