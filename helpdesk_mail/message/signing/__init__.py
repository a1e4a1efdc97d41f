# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Vouching for the mail that we send: DKIM signatures, and the DNS records that belong to them.

Read in this order: ``private_key`` (make or read one, its public record), ``wire`` (a form that no
mail server on the way has a reason to change), ``signer``; ``records`` (what to publish),
``senders`` (who sends for a host), ``dns_check`` (what is published, and how it differs).
"""

from __future__ import annotations

from .private_key import KeyUnusable, PrivateKey, generate, read_pem
from .signer import SigningKey, sign

__all__ = ["KeyUnusable", "PrivateKey", "SigningKey", "generate", "read_pem", "sign"]
