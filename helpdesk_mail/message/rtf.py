# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rich Text Format as text, or as the HTML that Outlook has wrapped in it (MS-OXRTFEX).

One pass over the tokens; a group that never closes costs nothing, and nothing is ever drawn,
embedded or linked: only words, paragraphs, tabs and the wrapped markup come out.
"""

from __future__ import annotations

import dataclasses
import re

from . import charsets

_TOKEN = re.compile(
    rb"\\(?:([A-Za-z]{1,32})(-?\d{1,9})? ?|'([0-9A-Fa-f]{2})|([^A-Za-z]))"
    rb"|([{}])|([^\\{}\r\n]+)|[\r\n]+"
)
_BREAKS = {b"par": "\n", b"line": "\n", b"sect": "\n\n", b"page": "\n\n", b"row": "\n"}
_SIGNS = {
    b"tab": "\t",
    b"cell": "\t",
    b"emdash": "\u2014",
    b"endash": "\u2013",
    b"emspace": "\u2003",
    b"enspace": "\u2002",
    b"bullet": "\u2022",
    b"lquote": "\u2018",
    b"rquote": "\u2019",
    b"ldblquote": "\u201c",
    b"rdblquote": "\u201d",
}
_UNSEEN = frozenset(
    b"fonttbl colortbl stylesheet info pict object themedata colorschememapping generator "
    b"listtable listoverridetable rsidtbl filetbl revtbl header footer headerl headerr footerl "
    b"footerr latentstyles datastore xmlnstbl mmathPr fldinst bkmkstart bkmkend".split()
)
_FONT_CHARSETS = {
    128: "cp932",
    129: "cp949",
    134: "gb18030",
    136: "big5hkscs",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
}
_DEEPEST = 500


@dataclasses.dataclass(slots=True)
class _Group:
    """What holds inside one pair of braces."""

    unseen: bool = False
    markup: bool = False
    fonts: bool = False
    skip: int = 1
    codec: str = ""


class _Reader:
    """The state of one pass."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.octets = bytearray()
        self.group = _Group()
        self.stack: list[_Group] = []
        self.codec = "cp1252"
        self.font_codecs: dict[int, str] = {}
        self.font = 0
        self.wraps_html = False
        # "\htmlrtf": what follows is for readers of RTF only; it survives the groups.
        self.rtf_only = False
        self.pending = 0
        self.starred = False

    @property
    def seen(self) -> bool:
        return not self.group.unseen and not self.rtf_only

    def flush(self) -> None:
        if self.octets:
            codec = self.group.codec or self.codec
            self.out.append(bytes(self.octets).decode(codec, "replace"))
            self.octets.clear()

    def write(self, text: str) -> None:
        if self.seen:
            self.flush()
            self.out.append(text)

    def raw(self, octets: bytes) -> None:
        if self.pending:
            skipped = min(self.pending, len(octets))
            self.pending -= skipped
            octets = octets[skipped:]
        if octets and self.seen:
            self.octets += octets

    def open(self) -> None:
        self.flush()
        self.pending = 0
        if len(self.stack) < _DEEPEST:
            self.stack.append(self.group)
            self.group = dataclasses.replace(self.group)

    def close(self) -> None:
        self.flush()
        self.pending = 0
        if self.stack:
            self.group = self.stack.pop()

    def word(self, word: bytes, number: int | None) -> None:
        starred, self.starred = self.starred, False
        if word == b"htmltag":
            self.group.markup = self.wraps_html
            self.group.unseen = not self.wraps_html
        elif starred or word in _UNSEEN:
            self.group.unseen = True
            self.group.fonts = self.group.fonts or word == b"fonttbl"
        elif word == b"htmlrtf":
            self.flush()
            self.rtf_only = self.wraps_html and number != 0
        elif word in _BREAKS:
            if not self.wraps_html or self.group.markup:
                self.write(_BREAKS[word])
            else:
                self.write("\r\n" if word == b"par" else "")
        elif word in _SIGNS:
            self.write(_SIGNS[word])
        elif word == b"u" and number is not None:
            self.unicode(number)
        elif number is not None:
            self.setting(word, number)

    def unicode(self, number: int) -> None:
        if self.seen:
            self.flush()
            # Surrogates come in two halves; they are joined at the end.
            self.out.append(chr(number & 0xFFFF))
        self.pending = self.group.skip

    def setting(self, word: bytes, number: int) -> None:
        if word == b"uc":
            self.group.skip = min(max(number, 0), 8)
        elif word == b"ansicpg":
            self.codec = charsets.codec_name(f"cp{number}") or "cp1252"
        elif word == b"fromhtml":
            self.wraps_html = True
        elif word == b"f":
            self.font = number
            if not self.group.fonts:
                self.flush()
                self.group.codec = self.font_codecs.get(number, "")
        elif word == b"fcharset" and self.group.fonts:
            self.font_codecs[self.font] = _FONT_CHARSETS.get(number, "")


def read(data: bytes) -> tuple[str, str]:
    """*data* as ("html", markup) or ("text", words); never raises."""
    reader = _Reader()
    for match in _TOKEN.finditer(data):
        word, number, octet, sign, brace, text = match.groups()
        if text is not None:
            reader.starred = False
            reader.raw(text)
        elif word is not None:
            reader.word(word, int(number) if number else None)
        elif octet is not None:
            reader.raw(bytes((int(octet, 16),)))
        elif brace == b"{":
            reader.open()
        elif brace == b"}":
            reader.close()
        elif sign == b"*":
            reader.starred = True
        elif sign in (b"\n", b"\r"):
            reader.write("\n")
        elif sign == b"~":
            reader.write("\u00a0")
        elif sign == b"_":
            reader.write("-")
        elif sign in (b"\\", b"{", b"}"):
            reader.raw(sign)
    reader.flush()
    result = "".join(reader.out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    result = charsets.clean(result.replace("\r\n", "\n"))
    return ("html" if reader.wraps_html else "text"), result.strip()
