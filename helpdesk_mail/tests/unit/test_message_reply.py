# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""New text, history and signature of replies: many languages, many programs, many traps."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpdesk_mail.message import attribution, parse, quotation, reply, signature, subjects

HEAD = (
    "From: Anna Berg <anna@example.com>\nTo: Support <support@example.org>\nSubject: {subject}\n"
    "Date: Mon, 02 Nov 2026 10:15:00 +0100\nMIME-Version: 1.0\n"
    "Content-Type: text/{subtype}; charset=utf-8\n\n"
)


def read(text, subject="Re: A question", subtype="plain"):
    return parse((HEAD.format(subject=subject, subtype=subtype) + text).encode())


# With an address: no person writes such a line, so what follows needs no quotation marks.
CERTAIN = """\
On Mon, Nov 2, 2026 at 9:15 AM Support <support@example.org> wrote:
On 2 Nov 2026, at 09:15, Support <support@example.org> wrote:
On Monday, November 2, 2026 at 09:15:30 AM GMT+1, Support <support@example.org> wrote:
Am Mo., 2. Nov. 2026 um 09:15 Uhr schrieb Support <support@example.org>:
Support <support@example.org> schrieb am Mo., 2. Nov. 2026, 09:15:
Le lun. 2 nov. 2026 à 09:15, Support <support@example.org> a écrit :
El lun, 2 nov 2026 a las 9:15, Support (<support@example.org>) escribió:
El lun., 2 de nov. de 2026 a la(s) 9:15 a. m., Support (support@example.org) escribió:
Il giorno lun 2 nov 2026 alle ore 09:15 Support <support@example.org> ha scritto:
Em seg., 2 de nov. de 2026 às 09:15, Support <support@example.org> escreveu:
Support <support@example.org> escreveu no dia segunda, 2/11/2026 à(s) 09:15:
Op ma 2 nov 2026 om 09:15 schreef Support <support@example.org>:
Den mån 2 nov. 2026 kl 09:15 skrev Support <support@example.org>:
Den man. 2. nov. 2026 kl. 09.15 skrev Support <support@example.org>:
man. 2. nov. 2026 kl. 09:15 skrev Support <support@example.org>:
ma 2. marrask. 2026 klo 9.15 Support (support@example.org) kirjoitti:
mán., 2. nóv. 2026 kl. 09:15 skrifaði Support <support@example.org>:
pon., 2 lis 2026 o 09:15 Support <support@example.org> napisał(a):
W dniu 2026-11-02 09:15:59 użytkownik Support <support@example.org> napisał:
po 2. 11. 2026 v 9:15 odesílatel Support <support@example.org> napsal:
po 2. 11. 2026 o 9:15 Support <support@example.org> napísal(a):
Support <support@example.org> ezt írta (időpont: 2026. nov. 2., H, 9:15):
În lun., 2 nov. 2026 la 09:15, Support <support@example.org> a scris:
На пн, 2.11.2026 г. в 9:15 Support <support@example.org> написа:
pon, 2. stu 2026. u 09:15 Support <support@example.org> napisao je:
пон, 2. нов 2026. у 09:15 Support <support@example.org> је написао/ла:
V V pon., 2. nov. 2026 ob 09:15 je oseba Support <support@example.org> napisala:
Στις Δευ 2 Νοε 2026 στις 9:15 π.μ., ο χρήστης Support <support@example.org> έγραψε:
пн, 2 нояб. 2026 г. в 09:15, Support <support@example.org>:
2 ноября 2026 г., 09:15, Support <support@example.org> написал(а):
Понедельник, 2 ноября 2026, 9:15 +03:00 от Support <support@example.org>:
пн, 2 лист. 2026 р. о 09:15 Support <support@example.org> пише:
2 Kas 2026 Pzt 09:15 tarihinde Support <support@example.org> şunu yazdı:
Support <support@example.org>, 2 Kas 2026 Pzt, 09:15 tarihinde şunu yazdı:
בתאריך יום ב׳, 2 בנוב׳ 2026 ב-9:15 מאת דוד כהן <support@example.org>:
في الاثنين، 2 نوفمبر 2026 في 9:15 ص تمت كتابة ما يلي بواسطة أحمد <support@example.org>:
في الاثنين، ٢ نوفمبر ٢٠٢٦ في ٩:١٥ ص تمت كتابة ما يلي بواسطة أحمد <support@example.org>:
2026年11月2日(月) 9:15 Support <support@example.org>:
2026/11/02 9:15、Support <support@example.org>のメール:
Support <support@example.org> 于2026年11月2日周一 09:15写道：
Support <support@example.org> 於 2026年11月2日 週一 上午9:15寫道：
2026년 11월 2일 (월) 오전 9:15, 김철수 <support@example.org>님이 작성:
Vào Th 2, 2 thg 11, 2026 vào lúc 09:15 Support <support@example.org> đã viết:
ในวันที่ จ. 2 พ.ย. 2026 เวลา 09:15 Support <support@example.org> เขียนว่า:
Pada Sen, 2 Nov 2026 pukul 09.15 Support <support@example.org> menulis:
2026-11-02, pr, 09:15 Support <support@example.org> rašė:
pirmd., 2026. g. 2. nov., plkst. 09:15 — lietotājs Support (<support@example.org>) rakstīja:
Kontakt Support (<support@example.org>) kirjutas kuupäeval E, 2. november 2026 kell 09:15:
Missatge de Support <support@example.org> del dia dl., 2 de nov. 2026 a les 9:15:
---- On Mon, 02 Nov 2026 09:15:50 +0530 Support <support@example.org> wrote ----
--- On Mon, 11/2/26, Support <support@example.org> wrote:
02.11.2026, 09:15, "Support" <support@example.org>:
2026-11-02 9:15 GMT+01:00 Support <support@example.org>:
Support <support@example.org> wrote on 11/02/2026 09:15:00 AM:
On Mon, Nov 2, 2026 at 9:15 AM Support Team of a Company <
a-very-long-address@support.example.org> wrote:
On Nov 2, 2026, at 9:15 AM, Support
<support@example.org>
wrote:
Le lun. 2 nov. 2026 à 09:15, Support <support@example.org>
a écrit :
man. 2. nov. 2026 kl. 09:15 skrev Support <support@example.org
>:
"""
# Without one, only a quotation below it makes it one.
QUOTING = """\
On 02/11/2026 09:15, Support wrote:
Am 02.11.2026 um 09:15 schrieb Support:
Am 02.11.26 um 09:15 schrieb Support Team:
Le 02/11/2026 à 09:15, Support a écrit :
El 02/11/2026 a las 9:15, Soporte escribió:
Il 02/11/2026 09:15, Supporto ha scritto:
Em 02/11/2026 09:15, Suporte escreveu:
Op 02-11-2026 om 09:15 schreef Support:
Den 2026-11-02 kl. 09:15, skrev Support:
Den 02.11.2026 09:15, skrev Support:
Support kirjoitti 2.11.2026 klo 9.15:
W dniu 02.11.2026 o 09:15, Support pisze:
Dne 02. 11. 26 v 9:15 Support napsal(a):
2026. 11. 02. 9:15 keltezéssel, Support írta:
02.11.2026 9:15, Support пишет:
02.11.26 09:15, Support пише:
- Le 2026-11-02 09:15, Support a écrit :
Quoting Support <support@example.org>:
Zitat von Support <support@example.org>:
Support <support@example.org> wrote:
On Nov 2, 2026, at 9:15 AM, bob wrote:
"""


