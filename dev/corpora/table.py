# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The table of the scores, and what stands below it."""

from __future__ import annotations

from ..console import say
from .scoring import OURS, Outcome

_LONGEST = 300


def show(outcomes: list[Outcome]) -> None:
    """One line for each corpus and field: ours, then the others, best first."""
    say(f"{'corpus':<20} {'field':<24} {'cases':>5} {'ours':>5}  others")
    for outcome in outcomes:
        others = sorted(
            ((tool, right) for tool, right in outcome.right.items() if tool != OURS),
            key=lambda pair: (-pair[1], pair[0]),
        )
        listed = ", ".join(f"{tool} {right}" for tool, right in others)
        say(
            f"{outcome.corpus:<20} {outcome.field:<24} {outcome.total:>5} "
            f"{outcome.right[OURS]:>5}  {listed}".rstrip()
        )


def show_deviations(outcomes: list[Outcome]) -> None:
    """Where we disagree with a corpus, and why; and what is simply wrong still."""
    listed = [
        f"   {outcome.corpus}, {name}, {outcome.field}: {reason}"
        for outcome in outcomes
        for name, reason in outcome.deviations.items()
    ]
    say(f"{len(listed)} accepted deviations")
    for line in listed:
        say(line)
    still = sum(len(outcome.wrong) - len(outcome.deviations) for outcome in outcomes)
    if still:
        say(f"{still} answers are wrong and have no such reason (--wrong lists them)")


def show_wrong(outcomes: list[Outcome]) -> None:
    """What we answer wrongly, with both answers cut short."""
    for outcome in outcomes:
        for name, expected, answer in outcome.wrong:
            if name not in outcome.deviations:
                say(f"-- {outcome.corpus}, {name}, {outcome.field}")
                say(f"   expected {repr(expected)[:_LONGEST]}")
                say(f"   answered {repr(answer)[:_LONGEST]}")
