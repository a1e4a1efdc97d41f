# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Answers to an invitation: accepted, declined, perhaps (iTIP, RFC 5546, section 3.2.3).

A calendar program wrote the mail when somebody pressed a button; it is an automatic reply. But
where a person added a comment, somebody must read it: then it is a message. So is METHOD:COUNTER,
which proposes another time.
"""

from __future__ import annotations

import re

from .. import charsets
from ..defects import Defects
from ..structure import Part
from .signs import Mail
from .words import fold, phrases

_SUBJECTS = phrases(
    """accepted: | declined: | tentative: | tentatively accepted: | canceled: | accepted
    declined | zugesagt: | abgesagt: | abgelehnt: | mit vorbehalt: | vorlaufig zugesagt:
    angenommen: | mit vorbehalt | accepte: | accepte : | refuse: | refuse : | provisoire:
    provisoire : | decline: | aceptado: | aceptada: | rechazado: | rechazada:
    provisional: | provisionalmente | accettato: | accettata: | rifiutato: | rifiutata:
    provvisorio: | provvisoria: | aceite: | aceito: | aceita: | recusado: | recusada:
    recusou: | tentativa: | provisorio: | geaccepteerd: | afgewezen: | geweigerd:
    voorlopig: | onder voorbehoud | accepterat: | accepterad: | avbojt: | avbojd:
    preliminart: | preliminar: | accepteret: | afvist: | forelobig: | akseptert: | godtatt:
    avslatt: | forelopig: | hyvaksytty: | hylatty: | alustava: | alustavasti
    zaakceptowano: | zaakceptowane: | odrzucono: | odrzucone: | wstepna akceptacja
    prijato: | odmitnuto: | predbezne | prijate: | odmietnute: | elfogadva: | elutasitva:
    feltetelesen | acceptat: | refuzat: | provizoriu: | прието: | отхвърлено: | принято:
    отклонено: | под вопросом | прийнято: | відхилено: | εγινε αποδοχη: | αποδοχη:
    απορριψη: | kabul edildi: | reddedildi: | belirsiz: | התקבל: | נדחה: | مقبول: | مرفوض:
    承諾: | 承認: | 辞退: | 仮の予定: | 已接受: | 已谢绝: | 已拒绝: | 暂定: | 已婉拒:
    수락: | 수락됨: | 거절: | 거절됨: | prihvaceno: | odbijeno: | sprejeto: | zavrnjeno:
    priimta: | atmesta: | pienemts: | noraidits: | aktsepteeritud: | keeldutud:"""
)
_STATES = re.compile(
    r"(?:has|have) (?:tentatively )?(?:accepted|declined|replied|rejected|responded)"
    r"|hat .{0,80}(?:zugesagt|abgesagt|angenommen|abgelehnt|akzeptiert)"
    r"|a (?:accepte|refuse|decline)|ha (?:aceptado|rechazado|accettato|rifiutato)"
    r"|(?:aceitou|recusou)|heeft .{0,80}(?:geaccepteerd|afgewezen)"
    r"|har (?:accepter|tackat|afvist|avvist)"
    r"|(?:принял|отклонил)|(?:zaakceptowa|odrzuci)"
)
_COMMENTED = re.compile(
    r"with (?:this|a|the) (?:note|comment|message)|\bnote:|comment:|nachricht:|kommentar:"
)
_LABELLED = re.compile(
    r"[\W_]*(?:when|where|who|what|wann|wo|quand|ou|cuando|donde|quando|dove|onde|wanneer|waar|nar|var"
    r"|title|titel|summary|subject|betreff|location|ort|lieu|organi[sz]er|organisator|calendar|kalender"
    r"|attendees|guests|joining info|time|date|datum|zeit)\b[^:\n]{0,20}[:\n]",
    re.I,
)
_METHOD = re.compile(r"^METHOD[ \t]*:[ \t]*([A-Z]+)", re.I | re.M)
_COMMENT = re.compile(r"^COMMENT[^:\n]{0,200}:[ \t]*(\S[^\n]*)", re.I | re.M)
_VALUE = re.compile(r"^(?:SUMMARY|LOCATION|DESCRIPTION)[^:\n]{0,200}:([^\n]{1,300})", re.I | re.M)
_LINK = re.compile(r"https?://\S{1,500}|<[^>]{1,500}>")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_MOST_OCTETS = 256 * 1024
_CALENDAR = ("text/calendar", "application/ics")


def is_bare_answer(mail: Mail) -> bool:
    """Whether *mail* answers an invitation with nothing added by a person."""
    part = next((p for p in mail.root.leaves() if p.content_type in _CALENDAR), None)
    if part is None:
        marked = "calendarmessage" in mail.fields.raw("content-class").lower()
        return marked and mail.folded_subject.startswith(_SUBJECTS) and not _has_comment(mail, "")
    named = part.parameters.get("method", "").strip().lower()
    if named not in ("", "reply"):
        return False
    calendar = _content(part)
    if not named:
        method = _METHOD.search(calendar)
        if method is None or method[1].lower() != "reply":
            return False
    comment = _COMMENT.search(calendar)
    return comment is None and not _has_comment(mail, calendar)


def _content(part: Part) -> str:
    content = part.decoded(Defects())[:_MOST_OCTETS]
    text = charsets.decode(content, part.parameters.get("charset", ""), Defects())
    return text.replace("\r\n", "\n")


def _has_comment(mail: Mail, calendar: str) -> bool:
    """Whether the letter says more than that the invitation was answered, and the event's data."""
    text = fold(_LINK.sub(" ", mail.text[:20_000]))
    if _COMMENTED.search(text[:2000]):
        return True
    known = fold(" ".join(_VALUE.findall(calendar)) + " " + mail.subject).replace("\\", "")
    for line in text.split("\n"):
        words = line.strip(" \t*~-_=#|>")
        if not _LETTERS.search(words) or _LABELLED.match(words + "\n") or words in known:
            continue
        # the program's own sentence: below it stands nothing but the event
        return not _STATES.search(words)
    return False
