# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which parts are the letter, and which are enclosed (RFC 2046, section 5.1; RFC 2183).

Of alternatives the last HTML and the first plain text are taken; in every other multipart the
texts follow each other, as mail programs show them. Everything that is not text of the letter
is an attachment: no part is dropped, except for another form of the same text.
"""

from __future__ import annotations

import dataclasses
import re

from . import html, html_marks, inline_images, plain_text
from .defects import Defects
from .limits import Limits
from .structure import Part

_TEXT = frozenset({"text/plain", "text/html"})
# Other forms of a text that is there already.
_SAME_TEXT = frozenset({"text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext"})
_LONGEST_NOTE = 300
_NO_HTML_NOTE = re.compile(
    r"html[- ](?:e-?mail|mail|message|format|compatible|capable|viewer)|view (?:this|the) "
    r"(?:e-?mail|"
    r"message)|(?:does not|doesn't|not) support html|html-(?:format|ansicht|nachricht)",
    re.I,
)


@dataclasses.dataclass(slots=True)
class _Piece:
    """A stretch of the letter: the same words as plain text and as HTML (None where missing)."""

    plain: str | None
    html: str | None


@dataclasses.dataclass(slots=True)
class Body:
    """The letter: its text (made from the HTML where need be), and safe HTML or "".

    ``marked_text`` and ``marked_html`` are the same with the marks of :mod:`.html_marks`, or "" if
    there are none: the text if it was made from the HTML, the HTML if there is a text beside it.
    ``enclosed`` are the parts that are no text of the letter, and ``images`` those that stood in
    the HTML itself: {content id: (content type, octets)}.
    """

    text: str = ""
    html: str = ""
    marked_text: str = ""
    marked_html: str = ""
    enclosed: list[Part] = dataclasses.field(default_factory=list)
    images: dict[str, tuple[str, bytes]] = dataclasses.field(default_factory=dict)


def read(root: Part, limits: Limits, defects: Defects) -> Body:
    """The letter of the message whose tree is *root*, and which parts are no part of it."""
    body = Body()
    pieces = _pieces(root, body.enclosed, limits, defects, letter=True)
    if not pieces:
        pieces = _only_text(body.enclosed, limits, defects)
    if any(piece.html is not None for piece in pieces):
        for piece in pieces:
            if piece.html is not None:
                piece.html, images = inline_images.extract(piece.html)
                body.images.update(images)
        shown = [_shown(piece, limits, defects) for piece in pieces]
        body.html = "\n".join(fragment for fragment, _ in shown if fragment)
        texts = [text for _, text in shown]
        if html_marks.has_marks(body.html):
            body.marked_html, body.html = body.html, html_marks.unmark_html(body.html)
    else:
        texts = [piece.plain or "" for piece in pieces]
    body.text = "\n\n".join(text.strip("\n") for text in texts if text.strip()).rstrip()
    if body.marked_html and html_marks.has_marks(body.text):
        body.marked_text, body.text = body.text, html_marks.unmark(body.text).strip("\n")
        body.marked_html = ""
    return body


def _shown(piece: _Piece, limits: Limits, defects: Defects) -> tuple[str, str]:
    """*piece* as safe HTML and as plain text, each made from the other where it is missing."""
    plain = (piece.plain or "").strip("\n")
    if piece.html is None:
        return plain_text.to_html(plain), plain
    is_note = len(plain) < _LONGEST_NOTE and bool(_NO_HTML_NOTE.search(plain))
    fragment = html.sanitize(html_marks.mark(piece.html), limits, defects)
    if fragment is None:
        text = plain_text.from_html(piece.html[: limits.html_size])[: limits.text_size]
        return plain_text.to_html(text), plain or text
    if plain.strip() and not is_note:
        return fragment, plain
    return fragment, plain_text.from_html(fragment, sanitized=True) or plain


def _pieces(
    part: Part, enclosed: list[Part], limits: Limits, defects: Defects, *, letter: bool = False
) -> list[_Piece]:
    """The texts of *part*; *letter* says that it stands where a file name makes no file of it."""
    if part.content_type == "multipart/alternative":
        return _alternative(part, enclosed, limits, defects)
    if part.is_multipart:
        pieces = []
        for number, child in enumerate(part.children):
            first = number == 0 and part.content_type == "multipart/related"
            pieces += _pieces(child, enclosed, limits, defects, letter=first)
        return pieces
    named = bool(part.filename) and not letter
    if part.content_type not in _TEXT or part.disposition == "attachment" or named:
        enclosed.append(part)
        return []
    return [_leaf(part, enclosed, limits, defects)]


def _leaf(part: Part, enclosed: list[Part], limits: Limits, defects: Defects) -> _Piece:
    text = part.text(defects)
    if part.content_type == "text/html":
        return _Piece(None, text)
    if len(text) > limits.text_size:
        defects.add("The text is too long; all of it is attached, its beginning is shown.")
        enclosed.append(part)
        text = text[: limits.text_size]
    if part.parameters.get("format", "").lower() == "flowed":
        text = plain_text.unflow(text, part.parameters.get("delsp", "").lower() == "yes")
    return _Piece(text, None)


def _alternative(
    part: Part, enclosed: list[Part], limits: Limits, defects: Defects
) -> list[_Piece]:
    """One piece with both forms: the first plain text and the last HTML."""
    plain: str | None = None
    markup: str | None = None
    for child in part.children:
        if child.content_type in _SAME_TEXT:
            continue
        pieces = _pieces(child, enclosed, limits, defects, letter=True)
        if any(piece.html is not None for piece in pieces):
            markup = "\n".join(_as_html(piece) for piece in pieces)
        if plain is None or not plain.strip():
            texts = [piece.plain for piece in pieces if piece.plain is not None]
            if texts and (plain is None or not any(piece.html for piece in pieces)):
                plain = "\n\n".join(texts)
    return [_Piece(plain, markup)] if plain is not None or markup is not None else []


def _as_html(piece: _Piece) -> str:
    return piece.html if piece.html is not None else plain_text.to_html(piece.plain or "")


def _only_text(enclosed: list[Part], limits: Limits, defects: Defects) -> list[_Piece]:
    """A mail whose only text carries a file name, but is not sent as an attachment."""
    candidates = [part for part in enclosed if part.content_type in _TEXT]
    if len(candidates) != 1 or candidates[0].disposition == "attachment":
        return []
    enclosed.remove(candidates[0])
    return [_leaf(candidates[0], enclosed, limits, defects)]
