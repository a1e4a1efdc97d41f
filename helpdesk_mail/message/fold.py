# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The quoted history and the signature of a letter, marked in its HTML so that they fold.

What is folded is one click away and nothing is thrown away: the marks are attributes of elements
that are there, and <span> around text that stands beside them. They are Odoo's own
(``data-o-mail-quote``), whose message view hides what bears them behind "...".

Which lines are history and which the signature is what :mod:`.reply` says. For HTML, each stretch
of its text gets a character of its own, which goes through the making of plain text like any word:
so each line knows where in the HTML it comes from.
"""

from __future__ import annotations

import bisect
import dataclasses
import html
import re

from . import html_marks, html_text, plain_text, reply
from .parsed import ParsedMessage

# "-node": Odoo need not mark all that stands inside as well
_MARK = ' data-o-mail-quote="1" data-o-mail-quote-node="1"'
_OPEN, _CLOSE = f"<span{_MARK}>", "</span>"
# Odoo looks for signatures and quotations in the text before the first element of another
_NOTHING = "<span></span>"
_FIRST_ANCHOR = 0xF0000
_MOST_ANCHORS = 0xFFFD
_ANCHOR = re.compile("[\U000f0000-\U000ffffd]")
_TAG = re.compile(r"<(/?[a-z][a-z0-9]*)([^<>]*)>")
_BLANK = re.compile(
    f"(?:\\s|&nbsp;|&zwnj;|[\u200b\u200c\ufeff"
    f"{html_marks.HISTORY}{html_marks.ATTRIBUTION}"
    f"{html_marks.SIGNATURE}{html_marks.SIGNATURE_END}])*"
)
_LINE = re.compile("[^\n]+")
_VOID = frozenset("br col hr img wbr".split())
_SIGNATURE_CLASS = re.compile(r'(<[a-z]+[^<>]*?) class="[^"<>]*signature[^"<>]*"')
_SIGNATURE_MARK = re.compile(r"(>\s*)(--(?:\s|&nbsp;)?)(?=<br)")
_MOST_LINES = 20_000
_NEW, _HISTORY, _SIGNED = "new", "history", "signed"


class _Line(str):
    """A line of text that knows where in the source it comes from (offsets, ascending)."""

    places: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class _Source:
    """A letter: its ``text`` (HTML or plain), its ``lines``, and the stretches of it that are
    seen: ``starts`` and ``ends``.
    """

    text: str
    is_html: bool
    lines: list[_Line]
    starts: list[int]
    ends: list[int]


def folded(parsed: ParsedMessage, *, signature: bool = True) -> str:
    """The HTML of a letter whose quoted history is marked to be folded.

    *signature*: that below the author's words as well; without, Odoo does not fold it either.
    """
    if not parsed.html:
        return _folded_text(parsed, signature)
    letter, notes = _without_notes(parsed)
    if parsed.quoted_text or (signature and parsed.signature):
        letter = _folded_html(parsed, letter, signature)
    letter = html_marks.unmark_html(letter)
    if not signature:
        if "signature" in letter:
            letter = _SIGNATURE_CLASS.sub(r"\1", letter)
        if "--" in letter:
            letter = _SIGNATURE_MARK.sub(rf"\1{_NOTHING}\2", letter)
    return letter + notes


def without_lines(parsed: ParsedMessage, wanted: list[str]) -> ParsedMessage:
    """*parsed* without the lines *wanted* of its author's words, each taken away once."""
    letter, notes = _without_notes(parsed) if parsed.html else ("", "")
    fragment = _without_lines_of_html(parsed, letter, wanted) if letter else ""
    return dataclasses.replace(
        parsed,
        # where they stand otherwise in the HTML, the text says the same
        html=html_marks.unmark_html(fragment) + notes if fragment else "",
        marked_html=fragment if html_marks.has_marks(fragment) else "",
        text=_without(parsed.text, wanted),
        reply_text=_without(parsed.reply_text, wanted),
    )


def _without(text: str, wanted: list[str]) -> str:
    left = list(wanted)
    kept = []
    for line in text.split("\n"):
        if line.strip() in left:
            left.remove(line.strip())
        else:
            kept.append(line)
    return "\n".join(kept).strip()


def _without_notes(parsed: ParsedMessage) -> tuple[str, str]:
    """The HTML of the letter itself, with the marks that it had, and that of what is below it."""
    notes = plain_text.below("", parsed.notes) if parsed.notes else ""
    return parsed.marked_html or parsed.html.removesuffix(notes), notes


def _is_reply(parsed: ParsedMessage) -> bool:
    return bool(
        parsed.header("in-reply-to")
        or parsed.header("references")
        or reply.is_reply_subject(parsed.subject)
    )


