# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""OpenPGP in the text of a mail (RFC 9580, sections 6 and 7): readable without its armour.

A signed text is given without the lines of the armour and its dash escapes; an encrypted one is
replaced by a sentence. What was taken out comes back as a file, so nothing is lost. Nothing is
verified or decrypted.
"""

from __future__ import annotations

import dataclasses
import re

_BEGIN = re.compile(r"^-----BEGIN PGP (SIGNED MESSAGE|MESSAGE)-----[ \t]*$", re.M)
_SIGNATURE = re.compile(r"^-----BEGIN PGP SIGNATURE-----[ \t]*$", re.M)
_END_SIGNATURE = re.compile(r"^-----END PGP SIGNATURE-----[ \t]*$\n?", re.M)
_END_MESSAGE = re.compile(r"^-----END PGP MESSAGE-----[ \t]*$\n?", re.M)
_HASH = re.compile(r"(?:[A-Za-z-]+:[^\n]*\n)*+[ \t]*\n")
_DASH = re.compile(r"^- ", re.M)
_MOST_BLOCKS = 20
ENCRYPTED = "[This message is encrypted (OpenPGP) and cannot be read here.]"


@dataclasses.dataclass(frozen=True, slots=True)
class Opened:
    """The *text* without armour, the *files* {name: octets} that were taken out of it, and
    whether something was *signed* or *encrypted*."""

    text: str
    files: tuple[tuple[str, bytes], ...] = ()
    signed: bool = False
    encrypted: bool = False


def open_armour(text: str) -> Opened:
    """*text* with its PGP blocks made readable; the same text where there are none."""
    if "-----BEGIN PGP " not in text:
        return Opened(text)
    pieces: list[str] = []
    files: list[tuple[str, bytes]] = []
    signed = encrypted = False
    position = 0
    while len(files) < _MOST_BLOCKS and (begin := _BEGIN.search(text, position)):
        if begin[1] == "MESSAGE":
            end = _END_MESSAGE.search(text, begin.end())
            stop = end.end() if end else len(text)
            pieces += [text[position : begin.start()], ENCRYPTED, "\n"]
            files.append(("encrypted.asc", text[begin.start() : stop].encode()))
            encrypted = True
        else:
            mark = _SIGNATURE.search(text, begin.end())
            if mark is None:
                break
            end = _END_SIGNATURE.search(text, mark.end())
            stop = end.end() if end else len(text)
            head = _HASH.match(text, begin.end() + 1)
            start = head.end() if head and head.end() <= mark.start() else begin.end() + 1
            pieces += [text[position : begin.start()], _DASH.sub("", text[start : mark.start()])]
            files.append(("signature.asc", text[mark.start() : stop].encode()))
            signed = True
        position = stop
    if not files:
        return Opened(text)
    pieces.append(text[position:])
    return Opened("".join(pieces), tuple(files), signed, encrypted)
