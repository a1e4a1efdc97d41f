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
        # bound and never listening: while the gate is shut nobody else gets its port
        self._place = nobodys_port()
        self.port = self._place.getsockname()[1]
        self.open()

    def __enter__(self):
        return self

    def __exit__(self, *_exc):
        self.end()

    def shut(self):
        """From now on nothing listens here."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def end(self):
        """Shut for ever."""
        self.shut()
        self._place.close()

    def open(self):
        """Listen, always at the same port."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        thread = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
        thread.start()

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
        held, said = False, b""
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
                    # what is said may come in two parts
                    said += data
                    held = held or bool(self.hold and any(self._holds(data, said)))
                    if self.strip:
                        data = re.sub(self.strip, b"", data)
                    if not held:
                        client.sendall(data)

    def _holds(self, *texts):
        return (re.search(self.hold, text) for text in texts)


def nobodys_port():
    """A socket whose port is taken and where nobody answers, until it is closed."""
    place = socket.socket()
    place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    place.bind(("127.0.0.1", 0))
    return place
