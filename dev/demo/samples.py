# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The mails in ``mails/``, delivered over IMAP as if they had just been written; those in
``mails/private`` into the agent's own mailbox.

The files are plain mails with fixed dates. At delivery all dates are moved alike, so that the
newest mail is three minutes old and the others keep their distance.
"""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import imaplib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..console import Problem
from .place import (
    HOST,
    INBOX,
    MAILBOX_PASSWORD,
    PERSONAL,
    PERSONAL_PASSWORD,
    SENT_FOLDER,
)

FOLDER = Path(__file__).resolve().parent / "mails"
PRIVATE = FOLDER / "private"
NEWEST = datetime.timedelta(minutes=3)
_DATE = re.compile(rb"^Date: (.+)$", re.MULTILINE)
_MESSAGE_ID = re.compile(rb"^Message-ID: (<.+>)$", re.MULTILINE)


@dataclass(frozen=True)
class Sample:
    """One mail: its source with CRLF, its date and its Message-ID with angle brackets."""

    name: str
    date: datetime.datetime
    message_id: str
    source: bytes = field(repr=False)


def samples(now: datetime.datetime | None = None, folder: Path = FOLDER) -> list[Sample]:
    """All samples, in the order of their names, dated as if they had just come."""
    read = [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.eml"))]
    dates = [_date(source) for _, source in read]
    now = now or datetime.datetime.now(datetime.UTC)
    shift = now.replace(microsecond=0) - NEWEST - max(dates)
    found = []
    for (name, source), old in zip(read, dates, strict=True):
        date = old + shift
        line = f"Date: {email.utils.format_datetime(date)}".encode()
        source = _DATE.sub(line, source, count=1)
        identifier = _MESSAGE_ID.search(source)
        assert identifier, name
        source = source.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        found.append(Sample(name, date, identifier[1].decode(), source))
    return found


def deliver(port: int) -> int:
    """Append the samples that the demo's mailboxes lack, over IMAP; how many the inbox lacked."""
    with _mailbox(port, PERSONAL, PERSONAL_PASSWORD) as imap:
        mails = samples(folder=PRIVATE)
        sent = [mail for mail in mails if "-sent-" in mail.name]
        _append(imap, "INBOX", [mail for mail in mails if mail not in sent])
        _append(imap, SENT_FOLDER, sent)
    with _mailbox(port, INBOX, MAILBOX_PASSWORD) as imap:
        return _append(imap, "INBOX", samples())


def _append(imap: imaplib.IMAP4, folder: str, mails: list[Sample]) -> int:
    imap.select(folder)
    count = 0
    for sample in mails:
        _, found = imap.search(None, "HEADER", "Message-ID", f'"{sample.message_id}"')
        if found and found[0]:
            continue
        status, answer = imap.append(folder, "", "", sample.source)
        if status != "OK":
            raise Problem(f"The mail server refuses {sample.name}: {answer!r}")
        count += 1
    return count


@contextlib.contextmanager
def _mailbox(port: int, user: str, password: str) -> Iterator[imaplib.IMAP4]:
    try:
        with imaplib.IMAP4(HOST, port, timeout=30) as imap:
            imap.login(user, password)
            yield imap
    except (OSError, imaplib.IMAP4.error) as error:
        raise Problem(f"The mailbox of {user} cannot be reached: {error}") from error


def _date(source: bytes) -> datetime.datetime:
    match = _DATE.search(source)
    assert match
    return email.utils.parsedate_to_datetime(match[1].decode())