def blocks(text):
    """The attributions of a list whose long ones are broken over several lines."""
    found = []
    for line in text.splitlines():
        ended = found and found[-1].endswith((":", "：", "----"))
        if not found or ended:
            found.append(line)
        else:
            found[-1] += f"\n{line}"
    return found


@pytest.mark.parametrize("line", blocks(CERTAIN))
def test_history_without_marks_is_cut_off_below_a_certain_attribution(line):
    found = read(f"It works now.\nThank you!\n\n{line}\n\nDid you restart?\n\nYour support")
    assert found.reply_text == "It works now.\nThank you!"
    assert found.quoted_text.endswith("Did you restart?\n\nYour support")


@pytest.mark.parametrize("line", blocks(CERTAIN) + blocks(QUOTING))
def test_a_quotation_is_cut_off_with_its_attribution(line):
    found = read(f"It works now.\n\n{line}\n> Did you restart?\n>\n>> My printer\n")
    assert found.reply_text == "It works now."
    assert found.quoted_text.startswith(line.split("\n")[0].split(" ")[0])


@pytest.mark.parametrize("line", blocks(CERTAIN) + blocks(QUOTING))
def test_what_stands_below_the_quotation_is_the_new_text(line):
    found = read(f"{line}\n> Did you restart?\n> And then?\n\nYes. It works.\n\nAnna")
    assert found.reply_text == "Yes. It works.\n\nAnna"


