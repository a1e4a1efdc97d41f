# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a person reads: the table, and the machine that it was measured on."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = dict[str, Any]
_MB = 2**20
# Above this many waiting processes, others use the machine as well.
_BUSY = 0.5


def machine() -> dict[str, Any]:
    """The processor, and how busy it is before we begin."""
    model = platform.processor() or platform.machine()
    try:
        for text in Path("/proc/cpuinfo").read_text().splitlines():
            if text.startswith("model name"):
                model = text.partition(":")[2].strip()
                break
    except OSError:
        pass
    cores = len(os.sched_getaffinity(0))
    return {"cpu": model, "cores": cores, "load_before": round(os.getloadavg()[0], 2)}


def line(name: str, run: Run) -> str:
    """One run while it is measured."""
    return (
        f"  {name:44} {run['seconds']:7.1f} s {run['rate']:8.1f} mails/s "
        f"{run['queries_per_mail']:7.2f} queries/mail  peak +{run['peak'] / _MB:.1f} MB"
    )


def table(result: dict[str, Any]) -> list[str]:
    """The whole result as lines."""
    lines = _machine_lines(result)
    if "rounds" in result:
        lines += _rounds(result["rounds"])
    lines += _further(result)
    return lines


def ratios(rounds: list[Run]) -> dict[str, dict[str, float]]:
    """Ours to stock in each round: median, least and greatest."""
    found = {}
    for name, ratio in _RATIOS.items():
        values = [ratio(pair["stock"], pair["ours"]) for pair in rounds]
        found[name] = {
            "median": statistics.median(values),
            "min": min(values),
            "max": max(values),
        }
    return found


_RATIOS: dict[str, Callable[[Run, Run], float]] = {
    "throughput": lambda stock, ours: float(ours["rate"] / stock["rate"]),
    "queries": lambda stock, ours: float(stock["queries"] / ours["queries"]),
    "cpu": lambda stock, ours: float(stock["cpu"] / ours["cpu"]),
    "peak": lambda stock, ours: float(ours["peak"] / max(1, stock["peak"])),
}
# title, what is measured, unit, which ratio and its words
_ROWS: list[tuple[str, Callable[[Run], float], str, str]] = [
    ("mails a second", lambda run: run["rate"], "throughput", "times stock"),
    ("SQL queries a mail", lambda run: run["queries_per_mail"], "queries", "times fewer"),
    ("CPU ms a mail (Odoo)", lambda run: 1000 * run["cpu"] / run["mails"], "cpu", "times less"),
    ("peak memory, MB", lambda run: run["peak"] / _MB, "peak", "times stock"),
]


def _rounds(rounds: list[Run]) -> list[str]:
    count = rounds[0]["ours"]["mails"]
    lines = [
        "",
        f"{count} mixed mails, one worker, {len(rounds)} rounds: median (least to greatest)",
        f"  {'':20} {'stock':>24} {'helpdesk_mail':>24}   ratio",
    ]
    found = ratios(rounds)
    for title, value, ratio, words in _ROWS:
        cells = [_spread([value(pair[kind]) for pair in rounds], 24) for kind in ("stock", "ours")]
        spread = found[ratio]
        lines.append(
            f"  {title:20} {cells[0]} {cells[1]}   {spread['median']:.1f} {words}"
            f" ({spread['min']:.1f} to {spread['max']:.1f})"
        )
    same = all(not pair["comparison"]["found"] for pair in rounds)
    lines.append(f"  same tickets and threads: {'yes' if same else 'NO'}")
    return lines


def _spread(values: list[float], width: int) -> str:
    text = f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"
    return f"{text:>{width}}"


