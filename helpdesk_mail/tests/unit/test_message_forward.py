# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Forwards: who wrote the inner message, to whom, when, about what; and dates in many languages."""

import datetime
import time

import pytest

from helpdesk_mail.message import Address, local_dates, parse, subjects

HEAD = (
    "From: Bert <bert@example.org>\nTo: Support <support@example.org>\nSubject: {subject}\n"
    "Date: Mon, 02 Nov 2026 10:15:00 +0100\nMIME-Version: 1.0\n"
    "Content-Type: text/{subtype}; charset=utf-8\n\n"
)
CARLA = Address("Carla Customer", "carla@example.net")
ANNA = Address("Anna Berg", "anna@example.com")


def read(text, subject="Fwd: Broken", subtype="plain"):
    return parse((HEAD.format(subject=subject, subtype=subtype) + text).encode())


def at(day, hour, minute=0, zone=60):
    tzinfo = datetime.timezone(datetime.timedelta(minutes=zone))
    return datetime.datetime(2026, *day, hour, minute, tzinfo=tzinfo)


# separator | from | date | to | subject | the date as the program shows it
FORWARDS = """\
---------- Forwarded message ---------|From|Date|To|Subject|Sun, Nov 1, 2026 at 8:05 PM
Begin forwarded message:|From|Date|To|Subject|November 1, 2026 at 8:05:33 PM GMT+1
-------- Forwarded Message --------|From|Date|To|Subject|Sun, 1 Nov 2026 20:05:00 +0100
---------- Weitergeleitete Nachricht ---------|Von|Datum|An|Betreff|So., 1. Nov. 2026 um 20:05 Uhr
Anfang der weitergeleiteten Nachricht:|Von|Datum|An|Betreff|1. November 2026 um 20:05:10 MEZ
|Von|Gesendet|An|Betreff|Sonntag, 1. November 2026 20:05
---------- Message transféré ---------|De|Date|À|Objet|dim. 1 nov. 2026 à 20:05
Début du message réexpédié :|De|Date|À|Objet|1 novembre 2026 à 20:05:10 UTC+1
|De|Envoyé|À|Objet|dimanche 1 novembre 2026 20:05
---------- Mensaje reenviado ---------|De|Fecha|Para|Asunto|dom, 1 nov 2026 a las 20:05
|De|Enviado el|Para|Asunto|domingo, 1 de noviembre de 2026 8:05 p. m.
---------- Messaggio inoltrato ---------|Da|Data|A|Oggetto|dom 1 nov 2026 alle ore 20:05
Inizio messaggio inoltrato:|Da|Data|A|Oggetto|1 novembre 2026 alle ore 20:05:10 CET
---------- Mensagem encaminhada ---------|De|Data|Para|Assunto|dom., 1 de nov. de 2026 às 20:05
|De|Enviada em|Para|Assunto|domingo, 1 de novembro de 2026 20:05
---------- Doorgestuurd bericht ---------|Van|Datum|Aan|Onderwerp|zo 1 nov 2026 om 20:05
|Van|Verzonden|Aan|Onderwerp|zondag 1 november 2026 20:05
---------- Vidarebefordrat meddelande ---------|Från|Datum|Till|Ämne|sön 1 nov. 2026 kl 20:05
---------- Videresendt meddelelse ---------|Fra|Dato|Til|Emne|søn. 1. nov. 2026 kl. 20.05
---------- Edelleenlähetetty viesti ---------|Lähettäjä|Pvm|Saaja|Aihe|su 1. marrask. 2026 klo 20.05
---------- Przekazana wiadomość ---------|Od|Data|Do|Temat|niedz., 1 lis 2026 o 20:05
|Od|Wysłano|Do|Temat|niedziela, 1 listopada 2026 20:05
---------- Přeposlaná zpráva ---------|Od|Datum|Komu|Předmět|ne 1. listopadu 2026 20:05
---------- Preposlaná správa ---------|Od|Dátum|Komu|Predmet|ne 1. novembra 2026 20:05
---------- Továbbított üzenet ---------|Feladó|Dátum|Címzett|Tárgy|2026. nov. 1., V, 20:05
---------- Mesaj redirecționat ---------|De la|Dată|Către|Subiect|dum., 1 nov. 2026 la 20:05
---------- Препратено съобщение ---------|От|Дата|До|Относно|нд, 1.11.2026 г. в 20:05
---------- Proslijeđena poruka ---------|Šalje|Poslano|Prima|Predmet|1. studenoga 2026. 20:05
---------- Προωθημένο μήνυμα ---------|Από|Ημερομηνία|Προς|Θέμα|Κυρ 1 Νοε 2026 στις 8:05 μ.μ.
-------- Пересылаемое сообщение --------|От кого|Дата|Кому|Тема|Вс, 1 ноября 2026, 20:05 +03:00
---------- Переслане повідомлення ---------|Від|Дата|Кому|Тема|нд, 1 лист. 2026 р. о 20:05
---------- İletilen ileti ---------|Gönderen|Tarih|Kime|Konu|1 Kas 2026 Paz 20:05
---------- הודעה שהועברה ---------|מאת|תאריך|אל|נושא|יום א׳, 1 בנוב׳ 2026 ב-20:05
---------- رسالة معاد توجيهها ---------|من|التاريخ|إلى|الموضوع|١ نوفمبر ٢٠٢٦ في ٨:٠٥ م
---------- 転送メッセージ ---------|差出人|日付|宛先|件名|2026年11月1日(日) 20:05
---------- 转发的邮件 ---------|发件人|日期|收件人|主题|2026年11月1日 下午8:05
---------- 轉寄郵件 ---------|寄件者|日期|收件者|主旨|2026年11月1日 晚上8:05
---------- 전달된 메시지 ---------|보낸 사람|날짜|받는 사람|제목|2026년 11월 1일 (일) 오후 8:05
---------- Thư đã chuyển tiếp ---------|Từ|Ngày|Đến|Chủ đề|CN, 1 thg 11, 2026 vào lúc 20:05
---------- ข้อความที่ส่งต่อ ---------|จาก|วันที่|ถึง|เรื่อง|1 พ.ย. 2569 20:05
---------- Pesan terusan ---------|Dari|Tanggal|Kepada|Perihal|Min, 1 Nov 2026 pukul 20.05
---------- Missatge reenviat ---------|De|Data|Per a|Assumpte|dg., 1 de nov. 2026 a les 20:05
---------- Edastatud kiri ---------|Saatja|Kuupäev|Saaja|Teema|P, 1. november 2026 kell 20:05
---------- Persiųstas laiškas ---------|Nuo|Data|Kam|Tema|2026-11-01, sk, 20:05
---------- Pārsūtīts ziņojums ---------|No|Datums|Kam|Temats|2026. gada 1. novembris 20:05"""


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("line", FORWARDS.splitlines())
def test_the_inner_message_of_a_forward_in_any_language(line, quoted):
    separator, from_, date, to, subject, shown = line.split("|")
    inner = [
        f"{from_}: Carla Customer <carla@example.net>",
        f"{date}: {shown}",
        f"{to}: Anna Berg <anna@example.com>",
        f"{subject}: My printer",
        "",
        "It is broken.",
        "",
        "Carla",
    ]
    if quoted:
        inner = [f"> {text}" for text in inner]
    text = "\n".join(["Please help.", "", separator, "", *inner])
    found = read(text).forwarded
    assert (found.sender, found.to, found.subject) == (CARLA, (ANNA,), "My printer")
    assert found.text == "It is broken.\n\nCarla"
    assert found.date.replace(second=0, tzinfo=None) == datetime.datetime(2026, 11, 1, 20, 5)
    assert found.introduction == "Please help."
    assert "It is broken." in read(text).reply_text