@pytest.mark.parametrize("line", blocks(CERTAIN) + blocks(QUOTING))
def test_answers_between_quoted_lines_are_kept(line):
    text = f"{line}\n> Which colour?\n\nBlue.\n\n> Which size?\n\nM.\n\nAnna"
    assert read(text).reply_text == text


@pytest.mark.parametrize("line", blocks(QUOTING))
def test_unmarked_text_is_kept_below_an_attribution_that_a_person_could_write(line):
    text = f"Hello,\n\n{line}\n\nIt will be fixed.\n\nIt is not."
    assert read(text).reply_text == text


@pytest.mark.parametrize(
    "text",
    [
        "On Monday my boss wrote:\n\nBuy it.\n\nSo please deliver.",
        "On 3 May 2026 at 10:00 your colleague anna@example.com wrote:\n\nDone.\n\nIt is not.",
        "On 3 May 2026 at 10:00 I sent a mail to support@example.com and got this answer:\n\nNo.",
        "On Nov 26, 2025 you wrote:\n\nWe will refund.\n\nNothing came.",
        "Am 3. Mai 2026 um 10:00 schrieben Sie mir:\n\nEs geht.\n\nEs geht nicht.",
        "Le 3 mai 2026 à 10:00 votre collègue Marie a écrit :\n\nOui.\n\nMais non.",
        "Please write to support@example.com on 3 May 2026 at 10:00:\n\nThen it works.",
        "Here is what the log says at 2026-05-03 10:00:00:\n\nERROR\n\nWhat is it?",
        "2026-05-03 10:00 ERROR user bob@example.com:\nstack trace\n\nWhat is it?",
        "Meeting on Monday, 3 May 2026 at 10:00 in Berlin:\n\nbring the printer",
        "-- first point\n-- second point\n\nI hope you can check it",
        "Key points\n----\n\n1. fast\n2. small\n\n----\n\nThe dashes are "
        "mine.\n\n====\n\nThese too.",
        "Part one.\n\n--\n\nPart two is a long sentence that goes on, does it not?",
        "Sent from my desk, which is much easier than my mobile phone.",
        "The note was sent from my iPhone app to all users.",
        "I write with regards to the payment.\n\nAs regards the time, Friday.",
        "Best regards to your boss, who helped me a lot yesterday.\n\nNow to my question.",
        "Kind regards\n\nby the way, my printer is still on fire, can you help?",
        "From: now on I expect better.\nTo: be honest, it is bad.",
        "I need mails from: a@example.com and from: b@example.com\n\nThe data comes From: us.",
        "I agree.\n\nhttps://example.com/on-date-someone-wrote:\n\nis my site.",
        "My answer is above this line.\n\nAnd here it goes on.",
        "It works.\n\nBest regards\n\nAnna\n\nCall me tomorrow please",
        "My shops\n--------\nAnna Berg\nanna@example.com\n+49 30 1234567",
        "See:\n\n-----\nhttps://example.com/a\nhttps://example.com/b",
        "Send it.\n\nInvoice to\nA. Berg\nanna@example.com\n+49 30 1234567",
        "Please call me:\n\nAnna Berg\nanna@example.com\n+49 30 1234567",
        "My new address:\n\nAnna Berg\nNew Street 5\nanna@example.com",
        "P.S. below\n\nAnna\n\nP.S. Do not forget the cable!",
        "I get this error:\n\n> cannot print\n\nWhat now?",
        "> a quoted poem\n\nis all I have to say",
        "This is confidential, but my printer is on fire.",
    ],
)
def test_no_word_of_an_author_is_lost(text):
    assert read(f"Hello\n\n{text}").reply_text == f"Hello\n\n{text}"


