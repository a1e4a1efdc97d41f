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


def is_no_reply(email):
    """Whether *email* is by its name an address that takes no answers."""
    return bool(_NO_REPLY.search((email or "").rpartition("@")[0]))


def normalize(email):
    """The key under which an address is compared: as Odoo's ``email_normalized``, or ""."""
    return email_normalize(email or "", strict=False) or ""


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
