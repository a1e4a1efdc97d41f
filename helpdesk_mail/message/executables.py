# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Is a file one that acts when somebody opens it?

By its name, as Windows, macOS and Linux read it, and by its first octets, whatever its name says.
Of an archive only the list of contents is read (:mod:`.archives`): nothing is unpacked, and the
cost is bounded. It is no virus scanner.
"""

from __future__ import annotations

import re
import unicodedata

from .archives import entries

_NAMES = frozenset(
    """
    action air apk app appimage appinstaller application appref-ms appx appxbundle bat cmd com
    command cpl crx deb desktop diagcab dll dmg drv elf exe gadget hta img inf ins iso isp jar jnlp
    js jse jsp ksh lnk mde msc msi msix msixbundle msp mst ocx osx pif pkg ps1 ps1xml ps2 psc1
    psc2 psd1 psm1 py pyc pyw reg rpm run scf scr sct sh shb shs so sys url vb vbe vbs vhd vhdx
    workflow ws wsc wsf wsh xll xpi
    """.split()
)
# office documents that hold a program
_MACROS = frozenset("docm dotm potm ppam ppsm pptm sldm xla xlam xlsb xlsm xltm".split())
_SIGNATURES = (
    b"MZ",  # DOS, Windows
    b"\x7fELF",  # Linux
    b"\xfe\xed\xfa\xce",  # macOS, in all byte orders
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",  # macOS for several processors, and Java
    b"\xca\xfe\xba\xbf",
    b"L\x00\x00\x00\x01\x14\x02\x00",  # a shortcut of Windows
    b"#!",
    b"dex\n03",  # Android
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# the directory of an OLE file names its parts in UTF-16
_OLE_MACRO = tuple(name.encode("utf-16-le") for name in ("_VBA_PROJECT", "Macros"))
_OLE_LOOK = 4 * 1024 * 1024
# what may stand behind a packed file's own name
_PACKED = re.compile(r"\.(?:gz|bz2|xz|zst|z|lzma)\Z")
_ARCHIVE_MACRO = re.compile(r"(?:\A|/)vbaProject\.bin\Z", re.I)


def is_executable(name: str, content: bytes, *, macros: bool = False) -> bool:
    """Whether the file *content* called *name* is a program, or an archive that holds one.

    :param macros: office documents that hold macros count as well
    """
    if _is_name(name, macros) or content.startswith(_SIGNATURES):
        return True
    inside = entries(content)
    if any(_is_name(entry, macros) for entry in inside):
        return True
    if not macros:
        return False
    if content.startswith(_OLE):
        return any(mark in content[:_OLE_LOOK] for mark in _OLE_MACRO)
    return any(_ARCHIVE_MACRO.search(entry) for entry in inside)


def extension(name: str) -> str:
    """The last extension of a file name, lower case, as the system that opens it sees it: "" if
    none.

    Windows takes away blanks and dots at the end and what stands behind a colon; characters that
    show nothing (as the one that turns the direction of writing) are none of it.
    """
    visible = "".join(c for c in name if unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cn"))
    visible = unicodedata.normalize("NFKC", visible).partition(":")[0].casefold().rstrip(" .")
    return visible.rpartition(".")[2].strip() if "." in visible else ""


def _is_name(name: str, macros: bool) -> bool:
    base = name.replace("\\", "/").rpartition("/")[2]
    ending = extension(base)
    if ending in _NAMES or (macros and ending in _MACROS):
        return True
    packed = _PACKED.sub("", base.casefold().rstrip(" ."))
    return packed != base.casefold().rstrip(" .") and _is_name(packed, macros)
