# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""DKIM: which domains vouch for this mail? (RFC 6376, RFC 8301, RFC 8463)

Every signature is judged, with the words of RFC 8601, section 2.7.1:

- "pass": it fits the mail, and nothing about it is against the rules below;
- "fail": it does not fit the mail;
- "policy": it would not be believed even if it fitted: SHA-1 or an RSA key under 1024 bits (RFC
  8301), expired or from the future, octets of the body left unsigned by "l=", or a field that
  people read standing more often in the mail than was signed (RFC 6376, section 8.15);
- "neutral": it cannot be read, or it does not fit and its domain only tests (t=y);
- "permerror": no usable key, From not signed, or a user ("i=") from outside of the domain;
- "temperror": DNS did not answer.

A fitting signature of a domain that only tests is "pass": who holds the key has signed. An "l="
that covers the whole body passes as well, with a defect: nothing was added to this copy.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from ..defects import Defects
from ..parsed import SignatureResult
from . import keys, signature, tags
from .public_suffix import ascii_domain, same_organisation
from .resolver import Lookups, is_possible_name
from .signed_mail import SignedMail

MOST_SIGNATURES = 10
# clocks of mail servers
_EARLY = 3600
_LATE = 300
_REQUIRED = ("v", "a", "b", "bh", "d", "h", "s")
_NUMBER = re.compile(r"[0-9]{1,76}\Z")
# What people and this program read of a header: more of it than was signed is an addition.
_READ = ("from", "subject", "date", "to", "cc", "reply-to", "sender", "content-type")


class _Judged(Exception):
    """The result is known: a word of RFC 8601 and, for people, why."""

    def __init__(self, result: str, reason: str) -> None:
        super().__init__(reason)
        self.result = result
        self.reason = reason


@dataclasses.dataclass(frozen=True, slots=True)
class _Signature:
    """The tags of a signature that kept to the grammar."""

    field: tuple[bytes, bytes]
    algorithm: str
    value: str
    body_hash: bytes
    relaxed: tuple[bool, bool]
    domain: str
    selector: str
    names: list[str]
    length: int | None
    user_domain: str


def verify(
    mail: SignedMail,
    lookups: Lookups,
    now: float,
    defects: Defects,
    authors: Sequence[str] = (),
) -> tuple[SignatureResult, ...]:
    """The result of each DKIM-Signature of *mail*, topmost first.

    *now*: when the mail arrived, in seconds of Unix time. *authors*: the domains in From; their
    signatures are verified before those of strangers can use up the time. Never raises.
    """
    fields = [field for field in mail.fields if field[0].lower() == b"dkim-signature"]
    if len(fields) > MOST_SIGNATURES:
        defects.add(f"There are more than {MOST_SIGNATURES} DKIM signatures; the rest was ignored.")
    fields = fields[:MOST_SIGNATURES]
    order = sorted(range(len(fields)), key=lambda place: not _is_of(fields[place][1], authors))
    results = {place: _verify_one(mail, fields[place], lookups, now, defects) for place in order}
    return tuple(results[place] for place in range(len(fields)))


def _is_of(value: bytes, authors: Sequence[str]) -> bool:
    """Whether the signature *value* claims to be of one of *authors*' organisations."""
    try:
        domain = _name(tags.parse(value.decode("latin-1")).get("d", ""))
    except tags.TagProblem:
        return False
    return any(same_organisation(domain, author) for author in authors)


def _verify_one(
    mail: SignedMail, field: tuple[bytes, bytes], lookups: Lookups, now: float, defects: Defects
) -> SignatureResult:
    domain = selector = ""
    try:
        try:
            found = tags.parse(field[1].decode("latin-1"))
        except tags.TagProblem as error:
            raise _Judged("neutral", str(error)) from error
        domain = _name(found.get("d", ""))
        selector = _name(found.get("s", ""))
        if lookups.is_late():
            raise _Judged("temperror", "the check took too long")
        _judge(mail, _read(field, found, domain, selector, now), lookups, defects)
    except _Judged as judged:
        defects.add(f"The DKIM signature of {domain or 'nobody'} does not count: {judged.reason}.")
        return SignatureResult(judged.result, domain, selector)
    return SignatureResult("pass", domain, selector)


def _name(text: str) -> str:
    """A domain or selector as DNS has it, or "" if it can be none (RFC 6376, section 3.5)."""
    text = ascii_domain(text.encode("latin-1").decode("utf-8", "replace"))
    return text if is_possible_name(text) else ""


