# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What became of each mail, in one line of the terminal, and of all of them in one sentence."""

from __future__ import annotations

import email.utils
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

# outcome -> (word in a line, one of them, several)
WORDS = {
    "created": ("new ticket", "ticket", "tickets"),
    "appended": ("reply", "reply", "replies"),
    "ignored": ("refused", "refused", "refused"),
    "bounce": ("report", "delivery report", "delivery reports"),
    "duplicate": ("duplicate", "duplicate", "duplicates"),
    "quarantined": ("quarantine", "in quarantine", "in quarantine"),
    "private": ("private", "private", "private"),
}
SUBJECT = 34  # columns
WHO = 30
# "New ticket: the mail names no ticket of ours." says nothing where a second sentence follows.
_OBVIOUS = re.compile(
    r"^(New ticket: the mail names no ticket of ours\. (?=.)|New ticket: |Refused: "
    r"|Belongs to ticket \S+: |Duplicate: |Delivery report: )"
)


def summary(mails: Iterable[Mapping[str, Any]]) -> str:
    """ "9 mails: 6 tickets, 2 replies, 1 refused"."""
    counts = Counter(mail["outcome"] for mail in mails)
    total = sum(counts.values())
    parts = [
        f"{counts[outcome]} {one if counts[outcome] == 1 else several}"
        for outcome, (_, one, several) in WORDS.items()
        if counts[outcome]
    ]
    return f"{total} mail{'' if total == 1 else 's'}" + (f": {', '.join(parts)}" if parts else "")


def line(mail: Mapping[str, Any], width: int) -> str:
    """'new ticket  HT00007  Subject — who  because', in ``width`` columns.

    Where there is not room enough for both, who wrote makes way for why.
    """
    word = WORDS.get(mail["outcome"], (mail["outcome"],))[0]
    head = f"{word:<10}  {mail['number'] or '':<7}  "
    subject = mail["subject"] or "(no subject)"
    room = width - columns(head)
    if room >= SUBJECT + WHO + 45:
        about = pad(f"{clip(subject, SUBJECT)} — {clip(who(mail), WHO)}", SUBJECT + WHO + 3)
    else:
        about = pad(clip(subject, max(10, room // 2)), max(10, room // 2))
    return head + clip(f"{about}  {why(mail)}".rstrip(), room)


def why(mail: Mapping[str, Any]) -> str:
    """The explanation, without the words that stand at the beginning of the line already."""
    text = " ".join((mail["explanation"] or "").split())
    text = _OBVIOUS.sub("", text) or text
    return text[:1].lower() + text[1:]


def who(mail: Mapping[str, Any]) -> str:
    """The customer or lead that the mail's ticket is linked to, or who wrote."""
    if mail["partner"]:
        return str(mail["partner"])
    name, address = email.utils.parseaddr(mail["email_from"] or "")
    sender = name or address or str(mail["email_from"] or "?")
    return f"{sender} (lead)" if mail["lead"] else sender


def columns(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def clip(text: str, width: int) -> str:
    """The text in at most ``width`` columns, without what would steer the terminal."""
    text = "".join(c if c.isprintable() else " " for c in text)
    if columns(text) <= width:
        return text
    while text and columns(text) >= width:
        text = text[:-1]
    return text.rstrip() + "…"


def pad(text: str, width: int) -> str:
    """The text, with blanks up to ``width`` columns."""
    return text + " " * max(0, width - columns(text))
