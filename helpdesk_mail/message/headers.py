# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Header fields straight from the octets (RFC 5322, sections 2.2 and 3.6; RFC 2047).

The standard library's structured header classes cost more than everything else in a parse, so
fields are split here by plain searches and decoded only when asked for. Two readings of a
field exist: *raw* (unfolded, encoded words untouched), which structured fields such as
addresses must be split from, and *decoded*, for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from . import charsets, encoded_words
from .defects import Defects
from .limits import Limits

_NAME = re.compile(rb"[!-9;-~]+[ \t]*\Z")
_ODD_NAME = re.compile(rb"[!-9;-~\x80-\xff]{1,80}[ \t]*:[^\n]*\n[!-9;-~]{1,80}[ \t]*:")
_BLANK_LINE = re.compile(rb"\n\r?\n")
_FOLD = re.compile(r"\r?\n(?=[ \t]|\Z)")
_LOST_FOLD = re.compile(r"\r?\n")
_SPACES = re.compile(r"[ \t\r\n]+")
_LONGEST_NAME = 200
# The fields whose value a stray line can belong to without doing harm.
_MAY_GO_ON = frozenset(
    "subject references in-reply-to received x-received dkim-signature arc-seal comments "
    "content-description thread-topic authentication-results arc-authentication-results".split()
)
_CR, _LF, _SPACE, _TAB = b"\r\n \t"
_FAMILIAR = re.compile(
    rb"\r?\n?(?:received|return-path|delivered-to|from|to|cc|subject|date|message-id|reply-to"
    rb"|mime-version|content-[a-z-]+|in-reply-to|references|sender|x-[a-z0-9-]+"
    rb"|dkim-signature|authentication-results|list-[a-z-]+)[ \t]*:",
    re.I,
)


class Headers:
    """The header fields of a message or part, in order; names are compared in any case."""

    __slots__ = ("_charset", "_count", "_fields", "_first", "_others")

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self._fields = fields
        self._charset = ""
        self._others: Callable[[], str] | None = None
        self._first: dict[str, bytes] = {}
        self._count: dict[str, int] = {}
        for name, value in fields:
            key = name.lower()
            if not self._first.get(key, b"").strip():
                # Of several fields the first that says something counts.
                self._first[key] = value
            self._count[key] = self._count.get(key, 0) + 1

    def use_charset(self, charset: str, others: Callable[[], str]) -> None:
        """Read raw 8-bit octets that are not UTF-8 as *charset* (the one of the body, or "").

        Where that cannot be, *others* finds out the codec from all texts of the mail.
        """
        self._charset = charset
        self._others = others

    def __contains__(self, name: str) -> bool:
        return name in self._first

    def count(self, name: str) -> int:
        """How many fields are called *name* (lower case)."""
        return self._count.get(name, 0)

    def raw(self, name: str) -> str:
        """The first field *name* (lower case): unfolded, encoded words untouched; or ""."""
        value = self._first.get(name)
        return "" if value is None else self._unfold(value)

    def raw_all(self, name: str) -> list[str]:
        """Every field *name* (lower case) as :meth:`raw` reads it."""
        if self._count.get(name, 0) < 2:
            return [self.raw(name)] if name in self._first else []
        return [self._unfold(value) for field, value in self._fields if field.lower() == name]

    def raw_items(self) -> Iterator[tuple[str, str]]:
        """All fields as (name, value as :meth:`raw` reads it), in their order."""
        for name, value in self._fields:
            yield name, self._unfold(value)

    def decoded(self, name: str) -> str:
        """The first field *name* (lower case) on one line, for people; or ""."""
        value = self._first.get(name)
        return "" if value is None else self._decode(value)

    def items(self) -> Iterator[tuple[str, str]]:
        """All fields as (name, decoded value), in their order."""
        for name, value in self._fields:
            yield name, self._decode(value)

    def _unfold(self, value: bytes) -> str:
        text = _text(value, self._charset, self._others)
        if "\n" in text:
            text = _FOLD.sub("", text)
            if "\n" in text:
                text = _LOST_FOLD.sub("" if _is_inside_word(text) else " ", text)
        return text.strip() if text.isprintable() else charsets.clean(text).strip()

    def _decode(self, value: bytes) -> str:
        text = self._unfold(value)
        if "=?" in text:
            text = encoded_words.decode(text)
        return one_line(text)