LABELS = """\
From|Sent|To|Subject
Von|Gesendet|An|Betreff
De|Envoyé|À|Objet
De|Enviado el|Para|Asunto
Da|Inviato|A|Oggetto
De|Enviada em|Para|Assunto
Van|Verzonden|Aan|Onderwerp
Från|Skickat|Till|Ämne
Fra|Sendt|Til|Emne
Lähettäjä|Lähetetty|Vastaanottaja|Aihe
Frá|Sent|Til|Efni
Od|Wysłano|Do|Temat
Od|Odesláno|Komu|Předmět
Od|Odoslané|Komu|Predmet
Feladó|Elküldve|Címzett|Tárgy
De la|Trimis|Către|Subiect
От|Изпратено|До|Относно
Šalje|Poslano|Prima|Predmet
Шаље|Послато|Прима|Тема
Od|Poslano|Za|Zadeva
Από|Στάλθηκε|Προς|Θέμα
От|Отправлено|Кому|Тема
Від|Надіслано|Кому|Тема
Gönderen|Gönderildi|Kime|Konu
מאת|נשלח|אל|נושא
من|تم الإرسال|إلى|الموضوع
差出人|送信日時|宛先|件名
发件人|发送时间|收件人|主题
寄件者|寄件日期|收件者|主旨
보낸 사람|보낸 날짜|받는 사람|제목
Từ|Đã gửi|Đến|Chủ đề
จาก|ส่งเมื่อ|ถึง|เรื่อง
Dari|Dikirim|Kepada|Perihal
Nuo|Išsiųsta|Kam|Tema
No|Nosūtīts|Kam|Temats
Saatja|Saadetud|Adressaat|Teema
De|Enviat el|Per a|Assumpte
"""


@pytest.mark.parametrize("style", ["{}: {}", "*{}:* {}", "{} : {}", "**{}:** {}", "{}： {}"])
@pytest.mark.parametrize("labels", LABELS.splitlines())
def test_history_below_a_header_block_is_cut_off(labels, style):
    values = ("Support <support@example.org>", "2.11.2026 09:15", "Anna", "A question")
    pairs = zip(labels.split("|"), values, strict=True)
    block = "\n".join(style.format(*pair) for pair in pairs)
    text = f"It works now.\n\n{block}\n\nDid you restart?"
    assert read(text).reply_text == "It works now."
    # A full block counts as well where nothing else says that the mail is an answer.
    assert read(text, subject="Printer").reply_text == "It works now."
    ruled = f"It works now.\n________________________________\n{block}\n\nDid you restart?"
    assert read(ruled).reply_text == "It works now."


