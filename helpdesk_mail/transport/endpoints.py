# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mail server as somebody names it, before anybody has signed in to it."""

from __future__ import annotations

import dataclasses
import re

HOST_NAME = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9-]{1,63}(?:\.(?!-)[a-z0-9-]{1,63})*")
PORTS = {
    ("imap", "ssl"): 993,
    ("imap", "starttls"): 143,
    ("pop3", "ssl"): 995,
    ("pop3", "starttls"): 110,
    ("smtp", "ssl"): 465,
    ("smtp", "starttls"): 587,
}
# where a setting comes from, the most trusted first: the owner of the domain, who runs its mail,
# what others noted of them, and mere guesses
SOURCES = ("autoconfig", "srv", "provider", "ispdb", "guess")


@dataclasses.dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a protocol ("imap", "pop3", "smtp") is spoken.

    ``encryption`` is "ssl" or "starttls": a server without either is no endpoint for us.
    ``username`` is what to sign in with, "" where the source does not say. ``source`` is one of
    ``SOURCES``; ``rank`` orders what one source names (lower is better).
    """

    protocol: str
    host: str
    port: int
    encryption: str
    username: str = ""
    oauth: bool = False
    source: str = "guess"
    rank: int = 0

    @property
    def key(self) -> tuple[str, str, int, str]:
        """What makes two of them the same server."""
        return self.protocol, self.host, self.port, self.encryption


def plain_host(name: str) -> str:
    """``name`` as a host name in lower case and ASCII, or "" where it is none."""
    name = name.strip().rstrip(".").lower()
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return name if HOST_NAME.fullmatch(name) else ""
