# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a deny rule means by its pattern: one normal form for each, and an error where there is
none.
"""

import re
import typing

import idna

from ..addresses import normalize, recipient_key
from ..safe_regex import LONGEST, UnsafeRegex
from ..safe_regex import check as check_regex

_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_LOCAL = re.compile(r"[^\s@<>(),;:\\\"\[\]]+\Z")
_NAMED = re.compile(r"[^<>]*<\s*([^<>\s]+)\s*>\Z")


class Pattern(typing.NamedTuple):
    """How a pattern is to match, and its normal form."""

    match: str
    pattern: str


class UnclearPattern(ValueError):
    """A pattern that means nothing, or too much.

    ``code`` is one of "empty", "too_long", "no_address", "no_domain", "unclear", "domain_of_text",
    "everything", "own_address", or one of :class:`.UnsafeRegex`; ``values`` fill its sentence.
    """

    def __init__(self, code, **values):
        super().__init__(code)
        self.code = code
        self.values = values


def understand(text):
    """What a line of a list of senders means: an address, a domain, or one with wildcards.

    :return: a :class:`Pattern`
    :raise UnclearPattern:
    """
    text = text.strip().strip("\ufeff").rstrip(",;").strip()
    named = _NAMED.match(text)
    text = (named[1] if named else text).strip("<>\"'` ")
    text = text.removeprefix("mailto:").lower()
    if not text:
        raise UnclearPattern("empty")
    if not text.strip("*@."):
        raise UnclearPattern("everything")
    local, at, domain = text.rpartition("@")
    if at:
        if local in ("", "*"):
            return Pattern("domain", domain_pattern(domain))
        return Pattern("exact", address_pattern(text))
    if text.startswith(("*.", ".")):
        return Pattern("domain", domain_pattern(text))
    if "*" not in text:
        return Pattern("domain", domain_pattern(text))
    words = text.strip("*")
    if "*" in words or " " in words:
        raise UnclearPattern("unclear")
    if text.startswith("*") and text.endswith("*"):
        return Pattern("contains", words)
    return Pattern("ends" if text.startswith("*") else "starts", words)


def normalized(location, match, pattern):
    """The normal form of *pattern* for a rule.

    :raise UnclearPattern:
    """
    pattern = (pattern or "").strip()
    if not pattern:
        raise UnclearPattern("empty")
    if len(pattern) > LONGEST:
        raise UnclearPattern("too_long", limit=LONGEST)
    if match == "regex":
        try:
            check_regex(pattern)
        except UnsafeRegex as error:
            raise UnclearPattern(error.code, **error.values) from error
        return pattern
    if location != "sender":
        if match == "domain":
            raise UnclearPattern("domain_of_text")
        return " ".join(pattern.split())
    if match == "exact":
        return address_pattern(pattern)
    if match == "domain":
        return domain_pattern(pattern)
    return "".join(pattern.lower().split())


def check(rule, own_addresses=()):
    """Refuse a rule that covers what it cannot be meant for: everybody, or ourselves.

    :param rule: a :class:`.Rule` in its normal form
    :raise UnclearPattern:
    """
    from .rules import Rules

    rules = Rules([rule])
    if rule.location == "sender":
        if all(rules.of_sender(address) for address in _ANYBODY):
            raise UnclearPattern("everything")
        for address in own_addresses:
            if rules.of_sender(address):
                raise UnclearPattern("own_address", address=address)
    elif all(rules.of_text(rule.location, text) for text in _ANYTHING):
        raise UnclearPattern("everything")


# what no rule that somebody means would cover altogether
_ANYBODY = ("qvx@zk9.example", "7.h-w@b.j-pq.test", "mitfuny+r@dwcols.invalid")
_ANYTHING = ("Qvx zk9 (hw)", "Wie geht's? 7 Fjord-Bym", "Привет! 23 дня")


def address_pattern(text):
    """An address, or one with wildcards, in the form in which senders are compared."""
    named = _NAMED.match(text.strip())
    text = (named[1] if named else text.strip()).lower()
    if "*" not in text:
        key = recipient_key(text)
        if not key or not normalize(text) or not ascii_domain(key.rpartition("@")[2]):
            raise UnclearPattern("no_address", text=text)
        return key
    local, at, domain = text.rpartition("@")
    if not at or not _LOCAL.match(local) or not domain:
        raise UnclearPattern("no_address", text=text)
    if not f"{local}{domain}".strip("*."):
        raise UnclearPattern("everything")
    labels = [label if "*" in label else _ascii_label(label) for label in domain.split(".")]
    if not all(labels) or not all(_LABEL.match(label.replace("*", "x")) for label in labels):
        raise UnclearPattern("no_address", text=text)
    return f"{local}@{'.'.join(labels)}"


def domain_pattern(text):
    """A domain in its ASCII form; "*." before it stands for the domains below it."""
    text = text.strip().lower().strip("<>").removeprefix("*@").removeprefix("@").rstrip(".")
    below = text.startswith(("*.", "."))
    name = ascii_domain(text.lstrip("*").lstrip(".") if below else text)
    if not name or ("." not in name and not below):
        raise UnclearPattern("no_domain", text=text)
    return f"*.{name}" if below else name


def ascii_domain(domain):
    """A domain as the DNS knows it (RFC 5890), or "" where it is none."""
    labels = [_ascii_label(label) for label in domain.lower().rstrip(".").split(".")]
    name = ".".join(labels)
    if len(name) > 253 or not all(_LABEL.match(label) for label in labels):
        return ""
    return name


def _ascii_label(label):
    if label.isascii():
        return label
    try:
        return idna.encode(label, uts46=True).decode()
    except idna.IDNAError:
        return ""


def unicode_address(key):
    """A sender's key with its domain as people read it."""
    local, at, domain = key.rpartition("@")
    try:
        return f"{local}{at}{idna.decode(domain, uts46=True)}"
    except idna.IDNAError:
        return key