def _further(result: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    if "memory" in result:
        memory = result["memory"]
        crowd, few = memory["crowd"], memory["few"]
        names = {
            "few": f"{few['mails']} small mails, all new",
            "many": f"{crowd} small mails, all new",
            "newest": f"{crowd} known and {few['mails']} new small mails",
        }
        lines += ["", "Peak memory by size of the mailbox"]
        for key, name in names.items():
            run = memory[key]
            lines.append(
                f"  {name:44} +{run['peak'] / _MB:6.1f} MB {run['rate']:8.1f} mails/s "
                f"{run['queries_per_mail']:7.2f} queries/mail"
            )
    if "large" in result:
        lines += ["", "One mail of 25 MB"]
        for kind, run in result["large"].items():
            name = "helpdesk_mail" if kind == "ours" else kind
            lines.append(
                f"  {name:44} +{run['peak'] / _MB:6.1f} MB, {run['peak_per_size']:.1f} times its "
                f"size, {run['seconds']:.1f} s"
            )
    if "roads" in result:
        lines += _roads(result["roads"])
    if "parse" in result:
        lines += _parse(result["parse"])
    if "people" in result:
        lines += _people(result["people"])
    if "deny" in result:
        lines += _deny(result["deny"])
    if "polls" in result:
        lines += _polls(result["polls"])
    if "watch" in result:
        lines += _watch(result["watch"])
    if "inbox_rules" in result:
        lines += _inbox_rules(result["inbox_rules"])
    if "mailbox" in result:
        lines += _mailbox(result["mailbox"])
    return lines


def _roads(roads: dict[str, Run]) -> list[str]:
    batch = roads["batch"]
    names = {
        "batch": "batch road",
        "notify": "with Request received (queued, not sent)",
        "ordinary": "ordinary road (other add-ons override the gateway)",
    }
    lines = ["", f"{batch['mails']} mixed mails on helpdesk_mail's roads"]
    for key, name in names.items():
        run = roads[key]
        lines.append(
            f"  {name:52} {run['rate']:8.1f} mails/s {run['queries_per_mail']:7.2f} queries/mail"
            f"  {run['rate'] / batch['rate']:.2f} of the batch road"
        )
    return lines


def _parse(parse: dict[str, Any]) -> list[str]:
    lines = ["", "Reading a mail, beside Odoo's message_parse (milliseconds, median)"]
    for key in ("all", "middle"):
        run = parse[key]
        name = f"{run['mails']} mixed mails" if key == "all" else f"{run['mails']} mails of 20 kB"
        lines.append(
            f"  {name:44} stock {run['stock']['median']:6.2f}  helpdesk_mail "
            f"{run['ours']['median']:6.2f}  {run['stock']['sum'] / run['ours']['sum']:.1f} "
            "times as fast"
        )
    large = parse["large"]
    cells = [
        f"{name} {run['seconds']:.2f} s, +{run['peak'] / run['size']:.1f} times its size"
        for name, run in (("stock", large["stock"]), ("helpdesk_mail", large["ours"]))
    ]
    lines.append(f"  {'one mail of 25 MB':44} {'  '.join(cells)}")
    growth = {name: run["large"] / max(run["small"], 1e-4) for name, run in parse["growth"].items()}
    worst = max(growth, key=lambda name: growth[name])
    slowest = max(parse["growth"], key=lambda name: parse["growth"][name]["large"])
    lines.append(
        f"  {len(growth)} hostile shapes, 0.25 and 1 MB: 4 times the size takes "
        f"{statistics.median(growth.values()):.1f} times as long, at worst {growth[worst]:.1f} "
        f"({worst}); the slowest {parse['growth'][slowest]['large']:.2f} s ({slowest})"
    )
    return lines


def _people(people: dict[str, Any]) -> list[str]:
    identify = people["identify"]
    lines = [
        "",
        f"{people['recipients']} recipients, {people['tickets']} tickets",
        f"  {'who wrote: a batch of 100 senders':44} {identify['ms']:.1f} ms (at best "
        f"{identify['best_ms']:.1f}), {identify['queries']:.0f} queries",
    ]
    for name, milliseconds in people["list"].items():
        lines.append(f"  {'the list, ' + name:44} {milliseconds / 1000:.3f} s")
    return lines


def _watch(watch: dict[str, Any]) -> list[str]:
    return [
        "",
        f"watch: {watch['accounts']} idle mailboxes in one process of "
        f"{watch['rss'] / 2**20:.0f} MB; {watch['mails']} mails, delivery to ticket",
        f"  {watch['seconds']:.2f} s at the median, {watch['longest']:.2f} s at most",
    ]


def _polls(polls: dict[str, Any]) -> list[str]:
    lines = [
        "",
        f"One round of polling without new mail, {1000 * polls['round_trip']:.0f} ms to the server "
        f"and back, {polls['workers']} cron workers",
    ]
    each = {}
    for kind, name in (("stock", "stock fetchmail"), ("ours", "helpdesk_mail")):
        run = polls[kind]
        each[kind] = run["seconds"] / run["accounts"]
        lines.append(
            f"  {name:44} {run['accounts']} mailboxes {run['seconds']:.1f} s, "
            f"{1000 * each[kind]:.0f} ms each, {1000 * run['cpu'] / run['accounts']:.1f} ms of CPU"
        )
    lines.append(f"  {'each mailbox':44} {each['stock'] / each['ours']:.1f} times as fast")
    return lines


def _deny(deny: dict[str, Any]) -> list[str]:
    mail, first = deny["mail"], deny["first"]
    lines = [
        "",
        f"A deny list of {deny['rules']} rules (made ready in {deny['compile']:.2f} s)",
        f"  {'each mail':44} {mail['mean']:.3f} ms, at most {mail['most']:.3f}; "
        f"{first['mean']:.3f} when nothing of it is known yet",
        f"  {'a hostile text of 20,000 characters':44} {deny['hostile']:.1f} ms",
    ]
    names = {
        "denied": "filter In deny list, first page",
        "denied_count": "filter In deny list, counted",
        "denied_indexed": "the same, addresses and domains alone",
        "shared": "filter Looks shared, first page",
        "shared_count": "filter Looks shared, counted",
        "page": "a page of the list, both columns",
    }
    if "recipients" in deny:
        lines.append(f"  with {deny['recipients']} recipients:")
    for key, name in names.items():
        if key in deny:
            lines.append(f"  {name:44} {deny[key]['seconds']:.3f} s, {deny[key]['found']} found")
    return lines


def _inbox_rules(rules: dict[str, Any]) -> list[str]:
    return [
        "",
        f"{rules['rules']} rules of an inbox (made ready in {rules['compile']:.2f} s), "
        f"{rules['held']} times one held for {rules['mails']} mails",
        f"  {'each mail':44} {rules['mail']:.3f} ms, {rules['first']:.3f} when nothing of it is "
        f"known yet; {rules['none']:.3f} without rules",
        f"  {'queries for a batch of 100':44} {rules['queries']:.1f}",
        f"  {'a hostile text of 100,000 characters':44} {rules['hostile']:.1f} ms",
    ]


def _mailbox(mailbox: dict[str, Any]) -> list[str]:
    lines = ["", "Personal mailboxes: the first reading"]
    names = {
        "inbox": "mixed mails into an inbox (tickets)",
        "mixed": "the same into a personal mailbox",
        "few": "small mails, all new",
        "many": "small mails, all new",
    }
    for key, name in names.items():
        run = mailbox[key]
        words = f"{run['mails']} {name}" if key != "mixed" else name
        lines.append(
            f"  {words:44} +{run['peak'] / _MB:6.1f} MB {run['rate']:8.1f} mails/s "
            f"{run['queries_per_mail']:7.2f} queries/mail"
            + (f", in {run['visits']} visits" if run.get("visits", 1) > 1 else "")
        )
    listed = mailbox["list"]
    lines.append(
        f"The list of {listed['messages']} messages: its owner, a delegate of three mailboxes (ms)"
    )
    for name, milliseconds in listed["owner"].items():
        delegate = listed["delegate"].get(name)
        words = "" if delegate is None else f"{delegate:8.0f}"
        lines.append(f"  {name:44} {milliseconds:8.0f} {words}".rstrip())
    stock = listed["stock"]["the list, first page"]
    lines.append(f"  {'as many of Odoo itself, first page':44} {stock:8.0f}")
    return lines


def _machine_lines(result: dict[str, Any]) -> list[str]:
    machine_ = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    lines = ["", f"{result['date']}, {machine_['cpu']}, {machine_['cores']} cores", versions]
    if machine_["load_before"] > _BUSY:
        lines.append(
            f"The machine was busy with other things (load {machine_['load_before']} before the "
            "start): the times are noisy."
        )
    return lines