# ---------------------------------------------------------------------
# plain text
# ---------------------------------------------------------------------


def _folded_text(parsed: ParsedMessage, signature: bool) -> str:
    notes = f"\n\n{parsed.notes}" if parsed.notes and parsed.text != parsed.notes else ""
    text = parsed.text.removesuffix(notes)
    pieces: list[str] = []
    if not signature and "--" in text:
        pieces.append(_NOTHING)
    position = 0
    if parsed.quoted_text or (signature and parsed.signature):
        source = _of_text(text)
        for first, last in _regions(source, _divided(source, parsed), signature):
            pieces += [_escaped(text[position:first]), _OPEN, _escaped(text[first:last]), _CLOSE]
            position = last
    pieces.append(_escaped(text[position:] + notes))
    return plain_text.BLOCK % "".join(pieces)


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _of_text(text: str) -> _Source:
    lines: list[_Line] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for content in text.split("\n", _MOST_LINES):
        line = _Line(content)
        if content.strip():
            line.places = (position,)
            starts.append(position)
            ends.append(position + len(content))
        lines.append(line)
        position += len(content) + 1
    return _Source(text, False, lines, starts, ends)


# ---------------------------------------------------------------------
# HTML
# ---------------------------------------------------------------------


def _folded_html(parsed: ParsedMessage, letter: str, signature: bool) -> str:
    source = _of_html(letter)
    if source is None:
        return letter
    parts = _divided(source, parsed)
    if parts is None or _letters("".join(parts.new)) != _letters(parsed.reply_text):
        # the plain text beside it knows better
        parts = _divided_as_text(source, parsed) or parts
    return _marked(letter, _regions(source, parts, signature))


def _of_html(letter: str) -> _Source | None:
    """The lines of *letter*, or None where it cannot be told where each comes from."""
    if not letter.isascii() and _ANCHOR.search(letter):
        return None
    preserved = "<pre" in letter or "white-space:pre" in letter
    anchored: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for match in _TAG.finditer(letter):
        _anchor(letter, position, match.start(), preserved, anchored, starts, ends)
        anchored.append(match[0])
        position = match.end()
    _anchor(letter, position, len(letter), preserved, anchored, starts, ends)
    lines = []
    for content in html_marks.lines(html_text.from_html("".join(anchored), sanitized=True)):
        found = _ANCHOR.findall(content)
        line = _Line(_ANCHOR.sub("", content) if found else content)
        if line.strip():
            line.places = tuple(starts[ord(anchor) - _FIRST_ANCHOR] for anchor in found)
        lines.append(line)
    return _Source(letter, True, lines, starts, ends)


def _anchor(
    letter: str,
    position: int,
    end: int,
    preserved: bool,
    anchored: list[str],
    starts: list[int],
    ends: list[int],
) -> None:
    """Put the text of *letter* between two tags into *anchored*, with its anchors."""
    if position == end:
        return
    if end - position == 1 and letter[position] == "\n":
        anchored.append("\n")
        return
    if not preserved or "\n" not in letter[position:end]:
        stretches = [(position, end)]
    else:
        stretches = [match.span() for match in _LINE.finditer(letter, position, end)]
    for first, last in stretches:
        blank = _BLANK.match(letter, first, last)
        seen = blank.end() if blank else first
        if seen < last and len(starts) < _MOST_ANCHORS:
            anchored += [letter[position:seen], chr(_FIRST_ANCHOR + len(starts))]
            position = seen
            starts.append(seen)
            ends.append(last)
    anchored.append(letter[position:end])


def _marked(letter: str, regions: list[tuple[int, int]]) -> str:
    """*letter* with marks on all that stands in *regions* (ascending, apart)."""
    if not regions:
        return letter
    tags = [*_TAG.finditer(letter, regions[0][0])]
    closes = _closing_tags(tags)
    pieces: list[str] = []
    position = 0  # what stands before it is in pieces
    free = 0  # what stands before it has a mark already, or none to get
    number = 0
    for match in [*tags, None]:
        start, end = match.span() if match else (len(letter), len(letter))
        text = max(free, position)
        # the text before the tag: it may lie in several regions, or partly in one
        while number < len(regions):
            first, last = regions[number]
            inner, outer = max(first, text), min(last, start)
            if inner < outer and not _is_blank(letter, inner, outer):
                pieces += [letter[position:inner], _OPEN, letter[inner:outer], _CLOSE]
                position = text = outer
            if last > start:
                break
            number += 1
        if match is None or start < free:
            continue
        if number < len(regions) and match[1][0] != "/" and start >= regions[number][0]:
            close = end if match[1] in _VOID else closes.get(start, len(letter) + 1)
            if close <= regions[number][1]:
                name = start + 1 + len(match[1])
                pieces += [letter[position:name], _MARK]
                position, free = name, close
                continue
        free = end
    pieces.append(letter[position:])
    return "".join(pieces)


