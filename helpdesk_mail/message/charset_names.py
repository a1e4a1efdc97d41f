# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The names that senders give to charsets (RFC 2978), and the codecs that are meant.

A superset is chosen where programs do so, as the WHATWG Encoding Standard has it: Windows-1252
for Latin 1, GB 18030 for GB 2312, code page 949 for KS C 5601.
"""

from __future__ import annotations

import codecs
import functools
import re

# The names are those that senders write; a superset is chosen as the WHATWG Encoding Standard does.
_ALIASES = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "646": "cp1252",
    "iso-8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "windows-1252": "cp1252",
    "x-ansi": "cp1252",
    "ansi": "cp1252",
    "x-cp1252": "cp1252",
    "iso-8859-9": "cp1254",
    "latin5": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jis_2004",
    "iso-2022-jp": "iso2022_jp_ext",
    "utf8mb4": "utf-8",
    "utf8mb3": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "x-utf-8": "utf-8",
    "unicode": "utf-16",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "cp1252": "cp1252",
    "visual": "iso-8859-8",
    "logical": "iso-8859-8",
    "euc-jp": "euc_jis_2004",
    "eucjp-ms": "euc_jis_2004",
    "euc-jp-ms": "euc_jis_2004",
    "ms949": "cp949",
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "ucs-2": "utf-16",
    "ucs2": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "x-iso-10646-ucs-2": "utf-16",
    "utf-8-sig": "utf-8",
    "koi8-ru": "koi8-u",
    "mac": "mac_roman",
    "x-mac-ce": "mac_latin2",
    "x-mac-centraleurroman": "mac_latin2",
    "65001": "utf-8",
    "cp949": "cp949",
}
# Python calls these text encodings as well, but no mail is written in them; some are quadratic.
_NOT_FOR_MAIL = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
)
# What programs write where they know nothing.
_SAYS_NOTHING = frozenset(
    {"unknown", "x-unknown", "unknown-8bit", "x-unknown-8bit", "default", "none", "null", "8bit"}
    | {"7bit", "binary", "x-user-defined", "undefined", "auto", "_autodetect", "plain"}
)
# A known name in the middle of junk: "charset=utf-8", "3Dutf-8", "windows-1252http-equiv".
_WITHIN = re.compile(
    r"utf-?8|iso[-_ ]?8859[-_ ]?\d{1,2}|(?:windows|win|cp|x-cp|ibm|dos)[-_ ]?125\d"
    r"|(?:cp|ibm|dos)[-_ ]?\d{3,4}|koi8[-_]?[ru]|gb[-_ ]?(?:2312|18030|k)|big[-_ ]?5"
    r"|euc[-_ ]?(?:jp|kr)|shift[-_ ]?jis|iso[-_]2022[-_](?:jp|kr)|us-ascii|8859-\d{1,2}",
    re.I,
)
_PARTS = re.compile(r"([a-z]+)[-_ ]?(\d.*)")


def says_nothing(charset: str) -> bool:
    """Whether *charset*, though written, declares none."""
    return charset.strip(" \t\"'").lower() in _SAYS_NOTHING


@functools.lru_cache(maxsize=256)
def codec_name(charset: str) -> str:
    """The Python codec to read *charset* (a declared name) with, or "" if there is none."""
    name = charset.strip(" \t\"'<>;,.\\").lower()
    if not name or len(name) > 80 or not name.isascii() or not name.isprintable():
        return ""
    if found := _lookup(name):
        return found
    match = _WITHIN.search(name)
    if match is None or name in _SAYS_NOTHING:
        return ""
    inner = match.group()
    if found := _lookup(inner):
        return found
    parts = _PARTS.match(inner)
    if inner.startswith("8859"):
        return _lookup(f"iso-{inner}")
    if parts is None:
        return ""
    return _lookup(f"cp{parts[2]}") if parts[1] in ("win", "windows", "dos", "ibm", "cp") else ""


def _lookup(name: str) -> str:
    name = _ALIASES.get(name) or _ALIASES.get(name.replace("_", "-")) or name
    for candidate in (name, name.removeprefix("x-"), name.replace("-", "", 1)):
        try:
            info = codecs.lookup(candidate)
        except (LookupError, ValueError):
            continue
        found = info.name
        if (
            getattr(info, "_is_text_encoding", True)
            and found.replace("_", "-") not in _NOT_FOR_MAIL
        ):
            return _ALIASES.get(found) or _ALIASES.get(found.replace("_", "-"), found)
    return ""
