# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""TCP ports of 127.0.0.1 for servers that are started a moment later. Standard library only."""

from __future__ import annotations

import random
import socket
from pathlib import Path

HOST = "127.0.0.1"
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000
_ATTEMPTS = 100
# not the seeded generator of the module: two processes would choose alike
_RANDOM = random.SystemRandom()


def free_port() -> int:
    """A port that nobody uses now, and that the system gives to nobody: it hands out those of its
    own range to every connection that anybody makes, so one of these may be gone a moment later.
    """
    for _attempt in range(_ATTEMPTS):
        port = _RANDOM.randrange(_LOWEST, _first_given_out())
        with socket.socket() as probe:
            # as servers do: what is left of closed connections is in nobody's way
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _first_given_out() -> int:
    """Where the system's own range begins; at least a hundred above the lowest that we choose."""
    try:
        first = int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        first = 32768
    return max(first, _LOWEST + 100)
