# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""All checks of one mail's sender, and how they are put together.

What our own hosts wrote into the header (:mod:`trace` says which fields those are) counts beside
what is checked here: they saw the mail as it came, before anything was added to it, and they knew
the connection.

- DKIM: checked here; where a signature does not pass here but a host of ours saw one of that
  domain pass, its word is taken.
- SPF: what a host of ours says, or else checked here for the address that it saw.
- DMARC: a "pass" of either, since each is a proof; else the host's "fail"; else what is found here.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable

from .. import addresses, dates
from ..defects import Defects
from ..headers import Headers
from ..limits import DEFAULT_LIMITS, Limits
from ..parsed import Authentication, SignatureResult
from . import arc, authentication_results, dkim, dmarc, signed_mail, spf, trace
from . import verdict as verdicts
from .authentication_results import Result
from .public_suffix import ascii_domain
from .resolver import MOST_QUERIES, MOST_SECONDS, Clock, Lookups, Resolver

_LONGEST_FROM = 16 * 1024


@dataclasses.dataclass(slots=True)
class _Told:
    """What our own hosts say of the mail."""

    dkim: list[SignatureResult] = dataclasses.field(default_factory=list)
    spf: str = ""
    spf_domain: str = ""
    dmarc: str = ""
    dmarc_domain: str = ""
    arc: str = ""


class Authenticator:
    """Checks who sent a mail. One object serves any number of mails; it keeps nothing of them.

    *resolver* answers DNS; without one, only what our own hosts wrote counts. *trusted_hosts*:
    the hosts that the caller names as its own (see :class:`trace.Hosts`): the ``by`` of their
    ``Received`` fields, and their authserv-ids. *clock* tells Unix time, *timer* measures
    *seconds*.
    """

    def __init__(
        self,
        resolver: Resolver | None,
        trusted_hosts: Iterable[str] = (),
        *,
        clock: Clock = time.time,
        timer: Clock = time.monotonic,
        queries: int = MOST_QUERIES,
        seconds: float = MOST_SECONDS,
    ) -> None:
        self._resolver = resolver
        self._hosts = trace.Hosts(tuple(trusted_hosts))
        self._clock = clock
        self._timer = timer
        self._queries = queries
        self._seconds = seconds

    def check(
        self, source: bytes, fields: Headers, limits: Limits = DEFAULT_LIMITS
    ) -> tuple[Authentication, tuple[str, ...]]:
        """What is known of the sender of *source* (octets), whose header is *fields*; and defects.

        Never raises; bounded in DNS questions and seconds. The same mail gives the same result as
        long as DNS does, and the clock where a signature expires.
        """
        defects = Defects()
        try:
            result = self._check(source, fields, limits, defects)
        except Exception as error:  # noqa: BLE001 - a mail must be read whatever its signatures do
            defects.add(f"The sender could not be checked: {type(error).__name__}.")
            result = Authentication((), "temperror", "temperror", "none", "error")
        return result, defects.listed()

    def _check(
        self, source: bytes, fields: Headers, limits: Limits, defects: Defects
    ) -> Authentication:
        mail = signed_mail.read(source, limits.headers)
        border = trace.border(mail.fields, self._hosts)
        told = _told(border, self._hosts)
        domains = from_domains(fields, limits)
        arc_status = told.arc or "none"
        own_dmarc = "none"
        signatures: tuple[SignatureResult, ...] = ()
        lookups = None
        if self._resolver is not None:
            lookups = Lookups(
                self._resolver,
                defects,
                clock=self._timer,
                queries=self._queries,
                seconds=self._seconds,
            )
            # First what decides: a stranger's slow name server may use up the time.
            dmarc.prepare(domains, lookups)
            signatures = dkim.verify(mail, lookups, self._arrival(border), defects, domains)
            if border is not None and not told.spf:
                _check_spf(border, lookups, told, self._clock, defects)
        signatures = _with_told(signatures, told.dkim)
        evidence = _evidence(signatures, told)
        if lookups is not None:
            own_dmarc = dmarc.evaluate(domains, evidence, lookups, defects)
            arc_status = arc.validate(mail, lookups, defects)
        dmarc_result = own_dmarc
        if own_dmarc != "pass" and told.dmarc in ("pass", "fail"):
            # What was said of another From than the one that stands here now says nothing.
            if len(domains) == 1 and told.dmarc_domain in ("", domains[0]):
                dmarc_result = told.dmarc
        if dmarc_result == "fail" and not told.spf:
            defects.add("The connecting address is not known for certain, so SPF was not checked.")
        return Authentication(
            dkim=signatures,
            spf=told.spf or "none",
            dmarc=dmarc_result,
            arc=arc_status,
            verdict=verdicts.verdict(dmarc_result, domains, evidence),
        )

    def _arrival(self, border: trace.Border | None) -> float:
        """When the mail came to us, as far as that is certain (RFC 6376, section 3.5, "x=")."""
        now = self._clock()
        arrived = dates.parse_date(border.stamp) if border and border.stamp else None
        return now if arrived is None else min(now, arrived.timestamp())


