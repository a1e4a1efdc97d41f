# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What an SPF record must name so that an outgoing server may send for a domain.

A relay seldom sends from the address under which it takes mail, so the well-known ones are listed
with what they themselves publish. Of others the name is all that can be known.
"""

from __future__ import annotations

import ipaddress

from . import records

# domain of the outgoing server -> what its provider asks its customers to include
_INCLUDES = {
    "gmail.com": "_spf.google.com",
    "googlemail.com": "_spf.google.com",
    "google.com": "_spf.google.com",
    "office365.com": "spf.protection.outlook.com",
    "outlook.com": "spf.protection.outlook.com",
    "amazonaws.com": "amazonses.com",
    "sendgrid.net": "sendgrid.net",
    "mailgun.org": "mailgun.org",
    "mailjet.com": "spf.mailjet.com",
    "postmarkapp.com": "spf.mtasv.net",
    "mandrillapp.com": "spf.mandrillapp.com",
    "brevo.com": "spf.brevo.com",
    "sendinblue.com": "spf.brevo.com",
    "messagingengine.com": "spf.messagingengine.com",
    "zoho.com": "zohomail.com",
    "zoho.eu": "zohomail.eu",
    "ovh.net": "mx.ovh.com",
    "gandi.net": "_mailcust.gandi.net",
    "infomaniak.com": "spf.infomaniak.ch",
    "yandex.net": "_spf.yandex.net",
    "yandex.ru": "_spf.yandex.net",
}
# Amazon SES gives every mail its own Message-ID and Date, so they cannot be signed.
_REPLACED = {"amazonaws.com": ("message-id", "date")}
# These file what they send in the Sent folder by themselves.
_FILE_THEMSELVES = ("gmail.com", "googlemail.com", "office365.com", "outlook.com")


def _find(host: str) -> str:
    host = host.strip().lower().rstrip(".")
    labels = host.split(".")
    return next(
        (name for n in range(len(labels)) if (name := ".".join(labels[n:])) in _INCLUDES), ""
    )


def spf_term(host: str) -> str:
    """The mechanism for the outgoing server *host*, or "" where nobody outside could use it."""
    host = host.strip().lower().rstrip(".")
    if found := _find(host):
        return f"include:{_INCLUDES[found]}"
    if records.is_address(host):
        address = ipaddress.ip_address(host)
        if address.is_private or address.is_loopback:
            return ""
        return f"ip{address.version}:{address}"
    return f"a:{host}" if "." in host and not host.endswith((".local", ".internal")) else ""


def replaced_fields(host: str) -> tuple[str, ...]:
    """The header fields (lower case) that the outgoing server *host* replaces."""
    return _REPLACED.get(_find(host), ())


def files_sent_mail(host: str) -> bool:
    """Whether the provider of *host* puts a copy into the Sent folder by itself."""
    return _find(host) in _FILE_THEMSELVES
