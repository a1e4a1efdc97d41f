# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Octets to text, whatever charset they claim to be in (RFC 2045, RFC 2978).

Names are read by ``charset_names``, and what nothing declares is found out by ``detection``.

The order of belief: a byte order mark; the declared charset; an HTML ``meta`` declaration;
UTF-8; and only then statistical detection. A declared charset that cannot be true (octets that
it does not define) is passed over. Western declarations over valid multi-octet UTF-8 are a
well-known mistake of senders, since text in Latin 1 is practically never valid UTF-8, and are
read as UTF-8.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from . import charset_names, detection, iso_2022_jp
from .charset_names import codec_name as codec_name  # callers ask this module
from .defects import Defects

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"<meta\b[^>]{0,300}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.I)
_UNSAFE = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SAMPLE = 16 * 1024
_MANY_BROKEN = 100


def clean(text: str) -> str:
    """*text* without NUL, lone surrogates and controls other than tab and line ends."""
    if not _UNSAFE.search(text):
        return text
    return _UNSAFE.sub(_replace_unsafe, text)


def _replace_unsafe(match: re.Match[str]) -> str:
    character = match.group()
    if character >= "\ud800":
        return "\ufffd"
    return "\n" if character == "\x0c" else ""


def decode(
    data: bytes,
    declared: str,
    defects: Defects,
    *,
    html: bool = False,
    others: Callable[[], str] | None = None,
) -> str:
    """*data* as clean text. *declared* is the charset parameter of its header, "" if none.

    *others* finds out the codec of all texts of the mail together, where nothing declares it.
    Never raises; what had to be repaired is added to *defects*.
    """
    return clean(_decode(data, declared, defects, html, others))


def _decode(
    data: bytes, declared: str, defects: Defects, html: bool, others: Callable[[], str] | None
) -> str:
    for mark, codec in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(codec, "replace")
    codec = codec_name(declared) if declared else ""
    if declared and not codec and not charset_names.says_nothing(declared):
        defects.add(f"The charset {clean(declared)[:40]!r} is unknown.")
    if codec.startswith("utf-16"):
        codec = _sixteen_bits(data, codec)
    if data.isascii() and _stands_for_itself(data, codec):
        return data.decode("ascii")
    if codec and (text := _try(data, codec)) is not None:
        if codec == "cp1252" and (better := _try(data, "utf-8")) is not None:
            if better != text:
                defects.add(f"The text is UTF-8 although it is declared as {clean(declared)[:40]}.")
            return better
        return text
    if codec:
        defects.add(f"The text is not in the charset {clean(declared)[:40]!r} that it declares.")
    if html and (meta := _META.search(data, 0, 4096)):
        named = codec_name(meta.group(1).decode("ascii"))
        if named and named not in (codec, "utf-16") and (text := _try(data, named)) is not None:
            return text
    return guess(data, codec, others)


def _sixteen_bits(data: bytes, codec: str) -> str:
    """The codec of *data*, declared as UTF-16 without a mark: its NULs tell the order, if any."""
    head = data[:2000]
    first, second = head[::2].count(0), head[1::2].count(0)
    if not first and not second:
        return ""
    if codec == "utf-16":
        return "utf-16-be" if first > second else "utf-16-le"
    return codec


def decode_as(data: bytes, codec: str) -> str:
    """*data* as clean text in the Python codec *codec*, or whatever it really is."""
    text = _try(data, codec)
    return clean(text if text is not None else guess(data, codec))


def _stands_for_itself(data: bytes, codec: str) -> bool:
    """Whether ASCII octets mean ASCII characters in *codec*."""
    if codec.startswith(("utf-16", "utf-32")):
        return b"\0" not in data
    return b"\x1b" not in data and codec not in ("utf-7", "hz")


def guess(data: bytes, tried: str = "", others: Callable[[], str] | None = None) -> str:
    """*data* as text where nothing is declared, or codec *tried* has failed: UTF-8 or detection.

    *others* finds out the codec from all texts of the mail, these octets among them.
    """
    if tried != "utf-8" and (text := _try(data, "utf-8")) is not None:
        return text
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    valid_others = sum(1 for character in text[:_SAMPLE] if character > "\x7f") - broken
    if broken <= _MANY_BROKEN and valid_others > broken:
        # Mostly UTF-8: a few octets come from a text in another charset, or were cut.
        return data.decode("utf-8", "helpdesk_mail.western")
    if b"\x1b$" in data and (found := _try(data, "iso2022_jp_ext")) is not None:
        return found
    codec = others() if others is not None else detection.detect(data[:_SAMPLE])
    text = _try(data, codec)
    return data.decode(codec, "replace") if text is None else text


def _western(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if error.end == len(error.object):
        return "\ufffd", error.end
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error("helpdesk_mail.western", _western)


def _try(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
    except (UnicodeError, ValueError):
        if codec.startswith("iso2022_jp"):
            return iso_2022_jp.decode(data)
        if codec != "cp1252":
            return None
        # cp1252 leaves five octets undefined; browsers read them as Latin 1 does.
        return None if _try(data, "utf-8") is not None else data.decode("cp1252", "replace")
    return text
