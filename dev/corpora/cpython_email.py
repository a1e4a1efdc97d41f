# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The mails of CPython's own tests: each must be read without an exception, twice alike, at once.

The files have no answers beside them. What a mail of such a kind has to say is asked of all
tools in the same way: no exception, the same answer again, and less than a second.
"""

from __future__ import annotations

import email
import email.policy
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .case import Case

FOLDER = "cpython-email"
_SLOW = 1.0


def cases(folder: Path) -> Iterator[Case]:
    """Every mail of the corpus."""
    for path in sorted(folder.glob("msg_*.txt")):
        yield Case(path.name, "is read", path.read_bytes(), True)


def _twice(read: Callable[[bytes], Any], source: bytes) -> bool:
    started = time.monotonic()
    first = read(source)
    return bool(first == read(source)) and time.monotonic() - started < 2 * _SLOW


def _ours(source: bytes) -> Any:
    from helpdesk_mail.message import parse, to_dict

    return to_dict(parse(source), "")


def _standard_library(source: bytes) -> Any:
    message = email.message_from_bytes(source, policy=email.policy.default)
    found = []
    for part in message.walk():
        found.append([(name, str(value)) for name, value in part.items()])
        if not part.is_multipart() and part.get_content_maintype() == "text":
            found.append(part.get_content())
    return found


def _mail_parser(source: bytes) -> Any:
    import mailparser

    return mailparser.parse_from_bytes(source).mail_json


TOOLS = {
    "helpdesk_mail": lambda case: _twice(_ours, case.source),
    "standard library": lambda case: _twice(_standard_library, case.source),
    "mail-parser": lambda case: _twice(_mail_parser, case.source),
}
