# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read receipts: message disposition notifications (RFC 8098) and what came before them."""

from __future__ import annotations

import re

from .. import headers
from ..defects import Defects
from ..headers import Headers, one_line
from ..parsed import BounceRecipient
from ..structure import Part
from . import delivery_status, status
from .signs import Mail
from .words import holds, phrases

TYPES = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
# How mail programs begin the subject of a receipt, in front of the subject of the mail.
_SUBJECTS = phrases(
    """read: | not read: | read receipt | return receipt | receipt: | disposition notification
    message disposition | deleted: | confirmation of reading | message read | gelesen:
    ungelesen: | nicht gelesen: | lesebestatigung | ungelesen geloscht:
    empfangsbestatigung | lu: | lu : | non lu: | non lu : | accuse de reception
    accuse de lecture | confirmation de lecture | leido: | no leido:
    confirmacion de lectura | acuse de recibo | letto: | non letto: | conferma di lettura
    ricevuta di lettura | ricevuta di ritorno | lida: | lido: | nao lida:
    confirmacao de leitura | recibo de leitura | nao lido: | gelezen: | niet gelezen:
    leesbevestiging | ontvangstbevestiging | last: | olast: | laskvitto | lest:
    ikke lest: | lesebekreftelse | laest: | ikke laest: | læst: | ikke læst:
    kvittering for | luettu: | ei luettu: | lukukuittaus | lukuilmoitus | przeczytano:
    przeczytane: | nie przeczytano: | potwierdzenie przeczytania | potwierdzenie odczytu
    precteno: | neprecteno: | potvrzeni o precteni | precitane: | potvrdenie o precitani
    elolvasva: | olvasasi visszaigazolas | olvasatlan: | citit: | necitit:
    confirmare de citire | прочетено: | прочитано: | прочтено: | не прочитано:
    уведомление о прочтении | подтверждение прочтения | сповіщення про прочитання
    διαβαστηκε: | αναγνωσθηκε: | αποδεικτικο ανάγνωσης | okundu: | okunmadi:
    okundu bilgisi | נקרא: | לא נקרא: | قراءة: | تمت القراءة: | مقروءة: | 開封済み:
    開封済: | 開封確認 | 未開封: | 已读: | 已读： | 未读: | 讀取: | 已讀: | 阅读回执
    读取回执 | 已读回执 | 읽음: | 읽지 않음: | 수신 확인 | procitano: | prebrano:
    potrdilo o branju | perskaityta: | izlasits: | loetud: | lugemiskinnitus | da doc:
    dibaca: | llegit:"""
)
_STATEMENTS = phrases(
    """was read on | was displayed on | has been read | was displayed
    was deleted without being read | was opened | has been displayed | was read by
    was received by | return receipt | is no guarantee | wurde gelesen | wurde angezeigt
    wurde am | wurde geoffnet | ungelesen geloscht | gelesen am | a ete lu | a ete affiche
    a ete ouvert | a ete supprime sans | fue leido | se ha leido | ha sido leido
    se mostro | e stato letto | e stato visualizzato | e stata letta | foi lida | foi lido
    foi exibida | is gelezen | werd gelezen | is weergegeven | lastes | har lasts
    har visats | blev last | ble lest | er blitt lest | er last | luettiin | on luettu
    zostala przeczytana | zostal przeczytany | przeczytano | byla prectena | byla zobrazena
    bola precitana | elolvastak | megtekintett | a fost citit | беше прочетено
    было прочитано | прочитано | διαβαστηκε | αναγνωσθηκε | okundu | נקראה | تمت قراءة
    開封されました | 表示されました | 読まれました | 已被读取 | 已阅读 | 已讀取 | 已被閱讀
    读取了 | 읽었습니다 | 읽은 | procitana | je bilo prebrano | perskaity | izlasit | loeti"""
)
_CLASS = re.compile(
    r"urn:content-classes:mdn|ipm\.note\.ipnrn|report\.[\w.]{0,60}ipn(?:nrn|rn)", re.I
)
_LABELLED = re.compile(r"^[^\w\n]{0,9}\w[^:\n]{0,25}[:\uff1a][ \t]{0,9}\S", re.M)
_REJECTED = re.compile(r"reject|refus|quota|unknown user|no such user", re.I)


def is_receipt(mail: Mail) -> bool:
    """Whether *mail* says that a mail was read, or deleted unread.

    A report by type; or one that Exchange or Notes sent as an ordinary text, whose subject and
    statement must both be a receipt's.
    """
    root = mail.root
    if root.content_type == "multipart/report":
        kind = root.parameters.get("report-type", "").strip().lower()
        if kind == "disposition-notification":
            return True
    if not mail.is_answer_or_forward and _part(root) is not None:
        return True
    if _CLASS.search(mail.fields.raw("content-class")):
        return True
    if not mail.folded_subject.startswith(_SUBJECTS):
        return False
    return len(mail.text) < 3000 and holds(mail.opening[:800], _STATEMENTS) and _is_short(mail)


def _is_short(mail: Mail) -> bool:
    """Whether the text is a statement only: which mail it was, when, and no question."""
    own = mail.text.strip()
    if "?" in own or own.count("\n") > 25:
        return False
    return len(_LABELLED.findall(own)) >= 2 or own.lower().startswith("return receipt")


def _part(root: Part) -> Part | None:
    if not root.is_multipart:
        return root if root.content_type in TYPES else None
    return next((part for part in root.children if part.content_type in TYPES), None)


def rejection(mail: Mail) -> tuple[BounceRecipient, bytes] | None:
    """The recipient of a mail that a delivery agent refused, and its report's fields, or None.

    Sieve's "reject" (RFC 5429, section 2.1.2) and Dovecot tell it by a disposition notification.
    """
    part = _part(mail.root)
    if part is None or mail.root.content_type != "multipart/report":
        return None
    content = part.decoded(Defects())
    fields, _ = headers.split(content, 0, len(content), mail.limits, Defects())
    disposition = fields.raw("disposition").lower()
    if "automatic-action" not in disposition or "deleted" not in disposition:
        return None
    told = f"{mail.subject}\n{mail.fields.raw('auto-submitted')}\n{mail.text[:1000]}"
    if not _REJECTED.search(told):
        return None
    email = delivery_status.email_of(_recipient(fields))
    if not email:
        return None
    reason = one_line(mail.text.strip()[:500])
    code = status.of(reason, permanent=True)
    return BounceRecipient(email, "failed", code, reason, permanent=True), content


def _recipient(fields: Headers) -> str:
    return fields.decoded("original-recipient") or fields.decoded("final-recipient")
