# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Addresses as intake compares them."""

from odoo.tools import email_normalize


def normalize(email):
    """The key under which an address is compared: as Odoo's ``email_normalized``, or ""."""
    return email_normalize(email or "", strict=False) or ""


def format_address(name, email):
    """'"Name" <address>', or the address alone: how Odoo stores who wrote."""
    # what would end the quotes early, or the line, is no part of a name
    name = " ".join((name or "").replace("\\", "").replace('"', "'").split())
    return f'"{name}" <{email}>' if name and name != email else email or ""
