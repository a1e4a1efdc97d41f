# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What sort of mail it is: fields, subjects in many languages, and what must stay a message."""

import pytest

from helpdesk_mail.message import Kind, parse


def mail(subject, text="Hello", header=""):
    head = (
        "From: Anna Berg <anna@example.com>\nTo: Support <support@example.org>\n"
        f"Subject: {subject}\n{header}Date: Mon, 02 Nov 2026 10:15:00 +0100\n"
        "Message-ID: <q1@example.com>\nMIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\n\n"
    )
    return parse(f"{head}{text}\n".encode())


ANSWER = "In-Reply-To: <t1@example.org>\n"

AUTOMATIC_PREFIXES = [
    "Automatic reply",
    "Auto-Reply",
    "Autoreply",
    "Automatische Antwort",
    "Réponse automatique ",
    "Respuesta automática",
    "Risposta automatica",
    "Resposta automática",
    "Automatisch antwoord",
    "Automatiskt svar",
    "Autosvar",
    "Automatisk svar",
    "Automaattinen vastaus",
    "Sjálfvirkt svar",
    "Odpowiedź automatyczna",
    "Automatická odpověď",
    "Automatická odpoveď",
    "Automatikus válasz",
    "Răspuns automat",
    "Автоматичен отговор",
    "Αυτόματη απάντηση",
    "Автоматический ответ",
    "Автоматична відповідь",
    "Otomatik yanıt",
    "תשובה אוטומטית",
    "رد تلقائي",
    "自動応答",
    "自动答复",
    "自动回复",
    "自動回覆",
    "자동 회신",
    "Automatski odgovor",
    "Samodejni odgovor",
    "Automatinis atsakymas",
    "Automātiska atbilde",
    "Automaatne vastus",
    "Trả lời tự động",
]


@pytest.mark.parametrize("prefix", AUTOMATIC_PREFIXES)
def test_a_subject_that_only_programs_write_is_an_automatic_answer(prefix):
    assert mail(f"{prefix}: Ticket 42").kind in (Kind.AUTO_REPLY, Kind.OUT_OF_OFFICE)
    assert mail(f"Re: {prefix}: Ticket 42").kind is Kind.MESSAGE
    assert mail(f"{prefix}: Ticket 42?").kind is Kind.MESSAGE


NOTES = [
    ("Out of Office: Ticket", "I am out of the office until Monday."),
    ("Out of Office AutoReply: Ticket", "I will be back on Monday."),
    ("Abwesenheitsnotiz", "Ich bin bis zum 6. nicht im Büro."),
    ("Abwesend: Ticket", "Ich bin im Urlaub."),
    ("Absence du bureau : Ticket", "Je suis absent du 2 au 6 novembre."),
    ("Fuera de la oficina: Ticket", "Estoy de vacaciones hasta el lunes."),
    ("Fuori sede: Ticket", "Sono assente fino al 6."),
    ("Ausente do escritório: Ticket", "Estou de férias."),
    ("Afwezig: Ticket", "Ik ben met vakantie."),
    ("Frånvaro: Ticket", "Jag är på semester."),
    ("Fravær: Ticket", "Jeg er på ferie."),
    ("Poissa toimistosta: Ticket", "Olen lomalla."),
    ("Fjarverandi: Ticket", "Ég er í fríi."),
    ("Poza biurem: Ticket", "Jestem na urlopie."),
    ("Mimo kancelář: Ticket", "Jsem na dovolené."),
    ("Mimo kancelárie: Ticket", "Som na dovolenke."),
    ("Házon kívül: Ticket", "Szabadságon vagyok."),
    ("În afara biroului: Ticket", "Sunt în concediu."),
    ("Извън офиса: Ticket", "Аз съм в отпуск."),
    ("Εκτός γραφείου: Ticket", "Είμαι σε άδεια."),
    ("Вне офиса: Ticket", "Я в отпуске до понедельника."),
    ("Поза офісом: Ticket", "Я у відпустці."),
    ("Ofis dışında: Ticket", "Yıllık izindeyim."),
    ("מחוץ למשרד: Ticket", "אני בחופשה."),
    ("خارج المكتب: Ticket", "أنا في إجازة."),
    ("不在通知", "11月6日まで不在にしております。"),
    ("外出: Ticket", "我正在休假。"),
    ("부재중: Ticket", "휴가 중입니다."),
    ("Izvan ureda: Ticket", "Na godišnjem sam odmoru."),
    ("Izven pisarne: Ticket", "Sem na dopustu."),
    ("Ne biure: Ticket", "Aš atostogose."),
    ("Ārpus biroja: Ticket", "Esmu atvaļinājumā."),
    ("Kontorist väljas: Ticket", "Olen puhkusel."),
]


@pytest.mark.parametrize(("subject", "text"), NOTES)
def test_absence_notes_without_any_mark(subject, text):
    assert mail(subject, text).kind is Kind.OUT_OF_OFFICE
    assert mail(f"Re: {subject}", text).kind is Kind.MESSAGE
    assert mail(subject, f"{text}\nHow do I change this?").kind is Kind.MESSAGE


@pytest.mark.parametrize(("subject", "text"), NOTES)
def test_automatic_answers_that_tell_of_an_absence(subject, text):
    header = "Auto-Submitted: auto-replied\n"
    assert mail("Re: Ticket", text, header).kind is Kind.OUT_OF_OFFICE
    assert mail(subject, "", header).kind is Kind.OUT_OF_OFFICE


