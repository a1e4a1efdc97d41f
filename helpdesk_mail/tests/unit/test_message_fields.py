# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the layers above rely on besides ``parse``: recipients, forwards, kinds, fingerprint."""

import dataclasses
import datetime

import pytest

from helpdesk_mail.message import Address, Kind, parse

MAIL = b"""From: Anna Berg <anna@example.com>
To: Support <Support@example.org>
Subject: A question
Date: Mon, 02 Nov 2026 10:15:00 +0100
Message-ID: <q1@example.com>

Hello
"""


def test_recipients_are_all_addresses_that_delivery_names_each_once():
    found = parse(
        b"Delivered-To: Box@example.org\nX-Original-To: alias@example.org\n"
        b"Envelope-To: env@example.org\nX-Envelope-To: xenv@example.org\n"
        b"Resent-Cc: rcc@example.org\nResent-To: rto@example.org\nDelivered-To: box2@example.org\n"
        b"Cc: Bert <bert@example.com>, SUPPORT@example.org\n" + MAIL
    )
    assert found.recipients == (
        "box@example.org",
        "box2@example.org",
        "alias@example.org",
        "env@example.org",
        "xenv@example.org",
        "rto@example.org",
        "rcc@example.org",
        "support@example.org",
        "bert@example.com",
    )


def test_headers_are_kept_in_order_and_found_in_any_case():
    found = parse(b"X-One: =?utf-8?Q?=C3=A4?=\nX-Two: a\n\tb\nx-one: second\n" + MAIL)
    assert found.headers[:3] == (("X-One", "ä"), ("X-Two", "a b"), ("x-one", "second"))
    assert found.header("x-ONE") == "ä"
    assert found.header("X-None") == ""


def test_a_parsed_message_never_changes():
    with pytest.raises(dataclasses.FrozenInstanceError):
        parse(MAIL).subject = "other"


def test_one_mail_through_several_doors_has_one_fingerprint():
    doors = [
        MAIL,
        MAIL.replace(b"\n", b"\r\n"),
        b"From anna@example.com Mon Nov  2 10:15:00 2026\n" + MAIL,
        b"Received: from a\n\tby b; Mon, 2 Nov 2026\nDelivered-To: x@example.org\n" + MAIL,
        MAIL.replace(b"\n\n", b"\nX-Spam: no\n\n", 1),
        MAIL.replace(b"anna@example.com", b"Anna@Example.com"),
        MAIL.replace(b"Subject: A question", b"Subject: A\n question"),
        MAIL + b"\n \r\n\n",
    ]
    assert len({parse(source).fingerprint for source in doors}) == 1


@pytest.mark.parametrize("what", [b"anna@", b"question", b"10:15", b"Hello"])
def test_another_mail_has_another_fingerprint(what):
    assert parse(MAIL).fingerprint != parse(MAIL.replace(what, b"x" + what)).fingerprint


def test_of_too_many_references_the_first_and_the_last_are_kept():
    references = b" ".join(b"<m%d@example.com>" % number for number in range(300))
    found = parse(b"References: " + references + b"\n" + MAIL).references
    assert len(found) == 100
    assert found[0] == "m0@example.com"
    assert found[1:] == tuple(f"m{number}@example.com" for number in range(201, 300))


def test_a_forward_inline_names_the_customer_inside():
    found = parse(
        MAIL.replace(b"Subject: A", b"Subject: Fwd: A").replace(
            b"Hello",
            b"Please open a ticket.\n\n---------- Forwarded message ---------\n"
            b"From: Carla Customer <carla@example.net>\nDate: Sun, 1 Nov 2026 at 08:00\n"
            b"Subject: Broken\nTo: <anna@example.com>\n\n\nIt is broken.\n",
        )
    )
    assert found.forwarded.sender == Address("Carla Customer", "carla@example.net")
    assert found.forwarded.subject == "Broken"
    assert found.forwarded.text == "It is broken."
    assert "It is broken." in found.reply_text


def test_a_forward_from_outlook_in_german_names_the_customer_inside():
    found = parse(
        MAIL.replace(b"Subject: A", b"Subject: WG: A").replace(
            b"Hello",
            b"________________________________\nVon: Carla Customer [mailto:carla@example.net]\n"
            b"Gesendet: Sonntag, 1. November 2026 08:00\nAn: anna@example.com\n"
            b"Betreff: Kaputt\n\nEs ist kaputt.",
        )
    )
    assert found.forwarded.sender == Address("Carla Customer", "carla@example.net")
    assert found.forwarded.subject == "Kaputt"
    assert found.forwarded.text == "Es ist kaputt."


def test_a_forward_as_attachment_names_the_customer_inside():
    found = parse(
        MAIL.replace(
            b"\n\nHello\n",
            b"\nContent-Type: multipart/mixed; boundary=m\n\n--m\n\nSee below.\n--m\n"
            b"Content-Type: message/rfc822\n\nFrom: Carla <carla@example.net>\nSubject: Broken\n"
            b"Date: Sun, 01 Nov 2026 08:00:00 +0000\n\nIt is broken.\n--m--\n",
        )
    )
    assert found.text == "See below."
    assert found.forwarded.sender == Address("Carla", "carla@example.net")
    assert found.forwarded.date == datetime.datetime(2026, 11, 1, 8, tzinfo=datetime.UTC)
    assert found.forwarded.text == "It is broken."
    assert [attachment.filename for attachment in found.attachments] == ["Broken.eml"]


