# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Encoded words in header fields (RFC 2047; RFC 2231, section 5), as senders really write them.

Tolerated: words inside quotes or glued to text, blanks and stray question marks in a word,
missing base64 padding, unknown charsets, characters cut in two between neighbouring words.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator

from . import charsets, transfer
from .defects import Defects

# Up to eight stray question marks keep the search linear.
_WORD = re.compile(r"=\?[ ]?([^?\s=]+)[ ]?\?[ ]?([bBqQ])[ ]?\?([^?]*(?:\?(?!=)[^?]*){0,8})\?=")
# A word that was cut off at the end of its field.
_CUT_OFF = re.compile(r"=\?([^?\s=]{1,60})\?([bBqQ])\?([^?\s]{1,400})\??\Z")


def decode(text: str) -> str:
    """*text* (unfolded) with its encoded words decoded; blanks between two words vanish.

    Words that were encoded twice are decoded twice.
    """
    decoded = _decode(text)
    if "=?" in decoded and decoded != text and _WORD.search(decoded):
        return _decode(decoded)
    return decoded


def _decode(text: str) -> str:
    pieces: list[str] = []
    run: list[tuple[str, str, str]] = []
    position = 0
    for match in _WORD.finditer(text) if "?=" in text else ():
        between = text[position : match.start()]
        if run and (between.strip() or not _continues(run[-1], match)):
            pieces.append(_decode_run(run))
            run = []
            if not between.strip():
                between = ""
        elif run:
            between = ""
        elif pieces and not between.strip():
            between = ""
        if between:
            pieces.append(between)
        run.append((match[1], match[2], match[3]))
        position = match.end()
    if run:
        pieces.append(_decode_run(run))
    rest = text[position:]
    if "=?" in rest and (cut := _CUT_OFF.search(rest)) and charsets.codec_name(cut[1]):
        pieces.append(rest[: cut.start()])
        rest = _decode_run([(cut[1], cut[2], cut[3])]).rstrip("\ufffd=")
    pieces.append(rest)
    return "".join(pieces)


def _continues(last: tuple[str, str, str], match: re.Match[str]) -> bool:
    return last[0].lower() == match[1].lower() and last[1].lower() == match[2].lower()


def _decode_run(run: list[tuple[str, str, str]]) -> str:
    """Neighbouring words of one charset and encoding: octets are joined before they are text."""
    charset, encoding, _ = run[0]
    if encoding in "bB":
        data = b"".join(_b(run))
    else:
        data = b"".join(_q(word[2]) for word in run)
    return charsets.decode(data, charset.partition("*")[0], Defects())


def _b(run: list[tuple[str, str, str]]) -> Iterator[bytes]:
    """Each word is a base64 text of its own, with padding of its own; only a word that ends in the
    middle of four characters, without padding, goes on in the next one.
    """
    text = ""
    for _, _, word in run:
        text += "".join(word.split())
        if "=" in word or len(text) % 4 == 0:
            yield transfer.base64(text.encode("ascii", "ignore"))
            text = ""
    if text:
        yield transfer.base64(text.encode("ascii", "ignore"))


def _q(word: str) -> bytes:
    return binascii.a2b_qp(word.encode("utf-8", "replace"), header=True)
