# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a module of this package hands to the scoring.

A module ``dev/corpora/<name>.py`` that scores a corpus has

- ``FOLDER``: the corpus's folder below the folder of all corpora;
- ``cases(folder)``: its :class:`Case` objects, always in the same order;
- ``TOOLS``: {name of a tool: function(case) -> its answer}; the first is "helpdesk_mail", the
  others are public libraries, imported inside the function (they may be missing: ImportError).
  An exception is a wrong answer. A tool that knows nothing of a field returns ``NO_ANSWER``;
- ``judge(case, answer) -> bool`` (optional; equality with ``case.expected`` without it);
- ``DEVIATIONS`` (optional): {"name of a case: field": reason}, where we disagree with the
  corpus. Such a case counts as wrong in the table; it is listed with its reason.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

NO_ANSWER = object()


@dataclasses.dataclass(frozen=True)
class Case:
    """One question: what is *field* of the mail *source*, and the *expected* answer."""

    name: str
    field: str
    source: bytes
    expected: Any
    path: Path | None = None
    extra: Any = None
