# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which parts are the letter, and which are enclosed (RFC 2046, section 5.1; RFC 2183).

Of alternatives the last HTML and the first plain text are taken; in every other multipart the
texts follow each other, as mail programs show them. Everything that is not text of the letter
is an attachment: no part is dropped, except for another form of the same text.
"""

from __future__ import annotations

import dataclasses
import html as html_module
import re

from . import filenames, headers, html, plain_text
from .defects import Defects
from .limits import Limits
from .parsed import Attachment
from .structure import Part

_TEXT = frozenset({"text/plain", "text/html"})
# Other forms of a text that is there already.
_SAME_TEXT = frozenset({"text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext"})
_CID = re.compile(r"cid:([^\"'\s>)]+)", re.I)
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
    """The letter: its text (made from the HTML where need be), safe HTML or "", and enclosures."""

    text: str = ""
    html: str = ""
    enclosed: list[Part] = dataclasses.field(default_factory=list)
    attachments: list[Attachment] = dataclasses.field(default_factory=list)


def read(root: Part, limits: Limits, defects: Defects, *, enclosures: bool = True) -> Body:
    """The letter of the message whose tree is *root*; with *enclosures*, what it encloses too."""
    body = Body()
    pieces = _pieces(root, body.enclosed, limits, defects, root=True)
    if not pieces:
        pieces = _only_text(body.enclosed, limits, defects)
    if any(piece.html is not None for piece in pieces):
        safe = [
            html.sanitize(piece.html, limits, defects)
            if piece.html is not None
            else plain_text.to_html(piece.plain or "")
            for piece in pieces
        ]
        body.html = "\n".join(part for part in safe if part)
        texts = [_text(piece, fragment) for piece, fragment in zip(pieces, safe, strict=True)]
    else:
        texts = [piece.plain or "" for piece in pieces]
    body.text = "\n\n".join(text.strip("\n") for text in texts if text.strip()).rstrip()
    if enclosures:
        body.attachments = _attachments(body, limits, defects)
    return body


def _text(piece: _Piece, safe_html: str) -> str:
    if piece.html is None:
        return piece.plain or ""
    plain = (piece.plain or "").strip()
    if plain and not (len(plain) < 300 and _NO_HTML_NOTE.search(plain)):
        return plain
    if safe_html.startswith("<pre>"):
        return plain or plain_text.from_html(piece.html[:_MOST_HOSTILE])
    return plain_text.from_html(safe_html, sanitized=True) or plain


_MOST_HOSTILE = 1024 * 1024


def _pieces(
    part: Part, enclosed: list[Part], limits: Limits, defects: Defects, root: bool = False
) -> list[_Piece]:
    if part.content_type == "multipart/alternative":
        return _alternative(part, enclosed, limits, defects)
    if part.is_multipart:
        return [
            piece for child in part.children for piece in _pieces(child, enclosed, limits, defects)
        ]
    named = bool(part.filename) and not root
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
        pieces = _pieces(child, enclosed, limits, defects)
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


def _attachments(body: Body, limits: Limits, defects: Defects) -> list[Attachment]:
    referenced = {html_module.unescape(cid).lower() for cid in _CID.findall(body.html)}
    names = filenames.Names()
    found = []
    for part in body.enclosed:
        content = part.decoded(defects)
        content_id = part.content_id
        inline = bool(content_id) and content_id.lower() in referenced
        inline = inline or (part.disposition == "inline" and part.content_type.startswith("image/"))
        name = part.filename or _title(part, content, limits)
        found.append(
            Attachment(
                filename=names.unique(name, part.content_type),
                content_type=part.content_type[:100],
                content=content,
                content_id=content_id,
                inline=inline,
            )
        )
    return found


def _title(part: Part, content: bytes, limits: Limits) -> str:
    """A name for an enclosure that has none: what it is about, where that can be known."""
    if part.content_type in ("message/rfc822", "message/global"):
        fields, _ = headers.split(content, 0, min(len(content), 65536), limits, Defects())
        if subject := fields.decoded("subject"):
            return filenames.safe(subject[:80]) + ".eml"
        return "message.eml"
    if part.content_type == "text/calendar":
        return "invite.ics"
    if part.content_type == "message/delivery-status":
        return "delivery-status.txt"
    if part.content_type == "text/rfc822-headers":
        return "headers.txt"
    return ""
