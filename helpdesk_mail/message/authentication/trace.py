# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which header fields did our own hosts write? (RFC 5321, section 4.4; RFC 8601, section 5)

Every host puts its fields above those that were there, so what our hosts wrote stands on top and
anybody may have written the rest. From the top, one ``Received`` after another is ours while

- it says ``by`` a host that the caller names as its own, and
- the connection it tells of came from another host of ours: a private or loopback address, or one
  that the caller names. What a client said in HELO counts for nothing.

The first connection from elsewhere is the border: its address is the one that SPF is about. A
``Received`` that says ``by`` a bare address and has no ``from`` (Google's inner hops) is passed
over.

What stands above the border's ``Received`` is ours. What stands below it may have come with the
mail, and is ours only where the border is known to write there and to remove forged fields
(Google). Without any ``Received`` of ours nothing is known and nothing believed: not even a field
with one of our names on top.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re

_BY = re.compile(r"(?:^|\s)by\s+([^\s;()]+)", re.I)
_FROM = re.compile(r"from\s+(\[[^\]\s]*\]|[^\s;()]+)", re.I)
_BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f:.]{2,45})(?:%[^\]]{0,20})?\]", re.I)
_BARE = re.compile(r"\(\s*([0-9A-Fa-f:.]{2,45})\s*\)")
_SENDER = re.compile(
    r"\(envelope-from\s+<?([^\s<>()]*)>?\s*\)|\benvelope-from\s+<([^\s<>]*)>", re.I
)
_RETURN_PATH = re.compile(r"\s*<([^<>\s]*)>|\s*([^<>\s()]+)\s*\Z")
_LMTP = re.compile(r"\swith\s+lmtps?a?\b", re.I)
_MOST_READ = 20
_MOST_FIELDS = 200
_LONGEST = 16 * 1024
# They write their results below their own Received, and remove forged ones (RFC 8601, section 5).
_WRITE_BELOW = ("mx.google.com",)


class Hosts:
    """The hosts that the caller names as its own: names, "*.example.com" for all below, addresses
    and networks ("192.0.2.0/24").
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names: set[str] = set()
        self._below: list[str] = []
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for name in names:
            name = name.strip().lower().removesuffix(".")
            try:
                self._networks.append(ipaddress.ip_network(name, strict=False))
            except ValueError:
                if name.startswith("*."):
                    self._below.append(name[1:])
                elif name:
                    self._names.add(name)

    def __bool__(self) -> bool:
        return bool(self._names or self._below)

    def names(self, host: str) -> bool:
        """Whether *host* (a name, as somebody wrote it) is one of ours."""
        host = host.strip().lower().removesuffix(".")
        return host in self._names or any(
            host.endswith(end) and len(host) > len(end) for end in self._below
        )

    def own(self, ip: str) -> bool:
        """Whether *ip* is the address of a host of ours: private, loopback, or named."""
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if any(
            address in network for network in self._networks if network.version == address.version
        ):
            return True
        return (
            address.is_loopback
            or address.is_link_local
            or any(address in network for network in _PRIVATE if network.version == address.version)
        )


# Not ``is_private``: that holds for the addresses of documentation as well.
_PRIVATE = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)


@dataclasses.dataclass(frozen=True, slots=True)
class Border:
    """Where the mail came to us.

    ``ip``: the connecting address, "" if it cannot be told; ``helo``: the client's name for itself;
    ``mail_from``: the envelope sender, None if it cannot be told; ``stamp``: when, as the host
    wrote it; ``receiver``: the host of ours that took the mail; ``fields``: what our hosts wrote,
    (lower-case name, unfolded value), topmost first.
    """

    ip: str
    helo: str
    mail_from: str | None
    stamp: str
    receiver: str
    fields: tuple[tuple[str, str], ...]


def border(raw_fields: list[tuple[bytes, bytes]], hosts: Hosts) -> Border | None:
    """Where the mail with *raw_fields* came to us, or None if none of *hosts* took it."""
    if not hosts:
        return None
    above: list[tuple[str, str]] = []
    met = 0
    for place, (name, value) in enumerate(fields := _unfolded(raw_fields)):
        if name != "received":
            above.append((name, value))
            continue
        met += 1
        outside = _outside_of_comments(value)
        by = _BY.search(outside)
        host = by[1].lower() if by else ""
        client = _FROM.match(outside)
        if met > _MOST_READ or (not hosts.names(host) and (client or not _is_address(host))):
            return None
        ip = _client_address(value)
        if not client or not hosts.names(host) or (ip and hosts.own(ip)):
            continue
        if not ip and _LMTP.search(outside) and hosts.names(client[1]):
            # Delivery by LMTP is between neighbours (RFC 2033), and often without an address.
            continue
        if host in _WRITE_BELOW:
            for below in fields[place + 1 :]:
                if below[0] == "received":
                    break
                above.append(below)
        mail_from = _mail_from(above, value)
        stamp = value.rpartition(";")[2].strip()
        return Border(ip, client[1].strip("[]"), mail_from, stamp, host, tuple(above))
    return None


def _unfolded(raw_fields: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    found = []
    for name, value in raw_fields[:_MOST_FIELDS]:
        text = value[:_LONGEST].decode("utf-8", "replace")
        found.append((name.decode("ascii").lower(), " ".join(text.split())))
    return found


def _outside_of_comments(value: str) -> str:
    parts: list[str] = []
    depth = start = 0
    for match in re.finditer(r"[()]", value):
        if match.group() == "(":
            if not depth:
                parts.append(value[start : match.start()])
            depth += 1
        elif depth:
            depth -= 1
            start = match.end()
    if not depth:
        parts.append(value[start:])
    return " ".join(parts).strip()


def _client_address(value: str) -> str:
    """The address in the ``from`` clause of a Received: what the host saw, not what it was told.

    The host writes it into a comment: "from helo (name [address])". Where the client's name is
    itself an address in brackets, it stands there as well, or the host (Exim) has put it there.
    Two different ones are told apart by nobody: then it is "".
    """
    head = re.split(r"\sby\s", value, maxsplit=1, flags=re.I)[0]
    if not re.match(r"from\s", head, re.I):
        return ""
    comment = head[head.find("(") :] if "(" in head else ""
    found = [match[1] for match in _BRACKETED.finditer(comment)]
    if not found:
        found = [match[1] for match in _BARE.finditer(comment)]
    if not found and "(" in head:
        # Exim: from [address] (helo=name)
        found = [match[1] for match in _BRACKETED.finditer(head)]
    addresses = {text for text in found if _is_address(text)}
    return addresses.pop() if len(addresses) == 1 else ""


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]").removeprefix("IPv6:"))
    except ValueError:
        return False
    return True


def _mail_from(above: list[tuple[str, str]], received: str) -> str | None:
    """The envelope sender: the Return-Path above the border, or the border's own remark."""
    for name, value in above:
        if name == "return-path":
            match = _RETURN_PATH.match(value)
            if match:
                return match[1] if match[1] is not None else match[2]
    match = _SENDER.search(received)
    return (match[1] if match[1] is not None else match[2]) if match else None
