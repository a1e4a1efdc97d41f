# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Public keys of DKIM and ARC in DNS (RFC 6376, section 3.6; RFC 8301; RFC 8463)."""

from __future__ import annotations

import base64
import binascii
import dataclasses
from typing import Any

from . import tags
from .resolver import Lookups, TemporaryFailure

# RFC 8301, section 3.2, and what a verifier may be made to compute
SMALLEST_RSA = 1024
_LARGEST_RSA = 8192
_LARGEST_EXPONENT = 2**32
_LONGEST_KEY = 4096
_MOST_RECORDS = 3


class KeyProblem(Exception):
    """There is no key to verify with. ``result``: the word of RFC 8601, section 2.7.1."""

    def __init__(self, result: str, reason: str) -> None:
        super().__init__(reason)
        self.result = result
        self.reason = reason


@dataclasses.dataclass(frozen=True, slots=True)
class Key:
    """A public key. ``value``: (modulus, exponent) of RSA, or the 32 octets of Ed25519."""

    kind: str
    bits: int
    value: Any
    hashes: tuple[str, ...]
    strict: bool
    testing: bool


def fetch(selector: str, domain: str, lookups: Lookups) -> list[Key]:
    """The keys at *selector*._domainkey.*domain*: nearly always one. Raises KeyProblem.

    RFC 6376, section 3.6.2.2 leaves open what several records mean; each of the first few counts.
    """
    try:
        texts = lookups.lookup(f"{selector}._domainkey.{domain}", "TXT")
    except TemporaryFailure as failure:
        raise KeyProblem("temperror", "its key could not be asked for") from failure
    if not texts:
        raise KeyProblem("permerror", "there is no such key in DNS")
    found: list[Key] = []
    problem: KeyProblem | None = None
    for text in texts[:_MOST_RECORDS]:
        try:
            found.append(parse(text))
        except KeyProblem as error:
            problem = problem or error
    if not found and problem is not None:
        raise problem
    return found


def parse(text: str) -> Key:
    """The key in the TXT record *text*. Raises KeyProblem."""
    try:
        record = tags.parse(text)
    except tags.TagProblem as error:
        raise KeyProblem("permerror", "its key in DNS cannot be read") from error
    if record.get("v", "DKIM1") != "DKIM1" or "p" not in record:
        raise KeyProblem("permerror", "its key in DNS cannot be read")
    services = record.get("s", "*").replace(" ", "").split(":")
    if "*" not in services and "email" not in services:
        raise KeyProblem("permerror", "its key is not for mail")
    value = tags.without_white(record["p"])
    if not value:
        raise KeyProblem("permerror", "its key was revoked")
    if len(value) > _LONGEST_KEY:
        raise KeyProblem("permerror", "its key is too large")
    try:
        octets = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise KeyProblem("permerror", "its key in DNS cannot be read") from error
    hashes = tuple(record["h"].replace(" ", "").split(":")) if "h" in record else ()
    flags = record.get("t", "").replace(" ", "").split(":")
    kind = record.get("k", "rsa")
    if kind == "rsa":
        modulus, exponent = _rsa(octets)
        bits, number = modulus.bit_length(), (modulus, exponent)
        return Key(kind, bits, number, hashes, "s" in flags, "y" in flags)
    if kind == "ed25519":
        if len(octets) != 32:
            raise KeyProblem("permerror", "its key in DNS cannot be read")
        return Key(kind, 256, octets, hashes, "s" in flags, "y" in flags)
    raise KeyProblem("permerror", "its key is of an unknown kind")


def _rsa(octets: bytes) -> tuple[int, int]:
    import dkim.crypto

    try:
        numbers = dkim.crypto.parse_public_key(octets)
        modulus, exponent = int(numbers["modulus"]), int(numbers["publicExponent"])
    except Exception as error:  # noqa: BLE001 - dkimpy raises what it comes upon
        raise KeyProblem("permerror", "its key in DNS cannot be read") from error
    if modulus.bit_length() > _LARGEST_RSA or not 1 < exponent < _LARGEST_EXPONENT:
        raise KeyProblem("permerror", "its key is too large")
    if modulus < 2 or not exponent % 2:
        raise KeyProblem("permerror", "its key in DNS cannot be read")
    return modulus, exponent
