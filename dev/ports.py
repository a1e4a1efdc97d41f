# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""TCP ports of 127.0.0.1 for servers that come up a while after their port was chosen, or go down
and come back.

They lie outside of the range from which the kernel gives ports to connections and to listeners
that ask for any: from there, somebody else may get the port in between. Standard library only.
"""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Iterator
from pathlib import Path

HOST = "127.0.0.1"
LOWEST = 20000  # below are those that have names
ENOUGH = 1000
_KERNELS = Path("/proc/sys/net/ipv4/ip_local_port_range")
_given: set[int] = set()


def free_port() -> int:
    """A port that nobody uses now, another one at each call."""
    ports = list(_candidates())
    random.SystemRandom().shuffle(ports)
    for port in ports:
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port at which nobody listens, and nobody can until the block ends."""
    with socket.socket() as holder:
        holder.bind((HOST, 0))
        yield int(holder.getsockname()[1])


def _candidates() -> range:
    """The larger of the two sides of what the kernel gives away; empty where there is no room."""
    try:
        low, high = (int(word) for word in _KERNELS.read_text().split())
    except (OSError, ValueError):
        return range(0)
    below, above = range(LOWEST, low), range(high + 1, 65536)
    found = max(below, above, key=len)
    return found if len(found) >= ENOUGH else range(0)


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        # as servers do: what is left of closed connections is in nobody's way
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
