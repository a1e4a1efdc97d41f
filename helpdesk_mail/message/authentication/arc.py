# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""ARC: is the chain of seals of the hosts that handed this mail on unbroken? (RFC 8617, 5.2)

The chain is walked here; the signatures are checked as DKIM's. dkimpy's own walk finds the parts
of a set by searching for text such as " i=1;" and so trips over tags that are written otherwise.

"none", "pass" or "fail"; "temperror" where DNS did not answer. A chain says what others claim to
have seen: it is information for people and never makes a mail pass, since anybody can seal. This
program hands no mail on and therefore seals nothing.
"""

from __future__ import annotations

import dataclasses
import re

from ..defects import Defects
from . import keys, signature, tags
from .resolver import Lookups
from .signed_mail import SignedMail

_RESULTS = b"arc-authentication-results"
_MESSAGE = b"arc-message-signature"
_SEAL = b"arc-seal"
_NAMES = (_RESULTS, _MESSAGE, _SEAL)
_MOST_SETS = 50
_LONGEST = 16 * 1024
_INSTANCE = re.compile(r"[0-9]{1,3}\Z")
_FIRST_TAG = re.compile(rb"[ \t\r\n]*i[ \t\r\n]*=[ \t\r\n]*([0-9]{1,3})[ \t\r\n]*(?:;|\Z)")


class _Broken(Exception):
    """The chain does not hold. ``result``: "fail" or "temperror"."""

    def __init__(self, reason: str, result: str = "fail") -> None:
        super().__init__(reason)
        self.result = result


@dataclasses.dataclass(slots=True)
class _Set:
    """The three fields that one host added, and the tags of two of them."""

    fields: dict[bytes, tuple[bytes, bytes]]
    message: dict[str, str]
    seal: dict[str, str]


def validate(mail: SignedMail, lookups: Lookups, defects: Defects) -> str:
    """The status of the chain of *mail*. Never raises."""
    found = [field for field in mail.fields if field[0].lower() in _NAMES]
    if not found:
        return "none"
    try:
        _validate(mail, _sets(found), lookups)
    except _Broken as broken:
        defects.add(f"The chain of ARC seals does not hold: {broken}.")
        return broken.result
    return "pass"


def _sets(found: list[tuple[bytes, bytes]]) -> list[_Set]:
    """The sets of the chain, oldest first. Raises _Broken."""
    sets: dict[int, _Set] = {}
    for field in found:
        name = field[0].lower()
        if len(field[1]) > _LONGEST:
            raise _Broken("a field is too long")
        if name == _RESULTS:
            match = _FIRST_TAG.match(field[1])
            number, read = (match[1].decode("ascii") if match else ""), {}
        else:
            try:
                read = tags.parse(field[1].decode("latin-1"))
            except tags.TagProblem as error:
                raise _Broken(str(error)) from error
            number = read.get("i", "")
        if not _INSTANCE.match(number) or not 1 <= int(number) <= _MOST_SETS:
            raise _Broken("a field has no valid instance")
        held = sets.setdefault(int(number), _Set({}, {}, {}))
        if name in held.fields:
            raise _Broken("a field stands twice")
        held.fields[name] = field
        if name == _MESSAGE:
            held.message = read
        elif name == _SEAL:
            held.seal = read
    chain = [sets[number] for number in sorted(sets)]
    if len(chain) != max(sets) or any(len(one.fields) != len(_NAMES) for one in chain):
        raise _Broken("a set is incomplete")
    return chain


def _validate(mail: SignedMail, chain: list[_Set], lookups: Lookups) -> None:
    for number, one in enumerate(chain):
        status = one.seal.get("cv", "").lower()
        if status == "fail" and number == len(chain) - 1:
            raise _Broken("the last host found it broken already")
        if status != ("pass" if number else "none"):
            raise _Broken("a seal has a wrong status")
        # RFC 8617, section 4.1.3: a seal covers a fixed list of fields.
        if "h" in one.seal:
            raise _Broken("a seal lists fields")
    _check_message(mail, chain[-1], lookups)
    for number in range(len(chain), 0, -1):
        _check_seal(chain[:number], lookups)


def _check_message(mail: SignedMail, newest: _Set, lookups: Lookups) -> None:
    """The newest ARC-Message-Signature must fit the mail (section 4.1.2)."""
    read = newest.message
    if not mail.whole:
        raise _Broken("the header has lines that are no fields, or is too large")
    if "h" not in read or any(not read.get(name) for name in ("a", "b", "bh", "d", "s")):
        raise _Broken("a tag is missing")
    names = [name.strip(" \t\r\n").lower() for name in read["h"].split(":")]
    if _SEAL.decode() in names:
        raise _Broken("a message signature signs a seal")
    try:
        # ARC began with nothing but the relaxed forms, and seals without "c=" still mean them.
        relaxed = signature.canonicalizations(read.get("c", "relaxed/relaxed"))
        wanted = signature.octets(tags.without_white(read["bh"]))
    except signature.Unreadable as error:
        raise _Broken(str(error)) from error
    length = None
    if "l" in read:
        if not read["l"].isdecimal() or len(read["l"]) > 15:
            raise _Broken("a length is no number")
        length = int(read["l"])
    digest, size = mail.body_digest("sha256", relaxed[1], length)
    if length is not None and length < size:
        raise _Broken("the end of the body is not sealed")
    if digest != wanted:
        raise _Broken("the body was changed")
    _check(mail.fields, names, newest.fields[_MESSAGE], read, relaxed[0], lookups)


def _check_seal(chain: list[_Set], lookups: Lookups) -> None:
    """The seal of the newest of *chain* covers all fields of the sets up to its own."""
    fields = [one.fields[name] for one in chain for name in _NAMES]
    seal = fields.pop()
    read = chain[-1].seal
    if any(not read.get(name) for name in ("a", "b", "d", "s")):
        raise _Broken("a tag is missing")
    # Fields are picked from the bottom up, the oldest set first.
    names = [name.decode().lower() for name, _ in fields]
    _check(fields[::-1], names, seal, read, True, lookups)


def _check(
    fields: list[tuple[bytes, bytes]],
    names: list[str],
    field: tuple[bytes, bytes],
    read: dict[str, str],
    relaxed: bool,
    lookups: Lookups,
) -> None:
    algorithm = read["a"].lower()
    if algorithm not in signature.ALGORITHMS:
        raise _Broken("its algorithm is not accepted")
    value = tags.without_white(read["b"])
    if lookups.is_late():
        raise _Broken("the check took too long", "temperror")
    try:
        signature.octets(value)
        found = keys.fetch(read["s"].lower(), read["d"].lower(), lookups)
        for key in found:
            short = key.kind == "rsa" and key.bits < keys.SMALLEST_RSA
            if not short and signature.fits(fields, names, field, value, algorithm, relaxed, key):
                return
    except keys.KeyProblem as problem:
        result = "temperror" if problem.result == "temperror" else "fail"
        raise _Broken(problem.reason, result) from problem
    except signature.Unreadable as error:
        raise _Broken(str(error)) from error
    raise _Broken("a signature does not fit")
