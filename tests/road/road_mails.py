# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Small mails as customers write them."""

import dataclasses
import itertools

_TAGS = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class Mail:
    """A mail with what is expected of it: a ticket of its own, or a place in that of "
    "``answers``."""

    message_id: str
    source: bytes
    answers: str = ""


def mail(message_id, *, subject="Printer", body="It does not print.", answers="", extra=()):
    """One plain mail."""
    lines = [
        f"Message-ID: <{message_id}>",
        f"From: Ann Other <ann.{message_id}>",
        "To: desk@example.com",
        f"Subject: {subject}",
        "Date: Mon, 16 Nov 2026 10:00:00 +0000",
        "MIME-Version: 1.0",
        *([f"In-Reply-To: <{answers}>", f"References: <{answers}>"] if answers else []),
        *extra,
    ]
    if not any(line.lower().startswith("content-type") for line in extra):
        lines.append("Content-Type: text/plain; charset=utf-8")
    source = "\r\n".join([*lines, "", *body.split("\n"), ""]).encode()
    return Mail(message_id, source, answers)


def conversation(count=7):
    """``count`` mails: plain and HTML ones, one with an attachment, replies near and far."""
    tag = next(_TAGS)
    ids = [f"m{number}.{tag}@customer.example" for number in range(count)]
    mails = []
    for number, message_id in enumerate(ids):
        subject = f"Case {tag}/{number}"
        if number % 7 == 2:  # in the same batch as what it answers
            mails.append(mail(message_id, subject=f"Re: {subject}", answers=ids[number - 2]))
        elif number % 7 == 5:  # in a later batch
            mails.append(mail(message_id, subject=f"Re: {subject}", answers=ids[number - 4]))
        elif number % 7 == 1:
            html = ("Content-Type: text/html; charset=utf-8",)
            body = "<p>It <b>does not</b> print.</p>"
            mails.append(mail(message_id, subject=subject, body=body, extra=html))
        elif number % 7 == 4:
            mails.append(_with_attachment(message_id, subject))
        else:
            mails.append(mail(message_id, subject=subject, body=f"Question {number}."))
    return mails


def _with_attachment(message_id, subject):
    body = (
        "--cut\nContent-Type: text/plain\n\nSee the file.\n"
        '--cut\nContent-Type: application/pdf; name="a.pdf"\nContent-Transfer-Encoding: base64\n'
        'Content-Disposition: attachment; filename="a.pdf"\n\nJVBERi0xLjQ=\n--cut--'
    )
    kind = ('Content-Type: multipart/mixed; boundary="cut"',)
    return mail(message_id, subject=subject, body=body, extra=kind)
