# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Parameters of header fields, and file names that are safe to write and to show.

Parameters follow RFC 2045 (section 5.1) and RFC 2231, and the encoded words (RFC 2047) that
many programs put there instead. A name keeps what its author wrote except for what could harm:
directories, control and text-direction characters, and sheer length.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from . import charsets, encoded_words
from .defects import Defects
from .headers import one_line

_PARAMETER = re.compile(
    r";\s*([^\s=;\"]{1,80})\s*=\s*(?:\"((?:[^\"\\]|\\.)*+)(?:\"|\Z)|([^;]*))", re.S
)
_NO_SEMICOLON = re.compile(r"\s*(?:([^\s;,=]+)\s*[,\s]\s*)?([A-Za-z-]{1,40}\*?\s*=.*)\Z", re.S)
_GOES_ON = re.compile(r"(?:;[^;=]*(?=;|\Z))+")
_FILE_NAMES = frozenset({"filename", "name"})
_ESCAPED = re.compile(r"\\([\\\"])")
_CONTINUED = re.compile(r"([^*]+)\*(\d{1,3})?(\*)?\Z")
_MOST_PARAMETERS = 200
_PATH = re.compile(r"\A(?:[A-Za-z]:[\\/]|[\\/~]|\.{1,2}[\\/])|[\\/]\.\.[\\/]")
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
# Windows cannot store files so called, whatever their ending.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9])(?:\.|\Z)", re.I)
_NEEDS_ENDING = re.compile(
    r"image/|audio/|video/|application/(?:pdf|zip|json|msword|vnd\.ms-|vnd\.openxml)"
)
_LONGEST = 200
_EXTENSIONS = {
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/json": ".json",
    "application/pgp-signature": ".asc",
    "application/pkcs7-signature": ".p7s",
    "application/x-pkcs7-signature": ".p7s",
    "application/pkcs7-mime": ".p7m",
    "application/x-pkcs7-mime": ".p7m",
    "application/pgp-encrypted": ".asc",
    "application/pgp-keys": ".asc",
    "application/ms-tnef": ".dat",
    "image/jpeg": ".jpg",
    "image/jpg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/svg+xml": ".svg",
    "image/tiff": ".tiff",
    "image/bmp": ".bmp",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/feedback-report": ".txt",
    "text/rfc822-headers": ".txt",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/csv": ".csv",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "text/xml": ".xml",
    "application/xml": ".xml",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "video/mp4": ".mp4",
}
_TYPES = {ending: kind for kind, ending in reversed(_EXTENSIONS.items())} | {
    ".txt": "text/plain",
    ".htm": "text/html",
    ".jpeg": "image/jpeg",
    ".doc": "application/msword",
    ".xls": "application/vnd.ms-excel",
    ".ppt": "application/vnd.ms-powerpoint",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
del _TYPES[".dat"]


def parse_parameters(value: str) -> tuple[str, dict[str, str]]:
    """The main value (lower case) and the parameters of a raw field such as Content-Type.

    Names are lower case; RFC 2231 continuations are joined and charsets decoded.
    """
    main, semicolon, _ = value.partition(";")
    if "=" in main and (odd := _NO_SEMICOLON.match(value)):
        # "attachment, filename=x" or a parameter alone.
        main, semicolon = odd[1] or "", ";"
        value = f"{main};{odd[2]}"
    main = main.strip().lower()
    if not semicolon:
        return main, {}
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for count, match in enumerate(_PARAMETER.finditer(value, len(value.partition(";")[0]))):
        if count >= _MOST_PARAMETERS:
            break
        name = match[1].lower()
        if match[2] is not None:
            text = _ESCAPED.sub(r"\1", match[2]) if "\\" in match[2] else match[2]
        else:
            text = match[3].strip().strip('"')
            if name in _FILE_NAMES and (more := _GOES_ON.match(value, match.end())):
                # A name with a semicolon, which should have stood in quotes.
                text = (text + more.group().rstrip(" \t;")).strip()
        if "*" in name and (extended := _CONTINUED.match(name)):
            number = int(extended[2] or 0)
            coded = bool(extended[3]) or extended[2] is None
            pieces.setdefault(extended[1], {}).setdefault(number, (text, coded))
        else:
            plain.setdefault(name, text)
    for name, numbered in pieces.items():
        plain[name] = _join(numbered)
    return main, plain


def _join(numbered: dict[int, tuple[str, bool]]) -> str:
    """The continuations of one parameter as text (RFC 2231, sections 3 and 4)."""
    charset = ""
    data: list[bytes] = []
    for position, number in enumerate(sorted(numbered)):
        text, coded = numbered[number]
        if coded:
            if position == 0 and text.count("'") >= 2:
                charset, _, text = text.split("'", 2)
            data.append(unquote_to_bytes(text))
        else:
            data.append(text.encode("utf-8", "replace"))
    joined = b"".join(data)
    if joined.isascii():
        return charsets.decode(joined, charset, Defects())
    return charsets.decode(joined, charset or "utf-8", Defects())


def file_name(disposition: dict[str, str], content_type: dict[str, str]) -> str:
    """The safe file name that the parameters of a part give, or "" if they give none."""
    name = disposition.get("filename") or content_type.get("name") or ""
    return safe(encoded_words.decode(name) if "=?" in name else name) if name else ""


def safe(name: str) -> str:
    """*name* without directories, control and text-direction characters; at most 200 octets."""
    if "%" in name and "%20" in name and " " not in name:
        # Percent-encoded without the asterisk that RFC 2231 asks for.
        name = charsets.decode(unquote_to_bytes(name), "utf-8", Defects())
    name = _INVISIBLE.sub("", one_line(name))
    if _PATH.search(name):
        name = re.split(r"[\\/]", name)[-1]
    name = name.replace("/", "_").replace("\\", "_").strip(" .")
    if _RESERVED.match(name):
        name = f"_{name}"
    if len(name.encode()) <= _LONGEST:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    room = _LONGEST - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip() + dot + extension


def extension(content_type: str) -> str:
    """The usual ending for *content_type*, with its dot, or ""."""
    return _EXTENSIONS.get(content_type, "")


def type_of(name: str) -> str:
    """The content type that the ending of *name* stands for; octets where it says nothing."""
    return _TYPES.get(name[name.rfind(".") :].lower(), "application/octet-stream")


class Names:
    """Hands out file names so that no two attachments of a message share one (in any case)."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def unique(self, name: str, content_type: str) -> str:
        """*name*, or one made from *content_type*; numbered if it is taken already."""
        if name and "." not in name and _NEEDS_ENDING.match(content_type):
            name += extension(content_type)
        if not name:
            kind = "image" if content_type.startswith("image/") else "attachment"
            name = kind + extension(content_type)
        key = name.casefold()
        if key not in self._taken:
            self._taken[key] = 1
            return name
        stem, dot, ending = name.rpartition(".")
        if not dot or not stem:
            stem, dot, ending = name, "", ""
        while True:
            self._taken[key] += 1
            candidate = f"{stem} ({self._taken[key]}){dot}{ending}"
            if candidate.casefold() not in self._taken:
                self._taken[candidate.casefold()] = 1
                return candidate
