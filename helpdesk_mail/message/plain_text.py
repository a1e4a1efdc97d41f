# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Plain text from HTML, HTML from plain text, and flowed text (RFC 3676).

HTML is read as a stream of tags, never as a tree: the time is linear whatever the nesting.
Block quotations become lines that start with ">", so that one reader of replies serves both.
"""

from __future__ import annotations

import html
import re

_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(/?)([a-zA-Z][a-zA-Z0-9:]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>?|<[!?][^>]*>?",
    re.S,
)
_SPACES = re.compile(r"[ \t\n\r\f]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_HREF = re.compile(r"\bhref\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.I)
_ALT = re.compile(r"\balt\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.I)
_KEEPS_LINES = re.compile(r"white-space\s*:\s*(?:pre\b|break-spaces)", re.I)
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.I)
_PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre hr".split())
_BLOCKS = frozenset(
    "div tr li dt dd section article header footer main nav aside address center caption "
    "figure figcaption body html form fieldset".split()
)
_UNSEEN = frozenset("script style title head template select textarea noscript svg math".split())
_INLINE = frozenset("b strong i em u s span font small big sub sup code tbody col wbr".split())
_DEEPEST_QUOTE = 20


class _Writer:
    """Lines of text, with the blank lines between blocks held back until text follows."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quote = 0
        self.blank = False
        self.pre = 0
        self.space = False

    def text(self, text: str) -> None:
        if self.pre:
            first, *others = text.split("\n")
            self.put(first)
            for other in others:
                self.end_line(keep_empty=True)
                self.put(other)
            return
        words = text.split()
        if not words:
            self.space = self.space or bool(self.line)
            return
        if self.line and (self.space or text[0].isspace()) and self.line[-1][-1] != " ":
            self.line.append(" ")
        self.line.append(" ".join(words))
        self.space = text[-1].isspace()

    def put(self, text: str) -> None:
        if text:
            self.line.append(text)

    def end_line(self, keep_empty: bool = False) -> None:
        self.space = False
        if not self.line and not keep_empty:
            return
        text = "".join(self.line).rstrip()
        self.line = []
        prefix = ">" * self.quote
        if self.blank and self.lines:
            self.lines.append("")
        self.blank = False
        self.lines.append(f"{prefix} {text}".rstrip() if prefix else text)

    def paragraph(self) -> None:
        self.end_line()
        self.blank = True


def from_html(source: str, *, sanitized: bool = False) -> str:
    """*source* as plain text: paragraphs, lists, link targets and quotations kept readable.

    *sanitized* says that the markup is known to be well formed, so that hidden elements can be
    left out without a risk of losing what follows them.
    """
    writer = _Writer()
    lists: list[int] = []
    links: list[tuple[str, int]] = []
    kept: list[
        int
    ] = []  # of each open div that keeps its line breaks: how many divs are open in it
    unseen, unseen_depth = "", 0
    position = 0
    ends: dict[str, int] = {}

    def closes(name: str, position: int) -> bool:
        """Whether *name* is closed after *position*; each end tag is looked for only once."""
        if 0 <= ends.get(name, 0) < position:
            end = re.compile(f"</{re.escape(name)}\\b", re.I).search(source, position)
            ends[name] = end.start() if end else -1
        return ends.get(name, 0) >= position

    for match in _TOKEN.finditer(source):
        start, end = match.span()
        if start > position and not unseen:
            writer.text(html.unescape(source[position:start]))
        position = end
        slash, name, attributes = match.groups()
        if name is None:
            continue
        closing, name = bool(slash), name.lower()
        if unseen:
            if name == unseen:
                unseen_depth += -1 if closing else 1
                unseen = unseen if unseen_depth > 0 else ""
            continue
        if name in _INLINE and not (sanitized and "none" in attributes):
            continue
        if closing:
            _close(writer, name, lists, links)
            if kept and name == "div":
                kept[-1] -= 1
                if not kept[-1]:
                    kept.pop()
                    writer.pre -= 1
            continue
        if name in _UNSEEN or (sanitized and "none" in attributes and _HIDDEN.search(attributes)):
            if name not in ("img", "br", "hr") and (sanitized or closes(name, position)):
                unseen, unseen_depth = name, 1
            continue
        _open(writer, name, attributes, lists, links)
        if name == "div":
            if "white-space" in attributes and _KEEPS_LINES.search(attributes):
                kept.append(1)
                writer.pre += 1
            elif kept:
                kept[-1] += 1
    if not unseen:
        writer.text(html.unescape(source[position:]))
    writer.end_line()
    return _BLANK_LINES.sub("\n\n", "\n".join(writer.lines)).strip()


