# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A signed message verifies with dkimpy, with OpenDKIM and after a trip through Postfix."""

import email.policy
import smtplib
from email.message import EmailMessage

import dkim
import pytest

from helpdesk_mail.message import parse, signing
from helpdesk_mail.message.authentication import Authenticator, TableResolver
from helpdesk_mail.message.signing import records, wire

KEYS = [
    signing.SigningKey("desk.example", "r2026", signing.generate("rsa")),
    signing.SigningKey("desk.example", "e2026", signing.generate("ed25519")),
]
TABLE = {
    records.key_name(one.selector, one.domain): records.key_value(
        one.key.algorithm, one.key.public()
    )
    for one in KEYS
}


def mail(kind):
    """Mails of the kinds that servers on the way like to change."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "Bärbel Büro <support@desk.example>"
    message["To"] = "anna@kunde.example"
    message["Subject"] = f"Re: [HT00012] Grüße, {kind}"
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0100"
    message["Message-ID"] = f"<{kind}.0123456789abcdef.t12.0123456789@desk.example>"
    message["References"] = " ".join(f"<{n}.{'x' * 60}@kunde.example>" for n in range(30))
    text = {
        "dots": ".\r\n..\r\nFrom here\r\n.end\r\n",
        "eight bits": "Schöne Grüße\r\n",
        "long lines": "word " * 400 + "\r\n",
        "blanks": "a  b\t c   \r\n\r\n\r\n\r\n",
        "empty": "",
    }.get(kind, "Hello.\r\n")
    message.set_content(text)
    if kind == "attachments":
        message.add_alternative("<p>Grüße</p>" * 200, subtype="html")
        message.add_attachment(bytes(range(256)) * 20, "application", "pdf", filename="ä.pdf")
    return message.as_bytes()


KINDS = ("plain", "dots", "eight bits", "long lines", "blanks", "empty", "attachments")


def signed(kind):
    return signing.sign(wire.lasting(mail(kind)), KEYS)


def our_results(source):
    table = {f"{name}. TXT": [value] for name, value in TABLE.items()}
    found = parse(source, authenticator=Authenticator(TableResolver(table))).authentication
    return [one.result for one in found.dkim]


def dkimpy_believes(source):
    def lookup(name, timeout=5):
        return TABLE.get(name.decode().rstrip("."), "").encode()

    return dkim.DKIM(source).verify(0, dnsfunc=lookup)


@pytest.mark.parametrize("kind", KINDS)
def test_opendkim(opendkim, kind):
    assert opendkim(signed(kind), TABLE) == {"r2026": "pass", "e2026": "pass"}
    changed = signed(kind).replace(b"Subject: Re", b"Subject: Fwd", 1)
    assert opendkim(changed, TABLE) == {"r2026": "fail", "e2026": "fail"}


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_trip_through_postfix(postfix, smtp, opendkim, kind):
    smtp.clear()
    with smtplib.SMTP("127.0.0.1", postfix, timeout=300) as client:
        client.sendmail("support@desk.example", ["anna@kunde.example"], signed(kind))
    (arrived,) = smtp.wait_for(1, timeout=300)
    assert b"relay.example" in arrived.source, "it came another way"
    assert our_results(arrived.source) == ["pass", "pass"]
    assert dkimpy_believes(arrived.source)
    assert opendkim(arrived.source, TABLE) == {"r2026": "pass", "e2026": "pass"}


def test_without_our_care_postfix_breaks_a_signature(postfix, smtp):
    """What ``wire`` is for: a line that is too long is broken on the way."""
    source = mail("plain").replace(b"Hello.", b"x" * 3000)
    smtp.clear()
    with smtplib.SMTP("127.0.0.1", postfix, timeout=300) as client:
        client.sendmail("a@desk.example", ["anna@kunde.example"], signing.sign(source, KEYS))
    (arrived,) = smtp.wait_for(1, timeout=300)
    assert "pass" not in our_results(arrived.source)
