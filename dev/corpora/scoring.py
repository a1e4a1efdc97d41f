# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Ask every tool every question of a corpus, and count."""

from __future__ import annotations

import dataclasses
import types
from pathlib import Path
from typing import Any

from .case import NO_ANSWER, Case

OURS = "helpdesk_mail"


@dataclasses.dataclass
class Outcome:
    """The counts of one field of one corpus. *right*: {tool: right answers}; a tool that has
    no answer to any question of the field does not stand in it."""

    corpus: str
    field: str
    total: int = 0
    right: dict[str, int] = dataclasses.field(default_factory=dict)
    wrong: list[tuple[str, Any, Any]] = dataclasses.field(default_factory=list)
    deviations: dict[str, str] = dataclasses.field(default_factory=dict)
    stale: list[str] = dataclasses.field(default_factory=list)


def run(module: types.ModuleType, corpora: Path, *, with_others: bool) -> list[Outcome]:
    """The outcomes of the corpus that *module* scores, one for each field."""
    name = module.__name__.rpartition(".")[2]
    cases = list(module.cases(corpora / module.FOLDER))
    reasons: dict[str, str] = getattr(module, "DEVIATIONS", {})
    judge = getattr(module, "judge", _equal)
    outcomes: dict[str, Outcome] = {}
    for case in cases:
        outcome = outcomes.setdefault(case.field, Outcome(name, case.field))
        outcome.total += 1
    for tool, ask in module.TOOLS.items():
        if tool != OURS and not with_others:
            continue
        for case in cases:
            _ask(tool, ask, case, judge, reasons, outcomes[case.field])
    for outcome in outcomes.values():
        outcome.right.setdefault(OURS, 0)
    return list(outcomes.values())


def _ask(
    tool: str, ask: Any, case: Case, judge: Any, reasons: dict[str, str], outcome: Outcome
) -> None:
    try:
        answer = ask(case)
        right = answer is not NO_ANSWER and bool(judge(case, answer))
    except ImportError:
        return
    except Exception as error:  # noqa: BLE001 - what a library raises is its wrong answer
        answer, right = error, False
    if answer is NO_ANSWER:
        return
    outcome.right[tool] = outcome.right.get(tool, 0) + right
    if tool != OURS:
        return
    reason = reasons.get(f"{case.name}: {case.field}")
    if not right:
        outcome.wrong.append((case.name, case.expected, answer))
        if reason:
            outcome.deviations[case.name] = reason
    elif reason:
        outcome.stale.append(case.name)


def _equal(case: Case, answer: Any) -> bool:
    return bool(case.expected == answer)
