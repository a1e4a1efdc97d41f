# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Delivery reports: codes, subjects in many languages, hostile ones."""

import time

import pytest

from helpdesk_mail.message import Kind, parse
from helpdesk_mail.message.reports import status
from helpdesk_mail.message.reports.delivery_status import email_of

DAEMON = (
    "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\nReturn-Path: <>\n"
    "To: support@example.org\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("550 5.1.1 user unknown", "5.1.1"),
        ("550-5.7.26 unauthenticated", "5.7.26"),
        ("Sorry, no mailbox here by that name. (#5.1.1)", "5.1.1"),
        ("host mx[192.0.2.1] said: 452 try later", "4.0.0"),
        ("552 mailbox full", "5.2.2"),
        ("421 too many connections", "4.0.0"),
        ("error code 550: no such user", "5.1.1"),
        ("by Postfix 2.11.3 and Mailman 5.1.2", ""),
        ("from 192.0.2.5 [5.1.1.9]", ""),
        ("after 450 minutes in room 512", ""),
        ("call +1 555 0100", ""),
    ],
)
def test_status_of_what_a_server_says(said, expected):
    assert status.of(said) == expected


@pytest.mark.parametrize(
    ("action", "code", "told", "expected"),
    [
        ("failed", "5.1.1", "", True),
        ("failed", "", "", True),
        ("failed", "4.2.2", "452 mailbox full", False),
        ("failed", "4.4.7", "", True),
        ("failed", "4.4.1", "I'm not going to try again", True),
        ("delayed", "4.4.1", "", False),
        ("delivered", "2.0.0", "", False),
    ],
)
def test_what_is_permanent(action, code, told, expected):
    assert status.is_permanent(action, code, told) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("rfc822; Anna@Example.com", "anna@example.com"),
        ("RFC822;<anna@example.com>", "anna@example.com"),
        ("<anna@example.com>", "anna@example.com"),
        ("utf-8; ren\\x{E9}@example.com", "rené@example.com"),
        ("rfc822; list+2Bnews@example.com", "list+news@example.com"),
        ("rfc822; Anna Berg <anna@example.com>", "anna@example.com"),
        ("x400; /RFC-822=anna(a)example.com/ADMD= /C=WW/", "anna@example.com"),
        ("x400; /S=berg/C=WW/", ""),
        ("rfc822; an...@example.com", ""),
        ("local; anna", ""),
    ],
)
def test_recipient_fields(value, expected):
    assert email_of(value) == expected


@pytest.mark.parametrize(
    "subject",
    [
        "Undeliverable: Ticket",
        "Unzustellbar: Ticket",
        "Non remis : Ticket",
        "No se puede entregar: Ticket",
        "Non recapitabile: Ticket",
        "Não é possível entregar: Ticket",
        "Onbestelbaar: Ticket",
        "Olevererbart: Ticket",
        "Kan ikke leveres: Ticket",
        "Ei voitu toimittaa: Ticket",
        "Niedostarczalne: Ticket",
        "Nedoručitelné: Ticket",
        "Kézbesíthetetlen: Ticket",
        "Imposibil de livrat: Ticket",
        "Недоставлено: Ticket",
        "Не доставлено: Ticket",
        "Teslim edilemedi: Ticket",
        "לא ניתן למסור: Ticket",
        "تعذر التسليم: Ticket",
        "配信不能: Ticket",
        "无法送达: Ticket",
        "無法傳遞: Ticket",
        "배달되지 않음: Ticket",
        "Nije isporučeno: Ticket",
        "Nepristatyta: Ticket",
        "Nav piegādāts: Ticket",
        "Kohaletoimetamatu: Ticket",
    ],
)
def test_subjects_of_reports(subject):
    report = f"{DAEMON}Subject: {subject}\n\nanna@example.com\n    550 5.1.1 x\n"
    found = parse(report.encode())
    assert found.kind is Kind.BOUNCE
    assert [recipient.email for recipient in found.bounce.recipients] == ["anna@example.com"]
    person = report.replace("Mail Delivery System <MAILER-DAEMON@mx", "Anna <anna@web")
    person = person.replace("Return-Path: <>\n", "").replace("\n\nanna", "\n\nHi, see\n\nanna")
    assert parse(person.encode()).kind is Kind.MESSAGE


def test_a_report_counts_each_address_once_and_no_more_than_it_should():
    text = "Your message could not be delivered to:\n\n" + "".join(
        f"<user{number % 500}@example.com>: 550 5.1.1 unknown\n" for number in range(1000)
    )
    found = parse(f"{DAEMON}Subject: failure notice\n\n{text}".encode())
    emails = [recipient.email for recipient in found.bounce.recipients]
    assert len(emails) == len(set(emails)) == 100


SHAPES = {
    "addresses": "anna@example.com ",
    "lines": "<a@b.example>:\n",
    "inline": "x a@b.example y c@d.example\n",
    "at_signs": "@",
    "brackets": "<[(",
    "labels": "recipient : ",
    "blanks": "recipient" + " " * 900 + "@x a@b.example\n",
    "rules": "---\n",
    "status_fields": "Final-Recipient: rfc822; a@b.example\n",
    "groups": "Final-Recipient: rfc822; a@b.example\nAction: failed\n\n",
    "announced": "address\n x\n",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_hostile_reports_take_no_long_time(shape):
    body = SHAPES[shape] * (1_000_000 // len(SHAPES[shape]))
    source = f"{DAEMON}Subject: failure notice\n\nCould not be delivered:\n{body}".encode()
    started = time.process_time()
    parse(source)
    # linear work takes a tenth of this; a busy or slow processor may take five times as long
    assert time.process_time() - started < 12


def test_a_hostile_recipient_field_takes_no_long_time():
    report = DAEMON.replace("text/plain;", "multipart/report; boundary=b;")
    field = "Final-Recipient: " + "a" * 1_000_000
    body = f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: x\n\n{field}\n--b--\n"
    started = time.process_time()
    assert parse(f"{report}Subject: x\n\n{body}".encode()).kind is Kind.BOUNCE
    assert time.process_time() - started < 5
