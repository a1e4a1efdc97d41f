# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Private keys of DKIM (RFC 6376, RFC 8301, RFC 8463): made, read, and their public half.

A key is kept as PEM (PKCS #8). RSA keys are of at least 2,048 bits, as RFC 8301 recommends for
signers, and of at most 4,096: a longer public key does not fit into one answer of DNS by UDP.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

RSA = "rsa"
ED25519 = "ed25519"
SMALLEST_RSA = 2048
LARGEST_RSA = 4096
_SEED = 32
_LONGEST = 16 * 1024
_WHITE = re.compile(r"\s+")


class KeyUnusable(Exception):
    """The text is no key that we can sign with; ``code`` says why, ``bits`` how long it is.

    Codes: "encrypted" (protected by a pass phrase), "public" (a public key or a certificate),
    "short", "long", "kind" (neither RSA nor Ed25519), "unreadable".
    """

    def __init__(self, code: str, bits: int = 0) -> None:
        super().__init__(code)
        self.code = code
        self.bits = bits


class PrivateKey:
    """A key that signs. Neither its repr nor its errors show it."""

    def __init__(self, key: RSAPrivateKey | Ed25519PrivateKey) -> None:
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

        self._key = key
        self.algorithm = RSA if isinstance(key, RSAPrivateKey) else ED25519
        self.bits = key.key_size if isinstance(key, RSAPrivateKey) else 256

    def __repr__(self) -> str:
        return f"<private key: {self.algorithm}, {self.bits} bits>"

    def sign_digest(self, digest: bytes) -> bytes:
        """The signature of a SHA-256 *digest*: PKCS #1 v1.5 (RFC 8017, section 8.2.1), or
        PureEdDSA of the digest (RFC 8463, section 3).
        """
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding, utils
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(digest)
        return self._key.sign(digest, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))

    def pem(self) -> str:
        """The key as PEM (PKCS #8), not encrypted: whoever keeps it encrypts it."""
        from cryptography.hazmat.primitives import serialization

        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode("ascii")

    def public(self) -> str:
        """What stands behind "p=" in DNS (RFC 6376, section 3.6.1; RFC 8463, section 4)."""
        from cryptography.hazmat.primitives import serialization

        encoding, form = (
            (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
            if self.algorithm == RSA
            else (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        )
        return base64.b64encode(self._key.public_key().public_bytes(encoding, form)).decode("ascii")

    def fingerprint(self) -> str:
        """A short name of the key by which people tell it from others."""
        digest = hashlib.sha256(base64.b64decode(self.public())).hexdigest()[:16]
        return ":".join(digest[place : place + 4] for place in range(0, 16, 4))


def generate(algorithm: str) -> PrivateKey:
    """A new key: "rsa" (2,048 bits) or "ed25519"."""
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    if algorithm == ED25519:
        return PrivateKey(ed25519.Ed25519PrivateKey.generate())
    return PrivateKey(rsa.generate_private_key(public_exponent=65537, key_size=SMALLEST_RSA))


def read_pem(text: str) -> PrivateKey:
    """The key in *text*: PEM (PKCS #1, PKCS #8), or the bare base64 of 32 octets that dkimpy's
    ``dknewkey`` writes for Ed25519. Raises KeyUnusable.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    text = text.strip()
    if len(text) > _LONGEST or not text.isascii():
        raise KeyUnusable("unreadable")
    if "-----BEGIN" not in text:
        return PrivateKey(ed25519.Ed25519PrivateKey.from_private_bytes(_seed(text)))
    if "ENCRYPTED" in text:
        raise KeyUnusable("encrypted")
    if "PRIVATE KEY-----" not in text:
        raise KeyUnusable("public")
    try:
        key = serialization.load_pem_private_key(text.encode("ascii"), password=None)
    except TypeError:
        raise KeyUnusable("encrypted") from None
    except UnsupportedAlgorithm:
        raise KeyUnusable("kind") from None
    except ValueError:
        # without its cause: the library's words may quote the key
        raise KeyUnusable("unreadable") from None
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < SMALLEST_RSA:
            raise KeyUnusable("short", key.key_size)
        if key.key_size > LARGEST_RSA:
            raise KeyUnusable("long", key.key_size)
        return PrivateKey(key)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return PrivateKey(key)
    raise KeyUnusable("kind")


def load_trusted(text: str) -> PrivateKey:
    """The key in PEM that we wrote ourselves: its numbers were checked when it came in, and
    checking them again takes a hundred times longer than a signature.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    try:
        key = serialization.load_pem_private_key(
            text.encode("ascii"), password=None, unsafe_skip_rsa_key_validation=True
        )
    except (TypeError, ValueError):
        raise KeyUnusable("unreadable") from None
    if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise KeyUnusable("kind")
    return PrivateKey(key)


def _seed(text: str) -> bytes:
    try:
        seed = base64.b64decode(_WHITE.sub("", text), validate=True)
    except (binascii.Error, ValueError):
        raise KeyUnusable("unreadable") from None
    if len(seed) != _SEED:
        raise KeyUnusable("unreadable")
    return seed
