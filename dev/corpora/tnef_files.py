# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""TNEF files: the names of what they enclose, and whether the body they carry can be read.

Each file is asked for as the ``winmail.dat`` of a mail. A body counts as read where the letter
has text that the mail itself does not have.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .case import NO_ANSWER, Case

FOLDER = "tnefparse"
_MAIL = (
    b"From: Ann <ann@example.com>\r\nSubject: winmail.dat\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n'
    b"\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
    b"Content-Disposition: attachment; filename=winmail.dat\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n%s\r\n--b--\r\n"
)


def cases(folder: Path) -> Iterator[Case]:
    """The names and the kind of body of every file that is answered for."""
    expected = json.loads((folder / "expected.json").read_text())
    for name, answer in expected.items():
        source = (folder / name).read_bytes()
        yield Case(name, "attachment names", source, answer["attachments"])
        yield Case(name, "has a body", source, answer["body"] is not None)
        yield Case(name, "is read", source, True)


def judge(case: Case, answer: Any) -> bool:
    """Equality; a message inside, which is no file and has no name, may be called anything.eml."""
    if case.field != "attachment names":
        return bool(case.expected == answer)
    return len(case.expected) == len(answer) and all(
        mine == theirs or (mine.endswith(".eml") and "." not in theirs)
        for mine, theirs in zip(answer, case.expected, strict=True)
    )


def _ours(case: Case) -> Any:
    from helpdesk_mail.message import parse

    parsed = parse(_MAIL % base64.encodebytes(case.source))
    if case.field == "has a body":
        return bool(parsed.text)
    if case.field == "is read":
        return all(parsed == parse(_MAIL % base64.encodebytes(case.source)) for _ in range(2))
    return [found.filename for found in parsed.attachments if found.filename != "winmail.dat"]


def _tnefparse(case: Case) -> Any:
    import tnefparse

    found = tnefparse.TNEF(case.source)
    if case.field == "is read":
        return True
    if case.field == "has a body":
        return bool(found.body or found.htmlbody or found.rtfbody)
    return [attachment.long_filename() for attachment in found.attachments]


def _nothing(case: Case) -> Any:
    return NO_ANSWER


TOOLS = {
    "helpdesk_mail": _ours,
    "tnefparse": _tnefparse,
    "standard library": _nothing,
}
