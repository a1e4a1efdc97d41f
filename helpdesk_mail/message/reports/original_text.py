# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where a report's own words end, and the message that it returns as text begins."""

from __future__ import annotations

import re

from .words import fold, holds, phrases

# How the line begins that announces the returned message, its rules and dashes left out.
_MARKS = phrases(
    """original message | original mail | original e | original header | the original message
    the original mail | the header | header of | headers of | headers follow
    returned message | returned mail | unsent message | undelivered message
    non-delivered message | failed message | message header | message text | message body
    message follow | mail follow | message content | below this line | below the next line
    below is | here is a copy | this is a copy | included is a copy | attached is a copy
    enclosed is a copy | a copy of | copy of | a summary of | attachment is a copy
    the attachment is a copy | start of returned | beginning of returned
    beginning of original | the first part of | the first | your message reads
    your message follows | the message follows | old message | source message
    forwarded message | begin forwarded message | the following is a copy
    the following is the original | content of | es folgt | hier folgt | kopie der
    originalnachricht | ursprungliche nachricht | die ursprungliche nachricht
    weitergeleitete nachricht | message d'origine | message original | copie du message
    le message original | mensaje original | copia del mensaje | messaggio originale
    copia del messaggio | mensagem original | copia da mensagem | oorspronkelijk bericht
    ursprungligt meddelande | oprindelig meddelelse | opprinnelig melding
    oryginalna wiadomosc | kopia wiadomosci | puvodni zprava | исходное сообщение
    ниже этой линии | копия письма | 原始邮件 | 原邮件 | 原始郵件 | 附件中的内容 | 附件是
    以下为原 | 元のメール | 以下は元 | 원본 메일"""
)
_ENDED = phrases("follow | below | attached | adjunto | folgt | suivant | lines | ниже | 以下")
_NO_MARK = phrases(
    " was received | was not deliver | could not | was created | was sent | was rejected"
)
_RAW_HEADER = re.compile(
    r"^>?[ \t]{0,2}(?:Received: (?:from|by|\()|Return-Path: ?<|DKIM-Signature: |MIME-Version: 1"
    r"|Delivered-To: |X-Original-To: )",
    re.M | re.I,
)
_DRAWN = re.compile(r"[-=*_|#]{2}")
_RULES = "-=*_|#>~ \t\r\xa0"
_LONGEST = 150


def before(text: str) -> str:
    """The part of *text*, a delivery report, before the message that it returns."""
    raw = _RAW_HEADER.search(text)
    end = raw.start() if raw and text[: raw.start()].strip() else len(text)
    position = 0
    said = False
    for line in text[:end].split("\n"):
        core = line.strip(_RULES)
        if said and core and _is_mark(line, core):
            return text[:position]
        said = said or bool(core)
        position += len(line) + 1
    return text[:end]


def _is_mark(line: str, core: str) -> bool:
    """Whether *line* announces the returned message: drawn as a rule, or ended as a heading."""
    if len(line) > _LONGEST or not fold(core[:40]).startswith(_MARKS):
        return False
    folded = fold(core)
    if holds(folded, _NO_MARK):
        return False
    return bool(_DRAWN.search(line)) or core.endswith(":") or holds(folded, _ENDED)
