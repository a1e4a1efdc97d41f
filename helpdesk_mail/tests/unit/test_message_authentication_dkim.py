# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""DKIM: what passes, what is changed, and what is never believed."""

import time

import dkim as dkimpy
import pytest
from message_signing import MAIL, NOW, ed25519_key, pem, record, rsa_key, sign

from helpdesk_mail.message import parse
from helpdesk_mail.message.authentication import Authenticator, TableResolver

DMARC = {"_dmarc.firm.example. TXT": ["v=DMARC1; p=reject"]}


def check(mail, key=None, *, table=None, now=NOW, **more):
    """(the results of the signatures, the verdict, the defects) of *mail*."""
    table = {
        "key._domainkey.firm.example. TXT": [record(key or rsa_key(), **more)],
        **DMARC,
        **(table or {}),
    }
    authenticator = Authenticator(TableResolver(table), clock=lambda: now)
    parsed = parse(mail, authenticator=authenticator)
    found = parsed.authentication
    return [one.result for one in found.dkim], found.verdict, parsed.defects


@pytest.mark.parametrize("form", ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed"])
@pytest.mark.parametrize("make", [rsa_key, ed25519_key])
def test_a_signature_that_fits_passes(make, form):
    form = form if "/" in form else f"{form}/simple"
    results, verdict, defects = check(sign(MAIL, make(), c=form), make())
    assert (results, verdict, defects) == (["pass"], "pass", ())


def test_names_domain_and_selector():
    table = TableResolver({"Key._DomainKey.Firm.Example TXT": [record(rsa_key())]})
    found = parse(sign(MAIL), authenticator=Authenticator(table, clock=lambda: NOW))
    assert found.authentication.dkim[0].domain == "firm.example"
    assert found.authentication.dkim[0].selector == "key"
    assert found.authentication.dmarc == "none"
    assert found.authentication.verdict == "pass"


def test_agrees_with_what_dkimpy_signs():
    for form in ((b"relaxed", b"simple"), (b"simple", b"relaxed")):
        field = dkimpy.sign(MAIL, b"key", b"firm.example", pem(rsa_key()), canonicalize=form)
        assert check(field + MAIL, now=time.time())[:2] == (["pass"], "pass")


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: mail.replace(b"\r\n", b"\n"),
        lambda mail: b"From somebody Sun Jun 15 15:06:40 2025\n" + mail.replace(b"\r\n", b"\n"),
        lambda mail: b">From somebody Sun Jun 15 15:06:40 2025\r\n" + mail,
        lambda mail: b"Received: from a by b; Sun, 15 Jun 2025 15:06:41 +0000\r\n" + mail,
        lambda mail: mail.replace(b"4711\r\n is", b"4711 is"),
        lambda mail: mail.replace(b"To: help", b"To:   help"),
        lambda mail: mail + b"\r\n\r\n",
        lambda mail: mail.replace(b"DKIM-Signature: v=1;", b"dkim-signature:\r\n\tv=1;\r\n "),
    ],
    ids=["LF", "mbox", "quoted mbox", "new field", "unfolded", "blanks", "blank lines", "refolded"],
)
def test_what_mail_programs_do_on_the_way_does_no_harm(change):
    assert check(change(sign(MAIL)))[:2] == (["pass"], "pass")


@pytest.mark.parametrize(
    "change",
    [
        lambda mail: mail.replace(b"Dear all", b"Dear fools"),
        lambda mail: mail.replace(b"Invoice 4711", b"Invoice 4712"),
        lambda mail: mail.replace(b"anna@firm", b"otto@firm"),
        lambda mail: mail + b"and more\r\n",
        lambda mail: b"From: Boss <boss@firm.example>\r\n" + mail,
        lambda mail: b"From : Boss <boss@firm.example>\r\n" + mail,
        lambda mail: mail.replace(b"d=firm", b"d=farm"),
        lambda mail: mail.replace(b"b=", b"b=AAAA", 1).replace(b"bh=AAAA", b"bh=", 1),
    ],
    ids=["body", "subject", "from", "appended", "second From", "odd From", "domain", "value"],
)
def test_a_changed_mail_does_not_pass(change):
    results, verdict, defects = check(change(sign(MAIL)))
    assert results != ["pass"]
    assert verdict == "fail"
    assert any("DKIM signature" in defect for defect in defects)


def test_a_second_subject_above_the_signed_one_is_not_believed():
    results, verdict, _ = check(b"Subject: Pay now\r\n" + sign(MAIL))
    assert (results, verdict) == (["policy"], "fail")


def test_a_field_signed_once_more_than_it_stands_is_fine():
    names = ("from", "from", "subject", "subject", "to", "date")
    assert check(sign(MAIL, names=names))[:2] == (["pass"], "pass")


def test_sha1_never_passes():
    results, verdict, defects = check(sign(MAIL, digest="sha1"))
    assert (results, verdict) == (["policy"], "fail")
    assert any("SHA-1" in defect for defect in defects)


