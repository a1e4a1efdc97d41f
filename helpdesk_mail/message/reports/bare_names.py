# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Failed addresses of which a report names only the local part, since the domain is its own."""

from __future__ import annotations

import re

_ANNOUNCED = re.compile(
    r"(?:recipients?|address(?:es)?|following)[^\n]{0,200}(?:\n[^\n]{1,200}){0,2}:[ \t]*\n"
    r"(?:[ \t]*\n){0,3}[ \t]{1,20}([\w.+-]{2,64})(?:[ \t]{2,}[^\n]{0,200}|[ \t]*)(?:\n|\Z)",
    re.I,
)
# The directory program "ph" tells so where its users' mail goes.
_WRITTEN = re.compile(r"\be-?mailing\s{1,9}(?:to\s{1,9})?NAME@([\w.-]{1,200}\w)", re.I)
_MOST_LABELS = 2
# Second-level labels under which countries register names.
_SHARED = frozenset({"ac", "co", "com", "edu", "go", "gob", "gov", "ne", "net", "or", "org"})


def addresses(told: str, sender: str) -> list[str]:
    """The addresses of the one bare name that *told*, a report of *sender*, lists as failed."""
    match = _ANNOUNCED.search(told)
    domain = sender.rpartition("@")[2].lower()
    if match is None or "." not in domain:
        return []
    domains = [found.lower() for found in _WRITTEN.findall(told)] or [_organisation(domain)]
    return [f"{match[1].lower()}@{found}" for found in dict.fromkeys(domains)]


def _organisation(domain: str) -> str:
    """The domain of users, of the name of a mail server: "example.com" of "mx2.example.com"."""
    labels = domain.split(".")
    shared = len(labels) > _MOST_LABELS and len(labels[-1]) == 2 and labels[-2] in _SHARED
    return ".".join(labels[-3 if shared else -2 :])
