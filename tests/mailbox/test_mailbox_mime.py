# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is written in Odoo is a mail that every program reads: composed here, sent by a real SMTP
server, and looked at as the Dovecot of its receiver shows it.
"""

import base64
import email
import email.policy
import os

import imapclient
import mailbox_send_world as send_world
import pytest
from mailbox_send_world import CUSTOMER, MESSAGE, PASSWORD

from dev import paths
from dev.dovecot import Dovecot
from dev.smtp_store import SmtpStore

import road_world  # isort: skip

NAME = 'Änne "Chefin" Müller-Łukasiewicz, 日本 😀'
# within quotes in a name would be a quote, and an address in it what forgers write
SHOWN = "Änne Chefin Müller-Łukasiewicz, 日本 😀"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
PICTURE = "Grüße 😀.png"
# as a customer's program writes it
SHOWING = (
    f"From: =?utf-8?q?J=C3=BCrgen?= <{CUSTOMER}>\r\nTo: {{to}}\r\nSubject: =?utf-8?b?"
    f"{base64.b64encode('Das Bild – 日本'.encode()).decode()}?=\r\n"
    "Message-ID: <picture@customer.example>\r\nDate: Mon, 16 Nov 2026 10:00:00 +0000\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=cut\r\n\r\n"
    "--cut\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    '<p>Look: <img src="cid:one@customer"></p>\r\n'
    "--cut\r\nContent-Type: image/png\r\nContent-ID: <one@customer>\r\n"
    "Content-Transfer-Encoding: base64\r\nContent-Disposition: inline; filename=one.png\r\n\r\n"
    f"{base64.b64encode(PIXEL).decode()}\r\n--cut--\r\n"
)


@pytest.fixture(scope="module")
def post(tmp_path_factory):
    """Mail server of both sides, SMTP server and Odoo."""
    road_world.drop_left_behind()
    socket_path = tmp_path_factory.mktemp("odoo") / "socket"
    dovecot = Dovecot(tmp_path_factory.mktemp("dovecot"), tls=False)
    try:
        dovecot.start()
        dovecot.add_user(CUSTOMER, PASSWORD)
        with (
            SmtpStore(tmp_path_factory.mktemp("smtp")) as smtp,
            road_world.database(f"test_road_mime_{os.getpid()}") as name,
        ):
            smtp.deliver[CUSTOMER] = dovecot.maildir(CUSTOMER)
            odoo = road_world.Odoo(name, socket_path, paths.LOG / "mailbox-mime-odoo.log")
            try:
                yield odoo, dovecot, smtp
            finally:
                odoo.stop()
    finally:
        dovecot.remove()


@pytest.fixture(scope="module")
def anna(post):
    writer = send_world.Writer(*post, "anna")
    writer.call("res.users", "write", [writer.user], {"name": NAME}, user=None)
    writer.call("helpdesk.mailbox", "write", [writer.mailbox], {"email": "anna@bücher.example"})
    return writer


class Seen:
    """The newest mail of the customer, as their mail server describes it."""

    def __init__(self, dovecot):
        with imapclient.IMAPClient("127.0.0.1", dovecot.imap_port, ssl=False) as client:
            client.login(CUSTOMER, PASSWORD)
            client.select_folder("INBOX")
            newest = client.search()[-1]
            found = client.fetch(newest, ["ENVELOPE", "BODYSTRUCTURE", "BODY.PEEK[]"])[newest]
        self.envelope = found[b"ENVELOPE"]
        self.structure = found[b"BODYSTRUCTURE"]
        self.source = found[b"BODY[]"]
        self.mail = email.message_from_bytes(self.source, policy=email.policy.default)

    def addresses(self, field):
        """(name, address) of a field, as the server reads it."""
        return [
            (
                str(
                    email.header.make_header(email.header.decode_header((one.name or b"").decode()))
                ),
                f"{one.mailbox.decode()}@{one.host.decode()}",
            )
            for one in getattr(self.envelope, field) or ()
        ]

    def kinds(self):
        """The types of the parts, nested, as the server tells them apart."""
        return _kinds(self.structure)

    def check_valid(self):
        """RFC 5322 and MIME, by two readers who agree."""
        for part in self.mail.walk():
            assert part.defects == [], (part.get_content_type(), part.defects)
        for key, value in self.mail.items():
            assert not getattr(value, "defects", ()), (key, value.defects)
        head = self.source.partition(b"\r\n\r\n")[0]
        assert head.isascii(), "RFC 5322, 2.2"
        assert max(map(len, head.split(b"\r\n"))) <= 998, "RFC 5322, 2.1.1"
        assert max(map(len, self.source.split(b"\r\n"))) <= 998
        assert b"\r" not in self.source.replace(b"\r\n", b""), "RFC 5322, 2.3"
        for name in ("From", "Date", "Message-ID", "Subject", "MIME-Version"):
            assert len(self.mail.get_all(name)) == 1, name
        assert self.kinds() == _own_kinds(self.mail)
        # what our own reader takes to be an image or a file is one for the server
        again = email.message_from_bytes(self.mail.as_bytes(), policy=email.policy.default)
        assert _own_kinds(again) == self.kinds()


def _kinds(structure):
    if structure.is_multipart:
        return (f"multipart/{structure[1].decode().lower()}", *map(_kinds, structure[0]))
    return f"{structure[0].decode()}/{structure[1].decode()}".lower()


def _own_kinds(part):
    if part.is_multipart():
        return (part.get_content_type(), *map(_own_kinds, part.iter_parts()))
    return part.get_content_type()


def write(anna, **values):
    """A mail to the customer, as the customer's server shows it."""
    draft = anna.send(anna.draft(**values))
    row = anna.row(draft, "state", "problem")
    assert row["state"] == "sent", row["problem"]
    return Seen(anna.dovecot)


