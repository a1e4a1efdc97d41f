# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which hosts may be connected to: the public internet, and the private networks that are named.

Whoever sets up an account chooses the host that this machine connects to, and reads in an error
what answered there. A host within our own network is therefore refused unless the operator has
named that network (server-side request forgery, CWE-918).
"""

from __future__ import annotations

import ipaddress
import re
import socket

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_EVERYTHING = {"all", "*", "any"}
# RFC 6052: an IPv4 address behind a translator
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Networks:
    """The private networks that may be reached.

    ``text`` is a list of networks in CIDR notation or of addresses, separated by commas or blanks;
    "" names none, "all" every one. Raises ValueError with the part that is no network.
    """

    def __init__(self, text: str = "") -> None:
        words = [word for word in re.split(r"[\s,;]+", text) if word]
        self._all = any(word.lower() in _EVERYTHING for word in words)
        self._networks: list[Network] = []
        for word in words:
            if word.lower() in _EVERYTHING:
                continue
            try:
                self._networks.append(ipaddress.ip_network(word, strict=False))
            except ValueError:
                raise ValueError(word) from None

    def allows(self, address: str) -> bool:
        """Whether an IP address (str, with or without a zone) may be connected to."""
        if self._all:
            return True
        try:
            ip = _plain(ipaddress.ip_address(address.partition("%")[0]))
        except ValueError:
            return False
        if ip.is_global and not ip.is_multicast:
            return True
        return any(ip in network for network in self._networks if network.version == ip.version)


def _plain(ip: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return ip.ipv4_mapped
        if ip.sixtofour:
            return ip.sixtofour
        if ip in _NAT64:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def addresses(host: str, port: int) -> list[tuple[int, tuple[str, int]]]:
    """(family, socket address) of each address of *host*, in the resolver's order.

    Raises OSError (socket.gaierror) where the name cannot be looked up, UnicodeError where it is
    none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys((int(family), sockaddr) for family, _t, _p, _c, sockaddr in found))  # type: ignore[misc]
