# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mails that are built to exhaust a parser: functions of the size in octets."""

from __future__ import annotations

import base64
from collections.abc import Callable

_HEAD = (
    b"From: Eve <eve@example.com>\nTo: support@desk.example.com\nSubject: x\n"
    b"Date: Mon, 2 Nov 2026 10:15:00 +0100\nMessage-ID: <x@example.com>\n"
)
_HTML = _HEAD + b"Content-Type: text/html; charset=utf-8\n\n"
_MIXED = _HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"


def _filled(head: bytes, unit: bytes, size: int, tail: bytes = b"") -> bytes:
    return head + unit * max(1, (size - len(head) - len(tail)) // len(unit)) + tail


def _field(name: bytes, unit: bytes) -> Callable[[int], bytes]:
    return lambda size: _filled(name + b": ", unit, size) + b"\n" + _HEAD + b"\nx\n"


def _text(unit: bytes) -> Callable[[int], bytes]:
    return lambda size: _filled(_HEAD + b"\n", unit, size)


def _html(unit: bytes) -> Callable[[int], bytes]:
    return lambda size: _filled(_HTML, unit, size)


def _nested(size: int) -> bytes:
    """Multiparts inside multiparts, each with a boundary of its own."""
    found = [_MIXED]
    length = number = 0
    while length < size:
        part = b"--b%s\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (
            b"" if not number else str(number).encode(),
            number + 1,
        )
        found.append(part)
        length += len(part)
        number += 1
    return b"".join(found)


SHAPES: dict[str, Callable[[int], bytes]] = {
    "addresses in To": _field(b"To", b"a@b.example, "),
    "open comments in To": _field(b"To", b"("),
    "open quotes in To": _field(b"To", b'"a '),
    "encoded words in Subject": _field(b"Subject", b"=?utf-8?q?=C3=A4?= "),
    "halves of encoded words": _field(b"Subject", b"=?utf-8?q?"),
    "Message-IDs in References": _field(b"References", b"<a@b> "),
    "parameters of Content-Type": _field(b"Content-Type", b"; name*1*=utf-8''a"),
    "many header fields": lambda size: _filled(b"", b"X-A: b\n", size) + _HEAD + b"\nx\n",
    "empty parts": lambda size: _filled(_MIXED, b"--b\n\n", size),
    "parts inside parts": _nested,
    "lines that look like boundaries": lambda size: _filled(_MIXED, b"--bb\n", size),
    "quoted lines": _text(b"> " * 30 + b"\n"),
    "attributions": _text(b"On Mon, 2 Nov 2026 at 10:15, Eve <eve@example.com> wrote:\n"),
    "header blocks": _text(b"From: a@b.example\nSent: Monday\nTo: c@d.example\nSubject: x\n\n"),
    "a line without an end": _text(b"a wrote: "),
    "uuencoded beginnings": _text(b"begin 644 x\n"),
    "beginnings of PGP": _text(b"-----BEGIN PGP MESSAGE-----\n"),
    "delivery failures": _text(b"<a@b.example>: 550 5.1.1 user unknown\n"),
    "deep elements": _html(b"<div>"),
    "formatting elements": _html(b"<b><i><a href=x>"),
    "tables inside tables": _html(b"<table><tr><td>"),
    "text beside tables": _html(b"<table>x"),
    "attributes": lambda size: _filled(_HTML + b"<p ", b"a='b' ", size, b">"),
    "comments": _html(b"<!--"),
    "entities": _html(b"&amp;&#1;&x"),
    "styles": lambda size: _filled(_HTML + b'<p style="', b"margin:-1px;", size, b'">x'),
    "base64 in lines of one": lambda size: _filled(
        _HEAD + b"Content-Transfer-Encoding: base64\n\n", b"YQ==\n", size
    ),
    "equals signs": lambda size: _filled(
        _HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n", b"=", size
    ),
    "a picture in a data URL": lambda size: _filled(
        _HTML + b'<img src="data:image/png;base64,', base64.b64encode(b"x" * 57), size, b'">'
    ),
}
