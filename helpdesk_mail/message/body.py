# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which parts are the letter, and which are enclosed (RFC 2046, section 5.1; RFC 2183).

Of alternatives the last HTML and the first plain text are taken; in every other multipart the
texts follow each other, as mail programs show them. Everything that is not text of the letter
is an attachment: no part is dropped, except for another form of the same text.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

from . import (
    external,
    filenames,
    html,
    html_marks,
    inline_images,
    invitation,
    mojibake,
    pgp,
    plain_text,
    structure,
    uuencode,
    vcard,
)
from .defects import TOO_SLOW, Defects
from .limits import Limits
from .structure import Part

_TEXT = frozenset({"text/plain", "text/html"})
# Other forms of a text that is there already.
_SAME_TEXT = frozenset({"text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext"})
_CALENDARS = frozenset({"text/calendar", "application/ics", "text/x-vcalendar"})
_METHOD = re.compile(r"^METHOD[:;]", re.M | re.I)
_MOST_NOTES = 10
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

    ``words`` is what the letter says: its text, unless that only says that the mail is HTML.
    ``notes`` are words about what is enclosed, to be shown below the letter (:func:`notes`).
    ``marked_text`` and ``marked_html`` are words and HTML with the marks of :mod:`.html_marks`, ""
    if there are none: the words if they were made from the HTML, else the HTML beside them;
    ``all_marks`` is the HTML with them in either case.
    ``enclosed`` are the parts that are no text of the letter, and ``images`` those that stood in
    the HTML itself: {content id: (content type, octets)}.
    """

    text: str = ""
    words: str = ""
    html: str = ""
    notes: str = ""
    marked_text: str = ""
    marked_html: str = ""
    all_marks: str = ""
    enclosed: list[Part] = dataclasses.field(default_factory=list)
    images: dict[str, tuple[str, bytes]] = dataclasses.field(default_factory=dict)


def read(root: Part, limits: Limits, defects: Defects) -> Body:
    """The letter of the message whose tree is *root*, and which parts are no part of it."""
    body = Body()
    pieces = _pieces(root, body.enclosed, limits, defects, letter=True)
    if not pieces:
        pieces = _only_text(body.enclosed, limits, defects)
    said = [piece for piece in pieces if piece.html is not None or (piece.plain or "").strip()]
    pieces = said or pieces
    if any(piece.html is not None for piece in pieces):
        for piece in pieces:
            if piece.html is not None:
                piece.html, images = inline_images.extract(piece.html)
                body.images.update(images)
        shown = [_shown(piece, limits, defects) for piece in pieces]
        body.html = "\n".join(fragment for fragment, _, _ in shown if fragment)
        body.text = _joined(text for _, text, _ in shown)
        body.words = _joined(words for _, _, words in shown)
        _take_marks(body)
    else:
        body.text = body.words = _joined(piece.plain or "" for piece in pieces)
    body.notes = _notes(body, limits)
    return body


def _take_marks(body: Body) -> None:
    """Keep the marks of the markup for the reply; what people see has none."""
    if not html_marks.has_marks(body.html):
        return
    body.all_marks = body.marked_html = body.html
    body.html = html_marks.unmark_html(body.html)
    if html_marks.has_marks(body.words):
        body.marked_html = ""
        body.marked_text, body.words = body.words, html_marks.unmark(body.words).strip("\n")
    body.text = html_marks.unmark(body.text).strip("\n")


def _joined(texts: Iterable[str]) -> str:
    return "\n\n".join(text.strip("\n") for text in texts if text.strip()).rstrip()


def _notes(body: Body, limits: Limits) -> str:
    """What the enclosed calendars, contacts and absent parts say, in words.

    An invitation is said even below a letter, since an agent must see what is asked; a calendar
    file that asks nothing, and a contact, only where the mail has no other text.
    """
    said: dict[str, None] = {}
    empty = not body.text.strip()
    for part in body.enclosed:
        note = ""
        kind = part.content_type
        if kind in _CALENDARS or (kind in vcard.TYPES and empty):
            text = part.text(Defects())[: limits.text_size]
            method = part.parameters.get("method", "")
            if kind in vcard.TYPES:
                note = vcard.describe(text)
            elif empty or method or _METHOD.search(text, 0, 4096):
                note = invitation.describe(text, method, description=empty)
        elif kind in ("message/partial", "message/external-body"):
            note = external.describe(kind, part.parameters)
        if note:
            said[note] = None
        if len(said) >= _MOST_NOTES:
            break
    return "\n\n".join(said)


def _shown(piece: _Piece, limits: Limits, defects: Defects) -> tuple[str, str, str]:
    """*piece* as safe HTML, as plain text, and what it says in words.

    HTML and text are each made from the other where it is missing. The words are the text, unless
    that only says that the mail is HTML.
    """
    plain = (piece.plain or "").strip("\n")
    if piece.html is None:
        return plain_text.to_html(plain), plain, plain
    if limits.is_over():
        defects.add(TOO_SLOW)
        text = plain or piece.html
        return plain_text.to_html(text), text, text
    is_note = len(plain) < _LONGEST_NOTE and bool(_NO_HTML_NOTE.search(plain))
    fragment = html.sanitize(html_marks.mark(piece.html), limits, defects)
    if fragment is None:
        text = plain_text.from_html(piece.html[: limits.html_size])[: limits.text_size]
        return plain_text.to_html(text), plain or text, plain or text
    if plain.strip() and not is_note:
        return fragment, plain, plain
    words = plain_text.from_html(fragment, sanitized=True) or plain
    return fragment, plain if plain.strip() else words, words


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
    octets = part.decoded(defects)
    if part.content_type == "text/html":
        return _Piece(None, mojibake.undo(part.text_of(octets, defects), defects))
    if uuencode.may_hold(octets):
        octets, files = uuencode.extract(octets)
        enclosed += [_file(name, content) for name, content in files]
    text = mojibake.undo(part.text_of(octets, defects), defects)
    if len(text) > limits.text_size:
        defects.add("The text is too long; all of it is attached, its beginning is shown.")
        enclosed.append(part)
        text = text[: limits.text_size]
    if "-----BEGIN PGP " in text:
        text = _open_armour(text, enclosed, defects)
    if part.parameters.get("format", "").lower() == "flowed":
        text = plain_text.unflow(text, part.parameters.get("delsp", "").lower() == "yes")
    return _Piece(text, None)


def _file(name: str, content: bytes) -> Part:
    name = filenames.safe(name) or "unnamed"
    return structure.leaf(content, filenames.type_of(name), name)


def _open_armour(text: str, enclosed: list[Part], defects: Defects) -> str:
    opened = pgp.open_armour(text)
    if opened.signed:
        defects.add("The message is signed (OpenPGP); this was not verified.")
    if opened.encrypted:
        defects.add("The message is encrypted (OpenPGP); it cannot be read here.")
    kinds = {"signature.asc": "application/pgp-signature"}
    for name, content in opened.files:
        kind = kinds.get(name, "application/octet-stream")
        enclosed.append(structure.leaf(content, kind, name))
    return opened.text


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
    if "filename" not in candidates[0].headers.raw("content-disposition").lower():
        # The name of a text part alone makes no file of it; a file name does.
        enclosed.remove(candidates[0])
    return [_leaf(candidates[0], enclosed, limits, defects)]
