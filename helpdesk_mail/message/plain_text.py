# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""HTML from plain text, and flowed text (RFC 3676). Text from HTML: :mod:`html_text`."""

from __future__ import annotations

import html

from .html_text import from_html as from_html

# An HTML fragment that shows the lines of what it is filled with.
BLOCK = '<div style="white-space:pre-wrap">%s</div>'


def to_html(text: str) -> str:
    """*text* as an HTML fragment that shows the same lines."""
    return BLOCK % html.escape(text, quote=False)


def below(fragment: str, notes: str) -> str:
    """The HTML *fragment* with the text *notes* below it."""
    return f"{fragment}\n<br>{to_html(notes)}"


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