def test_a_reply_is_no_forward_even_where_its_history_has_one():
    found = parse(
        MAIL.replace(b"Subject: A", b"Subject: Re: Fwd: A").replace(
            b"Hello",
            b"My answer.\n\nOn Mon, 2 Nov 2026 at 09:15, Bert <bert@example.org> wrote:\n"
            b"> ---------- Forwarded message ---------\n> From: Carla <carla@example.net>\n"
            b"> Date: Sunday\n> Subject: Broken\n>\n> It is broken.\n",
        )
    )
    assert found.forwarded is None
    assert found.reply_text == "My answer."


@pytest.mark.parametrize(
    ("subject", "header", "kind"),
    [
        ("Question", "", Kind.MESSAGE),
        ("Alarm", "Auto-Submitted: auto-generated\n", Kind.MESSAGE),
        ("Re: x", "Auto-Submitted: auto-replied\n", Kind.AUTO_REPLY),
        ("Re: x", "X-Autoreply: yes\n", Kind.AUTO_REPLY),
        ("Re: x", "Precedence: auto_reply\n", Kind.AUTO_REPLY),
        ("Re: x", "Precedence: bulk\nIn-Reply-To: <a@example.org>\n", Kind.MESSAGE),
        ("Re: x", "X-Auto-Response-Suppress: All\n", Kind.MESSAGE),
        ("Abwesend: Re: x", "Auto-Submitted: auto-replied (vacation)\n", Kind.OUT_OF_OFFICE),
        ("Out of Office Re: x", "X-Auto-Response-Suppress: All\n", Kind.OUT_OF_OFFICE),
        ("Automatic reply: x", "", Kind.AUTO_REPLY),
        ("Réponse automatique : x", "X-Auto-Response-Suppress: All\n", Kind.OUT_OF_OFFICE),
        ("Out of office: how do I set it?", "", Kind.MESSAGE),
        ("I am out of office on Friday", "", Kind.MESSAGE),
        ("Delivery failure of my parcel", "", Kind.MESSAGE),
        ("Undeliverable: invoice", "", Kind.MESSAGE),
        ("Read: this", "", Kind.MESSAGE),
    ],
)
def test_kind(subject, header, kind):
    source = MAIL.replace(b"A question", subject.encode()).replace(
        b"Date:", header.encode() + b"Date:"
    )
    assert parse(source).kind is kind


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my iPhone",
        "Sent from Outlook for Android",
        "Von meinem iPhone gesendet",
        "Gesendet mit der Telekom Mail App",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Diese Nachricht wurde von meinem Android Gerät mit WEB.DE Mail gesendet.",
    ],
)
def test_the_note_of_a_device_is_no_word_of_the_author(line):
    assert parse(MAIL.replace(b"Hello", f"Hello\n\n{line}".encode())).reply_text == "Hello"


@pytest.mark.parametrize(
    "text",
    [
        "Sent with the courier yesterday.",
        "It says:\n\n--\n\nBut I think\n\nthat it is wrong." + "\nMore." * 12,
        "On Monday my boss wrote:\n\nBuy it.\n\nSo please deliver.",
        "> a quoted poem\n\nis all I have to say",
        "From: me\nmany thanks",
        "Date: we meet on Monday\nSubject: my broken printer",
    ],
)
def test_no_word_of_an_author_is_lost(text):
    assert (
        parse(MAIL.replace(b"Hello", b"Hello\n\n" + text.encode())).reply_text == f"Hello\n\n{text}"
    )


