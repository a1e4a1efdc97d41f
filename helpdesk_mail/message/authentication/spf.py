# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""SPF: may this address send for this domain? (RFC 7208)

An evaluator of our own. The library that exists (pyspf) asks DNS by functions of its module and
guesses by heuristics of its own, so it could neither use the one resolver nor be held to its
budget.

Only who knows the connecting address may ask; ``trace`` says when a stored mail tells it.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import time
from collections.abc import Callable

from . import spf_macros, spf_record
from .resolver import Clock, Lookups, TemporaryFailure, is_possible_name
from .spf_macros import IPAddress
from .spf_record import Mechanism, SyntaxProblem

# RFC 7208, section 4.6.4
_MOST_TERMS = 10
_MOST_VOID = 2
_MOST_NAMES = 10
_LONGEST_EXPLANATION = 1000


@dataclasses.dataclass(frozen=True, slots=True)
class SpfResult:
    """The result (a word of RFC 7208, section 2.6), the domain it is about, and for "fail" what the
    domain's owner says of it ("" if nothing).
    """

    result: str
    domain: str
    explanation: str = ""


class _Permanent(Exception):
    """The records cannot be followed: the result is "permerror"."""


def check_host(
    ip: str,
    mail_from: str,
    helo: str,
    lookups: Lookups,
    *,
    receiver: str = "",
    now: Clock = time.time,
) -> SpfResult:
    """The SPF result of a connection from *ip* with *mail_from* ("" if null) and *helo*.

    Without a sender the HELO name is checked (section 2.4). Never raises.
    """
    sender = mail_from or helo
    local, at, domain = sender.rpartition("@")
    domain = domain.removesuffix(".")
    sender = f"{local if at and local else 'postmaster'}@{domain}"
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return SpfResult("none", domain)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    check = _Check(address, sender, helo, lookups, receiver, now)
    try:
        result, explanation = check.run(domain)
    except (SyntaxProblem, _Permanent):
        result, explanation = "permerror", ""
    except TemporaryFailure:
        result, explanation = "temperror", ""
    return SpfResult(result, domain.lower(), explanation)


