# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A pasted list: what each line means, which say the same, and which say nothing."""

import dataclasses

from .patterns import UnclearPattern, normalized, understand

# what a person pastes in one go; more is a matter for an import
MOST_LINES = 20_000


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One line that is not empty and no comment ("#").

    ``problem`` is None or the :class:`.UnclearPattern`; ``same_as`` the number of an earlier line
    that says the same, or 0.
    """

    number: int
    text: str
    match: str = ""
    pattern: str = ""
    problem: UnclearPattern | None = None
    same_as: int = 0


def read_lines(text, location="sender", match="contains"):
    """The lines of a pasted list, in their order.

    :param location: "sender": each line is understood by itself; else *match* holds for all
    """
    found, first = [], {}
    for number, line in enumerate((text or "").splitlines(), 1):
        line = line.strip()
        if not line.strip("\ufeff") or line.startswith("#"):
            continue
        try:
            if location == "sender":
                kind, pattern = understand(line)
            else:
                kind, pattern = match, normalized(location, match, line)
        except UnclearPattern as problem:
            found.append(Line(number, line, problem=problem))
            continue
        same_as = first.setdefault((kind, pattern), number)
        found.append(Line(number, line, kind, pattern, same_as=same_as if same_as < number else 0))
    return found
