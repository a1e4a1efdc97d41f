# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``make corpora``: how well we read the mails of other projects' test suites, beside libraries.

Each corpus is a module of this package (see ``case``); ``command`` runs them and prints.
"""

from __future__ import annotations


def main(words: list[str] | None = None) -> int:
    """Score the corpora; returns the exit code."""
    from . import command

    return command.main(words or [])
