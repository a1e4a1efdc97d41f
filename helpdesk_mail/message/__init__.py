# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Octets of a mail in, a frozen :class:`ParsedMessage` out. Knows no Odoo.

Read the modules in the order in which a mail goes through them: ``parse`` (the whole road);
``headers``, ``encoded_words``, ``addresses``, ``dates``, ``identifiers`` (the fields);
``structure``, ``transfer``, ``charsets``, ``filenames`` (the parts); ``body``, ``html``,
``inline_images``, ``plain_text``, ``enclosures`` (what people see); ``bounce``, ``kind``,
``header_block``, ``forward``, ``quotation``, ``reply``, ``fingerprint`` (what it means).
"""

from .limits import DEFAULT_LIMITS, Limits
from .parse import parse
from .parsed import (
    Address,
    Attachment,
    Authentication,
    Bounce,
    BounceRecipient,
    ForwardedMessage,
    Kind,
    ParsedMessage,
    SignatureResult,
)
from .plain_text import from_html as html_to_text
from .plain_text import to_html as text_to_html
from .serialize import to_dict

__all__ = [
    "DEFAULT_LIMITS",
    "Address",
    "Attachment",
    "Authentication",
    "Bounce",
    "BounceRecipient",
    "ForwardedMessage",
    "Kind",
    "Limits",
    "ParsedMessage",
    "SignatureResult",
    "html_to_text",
    "parse",
    "text_to_html",
    "to_dict",
]