@pytest.mark.parametrize(
    "line",
    """\
-----Original Message-----
----- Original Message -----
-----Ursprüngliche Nachricht-----
-------- Original-Nachricht --------
-----Message d'origine-----
-----Mensaje original-----
-----Messaggio originale-----
-----Mensagem original-----
-----Oorspronkelijk bericht-----
-----Ursprungligt meddelande-----
-----Oprindelig meddelelse-----
-----Opprinnelig melding-----
-----Alkuperäinen viesti-----
-----Wiadomość oryginalna-----
-----Původní zpráva-----
-----Pôvodná správa-----
-----Eredeti üzenet-----
-----Mesaj original-----
-----Исходное сообщение-----
-----Оригінальне повідомлення-----
-----Orijinal İleti-----
-----Αρχικό μήνυμα-----
-----הודעה מקורית-----
-----الرسالة الأصلية-----
-----原始邮件-----
-----原始郵件-----
-----元のメッセージ-----
-----원본 메시지-----
-----Thư gốc-----
-----Pesan Asli-----
------------------ 原始邮件 ------------------
Original Message processed by david®
## - Please type your reply above this line - ##
--- Bitte schreiben Sie Ihre Antwort oberhalb dieser Zeile ---
##- Veuillez saisir votre réponse au-dessus de cette ligne -##
Please reply above this line
>>> Support <support@example.org> 02.11.2026 09:15 >>>""".splitlines(),
)
def test_history_below_a_line_that_programs_draw_is_cut_off(line):
    assert read(f"It works now.\n\n{line}\n\nDid you restart?").reply_text == "It works now."


def test_the_attribution_above_a_line_to_write_above_is_history_in_any_form():
    marker = "##- Reply above this line -##"
    text = f"It works now.\n\n2 Nov, Support <a@example.org> gwrote:\n\n{marker}\n\nx"
    assert read(text).reply_text == "It works now."


DEVICES = """\
Sent from my iPhone
Sent from my Verizon Wireless BlackBerry
Sent from Mail for Windows
Sent from Yahoo Mail on Android
Sent via the Samsung Galaxy S24, an AT&T 5G smartphone
Get Outlook for iOS<https://aka.ms/o0ukef>
Sent with Proton Mail secure email.
Von meinem iPhone gesendet
Gesendet von Outlook für Android<https://aka.ms/x>
Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.
Envoyé de mon iPhone
Envoyé à partir de Outlook pour iOS<https://aka.ms/o0ukef>
Télécharger Outlook pour Android
Enviado desde mi iPhone
Obtener Outlook para iOS
Enviado do meu iPhone
Inviato da iPhone
Scarica Outlook per Android
Verzonden vanaf mijn iPhone
Skickat från min iPhone
Sendt fra min iPhone
Lähetetty iPhonesta
Wysłane z iPhone'a
Odesláno z iPhonu
Odoslané z iPhonu
Az én iPhone készülékemről küldve
Trimis de pe iPhone-ul meu
Отправлено с iPhone
Отправлено из мобильной Почты Mail.ru
Надіслано з iPhone
Poslano s mog iPhone uređaja
Στάλθηκε από το iPhone μου
iPhone'umdan gönderildi
נשלח מה-iPhone שלי
أرسلت من الـ iPhone
iPhoneから送信
发自我的iPhone
從我的 iPhone 傳送
나의 iPhone에서 보냄
Đã gửi từ iPhone của tôi
ส่งจาก iPhone ของฉัน
Dikirim dari iPhone saya
Saadetud minu iPhone'ist"""


@pytest.mark.parametrize("line", DEVICES.splitlines())
def test_the_note_of_a_device_is_a_signature(line):
    found = read(f"It works now.\n\n{line}\n")
    assert (found.reply_text, found.signature) == ("It works now.", line)


CLOSINGS = """\
Best regards
Kind regards,
Sincerely,
Mit freundlichen Grüßen
MfG
Cordialement,
Bien à vous
Saludos cordiales,
Atentamente,
Cordiali saluti
Atenciosamente,
Met vriendelijke groet,
Med vänlig hälsning
Mvh
Med venlig hilsen
Vennlig hilsen
Ystävällisin terveisin
Pozdrawiam,
Z poważaniem
S pozdravem
S pozdravom
Üdvözlettel
Cu stimă,
С уважением,
З повагою
Saygılarımla,
Με εκτίμηση
בברכה
Lijep pozdrav
Lep pozdrav
Lugupidamisega
Pagarbiai
Ar cieņu
Trân trọng"""


