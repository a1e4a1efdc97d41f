# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What holds for any octets at all: no exception, one result, clean strings, safe HTML."""

import json
import os
import pathlib
import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdesk_mail.message import parse, to_dict

DATA = pathlib.Path(__file__).resolve().parents[1] / "data"
MAILS = [path.read_bytes() for path in sorted(DATA.glob("*.eml"))]
SNIPPETS = [
    b"\n--b\n",
    b"\n--b--\n",
    b"Content-Type: multipart/mixed; boundary=b\n",
    b"Content-Type: text/html; charset=",
    b"Content-Type: message/rfc822\n\n",
    b"Content-Transfer-Encoding: base64\n",
    b"Content-Disposition: attachment; filename*0*=utf-8''%",
    b"=?utf-8?B?",
    b"?=",
    b"\n> ",
    b"From: ",
    b"\nOn 1/1/2026 a@example.com wrote:\n",
    b"\x00",
    b"\r",
    b"\n\n",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"utf-7",
    b"idna",
    b"<div style='",
    b"url(",
    b"<script>",
    b"(((",
    b'"',
    b"<",
    b"Date: 32 Foo 99999 99:99 +9999",
]
UNSAFE = re.compile("[\x00\ud800-\udfff]")
DANGEROUS = re.compile(
    r"<(?:script|style|form|input|iframe|object|embed|link|meta|base|svg|math)\b"
    r"|<[^>]*\s(?:on\w+|srcset|action|formaction)\s*=|<[^>]*=\"\s*(?:javascript|vbscript|data):"
    r"|<[a-z][^>]* style=\"[^\"]*(?:url\(|position|expression)",
    re.I,
)
relaxed = settings(
    max_examples=int(os.environ.get("HELPDESK_MAIL_EXAMPLES", "300")),
    deadline=None,
    # The same examples every time; ask for more of them to look for new ones.
    derandomize="HELPDESK_MAIL_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)


@st.composite
def mutated_mails(draw):
    source = bytearray(draw(st.sampled_from(MAILS)))
    for _ in range(draw(st.integers(1, 6))):
        position = draw(st.integers(0, len(source)))
        what = draw(st.sampled_from(["insert", "cut", "snippet", "mix"]))
        if what == "insert":
            source[position:position] = draw(st.binary(max_size=20))
        elif what == "cut":
            del source[position : position + draw(st.integers(1, 200))]
        elif what == "snippet":
            source[position:position] = draw(st.sampled_from(SNIPPETS))
        else:
            other = draw(st.sampled_from(MAILS))
            source[position:] = other[draw(st.integers(0, len(other))) :]
    return bytes(source)


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def check(source):
    found = parse(source)
    assert found == parse(bytes(source))
    plain = to_dict(found, "x.eml")
    json.dumps(plain).encode()
    for text in strings([plain, found.headers, found.recipients]):
        assert not UNSAFE.search(text)
        text.encode()
    if found.forwarded:
        assert not UNSAFE.search(found.forwarded.text + found.forwarded.subject)
    assert not DANGEROUS.search(found.html)
    assert all(sentence.isprintable() for sentence in found.defects)
    assert len({attachment.filename.casefold() for attachment in found.attachments}) == len(
        found.attachments
    )
    for attachment in found.attachments:
        assert attachment.filename and not re.search(r"[/\\\x00-\x1f]", attachment.filename)
    assert found.date is None or found.date.tzinfo is not None
    assert not found.text.strip() or found.reply_text.strip()


@given(st.binary(max_size=2000))
@relaxed
def test_any_octets(source):
    check(source)


@given(st.lists(st.one_of(st.sampled_from(SNIPPETS), st.binary(max_size=10)), max_size=30))
@relaxed
def test_any_pieces_of_mails(pieces):
    check(b"".join(pieces))


@given(mutated_mails())
@relaxed
def test_any_damaged_mail(source):
    check(source)


@given(st.text(max_size=300))
@relaxed
def test_any_html(text):
    head = b"From: a@example.com\nContent-Type: text/html; charset=utf-8\n\n"
    check(head + text.encode("utf-8", "replace"))


FRAGMENTS = [
    "<p>",
    "</p>",
    "<table>",
    "<td>",
    "</table>",
    "<svg>",
    "<math>",
    "<style>",
    "</style>",
    "<!--",
    "-->",
    "<template>",
    "<noscript>",
    "<title>",
    "<a href='",
    "<img src=x onerror=alert(1) ",
    '<p style="',
    "'>",
    '">',
    "url(https://example.net/)",
    "position:fixed;",
    "u\\72l(x)",
    "expression(1)",
    "javascript:alert(1)",
    "&#106;avascript:",
    "data:text/html,x",
    "//example.net/x",
    "<script>alert(1)</script>",
    "<b",
    "words",
    " ",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25))
@relaxed
def test_any_pieces_of_hostile_html(pieces):
    head = b"From: a@example.com\nContent-Type: text/html; charset=utf-8\n\n"
    check(head + "".join(pieces).encode())


@given(st.sampled_from(["from", "to", "subject", "date", "references", "content-type"]), st.text())
@relaxed
def test_any_header_value(name, value):
    check(f"{name}: {value}\n\nx".encode("utf-8", "replace"))
