# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Plain text from HTML: what a person would read aloud, with its structure.

HTML is read as a stream of tags, never as a tree: the time is linear whatever the nesting.
Block quotations become lines that start with ">", so that one reader of replies serves both.
"""

from __future__ import annotations

import re

from . import text_lines
from .html_reader import ACTIONS, PRESERVED, VOID, Reader

# What the sanitiser writes: "<" is a tag's, always.
_WRITTEN = re.compile(r"<(/?[a-z][a-z0-9]*)([^<>]*)>")
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:-->|\Z))|<(/?[a-zA-Z][a-zA-Z0-9:]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>?"
    r"|<[!?][^>]*>?",
    re.S,
)
# How senders hide the words that mail programs show beside the subject.
_HIDDEN = re.compile(
    r"display:\s*none|mso-hide:\s*all|visibility:\s*hidden|opacity:\s*0(?:\.0*)?(?:;|$)"
)
_NO_SIZE = re.compile(r"(?<![a-z-])(?:max-)?(?:height|width):\s*0(?:px|pt)?(?:;|$)")
_MARKS_OF_HIDING = ("display:none", "hidden", "mso-hide:", "opacity:0")
_STYLE = re.compile(r' style="([^"]*)"')
_TINY = re.compile(r"font-size:\s*(?:0(?!\.[1-9])|1px)")
_UNSEEN = frozenset(
    "script style title head template select textarea noscript svg math xml object iframe "
    "noembed noframes".split()
)


def from_html(source: str, *, sanitized: bool = False) -> str:
    """*source* as plain text: paragraphs, lists, tables, link targets and quotations readable.

    *sanitized* says that the markup was written by the sanitiser, so that every element has its
    end: hidden ones are left out, and tables are put in rows, without a risk of losing what
    follows.
    """
    if not sanitized:
        return _from_soup(source)
    # Blanks that do not collapse get a sign of their own until the end.
    source = source.replace("&nbsp;", text_lines.NO_BREAK)
    pieces = _WRITTEN.split(source)
    text = _from_fragment(pieces, source, hides=True)
    if not text and _may_hide(source):
        # A mail that seems to say nothing is shown with what it hides.
        text = _from_fragment(pieces, source, hides=False)
    return text


def _from_fragment(pieces: list[str], source: str, *, hides: bool) -> str:
    reader = Reader(tables="<t" in source)
    hides_some = hides and _may_hide(source)
    hidden: dict[str, bool] = {"": False}
    preserves = PRESERVED in source
    sizes: list[tuple[str, bool]] | None = [] if hides and _TINY.search(source) else None
    inside = ""  # the element whose content is passed over, and how many of its name are open
    depth = 0
    add = reader.lines.text
    add(pieces[0])
    for position in range(1, len(pieces), 3):
        tag, attributes, text = pieces[position : position + 3]
        if inside:
            if tag == inside:
                depth += 1
            elif tag[0] == "/" and tag[1:] == inside:
                depth -= 1
                if not depth:
                    inside = ""
                    if text:
                        add(text)
            continue
        if hides_some:
            if attributes not in hidden:
                hidden[attributes] = _hides(attributes)
            if hidden[attributes]:
                if tag in VOID:
                    if text:
                        add(text)
                else:
                    inside, depth = tag, 1
                continue
        if preserves:
            reader.tag(tag, attributes)
            add = reader.lines.text
        elif action := ACTIONS.get(tag):
            action(reader, tag, attributes)
            add = reader.lines.text
        if sizes is not None and tag not in VOID:
            _follow_size(sizes, tag, attributes)
            if sizes and sizes[-1][1]:
                continue
        if text:
            add(text)
    return reader.lines.whole()


def _may_hide(text: str) -> bool:
    return any(mark in text for mark in _MARKS_OF_HIDING)


def _hides(attributes: str) -> bool:
    if not _may_hide(attributes):
        return False
    style = _STYLE.search(attributes)
    if style is None:
        return False
    return bool(
        _HIDDEN.search(style[1]) or ("overflow:hidden" in style[1] and _NO_SIZE.search(style[1]))
    )


def _follow_size(sizes: list[tuple[str, bool]], tag: str, attributes: str) -> None:
    """Keep the open elements in *sizes*, each with whether its own text is too small to see."""
    if tag[0] == "/":
        if sizes:
            sizes.pop()
    elif "font-size:" in attributes:
        sizes.append((tag, bool(_TINY.search(attributes))))
    else:
        sizes.append((tag, bool(sizes) and sizes[-1][1]))


def _from_soup(source: str) -> str:
    """The words of markup that nobody has put in order."""
    reader = Reader(tables=False)
    source = source.replace("&nbsp;", text_lines.NO_BREAK)
    inside = ""
    depth = position = 0
    ends: dict[str, int] = {}

    def closes(name: str, position: int) -> bool:
        """Whether *name* is closed after *position*; each end tag is looked for only once."""
        if 0 <= ends.get(name, 0) < position:
            end = re.compile(f"</{re.escape(name)}\\b", re.I).search(source, position)
            ends[name] = end.start() if end else -1
        return ends.get(name, 0) >= position

    for match in _TOKEN.finditer(source):
        start, end = match.span()
        if start > position and not inside:
            reader.lines.text(source[position:start])
        position = end
        tag, attributes = match.groups()
        if tag is None:
            continue
        tag = tag.lower()
        if inside:
            if tag.strip("/") == inside:
                depth += -1 if tag[0] == "/" else 1
                inside = inside if depth > 0 else ""
        elif tag in _UNSEEN:
            if closes(tag, position):
                inside, depth = tag, 1
        else:
            reader.tag(tag, attributes)
    if not inside:
        reader.lines.text(source[position:])
    return reader.lines.whole()
