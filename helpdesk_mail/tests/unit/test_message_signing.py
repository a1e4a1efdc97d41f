# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mail that we sign is believed by others, and nothing that matters can be changed or added."""

import email
import email.policy
import functools
import traceback
from email.message import EmailMessage

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from helpdesk_mail.message import parse, signing
from helpdesk_mail.message.authentication import Authenticator, TableResolver
from helpdesk_mail.message.signing import private_key, records, signer, wire

DOMAIN = "firm.example"


@functools.cache
def key(algorithm):
    return signing.generate(algorithm)


def keys(*algorithms):
    return [signing.SigningKey(DOMAIN, f"{kind}1", key(kind)) for kind in algorithms]


BOTH = ("rsa", "ed25519")


def dns():
    table = {
        f"{kind}1._domainkey.{DOMAIN}. TXT": [records.key_value(kind, key(kind).public())]
        for kind in BOTH
    }
    return {**table, f"_dmarc.{DOMAIN}. TXT": ["v=DMARC1; p=reject"]}


def checked(source):
    """What our own eyes see in a mail."""
    return parse(source, authenticator=Authenticator(TableResolver(dns()))).authentication


def results(source):
    return [one.result for one in checked(source).dkim]


def dkimpy_says(source, place=0):
    """Whether dkimpy believes a signature. (Of Ed25519 it knows nothing without PyNaCl.)"""

    def lookup(name, timeout=5):
        return dns().get(f"{name.decode()} TXT", [""])[0].encode()

    return dkim.DKIM(source).verify(place, dnsfunc=lookup)


def mail(text="Dear all,\r\n\r\nall is  well. \r\n.\r\n\r\n", **fields):
    head = {
        "From": f"Anna <anna@{DOMAIN}>",
        "To": "bert@kunde.example",
        "Subject": "Re: [HT1] Printer",
        "Date": "Sun, 15 Jun 2025 15:06:40 +0000",
        "Message-ID": f"<one@{DOMAIN}>",
        "References": "<a@b.example> <c@d.example>",
        **fields,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items() if value)
    return f"{lines}\r\n{text}".encode()


def built(policy=email.policy.SMTP):
    """A mail as Odoo builds it, with all that needs an encoding."""
    message = EmailMessage(policy=policy)
    message["From"] = f"Anna Vögel <anna@{DOMAIN}>"
    message["To"] = "bert@kunde.example"
    message["Subject"] = "Grüße an alle"
    message["Date"] = "Sun, 15 Jun 2025 15:06:40 +0000"
    message["Message-ID"] = f"<two@{DOMAIN}>"
    message.set_content("Schöne Grüße,\n.\nFrom hier\n\n\n")
    message.add_alternative("<p>Schöne Grüße</p>" + "x" * 3000, subtype="html")
    message.add_attachment(b"\xff\x00" * 900, "application", "octet-stream", filename="a.bin")
    inner = EmailMessage(policy=policy)
    inner["Subject"] = "before"
    inner.set_content("Übel\n")
    message.add_attachment(inner)
    return message


class TestBelieved:
    @pytest.mark.parametrize("kinds", [("rsa",), ("ed25519",), BOTH])
    def test_by_our_own_reader(self, kinds):
        signed = signing.sign(mail(), keys(*kinds))
        assert results(signed) == ["pass"] * len(kinds)
        assert checked(signed).verdict == "pass"

    def test_by_dkimpy(self):
        assert dkimpy_says(signing.sign(mail(), keys("rsa")))
        assert dkimpy_says(signing.sign(mail(), keys(*BOTH)))

    def test_both_signatures_where_both_keys_exist(self):
        signed = signing.sign(mail(), keys(*BOTH)).decode()
        assert signed.count("DKIM-Signature:") == 2
        assert "a=rsa-sha256" in signed and "a=ed25519-sha256" in signed

    def test_mail_as_odoo_builds_it(self):
        signed = signing.sign(wire.lasting(built().as_bytes()), keys(*BOTH))
        assert results(signed) == ["pass", "pass"]
        assert dkimpy_says(signed)

    @pytest.mark.parametrize(
        "text", ["", "\r\n", "\r\n\r\n", "x", " \r\n\t \r\n", "a\tb  c \r\n\r\n"]
    )
    def test_strange_bodies(self, text):
        signed = signing.sign(wire.lasting(mail(text)), keys(*BOTH))
        assert results(signed) == ["pass", "pass"]
        assert dkimpy_says(signed)

    def test_empty_and_folded_fields(self):
        source = mail(**{"Subject": "one\r\n two\r\n\tthree", "X-Empty": " "})
        assert results(signing.sign(source, keys("rsa"))) == ["pass"]

    def test_survives_what_servers_do_on_the_way(self):
        signed = signing.sign(mail(), keys(*BOTH))
        moved = b"Received: from a by b; Sun, 15 Jun 2025 15:06:41 +0000\r\n" + signed
        moved = moved.replace(b"all is  well. \r\n", b"all is well.\r\n") + b"\r\n\r\n"
        moved = moved.replace(b"Subject: Re:", b"subject:   Re:")
        assert results(moved) == ["pass", "pass"]

    def test_lines_of_the_signature_are_short(self):
        """Long lines are folded on the way, by some servers badly."""
        head = signing.sign(mail(), keys(*BOTH)).split(b"\r\nFrom:")[0]
        assert max(map(len, head.split(b"\r\n"))) <= 78

    def test_no_key_leaves_the_mail_as_it_is(self):
        assert signing.sign(mail(), []) == mail()


