# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The command line of the benchmark."""

from __future__ import annotations

import argparse
import datetime
import json

from dev import setup, state
from dev.console import say
from dev.dovecot import find_dovecot

from . import databases, report, sections


def main(words: list[str] | None = None) -> int:
    """Measure, print the table, write .dev/bench/result.json; 1 where the tickets differ."""
    options = _parser().parse_args(words)
    sizes = _sizes(options)
    wanted = list(options.only or sections.ALWAYS)
    wanted += [name for name in sections.ON_DEMAND if getattr(options, name)]
    machine = report.machine()
    setup.ensure()
    with state.lock("bench"), databases.bench(options.keep) as bench:
        bench.prepare(databases.WITHOUT, databases.WITH)
        if "roads" in wanted:
            bench.prepare(databases.ORDINARY)
        run = sections.Sections(bench, sizes)
        for name in dict.fromkeys(wanted):
            getattr(run, name)()
            bench.drop()
    version = ".".join(map(str, find_dovecot()[1]))
    result = run.result
    result["versions"]["Dovecot"] = version
    result["date"] = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    result["machine"] = machine
    if "rounds" in result:
        result["ratios"] = report.ratios(result["rounds"])
    for name in sections.ON_DEMAND:
        result.pop(name, None)
    (databases.FOLDER / "result.json").write_text(json.dumps(result, indent=2) + "\n")
    for line in report.table(result):
        say(line)
    return 0 if run.same else 1


def _sizes(options: argparse.Namespace) -> sections.Sizes:
    sizes = sections.Sizes()
    quick = sections.Sizes(
        mails=500,
        rounds=1,
        side=200,
        crowd=5_000,
        recipients=100_000,
        accounts=100,
        stock_accounts=25,
    )
    chosen = quick if options.quick else sizes
    return sections.Sizes(
        mails=options.mails or chosen.mails,
        rounds=options.rounds or chosen.rounds,
        side=min(options.mails or chosen.side, chosen.side),
        crowd=options.crowd or chosen.crowd,
        recipients=chosen.recipients,
        accounts=options.accounts or chosen.accounts,
        stock_accounts=options.accounts or chosen.stock_accounts,
        stock_with_addon=options.stock_with_addon,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m dev bench",
        description="Stock Odoo's fetchmail and helpdesk_mail take the same mailbox.",
    )
    parser.add_argument("--rounds", type=int, help="stock and ours that often, alternating (2)")
    parser.add_argument("--mails", type=int, help="mixed mails in the mailbox (2000)")
    parser.add_argument("--crowd", type=int, help="small mails in the large mailbox (20000)")
    parser.add_argument("--accounts", type=int, help="mailboxes to poll, stock too (500 and 100)")
    parser.add_argument("--quick", action="store_true", help="a quarter of it all, one round")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=(*sections.ALWAYS, *sections.ON_DEMAND),
        metavar="PART",
        help=f"some parts alone: {', '.join((*sections.ALWAYS, *sections.ON_DEMAND))}",
    )
    parser.add_argument("--profile", action="store_true", help="write .dev/bench/profile.txt too")
    parser.add_argument("--sql", action="store_true", help="write .dev/bench/sql.txt too")
    parser.add_argument(
        "--stock-with-addon",
        action="store_true",
        help="run stock in a database that has helpdesk_mail installed",
    )
    parser.add_argument("--keep", action="store_true", help="keep the databases of the last run")
    return parser
