# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The plain text of any HTML: of a whole page with its style sheet, or of a fragment."""

from __future__ import annotations

from . import html, html_text
from .defects import Defects
from .limits import DEFAULT_LIMITS, Limits


def html_to_text(source: str, limits: Limits = DEFAULT_LIMITS) -> str:
    """What a person would read of *source*: paragraphs, lists, tables and the targets of links.

    Hidden words, style sheets and scripts are none of it. HTML that is hostile or too large is
    read as far as *limits* allow, without its structure.
    """
    fragment = html.sanitize(source, limits, Defects())
    if fragment is None:
        return html_text.from_html(source[: limits.html_size])
    return html_text.from_html(fragment, sanitized=True)
