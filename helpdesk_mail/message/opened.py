# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Parts that hold a message of their own, opened where they stand in the tree.

TNEF, signed and compressed S/MIME (RFC 8551) become multiparts with what they hold, so that all
later steps see an ordinary mail. What is encrypted (RFC 8551; RFC 3156) gets a sentence in its
place. Signatures are not verified here, and it is said that they are not. The file itself stays
where it could not be opened wholly, or where it carries a signature.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from . import cms, filenames, plain_text, structure, tnef, tnef_words
from .defects import TOO_SLOW, Defects
from .limits import Limits
from .structure import Part

_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_DEEPEST = 5
_WORD = re.compile(r"[^\W\d_]{4,}")
_SAME = 0.8
_LOOK = 20_000


def open_parts(root: Part, limits: Limits, defects: Defects, depth: int = 0) -> None:
    """Open what can be opened in the tree below *root*, in place; never raises."""
    for part in _all(root):
        if limits.is_over():
            defects.add(TOO_SLOW)
            return
        kind = part.content_type
        if kind.startswith("multipart/"):
            if kind == "multipart/signed":
                _say_signed(part, defects)
            elif kind == "multipart/encrypted":
                _say_encrypted(part, defects)
            elif kind == "multipart/appledouble":
                _name_fork(part)
        elif kind in _TNEF or part.filename.lower() in ("winmail.dat", "win.dat"):
            _open_tnef(part, root, limits, defects)
        elif kind in _SMIME or (
            kind == "application/octet-stream" and part.filename.lower().endswith(".p7m")
        ):
            _open_smime(part, limits, defects, depth)


def _all(root: Part) -> Iterator[Part]:
    stack = [root]
    while stack:
        part = stack.pop()
        stack.extend(reversed(part.children))
        yield part


def _say_signed(part: Part, defects: Defects) -> None:
    protocol = part.parameters.get("protocol", "").lower()
    what = "OpenPGP" if "pgp-signature" in protocol else "S/MIME" if "pkcs7" in protocol else ""
    defects.add(f"The message is signed{f' ({what})' if what else ''}; this was not verified.")


def _say_encrypted(part: Part, defects: Defects) -> None:
    protocol = part.parameters.get("protocol", "").lower()
    what = "OpenPGP" if "pgp" in protocol else "S/MIME" if "pkcs7" in protocol else ""
    _note_encrypted(part, what, defects)


def _note_encrypted(part: Part, what: str, defects: Defects) -> None:
    said = f" ({what})" if what else ""
    defects.add(f"The message is encrypted{said}; it cannot be read here.")
    note = f"[This message is encrypted{said} and cannot be read here.]"
    part.children.insert(0, structure.leaf(note.encode(), "text/plain"))


def _name_fork(part: Part) -> None:
    """AppleDouble (RFC 1740): the Macintosh's own half is named for what it is."""
    for child in part.children:
        if child.content_type == "application/applefile":
            names = (other.filename for other in part.children if other is not child)
            name = next(filter(None, names), child.filename)
            child.filename = f"{name}.applefile" if name else "resource-fork.applefile"


def _open_smime(part: Part, limits: Limits, defects: Defects, depth: int) -> None:
    if part.parameters.get("smime-type", "").lower() == "certs-only" or depth >= _DEEPEST:
        return
    content = cms.read(part.decoded(defects), limits.expanded_size)
    file = dataclasses.replace(part, children=[])
    file.filename = file.filename or "smime.p7m"
    if content.kind in ("signed", "compressed") and content.octets:
        inner = structure.read(content.octets, 0, len(content.octets), limits, defects)
        open_parts(inner, limits, defects, depth + 1)
        _become(part, [inner] if content.kind == "compressed" else [inner, file])
        if content.kind == "signed":
            defects.add("The message is signed (S/MIME); this was not verified.")
    elif content.kind == "encrypted":
        _become(part, [file])
        _note_encrypted(part, "S/MIME", defects)
    elif content.kind == "compressed":
        defects.add("The message is compressed (S/MIME) and too large or damaged to be unpacked.")


def _become(part: Part, children: list[Part]) -> None:
    """Make the leaf *part* a multipart of *children*."""
    part.content_type = "multipart/mixed"
    part.disposition = ""
    part.children = children


def _open_tnef(part: Part, root: Part, limits: Limits, defects: Defects) -> None:
    content = part.decoded(defects)
    if not tnef.is_tnef(content):
        return
    message = tnef.read(content, most_rtf=limits.rtf_size)
    children = _body(message, root, part)
    for file in message.files:
        children.append(_file(file))
    if not message.whole:
        defects.add("The part 'winmail.dat' is damaged; what could be read of it is shown.")
        file_itself = dataclasses.replace(part, children=[], disposition="attachment")
        file_itself.filename = file_itself.filename or "winmail.dat"
        children.append(file_itself)
    _become(part, children)


def _body(message: tnef.Message, root: Part, part: Part) -> list[Part]:
    """The letter inside, unless the mail outside says the same."""
    text = message.text or plain_text.from_html(message.html[:_LOOK])
    words = set(_WORD.findall(text[:_LOOK]))
    found: list[Part] = []
    if not (words and _says_the_same(words, root, part)):
        if message.text:
            found.append(structure.leaf(message.text.encode(), "text/plain"))
        if message.html.strip():
            found.append(structure.leaf(message.html.encode(), "text/html"))
    if len(found) == 2:
        both = structure.leaf(b"", "multipart/alternative")
        both.children = found
        found = [both]
    if note := tnef_words.appointment(message):
        found.append(structure.leaf(note.encode(), "text/plain"))
    return found


def _says_the_same(words: set[str], root: Part, part: Part) -> bool:
    outside: set[str] = set()
    for leaf in root.leaves():
        if leaf is not part and leaf.content_type in ("text/plain", "text/html"):
            outside.update(_WORD.findall(leaf.text(Defects())[: 2 * _LOOK]))
    return len(words & outside) >= _SAME * len(words)


def _file(file: tnef.File) -> Part:
    if file.message is not None:
        name = filenames.safe(file.message.subject or file.name)[:80] or "message"
        return structure.leaf(tnef_words.as_mail(file.message), "message/rfc822", f"{name}.eml")
    name = filenames.safe(file.name)
    content_type = file.content_type.strip().lower()
    if content_type.count("/") != 1 or not content_type.isascii():
        content_type = filenames.type_of(name)
    fields = [("Content-ID", f"<{file.content_id}>".encode())] if file.content_id else []
    found = structure.leaf(file.content, content_type, name or "unknown.dat", fields)
    found.disposition = "attachment"
    return found
