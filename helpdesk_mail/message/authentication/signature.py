# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whether a signature fits the octets and the key: what DKIM and ARC have in common.

dkimpy canonicalises the header, hashes it and does the RSA arithmetic (RFC 6376, sections 3.4 and
3.7), so the part that must agree with the rest of the world to the octet is the one that the
world uses. What is around it is ours, since dkimpy cannot be told a clock or a budget, checks
neither ``h=`` nor ``t=`` of a key, needs one more library for Ed25519 (RFC 8463) where
*cryptography* is here already, and some of its regular expressions take quadratic time: hence the
body is hashed in ``signed_mail``, and a field with absurd white space is refused before dkimpy
sees it.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from typing import Any

from .keys import Key

ALGORITHMS = {"rsa-sha256": "rsa", "ed25519-sha256": "ed25519"}
_MOST_NAMES = 500
_ABSURD_WHITE = re.compile(rb"[ \t\r\n]{100}")
_BASE64 = re.compile(r"[0-9A-Za-z+/]+={0,2}\Z")


class Unreadable(Exception):
    """The signature cannot be processed at all."""


def octets(value: str) -> bytes:
    """The octets of base64 without white space. Raises Unreadable."""
    if not _BASE64.match(value):
        raise Unreadable("it is no base64")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unreadable("it is no base64") from error


def canonicalizations(value: str) -> tuple[bool, bool]:
    """Whether header and body are relaxed, from the value of "c=". Raises Unreadable."""
    header, slash, body = value.lower().partition("/")
    if header not in ("simple", "relaxed") or (slash and body not in ("simple", "relaxed")):
        raise Unreadable("its canonicalisation is unknown")
    return header == "relaxed", body == "relaxed"


def fits(
    fields: list[tuple[bytes, bytes]],
    names: list[str],
    signature_field: tuple[bytes, bytes],
    signature: str,
    algorithm: str,
    relaxed: bool,
    key: Key,
) -> bool:
    """Whether *signature* (base64) was made with *key* over *names* of *fields* and its own field.

    The names pick fields from the bottom up, and a "from" once more than they say, so that a
    From that was added breaks the signature (RFC 6376, section 8.15). Raises Unreadable.
    """
    if len(names) > _MOST_NAMES or _ABSURD_WHITE.search(signature_field[1]):
        raise Unreadable("its form is absurd")
    kind = ALGORITHMS.get(algorithm)
    # RFC 8017, section 8.2.2, step 1: a signature is as long as its key.
    if kind != key.kind or (kind == "rsa" and len(octets(signature)) != (key.bits + 7) // 8):
        return False
    import dkim

    verifier = _verifier()(b"")
    verifier.headers = list(fields)
    verifier.keysize = key.bits
    verifier.ktag = kind.encode("ascii")
    ed25519 = _Ed25519Key(key.value) if kind == "ed25519" else None
    if ed25519:
        verifier.pk = ed25519
    else:
        verifier.pk = {"modulus": key.value[0], "publicExponent": key.value[1]}
    tags = {
        b"a": algorithm.encode("ascii"),
        b"b": signature.encode("ascii"),
        b"c": b"relaxed/relaxed" if relaxed else b"simple/simple",
    }
    encoded = [name.lower().encode("utf-8", "replace") for name in names]
    try:
        fit = bool(verifier.verify_sig_process(tags, encoded, signature_field, None))
    except dkim.DKIMException:
        return False
    except Exception as error:  # noqa: BLE001 - dkimpy raises what it comes upon
        raise Unreadable(f"it cannot be processed ({type(error).__name__})") from error
    return ed25519.fits if ed25519 else fit


class _Ed25519Key:
    """What dkimpy expects of a key of PyNaCl, by *cryptography*; it keeps the answer."""

    def __init__(self, value: bytes) -> None:
        self.value = value
        self.fits = False

    def verify(self, message: bytes, signature: bytes) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.value).verify(signature, message)
            self.fits = True
        except (InvalidSignature, ValueError):
            self.fits = False


@functools.cache
def _verifier() -> Any:
    """dkimpy's class for one signature; loading it takes longer than reading a mail."""
    import dkim

    return dkim.DKIM
