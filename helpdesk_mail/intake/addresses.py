# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Addresses as intake compares them."""

import re

import idna
from odoo.tools import email_normalize

# machines' addresses (RFC 3834, section 2): nobody reads what is sent there
_NO_REPLY = re.compile(
    r"^(?:.*[._+-])?(?:no|do[._-]?not|non?|nicht|ne[._-]?pas)[._-]?"
    r"(?:repl(?:y|ies)|antwort(?:en)?|repondre|responder?)(?![a-z])"
    r"|^(?:mailer-daemon|postmaster|mdaemon|listserv|majordomo|bounces?)(?![a-z])"
    r"|^owner-|-bounces?(?![a-z])",
    re.IGNORECASE,
)


_NAMED = re.compile(r"[^<>]*<\s*([^<>]+?)\s*>")
_DOMAIN = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
_SEPARATOR = re.compile(r"[\s,;:]")


def is_no_reply(email):
    """Whether *email* is by its name an address that takes no answers."""
    return bool(_NO_REPLY.search((email or "").rpartition("@")[0]))


# quotes that say nothing: "anna"@b.example is anna@b.example (RFC 5321, 4.1.2)
_QUOTED_ATOM = re.compile(r"\"([\w!#$%&'*+/=?^`{|}~.-]+)\"")


def normalize(email):
    """The key under which an address is compared: as Odoo's ``email_normalized``, or "".

    Spellings of one address are one: needless quotes, and the dot that ends a domain, go.
    """
    local, at, domain = (email_normalize(email or "", strict=False) or "").rpartition("@")
    if not local:
        return ""
    quoted = _QUOTED_ATOM.fullmatch(local)
    return f"{quoted[1] if quoted else local}{at}{domain.rstrip('.')}"


def recipient_key(email):
    """The key of a recipient: *normalize*, with an international domain in its ASCII form.

    RFC 5890 says that both forms of a domain are the same; "" where there is no address.
    """
    local, at, domain = normalize(email).rpartition("@")
    if not at or domain.isascii():
        return f"{local}{at}{domain}"
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except idna.IDNAError:
        return f"{local}@{domain}"


def is_one_address(text):
    """Whether *text*, which a person typed, is one address and nothing else but a name."""
    text = (text or "").strip()
    named = _NAMED.fullmatch(text)
    address = named[1] if named else text
    local, _at, domain = recipient_key(address).rpartition("@")
    return bool(
        local
        and domain
        and _DOMAIN.fullmatch(domain)
        and (address.count("@") == 1 or local.startswith('"'))
        and not (_SEPARATOR.search(address) and not local.startswith('"'))
    )


def without_tag(key):
    """*key* without what stands behind a "+" in its local part (sub-addressing, RFC 5233)."""
    local, at, domain = key.rpartition("@")
    base = local.partition("+")[0]
    return f"{base}{at}{domain}" if base else key


def domain_of(key):
    """The domain of an address, or ""."""
    return key.rpartition("@")[2] if "@" in key else ""


def format_address(name, email):
    """'"Name" <address>', or the address alone: how Odoo stores who wrote."""
    # what would end the quotes early, or the line, is no part of a name
    name = " ".join((name or "").replace("\\", "").replace('"', "'").split())
    return f'"{name}" <{email}>' if name and name != email else email or ""
