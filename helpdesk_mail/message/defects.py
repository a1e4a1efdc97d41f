# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The list of what was wrong with a mail, in words that a person can read."""

from __future__ import annotations

MOST = 50
TOO_SLOW = "Reading the message took too long; some of it is shown without being worked on."


class Defects:
    """Collects readable sentences: each once, in order, and never more than a page of them."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}
        self._more = False

    def add(self, sentence: str) -> None:
        """Note *sentence*, unless it has been said already or the page is full."""
        if sentence in self._found:
            return
        if len(self._found) < MOST:
            self._found[sentence] = None
        else:
            self._more = True

    def listed(self) -> tuple[str, ...]:
        """The sentences in the order in which they were found."""
        found = tuple(self._found)
        return (*found, "There are further defects that are not listed.") if self._more else found
