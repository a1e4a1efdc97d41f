# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""DMARC and the verdict: alignment, records, several senders; ARC never makes a mail pass."""

import pytest
from message_signing import MAIL, NOW, record, rsa_key, sign

from helpdesk_mail.message import parse
from helpdesk_mail.message.authentication import Authenticator, TableResolver
from helpdesk_mail.message.authentication.public_suffix import (
    organisational_domain,
    same_organisation,
)

REJECT = "v=DMARC1; p=reject"
SUB = REJECT + "; sp=none"
NONE = "v=DMARC1; p=none"
STRICT = REJECT + "; adkim=s"
BOTH = "v=DMARC1; p=x; rua=mailto:a@b.example"
IDN = "xn--mller-kva.example"
FIRM = "a@firm.example"


def check(mail, table, **options):
    """The Authentication of *mail*."""
    authenticator = Authenticator(TableResolver(table), clock=lambda: NOW, **options)
    return parse(mail, authenticator=authenticator).authentication


def signed_by(domain, dmarc, sender="anna@firm.example"):
    """(dmarc, verdict) of a mail of *sender*, signed by *domain*, with these DMARC records."""
    mail = MAIL.replace(b"anna@firm.example", sender.encode())
    table = {f"key._domainkey.{domain} TXT": [record(rsa_key())]}
    table |= {f"_dmarc.{name} TXT": texts for name, texts in dmarc.items()}
    found = check(sign(mail, d=domain), table)
    assert [one.result for one in found.dkim] == ["pass"]
    return found.dmarc, found.verdict


@pytest.mark.parametrize(
    ("domain", "sender", "records", "dmarc", "verdict"),
    [
        ("firm.example", FIRM, {"firm.example": [REJECT]}, "pass", "pass"),
        ("x.firm.example", FIRM, {"firm.example": [REJECT]}, "pass", "pass"),
        ("firm.example", "a@mail.firm.example", {"firm.example": [REJECT]}, "pass", "pass"),
        ("a.firm.example", "a@b.firm.example", {"firm.example": [REJECT]}, "pass", "pass"),
        ("other.example", FIRM, {"firm.example": [REJECT]}, "fail", "fail"),
        ("notfirm.example", FIRM, {"firm.example": [REJECT]}, "fail", "fail"),
        ("firm.co.uk", "a@x.firm.co.uk", {"firm.co.uk": [REJECT]}, "pass", "pass"),
        ("other.co.uk", "a@firm.co.uk", {"firm.co.uk": [REJECT]}, "fail", "fail"),
        ("x.firm.example", FIRM, {"firm.example": [STRICT]}, "fail", "fail"),
        ("firm.example", FIRM, {"firm.example": [STRICT]}, "pass", "pass"),
        ("other.example", FIRM, {"firm.example": [NONE]}, "fail", "fail"),
        ("other.example", FIRM, {"firm.example": [REJECT + "; pct=0"]}, "fail", "fail"),
        ("other.example", "a@x.firm.example", {"firm.example": [SUB]}, "fail", "fail"),
        ("firm.example", FIRM, {}, "none", "pass"),
        ("x.firm.example", FIRM, {}, "none", "pass"),
        ("other.example", FIRM, {}, "none", "none"),
        ("other.example", FIRM, {"firm.example": [REJECT, REJECT]}, "none", "none"),
        ("other.example", FIRM, {"firm.example": ["v=DMARC2; p=none"]}, "none", "none"),
        ("other.example", FIRM, {"firm.example": ["v=DMARC1"]}, "permerror", "error"),
        ("firm.example", FIRM, {"firm.example": ["v=DMARC1; p=x"]}, "permerror", "pass"),
        ("other.example", FIRM, {"firm.example": [BOTH]}, "fail", "fail"),
        ("other.example", FIRM, {"firm.example": ["v = DMARC1 ;p= reject ;"]}, "fail", "fail"),
        ("other.example", FIRM, {"firm.example": "TIMEOUT"}, "temperror", "error"),
        (IDN, "a@müller.example", {IDN: [REJECT]}, "pass", "pass"),
    ],
)  # fmt: skip
def test_alignment(domain, sender, records, dmarc, verdict):
    assert signed_by(domain, records, sender) == (dmarc, verdict)