@pytest.mark.parametrize("closing", CLOSINGS.splitlines())
def test_names_and_addresses_below_a_closing_formula_are_a_signature(closing):
    card = f"{closing}\n\nAnna Berg\nExample GmbH\nTel. +49 30 1234567\nwww.example.com"
    found = read(f"It works now.\n\n{card}")
    assert (found.reply_text, found.signature) == ("It works now.", card)


def test_signature_marks_footers_and_notices():
    assert read("Hi\n\nYes.\n\n-- \nAnna\nExample\n").signature == "-- \nAnna\nExample"
    listed = "_" * 47 + "\nusers mailing list\nusers@lists.example.org\nhttps://lists.example.org/"
    assert read(f"Yes.\n\n{listed}\n").reply_text == "Yes."
    notice = (
        "This email and any attachments are confidential and intended solely for the addressee. "
        "If you are not the intended recipient, please delete it."
    )
    assert read(f"Yes.\n\nDisclaimer\n\n{notice}\n").reply_text == "Yes."
    assert read(f"Yes.\n\n{notice}\n").signature == notice
    assert read("Yes.\n\nAnna Berg\nExample GmbH\nanna@example.com").reply_text == "Yes."
    ruled = "Yes.\n\n—————\nAnna Berg\n\U0001f4e7 anna@example.org\n\U0001f4f1 +49 30 1234567"
    assert read(ruled).reply_text == "Yes."
    assert read("Hej\n\nJa.\n\n/Anna").reply_text == "Hej\n\nJa."


def test_a_signature_below_the_quotation_is_no_answer():
    for below in ("--\nAnna", "-- \nAnna\nExample", "Sent from my iPhone"):
        text = f"Yes.\n\nOn 2 Nov 2026, at 09:15, Support wrote:\n> Really?\n\n{below}\n"
        assert read(text).reply_text == "Yes."


def test_a_quoted_line_that_was_broken_on_its_way_is_no_answer():
    text = (
        "Yes.\n\nOn 2 Nov 2026, at 09:15, Support wrote:\n> This is a long line that the mail "
        "program of the sender has broken in the\nmiddle\n> of a sentence.\n"
    )
    assert read(text).reply_text == "Yes."
    lazy = "On 2 Nov 2026, at 09:15, S wrote:\n> can we do it next week?\nyes\n> when?\nmonday"
    assert read(lazy).reply_text == lazy


HTML = [
    '<p>It works now.</p><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Gwrote:</b> S'
    "</div><div>Did you restart?</div>",
    '<p>It works now.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>Odd:</b> S'
    "<br><b>Label:</b> 2 Nov<br><b>Words:</b> Anna</p></div><p>Did you restart?</p>",
    '<div>It works now.</div><div class="ydp1yahoo_quoted"><div>Odd words about S:</div>'
    "<div>Did you restart?</div></div>",
    '<div>It works now.</div><div class="gmail_quote"><div class="gmail_attr">Odd words:<br></div>'
    '<blockquote class="gmail_quote">Did you restart?</blockquote></div>',
    '<p>It works now.</p><div class="moz-cite-prefix">Odd words:<br></div>'
    '<blockquote type="cite">Did you restart?</blockquote>',
    '<div>It works now.</div><div class="protonmail_quote">Odd words:<br>'
    '<blockquote class="protonmail_quote">Did you restart?</blockquote></div>',
    "<div>It works now.</div><div id='isReplyContent'>Odd<br>Did you restart?</div>",
    '<div>It works now.</div><hr id="stopSpelling">Odd words<br>Did you restart?',
    "<div>It works now.</div><div id=OLK_SRC_BODY_SECTION>Odd<br>Did you restart?</div>",
    '<div>It works now.</div><div id="mail-editor-reference-message-container">Odd<p>x</p></div>',
    '<div>It works now.</div><div class="gmail_signature"><div>Anna B.</div>A house</div>',
    '<div>It works now.<br>-- <br></div><pre class="moz-signature">Anna B.\nA house</pre>',
    '<div>It works now.</div><div id="Signature"><p>Anna B.</p></div>'
    '<div id="appendonsend"></div><hr><p>Odd</p><p>Did you restart?</p>',
]


