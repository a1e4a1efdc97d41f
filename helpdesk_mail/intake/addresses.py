# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Addresses as intake compares them."""

import idna
from odoo.tools import email_normalize


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
