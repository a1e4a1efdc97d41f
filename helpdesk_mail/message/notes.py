# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Words about what a mail encloses, set below its letter."""

from __future__ import annotations

from . import plain_text


def below(text: str, notes: str) -> str:
    """*text* and, after a blank line, *notes*; either may be ""."""
    return "\n\n".join(part for part in (text, notes) if part)


def below_html(html: str, notes: str) -> str:
    """The HTML of a letter with *notes* below it; "" if the letter has no HTML."""
    return f"{html}\n<br>{plain_text.to_html(notes)}" if html and notes else html
