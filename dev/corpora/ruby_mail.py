# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Broken and odd mails: each must be read without an exception, and again in the same way."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from pathlib import Path

from .case import Case

FOLDER = "ruby-mail"


def cases(folder: Path) -> Iterator[Case]:
    """Every mail of the corpus."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in (".eml", ""):
            yield Case(str(path.relative_to(folder)), "is read", path.read_bytes(), True)


def _ours(case: Case) -> bool:
    from helpdesk_mail.message import parse, to_dict

    first = to_dict(parse(case.source), case.name)
    return first == to_dict(parse(case.source), case.name)


def _standard_library(case: Case) -> bool:
    message = email.message_from_bytes(case.source, policy=email.policy.default)
    for part in message.walk():
        list(part.items())
        if not part.is_multipart() and part.get_content_maintype() == "text":
            part.get_content()
    return True


def _mail_parser(case: Case) -> bool:
    import mailparser

    message = mailparser.parse_from_bytes(case.source)
    return bool(message.mail_json)


TOOLS = {
    "helpdesk_mail": _ours,
    "standard library": _standard_library,
    "mail-parser": _mail_parser,
}
