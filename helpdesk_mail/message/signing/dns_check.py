# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is published for a domain, held against what should be: DKIM, SPF, DMARC.

A :class:`Finding` says in one code what differs; the sentences for people are made of it elsewhere,
in their language. The codes are the keys of ``CODES``.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from ..authentication import spf, spf_record, tags
from ..authentication.public_suffix import organisational_domain, same_organisation
from ..authentication.resolver import Lookups, TemporaryFailure
from . import records

OK, CHANGE, UNKNOWN = "ok", "change", "unknown"
# code -> what is to be done: nothing, change the record, or ask again later
CODES = {
    "key_ok": OK,
    "key_testing": OK,
    "key_missing": CHANGE,
    "key_doubled": CHANGE,
    "key_several": CHANGE,
    "key_revoked": CHANGE,
    "key_other": CHANGE,
    "key_other_kind": CHANGE,
    "key_cut": CHANGE,
    "key_quoted": CHANGE,
    "key_hash": CHANGE,
    "key_service": CHANGE,
    "key_unreadable": CHANGE,
    "spf_ok": OK,
    "spf_not_known": OK,
    "spf_missing": CHANGE,
    "spf_several": CHANGE,
    "spf_unreadable": CHANGE,
    "spf_lacks": CHANGE,
    "spf_too_many": CHANGE,
    "dmarc_none": OK,
    "dmarc_enforced": OK,
    "dmarc_inherited": OK,
    "dmarc_missing": CHANGE,
    "dmarc_several": CHANGE,
    "dmarc_unreadable": CHANGE,
    "dmarc_strict": CHANGE,
    "unanswered": UNKNOWN,
}
_MOST_TERMS = 10  # RFC 7208, section 4.6.4
_MOST_DEPTH = 10
_ASKING = ("include", "a", "mx", "ptr", "exists")
_DMARC = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)", re.I)
_POLICIES = ("none", "quarantine", "reject")


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One record: what is published (one text a record), what should be, and how they differ."""

    code: str
    expected: str
    published: tuple[str, ...] = ()
    detail: str = ""

    @property
    def state(self) -> str:
        """ "ok", "change" or "unknown"."""
        return CODES[self.code]


def check_key(selector: str, domain: str, algorithm: str, public: str, lookups: Lookups) -> Finding:
    """Whether the public key stands where verifiers look for it."""
    name = records.key_name(selector, domain)
    expected = records.key_value(algorithm, public)
    try:
        found = lookups.lookup(name, "TXT")
        if not found:
            # what many a provider's form makes of a full name
            doubled = lookups.lookup(f"{name}.{domain}", "TXT")
            if doubled:
                return Finding("key_doubled", expected, tuple(doubled), f"{name}.{domain}")
            return Finding("key_missing", expected)
    except TemporaryFailure:
        return Finding("unanswered", expected)
    codes = [_judge_key(text, algorithm, public) for text in found]
    if len(found) > 1:
        return Finding("key_several", expected, tuple(found), str(len(found)))
    return Finding(codes[0], expected, tuple(found))


def _judge_key(text: str, algorithm: str, public: str) -> str:
    if '"' in text or "\\" in text:
        return "key_quoted"
    try:
        record = tags.parse(text)
    except tags.TagProblem:
        return "key_unreadable"
    if record.get("v", "DKIM1") != "DKIM1" or "p" not in record:
        return "key_unreadable"
    value = tags.without_white(record["p"])
    if not value:
        return "key_revoked"
    if value != public:
        return "key_cut" if public.startswith(value) else "key_other"
    if record.get("k", "rsa") != algorithm:
        return "key_other_kind"
    if "h" in record and "sha256" not in record["h"].replace(" ", "").split(":"):
        return "key_hash"
    services = record.get("s", "*").replace(" ", "").split(":")
    if "*" not in services and "email" not in services:
        return "key_service"
    if "y" in record.get("t", "").replace(" ", "").split(":"):
        return "key_testing"
    return "key_ok"


def check_spf(domain: str, term: str, lookups: Lookups) -> Finding:
    """Whether the SPF record of *domain* lets *term* send ("": nothing is known of who does)."""
    try:
        found = [text for text in lookups.lookup(domain, "TXT") if spf_record.is_record(text)]
        if not found:
            return Finding("spf_missing", records.spf_value(term))
        if len(found) > 1:
            return Finding("spf_several", found[0], tuple(found), str(len(found)))
        terms, count = _collect(found[0], lookups)
        if count > _MOST_TERMS:
            return Finding("spf_too_many", found[0], tuple(found), str(count))
        if not term:
            return Finding("spf_not_known", found[0], tuple(found))
        if _covers(domain, term, terms, lookups):
            return Finding("spf_ok", found[0], tuple(found), term)
    except TemporaryFailure:
        return Finding("unanswered", records.spf_value(term))
    except spf_record.SyntaxProblem as problem:
        return Finding("spf_unreadable", records.spf_value(term), tuple(found), str(problem))
    return Finding("spf_lacks", records.spf_with(found[0], term), tuple(found), term)


def _collect(text: str, lookups: Lookups, depth: int = 0) -> tuple[set[str], int]:
    """All mechanisms that a record leads to, and how many of them ask DNS."""
    record = spf_record.parse(text)
    terms = set(records.spf_terms(text))
    count = sum(one.name in _ASKING for one in record.mechanisms)
    following = [one.domain for one in record.mechanisms if one.name == "include"]
    if record.redirect:
        following.append(record.redirect)
        count += 1
    for domain in following:
        # a macro depends on the mail
        if "%" in domain or depth >= _MOST_DEPTH or count > _MOST_TERMS:
            continue
        for one in lookups.lookup(domain, "TXT"):
            if spf_record.is_record(one):
                more, deeper = _collect(one, lookups, depth + 1)
                terms |= more
                count += deeper
                break
    return terms, count


def _covers(domain: str, term: str, terms: set[str], lookups: Lookups) -> bool:
    """Whether the record lets *term* send, by its name or by its addresses."""
    if term.lower() in terms:
        return True
    name, _colon, value = term.partition(":")
    if name == "a":
        addresses: Sequence[str] = [*lookups.lookup(value, "A"), *lookups.lookup(value, "AAAA")]
    elif name in ("ip4", "ip6"):
        addresses = [value]
    else:
        return False
    return bool(addresses) and all(
        spf.check_host(address, f"postmaster@{domain}", value, lookups).result == "pass"
        for address in addresses
    )


def check_dmarc(domain: str, mail_from: str, report_to: str, lookups: Lookups) -> Finding:
    """Whether a DMARC record holds for *domain*, and whether it asks for more alignment than
    bounces to the domain *mail_from* ("" if unknown) have.
    """
    expected = records.dmarc_value(report_to)
    try:
        at, found = domain, _dmarc_at(domain, lookups)
        owner = organisational_domain(domain)
        if not found and owner and owner != domain:
            at, found = owner, _dmarc_at(owner, lookups)
    except TemporaryFailure:
        return Finding("unanswered", expected)
    if not found:
        return Finding("dmarc_missing", expected)
    if len(found) > 1:
        return Finding("dmarc_several", expected, tuple(found), str(len(found)))
    try:
        record = tags.parse(found[0])
    except tags.TagProblem as problem:
        return Finding("dmarc_unreadable", expected, tuple(found), str(problem))
    policy = record.get("p", "").lower()
    if at != domain:
        policy = record.get("sp", policy).lower()
    if policy not in _POLICIES:
        return Finding("dmarc_unreadable", expected, tuple(found), "p")
    if record.get("aspf", "r").lower() == "s" and mail_from and mail_from != domain:
        if same_organisation(mail_from, domain):
            return Finding("dmarc_strict", found[0], tuple(found), mail_from)
    if at != domain:
        return Finding("dmarc_inherited", found[0], tuple(found), at)
    return Finding(
        "dmarc_none" if policy == "none" else "dmarc_enforced", found[0], tuple(found), policy
    )


def _dmarc_at(domain: str, lookups: Lookups) -> list[str]:
    return [text for text in lookups.lookup(f"_dmarc.{domain}", "TXT") if _DMARC.match(text)]
