# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mail that came through a mailing list or a mass sender (RFC 2369, RFC 2919, and before them)."""

from __future__ import annotations

import re

from .structure import Part

# A person's mail through a list carries them as well as a newsletter does.
_FIELDS = (
    "list-id",
    "list-post",
    "list-unsubscribe",
    "list-archive",
    "list-subscribe",
    "list-owner",
    "mailing-list",
    "x-mailing-list",
    "x-mailinglist",
    "x-mailman-version",
    "x-beenthere",
    "x-google-group-id",
    "x-ml-name",
    "x-listserver",
    "x-listname",
    "x-list-id",
    "x-sympa-to",
)
_BULK = frozenset({"list", "bulk", "junk"})
# Majordomo sends as "owner-news@", Mailman as "news-bounces+anna=example.com@", LISTSERV as
# "owner-NEWS@" or "bounce-…-NEWS@".
_SENDER = re.compile(r"\W{0,3}owner-[^\s@]{1,60}@|[^\s@]{1,100}-owner@", re.I)


def is_distributed(root: Part) -> bool:
    """Whether the fields of a list are there, so that others read the mail as well."""
    return any(name in root.headers for name in _FIELDS)


def is_mailing_list(root: Part) -> bool:
    """Whether the mail went through a mailing list or a mass sender."""
    if is_distributed(root):
        return True
    if root.headers.raw("precedence").strip().lower() in _BULK:
        return True
    return "sender" in root.headers and bool(_SENDER.match(root.headers.raw("sender").strip()))
