# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The new text of replies and the signatures below them: talon's mails and pages.

Its expectations for quotations leave the signature in the text; so what we call new text and what
we call signature are taken together there. Signatures have twins without them. White space does
not count.
"""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Iterator
from pathlib import Path

from . import reply_tools
from .case import Case

FOLDER = "talon"
_HTML = "new text, HTML"
_SIGNATURE = "signature"
_STRIPPED = Path("signature", "emails", "stripped")

DEVIATIONS = {
    f"short_url: {_SIGNATURE}": (
        "'Thank you' is a word to the reader; the corpus itself keeps 'Thanks, Alex' elsewhere"
    ),
    f"jeff: {_SIGNATURE}": "a name alone may be what the author wants to say",
}


def cases(folder: Path) -> Iterator[Case]:
    """Mails with a plain text, pages of HTML, and letters with a signature."""
    wanted = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    for name, expected in sorted(wanted.items()):
        path = folder / name
        if path.suffix == ".eml":
            yield Case(name, reply_tools.NEW_TEXT, path.read_bytes(), expected, path)
        else:
            yield _page(folder, name, expected)
    yield _page(folder, "OLK_SRC_BODY_SECTION.html", "Reply")
    yield _page(folder, "reply-separated-by-hr.html", "Hi there Bob")
    for path in sorted((folder / _STRIPPED).glob("*_body")):
        stem = path.name.removesuffix("_body")
        text = reply_tools.read(path).replace("#sig#", "")
        signature = reply_tools.read(path.with_name(f"{stem}_signature")).replace("#sig#", "")
        sender = reply_tools.read(path.with_name(f"{stem}_sender")).strip()
        source = reply_tools.as_mail(text, _address(sender))
        yield Case(stem, _SIGNATURE, source, signature, extra=(text, sender))


def _page(folder: Path, name: str, expected: str) -> Case:
    text = reply_tools.read(folder / name)
    source = reply_tools.as_mail(text, subtype="html")
    return Case(name, _HTML, source, expected, extra=text)


def _address(sender: str) -> str:
    if "@" in sender:
        return sender
    return f'"{sender}" <author@example.com>' if sender else "author@example.com"


def judge(case: Case, answer: tuple[str, str]) -> bool:
    """*answer*: (new text, signature)."""
    new, signature = (" ".join(part.split()) for part in answer)
    expected = " ".join(case.expected.split())
    if case.field == _SIGNATURE:
        return signature == expected and not new.endswith(expected or "\0")
    return expected in (new, f"{new} {signature}", f"{new} -- {signature}")


def _ours(case: Case) -> tuple[str, str]:
    from helpdesk_mail.message import parse

    parsed = parse(case.source)
    return parsed.reply_text, parsed.signature


def _talon(case: Case) -> tuple[str, str]:
    from talon import quotations

    if case.field == _SIGNATURE:
        new, signature = reply_tools._bruteforce().extract_signature(case.extra[0])
        return new, signature or ""
    if case.field == _HTML:
        return _shown(quotations.extract_from_html(case.extra)), ""
    return quotations.extract_from_plain(_plain(case.source)), ""


def _mail_parser_reply(case: Case) -> tuple[str, str]:
    from mailparser_reply import EmailReplyParser
    from mailparser_reply.constants import MAIL_LANGUAGES

    reply = EmailReplyParser(languages=list(MAIL_LANGUAGES)).read(_text(case)).replies[0]
    return reply.body, reply.signatures or ""


def _email_reply_parser(case: Case) -> tuple[str, str]:
    from email_reply_parser import EmailReplyParser

    mail = EmailReplyParser.read(_text(case))
    signatures = [fragment.content for fragment in mail.fragments if fragment.signature]
    return mail.reply, "\n".join(signatures)


def _quotequail(case: Case) -> tuple[str, str]:
    import quotequail

    if case.field == _HTML:
        parts = quotequail.quote_html(case.extra, quote_intro_line=True)
        return "\n".join(_shown(text) for shown, text in parts if shown), ""
    parts = quotequail.quote(_text(case), quote_intro_line=True)
    return "\n".join(text for shown, text in parts if shown), ""


def _text(case: Case) -> str:
    if case.field == _SIGNATURE:
        return str(case.extra[0])
    return _shown(case.extra) if case.field == _HTML else _plain(case.source)


def _plain(source: bytes) -> str:
    """The plain text of a mail, for the libraries that read no mails."""
    message = email.message_from_bytes(source, policy=email.policy.default)
    part = message.get_body(("plain", "html"))
    return part.get_content() if part is not None else ""


def _shown(source: str) -> str:
    """The text of HTML, for the libraries that read and write HTML or plain text."""
    from helpdesk_mail.message.plain_text import from_html

    return from_html(source)


TOOLS = {
    "helpdesk_mail": _ours,
    "talon": _talon,
    "mail-parser-reply": _mail_parser_reply,
    "email_reply_parser": _email_reply_parser,
    "quotequail": _quotequail,
}
