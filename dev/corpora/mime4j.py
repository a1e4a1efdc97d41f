# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The MIME tree of each mail, its header fields, and the octets of each decoded leaf."""

from __future__ import annotations

import email
import email.message
import email.policy
import xml.etree.ElementTree
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .case import NO_ANSWER, Case

FOLDER = "mime4j"

# A tree as a nested tuple: ("leaf",), ("multipart", child ...) or ("message", its body).
Tree = tuple[Any, ...]

_READ_AS_TEXT = (
    "a multipart without a single part is shown as the text that it holds; its words are all that "
    "the sender's program has left"
)
_BODY_KEPT = (
    "where the blank line after the header is missing, the lines are kept as the letter: losing an "
    "author's words is worse than showing a line that was a field"
)
_BITS_KEPT = (
    "the base64 ends without padding: the last three characters carry two octets, which are kept"
)
DEVIATIONS = {
    "mimetools-testmsgs/badbound.msg: structure": _READ_AS_TEXT,
    "testmsgs/missing-boundary.msg: structure": _READ_AS_TEXT,
    "testmsgs/missing-inner-boundary.msg: structure": _READ_AS_TEXT,
    "testmsgs/missing-inner-start-boundary.msg: structure": _READ_AS_TEXT,
    "testmsgs/multipartnopart.msg: structure": _READ_AS_TEXT,
    "testmsgs/malformedHeader-nocrlfcrlf.msg: header fields": _BODY_KEPT,
    "testmsgs/malformedHeader-nocrlfcrlf.msg[0]: decoded body": _BODY_KEPT,
    "testmsgs/malformedHeader-noheader.msg[0]: decoded body": _BODY_KEPT,
    "testmsgs/malformedHeaderStartsBody-nocrlfcrlf.msg[0]: decoded body": _BODY_KEPT,
    "testmsgs/malformedHeaderStartsBody-noheader.msg[0]: decoded body": _BODY_KEPT,
    "testmsgs/basic-plain-with-bad-header-separator.msg[0]: decoded body": _BODY_KEPT,
    "mimetools-testmsgs/hdr-fakeout.msg[0]: decoded body": _BODY_KEPT,
    "mimetools-testmsgs/frag.msg[4]: decoded body": _BITS_KEPT,
    "mimetools-testmsgs/multi-frag.msg[3]: decoded body": _BITS_KEPT,
    "testmsgs/obsolete.msg: header fields": (
        "the field whose name holds an 8-bit letter is kept as a field, not thrown away"
    ),
}


def cases(folder: Path) -> Iterator[Case]:
    """For every mail with a twin: its structure, the fields of every entity, every leaf."""
    for path in sorted(folder.rglob("*_decoded.xml")):
        source = path.with_name(path.name.removesuffix("_decoded.xml") + ".msg")
        octets = source.read_bytes()
        root = xml.etree.ElementTree.fromstring(path.read_bytes())
        name = str(source.relative_to(folder))
        tree, fields, leaves = _expected(root)
        yield Case(name, "structure", octets, tree)
        yield Case(name, "header fields", octets, fields)
        for number, leaf in enumerate(leaves):
            content = (path.parent / leaf).read_bytes()
            case_name = f"{name}[{number}]"
            yield Case(case_name, "decoded body", octets, content, extra=number)


def judge(case: Case, answer: Any) -> bool:
    """Equality; line ends at the end of a leaf and their kind are no difference of content."""
    if case.field == "decoded body":
        return _lines(case.expected) == _lines(answer)
    return bool(case.expected == answer)


def _lines(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").rstrip(b"\n")


def _expected(message: xml.etree.ElementTree.Element) -> tuple[Tree, list[str], list[str]]:
    fields: list[str] = []
    leaves: list[str] = []

    def entity(element: xml.etree.ElementTree.Element) -> Tree:
        tree: Tree = ("leaf",)
        for child in element:
            if child.tag == "header":
                fields.extend(_field(found.text or "") for found in child)
            elif child.tag in ("text-body", "binary-body"):
                leaves.append(child.get("name") or "")
            elif child.tag == "multipart":
                parts = [part for part in child if part.tag == "body-part"]
                tree = ("multipart", *(entity(part) for part in parts))
            elif child.tag == "message":
                tree = ("message", entity(child))
        return tree

    return entity(message), fields, leaves


def _field(text: str) -> str:
    """The name of a field and its value without regard to blanks, which folding changes."""
    name, _, value = text.strip().partition(":")
    return f"{name.strip().lower()}:{''.join(value.split())}"


def _ours(case: Case) -> Any:
    from helpdesk_mail.message import DEFAULT_LIMITS, structure
    from helpdesk_mail.message.defects import Defects

    fields: list[str] = []
    leaves: list[bytes] = []

    def entity(part: structure.Part) -> Tree:
        fields.extend(_field(f"{name}:{value}") for name, value in part.headers.raw_items())
        if part.is_multipart:
            return ("multipart", *map(entity, part.children))
        content = part.decoded(Defects())
        if part.content_type != "message/rfc822":
            leaves.append(content)
            return ("leaf",)
        return ("message", entity(_read(content)))

    def _read(source: bytes) -> structure.Part:
        return structure.read(source, 0, len(source), DEFAULT_LIMITS, Defects())

    return _answer(case, entity(_read(case.source)), fields, leaves)


def _answer(case: Case, tree: Tree, fields: list[str], leaves: list[bytes]) -> Any:
    if case.field == "structure":
        return tree
    if case.field == "header fields":
        return fields
    return leaves[case.extra] if case.extra < len(leaves) else None


def _standard_library(case: Case, policy: Any) -> Any:
    fields: list[str] = []
    leaves: list[bytes] = []

    def entity(part: Any) -> Tree:
        fields.extend(_field(f"{name}:{value}") for name, value in part.raw_items())
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            return ("multipart", *map(entity, payload))
        if part.get_content_type() == "message/rfc822" and isinstance(payload, list):
            return ("message", entity(payload[0]))
        leaves.append(part.get_payload(decode=True) or b"")
        return ("leaf",)

    tree = entity(email.message_from_bytes(case.source, policy=policy))
    return _answer(case, tree, fields, leaves)


def _mail_parser(case: Case) -> Any:
    """It has no tree; its attachments and texts are answered for by the other corpora."""
    return NO_ANSWER


TOOLS = {
    "helpdesk_mail": _ours,
    "standard library": lambda case: _standard_library(case, email.policy.default),
    "compat32": lambda case: _standard_library(case, email.policy.compat32),
    "mail-parser": _mail_parser,
}
