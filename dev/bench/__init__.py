# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``make bench``: stock Odoo's fetchmail and this add-on take the same mailbox, side by side."""

from __future__ import annotations


def main(words: list[str] | None = None) -> int:
    """Run the benchmark; returns the exit code."""
    from . import command

    return command.main(words)