class TestProtected:
    @pytest.mark.parametrize(
        "was, becomes",
        [
            (b"all is", b"nothing is"),
            (b"Subject: Re:", b"Subject: Fwd:"),
            (b"To: bert", b"To: carl"),
            (b"anna@", b"boss@"),
            (b"References: <a@b.example>", b"References: <x@b.example>"),
        ],
    )
    def test_no_change_passes(self, was, becomes):
        signed = signing.sign(mail(), keys(*BOTH))
        assert set(results(signed.replace(was, becomes, 1))) == {"fail"}

    @pytest.mark.parametrize("name", ["From", "To", "Cc", "Subject", "Date", "Reply-To"])
    def test_nothing_that_people_read_can_be_added(self, name):
        """RFC 6376, section 8.15: From and others are signed once more than they are there."""
        value = {"Date": "Sun, 15 Jun 2025 15:06:41 +0000", "Subject": "Pay at once"}
        added = f"{name}: {value.get(name, 'x@evil.example')}\r\n".encode()
        signed = signing.sign(mail(), keys("rsa"))
        assert results(added + signed) != ["pass"]
        assert not dkimpy_says(added + signed) or name != "From"

    def test_nothing_can_be_added_below(self):
        assert results(signing.sign(mail(), keys("rsa")) + b"and more\r\n") == ["fail"]

    def test_tags(self):
        """RFC 6376 and RFC 8301: relaxed, SHA-256, no length, no expiry."""
        field = signing.sign(mail(), keys("rsa"), now=1_750_000_000).split(b"\r\nFrom:")[0]
        tags = dict(
            tag.strip().split("=", 1)
            for tag in field.decode().partition(":")[2].replace("\r\n", "").split(";")
        )
        assert tags["c"] == "relaxed/relaxed" and tags["a"] == "rsa-sha256"
        assert (tags["d"], tags["s"], tags["t"]) == (DOMAIN, "rsa1", "1750000000")
        assert not tags.keys() & {"l", "x"}
        names = tags["h"].replace(" ", "").split(":")
        assert names.count("from") == 2
        assert all(names.count(name) >= 1 for name in signer.OVERSIGNED)
        assert not set(names) & {"return-path", "received", "bcc", "dkim-signature"}

    def test_what_a_provider_replaces_is_not_signed(self):
        """Amazon SES gives every mail its own Message-ID and Date."""
        signed = signing.sign(mail(), keys("rsa"), leave=("message-id", "date"))
        changed = signed.replace(b"<one@", b"<ses@").replace(b"15:06:40", b"15:07:00")
        assert results(changed) == ["pass"]

    @pytest.mark.parametrize(
        "source",
        [mail(From=""), mail().replace(b"To:", b"From: x@y.example\r\nTo:"), b"no field\r\n\r\nx"],
    )
    def test_mail_that_cannot_be_signed(self, source):
        with pytest.raises(ValueError):
            signing.sign(source, keys("rsa"))