def test_a_short_key_never_passes():
    # Made once: libraries refuse to make keys this short.
    modulus, exponent, private = SHORT
    mail = sign(MAIL, _ShortKey(modulus, private))
    table = {"key._domainkey.firm.example. TXT": [_short_record(modulus, exponent)]}
    results, verdict, defects = check(mail, table=table)
    assert (results, verdict) == (["policy"], "fail")
    assert any("too short" in defect for defect in defects)


@pytest.mark.parametrize(
    ("tags", "word"),
    [
        ({"x": NOW - 1000}, "policy"),
        ({"t": NOW + 100_000}, "policy"),
        ({"t": NOW - 10, "x": NOW - 20}, "neutral"),
        ({"i": "anna@other.example"}, "permerror"),
        ({"i": "anna@notfirm.example"}, "permerror"),
        ({"v": "2"}, "neutral"),
        ({"v": None}, "neutral"),
        ({"a": "rsa-md5"}, "neutral"),
        ({"c": "loose/loose"}, "neutral"),
        ({"q": "http"}, "neutral"),
        ({"s": "other"}, "permerror"),
        ({"d": None}, "neutral"),
        ({"d": "example"}, "neutral"),
        ({"bh": "!!!"}, "neutral"),
        ({"l": "-1"}, "neutral"),
        ({"l": "9" * 70}, "fail"),
        ({"x": "9" * 100}, "neutral"),
    ],
)
def test_signatures_against_the_rules(tags, word):
    results, verdict, _ = check(sign(MAIL, **tags))
    assert (results, verdict) == ([word], "fail")


@pytest.mark.parametrize("tags", [{"t": NOW, "x": NOW + 1000}, {"i": "@mail.firm.example"}])
def test_signatures_within_the_rules(tags):
    assert check(sign(MAIL, **tags))[:2] == (["pass"], "pass")


def test_a_signature_without_from_never_passes():
    assert check(sign(MAIL, names=("to", "subject")))[0] == ["permerror"]


def test_an_expired_signature_counts_when_it_arrived_in_time():
    mail = sign(MAIL, x=NOW + 60)
    stamp = b"Received: from x (x.example [192.0.2.1]) by mx.desk.example; "
    mail = stamp + b"Sun, 15 Jun 2025 15:06:40 +0000\r\n" + mail
    table = TableResolver({"key._domainkey.firm.example. TXT": [record(rsa_key())]})
    late = NOW + 10_000_000
    ours = Authenticator(table, ["mx.desk.example"], clock=lambda: late)
    assert parse(mail, authenticator=ours).authentication.dkim[0].result == "pass"
    others = Authenticator(table, ["mx.other.example"], clock=lambda: late)
    assert parse(mail, authenticator=others).authentication.dkim[0].result == "policy"


def test_what_was_appended_after_the_signed_length_is_not_believed():
    length = len(b"Dear all,\r\n\r\nthe invoice is missing.\r\nAnna\r\n")
    mail = sign(MAIL, l=length)
    results, verdict, defects = check(mail)
    assert (results, verdict) == (["pass"], "pass")
    assert any("l=" in defect for defect in defects)
    results, verdict, defects = check(mail + b"Pay to another account.\r\n")
    assert (results, verdict) == (["policy"], "fail")
    assert any("not signed (l=)" in defect for defect in defects)


@pytest.mark.parametrize(
    ("records", "word"),
    [
        ([], "permerror"),
        (["v=DKIM1; k=rsa; p="], "permerror"),
        (["v=DKIM1; k=rsa"], "permerror"),
        (["nonsense"], "permerror"),
        (["v=DKIM1; k=rsa; p=!!!"], "permerror"),
        (["v=DKIM1; k=rsa; p=AAAA"], "permerror"),
        (["v=DKIM1; k=ed25519; p=AAAA"], "permerror"),
        (["v=DKIM1; k=rsa; p=" + "A" * 100_000], "permerror"),
        ([record(rsa_key()).replace("DKIM1", "DKIM2")], "permerror"),
        ([record(rsa_key(), h="sha1")], "permerror"),
        ([record(rsa_key(), s="web")], "permerror"),
        ([record(rsa_key(), k="dsa")], "permerror"),
        ([record(rsa_key(2048))], "fail"),
        ([record(ed25519_key())], "permerror"),
        ("SERVFAIL", "temperror"),
    ],
)
def test_keys_that_cannot_be_used(records, word):
    results, verdict, _ = check(sign(MAIL), table={"key._domainkey.firm.example. TXT": records})
    assert results == [word]
    assert verdict == ("error" if word == "temperror" else "fail")


