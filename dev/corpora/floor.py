# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The floor: how many answers were right already. It only rises (``--raise-floor``)."""

from __future__ import annotations

import tomllib
from pathlib import Path

from .scoring import OURS, Outcome

FILE = Path(__file__).with_name("floor.toml")
_HEAD = "# Right answers for each corpus and field; `make corpora` fails below them.\n"


def read() -> dict[str, dict[str, int]]:
    """{corpus: {field: right answers}}"""
    return tomllib.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}


def problems(outcomes: list[Outcome], *, whole: bool) -> list[str]:
    """What is worse than before, not listed, or listed for no reason any more.

    *whole* says that all corpora were scored, so that a field of the floor may not be missing.
    """
    floors = read()
    found = []
    for outcome in outcomes:
        right = outcome.right[OURS]
        least = floors.get(outcome.corpus, {}).get(outcome.field)
        what = f"{outcome.corpus}, {outcome.field}"
        if least is None:
            found.append(f"{what}: has no floor; run `make corpora` with --raise-floor")
        elif right < least:
            found.append(f"{what}: {right} right answers, the floor is {least}")
        found += [f"{what}: {name} is no deviation any more" for name in outcome.stale]
        rivals = {tool: n for tool, n in outcome.right.items() if tool != OURS and n > right}
        found += [f"{what}: {tool} is ahead with {n}" for tool, n in sorted(rivals.items())]
    if whole:
        scored = {(outcome.corpus, outcome.field) for outcome in outcomes}
        found += [
            f"{corpus}, {field}: in the floor, but not scored"
            for corpus, fields in floors.items()
            for field in fields
            if (corpus, field) not in scored
        ]
    return found


def raise_to(outcomes: list[Outcome]) -> None:
    """Write today's counts where they are higher."""
    floors = read()
    for outcome in outcomes:
        fields = floors.setdefault(outcome.corpus, {})
        fields[outcome.field] = max(fields.get(outcome.field, 0), outcome.right[OURS])
    text = _HEAD
    for corpus in sorted(floors):
        text += f'\n["{corpus}"]\n'
        text += "".join(f'"{field}" = {n}\n' for field, n in sorted(floors[corpus].items()))
    FILE.write_text(text, encoding="utf-8")