def test_dates_of_forwards_without_a_zone_are_in_that_of_the_one_who_forwards():
    text = "From: a@example.net\nDate: Sun, Nov 1, 2026 at 8:05 PM\nSubject: x\n\ny"
    assert read(text).forwarded.date == at((11, 1), 20, 5)


@pytest.mark.parametrize(
    "from_",
    [
        "Carla Customer <carla@example.net>",
        "Carla Customer [mailto:carla@example.net]",
        "Carla Customer<mailto:carla@example.net>",
        "Carla Customer <carla@example.net<mailto:carla@example.net>>",
        "Carla Customer (carla@example.net)",
        "Carla Customer [carla@example.net]",
        '"Carla Customer" <carla@example.net>',
        "Carla Customer <carla@example.net> On Behalf Of Somebody",
        "Carla Customer\n<carla@example.net>",
    ],
)
def test_the_sender_as_programs_write_it(from_):
    text = (
        f"From: {from_}\nSent: Sunday, November 1, 2026 8:05 PM\nTo: b@example.org\nSubject: x\n\ny"
    )
    assert read(text).forwarded.sender == CARLA


def test_an_announcement_makes_a_forward_whatever_the_subject_says():
    text = (
        "Please help.\n\nBegin forwarded message:\n\nFrom: Carla Customer <carla@example.net>\n"
        "Subject: x\nDate: November 1, 2026 at 20:05:00 GMT+1\nTo: b@example.org\n\nIt is broken."
    )
    found = read(text, subject="Printer").forwarded
    assert (found.sender, found.introduction) == (CARLA, "Please help.")


