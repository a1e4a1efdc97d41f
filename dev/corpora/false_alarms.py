# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Ordinary mails of the other corpora: none may be taken for a bounce or for a machine's answer.

Texts of the reply corpora, which have no header, are put under that of a person's answer.
"""

from __future__ import annotations

import email
from collections.abc import Iterator
from pathlib import Path

from .case import NO_ANSWER, Case

FOLDER = "."
_MAILS = {
    "cpython-email": "*.txt",
    "mime4j": "*.msg",
    "php-mime": "*",
    "ruby-mail": "*.eml",
    "talon": "*.eml",
    "mailkit-imap/common": "message.*.msg",
    "imaptest": "*.mbox",
}
_TEXTS = {
    "crisp-reply": "*.txt",
    "github-reply": "*.txt",
    "mail-parser-reply": "*.txt",
    "willdurand-reply": "*.txt",
    "zapier-reply": "*.txt",
    "talon/signature": "*_body",
}
_HEADER = (
    b"From: Anna Berg <anna@example.com>\r\nTo: Support <support@example.org>\r\n"
    b"Subject: Re: Your question\r\nDate: Mon, 02 Nov 2026 10:15:00 +0100\r\n"
    b"Message-ID: <answer@example.com>\r\nIn-Reply-To: <question@example.org>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\n"
)
# Mails that are reports or machines' answers indeed, as one sees when one opens them.
_NOT_ORDINARY = {
    "cpython-email/msg_05.txt": "a delivery report, shortened",
    "cpython-email/msg_16.txt": "a delivery report",
    "cpython-email/msg_25.txt": "a delivery report",
    "cpython-email/msg_42.txt": "the rest of a mail server's report",
    "cpython-email/msg_43.txt": "a delivery report of a virus scanner",
    "mailkit-imap/common/message.20.msg": "a delivery report of sendmail",
    "mailkit-imap/common/message.21.msg": "an echo service's answer, with an empty return path",
    "mime4j/mimetools-testmsgs/badbound.msg": "a delivery report",
    "php-mime/failure.eml": "a delivery report",
    "php-mime/issue212": "an automatic reply by its subject",
    "ruby-mail/mime_emails/raw_email_with_mimepart_without_content_type.eml": "a delay report",
    "ruby-mail/multipart_report_emails/multi_address_bounce1.eml": "a delivery report",
    "ruby-mail/multipart_report_emails/multi_address_bounce2.eml": "a delivery report",
    "ruby-mail/multipart_report_emails/multipart_report_multiple_status.eml": "a delivery report",
    "ruby-mail/multipart_report_emails/report_422.eml": "a delay report",
    "ruby-mail/multipart_report_emails/report_530.eml": "a delivery report",
}


def cases(folder: Path) -> Iterator[Case]:
    """Every ordinary mail, asked for both mistakes."""
    for field in ("is no bounce", "is a message"):
        for name, source in _sources(folder):
            yield Case(name, field, source, True)


def _sources(folder: Path) -> Iterator[tuple[str, bytes]]:
    for below, pattern in _MAILS.items():
        for path in sorted((folder / below).rglob(pattern)):
            name = path.relative_to(folder).as_posix()
            if (
                path.is_file()
                and path.suffix != ".json"
                and path.name != "LICENSE"
                and name not in _NOT_ORDINARY
            ):
                yield name, path.read_bytes()
    for below, pattern in _TEXTS.items():
        for path in sorted((folder / below).rglob(pattern)):
            yield path.relative_to(folder).as_posix(), _HEADER + path.read_bytes()


def _ours(case: Case) -> bool:
    from helpdesk_mail.message import Kind, parse

    parsed = parse(case.source)
    if case.field == "is no bounce":
        return parsed.bounce is None and parsed.kind not in (Kind.BOUNCE, Kind.DELAY)
    return parsed.kind is Kind.MESSAGE


def _flufl_bounce(case: Case) -> object:
    from flufl.bounce import all_failures

    if case.field != "is no bounce":
        return NO_ANSWER
    return not any(all_failures(email.message_from_bytes(case.source)))


TOOLS = {"helpdesk_mail": _ours, "flufl.bounce": _flufl_bounce}
