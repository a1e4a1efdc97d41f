# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What each tag does to the lines of a plain text: structure, lists, tables, link targets."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from . import text_lines
from .text_lines import Lines

_VALUE = {
    name: re.compile(rf"\b{name}\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.I)
    for name in ("href", "alt")
}
_START = re.compile(r"\b(?:start|value)\s*=\s*[\"']?(\d{1,6})\b", re.I)
_LIST_TYPE = re.compile(r"\btype\s*=\s*[\"']?([aAiI])\b")
_BORDER = re.compile(r"\bborder=\"[1-9]")
PRESERVED = "white-space:pre"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = (
    "div dt dd section article header footer main nav aside address center caption details summary "
    "figure figcaption body html form fieldset".split()
)
VOID = frozenset("br img hr wbr col".split())
_DEEPEST = 20


class Reader:
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
        action = ACTIONS.get(tag)
        if action is not None:
            action(self, tag, attributes)
        if tag[0] != "/" and tag not in VOID and (self.preserved or PRESERVED in attributes):
            self._enter_preserved(tag, attributes)

    def _enter_preserved(self, name: str, attributes: str) -> None:
        if PRESERVED in attributes:
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
        if shown and href and not _says(shown, href):
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


def _says(shown: str, href: str) -> bool:
    """Whether the words *shown* name the place that *href* leads to, and no other."""
    words, target = _bare(shown), _bare(href)
    if target in words or _digits(shown) == href:
        return True
    # "bank.example" may stand for a page there, but not for bank.example.evil.example
    return target.startswith(words) and target[len(words)] in "/?#"


def _bare(url: str) -> str:
    url = url.lower().removeprefix("https://").removeprefix("http://")
    return url.removeprefix("www.").rstrip("/")


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


ACTIONS: dict[str, Callable[[Reader, str, str], None]] = {
    **{f"{end}{name}": Reader.paragraph for name in ("p", *_HEADINGS, "dl") for end in ("", "/")},
    **{f"{end}{name}": Reader.block for name in _BLOCKS for end in ("", "/")},
    "br": Reader.line_break,
    "hr": Reader.rule,
    "img": Reader.image,
    "a": Reader.open_link,
    "/a": Reader.close_link,
    "ul": Reader.open_list,
    "/ul": Reader.close_list,
    "ol": Reader.open_list,
    "/ol": Reader.close_list,
    "li": Reader.item,
    "/li": Reader.block,
    "blockquote": Reader.open_quotation,
    "/blockquote": Reader.close_quotation,
    "pre": Reader.open_preserved,
    "/pre": Reader.close_preserved,
    "table": Reader.open_table,
    "/table": Reader.close_table,
    "tr": Reader.open_row,
    "/tr": Reader.close_row,
    "td": Reader.open_cell,
    "/td": Reader.close_cell,
    "th": Reader.open_cell,
    "/th": Reader.close_cell,
}
