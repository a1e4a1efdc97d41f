# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
r"""Which folder of an account holds what was sent: by its use (\Sent, RFC 6154), else by name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .records import FolderInfo

# the last part of the name, as mail programs call it in the languages they come in
_NAMES = (
    "sent", "sent items", "sent messages", "sent mail", "sent-mail",
    "gesendet", "gesendete elemente", "gesendete objekte", "gesendete nachrichten",
    "envoyés", "éléments envoyés", "messages envoyés", "courrier envoyé",
    "enviados", "elementos enviados", "mensajes enviados", "itens enviados", "enviadas",
    "inviata", "posta inviata", "elementi inviati", "messaggi inviati",
    "verzonden", "verzonden items", "verzonden berichten",
    "skickat", "skickade", "sendt", "sendte elementer", "lähetetyt",
    "wysłane", "elementy wysłane", "odeslané", "odoslané", "elküldött", "trimise", "poslano",
    "отправленные", "надіслані", "gönderilmiş", "已发送", "已傳送", "寄件備份", "送信済み",
    "보낸 편지함",
)  # fmt: skip
_PARTS = re.compile(r"[/.\\]")


def find_sent_folder(folders: Iterable[FolderInfo]) -> str:
    r"""The name of the folder for sent mail, or "" where none is to be recognised.

    A folder that the server marks as \Sent comes first; of several names the best known.
    """
    usable = [folder for folder in folders if folder.selectable]
    for folder in usable:
        if folder.special_use == "sent":
            return folder.name
    ranked = []
    for folder in usable:
        parts = _PARTS.split(folder.name)
        for name in (folder.name, parts[-1]):
            if name.casefold() in _NAMES:
                # "Sent" before "Archive/2019/Sent"
                ranked.append((len(parts), _NAMES.index(name.casefold()), folder.name))
    return min(ranked)[2] if ranked else ""
