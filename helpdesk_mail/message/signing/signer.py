# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""DKIM signatures (RFC 6376, RFC 8301, RFC 8463) on the octets that go over the wire.

dkimpy canonicalises the header, folds the new field and puts it together, so that the part that
must agree with the rest of the world to the octet is the one that the world uses. The body is
hashed once for all keys by ``signed_mail``, and *cryptography* does the arithmetic: dkimpy's own
RSA takes many times as long, and its Ed25519 needs one more library.

Signed relaxed/relaxed, without ``l=`` (anybody could add text) and without ``x=`` (mail waits in
queues).
"""

from __future__ import annotations

import base64
import dataclasses
import functools
import time
from collections.abc import Sequence
from typing import Any

from ..authentication import signed_mail
from .private_key import RSA, PrivateKey

# What people and programs read. Those of the second list are signed once more than they are there,
# so that nobody adds one (RFC 6376, section 8.15).
SIGNED = (
    "from", "to", "cc", "subject", "date", "message-id", "reply-to", "sender",
    "in-reply-to", "references", "mime-version", "content-type", "content-transfer-encoding",
    "auto-submitted", "list-id", "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip
OVERSIGNED = ("from", "to", "cc", "subject", "date", "message-id", "reply-to")


@dataclasses.dataclass(frozen=True, slots=True)
class SigningKey:
    """A key with the name under which its public half is in DNS (A-labels)."""

    domain: str
    selector: str
    key: PrivateKey


def sign(
    source: bytes,
    keys: Sequence[SigningKey],
    *,
    leave: Sequence[str] = (),
    now: float | None = None,
) -> bytes:
    """*source* (CRLF) with a DKIM-Signature of each of *keys* on top.

    *leave*: names of fields (lower case) that a server on the way replaces and that are not
    signed. Raises ValueError where *source* is nothing that can be signed: a line of its header
    is no field, or it has not exactly one From.
    """
    if not keys:
        return source
    mail = signed_mail.read(source)
    if not mail.whole or len(mail.values(b"from")) != 1:
        raise ValueError("the header cannot be signed")
    digest, _size = mail.body_digest("sha256", True, None)
    body_hash = base64.b64encode(digest)
    names = _names(mail.fields, leave)
    stamp = int(time.time() if now is None else now)
    made = [_field(mail.fields, key, names, body_hash, stamp) for key in keys]
    return b"".join([*made, source])


def _names(fields: list[tuple[bytes, bytes]], leave: Sequence[str]) -> list[bytes]:
    """The value of "h=": each name as often as its field is there, and once more."""
    counts: dict[str, int] = {}
    for field, _value in fields:
        key = field.decode("ascii").lower()
        counts[key] = counts.get(key, 0) + 1
    found: list[bytes] = []
    for name in SIGNED:
        if name not in leave:
            times = counts.get(name, 0) + (name in OVERSIGNED)
            found += [name.encode("ascii")] * times
    return found


def _field(
    fields: list[tuple[bytes, bytes]],
    key: SigningKey,
    names: list[bytes],
    body_hash: bytes,
    stamp: int,
) -> bytes:
    dkim = _dkim()
    kind = b"rsa-sha256" if key.key.algorithm == RSA else b"ed25519-sha256"
    signer = dkim.DKIM(b"")
    signer.headers = list(fields)
    signer.hasher = dkim.HASH_ALGORITHMS[kind]
    # the way on which dkimpy lets the key itself sign the digest; "a=" below says what it is
    signer.signature_algorithm = b"ed25519-sha256"
    policy = dkim.CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
    tags = [
        (b"v", b"1"),
        (b"a", kind),
        (b"c", b"relaxed/relaxed"),
        (b"d", key.domain.encode("ascii")),
        (b"s", key.selector.encode("ascii")),
        (b"t", str(stamp).encode("ascii")),
        (b"h", b" : ".join(names)),
        (b"bh", body_hash),
        # dkimpy wants a place for the signature, which it then folds onto a line of its own
        (b"b", b"0" * 60),
    ]
    value = signer.gen_header(tags, names, policy, b"DKIM-Signature", _Key(key.key))
    return b"DKIM-Signature: " + bytes(value)


@dataclasses.dataclass(frozen=True, slots=True)
class _Signed:
    signature: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class _Key:
    """What dkimpy expects of a key of PyNaCl."""

    key: PrivateKey

    def sign(self, digest: bytes) -> _Signed:
        return _Signed(self.key.sign_digest(digest))


@functools.cache
def _dkim() -> Any:
    """dkimpy, loaded when the first mail is signed."""
    import dkim

    return dkim
