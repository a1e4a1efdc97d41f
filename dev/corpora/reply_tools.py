# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the corpora of replies share: a text made a mail, and the libraries that are asked.

The libraries are handed the text itself, as their documentation says; we are handed it as the
body of an answer, and have to find it there first.
"""

from __future__ import annotations

import functools
import importlib
import re
import sys
import types
from pathlib import Path
from typing import Any

from .case import Case

NEW_TEXT = "new text"
NO_WORD_LOST = "no author's word lost"
HISTORY_REMOVED = "history removed"
SIGNATURE_FOUND = "signature found"
_RULES = re.compile(r"(?m)^[ \t]*[-_=]{3,}[ \t]*$")


def as_mail(
    text: str, sender: str = "Author <author@example.com>", subtype: str = "plain"
) -> bytes:
    """*text* as the body of a mail that answers another one."""
    head = (
        f"From: {sender}\nTo: Support <support@example.org>\nSubject: Re: A question\n"
        "Date: Mon, 02 Nov 2026 10:15:00 +0100\nMIME-Version: 1.0\n"
        f"Content-Type: text/{subtype}; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    )
    return (head + text).encode()


def read(path: Path) -> str:
    """The text of a file of a corpus."""
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def words(text: str) -> str:
    """*text* with one blank for any white space, and without lines that are a rule."""
    return " ".join(_RULES.sub("", text.replace("\u200b", "")).split())


def fragment_cases(
    folder: Path, wanted: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
) -> list[Case]:
    """Two questions for each file of *wanted*: {file: (parts of the new text, of the rest)}."""
    cases = []
    for name, (present, absent) in wanted.items():
        text = read(folder / name)
        source = as_mail(text)
        cases.append(Case(name, NO_WORD_LOST, source, present, extra=text))
        if absent:
            cases.append(Case(name, HISTORY_REMOVED, source, absent, extra=text))
    return sorted(cases, key=lambda case: (case.field, case.name))


def judge(case: Case, answer: str) -> bool:
    """Whether the new text *answer* is, has, or has not what the case expects."""
    said = words(answer)
    if case.field == NO_WORD_LOST:
        return all(words(part) in said for part in case.expected)
    if case.field == HISTORY_REMOVED:
        return bool(said) and not any(words(part) in said for part in case.expected)
    return said == words(case.expected)


def ours(case: Case) -> str:
    """Our new text."""
    from helpdesk_mail.message import parse

    return parse(case.source).reply_text


def talon(case: Case) -> str:
    """talon: the quotations first, then the signature, as its README does."""
    from talon import quotations

    text = quotations.extract_from_plain(case.extra)
    return str(_bruteforce().extract_signature(text)[0])


@functools.cache
def _bruteforce() -> Any:
    """The part of talon that finds signatures and needs no numerical packages."""
    import talon

    package = types.ModuleType("talon.signature")
    package.__path__ = [str(Path(talon.__file__).parent / "signature")]
    sys.modules.setdefault("talon.signature", package)
    return importlib.import_module("talon.signature.bruteforce")


def mail_parser_reply(case: Case) -> str:
    """mail-parser-reply, with all of its languages: the body of the latest reply."""
    from mailparser_reply import EmailReplyParser
    from mailparser_reply.constants import MAIL_LANGUAGES

    mail = EmailReplyParser(languages=list(MAIL_LANGUAGES)).read(case.extra)
    return str(mail.replies[0].body) if mail.replies else ""


def email_reply_parser(case: Case) -> str:
    """email_reply_parser: its reply."""
    from email_reply_parser import EmailReplyParser

    return str(EmailReplyParser.parse_reply(case.extra))


def quotequail(case: Case) -> str:
    """quotequail: the parts that it would show, without the line that introduces the rest."""
    import quotequail as library

    parts = library.quote(case.extra, quote_intro_line=True)
    return "\n".join(text for shown, text in parts if shown)


TOOLS = {
    "helpdesk_mail": ours,
    "talon": talon,
    "mail-parser-reply": mail_parser_reply,
    "email_reply_parser": email_reply_parser,
    "quotequail": quotequail,
}
