# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A private message that its owner publishes becomes a mail again, and goes the road of tickets.

Of the original mail nothing is kept but what people read; so it is written anew: who wrote, when,
subject, text and files. Those to whom it was copied are not named: they are not to hear of the
ticket.
"""

import dataclasses
import datetime
import email.utils
import re
from email.message import EmailMessage
from email.policy import SMTP

from ..message import html_to_text, show_remote_images

# addresses may hold any letters
_POLICY = SMTP.clone(utf8=True)
# an image of the message, as the web client asks for it
_IMAGE = re.compile(r"""(\bsrc=)(["'])/web/image/(\d+)(?:\?[^"'<>]*)?\2""")
_MIMETYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")


@dataclasses.dataclass(frozen=True, slots=True)
class File:
    """A file of a message: the id of its attachment, name, type, octets."""

    id: int
    name: str
    mimetype: str
    content: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Letter:
    """What a message says. ``date`` is naive UTC; ``files`` is a list of File."""

    sender_name: str
    sender_email: str
    subject: str
    message_id: str
    date: datetime.datetime
    html: str
    files: list


def shown(html):
    """The ids of the attachments that *html* shows as images."""
    return {int(match[3]) for match in _IMAGE.finditer(html)}


def with_urls(html, urls):
    """*html* with other URLs for its images: *urls* is a dict of attachment id -> URL."""

    def replace(match):
        url = urls.get(int(match[3]))
        return f"{match[1]}{match[2]}{url}{match[2]}" if url else match[0]

    return _IMAGE.sub(replace, html)


def rebuild(letter, to):
    """*letter* as a mail to the address *to*: octets (RFC 5322)."""
    mail = EmailMessage(policy=_POLICY)
    name = _line(letter.sender_name).replace('"', "").replace("\\", "")
    address = _line(letter.sender_email).replace(" ", "")
    fields = {
        "From": f'"{name}" <{address}>' if name and address else address,
        "To": to,
        "Subject": _line(letter.subject),
        "Message-ID": f"<{_line(letter.message_id)}>" if letter.message_id else "",
        "Date": email.utils.format_datetime(letter.date.replace(tzinfo=datetime.UTC)),
    }
    for field, value in fields.items():
        if value:
            mail[field] = value
    images = shown(letter.html)
    cids = {file.id: f"file{file.id}@published" for file in letter.files if file.id in images}
    # the road hides images of the internet again
    html = show_remote_images(letter.html)
    mail.set_content(html_to_text(html))
    mail.add_alternative(
        with_urls(html, {id_: f"cid:{cid}" for id_, cid in cids.items()}), subtype="html"
    )
    body = mail.get_payload()[1]
    for file in letter.files:
        kind = file.mimetype.lower()
        if not _MIMETYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
            kind = "application/octet-stream"
        main, _slash, sub = kind.partition("/")
        if file.id in cids:
            body.add_related(
                file.content, main, sub, cid=f"<{cids[file.id]}>", filename=_line(file.name)
            )
        else:
            mail.add_attachment(file.content, main, sub, filename=_line(file.name))
    # nothing is folded: a Message-ID must not be
    return mail.as_bytes(policy=_POLICY.clone(max_line_length=None))


def _line(text):
    return " ".join(text.split())