def _is_inside_word(text: str) -> bool:
    """Whether the first line of *text* ends within an encoded word."""
    first = text.partition("\n")[0]
    return first.rfind("=?") > first.rfind("?=")


def one_line(text: str) -> str:
    """*text* cleaned and on one line, its runs of white space made one space."""
    if text.isprintable():
        return (_SPACES.sub(" ", text) if "  " in text else text).strip()
    text = charsets.clean(text)
    return _SPACES.sub(" ", text).strip()


def _text(value: bytes, charset: str, others: Callable[[], str] | None) -> str:
    """The characters of a raw field: ASCII, UTF-8 (RFC 6532), *charset*, or detection at last."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        pass
    codec = charsets.codec_name(charset) if charset else ""
    if codec and codec != "utf-8":
        try:
            return value.decode(codec)
        except UnicodeDecodeError:
            pass
    return charsets.guess(value, codec or "utf-8", others)


def split(
    source: bytes, start: int, end: int, limits: Limits, defects: Defects
) -> tuple[Headers, int]:
    """The header fields of the entity in *source*[*start*:*end*] and where its body starts.

    Lines that are no field are skipped where more fields follow; otherwise the body is taken to
    begin there, its empty line having been lost.
    """
    fields: list[tuple[str, bytes]] = []
    position = start
    name = ""
    value_start = value_end = start

    def finish() -> None:
        if name:
            if value_end - value_start > limits.header_size:
                defects.add(f"The header field {name[:60]} is too long; its end was cut off.")
            stop = min(value_end, value_start + limits.header_size)
            fields.append((name, source[value_start:stop]))

    while position < end:
        line_end = source.find(b"\n", position, end)
        following = end if line_end < 0 else line_end + 1
        first = source[position]
        if first == _LF or (first == _CR and following - position <= 2):
            finish()
            return Headers(fields), following
        if first in (_SPACE, _TAB):
            value_end = following
            position = following
            continue
        colon = source.find(b":", position, min(following, position + _LONGEST_NAME))
        boundary = source.startswith(b"--", position)
        if colon > 0 and not boundary and _is_name(source, position, colon, start):
            finish()
            name = ""
            if len(fields) >= limits.headers:
                defects.add(
                    f"There are more than {limits.headers} header fields; the rest was cut."
                )
                blank = _BLANK_LINE.search(source, position, end)
                return Headers(fields), blank.end() if blank else end
            name = source[position:colon].decode("latin-1").rstrip()
            value_start, value_end = colon + 1, following
        elif not boundary and _is_separator(source, position, following):
            finish()
            name = ""
        elif not boundary and position > start and _FAMILIAR.match(source, following):
            # A line that is no field among fields: the one before lost the blank of its folding.
            if name.lower() in _MAY_GO_ON:
                value_end = following
            else:
                finish()
                name = ""
        else:
            defects.add("The empty line between header and body is missing.")
            break
        position = following
    finish()
    return Headers(fields), position


def _is_name(source: bytes, position: int, colon: int, start: int) -> bool:
    """Whether a field's name stands before *colon*; one with 8-bit letters only among fields."""
    if _NAME.match(source, position, colon):
        return True
    return position > start and _ODD_NAME.match(source, position) is not None


def _is_separator(source: bytes, position: int, following: int) -> bool:
    """Whether the line is the separator of an mbox file, which stands before the header."""
    return source.startswith((b"From ", b">From "), position, following)
