# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Subject, addresses, text, HTML and attachments of mails in many languages."""

from __future__ import annotations

import base64
import email
import email.policy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .case import Case

FOLDER = "php-mime"


def cases(folder: Path) -> Iterator[Case]:
    """One case for each field that a mail's entry answers; the others must be read at all."""
    expected = json.loads((folder / "expected.json").read_text())
    for path in sorted(folder.iterdir()):
        if path.name in ("LICENSE", "expected.json"):
            continue
        source = path.read_bytes()
        yield Case(path.name, "is read", source, True)
        answer = expected.get(path.name)
        if answer is None:
            continue
        yield Case(path.name, "subject", source, " ".join(answer["subject"].split()))
        for field in ("from", "to"):
            people = [(one["display"], one["address"]) for one in answer[field]]
            yield Case(path.name, field, source, people)
        for field in ("text", "html"):
            yield Case(path.name, field, source, answer[field])
        files = answer["attachments"]
        yield Case(path.name, "attachment names", source, [one["filename"] for one in files])
        yield Case(path.name, "attachment sizes", source, [one["size"] for one in files])
        yield Case(path.name, "attachment types", source, [one["content_type"] for one in files])
        wanted = [(one["contains"], one["contains_count"]) for one in files]
        yield Case(path.name, "attachment content", source, wanted)


def judge(case: Case, answer: Any) -> bool:
    """Texts must contain what is asked for, as often; a name equal to the address is no name."""
    if case.field in ("from", "to"):
        return [_person(*one) for one in case.expected] == [_person(*one) for one in answer]
    if case.field in ("text", "html"):
        how, *wanted = case.expected
        if how == "MATCH":
            return bool(" ".join(answer.split()) == " ".join(wanted[0].split()))
        return answer.count(wanted[1]) >= wanted[0]
    if case.field == "attachment names":
        # A part without a name gets one of the program's own making.
        named = [(mine, theirs) for mine, theirs in zip(answer, case.expected, strict=True)]
        return all(mine == theirs or theirs.startswith("noname") for mine, theirs in named)
    if case.field == "attachment content":
        return len(answer) == len(case.expected) and all(
            content.count(text.encode()) == count
            for content, (text, count) in zip(answer, case.expected, strict=True)
            if text
        )
    return bool(case.expected == answer)


def _person(name: str, address: str) -> tuple[str, str]:
    return ("" if name == address else name), address


def _ours(case: Case) -> Any:
    from helpdesk_mail.message import parse

    parsed = parse(case.source)
    files = parsed.attachments
    answers: dict[str, Callable[[], Any]] = {
        "is read": lambda: parsed == parse(case.source),
        "subject": lambda: parsed.subject,
        "from": lambda: [(parsed.from_.name, parsed.from_.email)] if parsed.from_ else [],
        "to": lambda: [(one.name, one.email) for one in parsed.to],
        # the corpus asks for the letter; what the mail encloses is said below it
        "text": lambda: parsed.text.removesuffix(parsed.notes).rstrip("\n"),
        "html": lambda: _html(case, parsed.html),
        "attachment names": lambda: [one.filename for one in files],
        "attachment sizes": lambda: [one.size for one in files],
        "attachment types": lambda: [one.content_type for one in files],
        "attachment content": lambda: [one.content for one in files],
    }
    return answers[case.field]()


def _html(case: Case, sanitized: str) -> Any:
    """Ours is sanitised, so the markup itself is asked of the part that it was made from."""
    if not sanitized and case.expected[0] == "MATCH":
        return sanitized
    from helpdesk_mail.message import DEFAULT_LIMITS, structure
    from helpdesk_mail.message.defects import Defects

    root = structure.read(case.source, 0, len(case.source), DEFAULT_LIMITS, Defects())
    return "".join(
        part.text(Defects())
        for part in root.leaves()
        if part.content_type == "text/html" and part.disposition != "attachment"
    )


def _standard_library(case: Case) -> Any:
    message = email.message_from_bytes(case.source, policy=email.policy.default)
    if case.field == "is read":
        return bool(list(message.walk()))
    if case.field == "subject":
        return " ".join(str(message["subject"]).split())
    if case.field in ("from", "to"):
        field = message[case.field]
        return [(one.display_name, one.addr_spec) for one in field.addresses] if field else []
    if case.field in ("text", "html"):
        body = message.get_body(("plain" if case.field == "text" else "html",))
        return body.get_content() if body is not None else ""
    files = list(message.iter_attachments())
    if case.field == "attachment names":
        return [one.get_filename() for one in files]
    if case.field == "attachment types":
        return [one.get_content_type() for one in files]
    content = [one.get_payload(decode=True) or b"" for one in files]
    return [len(one) for one in content] if case.field == "attachment sizes" else content


def _mail_parser(case: Case) -> Any:
    import mailparser

    message = mailparser.parse_from_bytes(case.source)
    if case.field == "is read":
        return bool(message.mail_json)
    if case.field == "subject":
        return " ".join(message.subject.split())
    if case.field in ("from", "to"):
        return [tuple(one) for one in (message.from_ if case.field == "from" else message.to)]
    if case.field in ("text", "html"):
        return "\n".join(message.text_plain if case.field == "text" else message.text_html)
    files = message.attachments
    if case.field == "attachment names":
        return [one["filename"] for one in files]
    if case.field == "attachment types":
        return [one["mail_content_type"] for one in files]
    content = [
        base64.b64decode(one["payload"]) if one["binary"] else one["payload"].encode()
        for one in files
    ]
    return [len(one) for one in content] if case.field == "attachment sizes" else content


TOOLS = {
    "helpdesk_mail": _ours,
    "standard library": _standard_library,
    "mail-parser": _mail_parser,
}
