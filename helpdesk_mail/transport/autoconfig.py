# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mozilla's autoconfig: a domain, or Thunderbird's database, says where its mail servers are.

"Autoconfiguration in Thunderbird" and its "Config File Format" (config-v1.1.xml). The file comes
from a stranger: it is fetched over TLS, within bounds of time and size, from no private network,
and read without entities, without DTD and without network.
"""

from __future__ import annotations

import dataclasses
import http.client
import time
import urllib.parse
from typing import Any

from lxml import etree

from .channel import Channel
from .endpoints import Endpoint, plain_host
from .errors import Peer
from .greeting import bounded
from .networks import Networks
from .settings import AccountSettings

FILE_LIMIT = 256 * 1024  # octets
_MOST_REDIRECTS = 3
_MOST_SERVERS = 20
_LONGEST_NAME = 254
_ENCRYPTIONS = {"ssl": "ssl", "starttls": "starttls"}
_TYPES = {"incomingServer": ("imap", "pop3"), "outgoingServer": ("smtp",)}


class NotThere(Exception):
    """There is no such file; the message says what there is instead."""


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """How to get there: seconds for one file, what may be reached, whom to trust.

    ``loopback_http`` lets tests serve the file without TLS on this very machine.
    """

    seconds: float = 6.0
    networks: Networks | None = None
    ca_data: str = ""
    loopback_http: bool = False


def fetch(url: str, line: Line) -> bytes:
    """The file at ``url``, through a few redirects. Raises NotThere, TransportError."""
    deadline = time.monotonic() + line.seconds
    for _redirect in range(_MOST_REDIRECTS + 1):
        status, content, place = _get(url, line, deadline)
        if status == 200:
            return content
        if status not in (301, 302, 303, 307, 308) or not place:
            raise NotThere(f"HTTP {status}")
        try:
            url = urllib.parse.urljoin(url, place)
        except ValueError:
            raise NotThere("an address that makes no sense") from None
    raise NotThere("too many redirects")


def _get(url: str, line: Line, deadline: float) -> tuple[int, bytes, str]:
    """Status, body and Location of one answer."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = plain_host(parts.hostname or ""), parts.port
    except ValueError:
        raise NotThere("an address that makes no sense") from None
    by_tls = parts.scheme == "https"
    if not host or not by_tls and not (line.loopback_http and host == "127.0.0.1"):
        raise NotThere("no address that begins with https://")
    port = port or (443 if by_tls else 80)
    left = max(0.1, deadline - time.monotonic())
    peer = Peer(host, port, "HTTP")
    settings = AccountSettings(
        protocol="http",
        host=host,
        port=port,
        encryption="ssl" if by_tls else "none",
        username="",
        secret="",
        timeout=left,
        ca_data=line.ca_data,
        networks=line.networks,
    )
    target = urllib.parse.quote(parts.path or "/", safe="/%.-_~")
    if parts.query:
        target += "?" + urllib.parse.quote(parts.query, safe="=&%.-_~+@")
    name = host if port in (80, 443) else f"{host}:{port}"
    # the connection is ours, which checks the very address that it connects to
    channel = Channel(settings, peer)
    try:
        with bounded(channel, left):
            channel.send(
                f"GET {target} HTTP/1.1\r\nHost: {name}\r\nAccept: text/xml\r\n"
                "User-Agent: helpdesk_mail\r\nConnection: close\r\n\r\n".encode("ascii")
            )
            try:
                answer = http.client.HTTPResponse(channel.sock)
                answer.begin()
                content = answer.read(FILE_LIMIT + 1) if answer.status == 200 else b""
            except (http.client.HTTPException, OSError, ValueError) as error:
                raise peer.error("timeout" if channel.broken else "protocol") from error
    finally:
        channel.close()
    if len(content) > FILE_LIMIT:
        raise NotThere("a file that is too large")
    return answer.status, content, answer.getheader("Location") or ""


def read(content: bytes, email: str, source: str) -> list[Endpoint]:
    """The servers that a file names for ``email``; raises NotThere where it is none.

    Servers without encryption are left out: a password must not go there.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root: Any = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise NotThere("no XML file") from None
    if root is None or root.tag != "clientConfig" or root.getroottree().docinfo.doctype:
        raise NotThere("no autoconfig file")
    found: list[Endpoint] = []
    for tag, protocols in _TYPES.items():
        for node in root.iterfind(f"emailProvider/{tag}"):
            endpoint = _server(node, protocols, email, source, len(found))
            if endpoint and len(found) < _MOST_SERVERS:
                found.append(endpoint)
    return found


def _server(
    node: Any, protocols: tuple[str, ...], email: str, source: str, rank: int
) -> Endpoint | None:
    local, _at, domain = email.rpartition("@")

    def filled(text: str) -> str:
        text = text.strip().replace("%EMAILADDRESS%", email)
        return text.replace("%EMAILLOCALPART%", local).replace("%EMAILDOMAIN%", domain)

    host = plain_host(filled(node.findtext("hostname") or ""))
    port = (node.findtext("port") or "").strip()
    encryption = _ENCRYPTIONS.get((node.findtext("socketType") or "").strip().lower())
    protocol = (node.get("type") or "").lower()
    if protocol not in protocols or not host or not encryption:
        return None
    if not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536:
        return None
    username = filled(node.findtext("username") or "")
    if len(username) > _LONGEST_NAME or not username.isprintable() or "%" in username:
        username = ""
    ways = [(way.text or "").strip().lower() for way in node.iterfind("authentication")]
    return Endpoint(
        protocol=protocol,
        host=host,
        port=int(port),
        encryption=encryption,
        username=username,
        oauth="oauth2" in ways,
        source=source,
        rank=rank,
    )
