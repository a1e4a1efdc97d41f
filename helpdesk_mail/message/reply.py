# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The new words of a reply, apart from the quoted history and the signature.

Losing an author's word is worse than keeping a quoted line: where nothing would remain, the
text stays whole, and the matter of a forward is never cut off. Nothing is thrown away: what is
not new stands in the other parts of :class:`Reply`.
"""

from __future__ import annotations

import dataclasses

from . import html_marks, plain_text, quotation, signature
from .parsed import Address
from .subjects import is_reply_subject

__all__ = ["Division", "Reply", "divide", "is_reply_subject", "split"]

_MOST_LINES = 20_000
_MOST_SIGNATURE_LINES = 40


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """A letter in its parts: the author's new text, the quoted history, and the signature."""

    text: str
    quoted: str = ""
    signature: str = ""


def split(
    text: str,
    *,
    is_reply: bool,
    forwarded: bool = False,
    sender: Address | None = None,
    marked_text: str = "",
    marked_html: str = "",
) -> Reply:
    """The parts of *text*; all of it is new where nothing else can be told apart.

    *is_reply* says that the mail answers another one. *forwarded* says that it is a forward: what
    stands below its header block is the matter itself. *sender* wrote it. *marked_text* is the
    same text with the marks of :mod:`.html_marks`, if it was made from HTML that has some;
    *marked_html* is the HTML beside *text* with such marks.
    """
    if forwarded:
        return Reply(text.strip())
    if marked_text:
        lines = html_marks.lines(marked_text)
    else:
        lines = html_marks.unmark(text).split("\n", _MOST_LINES)
    parts = divide(lines, is_reply=is_reply, sender=sender, marked_html=marked_html)
    result = _joined(parts.new)
    if not result:
        return Reply(text.strip())
    return Reply(result, _joined(parts.above + parts.below), _joined(parts.signed))


@dataclasses.dataclass(frozen=True, slots=True)
class Division:
    """The lines of a letter: history ``above`` the ``new`` ones and ``below``, and those that are
    ``signed``. Each is one of the lines that were divided, the very same object.
    """

    above: list[str]
    new: list[str]
    signed: list[str]
    below: list[str]


def divide(
    lines: list[str], *, is_reply: bool, sender: Address | None, marked_html: str = ""
) -> Division:
    """Which of *lines* is what; the other arguments as for :func:`split`."""
    lines, signed = _marked_signature(lines)
    found = quotation.find(lines, is_reply=is_reply)
    if found is None and marked_html:
        found = _as_in_html(lines, marked_html, is_reply=is_reply)
    if found is None or not _has_text(lines[found.first : found.last]):
        found = quotation.Quotation(0, len(lines))
    new = lines[found.first : found.last]
    above, below = lines[: found.first], lines[found.last :]
    name, email = (sender.name, sender.email) if sender else ("", "")
    end = signature.start(new, name, email, "\n".join((above + below)[:40]))
    return Division(above, new[:end], new[end:] + signed, below)


def _marked_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    """*lines* without the signature that the markup names, and that signature.

    Only where the author's words stand outside of it: some write into their signature.
    """
    if not any(html_marks.SIGNATURE in line for line in lines):
        return lines, []
    first = next(n for n, line in enumerate(lines) if html_marks.SIGNATURE in line)
    last = next((n for n in range(first, len(lines)) if html_marks.SIGNATURE_END in lines[n]), None)
    if last is None or last - first > _MOST_SIGNATURE_LINES or not _has_text(lines[:first]):
        return lines, []
    signed = lines[first + 1 : last]
    if any(map(quotation.is_quoted, signed)):
        return lines, []
    while first and lines[first - 1].strip() in ("", "--", "__"):
        first -= 1
    if not _has_text(lines[:first]):
        return lines, []
    return lines[:first] + [""] + lines[last + 1 :], signed


def _as_in_html(
    lines: list[str], marked_html: str, *, is_reply: bool
) -> quotation.Quotation | None:
    """The quotation that the HTML marks, where the very same words stand in *lines*."""
    html_lines = html_marks.lines(plain_text.from_html(marked_html, sanitized=True))
    html_lines, _ = _marked_signature(html_lines)
    found = quotation.find(html_lines, is_reply=is_reply)
    if found is None or found.first or found.last == len(html_lines):
        return None
    wanted = _letters(html_lines[: found.last])
    seen = ""
    for number, line in enumerate(lines):
        if wanted and seen == wanted:
            return quotation.Quotation(0, number)
        seen += _letters([line])
        if not wanted.startswith(seen):
            return None
    return None


def _letters(lines: list[str]) -> str:
    return "".join(char for line in lines for char in line if char.isalnum())


def _has_text(lines: list[str]) -> bool:
    return any(line.strip() and not html_marks.is_mark(line) for line in lines)


def _joined(lines: list[str]) -> str:
    text = "\n".join(line for line in lines if not html_marks.is_mark(line))
    return html_marks.unmark(text).strip()