@pytest.mark.parametrize(
    ("header", "kind", "automatic"),
    [
        ("Auto-Submitted: auto-replied; owner-email=anna@example.com\n", Kind.AUTO_REPLY, True),
        ("Auto-Submitted: auto-reply\n", Kind.AUTO_REPLY, True),
        ("Auto-Submitted: yes\n", Kind.AUTO_REPLY, True),
        ("Auto-Submitted: auto-generated\n", Kind.MESSAGE, True),
        ("Auto-Submitted: auto-generated (web form)\n", Kind.MESSAGE, True),
        ("Auto-Submitted: auto-notified\n", Kind.MESSAGE, True),
        (f"Auto-Submitted: auto-generated\n{ANSWER}", Kind.AUTO_REPLY, True),
        ("Auto-Submitted: no\nX-Autoreply: yes\n", Kind.MESSAGE, False),
        ("X-Autoreply: yes\n", Kind.AUTO_REPLY, True),
        ("X-Autoreply: no\n", Kind.MESSAGE, False),
        ("X-Autorespond: shoes\n", Kind.AUTO_REPLY, True),
        ("X-Auto-Response: true\n", Kind.AUTO_REPLY, True),
        ("X-AutoReply-From: anna@example.com\n", Kind.AUTO_REPLY, True),
        ("X-Mail-Autoreply: yes\n", Kind.AUTO_REPLY, True),
        ("X-POST-MessageClass: 9; Autoresponder\n", Kind.AUTO_REPLY, True),
        ("Delivered-To: Autoresponder\n", Kind.AUTO_REPLY, True),
        ("X-Autogenerated: Reply\n", Kind.AUTO_REPLY, True),
        ("X-Autogenerated: Mirror\n", Kind.MESSAGE, False),
        ("X-FC-MachineGenerated: true\n", Kind.AUTO_REPLY, True),
        ("X-List-Administrivia: yes\n", Kind.AUTO_REPLY, True),
        ("Precedence: auto_reply\n", Kind.AUTO_REPLY, True),
        ("X-Precedence: auto_reply\n", Kind.AUTO_REPLY, True),
        ("Precedence: bulk\n", Kind.MESSAGE, False),
        (f"Precedence: junk\n{ANSWER}", Kind.MESSAGE, False),
        ("X-Auto-Response-Suppress: All\n", Kind.MESSAGE, False),
        (f"X-MS-Exchange-Inbox-Rules-Loop: a@example.com\n{ANSWER}", Kind.MESSAGE, False),
        ("X-RT-Loop-Prevention: example.com\n", Kind.MESSAGE, False),
        (f"Return-Path: <>\n{ANSWER}", Kind.AUTO_REPLY, False),
        ("Return-Path: <>\n", Kind.MESSAGE, False),
        (f"Return-Path: <anna@example.com>\n{ANSWER}", Kind.MESSAGE, False),
    ],
)
def test_fields_of_answering_machines(header, kind, automatic):
    found = mail("Your ticket", "Hello", header)
    assert (found.kind, found.auto_submitted) == (kind, automatic)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("RE: out of office policy question", "Who approves it?"),
        ("Out of office message does not work", "Please help."),
        ("Vacation days", "I am on vacation next week, so please call me now."),
        ("Automatic reply does not stop", "It answers everybody."),
        ("Automatic reply: how can I switch it off?", "Tell me."),
        ("Automatic reply: broken", "Can you repair it?"),
        ("FW: Automatic reply: Ticket", "See what they write."),
        ("Abwesenheit von Herrn Berg", "Er ist im Urlaub. Wer vertritt ihn?"),
        ("Urlaub: Antrag", "Kann ich im Urlaub die Karte sperren?"),
        ("Holiday booking", "I'm on vacation from Monday."),
        ("Absence : certificat", "Voici le certificat de mon fils, absent du 2 au 4."),
        ("Accepted", "I accept your offer."),
        ("Accepted: your offer", "We are glad."),
        ("Read: this", "It was read on television."),
        ("Returned mail", "I send you the parcel back by returned mail."),
        ("Failure notice for my printer", "It could not be delivered to my home."),
        ("Your message to me", "Your message could not be delivered to my wife anna@example.com."),
        ("Delivery delayed", "My parcel has been delayed. Where is it?"),
        ("Delivery failed", "Your parcel could not be delivered.\n\nbob@example.com\n"),
        ("Delivery failed", "Delivery to your home failed. Call us:\n\nRecipient: b@example.com"),
        ("complaint about message from 10 May", "It was rude."),
        ("Please confirm your message", "Is it true?"),
        ("Action required", "Please confirm your email address in our records."),
    ],
)
def test_people_write_messages(subject, text):
    for header in ("", ANSWER, "Precedence: bulk\n", "X-Auto-Response-Suppress: OOF\n"):
        found = mail(subject, text, header)
        assert found.kind is Kind.MESSAGE
        assert found.bounce is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("List-Id: <a.example.com>\n", True),
        ("List-Unsubscribe: <mailto:u@example.com>\n", True),
        ("Mailing-List: list a@example.com; contact b@example.com\n", True),
        ("X-Mailman-Version: 2.1\n", True),
        ("X-Google-Group-Id: 42\n", True),
        ("Sender: owner-news@example.com\n", True),
        ("Precedence: list\n", True),
        ("Sender: anna@example.com\n", False),
        ("", False),
    ],
)
def test_mailing_lists(header, expected):
    found = mail("News", "Text", header)
    assert found.mailing_list is expected
    assert found.kind is Kind.MESSAGE


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("X-Priority: 1 (Highest)\n", "high"),
        ("X-Priority: 5 (Lowest)\n", "low"),
        ("X-Priority: 3\nX-MSMail-Priority: High\n", "high"),
        ("Priority: urgent\n", "high"),
        ("Priority: non-urgent\n", "low"),
        ("Importance: normal\nPriority: normal\n", "normal"),
        ("Sensitivity: company-confidential\n", "normal"),
    ],
)
def test_importance(header, expected):
    assert mail("News", "Text", header).importance == expected
