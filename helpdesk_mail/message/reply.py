# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The new words of a reply, without the quoted history and the signature.

Losing an author's word is worse than keeping a quoted line: where nothing would remain, the
text stays whole, and the matter of a forward is never cut off.
"""

from __future__ import annotations

import re

from . import quotation

_SUBJECT = re.compile(
    r"^\W*(?:re|aw|antw|antwort|sv|vs|odp|ref|rif|res|r|ynt|vá|atb|απ|ha|回复|回覆|答复|답장|回信)"
    r"(?:\[\d+\]|\(\d+\))?\s?[:\uff1a]",
    re.I,
)
_MOST_LINES = 20_000
# "-- " is the mark (RFC 3676, section 4.3). Many programs strip its blank, but people also draw
# "--" between paragraphs: a signature is short.
_LONGEST_SIGNATURE = {"-- ": 40, "--": 12}
_PROGRAMS = (
    "iphone|ipad|ipod|apple watch|android|samsung|galaxy|huawei|xiaomi|oneplus|pixel|blackberry|"
    "windows|smart ?phone|handy|mobil(?:telefon|e|gerät)?|telefon|phone|téléphone|portable|móvil|"
    "celular|cellulare|telefoon|mobiel|tablet|device|outlook|yahoo|gmail|proton|web\\.de|gmx|"
    "mail[- ]app|k-9|aquamail|thunderbird|spark"
)
_DEVICE = re.compile(
    r"^(?:sent (?:from|via|with|using)|get outlook for|gesendet (?:von|mit|über)|von meinem|von "
    r"mein|"
    r"diese nachricht wurde von|holen sie sich|envoyé (?:de|depuis|à partir)|télécharger|"
    r"enviado (?:desde|do|a partir)|obtener|inviato (?:da|dal)|scarica|verzonden (?:vanaf|met|via)|"
    r"skickat från|sendt fra|lähetetty|wysłan[eo] z|odesláno z|отправлено с|发自我的)"
    rf"\b.{{0,40}}?\b(?:{_PROGRAMS}).{{0,60}}$",
    re.I,
)


def is_reply_subject(subject: str) -> bool:
    """Whether *subject* starts as mail programs let the subject of a reply start."""
    return bool(_SUBJECT.match(subject))


def reply_text(text: str, *, is_reply: bool, forwarded: bool = False) -> str:
    """The author's own new words in *text*; all of it where nothing else can be told apart.

    *is_reply* says that the mail answers another one. *forwarded* says that it is a forward: what
    stands below its header block is the matter itself.
    """
    if forwarded:
        return text.strip()
    lines = text.split("\n", _MOST_LINES)
    history = quotation.start(lines, is_reply=is_reply)
    if history is not None and any(map(str.strip, lines[:history])):
        lines = lines[:history]
    return "\n".join(_without_signature(lines)).strip() or text.strip()


def _without_signature(lines: list[str]) -> list[str]:
    """*lines* without the signature below its mark, and without the note of a device."""
    for number, line in enumerate(lines):
        longest = _LONGEST_SIGNATURE.get(line)
        if longest and len(lines) - number <= longest and any(map(str.strip, lines[:number])):
            lines = lines[:number]
            break
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    if end > 1 and _DEVICE.match(lines[end - 1].strip()) and any(map(str.strip, lines[: end - 1])):
        end -= 1
    return lines[:end]
