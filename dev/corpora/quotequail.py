# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Forwards and replies as HTML: who wrote the inner message, when, about what, and the new text.

The corpus has results for four pages; what is asked of the others was found by reading them.
Dates are asked for as they stand on the clock, since the texts name no zone. quotequail answers
with the words of the date; they are read as a person would.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import reply_tools
from .case import NO_ANSWER, Case

FOLDER = "quotequail"
_FIELDS = ("forward: from", "forward: to", "forward: date", "forward: subject", "forward: text")
_FOO, _JOHN = "Foo Bar <foo@bar.example>", "John Doe <john@doe.example>"
# file: (from, to, date, subject, some words of the inner text)
_FORWARDS = {
    "apple_forward.html": (_FOO, _JOHN, "2016-03-24 20:16", "The Subject", "Text of the orig"),
    "gmail_forward.html": (_FOO, _JOHN, "2016-03-24 17:17", "The Subject", "Some text"),
    "mailru_forward.html": (
        "Иван Иванов <ivanivanov@example.com>",
        "Петр Петров <petrpetrov@example.com>",
        "2017-06-14 15:19",
        "Тестовая тема",
        "Это тест!",
    ),
    "outlook_forward.html": (
        "John Doe",
        _FOO.replace("bar.example", "bar.example"),
        "2014-07-09 10:27",
        "The subject!",
        "How are you",
    ),
    "thunderbird_forward.html": (
        "John Doe <johndoe@example.com>",
        "Foo Bar <foobar@example.com>",
        "2016-05-03 14:54",
        "Re: Example subject",
        "This is a test.",
    ),
}
_REPLIES = {
    "apple_reply.html": "Foo Bar",
    "gmail_reply.html": "foo bar",
    "ios_mail_reply_unescaped_address.html": "Sounds good, I'll be there at 2.",
    "yahoo_reply_unescaped_address.html": (
        "Thanks Jane, that looks great. One question on item 2 - can we ship it before Friday? Dan"
    ),
}
_DEVICE = "Sent from my iPhone"


def cases(folder: Path) -> Iterator[Case]:
    """Five questions for each forward, one for each reply."""
    for name, answers in _FORWARDS.items():
        text = reply_tools.read(folder / name)
        source = reply_tools.as_mail(text, subtype="html")
        source = source.replace(b"Subject: Re: A question", b"Subject: Fwd: A question", 1)
        for field, expected in zip(_FIELDS, answers, strict=True):
            yield Case(name, field, source, expected, extra=text)
    for name, expected in _REPLIES.items():
        text = reply_tools.read(folder / name)
        source = reply_tools.as_mail(text, subtype="html")
        yield Case(name, reply_tools.NEW_TEXT, source, expected, extra=text)


def judge(case: Case, answer: Any) -> bool:
    """Words for words; the inner text has the words that are asked for and no label above."""
    said = " ".join(str(answer).split())
    if case.field == "forward: text":
        return case.expected in said and "@" not in said
    if case.field == reply_tools.NEW_TEXT:
        return said.removesuffix(_DEVICE).strip() == case.expected
    return said == case.expected


def _ours(case: Case) -> Any:
    from helpdesk_mail.message import parse

    parsed = parse(case.source)
    if case.field == reply_tools.NEW_TEXT:
        return parsed.reply_text
    forwarded = parsed.forwarded
    if forwarded is None:
        return None
    if case.field == "forward: date":
        return forwarded.date.strftime("%Y-%m-%d %H:%M") if forwarded.date else None
    if case.field == "forward: from":
        return _address(forwarded.sender)
    if case.field == "forward: to":
        return ", ".join(map(_address, forwarded.to))
    return forwarded.subject if case.field == "forward: subject" else forwarded.text


def _address(address: Any) -> str:
    if address is None or not address.email:
        return address.name if address else ""
    return f"{address.name} <{address.email}>"


def _quotequail(case: Case) -> Any:
    import quotequail

    if case.field == reply_tools.NEW_TEXT:
        parts = quotequail.quote_html(case.extra, quote_intro_line=True)
        return "\n".join(_shown(text) for shown, text in parts if shown)
    found = quotequail.unwrap_html(case.extra) or {}
    if case.field == "forward: text":
        return _shown(found.get("html", ""))
    value = " ".join(str(found.get(case.field.removeprefix("forward: "), "")).split())
    if case.field == "forward: date":
        return _clock(value) or value
    return re.sub(r" \((\S+@\S+)\)$", r" <\1>", value)


def _clock(value: str) -> str | None:
    """A date that quotequail found, as it stands on the clock; any language is allowed."""
    from helpdesk_mail.message import local_dates

    found: datetime.datetime | None = local_dates.parse(value)
    return found.strftime("%Y-%m-%d %H:%M") if found else None


def _talon(case: Case) -> Any:
    from talon import quotations

    if case.field != reply_tools.NEW_TEXT:
        return NO_ANSWER
    return _shown(quotations.extract_from_html(case.extra))


def _shown(source: str) -> str:
    from helpdesk_mail.message.plain_text import from_html

    return from_html(source)


TOOLS = {"helpdesk_mail": _ours, "quotequail": _quotequail, "talon": _talon}
