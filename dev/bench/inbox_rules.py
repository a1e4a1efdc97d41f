# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The rules of an inbox as administrators write them: made from a seed, the same every time."""

from __future__ import annotations

import random
from typing import Any

_WORDS = (
    "invoice order delivery refund printer login password contract meeting quote newsletter "
    "warranty return shipping billing reminder urgent outage upgrade training"
).split()
_HIGH = {"field_name": "priority", "value": "High"}
_EXPRESSIONS = (
    r"\b{0}\s+no\.?\s*\d{{3,}}",
    r"^(?:re|fwd?):\s*{0}",
    r"{0}.{{0,40}}{1}",
    r"(?:{0}|{1})s?\b",
)


def mixed(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """``count`` rules as values of ``helpdesk.inbox.rule``.

    Of ten, three look at the sender, three at the subject, two at the text, one at the header or an
    attachment, one has a regular expression; a few ask for the customer.
    """
    rng = random.Random(f"inbox rules {seed}")
    makers = [_sender] * 3 + [_subject] * 3 + [_body] * 2 + [_rest, _expression]
    return [
        {"name": f"Rule {number}", "sequence": number, **makers[number % 10](rng, number)}
        for number in range(count)
    ]


def _rule(*domain: Any, **values: Any) -> dict[str, Any]:
    return {"domain": repr(list(domain)), "applies_to": "both", **values}


def _sender(rng: random.Random, number: int) -> dict[str, Any]:
    if number % 20 == 1:
        return _rule(("partner_id.parent_id.name", "ilike", f"no such firm {number}"))
    if number % 2:
        return _rule(
            ("sender_domain", "in", [f"{rng.choice(_WORDS)}{n}.example" for n in range(9)])
        )
    return _rule(
        "|", ("sender_email", "=like", f"{rng.choice(_WORDS)}%@%"), ("is_agent", "=", True)
    )


def _subject(rng: random.Random, number: int) -> dict[str, Any]:
    if number % 10 == 3:
        # one word of the mails that are measured: it holds now and then
        words = ("invoice", "facture", "konto", "answer", "urgent")[number // 10 % 5]
        return _rule(("subject", "ilike", words), line_ids=[(0, 0, _HIGH)])
    words = f"{rng.choice(_WORDS)} {rng.choice(_WORDS)}"
    return _rule(("subject", "ilike", words), ("is_known", "=", bool(number % 2)))


def _body(rng: random.Random, number: int) -> dict[str, Any]:
    words = f"{rng.choice(_WORDS)} {rng.choice(_WORDS)} {number}"
    return _rule("|", ("body", "ilike", words), ("subject", "ilike", words))


def _rest(rng: random.Random, number: int) -> dict[str, Any]:
    if number % 20 == 8:
        return _rule(("headers", "ilike", f"X-{rng.choice(_WORDS)}: yes"))
    return _rule(("has_attachment", "=", True), ("attachment_names", "ilike", rng.choice(_WORDS)))


def _expression(rng: random.Random, number: int) -> dict[str, Any]:
    pattern = rng.choice(_EXPRESSIONS).format(f"{rng.choice(_WORDS)}x", rng.choice(_WORDS) + "x")
    return _rule(pattern=pattern, pattern_location=rng.choice(("subject", "body")))
