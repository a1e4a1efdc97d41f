# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What TNEF says beside its letter: an appointment in words, an enclosed message as a mail."""

from __future__ import annotations

import base64
import re

from .tnef import Message

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MEETING = re.compile(r"schedule|appointment", re.I)
_TITLES = (
    ("cancel", "Cancelled"),
    ("resp.pos", "Accepted"),
    ("resp.neg", "Declined"),
    ("resp.tent", "Accepted tentatively"),
    ("respp", "Accepted"),
    ("respn", "Declined"),
    ("respa", "Accepted tentatively"),
)
_MOST_FILES = 100


def appointment(message: Message) -> str:
    """The meeting that *message* is about (MS-OXOCAL), or "" if it is about none."""
    if not _MEETING.search(message.message_class) or message.start is None:
        return ""
    kind = message.message_class.lower()
    title = next((said for mark, said in _TITLES if mark in kind), "Invitation")
    start, end = message.start, message.end
    when = f"{_DAYS[start.weekday()]}, {start:%Y-%m-%d %H:%M}"
    if end is not None and end > start:
        same = start.date() == end.date()
        when += f" \u2013 {end:%H:%M}" if same else f" \u2013 {end:%Y-%m-%d %H:%M}"
    lines = [f"{title}: {message.subject or '(no title)'}", f"When: {when} (UTC)"]
    if message.location:
        lines.append(f"Where: {message.location}")
    return "\n".join(lines)


def as_mail(message: Message) -> bytes:
    """An enclosed *message* as RFC 5322 octets, so that it can be kept and opened as a mail."""
    head = [f"Subject: {_word(message.subject)}"]
    if message.sender:
        head.append(f"From: {_word(message.sender)}")
    head += ["MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="=_tnef_"', "", ""]
    parts = []
    if message.text or not message.html:
        parts.append(_part("text/plain; charset=utf-8", message.text.encode()))
    if message.html:
        parts.append(_part("text/html; charset=utf-8", message.html.encode()))
    for file in message.files[:_MOST_FILES]:
        if file.message is not None:
            parts.append(_part("message/rfc822", as_mail(file.message), encoded=False))
        else:
            kind = f'application/octet-stream; name="{_word(file.name)}"'
            parts.append(_part(kind, file.content))
    return "\r\n".join(head).encode() + b"".join(parts) + b"--=_tnef_--\r\n"


def _part(kind: str, content: bytes, *, encoded: bool = True) -> bytes:
    head = f"--=_tnef_\r\nContent-Type: {kind}\r\n"
    if not encoded:
        return head.encode() + b"\r\n" + content + b"\r\n"
    head += "Content-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + base64.encodebytes(content).replace(b"\n", b"\r\n")


def _word(text: str) -> str:
    """*text* as it may stand in a header field: plain, or one encoded word."""
    text = " ".join(text.split())[:300]
    if text.isascii() and '"' not in text and "\\" not in text:
        return text
    return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="