def test_keys_as_people_publish_them():
    text = record(rsa_key())
    halves = f'"{text[:100]}" "{text[100:]}"'
    for records in (
        [halves],
        [f'"{text}"'],
        ["v=spf1 -all", text],
        [record(rsa_key(2048)), text],
        [text.replace("v=DKIM1; k=rsa; ", "")],
        [text + ";"],
        [record(rsa_key(), h="sha1:sha256", s="email:web", n="made in June")],
    ):
        table = {"key._domainkey.firm.example. TXT": records}
        assert check(sign(MAIL), table=table)[0] == ["pass"], records


def test_a_key_that_forbids_subdomains():
    assert check(sign(MAIL, i="a@mail.firm.example"), t="s")[0] == ["permerror"]
    assert check(sign(MAIL, i="a@firm.example"), t="s")[0] == ["pass"]


def test_a_domain_that_only_tests():
    assert check(sign(MAIL), t="y")[0] == ["pass"]
    assert check(sign(MAIL).replace(b"Dear", b"Hey"), t="y")[0] == ["neutral"]


def test_every_signature_has_its_result():
    mail = sign(MAIL, ed25519_key(), s="new")
    mail = sign(mail, d="list.example", s="list", names=("from", "subject"))
    mail = b"DKIM-Signature: broken\r\n" + mail
    table = {
        "new._domainkey.firm.example. TXT": [record(ed25519_key())],
        "list._domainkey.list.example. TXT": [record(rsa_key())],
    }
    results, verdict, _ = check(mail, table=table)
    assert (results, verdict) == (["neutral", "pass", "pass"], "pass")


def test_only_so_many_signatures_are_looked_at():
    mail = b"DKIM-Signature: v=1\r\n" * 500 + sign(MAIL)
    results, _, defects = check(mail)
    assert results == ["neutral"] * 10
    assert any("more than 10 DKIM signatures" in defect for defect in defects)


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"\r\n",
        b" \r\n",
        b"DKIM-Signature:\r\n\r\n",
        b"DKIM-Signature: ;;;\r\n\r\n",
        b"DKIM-Signature: \xff\xfe=\xff; d=\xff; s=\xff\r\n\r\nx",
        b" folded first\r\n" + sign(MAIL),
        sign(MAIL).replace(
            b"h=from", b"h=" + b":".join(b"x%d" % i for i in range(9000)) + b":from"
        ),
        sign(MAIL).replace(b"; b", b";" + b" \r\n" * 20_000 + b" b"),
        sign(MAIL).replace(b"\r\n b=", b"\r\n b=" + b" \t" * 50_000),
        sign(MAIL).replace(b"\r\n b=", b"\r\n b =\r\n \r\n \r\n "),
        sign(MAIL).replace(b"d=firm.example", b"d=" + b"a." * 5000 + b"example"),
        sign(MAIL, s="a..b"),
        sign(MAIL, s="x" * 100),
        sign(MAIL, d="firm.example\x00"),
    ],
)
def test_odd_input_never_passes_and_never_raises(mail):
    started = time.process_time()
    results, verdict, _ = check(mail)
    assert "pass" not in results
    assert verdict in ("none", "fail")
    assert time.process_time() - started < 2


def test_a_line_that_is_no_field_spoils_the_signature():
    mail = sign(MAIL).replace(b"To: help", b"no field at all\r\nTo: help")
    assert check(mail)[0] == ["permerror"]


def test_a_body_of_blanks_takes_linear_time():
    started = time.process_time()
    mail = sign(MAIL) + b" " * 2_000_000 + b"x\r\n" + b"\t\r\n" * 300_000
    assert check(mail)[0] == ["fail"]
    assert time.process_time() - started < 3


class _ShortKey:
    """An RSA key that no library would make: signs with plain arithmetic."""

    def __init__(self, modulus, private):
        self.modulus, self.private = modulus, private

    def sign(self, octets, _padding, _algorithm):
        import hashlib

        size = (self.modulus.bit_length() + 7) // 8
        info = bytes.fromhex("3031300d060960864801650304020105000420")
        tail = b"\x00" + info + hashlib.sha256(octets).digest()
        block = b"\x00\x01" + b"\xff" * (size - 2 - len(tail)) + tail
        return pow(int.from_bytes(block, "big"), self.private, self.modulus).to_bytes(size, "big")


def _short_key():
    """(modulus, public exponent, private exponent) of 512 bits, of two primes."""
    one, other = 2**255 - 19, 2**256 - 189
    modulus, exponent = one * other, 65537
    return modulus, exponent, pow(exponent, -1, (one - 1) * (other - 1))


def _short_record(modulus, exponent):
    import base64

    def integer(number):
        octets = number.to_bytes(number.bit_length() // 8 + 1, "big")
        return b"\x02" + bytes([len(octets)]) + octets

    body = integer(modulus) + integer(exponent)
    octets = b"\x30" + bytes([len(body)]) + body
    return "v=DKIM1; k=rsa; p=" + base64.b64encode(octets).decode()


SHORT = _short_key()
