# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``make fuzz``: atheris looks for octets that break what the parser of mails promises.

``targets`` says what is asked of an input, ``seeds`` where it starts from, ``command`` runs it.
"""

from __future__ import annotations


def main(words: list[str] | None = None) -> int:
    """Fuzz; returns the exit code."""
    from . import command

    return command.main(words or [])
