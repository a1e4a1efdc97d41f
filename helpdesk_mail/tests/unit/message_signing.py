# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Keys and DKIM signatures for the tests, made by the letter of RFC 6376 and without dkimpy."""

import base64
import functools
import hashlib
import re

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

NOW = 1_750_000_000
SIGNED = ("from", "to", "subject", "date", "message-id")
MAIL = (
    b"From: Anna Vogel <anna@firm.example>\r\n"
    b"To: help@desk.example\r\n"
    b"Subject: Invoice 4711\r\n"
    b" is missing\r\n"
    b"Date: Sun, 15 Jun 2025 15:06:40 +0000\r\n"
    b"Message-ID: <one@firm.example>\r\n"
    b"\r\n"
    b"Dear all,\r\n"
    b"\r\n"
    b"the invoice  is\tmissing. \r\n"
    b"Anna\r\n"
    b"\r\n"
)


@functools.cache
def rsa_key(bits=1024):
    """A private RSA key; the short ones are quick to make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@functools.cache
def ed25519_key():
    """A private Ed25519 key."""
    return ed25519.Ed25519PrivateKey.generate()


def record(key, **more):
    """The TXT record of *key*'s public half."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        raw = key.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw
        )
        kind = "ed25519"
    else:
        raw = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        kind = "rsa"
    tags = {"v": "DKIM1", "k": kind, **more, "p": base64.b64encode(raw).decode()}
    return "; ".join(f"{name}={value}" for name, value in tags.items())


def pem(key):
    """The key as dkimpy wants it."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def sign(mail, key=None, *, names=SIGNED, c="relaxed/relaxed", digest="sha256", **tags):
    """*mail* (CRLF) with a DKIM-Signature on top. A tag that is None is left out."""
    key = key or rsa_key()
    kind = "ed25519" if isinstance(key, ed25519.Ed25519PrivateKey) else "rsa"
    header, _, body = mail.partition(b"\r\n\r\n")
    fields = [
        (name, value + b"\r\n")
        for name, value in (
            line.split(b":", 1) for line in re.split(rb"\r\n(?![ \t])", header) if line
        )
    ]
    relaxed_header, relaxed_body = (one == "relaxed" for one in c.split("/"))
    if relaxed_body:
        body = re.sub(rb"[ \t]+", b" ", body).replace(b" \r\n", b"\r\n")
    body = re.sub(rb"(\r\n)*\Z", b"", body, count=1) + b"\r\n"
    if relaxed_body and body == b"\r\n":
        body = b""
    length = tags.get("l")
    covered = body if length is None else body[: int(length)]
    found = {
        "v": "1",
        "a": f"{kind}-{digest}",
        "c": c,
        "d": "firm.example",
        "s": "key",
        "h": ":".join(names),
        "bh": base64.b64encode(hashlib.new(digest, covered).digest()).decode(),
        **tags,
    }
    value = "; ".join(f"{name}={text}" for name, text in found.items() if text is not None)
    own = (b"DKIM-Signature", f" {value};\r\n b=".encode())
    left = list(fields)
    parts = []
    for name in names:
        for place in range(len(left) - 1, -1, -1):
            if left[place][0].lower() == name.lower().encode():
                parts.append(_canonical(*left.pop(place), relaxed_header))
                break
    parts.append(_canonical(*own, relaxed_header).removesuffix(b"\r\n"))
    octets = b"".join(parts)
    if kind == "ed25519":
        signature = key.sign(hashlib.sha256(octets).digest())
    else:
        algorithm = {"sha256": hashes.SHA256(), "sha1": hashes.SHA1()}[digest]  # noqa: S303
        signature = key.sign(octets, padding.PKCS1v15(), algorithm)
    encoded = base64.b64encode(signature)
    return b"DKIM-Signature:" + own[1] + encoded + b"\r\n" + mail


def _canonical(name, value, relaxed):
    if not relaxed:
        return name + b":" + value
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip()
    return name.lower() + b":" + value + b"\r\n"
