# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What is published, held against what should be; each difference has a name of its own."""

import re

import pytest

from helpdesk_mail.message.authentication import TableResolver
from helpdesk_mail.message.authentication.resolver import Lookups
from helpdesk_mail.message.defects import Defects
from helpdesk_mail.message.signing import dns_check, records, senders

PUBLIC = "MIIBIjANBgkqhkiG9w0BAQ" + "x" * 370
GOOD = f"v=DKIM1; k=rsa; p={PUBLIC}"
NAME = "odoo._domainkey.firm.example"


def dns(table):
    return Lookups(TableResolver(table), Defects())


class TestKey:
    @pytest.mark.parametrize(
        "published, code",
        [
            (GOOD, "key_ok"),
            (f"k=rsa;p={PUBLIC[:100]} {PUBLIC[100:]}", "key_ok"),
            (f"p={PUBLIC}", "key_ok"),
            (f"v=DKIM1; t=y; k=rsa; p={PUBLIC}", "key_testing"),
            (f"v=DKIM1; k=rsa; p={PUBLIC[:200]}", "key_cut"),
            ("v=DKIM1; k=rsa; p=", "key_revoked"),
            ("v=DKIM1; k=rsa; p=AAAA", "key_other"),
            (f"v=DKIM1; k=ed25519; p={PUBLIC}", "key_other_kind"),
            (f"v=DKIM1; h=sha1; k=rsa; p={PUBLIC}", "key_hash"),
            (f"v=DKIM1; s=tlsrpt; k=rsa; p={PUBLIC}", "key_service"),
            (f"v=DKIM2; k=rsa; p={PUBLIC}", "key_unreadable"),
            ("hello", "key_unreadable"),
            (f'\\"v=DKIM1; p={PUBLIC}', "key_quoted"),
        ],
    )
    def test_codes(self, published, code):
        table = {f"{NAME}. TXT": [published]}
        found = dns_check.check_key("odoo", "firm.example", "rsa", PUBLIC, dns(table))
        assert found.code == code
        assert found.expected == GOOD

    def test_nothing_published(self):
        found = dns_check.check_key("odoo", "firm.example", "rsa", PUBLIC, dns({}))
        assert (found.code, found.state, found.published) == ("key_missing", "change", ())

    def test_provider_added_the_domain_by_itself(self):
        table = {f"{NAME}.firm.example. TXT": [GOOD]}
        found = dns_check.check_key("odoo", "firm.example", "rsa", PUBLIC, dns(table))
        assert (found.code, found.detail) == ("key_doubled", f"{NAME}.firm.example")

    def test_two_records(self):
        table = {f"{NAME}. TXT": [GOOD, "v=DKIM1; p=AAAA"]}
        found = dns_check.check_key("odoo", "firm.example", "rsa", PUBLIC, dns(table))
        assert found.code == "key_several"

    def test_alias_to_the_provider(self):
        table = {f"{NAME}. CNAME": ["k.provider.example"], "k.provider.example. TXT": [GOOD]}
        found = dns_check.check_key("odoo", "firm.example", "rsa", PUBLIC, dns(table))
        assert found.code == "key_ok"

    def test_dns_is_silent(self):
        table = {f"{NAME}. TXT": "TIMEOUT"}
        found = dns_check.check_key("odoo", "firm.example", "rsa", PUBLIC, dns(table))
        assert (found.code, found.state) == ("unanswered", "unknown")


