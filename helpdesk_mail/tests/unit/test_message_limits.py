# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hostile and huge mails: every bound ends in a sentence, never in an exception or a wait.

The bounds of time here are far above what a slow machine needs for linear work, and far below
what anything worse than linear would take.
"""

import base64
import hashlib
import time
import tracemalloc

import pytest

from helpdesk_mail.message import Limits, parse

HEAD = b"From: a@example.com\nSubject: x\nDate: Mon, 2 Nov 2026 10:15:00 +0100\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\n\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"


def defects(source, **limits):
    return " ".join(parse(source, Limits(**limits)).defects)


@pytest.mark.parametrize(
    ("source", "limits", "sentence"),
    [
        (HEAD + b"\n" + b"x" * 200, {"size": 100}, "larger than 100 octets"),
        (HEAD + b"X-A: b\n" * 20 + b"\nx", {"headers": 10}, "more than 10 header fields"),
        (b"X-A: " + b"x" * 100 + b"\n" + HEAD + b"\nx", {"header_size": 50}, "X-A is too long"),
        (MIXED + b"--b\n\nx\n" * 20 + b"--b--", {"parts": 10}, "more than 10 parts"),
        (
            MIXED
            + b"--b\nContent-Type: multipart/mixed; boundary=c\n\n"
            + b"--c\nContent-Type: multipart/mixed; boundary=d\n\n--d\n\nx\n",
            {"depth": 2},
            "deeper than 2 levels",
        ),
        (HEAD + b"To: " + b"a@b.example," * 20 + b"\n\nx", {"addresses": 10}, "10 addresses"),
        (HEAD + b"\n" + b"words " * 50, {"text_size": 100}, "text is too long"),
        (HTML + b"<p>x</p>" * 50, {"html_size": 100}, "HTML is too large"),
        (HTML + b"<div>" * 50, {"html_depth": 10}, "HTML is nested too deeply"),
    ],
)
def test_what_a_bound_cuts_off_is_said(source, limits, sentence):
    assert sentence in defects(source, **limits)
    assert sentence not in defects(source)


def test_a_text_that_is_too_long_is_attached_as_a_whole():
    found = parse(HEAD + b"\n" + b"words " * 50, Limits(text_size=100))
    assert found.text.startswith("words words")
    assert len(found.text) <= 100
    assert [attachment.content for attachment in found.attachments] == [b"words " * 50]


def test_parts_beyond_the_limit_are_kept_in_one_attachment():
    found = parse(MIXED + b"--b\nContent-Type: image/png\n\nx\n" * 20 + b"--b--", Limits(parts=10))
    assert len(found.attachments) == 11
    assert found.attachments[-1].content.count(b"image/png") == 10


SHAPES = {
    "header_fields": b"X-A: b\n" * 100_000 + HEAD + b"\nx",
    "one_header_line": b"X-A: " + b"x" * 5_000_000 + b"\n" + HEAD + b"\nx",
    "unfinished_encoded_words": b"Subject: " + b"=?a?q?" * 800_000 + b"\n\nx",
    "encoded_words": b"Subject: " + b"=?utf-8?q?a?=\n " * 300_000 + b"\n\nx",
    "parameters": b"Content-Type: text/plain; " + b"a*0=b;" * 800_000 + b"\n\nx",
    "nested_boundaries": MIXED
    + b"".join(
        b"--b%s\nContent-Type: multipart/mixed; boundary=b%d\n\n"
        % (str(n).encode() if n else b"", n + 1)
        for n in range(10_000)
    ),
    "one_boundary_nested": MIXED + b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 10_000,
    "addresses": HEAD
    + b"To: "
    + b", ".join(b"U <u%d@example.com>" % n for n in range(100_000))
    + b"\n\nx",
    "address_openers": HEAD + b"To: " + b'<("[' * 60_000 + b"\n\nx",
    "address_commas": HEAD + b"To: " + b"a," * 120_000 + b"\n\nx",
    "references": HEAD + b"References: " + b"<" * 250_000 + b"\n\nx",
    "deep_html": HTML + b"<div>" * 100_000 + b"x",
    "formatting_html": HTML + b"".join(b"<p><font color=%d>x" % n for n in range(50_000)),
    "fostered_html": HTML + b"<table>" + b"x<br>" * 300_000,
    "fostered_html_hidden_by_comments": HTML + b"<table>" + b"<!--<td>-->x<br>" * 100_000,
    "attributes_html": HTML + b"<div " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">",
    "open_scripts_html": HTML + b"<script>" * 200_000,
    "quotes_html": HTML + b"<a '\"" * 300_000,
    "quoted_text": HEAD + b"\n" + b"> quoted line of text goes here\n" * 150_000,
    "attributions": HEAD + b"\n" + b"On Mon, 2 Nov 2026 a@example.com wrote:\n> x\ny\n" * 20_000,
    "header_blocks": HEAD + b"\n" + b"Subject: a\nfoo\n" * 50_000,
    "dashes": HEAD + b"\n" + b"-" * 900_000 + b"x",
    "flowed_text": HEAD
    + b"Content-Type: text/plain; format=flowed\n\n"
    + b"text text \n" * 300_000,
    "paddings": HEAD + b"Content-Transfer-Encoding: base64\n\n" + b"YWI=" * 500_000,
    "carriage_returns": HEAD + b"\n" + b"\r" * 5_000_000,
    "status_groups": HEAD
    + b"Content-Type: multipart/report; boundary=b\n\n--b\n"
    + b"Content-Type: message/delivery-status\n\n"
    + b"Final-Recipient: rfc822; a@example.com\n\n" * 100_000,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_of_mail_takes_long(shape):
    start = time.process_time()
    parse(SHAPES[shape])
    assert time.process_time() - start < 20


def test_a_large_attachment_costs_little_more_than_its_size():
    content = hashlib.sha256(b"x").digest() * 300_000
    source = (
        MIXED
        + b"--b\n\nSee the file.\n--b\nContent-Type: application/pdf; name=a.pdf\n"
        + b"Content-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(content)
        + b"--b--\n"
    )
    tracemalloc.start()
    try:
        found = parse(source)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.attachments[0].content == content
    assert peak < 2 * len(source)