@pytest.mark.parametrize("source", HTML)
def test_the_markup_tells_history_and_signature_in_any_language(source):
    found = read(source, subtype="html")
    assert found.reply_text == "It works now."
    assert not any(ord(char) > 0xFFFFF for char in found.text + found.html)


@pytest.mark.parametrize(
    "source",
    [
        # Gmail: answers inside of the quotation's own element.
        '<div class="gmail_quote"><div class="gmail_attr">On 2 Nov 2026 at 9:15 S &lt;s@example.org'
        '&gt; wrote:</div><blockquote class="gmail_quote">Which colour?</blockquote><div>Blue.'
        '</div><blockquote class="gmail_quote">Which size?</blockquote><div>M.</div></div>',
        # All words stand in what the program takes for the signature.
        '<div class="gmail_signature">Blue.<br>M.</div>',
        '<div id="divRplyFwdMsg">Blue. M.</div>',
    ],
)
def test_the_markup_never_loses_an_answer(source):
    text = read(source, subtype="html").reply_text
    assert "Blue." in text and "M." in text


def test_the_markup_beside_a_plain_text_tells_where_its_history_starts():
    source = (
        HEAD.format(subject="Re: x", subtype="plain").replace(
            "text/plain; charset=utf-8", "multipart/alternative; boundary=b"
        )
        + "--b\nContent-Type: text/plain\n\nIt works now.\n\nOdd words about S\n\nDid you "
        "restart?\n"
        "--b\nContent-Type: text/html\n\n<p>It works <b>now</b>.</p><div id=appendonsend></div>"
        "<div>Odd words about S</div><div>Did you restart?</div>\n--b--\n"
    )
    assert parse(source.encode()).reply_text == "It works now."


def test_an_html_without_words_of_its_own_stays_whole():
    source = '<div class="gmail_quote"><blockquote>Did you restart?</blockquote></div>'
    assert read(source, subtype="html").reply_text == "> Did you restart?"


REPLIES = (
    "Re: Aw: Antw: SV: VS: Odp: RIF: R: RES: YNT: Vá: ATB: ΑΠ: "
    "НА: Отв: Відп: Odg: BLS: 回复： 答复: 返信: 답장: תגובה: رد: RE[2]: "
    "Re(3): "
)
FORWARDS = (
    "Fwd: Fw: WG: TR: RV: ENC: Doorst: PD: VB: VL: I: İLT: ΠΡΘ: "
    "FS: TRS: 转发： 轉寄: 転送: 전달: הועבר: ПЕР: "
)


@pytest.mark.parametrize("prefix", REPLIES.split())
def test_prefixes_of_replies(prefix):
    assert subjects.is_reply_subject(f"{prefix} My printer")
    assert subjects.is_reply_subject(f"[Ticket 7] {prefix} My printer")
    assert not subjects.is_forward_subject(f"{prefix} My printer")


@pytest.mark.parametrize("prefix", FORWARDS.split())
def test_prefixes_of_forwards(prefix):
    assert subjects.is_forward_subject(f"{prefix} My printer")
    assert not subjects.is_reply_subject(f"{prefix} My printer")


@pytest.mark.parametrize(
    "subject", ["", "Report: x", "Retry: x", "Forward this", "12:30 Re", "Res"]
)
def test_other_subjects_are_neither(subject):
    assert not subjects.is_reply_subject(subject) and not subjects.is_forward_subject(subject)


