# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Delivery reports in a server's own words: from before RFC 3464, or from those who ignore it.

A person who writes about mail that came back uses the same words. So the weaker the signs that a
machine wrote, the more must be there: a report's subject, a report's beginning (no greeting, no
"I"), addresses listed as a program lists them, or the mail itself enclosed.
"""

from __future__ import annotations

import re

from ..headers import one_line
from ..parsed import BounceRecipient
from . import failed_addresses, original, status
from .failure_words import DELAYS, ENDED, FAILURES, SUBJECTS
from .signs import Mail
from .words import fold, holds, phrases

_MACHINE_FIELDS = (
    "x-ms-embedded-report",
    "x-dsncontext",
    "x-ms-exchange-message-is-ndr",
    "x-zoho-bounce",
    "x-report-type",
)
_DELAY_SUBJECT = re.compile(
    r"\W{0,5}(?:(?:mail |message |delivery )?delay|warning: could not send|verzogert"
    r"|zustellung verzog|warning: (?:message|mail)\b.{0,200}\bdelay"
    r"|delivery status notification \(delay)"
)
# Some servers write behind the subject of the mail that came back.
_END = re.compile(
    r"的退信\W{0,3}\Z|[:(\-] ?(?:non remis|undeliverable|undelivered|unzustellbar|not delivered"
    r"|delivery failed|onbestelbaar|non recapitabile|no entregado)\b[^\w]{0,3}"
    r"(?:\([^()]{0,40}\))?\W{0,3}\Z"
)
_NO_LETTERS = re.compile(r"^[\W\d_]+")
_TAG = re.compile(r"^(?:\[[^\]]{1,40}\]|\*{2,}[^*]{1,40}\*{2,}|[\s\"!:*-]){1,6}")
_GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings|i|we|my|our|please"
    r"|thanks|hallo|guten|sehr geehrte|liebe[rs]?|moin|servus|gruss|ich|wir|mein|unsere?"
    r"|bitte|bonjour|bonsoir|cher|chere|madame|monsieur|je|nous|notre"
    r"|hola|buen[oa]s|estimad[oa]s?|ciao|buongiorno|buonasera"
    r"|gentil[ei]|egregi[oa]|salve|ola|bom|boa|caro|cara|prezad[oa]s?|goedemorgen|goedemiddag|geachte"
    r"|beste|dag|hej|hei|god|kare|hyva|dzien|witam|szanown[yia]|dobry|vazen[yia]|tisztelt|kedves|buna"
    r"|stimat[ea]?|здравствуйте|добрый|привет|уважаем\w+|добрий|вітаю|шановн\w+|καλημερα|γεια|merhaba"
    r"|sayin|iyi|שלום|مرحبا|السلام|お世話|いつも|こんにちは|你好|您好|안녕)\b"
)
# It is mail, not a parcel, that did not arrive.
_MAIL = phrases(
    """message | mail | smtp | delivery status | nachricht | courri
    mensaje | correo | messaggio | mensagem | bericht | meddel | melding | besked | viesti
    wiadomosc | zprav | sprava | uzenet | mesaj | письм | сообщ | повідом | съобщ | μηνυμα
    ileti | הודעה | رسالة | 邮件 | 郵件 | 信件 | メール | メッセージ | 메일 | 메시지 | poruka
    sporocil | pranesim | laisk | zinojum | kiri | sonum"""
)
# "Hi. This is the mail server at mx.example.net."
_SELF = re.compile(r"(?:hi|hello)\W{1,5}this is the \w{0,20} ?(?:mail|program|server)")
# How a report begins that no server's name or empty path vouches for.
_OPENINGS = phrases(
    """this message | this is | this mail | this report | this e | the following | the message
    the mail | the email | the e-mail | the original | your message | your mail
    your email | your e-mail | delivery | mail | message | undeliver | failed | failure
    non-delivery | nondelivery | could not | unable to | unknown user | invalid | sorry,
    an error | a message | an e | returned | rejected | recipient | ihre nachricht
    ihre e-mail | ihre mail | diese nachricht | diese e-mail | die folgende | die nachricht
    die e-mail | fehler | unzustellbar | zustellung | votre message | votre mail
    votre courri | votre e-mail | ce message | le message | la remise | echec | impossible
    su mensaje | su correo | el mensaje | este mensaje | error | no se | il messaggio
    il suo | il tuo | questo messaggio | messaggio | sua mensagem | a mensagem
    esta mensagem | a sua mensagem | uw bericht | het bericht | dit bericht
    ditt meddelande | meddelandet | din besked | meddelelsen | meldingen | din melding
    viesti | wiadomosc | twoja wiadomosc | panstwa wiadomosc | zprava | vase zprava
    sprava | az uzenet | mesajul | это | ваше | письмо | сообщение | ваш лист
    повідомлення | το μηνυμα | iletiniz | mesajiniz | 您 | 邮件 | 郵件 | 抱歉 | 很抱歉
    以下 | 次の | メール | このメール | 送信 | 메일 | 다음 | ההודעה"""
)


def read(mail: Mail) -> tuple[BounceRecipient, ...] | None:
    """The recipients that a report in free words names, or None if *mail* is no such report."""
    if "x-failed-recipients" in mail.fields:
        return recipients(mail)
    names_failure = is_failure_subject(mail)
    if mail.is_from_daemon:
        told = names_failure or holds(mail.opening, FAILURES)
        return recipients(mail) if told else None
    if mail.is_answer_or_forward and not mail.has_empty_path:
        return _read_unmarked(mail)
    reported = any(name in mail.fields for name in _MACHINE_FIELDS)
    if not (names_failure or reported) or not holds(mail.opening, FAILURES):
        return None
    server = mail.has_empty_path or (mail.is_from_office and not greets(mail))
    if not (server or begins_as_report(mail)):
        return None
    if not (_returns_mail(mail) or failed_addresses.listed(mail)):
        return None
    return recipients(mail)


def _returns_mail(mail: Mail) -> bool:
    """Whether the mail that came back is enclosed, or stands below the report's own words."""
    if original.enclosed(mail.root) is not None:
        return True
    return len(failed_addresses.own_words(mail)) < len(mail.notice)


