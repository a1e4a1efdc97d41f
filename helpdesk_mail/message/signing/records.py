# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The DNS records that belong to mail of a domain, as they are to be published."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from ..authentication import spf_record

# RFC 1035, section 3.3: a string of a TXT record has at most that many octets
LONGEST_STRING = 255


def key_name(selector: str, domain: str) -> str:
    """Where a public key is to be found (RFC 6376, section 3.6.2.1)."""
    return f"{selector}._domainkey.{domain}"


def key_value(algorithm: str, public: str) -> str:
    """The record of a public key: *algorithm* is "rsa" or "ed25519"."""
    return f"v=DKIM1; k={algorithm}; p={public}"


def strings(value: str) -> list[str]:
    """*value* in the pieces that a TXT record is made of."""
    return [value[place : place + LONGEST_STRING] for place in range(0, len(value), LONGEST_STRING)]


def zone_line(name: str, value: str) -> str:
    """The record as a line of a zone file (RFC 1035, section 5.1)."""
    pieces = " ".join(f'"{_quoted(piece)}"' for piece in strings(value))
    return f"{name}. 3600 IN TXT ( {pieces} )"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def spf_value(term: str) -> str:
    """A first SPF record that lets *term* send; "~all" so that a mistake loses no mail."""
    return f"v=spf1 {term} ~all" if term else "v=spf1 mx ~all"


def spf_with(value: str, term: str) -> str:
    """The SPF record *value* with *term* added where it counts: before "all" or "redirect"."""
    words = value.split()
    place = next(
        (
            at
            for at, word in enumerate(words)
            if word.lower().lstrip("+-~?") == "all" or word.lower().startswith("redirect=")
        ),
        len(words),
    )
    return " ".join([*words[:place], term, *words[place:]])


def dmarc_value(report_to: str = "") -> str:
    """A first DMARC record: it changes nothing for receivers, and reports come in."""
    return f"v=DMARC1; p=none; rua=mailto:{report_to}" if report_to else "v=DMARC1; p=none"


def spf_terms(value: str) -> Sequence[str]:
    """The mechanisms of an SPF record, each as it is compared. Raises SyntaxProblem."""
    return [_term(one) for one in spf_record.parse(value).mechanisms]


def _term(mechanism: spf_record.Mechanism) -> str:
    if mechanism.network is not None:
        return f"{mechanism.name}:{mechanism.network}"
    return f"{mechanism.name}:{mechanism.domain.lower()}" if mechanism.domain else mechanism.name


def is_address(host: str) -> bool:
    """Whether *host* is an IP address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