WORDS = (
    st.text("abcdefg äöüñé漢字 ЖЯ.,!", min_size=1, max_size=40)
    .map(str.strip)
    .filter(lambda line: any(char.isalpha() for char in line))
)
PARAGRAPHS = st.lists(WORDS, min_size=1, max_size=5).map("\n\n".join)
relaxed = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@given(PARAGRAPHS, st.sampled_from(blocks(CERTAIN)), PARAGRAPHS, st.booleans())
@relaxed
def test_any_text_above_any_history_is_the_new_text(text, line, history, quoted):
    if quoted:
        history = "\n".join(f"> {words}" for words in history.split("\n"))
    parts = reply.split(f"{text}\n\n{line}\n\n{history}", is_reply=True)
    assert parts.text == text
    assert history.split("\n")[0] in parts.quoted


@given(
    st.lists(st.tuples(WORDS, WORDS), min_size=2, max_size=6),
    st.sampled_from(blocks(CERTAIN) + blocks(QUOTING)),
)
@relaxed
def test_no_answer_between_quoted_lines_is_lost(pairs, line):
    body = "\n\n".join(f"> {question}\n\n{answer}" for question, answer in pairs)
    text = reply.split(f"{line}\n\n{body}", is_reply=True).text
    for _, answer in pairs:
        assert answer in text


@given(PARAGRAPHS)
@relaxed
def test_nothing_is_lost_where_nothing_marks_a_history(text):
    assert reply.split(text, is_reply=True).text == text.strip()


@given(
    st.lists(
        st.one_of(
            WORDS,
            st.sampled_from(
                [
                    *CERTAIN.splitlines(),
                    *QUOTING.splitlines(),
                    *CLOSINGS.splitlines(),
                    *DEVICES.splitlines(),
                    "> x",
                    "-- ",
                    "--",
                    "",
                    "_____",
                    "From: a@b.c",
                    "Date: 1.1.2026",
                    "Subject: x",
                    "To: b",
                    "-----Original Message-----",
                ]
            ),
        ),
        max_size=25,
    )
)
@relaxed
def test_every_word_stands_in_one_of_the_parts(lines):
    text = "\n".join(lines)
    parts = reply.split(text, is_reply=True)
    together = f"{parts.text}\n{parts.quoted}\n{parts.signature}"
    for line in lines:
        assert line.strip() in together or not line.strip(" _-")
    assert parts.text or not text.strip()


HOSTILE = [
    "On Mon, Nov 2, 2026 at 9:15, Support wrote:\n",
    "On Mon, Nov 2, 2026 at 9:15, Support wrote:\n> a\nanswer\n",
    "On 3 May 2026 at 10:00 somebody wrote this line:\n",
    "From: a@b\nDate: x\n\n",
    "-----\n",
    "> \n",
    "<a@b>",
    "wrote: ",
    "Sent from my ",
    "Best regards\n",
    "-----Original Message-----\n",
    "Begin forwarded message:\n",
    "reply reply above ",
    "This email is confidential and intended ",
    "-- \n",
    "\u202b \u202a",
    " ",
    "1.",
]


@pytest.mark.parametrize("shape", HOSTILE)
def test_hostile_texts_take_linear_time(shape):
    def seconds(size):
        text = "Hello\n\n" + (shape * (size // len(shape)))
        best = 60.0
        for _ in range(2):
            started = time.process_time()
            reply.split(text, is_reply=True)
            best = min(best, time.process_time() - started)
        return best

    seconds(1000)
    assert seconds(1_000_000) < 5.0


def test_the_parts_that_others_build_on():
    assert attribution.ends_at(["x", "On 2 Nov 2026 at 9:15 A <a@b.c> wrote:"], 1).certain
    assert quotation.find(["a", "> b"], is_reply=True) == quotation.Quotation(0, 1)
    assert signature.tail(["a", "", "-- ", "b"]) == 1
