# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The organisational domain of a name (RFC 7489, section 3.2), by the public suffix list.

The list comes with the package *publicsuffixlist*: it is kept up weekly, reads the list's private
section, wildcards and exceptions as publicsuffix.org says, and fetches nothing. Loading takes
some tens of milliseconds, so it is loaded at the first question and kept.
"""

from __future__ import annotations

import functools
import typing

if typing.TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_LONGEST = 253


def organisational_domain(domain: str) -> str:
    """The registered domain that *domain* belongs to, lower case, in the form it was given.

    "" where there is none: *domain* is itself a public suffix, or no domain name. An unlisted top
    level is a public suffix of one label.
    """
    domain = domain.strip().lower().replace("。", ".").removesuffix(".")
    if not domain or len(domain) > _LONGEST or domain.startswith("["):
        return ""
    return _organisational(domain)


@functools.lru_cache(maxsize=4096)
def _organisational(domain: str) -> str:
    if all(part.isdigit() for part in domain.split(".")):
        return ""
    return _list().privatesuffix(domain) or ""


@functools.cache
def _list() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


def ascii_domain(domain: str) -> str:
    """*domain* as DNS has it: lower case, A-labels (RFC 5890), no final dot; "" if impossible."""
    domain = domain.strip().lower().removesuffix(".")
    if domain.isascii():
        return domain
    if len(domain) > _LONGEST:
        return ""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def same_organisation(one: str, other: str) -> bool:
    """Whether two domains belong to one organisation; a public suffix is its own one."""
    one, other = ascii_domain(one), ascii_domain(other)
    if not one or not other:
        return False
    if one == other:
        return True
    owner = organisational_domain(one)
    return bool(owner) and owner == organisational_domain(other)
