# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Absence notes, with the marks of an automatic answer or without any.

Many programs mark nothing, and only their subjects tell: "Automatic reply: Ticket 42", "不在通知".
People write about absence notes too. So a subject alone counts only as programs form it, and only
if the mail asks nothing.
"""

from __future__ import annotations

import re

from ..reply import is_reply_subject
from .absence_words import ABSENCES, AUTOMATIC, STATEMENTS
from .signs import Mail
from .words import holds, phrases

_TAG = re.compile(r"^(?:\[[^\]]{1,40}\]|\*{2,}[^*]{1,40}\*{2,}|[^\w\[*]){1,6}")
_MARKS = ":：-–—([（【"
_ASKS = re.compile(r"[?？؟;](?=\s|\Z)|\bhow (?:to|do|can)\b|\bplease (?:help|fix|advise)\b")
_QUESTION = re.compile(r"[?？؟]")
_LONGEST_NAME = 60
_LONGEST_NOTE = 2500


def begins_automatic(mail: Mail) -> bool:
    """Whether the subject begins as programs begin that of an automatic answer, before a mark."""
    return _begins(mail.folded_subject, AUTOMATIC, alone=True)


def is_named(mail: Mail) -> bool:
    """Whether the subject is the name of an absence note, alone or in front of another subject."""
    return _begins(mail.folded_subject, ABSENCES, alone=True)


def is_stated(mail: Mail) -> bool:
    """Whether a mail that is known to be automatic says that its author is away."""
    if "x-vacation" in mail.fields or "vacation" in mail.fields.raw("auto-submitted").lower():
        return True
    if is_named(mail) or holds(mail.folded_subject, _TELLING) or holds(mail.opening, STATEMENTS):
        return True
    # Exchange calls its absence notes "Automatic reply" and marks them so.
    suppressed = mail.fields.raw("x-auto-response-suppress").strip().lower()
    return begins_automatic(mail) and suppressed == "all"


# Long enough to mean nothing else wherever they stand in the subject of an automatic mail.
_TELLING = tuple(name for name in ABSENCES if len(name) > 9 or not name.isascii())


# Words of which people's subjects are made as well.
_WEAK = phrases(
    """absence | urlaub | im urlaub | elternzeit | in elternzeit | in den ferien | vacation
    on vacation | annual leave | on annual leave | leave of absence | maternity leave
    parental leave | sick leave | on leave | on holiday | on holidays | conges | conge
    en conge | en conges | en vacances | vacaciones | de vacaciones | ausencia
    ausencia temporaria | assenza | ferie | in ferie | ferias | de ferias | em ferias
    pa semester | pa ferie | foraldraledig | lomalla | vuosiloma | poissaolo | i frii
    urlop | na urlopie | nieobecnosc | dovolena | na dovolene | dovolenka | nepritomnost
    tavollet | szabadsag | szabadsagon | concediu | in concediu | absenta | отсъствие
    в отпуск | отсутствие | отпуск | в отпуске | нет на месте | відсутність | відпустка
    у відпустці | απουσια | σε αδεια | izinde | yillik izin | בחופשה | إجازة | في إجازة
    不在 | 休暇中 | 休假 | 休假中 | 正在休假 | 假期 | 휴가 | 휴가 중 | odsutnost
    na godisnjem | godisnji odmor | на одмору | odsotnost | na dopustu | dopust
    atostogose | atostogos | prombutne | atvalinajuma | puhkusel | puhkus | eemal
    absencia | cuti | sedang cuti | nghi phep | vang mat | ลาพักร้อน"""
)


def is_unmarked_note(mail: Mail) -> bool:
    """Whether a mail without any mark of a machine is an absence note by its subject and text."""
    if mail.is_answer_or_forward or _QUESTION.search(mail.subject):
        return False
    if not is_named(mail):
        return False
    if len(mail.text) > _LONGEST_NOTE or _asks(mail):
        return False
    name = _name(mail.folded_subject)
    return name in _UNMISTAKABLE or (name not in _WEAK and holds(mail.opening, STATEMENTS))


# Names that nobody uses but the programs that write absence notes.
_UNMISTAKABLE = frozenset(
    name
    for name in ABSENCES
    if name.startswith(("abwesenheitsnoti", "abwesenheitsna", "abwesenheitsm", "abwesenheitsb"))
    or name.startswith(
        ("out of office", "out of the office", "franvaromed", "fravaersm", "fraværsm")
    )
    or name.startswith(("afwezigheidsb", "afwezigheidsm", "message d'abs", "notification d'abs"))
    or name
    in (
        "absence du bureau",
        "fuera de la oficina",
        "fuera de oficina",
        "fuori sede",
        "fuori ufficio",
        "ausente do escritorio",
        "fora do escritorio",
        "poissaoloilmoitus",
        "poza biurem",
        "nieobecnosc w biurze",
        "mimo kancelar",
        "hazon kivul",
        "вне офиса",
        "поза офісом",
        "извън офиса",
        "εκτος γραφειου",
        "ofis disinda",
        "ofis disi",
        "מחוץ למשרד",
        "خارج المكتب",
        "vacation reply",
        "vacation auto-reply",
        "vacation autoreply",
        "vacation message",
    )
    or name.startswith(("不在通知", "不在のお知らせ", "外出通知", "休假通知"))
)


def is_hinted_note(mail: Mail) -> bool:
    """Whether a mail with a hint of a machine is an absence note by its subject."""
    if mail.is_answer_or_forward or _QUESTION.search(mail.subject) or _asks(mail):
        return False
    if is_named(mail):
        return _name(mail.folded_subject) not in _WEAK
    # "Out of Office Re: x"
    subject = _TAG.sub("", mail.folded_subject)
    names = (name for name in _UNMISTAKABLE if subject.startswith(name))
    return any(is_reply_subject(subject[len(name) :].strip()) for name in names)


def is_unmarked_answer(mail: Mail) -> bool:
    """Whether a mail without any mark of a machine is an automatic answer by its subject."""
    if mail.is_answer_or_forward or _QUESTION.search(mail.subject):
        return False
    return begins_automatic(mail) and not _asks(mail)


def _asks(mail: Mail) -> bool:
    """Whether the text asks something in its first lines, as a person does."""
    return bool(_ASKS.search(mail.opening[:600].replace("://", " ")))


def _begins(subject: str, names: tuple[str, ...], *, alone: bool) -> bool:
    """Whether *subject* begins with one of *names*, and a mark or (if *alone*) nothing behind."""
    subject = _TAG.sub("", subject)
    if not subject.startswith(names):
        return False
    head = subject[:_LONGEST_NAME]
    for name in names:
        if head.startswith(name):
            rest = subject[len(name) :].strip(" .!")
            if (not rest and alone) or rest.startswith(tuple(_MARKS)):
                return True
    return False


def _name(subject: str) -> str:
    """The name at the beginning of *subject*, up to its mark."""
    subject = _TAG.sub("", subject)
    return re.split(r"\s?[:：\-–—(\[（【]", subject, maxsplit=1)[0].strip(" .!")
