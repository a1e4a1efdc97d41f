# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Senders made to look like somebody else are named in the defects; ordinary ones never are."""

import pathlib
import subprocess
import sys
import time

import pytest

from helpdesk_mail.message import DEFAULT_LIMITS, Address, parse
from helpdesk_mail.message.authentication import spoofing
from helpdesk_mail.message.defects import Defects
from helpdesk_mail.message.headers import Headers

ADDON = pathlib.Path(__file__).resolve().parents[2]


def warnings(header):
    """The defects of a mail with *header* that are about the sender."""
    mail = (header + "\nDate: Sun, 15 Jun 2025 15:06:40 +0000\n\nHello\n").encode()
    words = ("sender's", "Answers would", "reply address's", "From names")
    return [defect for defect in parse(mail).defects if any(word in defect for word in words)]


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ('From: "ceo@bank.example" <x@evil.example>', "holds an address of bank.example"),
        ('From: "Boss (ceo@bank.example)" <x@evil.example>', "an address of bank.example"),
        ("From: =?utf-8?q?ceo=40bank=2Eexample?= <x@evil.example>", "an address of bank.example"),
        ("From: a@firm.example\nReply-To: a@f\u0456rm.example", "have"),
        ("From: a@paypal.example\nReply-To: a@paypa1.example", "only looks like"),
        ("From: a@mycompany.example\nReply-To: a@rnycompany.example", "only looks like"),
        ("From: a@mycompany.example\nReply-To: a@mycornpany.example", "only looks like"),
        ("From: a@mycompany.example\nReply-To: a@mycompamy.example", "only looks like"),
        ("From: a@mycompany.example\nReply-To: a@mycomapny.example", "only looks like"),
        ("From: a@mycompany.example\nReply-To: a@mycompny.example", "only looks like"),
        ("From: a@mail.mycompany.co.uk\nReply-To: a@mail.mycompanny.co.uk", "only looks like"),
        ("From: a@p\u0430ypal.example", "letters that only look like"),
        ("From: a@xn--pypal-4ve.example", "letters that only look like"),
        ("From: a@\u0430\u0440\u0440\u04cf\u0435.example", "letters that only look like"),
        ("From: \u0430dmin@firm.example", "letters that only look like"),
        ("From: Pay\u200bPal <a@firm.example>", "invisible"),
        ("From: \u202emoc.knab <a@firm.example>", "direction of writing"),
        ("From: a@firm.example, b@bank.example", "several domains: firm.example, bank.example"),
        ("From: a@firm.example\nFrom: b@bank.example", "several domains"),
    ],
)
def test_is_flagged(header, part):
    found = warnings(header)
    part = "only look" if part == "have" else part
    assert any(part in defect for defect in found), found


@pytest.mark.parametrize(
    "header",
    [
        "From: Anna Vogel <anna@firm.example>",
        'From: "anna@firm.example" <anna@firm.example>',
        'From: "Anna@Firm.Example" <anna@firm.example>',
        "From: anna@firm.example <anna@mail.firm.example>",
        "From: anna@mail.firm.co.uk <anna@firm.co.uk>",
        "From: anna@gmail.com <anna@googlemail.com>",
        'From: "anna@firm.example via Helpdesk" <help@desk.example>',
        "From: \"'anna@firm.example' via Sales\" <sales@desk.example>",
        "From: anna@firm.example <list@lists.example>\nList-Id: <l.lists.example>",
        'From: "anna@firm.example" <form@web.example>\nReply-To: anna@firm.example',
        'From: "anna@firm.example" <form@web.example>\nSender: anna@firm.example',
        "From: Support <support@desk.example>\nReply-To: ticket+4711@helpdesk.example",
        "From: News <news@shop.example>\nReply-To: answers@mailer.example",
        "From: a@firm.example\nReply-To: a@firm.test",
        "From: a@one.firm.example\nReply-To: a@two.firm.example",
        "From: a@shop-de.example\nReply-To: a@shop-se.example",
        "From: a@server1.example\nReply-To: a@server2.example",
        "From: a@abc.example\nReply-To: a@abd.example",
        "From: Müller <info@müller.example>",
        "From: Анна <anna@москва.рф>",
        "From: Анна <анна@почта.рф>",
        "From: 田中 <tanaka@例え.jp>",
        "From: \u2068Anna\u2069 <anna@firm.example>",
        "From: \u200fدانة\u200f <dana@firm.example>",
        "From: \ufeffAnna <anna@firm.example>",
        "From: \U0001f468\u200d\U0001f469\u200d\U0001f467 Family <a@firm.example>",
        "From: Anna @ Firm <anna@firm.example>",
        "From: Anna @firm <anna@firm.example>",
        "From: anna@localhost <anna@firm.example>",
        "From: a@firm.example, b@mail.firm.example",
        "From: nobody",
        "From:",
        "Subject: no sender",
    ],
)
def test_is_ordinary(header):
    assert warnings(header) == []


def test_what_is_flagged_is_readable():
    assert warnings('From: "ceo@bank.example" <x@evil.example>') == [
        "The sender's name holds an address of bank.example, but the mail is from evil.example."
    ]


@pytest.mark.parametrize("piece", ["a@b.c ", "@", "a@b.", "\u0456a", "xn--", ".", "a.a@"])
def test_hostile_senders_take_little_time(piece):
    hostile = piece * 50_000
    sender = Address(hostile, f"x@{hostile}.example")
    fields = [("From", b"x"), ("From", hostile.encode()), ("Reply-To", f"x@{hostile}".encode())]
    started = time.process_time()
    spoofing.check(Headers(fields), sender, DEFAULT_LIMITS, Defects())
    assert time.process_time() - started < 2


CODE = """
import sys, types
package = types.ModuleType("helpdesk_mail")
package.__path__ = [sys.argv[1]]
sys.modules["helpdesk_mail"] = package
from helpdesk_mail.message import parse
parse(b"From: a@firm.example\\nReply-To: b@other.example\\nDKIM-Signature: x\\n\\ny")
heavy = {"dkim", "dns", "publicsuffixlist", "cryptography", "nacl"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""


def test_ordinary_reading_loads_nothing_heavy():
    subprocess.run([sys.executable, "-c", CODE, str(ADDON)], check=True)
