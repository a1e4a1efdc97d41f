# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What mail programs write above a message that they quote or forward, in many languages.

A *separator* is a line of its own ("---------- Forwarded message ----------"). A *header block*
is a few labelled lines ("Von: ...", "Gesendet: ...", "Betreff: ..."), read with :data:`LABELS`.
"""

from __future__ import annotations

import dataclasses
import re

# field -> how mail programs call it
LABELS: dict[str, str] = {
    "from": "From, Von, De, Da, Van, Från, Fra, Od, Lähettäjä, Feladó, De la, Gönderen, Kimden, "
    "От, "
    "От кого, Від, Από, Expéditeur, Remitente, Mittente, Afzender, Odosielateľ, Odesílatel, "
    "Nadawca, Avsändare, Avsender, Afsender, 发件人, 寄件者, 差出人, 보낸 사람",
    "date": "Date, Sent, Sent at, Sent on, Datum, Gesendet, Gesendet am, Envoyé, Envoyé le, Fecha, "
    "Enviado, Enviado el, Enviado em, Enviada em, Data, Inviato, Verzonden, Skickat, Dato, Sendt, "
    "Päivämäärä, Lähetetty, Wysłano, Odesláno, Odoslané, Elküldve, Dátum, Trimis, Tarih, "
    "Gönderildi, Gönderme Tarihi, Дата, Отправлено, Надіслано, Ημερομηνία, Στάλθηκε, 发送时间, "
    "日期, "
    "寄件日期, 送信日時, 日付, 날짜, 보낸 날짜",
    "to": "To, An, À, A, Para, Aan, Till, Til, Do, Komu, Pro, Vastaanottaja, Címzett, Către, Kime, "
    "Alıcı, Кому, Προς, Destinataire, Destinatario, Empfänger, 收件人, 收件者, 宛先, 받는 사람",
    "cc": "Cc, Kopie, Copie à, Copie, Kopia, Kopi, DW, Копия, Копія, Κοιν., 抄送, 副本, 참조",
    "subject": "Subject, Betreff, Objet, Asunto, Oggetto, Assunto, Onderwerp, Ämne, Emne, Aihe, "
    "Temat, "
    "Předmět, Predmet, Tárgy, Subiect, Konu, Тема, Θέμα, Sujet, 主题, 主旨, 件名, 제목",
    "reply_to": "Reply-To, Antwort an, Répondre à, Responder a, Rispondi a, Antwoord aan",
    "importance": "Importance, Priorität, Wichtigkeit, Importancia, Attachments, Anlagen, Anhänge",
}
_FIELD_OF = {
    label.casefold(): field for field, labels in LABELS.items() for label in labels.split(", ")
}
_LINE = re.compile(
    r"^[ \t>]{0,20}\*{0,2}([^\W\d_][^:\n*]{0,18}?)[ \t\xa0]?\*{0,2}[:\uff1a]\*{0,2}[ \t]*(.*)$"
)
_FORWARDED = (
    "(?:begin )?forwarded (?:message|mail|e-mail)|weitergeleitete (?:nachricht|e-?mail|mail)|"
    "message (?:transféré|réexpédié|reenviado|reencaminhado)|mensaje reenviado|"
    "mensagem (?:encaminhada|reencaminhada)|messaggio inoltrato|doorgestuurd bericht|"
    "vidarebefordrat meddelande|videresendt (?:melding|besked|e-mail)|edelleenlähetetty viesti|"
    "wiadomość przekazana|przekazana wiadomość|přeposlaná zpráva|preposlaná správa|"
    "továbbított üzenet|mesaj redirecționat|iletilen ileti|"
    "пересылаемое сообщение|переслане повідомлення|προωθημένο μήνυμα|转发的?邮件|轉寄郵件|"
    "転送メッセージ"
)
_ORIGINAL = (
    "original[- ]message|original[- ]nachricht|originalnachricht|ursprüngliche (?:nachricht|"
    "e-?mail|mail)|"
    "message (?:d['’]origine|original|initial)|mensaje original|mensagem original|"
    "messaggio originale|oorspronkelijk bericht|ursprungligt meddelande|opprinnelig melding|"
    "oprindelig (?:meddelelse|besked)|alkuperäinen viesti|wiadomość oryginalna|původní zpráva|"
    "pôvodná správa|eredeti üzenet|исходное сообщение|оригінальне повідомлення|原始邮件|原始郵件|"
    "元のメッセージ|원본 메시지"
)
_RULED = re.compile(
    rf"^[ \t>]{{0,20}}(?:-{{2,}}|_{{3,}})[ \t]*(?:(?P<forward>{_FORWARDED})|{_ORIGINAL})"
    r"[ \t]*[-_:]{0,60}[ \t]*$",
    re.I,
)
_ANNOUNCED = re.compile(
    r"^[ \t>]{0,20}(?P<forward>begin forwarded message|anfang der weitergeleiteten (?:nachricht|"
    r"e-mail)|"
    r"début du message (?:réexpédié|transféré)|inizio messaggio inoltrato|inicio del mensaje "
    r"reenviado|"
    r"início da mensagem (?:reencaminhada|encaminhada)|begin doorgestuurd bericht|"
    r"vidarebefordrat brev|start på videresendt (?:melding|besked)|początek przekazanej wiadomości)"
    r"[ \t\xa0]?:[ \t]*$",
    re.I,
)
_LONGEST_SEPARATOR = 200
_LONGEST_LABELLED = 2000
_LONGEST_BLOCK = 20


@dataclasses.dataclass(frozen=True, slots=True)
class HeaderBlock:
    """The labelled lines above a quoted message: first line, line after the last, and fields."""

    start: int
    end: int
    fields: dict[str, str]


def may_be_mark(line: str) -> bool:
    """Whether *line* can be any of the marks at all: a cheap look before the closer ones."""
    return ":" in line or "--" in line or "__" in line or "\uff1a" in line


def is_separator(line: str) -> bool:
    """Whether *line* is what a mail program draws above a quoted or forwarded message."""
    return _separator(line) is not None


def announces_forward(line: str) -> bool:
    """Whether *line* is a separator that only forwards have."""
    match = _separator(line)
    return match is not None and match["forward"] is not None


def _separator(line: str) -> re.Match[str] | None:
    if len(line) > _LONGEST_SEPARATOR:
        return None
    if "--" in line or "__" in line:
        return _RULED.match(line)
    return _ANNOUNCED.match(line) if line.rstrip().endswith(":") else None


def header_block(lines: list[str], start: int) -> HeaderBlock | None:
    """The header block whose first labelled line is *lines*[*start*], or None.

    It names a sender and a date, or a sender, a recipient and a subject, and has nothing but
    labelled lines, their continuations and single blank lines in between.
    """
    if _field(lines[start])[0] not in ("from", "subject", "date"):
        return None
    fields: dict[str, str] = {}
    last = start
    current = ""
    for number in range(start, min(len(lines), start + _LONGEST_BLOCK)):
        line = lines[number]
        if not line.strip(" \t>\xa0"):
            if number == last + 1 and number + 1 < len(lines) and _field(lines[number + 1])[0]:
                continue
            break
        field, value = _field(line)
        if field and field not in fields:
            fields[field] = value.strip()
            current, last = field, number
        elif not field and number == last + 1 and _continues(current, fields):
            fields[current] = f"{fields[current]} {line.strip(' >')}".strip()
            last = number
        else:
            break
    if "from" in fields and ("date" in fields or {"subject", "to"} <= fields.keys()):
        return HeaderBlock(start, last + 1, fields)
    return None


def _continues(current: str, fields: dict[str, str]) -> bool:
    """Whether a line without a label can belong to the field before it."""
    if current == "from":
        return "@" not in fields["from"]
    return current in ("to", "cc") and fields[current].rstrip().endswith((";", ","))


def _field(line: str) -> tuple[str, str]:
    if (":" not in line and "\uff1a" not in line) or len(line) > _LONGEST_LABELLED:
        return "", ""
    match = _LINE.match(line)
    if match is None:
        return "", ""
    return _FIELD_OF.get(match[1].strip(" *\xa0").casefold(), ""), match[2].replace("**", "")