class TestSpf:
    def check(self, *texts, term="include:_spf.google.com", **more):
        table = {"firm.example. TXT": ["site=x", *texts], **more}
        return dns_check.check_spf("firm.example", term, dns(table))

    def test_missing(self):
        found = self.check()
        assert found.code == "spf_missing"
        assert found.expected == "v=spf1 include:_spf.google.com ~all"

    def test_named(self):
        assert self.check("v=spf1 include:_spf.google.com -all").code == "spf_ok"

    def test_named_further_on(self):
        more = {"mail.firm.example. TXT": ["v=spf1 include:_spf.google.com -all"]}
        assert self.check("v=spf1 include:mail.firm.example -all", **more).code == "spf_ok"
        assert self.check("v=spf1 redirect=mail.firm.example", **more).code == "spf_ok"

    def test_lacks_keeps_what_is_there(self):
        found = self.check("v=spf1 mx ip4:192.0.2.1 -all")
        assert found.code == "spf_lacks"
        assert found.expected == "v=spf1 mx ip4:192.0.2.1 include:_spf.google.com -all"
        found = self.check("v=spf1 redirect=other.example")
        assert found.expected == "v=spf1 include:_spf.google.com redirect=other.example"

    def test_host_that_is_allowed_by_its_address(self):
        more = {"smtp.firm.example. A": ["192.0.2.7"]}
        term = "a:smtp.firm.example"
        assert self.check("v=spf1 ip4:192.0.2.0/24 -all", term=term, **more).code == "spf_ok"
        assert self.check("v=spf1 ip4:198.51.100.1 -all", term=term, **more).code == "spf_lacks"

    def test_several_records_count_as_none(self):
        assert self.check("v=spf1 mx -all", "v=spf1 a -all").code == "spf_several"

    def test_mistake(self):
        found = self.check("v=spf1 ip4:300.1.1.1 -all")
        assert (found.code, found.detail) == ("spf_unreadable", "300.1.1.1")

    def test_too_many_questions(self):
        """RFC 7208, section 4.6.4."""
        terms = " ".join(f"include:n{number}.example" for number in range(11))
        found = self.check(f"v=spf1 {terms} -all")
        assert (found.code, found.detail) == ("spf_too_many", "11")

    def test_record_that_includes_itself_ends(self):
        more = {"loop.example. TXT": ["v=spf1 include:loop.example -all"]}
        assert self.check("v=spf1 include:loop.example -all", **more).code == "spf_too_many"

    def test_nothing_known_of_who_sends(self):
        assert self.check("v=spf1 mx -all", term="").code == "spf_not_known"
        assert self.check(term="").expected == "v=spf1 mx ~all"

    def test_dns_is_silent(self):
        assert dns_check.check_spf("x.example", "mx", dns({"x.example. TXT": "TIMEOUT"})).code == (
            "unanswered"
        )


class TestDmarc:
    def check(self, text=None, domain="firm.example", at="firm.example", bounce="firm.example"):
        table = {f"_dmarc.{at}. TXT": [text]} if text else {}
        return dns_check.check_dmarc(domain, bounce, f"postmaster@{domain}", dns(table))

    @pytest.mark.parametrize(
        "text, code",
        [
            ("v=DMARC1; p=none", "dmarc_none"),
            ("v=DMARC1; p=quarantine; pct=20", "dmarc_enforced"),
            ("v=DMARC1;p=reject", "dmarc_enforced"),
            ("v=DMARC1; p=maybe", "dmarc_unreadable"),
            ("v=DMARC1; p=none; p=none", "dmarc_unreadable"),
            ("v=DMARC2; p=none", "dmarc_missing"),
        ],
    )
    def test_codes(self, text, code):
        assert self.check(text).code == code

    def test_missing_proposes_one_that_changes_nothing(self):
        assert self.check().expected == "v=DMARC1; p=none; rua=mailto:postmaster@firm.example"

    def test_of_the_organisation(self):
        found = self.check("v=DMARC1; p=reject", domain="mail.firm.example")
        assert (found.code, found.detail) == ("dmarc_inherited", "firm.example")

    def test_strict_alignment_of_bounces(self):
        strict = "v=DMARC1; p=reject; aspf=s"
        assert self.check(strict, bounce="bounce.firm.example").code == "dmarc_strict"
        assert self.check(strict).code == "dmarc_enforced"


class TestRecords:
    def test_strings_of_at_most_255(self):
        line = records.zone_line(NAME, GOOD)
        pieces = re.findall(r'"([^"]*)"', line)
        assert "".join(pieces) == GOOD
        assert len(pieces) == 2 and max(map(len, pieces)) == 255
        assert line.startswith(f"{NAME}. 3600 IN TXT (")

    @pytest.mark.parametrize(
        "host, term",
        [
            ("smtp.gmail.com", "include:_spf.google.com"),
            ("SMTP.Office365.com.", "include:spf.protection.outlook.com"),
            ("email-smtp.eu-west-1.amazonaws.com", "include:amazonses.com"),
            ("smtp.firm.example", "a:smtp.firm.example"),
            ("192.0.2.1", ""),  # documentation: no address that anybody sends from
            ("93.184.215.14", "ip4:93.184.215.14"),
            ("127.0.0.1", ""),
            ("localhost", ""),
            ("relay.local", ""),
        ],
    )
    def test_who_sends(self, host, term):
        assert senders.spf_term(host) == term

    def test_providers_that_file_sent_mail(self):
        assert senders.files_sent_mail("smtp.gmail.com")
        assert not senders.files_sent_mail("smtp.firm.example")
        assert senders.replaced_fields("email-smtp.us-east-1.amazonaws.com") == (
            "message-id",
            "date",
        )
