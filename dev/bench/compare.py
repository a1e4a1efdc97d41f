# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Did both make the same tickets and threads?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any

_SHOWN = 8
Rows = list[dict[str, Any]]

# Fields that may differ: the field, why, and whether a pair (stock's value, ours) is such a case.
# None is needed for the mails that the benchmark makes.
ACCEPTED: list[tuple[str, str, Callable[[Any, Any], bool]]] = []
# Told, but no matter of tickets and threads.
_PEOPLE = ("followers", "notified")


@dataclasses.dataclass
class Comparison:
    """What differs between stock and ours, as sentences."""

    found: list[str] = dataclasses.field(default_factory=list)
    accepted: list[str] = dataclasses.field(default_factory=list)
    people: list[str] = dataclasses.field(default_factory=list)
    mails: int = 0
    tickets: int = 0

    @property
    def same(self) -> bool:
        """Whether the tickets and the threads are the same."""
        return not self.found


def compare(stock: Rows, ours: Rows, message_ids: list[str]) -> Comparison:
    """Compare what became of each of ``message_ids`` in two databases."""
    result = Comparison(mails=len(message_ids))
    tables = {"stock": _table("stock", stock, result), "ours": _table("ours", ours, result)}
    for name, table in tables.items():
        missing = [message_id for message_id in message_ids if message_id not in table]
        result.found += [f"{name} made no message of {message_id}" for message_id in missing]
    left, right = _threads(stock), _threads(ours)
    result.tickets = len(right)
    result.found += [f"stock alone has the thread {_words(thread)}" for thread in left - right]
    result.found += [f"ours alone has the thread {_words(thread)}" for thread in right - left]
    for message_id in message_ids:
        if message_id in tables["stock"] and message_id in tables["ours"]:
            _compare_one(
                message_id, tables["stock"][message_id], tables["ours"][message_id], result
            )
    return result


def _table(name: str, rows: Rows, result: Comparison) -> dict[str, dict[str, Any]]:
    table: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["message_id"] in table:
            result.found.append(f"{name} has {row['message_id']} twice")
        table[row["message_id"]] = row
    return table


def _threads(rows: Rows) -> set[tuple[str, ...]]:
    """The partition of the mails into tickets."""
    tickets: dict[int, list[str]] = {}
    for row in rows:
        tickets.setdefault(row["ticket"], []).append(row["message_id"])
    return {tuple(sorted(thread)) for thread in tickets.values()}


def _compare_one(
    message_id: str, stock: dict[str, Any], ours: dict[str, Any], result: Comparison
) -> None:
    one, other = _comparable(stock), _comparable(ours)
    for field, value in one.items():
        if value == other[field]:
            continue
        text = f"{message_id}: {field} is {value!r} with stock, {other[field]!r} with ours"
        reason = _accepted(field, value, other[field])
        if field in _PEOPLE:
            result.people.append(text)
        elif reason:
            result.accepted.append(f"{text} ({reason})")
        else:
            result.found.append(text)


def _comparable(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "subject": " ".join(row["subject"].split()),
        "sender": parseaddr(row["sender"] or "")[1].lower(),
        **{name: row[name] for name in ("author", "customer", "attachments", *_PEOPLE)},
    }


def _accepted(field: str, stock: Any, ours: Any) -> str:
    for name, reason, test in ACCEPTED:
        if name == field and test(stock, ours):
            return reason
    return ""


def _words(thread: tuple[str, ...]) -> str:
    more = f" and {len(thread) - 4} more" if len(thread) > 4 else ""
    return ", ".join(thread[:4]) + more


def report(result: Comparison) -> list[str]:
    """The lines that say how the comparison ended."""
    answer = "yes" if result.same else f"NO, {len(result.found)} differences"
    lines = [f"same tickets and threads: {answer} ({result.mails} mails, {result.tickets} tickets)"]
    lines += _some(result.found)
    if result.accepted:
        lines += [f"accepted differences: {len(result.accepted)}", *_some(result.accepted)]
    answer = f"no ({len(result.people)} differences)" if result.people else "yes"
    lines += [f"same followers, same people notified: {answer}", *_some(result.people)]
    return lines


def _some(sentences: list[str]) -> list[str]:
    lines = [f"  {sentence}" for sentence in sentences[:_SHOWN]]
    if len(sentences) > _SHOWN:
        lines.append(f"  and {len(sentences) - _SHOWN} more")
    return lines
