# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""DNS from the network, by dnspython: the one library of its kind that is kept up, and small.

Answers are kept for their time to live (no longer than an hour), "nothing" for five minutes, in a
cache that holds a bounded number of them and may be shared by all messages of a process.
"""

from __future__ import annotations

import collections
import ipaddress
import threading
import time
from collections.abc import Sequence
from typing import Any

from .resolver import Clock, TemporaryFailure

_LONGEST_KEPT = 3600.0
_NOTHING_KEPT = 300.0
_MOST_RECORDS = 200
_MOST_OCTETS = 16 * 1024
_MOST_SERVERS = 8

Server = tuple[str, int]


def parse_servers(text: str) -> tuple[Server, ...]:
    """The name servers (address, port) that *text* lists, by commas or blanks.

    Each is an IP address, with a port where that is not 53: ``192.0.2.1``, ``127.0.0.1:5353``,
    ``2001:db8::1``, ``[2001:db8::1]:5353``. Raises ValueError with the part that is none.
    """
    found = []
    for part in text.replace(",", " ").split():
        host, port = part, "53"
        if part.startswith("["):
            host, _bracket, rest = part[1:].partition("]")
            port = rest[1:] if rest.startswith(":") else "53" if not rest else ""
        elif part.count(":") == 1:
            host, _colon, port = part.partition(":")
        if not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
            raise ValueError(part)
        try:
            found.append((str(ipaddress.ip_address(host)), int(port)))
        except ValueError:
            raise ValueError(part) from None
    return tuple(found[:_MOST_SERVERS])


class NetworkResolver:
    """A :class:`~.resolver.Resolver` that asks *servers*, or else the system's name servers.

    *timeout*: seconds for one question with all its tries. *entries*: answers in the cache.
    *ask*: what is called instead of dnspython's resolver, with (name, kind), for tests.
    """

    def __init__(
        self,
        *,
        servers: Sequence[Server] = (),
        timeout: float = 4.0,
        entries: int = 2000,
        clock: Clock = time.monotonic,
        ask: Any = None,
    ) -> None:
        self._servers = tuple(servers)
        self._timeout = timeout
        self._entries = entries
        self._clock = clock
        self._ask_network = ask
        self._lock = threading.Lock()
        self._cache: collections.OrderedDict[tuple[str, str], tuple[float, list[str]]] = (
            collections.OrderedDict()
        )

    def lookup(self, name: str, kind: str) -> list[str]:
        """See :meth:`~.resolver.Resolver.lookup`. A temporary failure is not kept."""
        key = (name.rstrip(".").lower(), kind)
        now = self._clock()
        with self._lock:
            kept = self._cache.get(key)
            if kept is not None and kept[0] > now:
                self._cache.move_to_end(key)
                return list(kept[1])
        values, seconds = self._ask(*key)
        with self._lock:
            self._cache[key] = (now + seconds, values)
            self._cache.move_to_end(key)
            while len(self._cache) > self._entries:
                self._cache.popitem(last=False)
        return list(values)

    def _ask(self, name: str, kind: str) -> tuple[list[str], float]:
        # Imported here: it takes longer to load than a mail takes to read.
        import dns.exception
        import dns.resolver

        if self._ask_network is None:
            self._ask_network = self._network(name)
        try:
            answer = self._ask_network(name, kind)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer, dns.resolver.YXDOMAIN):
            return [], _NOTHING_KEPT
        except (dns.exception.DNSException, OSError) as error:
            raise TemporaryFailure(name) from error
        seconds = min(_LONGEST_KEPT, max(0.0, float(answer.rrset.ttl))) if answer.rrset else 0.0
        return _values(answer, kind), seconds

    def _network(self, name: str) -> Any:
        """What asks the name servers, called with (name, kind)."""
        import dns.exception
        import dns.name
        import dns.nameserver
        import dns.resolver

        try:
            system = dns.resolver.Resolver(configure=not self._servers)
        except (dns.exception.DNSException, OSError) as error:
            raise TemporaryFailure(name) from error
        if self._servers:
            system.nameservers = [dns.nameserver.Do53Nameserver(*one) for one in self._servers]
        system.lifetime = self._timeout
        # a packet that was lost is sent once more
        system.timeout = min(2.0, self._timeout / 2)
        # TXT records do not fit into 512 octets; a name is never completed with our own domain.
        system.use_edns(0, 0, 1232)
        return lambda name, kind: system.resolve(
            dns.name.Name([*(label.encode("ascii") for label in name.split(".")), b""]),
            kind,
            search=False,
        )


def _values(answer: Any, kind: str) -> list[str]:
    records = list(answer)[:_MOST_RECORDS]
    if kind == "TXT":
        return [b"".join(one.strings)[:_MOST_OCTETS].decode("latin-1") for one in records]
    if kind == "MX":
        records.sort(key=lambda one: (one.preference, one.exchange.to_text()))
        return [one.exchange.to_text(omit_final_dot=True).lower() for one in records]
    if kind == "PTR":
        return [one.target.to_text(omit_final_dot=True).lower() for one in records]
    return [one.to_text() for one in records]
