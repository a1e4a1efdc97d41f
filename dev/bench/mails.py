# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The mailboxes of the benchmark: made from code and a seed, the same bytes every time.

No automatic mail and no list mail: stock Odoo and helpdesk_mail treat these differently on purpose.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import random
import struct
import zlib
from collections.abc import Iterator
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr

from . import text

SUPPORT = ("Support", "support@desk.example.com")
_BEGIN = datetime.datetime(2025, 1, 6, 8, tzinfo=datetime.UTC)
_PEOPLE = 300
_KNOWN = 100  # of them are contacts in Odoo
# Stock Odoo takes a sender with 20 new conversations within two hours for a loop.
_CONVERSATIONS = 15
_HISTORY = 12_000  # characters of quoted markup
_REPLIES, _HTML, _FILES, _IMAGES, _COPIES = 0.30, 0.70, 0.20, 0.08, 0.15
_WIRE = compat32.clone(linesep="\r\n")
_NAMES = (
    "Ada Bruno Carla Dmitri Elif Farid Greta Hugo Ines Jörg Kaito Lena Marek Nadia Olivier Priya "
    "Quentin Rosa Sven Tomás Uma Viktor Wendy Xenia Yusuf Zoë"
).split()
_FAMILIES = (
    "Albrecht Brandão Çelik Dubois Eriksen Fischer García Horváth Ito Jansen Kowalski".split()
)


@dataclasses.dataclass(slots=True)
class _Sent:
    """What a later reply needs of a mail."""

    message_id: str
    references: list[str]
    subject: str
    sender: tuple[str, str]
    copies: list[tuple[str, str]]
    language: str
    body: str
    markup: str


def people(seed: int) -> list[tuple[str, str]]:
    """(name, address) of everybody who writes. No address is part of another."""
    rng = random.Random(f"people {seed}")
    found = []
    for number in range(_PEOPLE):
        name = f"{rng.choice(_NAMES)} {rng.choice(_FAMILIES)}"
        company = f"company{number % 90:02d}"
        found.append((name, f"p{number:04d}.{seed}@{company}.example.net"))
    return found


def contacts(seed: int) -> list[dict[str, str]]:
    """The people whom Odoo knows: name, address, and the name of a company or ""."""
    return [
        {"name": name, "email": email, "company": f"Company {n % 25}" if n % 2 else ""}
        for n, (name, email) in enumerate(people(seed)[:_KNOWN])
    ]


def mixed(count: int, seed: int = 1) -> Iterator[bytes]:
    """A mailbox of ``count`` mixed mails, oldest first."""
    rng = random.Random(f"mixed {seed}")
    everybody = people(seed)
    left = dict.fromkeys(everybody, _CONVERSATIONS)
    sent: list[_Sent] = []
    for number in range(count):
        if sent and rng.random() < _REPLIES:
            parent = rng.choice(sent[-300:])
            sender = rng.choice([parent.sender, parent.sender, *parent.copies])
        else:
            parent = None
            free = [person for person in everybody if left[person]] or everybody
            sender = rng.choice(free)
            left[sender] -= 1
        mail, source = _write(rng, number, seed, sender, parent, everybody)
        sent.append(mail)
        yield source


def _write(
    rng: random.Random,
    number: int,
    seed: int,
    sender: tuple[str, str],
    parent: _Sent | None,
    everybody: list[tuple[str, str]],
) -> tuple[_Sent, bytes]:
    language = parent.language if parent else text.language(rng)
    charset = rng.choice(text.LANGUAGES[language][0])
    if language != "en" or charset == "us-ascii":
        sender_charset = "utf-8"
    else:
        sender_charset = charset
    subject = _subject(rng, language, parent)
    copies = rng.sample(everybody, rng.randint(1, 3)) if rng.random() < _COPIES else []
    copies = [person for person in copies if person != sender]
    lines = text.paragraphs(rng, language, 4, 12)
    has_html = rng.random() < _HTML
    body = "\n\n".join([*lines, f"-- \n{sender[0]}\n{sender[1]}"]) + "\n"
    cid = ""
    if has_html and rng.random() < _IMAGES / _HTML:
        cid = f"logo{number}@desk.example.net"
    quoted_text = quoted_html = ""
    if parent:
        quoted_text = "\n" + text.quote_text(parent.sender[0], parent.body)
        quoted_html = text.quote_html(parent.sender[0], parent.markup)
    markup = text.page(lines, language, sender, quoted_html, cid)
    if language == "en" and not parent:
        charset = charset if (body + markup).isascii() else "utf-8"
    full = body + quoted_text
    part: MIMEBase = _text(full, "plain", charset)
    if has_html:
        part = _multipart(rng, "alternative", part, _text(markup, "html", charset))
        if cid:
            part = _multipart(rng, "related", part, _image(rng, cid))
    if rng.random() < _FILES:
        files = [_file(rng, number, n) for n in range(rng.choice((1, 1, 1, 2)))]
        part = _multipart(rng, "mixed", part, *files)
    message_id = f"<{number}.{rng.getrandbits(48):012x}.{seed}@mail.example.net>"
    references = [*parent.references, parent.message_id] if parent else []
    part["From"] = formataddr(sender, sender_charset if sender_charset != "us-ascii" else "utf-8")
    part["To"] = formataddr(SUPPORT)
    if copies:
        part["Cc"] = ", ".join(formataddr(person) for person in copies)
    header = Header(subject, _header_charset(subject, charset), header_name="Subject")
    part["Subject"] = header.encode()
    part["Date"] = format_datetime(_BEGIN + datetime.timedelta(minutes=7 * number))
    part["Message-ID"] = message_id
    if parent:
        part["In-Reply-To"] = parent.message_id
        part["References"] = "\n ".join(references[-10:])
    part["MIME-Version"] = "1.0"
    part["X-Mailer"] = "Example Mail 4.2"
    mail = _Sent(
        message_id, references, subject, sender, copies, language, full[:4000], _inner(markup)
    )
    return mail, part.as_bytes(policy=_WIRE)


