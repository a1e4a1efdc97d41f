# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The new text of replies in many languages: the mails of mail-parser-reply.

Its expectations are parts: what the latest reply is, has and has not, and what its signature
has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from . import reply_tools
from .case import Case

FOLDER = "mail-parser-reply"

# The author's "-Name" is a signature here and the author's own word in the corpus "crisp_reply",
# in the very same mails: it is asked of nobody.
_CONTRADICTED = "-Abhishek Kona"
_OWN_WORD = "the author's own text starts with 'Hej'"
DEVIATIONS = {
    f"email_danish_3.txt: {reply_tools.HISTORY_REMOVED}": _OWN_WORD,
    f"email_danish_4.txt: {reply_tools.HISTORY_REMOVED}": _OWN_WORD,
}


def cases(folder: Path) -> Iterator[Case]:
    """What the corpus says of the first reply of each mail."""
    wanted = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    for name, expected in sorted(wanted.items()):
        text = reply_tools.read(folder / name)
        source = reply_tools.as_mail(text)
        for key, field in (
            ("first_equals", reply_tools.NEW_TEXT),
            ("first_contains", reply_tools.NO_WORD_LOST),
            ("first_not_contains", reply_tools.HISTORY_REMOVED),
            ("signature_contains", reply_tools.SIGNATURE_FOUND),
        ):
            parts = expected.get(key, ())
            if not isinstance(parts, str):
                parts = [part for part in parts if part != _CONTRADICTED]
            if parts:
                yield Case(name, field, source, parts, extra=text)


def judge(case: Case, answer: str | tuple[str, str]) -> bool:
    """A signature is found if its words stand in it, and not in the new text."""
    if not isinstance(answer, tuple):
        return reply_tools.judge(case, answer)
    new, signature = map(reply_tools.words, answer)
    if case.field != reply_tools.SIGNATURE_FOUND:
        return reply_tools.judge(case, new)
    parts = [reply_tools.words(part) for part in case.expected]
    return all(part in signature and part not in new for part in parts)


def _ours(case: Case) -> tuple[str, str]:
    from helpdesk_mail.message import parse

    parsed = parse(case.source)
    return parsed.reply_text, parsed.signature


def _talon(case: Case) -> tuple[str, str]:
    from talon import quotations

    text = quotations.extract_from_plain(case.extra)
    new, signature = reply_tools._bruteforce().extract_signature(text)
    return new, signature or ""


def _mail_parser_reply(case: Case) -> tuple[str, str]:
    from mailparser_reply import EmailReplyParser
    from mailparser_reply.constants import MAIL_LANGUAGES

    reply = EmailReplyParser(languages=list(MAIL_LANGUAGES)).read(case.extra).replies[0]
    return reply.body, reply.signatures or ""


def _email_reply_parser(case: Case) -> tuple[str, str]:
    from email_reply_parser import EmailReplyParser

    mail = EmailReplyParser.read(case.extra)
    signatures = [fragment.content for fragment in mail.fragments if fragment.signature]
    return mail.reply, "\n".join(signatures)


def _quotequail(case: Case) -> tuple[str, str]:
    return reply_tools.quotequail(case), ""


TOOLS = {
    "helpdesk_mail": _ours,
    "talon": _talon,
    "mail-parser-reply": _mail_parser_reply,
    "email_reply_parser": _email_reply_parser,
    "quotequail": _quotequail,
}
