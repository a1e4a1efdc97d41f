# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Challenges: a filter asks the sender to prove that a person wrote, before it delivers."""

from __future__ import annotations

import re

from .signs import Mail
from .words import holds, phrases

# Fields that these programs alone write into their challenges.
_FIELDS = (
    "x-tmda-confirm",
    "x-boxbe-challenge",
    "x-sendio-sav",
    "x-choicemail-registration-request",
    "x-spamarrest-noauth",
    "x-challenge-response",
    "x-ask-info",
    "x-qconfirm",
)
_SENDERS = re.compile(
    r"(?:[\w.+-]{0,80}-confirm-[\w.+-]{1,120}@"
    r"|[^@]{1,120}@(?:[\w-]{1,60}\.){0,4}(?:boxbe\.com|spamarrest\.com|mailinblack\.com|knowspam\.net"
    r"|bluebottle\.com|sendio\.com|spamfence\.net|mailblocks\.com|antispam\.uol\.com\.br)\Z"
    r"|(?:spamblocker-challenge|antispamuol|challenge-response|qconfirm)[\w.+-]{0,80}@)",
    re.I,
)
_ASKS = phrases(
    """confirm your message | confirm that you sent | confirm your email | confirm your e-mail
    confirm your identity | confirm the delivery | verify your email | verify your e-mail
    verify your address | verify that you | verify yourself | verification of sender
    sender verification | action required | confirmation required | prove that you
    you are a human | you are human | you are a real person | are not a spammer
    are not a machine | allow sender request | challenge-response | to release your message
    to have your message delivered | authenticate yourself | to deliver your message,
    reply to this message to confirm | click the link below to deliver
    bestatigen sie bitte ihre nachricht | bestatigen sie ihre e-mail
    dass sie kein spammer | confirmer votre message | confirmer votre envoi
    vous authentifier | demande d'authentification | confirmar su mensaje
    confirme su mensaje | confirmar seu e-mail | confirmacao de envio | confirme o envio
    autorizacao para | verifique su | confermare il messaggio | confermi il suo"""
)
_HELD = phrases(
    """being held | is held | has been held | on hold | waiting list | pending | quarantin
    not yet been delivered | not been delivered yet | will be delivered
    will then be delivered | before it can be delivered | in order to be delivered
    until you | approved sender | guest list | sender list | safe list | whitelist
    white list | allowed list | protected by | protects | anti-spam | antispam
    unwanted mail | unsolicited | spam blocker | junk mail | spam filter | zuruckgehalten
    wird zugestellt | spam-schutz | spamschutz | en attente | sera delivre | sera remis
    sera distribue | protege | retenid | sera entregado | sera entregue | aguardando
    protegid | trattenuto | verra consegnato"""
)


def is_challenge(mail: Mail) -> bool:
    """Whether *mail* is a challenge of a spam filter to somebody whose mail it holds back.

    Without a field or a sender that tells the filter, the text must both ask for a proof and say
    that the mail waits for it, and the mail must look like a machine's answer.
    """
    if any(name in mail.fields for name in _FIELDS):
        return True
    from_filter = bool(_SENDERS.match(mail.sender))
    delivered_by = mail.fields.raw("x-delivery-agent").lower()
    tmda = delivered_by.startswith("tmda") and "confirm" in mail.folded_subject
    if not (tmda or from_filter or _looks_automatic(mail)):
        return False
    asks = holds(mail.folded_subject, _ASKS) or holds(mail.opening, _ASKS)
    return asks and (tmda or from_filter or holds(mail.opening, _HELD))


def _looks_automatic(mail: Mail) -> bool:
    if mail.has_empty_path:
        return True
    if mail.submitted.startswith(("auto-replied", "auto-reply")):
        return True
    hinted = mail.fields.raw("precedence").strip().lower() in ("bulk", "junk")
    return hinted and (mail.is_reply_shaped or mail.is_answer_or_forward)
