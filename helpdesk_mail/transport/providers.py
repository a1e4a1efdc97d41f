# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Well-known mail providers, recognised by the hosts that receive a domain's mail (MX)."""

from __future__ import annotations

import dataclasses

from .endpoints import PORTS, Endpoint


@dataclasses.dataclass(frozen=True, slots=True)
class Provider:
    """Who runs a domain's mail.

    ``code`` is "google", "microsoft" or another short name; ``mx`` are the endings of its hosts'
    names; ``servers`` are triples of protocol, host and encryption. ``oauth``: it signs in by OAuth
    2.0. ``app_password``: it wants a password made for this program alone. Without ``servers``, no
    server of ours can read its mailboxes.
    """

    code: str
    name: str
    mx: tuple[str, ...]
    servers: tuple[tuple[str, str, str], ...] = ()
    oauth: bool = False
    app_password: bool = False

    def endpoints(self, email: str) -> list[Endpoint]:
        """Its servers, for the mailbox ``email``."""
        return [
            Endpoint(
                protocol=protocol,
                host=host,
                port=PORTS[protocol, encryption],
                encryption=encryption,
                username=email,
                oauth=self.oauth,
                source="provider",
                rank=rank,
            )
            for rank, (protocol, host, encryption) in enumerate(self.servers)
        ]


def _servers(
    imap: str, smtp: str, pop3: str = "", smtp_by: str = "ssl"
) -> tuple[tuple[str, str, str], ...]:
    found = [("imap", imap, "ssl"), ("smtp", smtp, smtp_by)]
    if pop3:
        found.append(("pop3", pop3, "ssl"))
    return tuple(found)


_P = Provider
PROVIDERS = (
    _P(
        "google",
        "Google (Gmail, Google Workspace)",
        ("google.com", "googlemail.com", "psmtp.com"),
        _servers("imap.gmail.com", "smtp.gmail.com", "pop.gmail.com"),
        oauth=True,
        app_password=True,
    ),
    _P(
        "microsoft",
        "Microsoft 365",
        ("mail.protection.outlook.com", "olc.protection.outlook.com", "mx.microsoft"),
        _servers(
            "outlook.office365.com", "smtp.office365.com", "outlook.office365.com", "starttls"
        ),
        oauth=True,
    ),
    _P(
        "fastmail",
        "Fastmail",
        ("messagingengine.com",),
        _servers("imap.fastmail.com", "smtp.fastmail.com", "pop.fastmail.com"),
        app_password=True,
    ),
    # AOL's mail is received by Yahoo
    _P(
        "aol",
        "AOL",
        ("mx-aol.mail.gm0.yahoodns.net",),
        _servers("imap.aol.com", "smtp.aol.com", "pop.aol.com"),
        app_password=True,
    ),
    _P(
        "yahoo",
        "Yahoo",
        ("yahoodns.net",),
        _servers("imap.mail.yahoo.com", "smtp.mail.yahoo.com", "pop.mail.yahoo.com"),
        app_password=True,
    ),
    _P(
        "icloud",
        "iCloud",
        ("mail.icloud.com",),
        _servers("imap.mail.me.com", "smtp.mail.me.com", smtp_by="starttls"),
        app_password=True,
    ),
    _P(
        "gmx",
        "GMX",
        ("gmx.net", "gmx.com"),
        _servers("imap.gmx.net", "mail.gmx.net", "pop.gmx.net"),
    ),
    _P(
        "webde",
        "WEB.DE",
        ("web.de",),
        _servers("imap.web.de", "smtp.web.de", "pop3.web.de", "starttls"),
    ),
    _P(
        "ionos",
        "IONOS",
        ("kundenserver.de", "ionos.de"),
        _servers("imap.ionos.de", "smtp.ionos.de", "pop.ionos.de"),
    ),
    _P(
        "ionos",
        "IONOS",
        ("ionos.com", "ionos.co.uk", "1and1.com", "perfora.net"),
        _servers("imap.ionos.com", "smtp.ionos.com", "pop.ionos.com"),
    ),
    _P(
        "ovh",
        "OVHcloud",
        ("mail.ovh.net", "ovh.net"),
        _servers("ssl0.ovh.net", "ssl0.ovh.net", "ssl0.ovh.net"),
    ),
    _P(
        "zoho",
        "Zoho Mail",
        ("zoho.eu",),
        _servers("imappro.zoho.eu", "smtppro.zoho.eu", "poppro.zoho.eu"),
        app_password=True,
    ),
    _P(
        "zoho",
        "Zoho Mail",
        ("zoho.com",),
        _servers("imappro.zoho.com", "smtppro.zoho.com", "poppro.zoho.com"),
        app_password=True,
    ),
    _P(
        "strato",
        "STRATO",
        ("rzone.de",),
        _servers("imap.strato.de", "smtp.strato.de", "pop3.strato.de"),
    ),
    _P(
        "mailboxorg",
        "mailbox.org",
        ("mailbox.org",),
        _servers("imap.mailbox.org", "smtp.mailbox.org"),
    ),
    _P("posteo", "Posteo", ("posteo.de",), _servers("posteo.de", "posteo.de", "posteo.de")),
    _P("gandi", "Gandi", ("gandi.net",), _servers("mail.gandi.net", "mail.gandi.net")),
    _P(
        "infomaniak",
        "Infomaniak",
        ("infomaniak.ch",),
        _servers("mail.infomaniak.com", "mail.infomaniak.com"),
    ),
    _P(
        "hostinger",
        "Hostinger",
        ("hostinger.com",),
        _servers("imap.hostinger.com", "smtp.hostinger.com", "pop.hostinger.com"),
    ),
    _P(
        "privateemail",
        "Namecheap Private Email",
        ("privateemail.com",),
        _servers("mail.privateemail.com", "mail.privateemail.com"),
    ),
    _P(
        "rackspace",
        "Rackspace Email",
        ("emailsrvr.com",),
        _servers("secure.emailsrvr.com", "secure.emailsrvr.com"),
    ),
    _P(
        "yandex",
        "Yandex",
        ("yandex.net", "yandex.ru"),
        _servers("imap.yandex.com", "smtp.yandex.com", "pop.yandex.com"),
        app_password=True,
    ),
    _P("proton", "Proton Mail", ("protonmail.ch", "protonmail.com", "proton.me")),
    _P("tuta", "Tuta", ("tutanota.de", "tuta.com")),
)


def by_mx(hosts: list[str]) -> Provider | None:
    """Who receives the mail of a domain whose MX are ``hosts``, most preferred first."""
    for host in hosts[:10]:
        for provider in PROVIDERS:
            if any(host == end or host.endswith(f".{end}") for end in provider.mx):
                return provider
    return None
