# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Envelopes, address searches, sent dates and threads of Dovecot's IMAP tests.

An IMAP server answers them from the same header fields that we read: the expectations are the
servers' answers that the scripts contain, asked of one mail of the mbox file at a time.
"""

from __future__ import annotations

import datetime
import email
import email.policy
import email.utils
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .case import Case

FOLDER = "imaptest"
_SEPARATOR = re.compile(rb"^From .*\n", re.M)
_TOKEN = re.compile(r'\(|\)|"(?:[^"\\]|\\.)*"|[^\s()]+')
_ENVELOPE = ("date", "subject", "from", "sender", "reply-to", "to", "cc", "bcc", "reply", "id")
_ADDRESSES = ("from", "sender", "reply-to", "to", "cc")


def cases(folder: Path) -> Iterator[Case]:
    """Envelope fields, searches and threads, each as questions to single mails."""
    tests = folder / "tests"
    yield from _envelopes(tests)
    yield from _searches(tests)
    yield from _threads(folder, tests)


def _mails(path: Path) -> list[bytes]:
    return [mail.rstrip(b"\n") + b"\n" for mail in _SEPARATOR.split(path.read_bytes())[1:]]


def _envelopes(tests: Path) -> Iterator[Case]:
    mails = _mails(tests / "fetch-envelope.mbox")
    for line in (tests / "fetch-envelope").read_text().splitlines():
        if not line.startswith("* "):
            continue
        number = int(line.split()[1])
        values = _nested(line.partition("ENVELOPE ")[2])
        for field, value in zip(_ENVELOPE, values, strict=True):
            if field == "bcc":
                continue
            if field in _ADDRESSES:
                expected: Any = [
                    (person[0] or "", f"{person[2]}@{person[3]}")
                    for person in value or []
                    if person[3]
                ]
            else:
                expected = (value or "").strip("<>")
            field_name = "envelope addresses" if field in _ADDRESSES else "envelope " + field
            name = f"fetch-envelope {number} {field}"
            yield Case(name, field_name, mails[number - 1], expected, extra=field)


def _nested(text: str) -> list[Any]:
    stack: list[list[Any]] = [[]]
    for token in _TOKEN.findall(text):
        if token == "(":
            stack.append([])
        elif token == ")":
            closed = stack.pop()
            stack[-1].append(closed)
            if len(stack) == 1:
                break
        else:
            stack[-1].append(None if token == "NIL" else token.strip('"'))
    found: list[Any] = stack[0][0]
    return found


def _searches(tests: Path) -> Iterator[Case]:
    """ "search from x", "search senton d": which mails have it."""
    for script, keys in (("search-addresses", "from|to|cc"), ("search-date", "sent[a-z]+")):
        mails = _mails(tests / f"{script}.mbox")
        lines = (tests / script).read_text().splitlines()
        wanted = re.compile(rf"ok search (?:\d+:[*\d]+ )?({keys}) (\S+)$")
        for line, answer in zip(lines, lines[1:], strict=False):
            match = wanted.match(line.strip())
            if not match or not answer.startswith("* search"):
                continue
            first, last = re.match(r"ok search (?:(\d+):(\d+|\*))?", line).groups()  # type: ignore[union-attr]
            hits = set(map(int, answer.split()[2:]))
            stop = len(mails) if last in (None, "*") else int(last)
            for number in range(int(first or 1), stop + 1):
                name = f"{script} {match[1]} {match[2]} {number}"
                yield Case(name, script, mails[number - 1], number in hits, extra=match.groups())


def _threads(folder: Path, tests: Path) -> Iterator[Case]:
    """A child's last reference is the Message-ID of its parent."""
    for name, thread in json.loads((folder / "threads.json").read_text()).items():
        mails = _mails(tests / thread["mbox"])
        for parent, child in _pairs(thread["thread"]):
            pair = (mails[parent - 1], mails[child - 1])
            yield Case(f"{name} {parent} {child}", "thread parent", pair[1], True, extra=pair)


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    """The pairs (parent, child) of a THREAD answer (RFC 5256, section 4)."""
    stack: list[int] = []
    last = 0
    for token in re.findall(r"\(|\)|\d+", text):
        if token == "(":
            stack.append(last)
        elif token == ")":
            last = stack.pop()
        else:
            if last:
                yield last, int(token)
            last = int(token)