class _Check:
    """One evaluation, with the counts that hold for all the records that it visits."""

    def __init__(
        self,
        ip: IPAddress,
        sender: str,
        helo: str,
        lookups: Lookups,
        receiver: str,
        now: Clock,
    ) -> None:
        self.ip = ip
        self.sender = sender
        self.helo = helo
        self.lookups = lookups
        self.receiver = receiver
        self.now = now
        self.terms = 0
        self.void = 0

    def run(self, domain: str, *, explain: bool = True) -> tuple[str, str]:
        """The result for *domain* and its explanation (check_host of RFC 7208, section 4)."""
        if "." not in domain or not is_possible_name(domain.lower()) or domain.startswith("["):
            return "none", ""
        records = [
            text for text in self.lookups.lookup(domain, "TXT") if spf_record.is_record(text)
        ]
        if not records:
            return "none", ""
        if len(records) > 1:
            raise _Permanent(domain)
        record = spf_record.parse(records[0])
        values = self._values(domain)
        for mechanism in record.mechanisms:
            if self._matches(mechanism, values):
                explanation = ""
                if mechanism.result == "fail" and explain and record.explanation is not None:
                    explanation = self._explanation(record.explanation, values)
                return mechanism.result, explanation
        if record.redirect is None:
            return "neutral", ""
        self._count_term()
        target = spf_macros.expand_domain(record.redirect, values)
        result, explanation = self.run(target, explain=explain)
        if result == "none":
            raise _Permanent(target)
        return result, explanation

    def _values(self, domain: str) -> spf_macros.Values:
        def validated() -> str:
            return self._validated_name(domain)

        now = int(self.now())
        return spf_macros.Values(
            self.sender, domain, self.ip, self.helo, self.receiver, now, validated
        )

    def _count_term(self) -> None:
        self.terms += 1
        if self.terms > _MOST_TERMS:
            raise _Permanent("too many terms that ask DNS")

    def _ask(self, name: str, kind: str) -> list[str]:
        """The records, counting the questions that have no answer."""
        found = self.lookups.lookup(name, kind)
        if not found:
            self.void += 1
            if self.void > _MOST_VOID:
                raise _Permanent("too many names that do not exist")
        return found

    def _matches(self, mechanism: Mechanism, values: spf_macros.Values) -> bool:
        name = mechanism.name
        if name == "all":
            return True
        if name in ("ip4", "ip6"):
            network = mechanism.network
            return network is not None and network.version == self.ip.version and self.ip in network
        self._count_term()
        target = values.domain
        if mechanism.domain:
            target = spf_macros.expand_domain(mechanism.domain, values)
        match_by: dict[str, Callable[[str, Mechanism], bool]] = {
            "include": self._include,
            "a": self._a,
            "mx": self._mx,
            "exists": self._exists,
            "ptr": self._ptr,
        }
        return match_by[name](target, mechanism)

    def _include(self, target: str, _mechanism: Mechanism) -> bool:
        result, _ = self.run(target, explain=False)
        if result == "none":
            raise _Permanent(target)
        return result == "pass"

    def _a(self, target: str, mechanism: Mechanism) -> bool:
        return self._in_networks(self._ask(target, self._kind), mechanism)

    def _mx(self, target: str, mechanism: Mechanism) -> bool:
        hosts = self._ask(target, "MX")
        if len(hosts) > _MOST_NAMES:
            raise _Permanent("too many mail exchangers")
        for host in hosts:
            if host and self._in_networks(self.lookups.lookup(host, self._kind), mechanism):
                return True
        return False

    def _exists(self, target: str, _mechanism: Mechanism) -> bool:
        return bool(self._ask(target, "A"))

    def _ptr(self, target: str, _mechanism: Mechanism) -> bool:
        wanted = target.lower()
        return any(
            name == wanted or name.endswith(f".{wanted}") for name in self._validated_names()
        )

    @property
    def _kind(self) -> str:
        return "A" if self.ip.version == 4 else "AAAA"

    def _in_networks(self, addresses: list[str], mechanism: Mechanism) -> bool:
        length = mechanism.four if self.ip.version == 4 else mechanism.six
        network = ipaddress.ip_network((self.ip.packed, length), strict=False)
        for text in addresses:
            try:
                address = ipaddress.ip_address(text)
            except ValueError:
                continue
            if address.version == network.version and address in network:
                return True
        return False

    def _validated_names(self) -> list[str]:
        """The names of the connecting address that lead back to it (section 5.5)."""
        try:
            names = self._ask(self.ip.reverse_pointer, "PTR")[:_MOST_NAMES]
        except TemporaryFailure:
            return []
        found = []
        for name in names:
            try:
                addresses = self.lookups.lookup(name, self._kind)
            except TemporaryFailure:
                continue
            if any(_same(text, self.ip) for text in addresses):
                found.append(name.lower().removesuffix("."))
        return found

    def _validated_name(self, domain: str) -> str:
        """The value of "%{p}" (section 7.3): the domain itself, a name below it, any, "unknown"."""
        names = self._validated_names()
        domain = domain.lower()
        if domain in names:
            return domain
        below = [name for name in names if name.endswith(f".{domain}")]
        return next(iter(below or names), "unknown")

    def _explanation(self, target: str, values: spf_macros.Values) -> str:
        """What the domain's owner says of a "fail" (section 6.2); any problem makes it ""."""
        try:
            texts = self.lookups.lookup(spf_macros.expand_domain(target, values), "TXT")
            if len(texts) != 1 or not texts[0].isascii():
                return ""
            text = spf_macros.expand_text(texts[0], values)
        except (TemporaryFailure, SyntaxProblem, _Permanent):
            return ""
        return text[:_LONGEST_EXPLANATION] if text.isprintable() else ""


def _same(text: str, ip: IPAddress) -> bool:
    try:
        return ipaddress.ip_address(text) == ip
    except ValueError:
        return False
