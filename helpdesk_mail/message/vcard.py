# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A contact that was sent (vCard: RFC 6350, RFC 2426, and version 2.1) in readable words."""

from __future__ import annotations

from . import content_lines
from .content_lines import Component

TYPES = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
_MOST_CARDS = 20
_LINES = (("ORG", "Organisation"), ("TITLE", "Title"), ("TEL", "Phone"), ("EMAIL", "Email"))


def describe(source: str) -> str:
    """What the cards in *source* say, or "" if there are none."""
    cards = [card for card in content_lines.read(source) if card.name == "VCARD"]
    return "\n\n".join(filter(None, map(_card, cards[:_MOST_CARDS])))


def _card(card: Component) -> str:
    name = card.text("FN") or " ".join(reversed(_fields(card.text("N"))[:2]))
    if not name and not card.properties:
        return ""
    lines = [f"Contact: {name}".rstrip()]
    for key, label in _LINES:
        values = [", ".join(_fields(found.text)) for found in card.properties.get(key, ())[:5]]
        lines += [f"{label}: {value.removeprefix('tel:')}" for value in values if value]
    for found in card.properties.get("ADR", ())[:3]:
        if address := ", ".join(_fields(found.text)):
            lines.append(f"Address: {address}")
    return "\n".join(" ".join(line.split()) for line in lines)


def _fields(value: str) -> list[str]:
    return [field.strip() for field in value.split(";") if field.strip()]