def test_names_in_any_script_and_a_domain_in_unicode(anna):
    to = '"Jürgen \\"JJ\\" Größe; Leiter" <jürgen.ok@example>'.replace("jürgen.ok", "juergen")
    seen = write(
        anna,
        email_to=f'"Größe, Jürgen" <{CUSTOMER}>, 山田 <yamada@日本.example>, {to}',
        subject="Angebot über 100 € – für 山田 😀 " + "ganz lang " * 30,
    )
    seen.check_valid()
    assert seen.addresses("from_") == [(SHOWN, "anna@xn--bcher-kva.example")]
    names = dict((address, name) for name, address in seen.addresses("to"))
    assert names[CUSTOMER] == "Größe, Jürgen"
    assert names["yamada@xn--wgv71a.example"] == "山田"
    assert names["juergen@example"].startswith("Jürgen")
    assert len(names) == 3
    [sender] = seen.mail["From"].addresses
    # Python's parser shows the space between encoded words (RFC 2047, 6.2: it is none)
    assert " ".join(sender.display_name.split()) == SHOWN
    assert sender.addr_spec == "anna@xn--bcher-kva.example"
    assert seen.mail["Subject"].startswith("Angebot über 100 € – für 山田 😀 ganz lang")
    assert str(email.header.make_header(
        email.header.decode_header(seen.envelope.subject.decode())
    )) == seen.mail["Subject"]  # fmt: skip
    assert seen.mail.get_body(("html",)) and seen.mail.get_body(("plain",))


def test_a_very_long_list(anna):
    """As many as one mail goes to, with long names: folded, nobody lost, each got it."""
    people = [
        (f"Größe {'lang ' * 8}{number}", f"person{number}@customer.example") for number in range(98)
    ]
    to = ", ".join(f'"{name}" <{address}>' for name, address in people)
    seen = write(anna, email_to=f"{CUSTOMER}, {to}", email_cc="Zoë <zoe@customer.example>")
    seen.check_valid()
    wanted = [("", CUSTOMER), *((" ".join(name.split()), address) for name, address in people)]
    assert [(" ".join(name.split()), address) for name, address in seen.addresses("to")] == wanted
    assert [one.addr_spec for one in seen.mail["To"].addresses] == [one[1] for one in wanted]
    assert seen.addresses("cc") == [("Zoë", "zoe@customer.example")]
    lines = seen.source.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert max(map(len, lines)) <= 200, "folded"
    stored = anna.smtp.messages()[-1]
    assert len(set(stored.envelope_to)) == 100
    refused = anna.draft(email_to=f"{CUSTOMER}, {to}, a@x.example, b@x.example")
    found = anna.row(refused, "preflight")["preflight"]
    assert "100 at the most" in found


def test_reply_with_images(anna):
    """The image of the quoted mail, one put into the text, one pasted, and a file."""
    anna.dovecot.deliver(anna.email, SHOWING.replace("{to}", anna.email).encode())
    anna.fetch()
    [original] = anna.messages(["message_id", "=", "picture@customer.example"])
    draft = anna.call(MESSAGE, "action_reply", [original])["res_id"]
    files = anna.call(
        "ir.attachment",
        "create",
        [
            {
                "name": name,
                "datas": content,
                "mimetype": kind,
                "res_model": MESSAGE,
                "res_id": draft,
            }
            for name, content, kind in (
                (PICTURE, base64.b64encode(PIXEL).decode(), "image/png"),
                ("Übersicht – 山田.pdf", base64.b64encode(b"%PDF-1.4").decode(), "application/pdf"),
            )
        ],
    )
    pasted = base64.b64encode(PIXEL + b"\0").decode()
    anna.call(
        MESSAGE,
        "write",
        [draft],
        {
            "body": f'<p>Größer: <img src="/web/image/{files[0]}"> und'
            f' <img src="data:image/png;base64,{pasted}"></p>',
            "attachment_ids": [[4, files[1]]],
        },
    )
    anna.send(draft)
    assert anna.row(draft, "state")["state"] == "sent"
    seen = Seen(anna.dovecot)
    seen.check_valid()
    assert seen.kinds() == (
        "multipart/mixed",
        (
            "multipart/alternative",
            "text/plain",
            ("multipart/related", "text/html", "image/png", "image/png", "image/png"),
        ),
        "application/pdf",
    )
    [file] = seen.mail.iter_attachments()
    assert file.get_filename() == "Übersicht – 山田.pdf"
    html = seen.mail.get_body(("html",)).get_content()
    related = next(part for part in seen.mail.walk() if part.get_content_subtype() == "related")
    images = [part for part in related.iter_parts() if part.get_content_maintype() == "image"]
    named = [part["Content-ID"].strip("<>") for part in images]
    assert len(set(named)) == 3
    assert all(f'src="cid:{name}"' in html for name in named)
    assert html.count("cid:") == 3
    assert "/web/image" not in html and "data:" not in html
    assert all(part.get_content_disposition() == "inline" for part in images)
    assert [part.get_content() for part in images].count(PIXEL) == 2
    assert PICTURE in [part.get_filename() for part in images]
    assert seen.mail["In-Reply-To"] == "<picture@customer.example>"
    assert seen.mail["Subject"] == "Re: Das Bild – 日本"
    assert "Größer:" in seen.mail.get_body(("plain",)).get_content()
    # filed in the own Sent folder: the very same mail
    anna.file_copies()
    copies = [send_world.parsed(source) for source in anna.sent_folder()]
    # all of this module's copies are filed now: the names of the files tell no order
    [mine] = [copy for copy in copies if copy["Message-ID"] == seen.mail["Message-ID"]]
    assert _own_kinds(mine) == seen.kinds()
