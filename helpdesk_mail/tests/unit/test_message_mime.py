# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The readers of what mails hold: CMS, TNEF, RTF, uuencode, calendars, charsets, archives.

Whole mails for each problem are in ``tests/data``; here are the corners that would need many of
them, and hostile input, whose bounds of time are far above what linear work takes.
"""

import binascii
import datetime
import io
import struct
import time
import zipfile

import pytest

from helpdesk_mail.message import (
    Limits,
    addresses,
    archives,
    charset_names,
    charsets,
    cms,
    content_lines,
    detection,
    encoded_words,
    filenames,
    invitation,
    mojibake,
    octets,
    parse,
    pgp,
    rtf,
    rtf_compression,
    time_zones,
    tnef,
    uuencode,
)
from helpdesk_mail.message.defects import Defects

HEAD = b"From: a@example.com\nSubject: x\nDate: Mon, 2 Nov 2026 10:15:00 +0100\n"
HELLO = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c0900206277"
    "05b06c647d0a800fa0"
)
OVERLAP = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")


def test_compressed_rtf_as_in_the_examples_of_its_document():
    text, whole = rtf_compression.decompress(HELLO, 1000)
    assert text == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert whole
    text, whole = rtf_compression.decompress(OVERLAP, 1000)
    assert text == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert whole


def test_compressed_rtf_stops_at_its_bound_and_at_its_end():
    assert rtf_compression.decompress(HELLO, 10) == (b"{\\rtf1\\ans", False)
    assert not rtf_compression.decompress(HELLO[:30], 1000)[1]
    assert rtf_compression.decompress(b"", 1000) == (b"", False)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (rb"{\rtf1 a\par b\tab c}", ("text", "a\nb\tc")),
        (rb"{\rtf1{\fonttbl{\f0 Arial;}}{\info{\author X}}ok}", ("text", "ok")),
        (rb"{\rtf1\ansicpg1251 \'cf\'f0\'e8}", ("text", "При")),
        (rb"{\rtf1{\fonttbl{\f1\fcharset204 A;}}x {\f1 \'cf}\'e4}", ("text", "x Пä")),
        (rb"{\rtf1\uc1\u228 ?\u-10179 ?\u-8704 ?}", ("text", "ä😀")),
        (rb"{\rtf1 \{a\}\\\~b\_c{\*\unknown no}", ("text", "{a}\\\u00a0b-c")),
        (rb"{\rtf1\fromhtml1{\*\htmltag <b>}\htmlrtf no\htmlrtf0 yes}", ("html", "<b>yes")),
        (b"}}}{{{\\", ("text", "")),
    ],
)
def test_rich_text(source, expected):
    assert rtf.read(source) == expected


def _attribute(level, identifier, data):
    return struct.pack("<BHHI", level, identifier, 0, len(data)) + data + b"\0\0"


@pytest.mark.parametrize("cut", range(0, 120, 7))
def test_a_cut_off_tnef_gives_what_is_there(cut):
    whole = b"\x78\x9f\x3e\x22\1\0" + _attribute(1, 0x800C, b"Hello\0")
    whole += _attribute(2, 0x9002, b"") + _attribute(2, 0x8010, b"a.txt\0")
    whole += _attribute(2, 0x800F, b"x" * 30)
    message = tnef.read(whole[: len(whole) - cut], most_rtf=1000)
    assert message.text in ("Hello", "Hell", "Hel", "He", "H", "")
    assert all("x" * 30 >= file.content.decode() for file in message.files)
    if not cut:
        assert message.whole
        assert [(file.name, file.content) for file in message.files] == [("a.txt", b"x" * 30)]


def test_tnef_properties_after_one_that_cannot_be_read_do_not_stop_the_rest():
    bad = struct.pack("<IHH", 1, 0x0999, 0x1000)
    whole = b"\x78\x9f\x3e\x22\1\0" + _attribute(1, 0x9003, bad) + _attribute(1, 0x800C, b"Text")
    message = tnef.read(whole, most_rtf=1000)
    assert message.text == "Text"
    assert not message.whole


@pytest.mark.parametrize("source", [b"", b"0", b"0\x80", b"0\x84\xff\xff\xff\xff", b"\x04\x01a"])
def test_what_is_no_cms_is_none(source):
    assert cms.read(source, 1000) == cms.Content("")


def test_compressed_cms_stops_at_its_bound():
    def der(tag, *content):
        joined = b"".join(content)
        size = len(joined)
        length = bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2, "big")
        return bytes((tag,)) + length + joined

    import zlib

    def oid(text):
        return der(6, bytes.fromhex(text))

    data = der(4, zlib.compress(b"Subject: y\n\nwords" + b" " * 5000))
    inner = der(0x30, oid("2a864886f70d010701"), der(0xA0, data))
    body = der(0x30, der(2, b"\0"), der(0x30), inner)
    whole = der(0x30, oid("2a864886f70d0109100109"), der(0xA0, body))
    assert cms.read(whole, 10_000).octets.startswith(b"Subject: y\n\nwords")
    assert cms.read(whole, 1000) == cms.Content("compressed", None)
    source = HEAD + b"Content-Type: application/pkcs7-mime; smime-type=compressed-data\n"
    source += b"Content-Transfer-Encoding: base64\n\n" + binascii.b2a_base64(whole)
    assert parse(source).text == "words"
    assert "too large" in " ".join(parse(source, Limits(expanded_size=1000)).defects)


def test_uuencode_with_blanks_lost_and_check_characters():
    content = b"The quick brown fox jumps over the lazy dog, twice. " * 4
    pieces = [content[at : at + 45] for at in range(0, len(content), 45)]
    lines = [binascii.b2a_uu(piece).rstrip(b" \n") + b"\n" for piece in pieces]
    for body in (lines, [line.rstrip() + b"#\r\n" for line in lines]):
        source = b"Hi\nbegin 600 fox.txt\n" + b"".join(body) + b"`\nend\nBye\n"
        rest, files = uuencode.extract(source)
        assert rest == b"Hi\nBye\n"
        assert files == [("fox.txt", content)]


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 a\nHello you\nend\n",
        "begin work on 3 May\nend\n",
        "begin 644 x\n",
        "> begin 644 a\n",
    ],
)
def test_letters_that_look_like_uuencode_stay(text):
    assert uuencode.extract(text.encode()) == (text.encode(), [])


def test_a_signed_text_that_never_ends_stays():
    text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nwords\n"
    assert pgp.open_armour(text).text == text


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR", "every 2 weeks on Monday, Wednesday and Friday"),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", "every month on the last Friday, 3 times"),
        ("FREQ=YEARLY;UNTIL=20270105", "every year, until Tuesday, 5 January 2027"),
        ("FREQ=MONTHLY;BYMONTHDAY=15", "every month on day 15"),
    ],
)
def test_recurrence_in_words(rule, words):
    source = f"BEGIN:VEVENT\nSUMMARY:x\nRRULE:{rule}\nEND:VEVENT"
    assert f"Repeats: {words}" in invitation.describe(source).split("\n")


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("DTSTART:20260105T140000Z", "Monday, 5 January 2026, 14:00 (UTC)"),
        ("DTSTART:20260105T140000", "Monday, 5 January 2026, 14:00"),
        (
            "DTSTART;TZID=Europe/Berlin:20260105T140000",
            "Monday, 5 January 2026, 14:00 (Europe/Berlin, UTC+01:00)",
        ),
        (
            "DTSTART;TZID=Eastern Standard Time:20260705T140000\nDURATION:PT90M",
            "Sunday, 5 July 2026, 14:00 – 15:30 (Eastern Standard Time, UTC-04:00)",
        ),
        ("DTSTART;TZID=Nowhere:20260105T140000", "Monday, 5 January 2026, 14:00 (Nowhere)"),
        (
            "DTSTART;TZID=/x.example/Asia/Tokyo:20260105T140000",
            "Monday, 5 January 2026, 14:00 (/x.example/Asia/Tokyo, UTC+09:00)",
        ),
        ("DTSTART;VALUE=DATE:20260105", "Monday, 5 January 2026, all day"),
        (
            "DTSTART:20260105T140000Z\nDTEND;TZID=Asia/Tokyo:20260105T233000",
            "Monday, 5 January 2026, 14:00 – 14:30 (UTC)",
        ),
        (
            "DTSTART;VALUE=DATE:20260105\nDTEND:20260107T000000Z",
            "Monday, 5 January 2026 – Tuesday, 6 January 2026, all day",
        ),
        ("DTSTART:20269905T140000Z", None),
        ("DTSTART:99991231T230000Z\nDURATION:P9999W", None),
        (
            "DTSTART:00010101T000000Z\nDTEND;TZID=Asia/Tokyo:00010101T000000",
            None,
        ),
    ],
)
def test_when(start, words):
    lines = invitation.describe(f"BEGIN:VEVENT\nSUMMARY:x\n{start}\nEND:VEVENT").split("\n")
    found = [line.removeprefix("When: ") for line in lines if line.startswith("When: ")]
    assert found == ([words] if words else [])


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "", "x" * 5000, "\0"])
def test_no_time_zone_is_read_from_elsewhere(name):
    assert time_zones.by_name(name) is None


def test_a_zone_of_its_own_on_both_sides_of_the_change():
    zone = content_lines.read(
        "BEGIN:VTIMEZONE\nBEGIN:STANDARD\nDTSTART:19701025T030000\nTZOFFSETTO:+0100\n"
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\nBEGIN:DAYLIGHT\n"
        "DTSTART:19700329T020000\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\n"
        "END:DAYLIGHT\nEND:VTIMEZONE"
    )[0]
    for month, day, hours in ((3, 28, 1), (3, 29, 2), (10, 24, 2), (10, 26, 1), (1, 1, 1)):
        moment = datetime.datetime(2026, month, day, 12)
        offset = time_zones.by_definition(zone, moment).utcoffset(None)
        assert offset == datetime.timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("Здравствуйте, принтер не работает", "cp1251"),
        ("Здравствуйте, принтер не работает", "koi8_r"),
        ("Prosím, pomozte mi: tiskárna nefunguje, Jiří Dvořák", "cp1250"),
        ("Proszę o pomoc, drukarka nie działa, Łukasz Żak", "iso8859_2"),
        ("Yazıcım çalışmıyor, lütfen yardım edin, Işıl", "cp1254"),
        ("Grüße aus Köln, Jürgen Müßig", "cp1252"),
        ("プリンターが動作しません。この問題を解決するのを手伝ってください。", "cp932"),
    ],
)
def test_detection(text, codec):
    octets_ = text.encode(codec)
    assert octets_.decode(detection.detect(octets_)) == text


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("cp-850", "cp850"),
        ("x-sjis", "cp932"),
        ("ks_c_5601-1987", "cp949"),
        ("gb2312", "gb18030"),
        ("unicode-1-1-utf-8", "utf-8"),
        ("utf-8;format=flowed", "utf-8"),
        ('us-ascii\\"', "cp1252"),
        ("charset=win-1251", "cp1251"),
        ("x-unknown", ""),
        ("punycode", ""),
        ("unicode_escape", ""),
        ("", ""),
    ],
)
def test_names_of_charsets(declared, codec):
    assert charset_names.codec_name(declared) == codec


def test_correct_text_is_never_taken_for_mojibake():
    for text in ("Ã", "ÃÂ und Â", "Prix : 5 € « à »", "São João, Ângela", "MÃ¼ller statt Müller"):
        assert mojibake.undo(text * 3, Defects()) == text * 3


def test_a_locked_nested_or_huge_archive_is_said_and_an_ordinary_one_is_not():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("letter.docx", b"x" * 1000)
    assert archives.remark("a.zip", file.getvalue()) == []
    assert archives.remark("a.zip", file.getvalue()[:50]) == [
        "The archive 'a.zip' is damaged or cut off."
    ]
    bomb = b"\x1f\x8b\x08" + b"\0" * 30 + struct.pack("<I", 2 * 1024**3)
    assert archives.remark("a.gz", bomb) == [
        "The archive 'a.gz' would hold 2048 MB if it were unpacked; it was not opened."
    ]


def test_time_that_runs_out_ends_in_a_sentence():
    ticks = iter(range(0, 100_000, 15))
    limits = Limits(clock=lambda: float(next(ticks)))
    source = HEAD + b"Content-Type: text/html\n\n<p>Hello <b>you</b></p><script>x()</script>"
    found = parse(source, limits)
    assert "took too long" in " ".join(found.defects)
    assert "Hello" in found.text
    assert "<script" not in found.html
    assert not parse(source).defects


def test_an_ordinary_mail_is_the_same_object_after_normalisation():
    source = HEAD + b"\n>From here\n"
    assert octets.normalised(source, Defects()) is source


def _addresses(value):
    return addresses.parse_addresses(value, Limits(), Defects())


@pytest.mark.parametrize(
    ("function", "source"),
    [
        *(
            (_addresses, unit * (250_000 // len(unit)))
            for unit in ('\\"', "(", "a@b ", "a@", "[a@b")
        ),
        *((encoded_words.decode, unit * 20_000) for unit in ("=?a?q?", "=?utf-8?B?QQ", "?=")),
        *((filenames.parse_parameters, unit * 100_000) for unit in ("a; ", "; a", "a,b=", ";=")),
        *((invitation.describe, u * 100_000) for u in ("BEGIN:A\n", 'A;B="', ";A", "\n ", "A:\\")),
        *((rtf.read, unit * 100_000) for unit in (b"{", b"\\'e4", b"\\u1 ?")),
        *(
            (uuencode.extract, u * 80_000)
            for u in (b"begin 644 a\n", b"begin-base64 644 a\n", b"\n")
        ),
        (pgp.open_armour, "-----BEGIN PGP MESSAGE-----\n" * 30_000),
        (pgp.open_armour, "-----BEGIN PGP SIGNED MESSAGE-----\n" * 30_000),
        (charsets.guess, b"\x1b$B" * 300_000),
        (charsets.guess, b"a\xe4 " * 300_000),
        *(
            (lambda source: cms.read(source, 1000), u * 300_000)
            for u in (b"0\x80", b"\4\0", b"$\x80")
        ),
    ],
)
def test_hostile_input_takes_linear_time(function, source):
    started = time.process_time()
    function(source)
    assert time.process_time() - started < 5