def greets(mail: Mail) -> bool:
    """Whether the text begins as a person's letter."""
    opening = _NO_LETTERS.sub("", mail.opening[:200])
    return bool(_GREETING.match(opening)) and not _SELF.match(opening)


def _read_unmarked(mail: Mail) -> tuple[BounceRecipient, ...] | None:
    """A report without a server's name and without a server's subject: a rare, short one."""
    if "@" not in mail.notice or len(mail.text) > 3000 or not _ends_as_report(mail):
        return None
    if not begins_as_report(mail) or not failed_addresses.listed(mail):
        return None
    return recipients(mail)


def is_failure_subject(mail: Mail) -> bool:
    """Whether the subject begins as those of delivery reports do."""
    if mail.folded_subject.startswith("[bounce]"):
        return True
    subject = _TAG.sub("", mail.folded_subject)
    return subject.startswith(SUBJECTS) or _ends_as_report(mail)


def _ends_as_report(mail: Mail) -> bool:
    return bool(_END.search(mail.folded_subject))


def begins_as_report(mail: Mail) -> bool:
    """Whether the text begins as a program's report: no greeting, and soon what failed."""
    opening = _NO_LETTERS.sub("", mail.opening[:1000])
    begun = opening.startswith(_OPENINGS) or bool(_SELF.match(opening))
    return begun and holds(opening[:200], _MAIL) and holds(opening[:800], FAILURES)


def is_delay(mail: Mail) -> bool:
    """Whether a report says that the server goes on trying (a warning, no failure)."""
    told = fold(one_line(failed_addresses.own_words(mail)))
    if holds(told, ENDED):
        return False
    return holds(told, DELAYS) or bool(_DELAY_SUBJECT.match(mail.folded_subject))


def recipients(mail: Mail) -> tuple[BounceRecipient, ...]:
    action = "delayed" if is_delay(mail) else "failed"
    told = one_line(failed_addresses.own_words(mail))
    found = []
    for email, reason in failed_addresses.find(mail):
        code = status.of(reason, permanent=action == "failed")
        permanent = status.is_permanent(action, code, reason, told)
        found.append(BounceRecipient(email, action, code, reason, permanent))
    return tuple(found)
