# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A deny list as one grows over years: made from a seed, the same every time."""

from __future__ import annotations

import random

_WORDS = (
    "casino viagra crypto bitcoin lottery winner prize loan credit pills meds rolex replica seo "
    "backlink ranking webinar whitepaper discount voucher inheritance transfer investor forex"
).split()
_EXPRESSIONS = (
    r"{0}.*{1}",
    r"\b{0}s?\b\s+\d+\s*%",
    r"(?:{0}|{1})[- ](?:offer|deal)",
    r"^(?:fwd?|re):\s*{0}",
    r"\$\d+(?:,\d{{3}})*\s+{0}",
)
_TLDS = ("example", "test", "invalid")


def mixed(count: int, seed: int = 1) -> list[dict[str, str]]:
    """``count`` rules as values of ``helpdesk.deny.rule``.

    Of a hundred, 55 are addresses, 25 domains, 4 wildcards, 6 parts of addresses, 8 words of
    subjects and texts, 2 regular expressions; two are the same nowhere.
    """
    rng = random.Random(f"rules {seed}")
    makers = [_address] * 55 + [_domain] * 20 + [_below] * 5 + [_wildcard] * 4 + [_part] * 6
    makers += [_words] * 8 + [_expression] * 2
    found: dict[tuple[str, ...], dict[str, str]] = {}
    while len(found) < count:
        rule = rng.choice(makers)(rng)
        found.setdefault(tuple(rule.values()), rule)
    return list(found.values())


def _rule(location: str, match: str, pattern: str) -> dict[str, str]:
    return {"location": location, "match": match, "pattern": pattern}


def _name(rng: random.Random) -> str:
    return f"{rng.choice(_WORDS)}{rng.randrange(10_000)}"


def _host(rng: random.Random) -> str:
    return f"{rng.choice(_WORDS)}-{rng.randrange(10_000)}.{rng.choice(_TLDS)}"


def _address(rng: random.Random) -> dict[str, str]:
    return _rule("sender", "exact", f"{_name(rng)}@{_host(rng)}")


def _domain(rng: random.Random) -> dict[str, str]:
    return _rule("sender", "domain", _host(rng))


def _below(rng: random.Random) -> dict[str, str]:
    return _rule("sender", "domain", f"*.{_host(rng)}")


def _wildcard(rng: random.Random) -> dict[str, str]:
    return _rule("sender", "exact", f"{_name(rng)}*@{_host(rng)}")


def _part(rng: random.Random) -> dict[str, str]:
    match = rng.choice(("starts", "contains", "ends"))
    return _rule("sender", match, _host(rng) if match == "ends" else _name(rng))


def _words(rng: random.Random) -> dict[str, str]:
    words = f"{rng.choice(_WORDS)} {_name(rng)}"
    place = rng.choice(("subject", "body"))
    return _rule(place, rng.choice(("contains", "contains", "starts")), words)


def _expression(rng: random.Random) -> dict[str, str]:
    pattern = rng.choice(_EXPRESSIONS).format(_name(rng), rng.choice(_WORDS))
    return _rule(rng.choice(("subject", "body")), "regex", pattern)