def _answer(case: Case, read: Any) -> Any:
    """The answer of a tool; read(source) gives its fields as a dictionary."""
    if case.field == "thread parent":
        references = read(case.extra[1])["references"]
        return bool(references) and references[-1] == read(case.extra[0])["id"]
    found = read(case.source)
    if case.field == "search-addresses":
        field, word = case.extra
        people = " ".join(f"{name} {address}" for name, address in found[field])
        shown = f"{people} {found['texts'][field]}"
        return word.lower().strip('"') in shown.lower()
    if case.field == "search-date":
        return _search_date(case, found["when"])
    if case.field == "envelope date":
        return found["when"] == email.utils.parsedate_to_datetime(case.expected) and case.expected
    answer = found[case.extra]
    if case.extra in ("sender", "reply-to") and not answer:
        # An IMAP server repeats the author there.
        return found["from"]
    return answer


def _search_date(case: Case, when: datetime.datetime | None) -> bool:
    key, day = case.extra
    wanted = datetime.datetime.strptime(day, "%d-%b-%Y").date()
    if when is None:
        return False
    have = when.date()
    compared = {"sentbefore": have < wanted, "senton": have == wanted}
    return compared.get(key, have >= wanted)


def _ours(source: bytes) -> dict[str, Any]:
    from helpdesk_mail.message import parse

    def people(found: Any) -> list[tuple[str, str]]:
        return [(one.name, one.email) for one in found]

    parsed = parse(source)
    return {
        "when": parsed.date,
        "subject": parsed.subject,
        "from": people([parsed.from_] if parsed.from_ else []),
        "sender": people([parsed.sender] if parsed.sender else []),
        "reply-to": people(parsed.reply_to),
        "to": people(parsed.to),
        "cc": people(parsed.cc),
        "reply": " ".join(parsed.in_reply_to),
        "id": parsed.message_id,
        "texts": {name: parsed.header(name) for name in _ADDRESSES},
        "references": list(parsed.references),
    }


def _standard_library(source: bytes) -> dict[str, Any]:
    message = email.message_from_bytes(source, policy=email.policy.default)

    def people(name: str) -> list[tuple[str, str]]:
        found = message[name]
        return [(one.display_name, one.addr_spec) for one in found.addresses] if found else []

    return {
        "when": message["date"].datetime if message["date"] else None,
        "subject": str(message["subject"] or ""),
        **{name: people(name) for name in ("from", "reply-to", "to", "cc")},
        "sender": people("from") if not message["sender"] else people("sender"),
        "reply": str(message["in-reply-to"] or "").strip("<>"),
        "id": str(message["message-id"] or "").strip("<>"),
        "texts": {name: str(message[name] or "") for name in _ADDRESSES},
        "references": re.findall(r"<([^<>]+)>", str(message["references"] or "")),
    }


def _compat32(source: bytes) -> dict[str, Any]:
    message = email.message_from_bytes(source)

    def people(name: str) -> list[tuple[str, str]]:
        return [one for one in email.utils.getaddresses(message.get_all(name, [])) if one[1]]

    date = message["date"]
    return {
        "when": email.utils.parsedate_to_datetime(date) if date else None,
        "subject": message["subject"] or "",
        **{name: people(name) for name in _ADDRESSES},
        "reply": (message["in-reply-to"] or "").strip("<>"),
        "id": (message["message-id"] or "").strip("<>"),
        "texts": {name: message[name] or "" for name in _ADDRESSES},
        "references": re.findall(r"<([^<>]+)>", message["references"] or ""),
    }


def _mail_parser(source: bytes) -> dict[str, Any]:
    import mailparser

    message = mailparser.parse_from_bytes(source)

    def people(found: Any) -> list[tuple[str, str]]:
        return [(name, address) for name, address in found if address]

    when = message.date
    return {
        "when": when.replace(tzinfo=datetime.UTC) if when else None,
        "subject": message.subject,
        "from": people(message.from_),
        "sender": people(message.sender) if message.sender else [],
        "reply-to": people(message.reply_to),
        "to": people(message.to),
        "cc": people(message.cc),
        "reply": (message.in_reply_to or "").strip("<>"),
        "id": (message.message_id or "").strip("<>"),
        "texts": {name: str(message.headers.get(name.title(), "")) for name in _ADDRESSES},
        "references": re.findall(r"<([^<>]+)>", str(message.references or "")),
    }


TOOLS = {
    "helpdesk_mail": lambda case: _answer(case, _ours),
    "standard library": lambda case: _answer(case, _standard_library),
    "compat32": lambda case: _answer(case, _compat32),
    "mail-parser": lambda case: _answer(case, _mail_parser),
}
