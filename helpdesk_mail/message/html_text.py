# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Plain text from HTML: what a person would read aloud, with its structure.

HTML is read as a stream of tags, never as a tree: the time is linear whatever the nesting.
Block quotations become lines that start with ">", so that one reader of replies serves both.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from . import text_lines
from .text_lines import Lines

# What the sanitiser writes: "<" is a tag's, always.
_WRITTEN = re.compile(r"<(/?[a-z][a-z0-9]*)([^<>]*)>")
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:-->|\Z))|<(/?[a-zA-Z][a-zA-Z0-9:]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>?"
    r"|<[!?][^>]*>?",
    re.S,
)
_VALUE = {
    name: re.compile(rf"\b{name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.I)
    for name in ("href", "alt")
}
_START = re.compile(r"\b(?:start|value)\s*=\s*[\"']?(\d{1,6})\b", re.I)
_LIST_TYPE = re.compile(r"\btype\s*=\s*[\"']?([aAiI])\b")
_BORDER = re.compile(r"\bborder=\"[1-9]")
# How senders hide the words that mail programs show beside the subject.
_HIDDEN = re.compile(
    r"display:\s*none|mso-hide:\s*all|visibility:\s*hidden|opacity:\s*0(?:\.0*)?(?:;|$)"
    r"|(?<![a-z-])(?:max-)?(?:height|width):\s*0(?:px|pt)?(?:;|$).*overflow:\s*hidden"
    r"|overflow:\s*hidden.*;(?:max-)?(?:height|width):\s*0(?:px|pt)?(?:;|$)"
)
_MARKS_OF_HIDING = ("display:none", "hidden", "mso-hide:", "opacity:0")
_STYLE = re.compile(r' style="([^"]*)"')
_TINY = re.compile(r"font-size:\s*(?:0(?!\.[1-9])|1px)")
_PRESERVED = "white-space:pre"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = (
    "div dt dd section article header footer main nav aside address center caption details summary "
    "figure figcaption body html form fieldset".split()
)
_UNSEEN = frozenset(
    "script style title head template select textarea noscript svg math xml object iframe "
    "noembed noframes".split()
)
_VOID = frozenset("br img hr wbr col".split())
_DEEPEST = 20


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
    reader = _Reader(tables="<t" in source)
    hides_some = hides and _may_hide(source)
    hidden: dict[str, bool] = {"": False}
    preserves = _PRESERVED in source
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
                if tag in _VOID:
                    if text:
                        add(text)
                else:
                    inside, depth = tag, 1
                continue
        if preserves:
            reader.tag(tag, attributes)
            add = reader.lines.text
        elif action := _ACTIONS.get(tag):
            action(reader, tag, attributes)
            add = reader.lines.text
        if sizes is not None and tag not in _VOID:
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
    return bool(style and _HIDDEN.search(style[1]))


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
    reader = _Reader(tables=False)
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


class _Reader:
    """Turns tags into structure of :class:`Lines`."""

    def __init__(self, *, tables: bool) -> None:
        self.lines = Lines()
        self.tables = tables
        self.links: list[tuple[str, Lines, int, int]] = []
        self.rows: list[_Row] = []
        self.preserved: list[str] = []

    def tag(self, tag: str, attributes: str) -> None:
        """Do what *tag* ("name" or "/name") asks for, also about text that keeps its blanks."""
        if self.preserved and tag[0] == "/":
            self._leave_preserved(tag[1:])
        action = _ACTIONS.get(tag)
        if action is not None:
            action(self, tag, attributes)
        if tag[0] != "/" and tag not in _VOID and (self.preserved or _PRESERVED in attributes):
            self._enter_preserved(tag, attributes)

    def _enter_preserved(self, name: str, attributes: str) -> None:
        if _PRESERVED in attributes:
            self.lines.end_line()
            self.preserved.append("")
            self.lines.preserved += 1
        if self.preserved:
            self.preserved.append(name)

    def _leave_preserved(self, name: str) -> None:
        if self.preserved[-1] == name:
            self.preserved.pop()
            if self.preserved and not self.preserved[-1]:
                self.preserved.pop()
                self.lines.end_line()
                self.lines.preserved -= 1

    def line_break(self, _tag: str, _attributes: str) -> None:
        self.lines.end_line(keep_empty=True)

    def block(self, _tag: str, _attributes: str) -> None:
        self.lines.end_line()

    def paragraph(self, _tag: str, _attributes: str) -> None:
        self.lines.paragraph()

    def rule(self, _tag: str, _attributes: str) -> None:
        self.lines.paragraph()
        self.lines.put("-" * 20)
        self.lines.paragraph()

    def image(self, _tag: str, attributes: str) -> None:
        if alt := _value("alt", attributes):
            self.lines.text(html.escape(f"[{' '.join(alt.split())}]", quote=False))

    def open_link(self, _tag: str, attributes: str) -> None:
        lines = self.lines
        self.links.append((_value("href", attributes), lines, len(lines.done), len(lines.line)))
        del self.links[:-_DEEPEST]

    def close_link(self, _tag: str, _attributes: str) -> None:
        if self.links:
            self._write_target(*self.links.pop())

    def open_list(self, tag: str, attributes: str) -> None:
        start = _START.search(attributes) if attributes else None
        style = _LIST_TYPE.search(attributes) if attributes else None
        self.lines.open_list(
            (int(start[1]) if start else 1) if tag == "ol" else 0, style[1] if style else "1"
        )

    def close_list(self, _tag: str, _attributes: str) -> None:
        self.lines.close_list()

    def item(self, _tag: str, attributes: str) -> None:
        self.lines.end_line()
        value = _START.search(attributes) if attributes else None
        self.lines.item(int(value[1]) if value else None)

    def open_quotation(self, _tag: str, _attributes: str) -> None:
        self.lines.paragraph()
        self.lines.quote += 1

    def close_quotation(self, _tag: str, _attributes: str) -> None:
        self.lines.paragraph()
        self.lines.quote = max(self.lines.quote - 1, 0)

    def open_preserved(self, _tag: str, _attributes: str) -> None:
        self.lines.paragraph()
        self.lines.preserved += 1
        self.lines.starts_preserved = True

    def close_preserved(self, _tag: str, _attributes: str) -> None:
        self.lines.paragraph()
        self.lines.starts_preserved = False
        self.lines.preserved = max(self.lines.preserved - 1, 0)

    def open_table(self, _tag: str, attributes: str) -> None:
        self.lines.paragraph()
        if self.tables:
            self.rows.append(_Row(self.lines, is_data=bool(_BORDER.search(attributes))))

    def close_table(self, _tag: str, _attributes: str) -> None:
        if self.rows:
            self.lines = self.rows.pop().outer
        self.lines.paragraph()

    def open_row(self, _tag: str, _attributes: str) -> None:
        self.lines.end_line()
        if self.rows:
            self.rows[-1].start()

    def close_row(self, _tag: str, _attributes: str) -> None:
        self.lines.end_line()
        if self.rows:
            self.rows[-1].write()

    def open_cell(self, tag: str, _attributes: str) -> None:
        if self.rows:
            self.lines = self.rows[-1].open_cell(is_head=tag == "th")
        elif self.lines.line:
            self.lines.space = True

    def close_cell(self, _tag: str, _attributes: str) -> None:
        if self.rows and self.rows[-1].cell is self.lines:
            self.lines = self.rows[-1].close_cell()

    def _write_target(self, href: str, lines: Lines, done: int, start: int) -> None:
        """The target of a link behind its text, unless the text says it already."""
        if lines is not self.lines or done != len(lines.done) or not href or len(href) > 500:
            return
        scheme, _, rest = href.partition(":")
        if scheme.lower() in ("mailto", "tel"):
            href = rest.partition("?")[0]
        elif scheme.lower() not in ("http", "https"):
            return
        shown = "".join(lines.line[start:]).replace(text_lines.NO_BREAK, " ").strip()
        if shown and href and _bare(shown) not in _bare(href) and _digits(shown) != href:
            lines.put(f" <{href}>")


class _Row:
    """The cells of the row of a table that is being read."""

    def __init__(self, outer: Lines, *, is_data: bool) -> None:
        self.outer = outer
        self.cell: Lines | None = None
        self.cells: list[list[str]] = []
        self.is_data = is_data

    def start(self) -> None:
        self.cells = []

    def open_cell(self, *, is_head: bool) -> Lines:
        self.is_data = self.is_data or is_head
        self.cell = Lines()
        return self.cell

    def close_cell(self) -> Lines:
        if self.cell is not None:
            self.cells.append(self.cell.finished())
        self.cell = None
        return self.outer

    def write(self) -> None:
        cells = self.cells
        self.cells = []
        self.outer.row(cells, keeps_empty=self.is_data)


def _bare(url: str) -> str:
    return url.lower().removeprefix("https://").removeprefix("http://").rstrip("/")


def _digits(shown: str) -> str:
    return "".join(character for character in shown if character in "+0123456789")


def _value(name: str, attributes: str) -> str:
    """The value of the attribute *name* in *attributes*, or ""."""
    start = attributes.find(f' {name}="')
    if start >= 0:
        start += len(name) + 3
        value = attributes[start : attributes.find('"', start)]
    elif match := _VALUE[name].search(attributes):
        value = next((group for group in match.groups() if group), "")
    else:
        return ""
    return (html.unescape(value) if "&" in value else value).strip()


_ACTIONS: dict[str, Callable[[_Reader, str, str], None]] = {
    **{f"{end}{name}": _Reader.paragraph for name in ("p", *_HEADINGS, "dl") for end in ("", "/")},
    **{f"{end}{name}": _Reader.block for name in _BLOCKS for end in ("", "/")},
    "br": _Reader.line_break,
    "hr": _Reader.rule,
    "img": _Reader.image,
    "a": _Reader.open_link,
    "/a": _Reader.close_link,
    "ul": _Reader.open_list,
    "/ul": _Reader.close_list,
    "ol": _Reader.open_list,
    "/ol": _Reader.close_list,
    "li": _Reader.item,
    "/li": _Reader.block,
    "blockquote": _Reader.open_quotation,
    "/blockquote": _Reader.close_quotation,
    "pre": _Reader.open_preserved,
    "/pre": _Reader.close_preserved,
    "table": _Reader.open_table,
    "/table": _Reader.close_table,
    "tr": _Reader.open_row,
    "/tr": _Reader.close_row,
    "td": _Reader.open_cell,
    "/td": _Reader.close_cell,
    "th": _Reader.open_cell,
    "/th": _Reader.close_cell,
}