def test_the_outermost_of_nested_forwards_counts():
    text = (
        "---------- Forwarded message ---------\nFrom: Carla Customer <carla@example.net>\n"
        "Date: Sun, Nov 1, 2026 at 8:05 PM\nSubject: Fwd: one\n\nSee below.\n\n"
        "---------- Forwarded message ---------\nFrom: Dora <dora@example.net>\n"
        "Date: Sat, Oct 31, 2026 at 8:05 PM\nSubject: two\n\nInner.\n"
    )
    found = read(text).forwarded
    assert (found.sender, found.subject) == (CARLA, "Fwd: one")
    assert "Inner." in found.text


def test_a_forward_below_an_attribution_alone():
    text = (
        "Please help.\n\nAm 01.11.2026 um 20:05 schrieb Carla Customer <carla@example.net>:\n\n"
        "> Es ist kaputt.\n"
    )
    found = read(text, subject="WG: Kaputt").forwarded
    assert (found.sender, found.text) == (CARLA, "Es ist kaputt.")
    assert found.introduction == "Please help."
    assert found.date == at((11, 1), 20, 5)


def test_vs_is_a_forward_in_norwegian_and_a_reply_in_finnish():
    norwegian = (
        "Fra: Carla Customer <carla@example.net>\nSendt: 1. november 2026 20:05\nTil: b\n"
        "Emne: x\n\ny"
    )
    assert read(norwegian, subject="VS: x").forwarded.sender == CARLA
    finnish = (
        "Kiitos.\n\nLähettäjä: Carla <carla@example.net>\nLähetetty: 1. marraskuuta 2026 20:05\n"
        "Vastaanottaja: b\nAihe: x\n\ny"
    )
    assert read(finnish, subject="VS: x").forwarded is None
    assert read(finnish, subject="VS: x").reply_text == "Kiitos."


def test_an_enclosed_message_with_its_attachments():
    inner = (
        "From: Carla Customer <carla@example.net>\nTo: Anna Berg <anna@example.com>\nSubject: x\n"
        "Date: Sun, 01 Nov 2026 20:05:00 +0100\nContent-Type: multipart/mixed; boundary=i\n\n"
        "--i\n\nIt is broken.\n--i\nContent-Type: text/plain\n"
        "Content-Disposition: attachment; filename=log.txt\n\nlog\n--i--\n"
    )
    source = (
        HEAD.format(subject="Fwd: x", subtype="plain").replace(
            "text/plain; charset=utf-8", "multipart/mixed; boundary=o"
        )
        + f"--o\n\nSee below.\n--o\nContent-Type: message/rfc822\n\n{inner}\n--o--\n"
    )
    found = parse(source.encode()).forwarded
    assert (found.sender, found.to, found.text) == (CARLA, (ANNA,), "It is broken.")
    assert [(file.filename, file.content) for file in found.attachments] == [("log.txt", b"log")]
    assert (found.introduction, found.enclosed) == ("See below.", True)