ATTRIBUTIONS = [
    "On Mon, Nov 2, 2026 at 9:15 AM Support <support@example.org> wrote:",
    "On 02/11/2026 09:15, Support wrote:",
    "On 2 Nov 2026, at 09:15, Support <support@example.org> wrote:",
    "Am Mo., 2. Nov. 2026 um 09:15 Uhr schrieb Support <support@example.org>:",
    "Am 02.11.2026 um 09:15 schrieb Support:",
    "Le lun. 2 nov. 2026 à 09:15, Support <support@example.org> a écrit :",
    "El lun, 2 nov 2026 a las 9:15, Support (<support@example.org>) escribió:",
    "Il giorno lun 2 nov 2026 alle ore 09:15 Support <support@example.org> ha scritto:",
    "Em seg., 2 de nov. de 2026 às 09:15, Support <support@example.org> escreveu:",
    "Op ma 2 nov 2026 om 09:15 schreef Support <support@example.org>:",
    "Den mån 2 nov. 2026 kl 09:15 skrev Support <support@example.org>:",
    "man. 2. nov. 2026 kl. 09:15 skrev Support <support@example.org>:",
    "ma 2. marrask. 2026 klo 9.15 Support (support@example.org) kirjoitti:",
    "pon., 2 lis 2026 o 09:15 Support <support@example.org> napisał(a):",
    "po 2. 11. 2026 v 9:15 odesílatel Support <support@example.org> napsal:",
    "пн, 2 нояб. 2026 г. в 09:15, Support <support@example.org>:",
    "2 ноября 2026 г., 09:15, Support <support@example.org> написал(а):",
    "2 Kas 2026 Pzt 09:15 tarihinde Support <support@example.org> şunu yazdı:",
    "Support <support@example.org> 于2026年11月2日周一 09:15写道：",
    "2026年11月2日(月) 9:15 Support <support@example.org>:",
    "Support <support@example.org> ezt írta (időpont: 2026. nov. 2., H, 9:15):",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_history_below_an_attribution_is_cut_off(attribution):
    text = f"Thanks, it works.\n\n{attribution}\n\n> Did you restart?\n>> My printer\n\n"
    source = MAIL.replace(b"Hello", text.encode())
    assert parse(source).reply_text == "Thanks, it works."


HEADER_BLOCKS = [
    "From: Support <s@example.org>\nSent: Monday, 2 November 2026 09:15\nTo: Anna\nSubject: x",
    "*From:* Support <s@example.org>\n*Sent:* Monday\n*To:* Anna\n*Subject:* x",
    "Von: Support\nGesendet: Montag, 2. November 2026 09:15\nAn: Anna\nBetreff: x",
    "De : Support <s@example.org>\nEnvoyé : lundi 2 novembre 2026 09:15\nÀ : Anna\nObjet : x",
    "De: Support\nEnviado el: lunes, 2 de noviembre de 2026\nPara: Anna\nAsunto: x",
    "Da: Support\nInviato: lunedì 2 novembre 2026\nA: Anna\nOggetto: x",
    "Van: Support\nVerzonden: maandag 2 november 2026\nAan: Anna\nOnderwerp: x",
    "Från: Support\nSkickat: den 2 november 2026\nTill: Anna\nÄmne: x",
    "Od: Support\nWysłano: poniedziałek\nDo: Anna\nTemat: x",
    "От: Support\nОтправлено: 2 ноября\nКому: Anna\nТема: x",
    "发件人: Support\n发送时间: 2026年11月2日\n收件人: Anna\n主题: x",
    "Date: Mon, 2 Nov 2026\nFrom: Support <s@example.org>\nTo: Anna\nSubject: x",
    "-----Original Message-----\nFrom: s@example.org\nSent: today\nSubject: x",
    "-----Ursprüngliche Nachricht-----\nVon: s@example.org\nGesendet: heute\nBetreff: x",
]


@pytest.mark.parametrize("block", HEADER_BLOCKS)
def test_history_below_a_header_block_is_cut_off(block):
    source = MAIL.replace(b"Hello", f"Thanks, it works.\n\n{block}\n\nDid you restart?".encode())
    reply = source.replace(b"Subject: ", b"Subject: AW: ", 1)
    assert parse(reply).reply_text == "Thanks, it works."


def test_the_message_that_a_web_form_sends_is_kept():
    text = "You have a message.\n\nFrom: Carla\nDate: today\nSubject: Help\n\nIt is broken."
    assert parse(MAIL.replace(b"Hello", text.encode())).reply_text == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a@b.example c@d.example", [("", "a@b.example"), ("", "c@d.example")]),
        ("<a@b.example> <c@d.example>", [("", "a@b.example"), ("", "c@d.example")]),
        ("a@b.example,,c@d.example;", [("", "a@b.example"), ("", "c@d.example")]),
        ('"a@b.example" <a@b.example>', [("", "a@b.example")]),
        (
            '"Doe, J" <j@b.example>; Al<al@b.example>',
            [("Doe, J", "j@b.example"), ("Al", "al@b.example")],
        ),
        ("'Bob' <bob@b.example>", [("Bob", "bob@b.example")]),
        ("Bob <bob@b.example", [("Bob", "bob@b.example")]),
        ("bob@b.example>", [("", "bob@b.example")]),
        ('"Bob \\"B\\" X" <bob@b.example>', [('Bob "B" X', "bob@b.example")]),
        ("Bob (the (great)) <bob@b.example>", [("Bob", "bob@b.example")]),
        ('"john doe"@b.example', [("", '"john doe"@b.example')]),
        ("Bob [Support] <b@b.example>", [("Bob [Support]", "b@b.example")]),
        ("Bob <mailto:bob@b.example>", [("Bob", "bob@b.example")]),
        ("<@a.example,@b.example:c@d.example>", [("", "c@d.example")]),
        ("Group: ; c@d.example", [("", "c@d.example")]),
        ("a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
        ("somebody", [("somebody", "")]),
        ("x@b.example <y@b.example>", [("x@b.example", "y@b.example")]),
    ],
)
def test_addresses_as_people_write_them(value, expected):
    found = parse(MAIL.replace(b"Support <Support@example.org>", value.encode())).to
    assert [(address.name, address.email) for address in found] == expected
