# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``parse`` beside Odoo's ``message_parse`` on the same mails, in one process, in turn."""

from __future__ import annotations

import email
import email.policy
import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from dev.bench import hostile, mails, measure

_SIZE = (15_000, 30_000)  # octets of a mail "of 20 kB"
_TURNS = 3
Read = Callable[[bytes], Any]


def run(env: Any, task: dict[str, Any]) -> dict[str, Any]:
    """Times of each mail, of one large mail, and how hostile shapes grow."""
    # found only once Odoo knows its addons_path
    from odoo.addons.helpdesk_mail import message

    thread = env["mail.thread"]

    def stock(source: bytes) -> Any:
        return thread.message_parse(email.message_from_bytes(source, policy=email.policy.SMTP))

    large = mails.large(task["large"])
    readers = {"stock": stock, "ours": message.parse}
    result: dict[str, Any] = {"large": {name: _one(read, large) for name, read in readers.items()}}
    sources = list(mails.mixed(task["mails"]))
    for source in sources[:20]:
        stock(source), message.parse(source)
    result["all"] = _side_by_side(sources, message.parse, stock)
    middle = [source for source in sources if _SIZE[0] <= len(source) <= _SIZE[1]]
    result["middle"] = _side_by_side(middle, message.parse, stock)
    result["growth"] = {
        name: _growth(message.parse, shape) for name, shape in hostile.SHAPES.items()
    }
    return result


def _one(read: Read, source: bytes) -> dict[str, float]:
    """Seconds, and the peak of what Python allocates (octets), for one mail."""
    started = time.perf_counter()
    read(source)
    seconds = time.perf_counter() - started
    # The process's own size would say nothing: it keeps what making the mail has freed.
    tracemalloc.start()
    read(source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"seconds": seconds, "peak": peak, "size": len(source)}


def _side_by_side(sources: list[bytes], ours: Read, stock: Read) -> dict[str, Any]:
    """Milliseconds a mail, the least of some turns for each mail; and the ratio of the sums."""
    ours_ms, stock_ms = [], []
    for source in sources:
        best = [float("inf")] * 2
        for _turn in range(_TURNS):
            for index, read in enumerate((ours, stock)):
                started = time.perf_counter()
                read(source)
                best[index] = min(best[index], time.perf_counter() - started)
        ours_ms.append(1000 * best[0])
        stock_ms.append(1000 * best[1])
    return {
        "mails": len(sources),
        "size": statistics.median(map(len, sources)),
        "ours": {"median": statistics.median(ours_ms), "sum": sum(ours_ms)},
        "stock": {"median": statistics.median(stock_ms), "sum": sum(stock_ms)},
    }


def _growth(read: Read, shape: Callable[[int], bytes]) -> dict[str, float]:
    """Seconds for a hostile mail of 256 kB and of 1 MB: four times as long is linear."""
    seconds = []
    for size in (2**18, 2**20):
        source = shape(size)
        best = float("inf")
        for _turn in range(2):
            started = time.perf_counter()
            read(source)
            best = min(best, time.perf_counter() - started)
        seconds.append(best)
    return {"small": seconds[0], "large": seconds[1]}


if __name__ == "__main__":
    measure.main(run)