def test_a_mail_without_any_signature():
    table = {"_dmarc.firm.example TXT": [REJECT]}
    assert check(MAIL, table).verdict == "fail"
    assert check(MAIL, {}).verdict == "none"
    assert check(b"Subject: nobody\r\n\r\nx", table).verdict == "none"
    assert check(MAIL.replace(b"<anna@firm.example>", b""), table).verdict == "none"


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: mail.replace(b"From: Anna Vogel", b"From: boss@bank.example, Anna Vogel"),
        lambda mail: mail.replace(b"anna@firm.example>", b"anna@firm.example>, boss@bank.example"),
    ],
)
def test_several_domains_in_from_never_pass(change):
    keys = {"key._domainkey.firm.example TXT": [record(rsa_key())]}
    found = check(sign(change(MAIL)), keys)
    assert [one.result for one in found.dkim] == ["pass"]
    assert (found.dmarc, found.verdict) == ("none", "none")
    for owner in ("firm.example", "bank.example"):
        found = check(sign(change(MAIL)), {**keys, f"_dmarc.{owner} TXT": [REJECT]})
        assert (found.dmarc, found.verdict) == ("fail", "fail")


def test_a_second_from_field_never_passes():
    mail = sign(b"From: boss@bank.example\r\n" + MAIL, names=("from", "from", "subject"))
    keys = {"key._domainkey.firm.example TXT": [record(rsa_key())]}
    found = check(mail, {**keys, "_dmarc.firm.example TXT": [REJECT]})
    assert found.verdict == "fail"


def test_several_addresses_of_one_domain_are_one_sender():
    mail = MAIL.replace(b"anna@firm.example>", b"anna@firm.example>, otto@firm.example")
    keys = {"key._domainkey.firm.example TXT": [record(rsa_key())]}
    found = check(sign(mail), {**keys, "_dmarc.firm.example TXT": [REJECT]})
    assert (found.dmarc, found.verdict) == ("pass", "pass")


def test_a_failing_signature_without_a_record_proves_nothing():
    keys = {"key._domainkey.firm.example TXT": [record(rsa_key())]}
    found = check(sign(MAIL).replace(b"Dear", b"Hey"), keys)
    assert [one.result for one in found.dkim] == ["fail"]
    assert found.verdict == "none"


def test_a_chain_of_seals_is_told_and_decides_nothing():
    seals = (
        b"ARC-Seal: i=1; a=rsa-sha256; cv=none; d=relay.example; s=key; b=AAAA\r\n"
        b"ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=relay.example; s=key;\r\n"
        b" h=from; bh=AAAA; b=AAAA\r\n"
        b"ARC-Authentication-Results: i=1; relay.example; dmarc=pass header.from=firm.example\r\n"
    )
    found = check(seals + MAIL, {"_dmarc.firm.example TXT": [REJECT]})
    assert (found.arc, found.dmarc, found.verdict) == ("fail", "fail", "fail")
    assert check(MAIL, {}).arc == "none"


@pytest.mark.parametrize(
    ("name", "owner"),
    [
        ("WWW.Firm.Example.", "firm.example"),
        ("a.b.firm.co.uk", "firm.co.uk"),
        ("co.uk", ""),
        ("192.0.2.1", ""),
        ("[192.0.2.1]", ""),
        ("", ""),
        ("a..b", ""),
        ("x." * 200 + "example", ""),
    ],
)
def test_organisational_domain(name, owner):
    assert organisational_domain(name) == owner


def test_one_organisation():
    assert same_organisation("mail.müller.example", "xn--mller-kva.example")
    assert not same_organisation("one.co.uk", "other.co.uk")
    assert not same_organisation("", "")