def _open(
    writer: _Writer, name: str, attributes: str, lists: list[int], links: list[tuple[str, int]]
) -> None:
    if name == "br":
        writer.end_line(keep_empty=True)
    elif name == "a":
        href = _value(_HREF.search(attributes))
        links.append((href, len(writer.lines) * 100_000 + len(writer.line)))
        del links[:-_DEEPEST_QUOTE]
    elif name == "img":
        if alt := _value(_ALT.search(attributes)):
            writer.text(f"[{alt}]")
    elif name in ("td", "th"):
        if writer.line:
            writer.space = True
    elif name in _PARAGRAPHS:
        if name in ("ul", "ol"):
            writer.end_line() if lists else writer.paragraph()
            lists.append(1 if name == "ol" else 0)
        elif name == "hr":
            writer.paragraph()
            writer.put("-" * 20)
            writer.paragraph()
        else:
            writer.paragraph()
            if name == "blockquote":
                writer.quote = min(writer.quote + 1, _DEEPEST_QUOTE)
            elif name == "pre":
                writer.pre += 1
    elif name in _BLOCKS:
        writer.end_line()
        if name == "li":
            number = lists[-1] if lists else 0
            writer.put("  " * min(len(lists) - 1, 10) + (f"{number}. " if number else "- "))
            if number:
                lists[-1] += 1


def _close(writer: _Writer, name: str, lists: list[int], links: list[tuple[str, int]]) -> None:
    if name == "a":
        if links:
            href, mark = links.pop()
            _write_target(writer, href, mark)
    elif name in _PARAGRAPHS:
        if name in ("ul", "ol"):
            if lists:
                lists.pop()
            writer.end_line() if lists else writer.paragraph()
            return
        writer.paragraph()
        if name == "blockquote":
            writer.quote = max(writer.quote - 1, 0)
        elif name == "pre":
            writer.pre = max(writer.pre - 1, 0)
    elif name in _BLOCKS:
        writer.end_line()


def _write_target(writer: _Writer, href: str, mark: int) -> None:
    """The target of a link behind its text, unless the text says it already."""
    if not href.lower().startswith(("http://", "https://")) or len(href) > 500:
        return
    lines, start = divmod(mark, 100_000)
    if lines != len(writer.lines):
        return
    shown = "".join(writer.line[start:]).strip()
    if shown and _bare(shown) not in _bare(href):
        writer.put(f" <{href}>")


def _bare(url: str) -> str:
    return url.lower().removeprefix("https://").removeprefix("http://").rstrip("/")


def _value(match: re.Match[str] | None) -> str:
    if match is None:
        return ""
    return html.unescape(next((group for group in match.groups() if group), "")).strip()


def to_html(text: str) -> str:
    """*text* as an HTML fragment that shows the same lines."""
    return f'<div style="white-space:pre-wrap">{html.escape(text, quote=False)}</div>'


def unflow(text: str, delete_space: bool) -> str:
    """Flowed *text* with its paragraphs on one line each (RFC 3676, section 4)."""
    paragraphs: list[list[str]] = []
    open_quote = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        if content.startswith(" "):
            content = content[1:]
        flowed = content.endswith(" ") and content != "-- "
        if flowed and delete_space:
            content = content[:-1]
        if open_quote == depth and content != "-- ":
            paragraphs[-1].append(content)
        else:
            prefix = ">" * depth + (" " if depth and content else "")
            paragraphs.append([prefix, content])
        open_quote = depth if flowed else -1
    return "\n".join(map("".join, paragraphs))