def from_domains(fields: Headers, limits: Limits) -> list[str]:
    """The domains of all addresses in all From fields, as DNS has them, each once, in order."""
    found: dict[str, None] = {}
    for value in fields.raw_all("from"):
        for address in addresses.parse_addresses(value[:_LONGEST_FROM], limits, Defects()):
            domain = ascii_domain(address.email.rpartition("@")[2]) if address.email else ""
            if domain:
                found[domain] = None
    return list(found)


def _told(border: trace.Border | None, hosts: trace.Hosts) -> _Told:
    told = _Told()
    if border is None:
        return told
    for name, value in border.fields:
        if name == "authentication-results":
            read = authentication_results.parse(value)
            if read is not None and hosts.names(read.authserv_id):
                for result in read.results:
                    _take(told, result, border)
    for name, value in border.fields:
        if name == "received-spf" and not told.spf:
            said = authentication_results.parse_received_spf(value)
            if said is not None:
                told.spf = said.result
                sender = said.pairs.get("envelope-from", border.mail_from or "")
                told.spf_domain = _domain(sender or said.pairs.get("helo", ""))
    return told


def _take(told: _Told, result: Result, border: trace.Border) -> None:
    """Note one result; of several of one method (but DKIM) the topmost counts."""
    properties = result.properties
    if result.method == "dkim":
        domain = _domain(properties.get("header.d") or properties.get("header.i", ""))
        selector = properties.get("header.s", "")[:253].lower()
        if domain and len(told.dkim) < dkim.MOST_SIGNATURES:
            told.dkim.append(SignatureResult(result.result, domain, selector))
    elif result.method == "spf" and not told.spf:
        told.spf = result.result
        sender = properties.get("smtp.mailfrom") or properties.get("smtp.mfrom", "")
        sender = sender or border.mail_from or properties.get("smtp.helo", "")
        told.spf_domain = _domain(sender)
    elif result.method == "dmarc" and not told.dmarc:
        told.dmarc = result.result
        told.dmarc_domain = _domain(properties.get("header.from", ""))
    elif result.method == "arc" and not told.arc:
        told.arc = result.result if result.result in ("pass", "fail", "none") else ""


def _domain(text: str) -> str:
    return ascii_domain(text.strip("<>\"' ").rpartition("@")[2][:253])


def _check_spf(
    border: trace.Border, lookups: Lookups, told: _Told, clock: Clock, defects: Defects
) -> None:
    if not border.ip or border.mail_from is None:
        return
    found = spf.check_host(
        border.ip, border.mail_from, border.helo, lookups, receiver=border.receiver, now=clock
    )
    told.spf, told.spf_domain = found.result, ascii_domain(found.domain)
    if found.result == "fail" and found.explanation:
        defects.add(f"The domain {found.domain[:100]} says: {found.explanation[:300]}")


def _with_told(
    signatures: tuple[SignatureResult, ...], told: list[SignatureResult]
) -> tuple[SignatureResult, ...]:
    """The signatures, those that passed at our border as "pass"."""
    if not signatures:
        return tuple(told)
    found = list(signatures)
    for said in told:
        if said.result != "pass":
            continue
        if any(one.domain == said.domain and one.result == "pass" for one in found):
            continue
        for place, one in enumerate(found):
            # What is against the rules (SHA-1, a short key) stays so, whoever let it pass.
            same = one.domain == said.domain and one.result != "policy"
            if same and said.selector in ("", one.selector):
                found[place] = dataclasses.replace(one, result="pass")
                break
    return tuple(found)


def _evidence(signatures: tuple[SignatureResult, ...], told: _Told) -> dmarc.Evidence:
    return dmarc.Evidence(
        dkim=tuple(one.domain for one in signatures if one.result == "pass" and one.domain),
        spf=told.spf_domain if told.spf == "pass" else "",
        unanswered=(
            *(one.domain for one in signatures if one.result == "temperror" and one.domain),
            *((told.spf_domain,) if told.spf == "temperror" and told.spf_domain else ()),
        ),
    )
