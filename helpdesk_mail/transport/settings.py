# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How to reach a mailbox, as plain frozen data."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from .networks import Networks


@dataclasses.dataclass(frozen=True, slots=True)
class AccountSettings:
    """Everything that a connection needs; made by the models, read by the protocols.

    ``protocol`` is "imap" or "pop3"; ``encryption`` "none", "starttls" or "ssl". With "starttls"
    the connection never falls back to clear text. ``timeout`` is in seconds, for each read and
    write. ``secret`` is the password, or the OAuth 2.0 bearer token where ``auth_method`` is
    "oauth2"; it never shows in a repr. With ``ca_file`` or ``ca_data`` (PEM), only what those
    authorities sign is trusted. ``connect_timeout`` is for the connection and TLS; None:
    ``timeout``. With ``networks``, private hosts outside of them are refused.

    ``bearer`` gives the token at the time of connecting, in place of ``secret``: called with "",
    or with the token that the server has just refused, it returns one that should do. What it
    raises passes through.
    """

    protocol: str
    host: str
    port: int
    encryption: str
    username: str
    secret: str = dataclasses.field(repr=False)
    auth_method: str = "password"
    verify_certificate: bool = True
    ca_file: str | None = None
    timeout: float = 30.0
    connect_timeout: float | None = None
    ca_data: str = dataclasses.field(default="", repr=False)
    networks: Networks | None = dataclasses.field(default=None, repr=False, compare=False)
    bearer: Callable[[str], str] | None = dataclasses.field(default=None, repr=False)


def with_token(settings: AccountSettings, refused: str = "") -> AccountSettings:
    """``settings`` with a token from ``bearer``, where there is one; see there for ``refused``."""
    if settings.bearer is None:
        return settings
    return dataclasses.replace(settings, secret=settings.bearer(refused))