@pytest.mark.parametrize(
    "source",
    [
        '<div>Please help.</div><div class="gmail_quote">---------- Forwarded message ---------<br>'
        'From: <b>Carla Customer</b> <span>&lt;<a href="mailto:carla@example.net">'
        "carla@example.net</a>&gt;</span><br>Date: Sun, Nov 1, 2026 at 8:05 PM<br>Subject: x<br>"
        "To: Anna Berg &lt;anna@example.com&gt;<br><br><br><div>It is broken.</div></div>",
        "<p>Please help.</p><blockquote type=cite><div>Begin forwarded message:</div><br>"
        "<div><b>From: </b>Carla Customer &lt;carla@example.net&gt;</div><div><b>Subject: </b><b>x"
        "</b></div><div><b>Date: </b>November 1, 2026 at 20:05:00 GMT+1</div><div><b>To: </b>Anna "
        "Berg &lt;anna@example.com&gt;</div><br><div>It is broken.</div></blockquote>",
        "<p>Please help.</p><div>-------- Forwarded Message --------<table><tr><th>Subject: </th>"
        "<td>x</td></tr><tr><th>Date: </th><td>Sun, 1 Nov 2026 20:05:00 "
        "+0100</td></tr><tr><th>From: "
        "</th><td>Carla Customer &lt;carla@example.net&gt;</td></tr><tr><th>To: </th><td>Anna Berg "
        "&lt;anna@example.com&gt;</td></tr></table><br><p>It is broken.</p></div>",
        '<p>Please help.</p><div style="border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> Carla '
        "Customer &lt;carla@example.net&gt;<br><b>Sent:</b> Sunday, November 1, 2026 8:05 PM<br>"
        "<b>To:</b> Anna Berg &lt;anna@example.com&gt;<br><b>Subject:</b> x</p></div><p>It "
        "is broken.</p>",
    ],
)
def test_forwards_in_html(source):
    found = read(source, subtype="html").forwarded
    assert (found.sender, found.to, found.subject) == (CARLA, (ANNA,), "x")
    assert (found.text, found.date) == ("It is broken.", at((11, 1), 20, 5))
    assert (found.introduction, found.enclosed) == ("Please help.", False)


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        ("3/4/2026 10:00", {"english": True}, None),
        ("3/4/2026 10:00", {}, (2026, 4, 3, 10, 0)),
        ("13/4/2026 10:00", {"english": True}, (2026, 4, 13, 10, 0)),
        ("4/13/2026 1:05 PM", {"english": True}, (2026, 4, 13, 13, 5)),
        ("4/4/2026 12:05 AM", {"english": True}, (2026, 4, 4, 0, 5)),
        ("3.4.2026 10.00", {"english": True}, (2026, 4, 3, 10, 0)),
        ("23/06/24  10:46", {}, (2024, 6, 23, 10, 46)),
        ("1. listopada 2026 10:00", {}, None),
        ("1. listopada 2026 10:00", {"croatian": True}, (2026, 10, 1, 10, 0)),
        ("1. listopada 2026 10:00", {"croatian": False}, (2026, 11, 1, 10, 0)),
        ("mar. 3 mars 2026 10:00", {}, (2026, 3, 3, 10, 0)),
        ("1er mars 2026 10h05", {}, (2026, 3, 1, 10, 5)),
        ("March 3rd, 2026", {"english": True}, (2026, 3, 3, 0, 0)),
        ("3 มีนาคม 2569 10:00", {}, (2026, 3, 3, 10, 0)),
        ("3 March 10:00", {}, None),
        ("31/31/2026 10:00", {}, None),
        ("today", {}, None),
        ("", {}, None),
        ("10:00", {}, None),
        ("1 March 2026 99:99", {}, None),
    ],
)
def test_local_dates_guess_nothing(value, options, expected):
    found = local_dates.parse(value, **options)
    assert found == (expected and datetime.datetime(*expected, tzinfo=datetime.UTC))


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        ("1 Nov 2026 10:00 +0530", 330),
        ("1 Nov 2026, 10:00 GMT+2", 120),
        ("1 ноября 2026, 10:00 +03:00", 180),
        ("1. Nov. 2026 um 10:00:00 MEZ", 60),
        ("Nov 1, 2026 at 10:00:00 AM PST", -480),
        ("Nov 1, 2026 at 10:00:00 AM IST", 0),
    ],
)
def test_time_zones(value, minutes):
    assert local_dates.parse(value).utcoffset() == datetime.timedelta(minutes=minutes)


@pytest.mark.parametrize("shape", ["1.", "1 ", "may ", "1/1/", "\u0663", "a", ": ", "+1"])
def test_hostile_dates_and_subjects_end_soon(shape):
    value = shape * 300_000
    started = time.process_time()
    local_dates.parse(value)
    local_dates.has_day(value[:400])
    subjects.is_forward_subject(value)
    assert time.process_time() - started < 0.5