class TestWire:
    """RFC 6376, section 5.3: nobody on the way has a reason to change the body."""

    def test_says_the_same_in_seven_bits(self):
        source = built().as_bytes()
        assert not source.isascii(), "this mail has nothing to encode"
        lasting = wire.lasting(source)
        assert lasting.isascii()
        before, after = (
            email.message_from_bytes(one, policy=email.policy.default) for one in (source, lasting)
        )
        parts = list(zip(before.walk(), after.walk(), strict=True))
        assert len(parts) == 7
        for was, becomes in parts:
            assert was.get_content_type() == becomes.get_content_type()
            assert was.get_filename() == becomes.get_filename()
            assert not becomes.defects
            if not was.is_multipart():
                assert was.get_content() == becomes.get_content()
        assert lasting.count(b"8bit") == 0

    def test_text_stays_readable(self):
        source = mail("Schöne Grüße aus Köln\r\n", **{"MIME-Version": "1.0"})
        head = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
        lasting = wire.lasting(head + source)
        assert b"Sch=C3=B6ne Gr=C3=BC=C3=9Fe aus K=C3=B6ln" in lasting
        assert b"Content-Transfer-Encoding: quoted-printable" in lasting

    def test_seven_bits_stay_to_the_octet(self):
        assert wire.lasting(mail()) == mail()

    def test_line_ends(self):
        assert wire.lasting(b"From: a@b.example\n\none\rtwo\nthree") == (
            b"From: a@b.example\r\n\r\none\r\ntwo\r\nthree\r\n"
        )

    def test_long_lines(self):
        """Postfix breaks lines of more than 998 octets, which would break the signature."""
        head = b"Content-Type: text/html\r\nMIME-Version: 1.0\r\n"
        lasting = wire.lasting(head + mail("<p>" + "word " * 800 + "</p>\r\n"))
        assert max(map(len, lasting.split(b"\r\n"))) <= 998
        message = email.message_from_bytes(lasting, policy=email.policy.default)
        assert message.get_content().rstrip() == "<p>" + "word " * 800 + "</p>"

    def test_what_its_author_sealed_is_left_alone(self):
        """A body signed by PGP or S/MIME would no longer fit its signature."""
        source = mail("--b\r\n\r\nGrün\r\n--b\r\n\r\nsignature\r\n--b--\r\n")
        source = b"Content-Type: multipart/signed; boundary=b\r\n" + source
        assert wire.lasting(source) == source

    def test_broken_structure_is_left_alone(self):
        source = b"Content-Type: multipart/mixed; boundary=b\r\n" + mail("Grün, no parts\r\n")
        assert wire.lasting(source) == source
        assert results(signing.sign(source, keys("rsa"))) == ["pass"]


class TestKeys:
    def pem(self, made, password=None):
        encryption = (
            serialization.BestAvailableEncryption(password)
            if password
            else serialization.NoEncryption()
        )
        return made.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        ).decode()

    @pytest.mark.parametrize("kind", BOTH)
    def test_comes_back_from_pem(self, kind):
        again = signing.read_pem(f"\n  {key(kind).pem()}\n")
        assert again.public() == key(kind).public()
        assert again.algorithm == kind

    def test_old_form_of_rsa(self):
        made = rsa.generate_private_key(65537, 2048)
        text = made.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ).decode()
        assert signing.read_pem(text).bits == 2048

    def test_seed_that_dknewkey_writes(self):
        made = signing.read_pem("A" * 43 + "=")
        assert made.algorithm == "ed25519"

    @pytest.mark.parametrize(
        "text, code",
        [
            ("", "unreadable"),
            ("hello", "unreadable"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "unreadable"),
            ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "public"),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "public"),
            ("schlüssel", "unreadable"),
            ("A" * 20000, "unreadable"),
        ],
    )
    def test_no_key(self, text, code):
        with pytest.raises(signing.KeyUnusable) as caught:
            signing.read_pem(text)
        assert caught.value.code == code

    def test_keys_that_are_not_for_mail(self):
        for made, code in (
            (rsa.generate_private_key(65537, 1024), "short"),
            (ec.generate_private_key(ec.SECP256R1()), "kind"),
        ):
            with pytest.raises(signing.KeyUnusable) as caught:
                signing.read_pem(self.pem(made))
            assert caught.value.code == code

    def test_pass_phrase(self):
        with pytest.raises(signing.KeyUnusable) as caught:
            signing.read_pem(self.pem(rsa.generate_private_key(65537, 2048), b"secret"))
        assert caught.value.code == "encrypted"

    def test_a_key_shows_itself_nowhere(self):
        pem = key("rsa").pem()
        body = pem.split("\n")[3]
        shown = repr(key("rsa")) + repr(keys("rsa"))
        try:
            signing.read_pem(pem.replace(body, body[:-2] + "!!"))
        except signing.KeyUnusable:
            shown += traceback.format_exc()
        assert body[:-2] not in shown and "unreadable" in shown

    def test_our_own_pem_is_read_fast_and_right(self):
        for kind in BOTH:
            again = private_key.load_trusted(key(kind).pem())
            assert again.public() == key(kind).public()