def _read(
    field: tuple[bytes, bytes], found: dict[str, str], domain: str, selector: str, now: float
) -> _Signature:
    """The signature of the tags *found*. Raises _Judged."""
    missing = [name for name in _REQUIRED if not found.get(name)]
    if missing:
        raise _Judged("neutral", f"the tag {missing[0]}= is missing")
    if found["v"] != "1" or "dns/txt" not in found.get("q", "dns/txt").lower().split(":"):
        raise _Judged("neutral", "its version is unknown")
    algorithm = found["a"].lower()
    if algorithm == "rsa-sha1":
        raise _Judged("policy", "SHA-1 is no longer safe")
    if algorithm not in signature.ALGORITHMS:
        raise _Judged("neutral", "its algorithm is unknown")
    try:
        relaxed = signature.canonicalizations(found.get("c", "simple/simple"))
        body_hash = signature.octets(tags.without_white(found["bh"]))
        value = tags.without_white(found["b"])
        signature.octets(value)
    except signature.Unreadable as error:
        raise _Judged("neutral", str(error)) from error
    if "." not in domain or not selector:
        raise _Judged("neutral", "its domain or selector is none")
    names = [name.strip(" \t\r\n").lower() for name in found["h"].split(":")]
    if "from" not in names:
        raise _Judged("permerror", "it does not sign From")
    _check_times(found, now)
    user_domain = _name(found["i"].rpartition("@")[2]) if "i" in found else ""
    if "i" in found and user_domain != domain and not user_domain.endswith(f".{domain}"):
        raise _Judged("permerror", "its user (i=) is of another domain")
    length = None
    if "l" in found:
        if not _NUMBER.match(found["l"]):
            raise _Judged("neutral", "its length (l=) is none")
        length = int(found["l"])
    return _Signature(
        field, algorithm, value, body_hash, relaxed, domain, selector, names, length, user_domain
    )


def _check_times(found: dict[str, str], now: float) -> None:
    for name in ("t", "x"):
        if name in found and not _NUMBER.match(found[name]):
            raise _Judged("neutral", f"its time ({name}=) is none")
    if "t" in found and int(found["t"]) > now + _EARLY:
        raise _Judged("policy", "it is from the future")
    if "x" in found:
        if int(found["x"]) < now - _LATE:
            raise _Judged("policy", "it has expired")
        if "t" in found and int(found["x"]) < int(found["t"]):
            raise _Judged("neutral", "it expires before it was made")


def _judge(mail: SignedMail, signed: _Signature, lookups: Lookups, defects: Defects) -> None:
    """Raises _Judged unless the signature passes."""
    if not mail.whole:
        raise _Judged("permerror", "the header has lines that are no fields, or is too large")
    try:
        found = keys.fetch(signed.selector, signed.domain, lookups)
    except keys.KeyProblem as problem:
        raise _Judged(problem.result, problem.reason) from problem
    first: _Judged | None = None
    for key in found:
        try:
            _judge_with(mail, signed, key)
            break
        except _Judged as judged:
            first = first or judged
    else:
        raise first or _Judged("permerror", "there is no such key in DNS")
    _check_coverage(mail, signed, defects)


def _judge_with(mail: SignedMail, signed: _Signature, key: keys.Key) -> None:
    if key.kind != signature.ALGORITHMS[signed.algorithm]:
        raise _Judged("permerror", "its key is of another kind")
    if key.hashes and "sha256" not in key.hashes:
        raise _Judged("permerror", "its key is not for this hash")
    if key.kind == "rsa" and key.bits < keys.SMALLEST_RSA:
        raise _Judged("policy", f"its key of {key.bits} bits is too short")
    if key.strict and signed.user_domain and signed.user_domain != signed.domain:
        raise _Judged("permerror", "its user (i=) is of a subdomain, which its key forbids")
    failure = "neutral" if key.testing else "fail"
    digest, size = mail.body_digest("sha256", signed.relaxed[1], signed.length)
    if signed.length is not None and signed.length > size:
        raise _Judged(failure, "the body is shorter than what was signed")
    if digest != signed.body_hash:
        raise _Judged(failure, "the body was changed")
    try:
        fits = signature.fits(
            mail.fields,
            signed.names,
            signed.field,
            signed.value,
            signed.algorithm,
            signed.relaxed[0],
            key,
        )
    except signature.Unreadable as error:
        raise _Judged("neutral", str(error)) from error
    if not fits:
        raise _Judged(failure, "the header was changed or the key is another one")


def _check_coverage(mail: SignedMail, signed: _Signature, defects: Defects) -> None:
    """What the fitting signature leaves open for others to add."""
    if signed.length is not None:
        _, size = mail.body_digest("sha256", signed.relaxed[1], signed.length)
        if signed.length < size:
            raise _Judged("policy", "the end of the body is not signed (l=)")
        defects.add(
            f"The DKIM signature of {signed.domain} would allow text to be added (l=); none was."
        )
    for name in _READ:
        signed_times = signed.names.count(name)
        if signed_times and len(mail.values(name.encode("ascii"))) > signed_times:
            raise _Judged("policy", f"the header has more fields {name.title()} than were signed")