def _subject(rng: random.Random, language: str, parent: _Sent | None) -> str:
    if not parent:
        return text.sentence(rng, language, 3, 9)
    if parent.subject.startswith("Re: "):
        return parent.subject
    return f"Re: {parent.subject}"


def _header_charset(subject: str, charset: str) -> str:
    return "us-ascii" if subject.isascii() else charset


def _inner(markup: str) -> str:
    """What stands between <body> and </body>, as far as a reply quotes it."""
    inner = markup.partition("<body")[2].partition(">")[2].rpartition("</body>")[0]
    if len(inner) <= _HISTORY:
        return inner
    return inner[: inner.rfind("</p>", 0, _HISTORY) + 4] + "</div>\n"


def _text(content: str, subtype: str, charset: str) -> MIMEText:
    # iso-8859-1 cannot write what another language quoted
    content = content.encode(charset, "xmlcharrefreplace").decode(charset)
    return MIMEText(content.replace("\n", "\r\n"), subtype, charset)


def _multipart(rng: random.Random, subtype: str, *parts: MIMEBase) -> MIMEMultipart:
    for part in parts:
        del part["MIME-Version"]
    boundary = f"=_{rng.getrandbits(96):024x}"
    multipart = MIMEMultipart(subtype, boundary=boundary, _subparts=list(parts))
    del multipart["MIME-Version"]
    return multipart


def _binary(maintype: str, subtype: str, content: bytes) -> MIMENonMultipart:
    part = MIMENonMultipart(maintype, subtype)
    part["Content-Transfer-Encoding"] = "base64"
    part.set_payload(base64.encodebytes(content).decode("ascii"))
    return part


def _size(rng: random.Random) -> int:
    """5 to 200 kB, the small ones more often."""
    return int(5_000 * 40 ** rng.random())


def _file(rng: random.Random, number: int, index: int) -> MIMEBase:
    kind = rng.choice(("pdf", "pdf", "png", "txt"))
    name = f"file-{number}-{index}.{kind}"
    if kind == "pdf":
        content = b"%PDF-1.4\n" + rng.randbytes(_size(rng)) + b"\n%%EOF\n"
        part = _binary("application", "pdf", content)
    elif kind == "png":
        part = _binary("image", "png", png(rng, _size(rng)))
    else:
        words = text.sentence(rng, "en", _size(rng) // 7, _size(rng) // 6 + 40_000)[:60_000]
        part = _binary("text", "plain", words.encode())
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def _image(rng: random.Random, cid: str) -> MIMEBase:
    part = _binary("image", "png", png(rng, 3_000))
    part.add_header("Content-ID", f"<{cid}>")
    part.add_header("Content-Disposition", "inline", filename="logo.png")
    return part


def png(rng: random.Random, size: int) -> bytes:
    """A valid picture of noise of about ``size`` bytes."""
    width = max(8, int((size / 3) ** 0.5))
    rows = b"".join(b"\0" + rng.randbytes(3 * width) for _ in range(width))
    header = struct.pack(">IIBBBBB", width, width, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def small(count: int, start: int = 0) -> Iterator[bytes]:
    """``count`` plain mails of 2 kB, numbered from ``start``."""
    line = b"The printer in our office shows an error message since Monday, please help.\r\n"
    for number in range(start, start + count):
        header = (
            f"From: Person {number % 500} <s{number % 500:04d}@small.example.net>\r\n"
            f"To: Support <{SUPPORT[1]}>\r\n"
            f"Subject: Small mail {number}\r\n"
            f"Date: {format_datetime(_BEGIN + datetime.timedelta(minutes=number))}\r\n"
            f"Message-ID: <{number}.small@mail.example.net>\r\n"
            "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        )
        yield header.encode() + line * 22


def large(size: int, seed: int = 1) -> bytes:
    """One mail of ``size`` bytes with one attachment."""
    rng = random.Random(f"large {seed}")
    content = _binary("application", "zip", b"PK\3\4" + rng.randbytes(size * 57 // 78 - 1_500))
    content.add_header("Content-Disposition", "attachment", filename="drawings.zip")
    part = _multipart(rng, "mixed", _text("The drawings.\n", "plain", "us-ascii"), content)
    part["From"] = "Large Sender <large@small.example.net>"
    part["To"] = formataddr(SUPPORT)
    part["Subject"] = "Drawings"
    part["Date"] = format_datetime(_BEGIN)
    part["Message-ID"] = f"<large.{seed}@mail.example.net>"
    part["MIME-Version"] = "1.0"
    return part.as_bytes(policy=_WIRE)
