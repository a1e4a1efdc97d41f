# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Why an expression is refused."""

from __future__ import annotations

import typing


class UnsafeRegex(ValueError):
    """An expression that is broken, or could run away.

    ``code`` is one of "syntax", "too_long", "one_group", "unsupported", "nested", "adjacent",
    "chain", "complex", "matches_all"; ``values`` fill the sentence that stands for it.
    """

    def __init__(self, code: str, **values: typing.Any) -> None:
        super().__init__(code)
        self.code = code
        self.values = values