def _is_blank(letter: str, first: int, last: int) -> bool:
    blank = _BLANK.match(letter, first, last)
    return blank is not None and blank.end() == last


def _closing_tags(tags: list[re.Match[str]]) -> dict[int, int]:
    """Where each element that starts and ends in *tags* does: {offset of its tag: offset behind its
    end tag}. Void elements are none.
    """
    closes: dict[int, int] = {}
    stack: list[tuple[str, int]] = []
    for match in tags:
        name = match[1]
        if name[0] != "/":
            if name not in _VOID:
                stack.append((name, match.start()))
        elif stack and stack[-1][0] == name[1:]:
            closes[stack.pop()[1]] = match.end()
    return closes


def _without_lines_of_html(parsed: ParsedMessage, letter: str, wanted: list[str]) -> str:
    """*letter* without the lines *wanted*, or "" where it has not all of them."""
    source = _of_html(letter)
    parts = _divided(source, parsed) if source else None
    if source is None or parts is None:
        return ""
    left = list(wanted)
    cut: list[tuple[int, int]] = []
    for line in parts.new:
        if line.strip() in left:
            left.remove(line.strip())
            for place in getattr(line, "places", ()):
                cut.append((place, source.ends[bisect.bisect_left(source.starts, place)]))
    if left:
        return ""
    for first, last in sorted(cut, reverse=True):
        rest = letter[last:]
        # the line end goes with its line
        letter = letter[:first] + re.sub(r"\A\s*<br>", "", rest, count=1)
    return letter


# ---------------------------------------------------------------------
# both
# ---------------------------------------------------------------------


def _divided(source: _Source, parsed: ParsedMessage) -> reply.Division | None:
    """What each line is; None where the letter says more than the author's new words should."""
    parts = reply.divide(list(source.lines), is_reply=_is_reply(parsed), sender=parsed.from_)
    if not parsed.html:
        return parts
    if not parts.above and not parts.below and not parts.signed:
        return None
    # the plain text beside the HTML is what decided: no word of the author is hidden
    enough = len(_letters(parsed.reply_text)) * 4 <= len(_letters("".join(parts.new))) * 5
    return parts if enough else None


def _divided_as_text(source: _Source, parsed: ParsedMessage) -> reply.Division | None:
    """What each line of the HTML is where the very same words start the plain text beside it."""
    new, signed = _letters(parsed.reply_text), _letters(parsed.signature)
    lines = source.lines
    first = _behind(lines, 0, new)
    if not new or first is None:
        return None
    last = _behind(lines, first, signed)
    if last is None:
        first = last = first if not signed else len(lines)
    return reply.Division([], [*lines[:first]], [*lines[first:last]], [*lines[last:]])


def _behind(lines: list[_Line], first: int, wanted: str) -> int | None:
    """The line behind those from *first* on that say *wanted*, or None."""
    seen = ""
    for number in range(first, len(lines)):
        if seen == wanted:
            return number
        seen += _letters(lines[number])
        if not wanted.startswith(seen):
            return None
    return len(lines) if seen == wanted else None


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _regions(
    source: _Source, parts: reply.Division | None, signature: bool
) -> list[tuple[int, int]]:
    """What is to be folded: (start, end) offsets, ascending."""
    if parts is None:
        return []
    kinds = (
        (_HISTORY, parts.above),
        (_NEW, parts.new),
        (_SIGNED if signature else _NEW, parts.signed),
        (_HISTORY, parts.below),
    )
    kind_of = {id(line): kind for kind, lines in kinds for line in lines}
    # what no part has is the "-- " above a signature
    other = _SIGNED if signature and parts.signed else _NEW
    places = sorted(
        (place, kind_of.get(id(line), other)) for line in source.lines for place in line.places
    )
    regions: list[tuple[int, int]] = []
    start: int | None = None
    for place, kind in places:
        if kind != _NEW and start is None:
            start = _end_before(source, place)
        elif kind == _NEW and start is not None:
            # an element that only history stands in ends before the next words
            regions.append((start, place if source.is_html else _end_before(source, place)))
            start = None
    if start is not None:
        regions.append((start, len(source.text)))
    return regions


def _end_before(source: _Source, place: int) -> int:
    """Where what is seen before *place* ends: blank lines and rules go with what follows them."""
    number = bisect.bisect_left(source.starts, place)
    end = source.ends[number - 1] if number else 0
    image = source.text.rfind("<img", end, place)
    return source.text.index(">", image) + 1 if image >= 0 else end
