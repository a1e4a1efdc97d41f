# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The new words of a reply, without the quoted history and the signature.

Losing an author's word is worse than keeping a quoted line: where nothing would remain, the
text stays whole, and the matter of a forward is never cut off.
"""

from __future__ import annotations

import re

from . import quotation

_MOST_LINES = 20_000
# "-- " is the mark (RFC 3676, section 4.3); programs strip its blank, and Outlook types "__".
_SIGNATURE = re.compile(r"^(?:-- ?|__ ?|\u2014 ?)$")
# A bare "--" also separates paragraphs; a signature is short.
_LONGEST_SIGNATURE = 20
_DEVICE = re.compile(
    r"^(?:sent (?:from|via|with) (?:my|yahoo mail|outlook|mail for|proton|the|a|samsung|gmail)|"
    r"get outlook for|(?:von|gesendet von|gesendet mit|gesendet über) (?:meinem|der|mail für|"
    r"outlook)|"
    r"diese nachricht wurde von meinem|holen sie sich outlook|outlook für|"
    r"envoyé (?:de|depuis|à partir) (?:mon|ma|d['’]outlook|outlook|yahoo)|télécharger outlook|"
    r"enviado (?:desde|do|a partir do) (?:mi|meu|el|yahoo|outlook)|obtener outlook|"
    r"inviato (?:da|dal) (?:mio|iphone|ipad|outlook|libero)|scarica outlook|"
    r"verzonden (?:vanaf|met|via) (?:mijn|outlook)|skickat från|sendt fra|lähetetty|"
    r"wysłane z|wysłano z|odesláno z|отправлено с|发自我的)\b.{0,100}$",
    re.I,
)


def reply_text(text: str, *, forwarded: bool = False) -> str:
    """The author's own new words in *text*; all of it where nothing else can be told apart.

    *forwarded* says that the mail is a forward: what stands below its header block is the matter
    itself.
    """
    if forwarded:
        return text.strip()
    lines = text.split("\n", _MOST_LINES)
    history = quotation.start(lines)
    if history is not None and any(map(str.strip, lines[:history])):
        lines = lines[:history]
    return "\n".join(_without_signature(lines)).strip() or text.strip()


def _without_signature(lines: list[str]) -> list[str]:
    """*lines* without the signature below its mark, and without the note of a device."""
    for number, line in enumerate(lines):
        if not _SIGNATURE.match(line) or not any(map(str.strip, lines[:number])):
            continue
        if line == "-- " or len(lines) - number <= _LONGEST_SIGNATURE:
            lines = lines[:number]
            break
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    if end > 1 and _DEVICE.match(lines[end - 1].strip()) and any(map(str.strip, lines[: end - 1])):
        end -= 1
    return lines[:end]
