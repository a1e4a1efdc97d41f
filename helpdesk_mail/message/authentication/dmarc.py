# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""DMARC: does what was authenticated belong to the domain in From? (RFC 7489)

Alignment is by the public suffix list, as RFC 7489 (section 3.2) has it and receivers do. The
walk up the DNS tree that is to follow it costs up to eight questions a domain and needs records
(psd=) that few publish; for the domains that people write from, both give the same.

"pct" and "p" say what a receiver should do, not whether the mail is real, and decide nothing here.
Mail with several domains in From cannot be what RFC 7489 protects (section 6.6.1) and never passes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
from collections.abc import Sequence

from ..charsets import clean
from ..defects import Defects
from . import tags
from .public_suffix import ascii_domain, organisational_domain, same_organisation
from .resolver import Lookups, TemporaryFailure

_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_POLICIES = ("none", "quarantine", "reject")
_MOST_DOMAINS = 5


@dataclasses.dataclass(frozen=True, slots=True)
class Evidence:
    """What was authenticated: the domains of signatures and of SPF ("" for none), and those that
    might have been if DNS had answered.
    """

    dkim: tuple[str, ...] = ()
    spf: str = ""
    unanswered: tuple[str, ...] = ()

    def aligned(self, domain: str, policy: Policy | None) -> bool:
        """Whether any of it belongs to *domain* (RFC 7489, section 3.1)."""
        strict_dkim = policy is not None and policy.strict_dkim
        strict_spf = policy is not None and policy.strict_spf
        return any(_aligned(one, domain, strict_dkim) for one in self.dkim) or (
            bool(self.spf) and _aligned(self.spf, domain, strict_spf)
        )

    def may_be_aligned(self, domain: str) -> bool:
        """Whether what DNS did not answer might have been aligned."""
        return any(_aligned(one, domain, False) for one in self.unanswered)


@dataclasses.dataclass(frozen=True, slots=True)
class Policy:
    """A DMARC record, as far as it decides: adkim and aspf."""

    strict_dkim: bool
    strict_spf: bool


class _Permanent(Exception):
    """The record cannot be read."""


def prepare(domains: Sequence[str], lookups: Lookups) -> None:
    """Ask for the records now; *lookups* keeps the answers, and failures, for the message."""
    for domain in domains[:_MOST_DOMAINS]:
        with contextlib.suppress(TemporaryFailure, _Permanent):
            find_policy(domain, lookups)


def evaluate(domains: Sequence[str], evidence: Evidence, lookups: Lookups, defects: Defects) -> str:
    """The DMARC result for a mail whose From names *domains*, each once.

    "pass", "fail", "none" (no record, or no domain), "temperror" or "permerror". Never raises.
    """
    if not domains:
        return "none"
    if len(domains) > 1:
        defects.add("From names several domains, so none of them can vouch for the mail.")
    results = {_one(domain, evidence, lookups, defects) for domain in domains[:_MOST_DOMAINS]}
    if len(domains) > 1:
        results = {"fail" if result == "pass" else result for result in results}
    for result in ("fail", "temperror", "permerror", "none"):
        if result in results:
            return result
    return "pass"


def _one(domain: str, evidence: Evidence, lookups: Lookups, defects: Defects) -> str:
    try:
        policy = find_policy(domain, lookups)
    except TemporaryFailure:
        return "temperror"
    except _Permanent:
        defects.add(f"The DMARC record for {clean(domain)[:100]} cannot be read.")
        return "permerror"
    if policy is None:
        return "none"
    if evidence.aligned(domain, policy):
        return "pass"
    return "temperror" if evidence.may_be_aligned(domain) else "fail"


def find_policy(domain: str, lookups: Lookups) -> Policy | None:
    """The record that holds for *domain*: its own or its organisation's (section 6.6.3)."""
    name = ascii_domain(domain)
    if not name:
        return None
    policy = _policy_at(name, lookups)
    if policy is None:
        owner = organisational_domain(name)
        if owner and owner != name:
            policy = _policy_at(owner, lookups)
    return policy


def _policy_at(name: str, lookups: Lookups) -> Policy | None:
    """The record of exactly *name*. Several are as none (section 6.6.3)."""
    texts = lookups.lookup(f"_dmarc.{name}", "TXT")
    records = [text for text in texts if _VERSION.match(text)]
    if len(records) != 1:
        return None
    try:
        found = tags.parse(records[0])
    except tags.TagProblem as error:
        raise _Permanent(name) from error
    wrong = found.get("p", "").lower() not in _POLICIES or (
        "sp" in found and found["sp"].lower() not in _POLICIES
    )
    if wrong and not found.get("rua"):
        raise _Permanent(name)
    return Policy(found.get("adkim", "r").lower() == "s", found.get("aspf", "r").lower() == "s")


def _aligned(one: str, domain: str, strict: bool) -> bool:
    if strict:
        return bool(one) and ascii_domain(one) == ascii_domain(domain)
    return same_organisation(one, domain)
