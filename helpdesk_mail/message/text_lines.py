# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Lines of plain text while they are being written: blanks, lists, quotations, rows of cells.

Blanks collapse as in a browser (CSS Text Level 3, section 4), and blank lines between blocks are
held back until text follows.
"""

from __future__ import annotations

import html
import re

# Stands for a blank that does not collapse; no text of a mail holds this character.
NO_BREAK = "\x01"

_BLANKS = re.compile("[ \t\n\f\r]+")
_TO_BLANK = str.maketrans({NO_BREAK: " ", "\xa0": " ", "\u202f": " ", "\u2007": " "})
# Characters without a width: where a word may break, and what fills the preview of a mail.
_NO_WIDTH = re.compile(
    "[\u00ad\u034f\u200b\u2060\ufeff]|(?<![^\\s])[\u200c\u200d\u200e]+(?![^\\s])"
)
_HAS_NO_WIDTH = re.compile("[\u00ad\u034f\u200b-\u200e\u2060\ufeff]")
# How Word writes the bullet or number of a list: with blanks up to the text.
_WORD_BULLET = re.compile("^((?:[·•§▪o–-]|[0-9a-zA-Z]{1,3}[.)]) )  +")
_BULLETS = "·•§▪–-*"
_DEEPEST = 20
_LONGEST_CELL = 200
_ROMAN = ((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


class Lines:
    """``done`` holds the finished lines, ``line`` the pieces of the one being written."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.line: list[str] = []
        self.quote = 0
        self.preserved = 0
        self.starts_preserved = False
        self.space = False
        self.blank = False
        self.marker = ""
        self.indent = ""
        self.lists: list[tuple[int, str, str]] = []

    def text(self, text: str) -> None:
        """Add *text* of the HTML, with its character references, its blanks collapsed."""
        if "&" in text:
            text = html.unescape(text)
        if self.preserved:
            if self.starts_preserved:
                # The line end behind <pre> is none of the text.
                text = text.removeprefix("\n")
                self.starts_preserved = False
            first, *others = text.split("\n")
            self.put(first)
            for other in others:
                self.end_line(keep_empty=True)
                self.put(other)
            return
        if text.isascii():
            words = text.split()
            if not words:
                self.space = self.space or bool(self.line)
                return
            starts, ends = text[0].isspace(), text[-1].isspace()
            text = " ".join(words)
        else:
            collapsed = _BLANKS.sub(" ", text)
            text = collapsed.strip(" ")
            if not text:
                self.space = self.space or (bool(collapsed) and bool(self.line))
                return
            starts, ends = collapsed[0] == " ", collapsed[-1] == " "
        if self.line and (self.space or starts) and self.line[-1][-1] != " ":
            self.line.append(" ")
        self.line.append(text)
        self.space = ends

    def put(self, text: str) -> None:
        """Add *text* as it is."""
        if text:
            self.line.append(text)

    def end_line(self, *, keep_empty: bool = False) -> None:
        """Finish the line; an empty one only where *keep_empty* says that it was meant."""
        self.space = False
        if not self.line and not keep_empty:
            return
        text = "".join(self.line)
        self.line = []
        if not text.isascii() or NO_BREAK in text:
            text = _readable(text)
        self._finish(text.rstrip())

    def _finish(self, text: str) -> None:
        if self.blank and self.done:
            self._append("")
        self.blank = False
        if text and (self.marker or self.indent):
            text = (self.marker or self.indent) + text
            self.marker = ""
        if self.quote:
            depth = min(self.quote, _DEEPEST)
            text = f"{'>' * depth} {text}".rstrip() if text else ">" * depth
        self._append(text)

    def _append(self, text: str) -> None:
        """Add a line, unless it is the second blank one outside preserved text."""
        if self.done and text == self.done[-1] and not text.strip(">") and not self.preserved:
            return
        self.done.append(text)

    def paragraph(self) -> None:
        """Finish the line; a blank one stands before whatever follows."""
        self.end_line()
        self.blank = not self.marker

    def open_list(self, number: int, style: str) -> None:
        """Start a list whose first item has *number* (0: bullets), written in *style*."""
        if self.lists:
            self.end_line()
        else:
            self.paragraph()
        self._drop_marker()
        if len(self.lists) < 1000:
            self.lists.append((number, style, self.indent))

    def close_list(self) -> None:
        """End the innermost list."""
        self.end_line()
        self._drop_marker()
        if self.lists:
            self.indent = self.lists.pop()[2]
        if not self.lists:
            self.paragraph()

    def item(self, value: int | None) -> None:
        """Start an item; it has number *value* where it says so."""
        self._drop_marker()
        number, style, indent = self.lists[-1] if self.lists else (0, "1", "")
        if number:
            number = value or number
            self.lists[-1] = (number + 1, style, indent)
        bullet = f"{_numeral(number, style)}. " if number else "- "
        self.marker = indent + bullet
        self.indent = indent + " " * (len(bullet) if len(indent) < 2 * _DEEPEST else 0)

    def _drop_marker(self) -> None:
        """An item without a text of its own keeps its bullet."""
        if self.marker:
            marker, self.marker = self.marker, ""
            indent, self.indent = self.indent, ""
            self._finish(marker.rstrip())
            self.indent = indent

    def row(self, cells: list[list[str]], *, keeps_empty: bool) -> None:
        """Add the row of a table: in one line where the cells are short, else one by one."""
        self.end_line()
        filled = [cell for cell in cells if cell]
        if not filled:
            return
        short = all(len(cell) == 1 and len(cell[0]) <= _LONGEST_CELL for cell in filled)
        told_apart = len(cells) > 1 if keeps_empty else len(filled) > 1
        if told_apart and short and not any(cell[0].startswith(">") for cell in filled):
            self._finish(_joined([cell[0] if cell else "" for cell in cells], keeps_empty).rstrip())
            return
        for cell in filled:
            self.blank = self.blank or not short
            for line in cell:
                if line:
                    self._finish(line)
                else:
                    self.blank = True

    def finished(self) -> list[str]:
        """All lines, without blank ones at the beginning and the end."""
        self.end_line()
        self._drop_marker()
        first, last = 0, len(self.done)
        while first < last and not self.done[first]:
            first += 1
        while last > first and not self.done[last - 1]:
            last -= 1
        return self.done[first:last]

    def whole(self) -> str:
        """Everything that was written, in one text."""
        return "\n".join(self.finished()).strip()


def _readable(text: str) -> str:
    if not text.isascii() and _HAS_NO_WIDTH.search(text):
        text = _NO_WIDTH.sub("", text.replace(NO_BREAK, " "))
    text = text.translate(_TO_BLANK)
    return _WORD_BULLET.sub(r"\1", text) if "  " in text else text


def _joined(cells: list[str], keeps_empty: bool) -> str:
    """*cells* in one line, told apart where they are not a label and what it labels."""
    if not keeps_empty:
        cells = [cell for cell in cells if cell]
    line = cells[0]
    for before, cell in zip(cells, cells[1:], strict=False):
        is_label = before.endswith((":", "\uff1a", "]")) or (before and before in _BULLETS)
        line += (" " if is_label else " | ") + cell
    return line


def _numeral(number: int, style: str) -> str:
    if style in ("a", "A") and number <= 26:
        return chr(ord(style) + number - 1)
    if style in ("i", "I") and number < 40:
        text = ""
        for value, letters in _ROMAN:
            while number >= value:
                text += letters
                number -= value
        return text if style == "i" else text.upper()
    return str(number)
