# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Take in an mbox file, a Maildir or .eml files; can be stopped and run again.

History notifies nobody. Each batch is committed; what was taken in already is recognised and
skipped.
"""

import sys
import time
from collections import Counter
from pathlib import Path

from odoo.addons.helpdesk_mail import intake
from odoo.addons.helpdesk_mail.transport import files

from . import find_inbox

NEEDS_DATABASE = True
_BATCH = 100
_BATCH_BYTES = 8 * 2**20


def add_arguments(parser):
    parser.add_argument(
        "--inbox", required=True, metavar="EMAIL", help="the inbox that gets the mails"
    )
    parser.add_argument(
        "path", metavar="PATH", type=Path, help="mbox file, Maildir, .eml file or folder of them"
    )


def run(env, options):
    inbox = find_inbox(env, options.inbox)
    if not inbox:
        return 1
    if not options.path.exists():
        print(f"{options.path}: there is no such file or folder.", file=sys.stderr)
        return 1
    door = intake.Door(inbox, env["helpdesk.mail.folder"], "import", history=True, keep_raw=True)
    bar = ProgressBar(files.total_size(options.path))
    counts = Counter()
    batch, size = [], 0
    for raw in files.read_mails(options.path, max_size=inbox.max_size_mb * 2**20):
        batch.append(raw)
        size += len(raw.source)
        if len(batch) == _BATCH or size >= _BATCH_BYTES:
            _take(env, door, batch, counts)
            bar.advance(sum(raw.size for raw in batch), counts)
            batch, size = [], 0
    if batch:
        _take(env, door, batch, counts)
        bar.advance(sum(raw.size for raw in batch), counts)
    bar.finish(counts)
    return 1 if counts["quarantined"] else 0


def _take(env, door, raws, counts):
    for item in intake.take_in(env, door, raws):
        counts["known" if item.outcome == "known" else item.outcome] += 1
    env.cr.commit()  # pylint: disable=invalid-commit
    env.invalidate_all(flush=False)


class ProgressBar:
    """A bar on a terminal, a line now and then elsewhere (both on standard error)."""

    def __init__(self, total):
        self.total = max(total, 1)
        self.done = 0
        self.started = self.shown = time.monotonic()
        self.terminal = sys.stderr.isatty()

    def advance(self, octets, counts):
        """Show that *octets* more are done, and the *counts* by outcome so far."""
        self.done += octets
        now = time.monotonic()
        if self.terminal or now - self.shown > 10:
            self.shown = now
            share = min(self.done / self.total, 1)
            blocks = int(share * 30)
            mails = sum(counts.values())
            line = (
                f"[{'#' * blocks}{'.' * (30 - blocks)}] {share:4.0%}  {mails:,} mails, "
                f"{mails / (now - self.started or 1):.0f}/s"
            )
            print(
                f"\r{line}" if self.terminal else line,
                end="" if self.terminal else "\n",
                file=sys.stderr,
                flush=True,
            )

    def finish(self, counts):
        """Print the summary on standard output."""
        if self.terminal:
            print(file=sys.stderr)
        words = {
            "created": "tickets",
            "appended": "replies",
            "ignored": "refused",
            "bounce": "delivery reports",
            "duplicate": "duplicates",
            "quarantined": "in quarantine",
            "known": "taken in before",
        }
        parts = [f"{counts[code]:,} {word}" for code, word in words.items() if counts[code]]
        print(f"{sum(counts.values()):,} mails: {', '.join(parts) or 'none'}")
