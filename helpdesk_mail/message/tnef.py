# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""TNEF, the "winmail.dat" of Outlook and Exchange (Microsoft's documents MS-OXTNEF, MS-OXPROPS).

An own reader rather than the library tnefparse: that one copies the rest of the file for every
attribute (quadratic), loses all that follows the first property it cannot read, cuts NULs off
the end of attachments, and raises where a codepage is missing. Here a damaged file gives what can
be read, in one pass, and tells that it is damaged.
"""

from __future__ import annotations

import dataclasses
import datetime
import struct
from collections.abc import Iterator

from . import charsets, rtf, rtf_compression

_SIGNATURE = b"\x78\x9f\x3e\x22"
_OBJECT_KEY = bytes.fromhex("0703020000000000c000000000000046")
_APPOINTMENT = bytes.fromhex("0220060000000000c000000000000046")
_MOST_ATTRIBUTES = 20_000
_MOST_PROPERTIES = 5_000
_MOST_ATTACHMENTS = 1_000
_FIXED = {0x0: 0, 0x1: 0, 0x2: 4, 0x3: 4, 0x4: 4, 0x5: 8, 0x6: 8, 0x7: 8, 0xA: 4, 0xB: 4}
_FIXED |= {0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = frozenset({0x0D, 0x1E, 0x1F, 0x102})
# Property identifiers: MS-OXPROPS.
_SUBJECT, _BODY, _RTF, _HTML, _CODEPAGE = 0x0037, 0x1000, 0x1009, 0x1013, 0x3FDE
_START, _END, _SENDER, _SENDER_EMAIL = 0x0060, 0x0061, 0x0C1A, 0x5D01
_DATA, _NAME, _LONG_NAME, _TITLE, _TYPE, _CONTENT_ID = (
    0x3701,
    0x3704,
    0x3707,
    0x3001,
    0x370E,
    0x3712,
)
_LOCATION, _APPOINTMENT_START, _APPOINTMENT_END = 0x8208, 0x820D, 0x820E


@dataclasses.dataclass(slots=True)
class File:
    """One attachment. *message* is set where it is a message of its own, not a file."""

    name: str = ""
    content: bytes = b""
    content_type: str = ""
    content_id: str = ""
    message: Message | None = None


@dataclasses.dataclass(slots=True)
class Message:
    """What a TNEF file says: its body as *text* and *html* ("" if none), and its *files*.

    *whole* is False where something of it could not be read.
    """

    subject: str = ""
    sender: str = ""
    message_class: str = ""
    text: str = ""
    html: str = ""
    location: str = ""
    start: datetime.datetime | None = None
    end: datetime.datetime | None = None
    files: list[File] = dataclasses.field(default_factory=list)
    whole: bool = True


def is_tnef(data: bytes) -> bool:
    """Whether *data* starts as a TNEF file does."""
    return data.startswith(_SIGNATURE)


def read(data: bytes, *, most_rtf: int, depth: int = 5) -> Message:
    """The message in *data*; of compressed texts at most *most_rtf* octets in all. Never raises.

    Messages inside messages are read *depth* levels deep.
    """
    return _Reader(data, [most_rtf], depth).read()


class _Reader:
    """One pass over the attributes (MS-OXTNEF, section 2.1.2)."""

    def __init__(self, data: bytes, rtf_left: list[int], depth: int) -> None:
        self.data = data
        # One number for the file and all that is in it.
        self.rtf_left = rtf_left
        self.depth = depth
        self.message = Message()
        self.codec = "cp1252"
        self.html: bytes | str = b""
        self.html_codec = ""
        self.body: bytes | str = b""
        self.rtf = b""
        self.title = b""

    def read(self) -> Message:
        message = self.message
        if not is_tnef(self.data):
            message.whole = False
            return message
        position, end, count = 6, len(self.data), 0
        while position + 11 <= end:
            level, identifier, _, length = struct.unpack_from("<BHHI", self.data, position)
            start = position + 9
            stop = start + length
            count += 1
            if level not in (1, 2) or count > _MOST_ATTRIBUTES:
                message.whole = False
                break
            if stop > end:
                message.whole = False
                stop = end
            try:
                self.attribute(level, identifier, start, stop)
            except (struct.error, ValueError, LookupError, OverflowError):
                message.whole = False
            position = stop + 2
        self.finish()
        return message

    def attribute(self, level: int, identifier: int, start: int, stop: int) -> None:
        message = self.message
        if identifier == 0x9002 and level == 2:
            if len(message.files) >= _MOST_ATTACHMENTS:
                message.whole = False
                return
            message.files.append(File())
        elif level == 2:
            self.attachment(identifier, start, stop)
        elif identifier == 0x9007:
            self.codec = _codec(struct.unpack_from("<I", self.data, start)[0]) or self.codec
        elif identifier == 0x800C:
            self.body = self.body or self.data[start:stop]
        elif identifier == 0x8004:
            message.subject = self.string(self.data[start:stop])
        elif identifier == 0x8008:
            message.message_class = self.string(self.data[start:stop])
        elif identifier == 0x9003:
            for key, value in self.properties(start, stop):
                self.message_property(key, value)

    def attachment(self, identifier: int, start: int, stop: int) -> None:
        if not self.message.files:
            self.message.files.append(File())
        file = self.message.files[-1]
        if identifier == 0x800F:
            file.content = file.content or self.data[start:stop]
        elif identifier == 0x8010:
            file.name = file.name or self.string(self.data[start:stop])
        elif identifier == 0x9005:
            short = title = ""
            for key, value in self.properties(start, stop):
                if key == _DATA and isinstance(value, bytes):
                    self.data_object(file, value)
                elif not isinstance(value, str) or not value:
                    continue
                elif key == _LONG_NAME:
                    file.name = value
                elif key == _NAME:
                    short = value
                elif key == _TITLE:
                    title = value
                elif key == _TYPE:
                    file.content_type = value
                elif key == _CONTENT_ID:
                    file.content_id = value.strip("<> ")
            file.name = file.name or short or title

    def data_object(self, file: File, value: bytes) -> None:
        """The content as an object: a message inside, an OLE object, or plain octets."""
        if value.startswith(_OBJECT_KEY):
            value = value[16:]
            if is_tnef(value) and self.depth > 0:
                file.message = _Reader(value, self.rtf_left, self.depth - 1).read()
                self.message.whole = self.message.whole and file.message.whole
        file.content = file.content or value

    def message_property(self, key: int, value: bytes | str | int | datetime.datetime) -> None:
        message = self.message
        if key == _BODY and isinstance(value, bytes | str):
            self.body = value or self.body
        elif key == _HTML and isinstance(value, bytes | str):
            self.html = value
        elif key == _RTF and isinstance(value, bytes):
            self.rtf = value
        elif key == _CODEPAGE and isinstance(value, int):
            self.html_codec = _codec(value)
        elif isinstance(value, str):
            if key == _SUBJECT:
                message.subject = value
            elif key == _SENDER:
                message.sender = message.sender or value
            elif key == _SENDER_EMAIL and "@" in value:
                message.sender = value
            elif key == _LOCATION:
                message.location = value
        elif isinstance(value, datetime.datetime):
            if key in (_START, _APPOINTMENT_START):
                message.start = value
            elif key in (_END, _APPOINTMENT_END):
                message.end = value

    def properties(
        self, position: int, stop: int
    ) -> Iterator[tuple[int, bytes | str | int | datetime.datetime]]:
        """The properties between the two offsets (MS-OXTNEF, section 2.1.3.3.15)."""
        (count,) = struct.unpack_from("<I", self.data, position)
        position += 4
        if count > _MOST_PROPERTIES:
            self.message.whole = False
        for _ in range(min(count, _MOST_PROPERTIES)):
            if position + 4 > stop:
                self.message.whole = False
                return
            kind, key = struct.unpack_from("<HH", self.data, position)
            position += 4
            if key >= 0x8000:
                key, position = self.named(position)
            several = bool(kind & 0x1000)
            kind &= 0x0FFF
            values = 1
            if several or kind in _VARIABLE:
                (values,) = struct.unpack_from("<I", self.data, position)
                position += 4
            if kind not in _VARIABLE:
                width = _FIXED.get(kind)
                if kind == 0x2:
                    width = 2 if several else 4
                if width is None:
                    raise ValueError(kind)
                if values and not several:
                    yield key, self.fixed(kind, position)
                # All of a property together is padded to four octets.
                position += (width * values + 3) // 4 * 4
                continue
            for _ in range(values):
                if position + 4 > stop:
                    self.message.whole = False
                    return
                (length,) = struct.unpack_from("<I", self.data, position)
                position += 4
                if position + length > stop:
                    self.message.whole = False
                    length = max(0, stop - position)
                yield key, self.variable(kind, self.data[position : position + length])
                position += (length + 3) // 4 * 4

    def named(self, position: int) -> tuple[int, int]:
        """A named property's identifier within its set (0 where it has none), and what follows."""
        guid = self.data[position : position + 16]
        kind, number = struct.unpack_from("<II", self.data, position + 16)
        if kind == 0:
            return (number if guid == _APPOINTMENT else 0), position + 24
        return 0, position + 24 + (number + 3) // 4 * 4

    def fixed(self, kind: int, position: int) -> int | datetime.datetime:
        if kind == 0x40:
            (ticks,) = struct.unpack_from("<Q", self.data, position)
            start = datetime.datetime(1601, 1, 1, tzinfo=datetime.UTC)
            return start + datetime.timedelta(seconds=ticks // 10_000_000)
        if kind == 0x3:
            value: int = struct.unpack_from("<i", self.data, position)[0]
            return value
        return 0

    def variable(self, kind: int, value: bytes) -> bytes | str:
        if kind == 0x1F:
            return charsets.clean(value.decode("utf-16-le", "replace").partition("\0")[0])
        if kind == 0x1E:
            return self.string(value)
        return value

    def string(self, value: bytes) -> str:
        value = value.partition(b"\0")[0]
        try:
            return charsets.clean(value.decode(self.codec))
        except UnicodeError:
            return charsets.clean(charsets.guess(value, self.codec))

    def finish(self) -> None:
        """The body: HTML and text as they are; RTF only where there is no HTML."""
        message = self.message
        if isinstance(self.html, bytes) and self.html.strip(b"\0"):
            markup = self.html.rstrip(b"\0")
            codec = self.html_codec or self.codec
            message.html = charsets.decode_as(markup, codec)
        elif isinstance(self.html, str):
            message.html = self.html
        if isinstance(self.body, bytes):
            message.text = self.string(self.body) if self.body else ""
        else:
            message.text = self.body
        if self.rtf and not message.html.strip():
            source, all_of_it = rtf_compression.decompress(self.rtf, self.rtf_left[0])
            self.rtf_left[0] -= len(source)
            message.whole = message.whole and all_of_it
            kind, text = rtf.read(source)
            if kind == "html":
                message.html = text
            elif not message.text.strip():
                message.text = text
        message.text = message.text.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def _codec(number: int) -> str:
    """The Python codec of a Windows code page number, or ""."""
    names = {65001: "utf-8", 20127: "cp1252", 20866: "koi8-r", 21866: "koi8-u", 1200: "utf-16-le"}
    names |= {50220: "iso-2022-jp", 51932: "euc-jp", 51949: "euc-kr", 54936: "gb18030"}
    if 28591 <= number <= 28605:
        return charsets.codec_name(f"iso-8859-{number - 28590}")
    return charsets.codec_name(names.get(number, f"cp{number}"))
