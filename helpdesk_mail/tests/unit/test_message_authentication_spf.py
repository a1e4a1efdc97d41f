# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""SPF (RFC 7208): the mechanisms, the macros, the limits."""

import time

import pytest

from helpdesk_mail.message.authentication import TableResolver
from helpdesk_mail.message.authentication.resolver import Lookups
from helpdesk_mail.message.authentication.spf import check_host
from helpdesk_mail.message.defects import Defects

ZONE = {
    "mail.firm.example A": ["192.0.2.10"],
    "mail.firm.example AAAA": ["2001:db8::10"],
    "firm.example A": ["192.0.2.20"],
    "firm.example MX": ["10 mail.firm.example."],
    "other.example TXT": ["v=spf1 ip4:198.51.100.0/24 -all"],
    "open.example TXT": ["v=spf1 +all"],
    "broken.example TXT": ["v=spf1 ip4:300.1.1.1 -all"],
    "two.example TXT": ["v=spf1 -all", "v=spf1 +all"],
    "loop.example TXT": ["v=spf1 include:loop.example -all"],
    "late.example TXT": "TIMEOUT",
    "10.2.0.192.in-addr.arpa PTR": ["mail.firm.example."],
    "why.firm.example TXT": ["%{i} may not send for %{d}, says %{r}"],
    "10.2.0.192.anna.firm.example A": ["127.0.0.2"],
}


def spf(record, ip="192.0.2.10", sender="anna@firm.example", zone=None):
    table = {**ZONE, **(zone or {}), "firm.example TXT": [record]}
    lookups = Lookups(TableResolver(table), Defects())
    return check_host(ip, sender, "mail.firm.example", lookups, receiver="mx.desk.example")


@pytest.mark.parametrize(
    ("record", "result"),
    [
        ("v=spf1 -all", "fail"),
        ("v=spf1 ~all", "softfail"),
        ("v=spf1 ?all", "neutral"),
        ("v=spf1", "neutral"),
        ("V=SPF1 mx -all", "pass"),
        ("v=spf1 a -all", "fail"),
        ("v=spf1 a/24 -all", "pass"),
        ("v=spf1 a:mail.firm.example -all", "pass"),
        ("v=spf1 ip4:192.0.2.0/28 -all", "pass"),
        ("v=spf1 ip4:192.0.2.0/29 -all", "fail"),
        ("v=spf1 ip6:2001:db8::/32 -all", "fail"),
        ("v=spf1 ptr -all", "pass"),
        ("v=spf1 exists:%{ir}.%{l}.%{d} -all", "pass"),
        ("v=spf1 include:other.example ~all", "softfail"),
        ("v=spf1 include:open.example -all", "pass"),
        ("v=spf1 include:nothing.example -all", "permerror"),
        ("v=spf1 include:broken.example -all", "permerror"),
        ("v=spf1 include:two.example -all", "permerror"),
        ("v=spf1 include:loop.example -all", "permerror"),
        ("v=spf1 include:late.example -all", "temperror"),
        ("v=spf1 redirect=other.example", "fail"),
        ("v=spf1 redirect=nothing.example", "permerror"),
        ("v=spf1 -all redirect=open.example", "fail"),
        ("v=spf1 redirect=open.example redirect=open.example", "permerror"),
        ("v=spf1 unknown -all", "permerror"),
        ("v=spf1 unknown=x -all", "fail"),
        ("v=spf1 -all:x", "permerror"),
        ("v=spf1 ip4:192.0.2.10/33", "permerror"),
        ("v=spf1 ip4:192.0.2.10/08", "permerror"),
        ("v=spf1 a:%{x}.example", "permerror"),
        ("v=spf1 a:%{d0}.example", "permerror"),
        ("v=spf1 ä -all", "permerror"),
        ("v=spf10 -all", "none"),
    ],
)
def test_results(record, result):
    assert spf(record).result == result


def test_addresses_of_both_kinds():
    assert spf("v=spf1 mx -all", ip="2001:db8::10").result == "pass"
    assert spf("v=spf1 mx//32 -all", ip="2001:db8:1::1").result == "pass"
    assert spf("v=spf1 mx -all", ip="::ffff:192.0.2.10").result == "pass"
    assert spf("v=spf1 +all", ip="nonsense").result == "none"


def test_the_null_sender_is_checked_by_its_host():
    found = spf("v=spf1 -all", sender="", zone={"mail.firm.example TXT": ["v=spf1 a -all"]})
    assert (found.result, found.domain) == ("pass", "mail.firm.example")


def test_what_the_domain_says_of_a_failure():
    found = spf("v=spf1 -all exp=why.firm.example")
    assert found.explanation == "192.0.2.10 may not send for firm.example, says mx.desk.example"
    assert spf("v=spf1 -all exp=nothing.example").explanation == ""


def test_more_than_ten_terms_that_ask_are_an_error():
    ten = " ".join(f"a:h{number}.example" for number in range(10))
    hosts = {f"h{number}.example A": ["203.0.113.1"] for number in range(11)}
    assert spf(f"v=spf1 {ten} -all", zone=hosts).result == "fail"
    assert spf(f"v=spf1 {ten} a:h10.example -all", zone=hosts).result == "permerror"


def test_more_than_two_names_that_do_not_exist_are_an_error():
    assert spf("v=spf1 a:n1.example a:n2.example -all").result == "fail"
    assert spf("v=spf1 a:n1.example a:n2.example a:n3.example -all").result == "permerror"


def test_more_than_ten_mail_exchangers_are_an_error():
    many = {"many.example MX": [f"{number} h{number}.example." for number in range(11)]}
    assert spf("v=spf1 mx:many.example -all", zone=many).result == "permerror"


@pytest.mark.parametrize(
    "record",
    [
        "v=spf1 " + "a" * 200_000,
        "v=spf1 a:" + "%{d}" * 50_000 + ".example",
        "v=spf1 a:" + "%" * 100_000,
        "v=spf1 a:" + "%{d" * 50_000,
        "v=spf1 a:" + "/1" * 100_000,
        "v=spf1 a:" + "a-" * 100_000,
        "v=spf1 x=" + "%{l}" * 50_000,
        "v=spf1 " + "ip4:192.0.2.99 " * 20_000,
        "v=spf1 a:x.example/" + "1" * 10_000,
        "v=spf1 a:%{d" + "9" * 5000 + "}.example",
        "v=spf1 exp=%{d" + "0" * 5000 + "}.example",
    ],
)
def test_hostile_records_take_little_time(record):
    started = time.process_time()
    assert spf(record, sender="x" * 10_000 + "@firm.example").result != "pass"
    assert time.process_time() - started < 1
