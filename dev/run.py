# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``python3 -m dev run``: Odoo with demo data, a mail server, and mails on their road."""

from __future__ import annotations

import argparse
import os

from .console import Problem
from .demo import processes, servers, session
from .demo.place import NAME, Place, all_places


def main(words: list[str]) -> int:
    """Run the demo until Ctrl-C; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python3 -m dev run",
        description=__doc__,
        epilog="From make: WORKERS=2 for several processes, RUN_SECONDS=30 to stop by itself.",
    )
    parser.add_argument(
        "--workers", type=int, default=_number("WORKERS", 0), help="0 (the default): threads"
    )
    parser.add_argument(
        "--seconds", type=float, default=_number("RUN_SECONDS", None), help="stop after that time"
    )
    parser.add_argument("--no-serve", action="store_true", help="stop after the summary")
    parser.add_argument("--fresh", action="store_true", help="delete the demo and begin anew")
    parser.add_argument("--name", default=NAME, help="of the database, to have several demos")
    options = parser.parse_args(words)
    return session.run(
        Place(options.name),
        serve=not options.no_serve,
        seconds=options.seconds,
        workers=int(options.workers),
        fresh=options.fresh,
    )


def stop() -> None:
    """Stop every demo that runs, and what killed ones have left behind."""
    for place in all_places():
        place.end()
        processes.end_remains(place.working)
        servers.dovecot(place).stop()


def _number(variable: str, default: float | None) -> float | None:
    text = os.environ.get(variable)
    if not text:
        return default
    try:
        return float(text)
    except ValueError:
        raise Problem(f"{variable}={text}: a number is needed.") from None
