# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Octets of a mail in, a frozen :class:`ParsedMessage` out. Knows no Odoo.

Read the modules in the order in which a mail goes through them: ``parse`` (the whole road);
``octets`` (what stores and old systems did to the mail); ``headers``, ``encoded_words``,
``addresses``, ``dates``, ``identifiers`` (the fields); ``structure``, ``boundaries``,
``transfer``, ``charsets`` with ``charset_names``, ``iso_2022_jp``, ``sample`` and ``detection``,
``filenames`` (the parts); ``opened`` with ``tnef``, ``tnef_words``, ``rtf_compression``, ``rtf``
and ``cms`` (parts that hold a message); ``body``, ``mojibake``, ``uuencode``, ``pgp``, ``html``
with ``html_hostile``, ``html_tags``, ``html_tree``, ``styles`` and ``remote_images``,
``inline_images``, ``html_marks``, ``html_text``, ``text_lines``, ``readable``, ``plain_text``,
``invitation``, ``vcard``, ``content_lines``, ``time_zones`` and ``external``, ``enclosures``,
``archives`` (what people see); ``kind``,
``bounce``, ``reports``, ``importance``, ``mailing_list``, ``subjects``, ``local_dates``,
``header_block``, ``attribution``, ``forward``, ``quotation``, ``signature``, ``reply``,
``fingerprint`` (what it means); ``fold`` (how what is not new is shown); ``authentication`` (who
really sent it). The words of many languages stand in ``words_labels``, ``words_dates``,
``words_replies``, ``words_signatures``.
"""

from .fold import folded, without_lines
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
from .plain_text import to_html as text_to_html
from .readable import html_to_text
from .remote_images import has_any as has_remote_images
from .remote_images import show as show_remote_images
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
    "folded",
    "has_remote_images",
    "html_to_text",
    "parse",
    "show_remote_images",
    "text_to_html",
    "to_dict",
    "without_lines",
]
