# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What our own hosts wrote into the header is believed; what anybody could have written is not."""

import time

import pytest
from message_signing import MAIL, NOW, record, rsa_key, sign

from helpdesk_mail.message import parse
from helpdesk_mail.message.authentication import Authenticator, TableResolver
from helpdesk_mail.message.authentication.authentication_results import (
    parse as parse_results,
)
from helpdesk_mail.message.authentication.authentication_results import parse_received_spf

OURS = ("mx.desk.example", "store.desk.example")
STAMP = "; Sun, 15 Jun 2025 15:06:40 +0000"
FROM_OUTSIDE = (
    "Received: from out.firm.example (out.firm.example [192.0.2.10])"
    f" by mx.desk.example (Postfix) with ESMTPS id 1{STAMP}"
)
FROM_MX = (
    "Received: from mx.desk.example (mx.desk.example [10.0.0.5])"
    f" by store.desk.example with ESMTP id 2{STAMP}"
)
EVIL = "203.0.113.9"
BY_OTHERS = (
    f"Received: from laptop (laptop [203.0.113.7]) by out.firm.example with ESMTP id 3{STAMP}"
)
RETURN_PATH = "Return-Path: <anna@firm.example>"
PASS = "Authentication-Results: mx.desk.example; dmarc=pass header.from=firm.example"
FAIL = "Authentication-Results: mx.desk.example; dmarc=fail header.from=firm.example"
DMARC = {"_dmarc.firm.example TXT": ["v=DMARC1; p=reject"]}
SPF = {"firm.example TXT": ["v=spf1 ip4:192.0.2.10 -all"]}


def check(*fields, table=None, hosts=OURS, mail=MAIL, resolver=True):
    """The Authentication of *mail* with *fields* on top."""
    source = "\r\n".join(fields).encode() + (b"\r\n" if fields else b"") + mail
    answers = TableResolver(DMARC if table is None else table) if resolver else None
    authenticator = Authenticator(answers, hosts, clock=lambda: NOW)
    return parse(source, authenticator=authenticator).authentication


@pytest.mark.parametrize(
    "fields",
    [
        (PASS, FROM_OUTSIDE),
        (RETURN_PATH, "Delivered-To: help@desk.example", PASS, FROM_OUTSIDE, BY_OTHERS),
        (FROM_MX, PASS, FROM_OUTSIDE, BY_OTHERS),
        (PASS, FROM_MX, FROM_OUTSIDE),
        (PASS, FAIL, FROM_OUTSIDE),
        (PASS.lower(), FROM_OUTSIDE.replace("Received", "RECEIVED")),
    ],
)
def test_what_our_hosts_wrote_is_believed(fields):
    found = check(*fields)
    assert (found.dmarc, found.verdict) == ("pass", "pass")


@pytest.mark.parametrize(
    "fields",
    [
        (PASS,),
        (FROM_OUTSIDE, PASS),
        (FROM_OUTSIDE, BY_OTHERS, PASS),
        (FROM_MX, FROM_OUTSIDE, PASS),
        (BY_OTHERS, PASS),
        (BY_OTHERS, PASS, FROM_OUTSIDE),
        (BY_OTHERS, FROM_MX, PASS, FROM_OUTSIDE),
        (PASS, BY_OTHERS),
        # The client calls itself one of ours, and brings a Received that says so.
        (
            f"Received: from mx.desk.example (evil.example [{EVIL}]) by store.desk.example{STAMP}",
            PASS,
            FROM_OUTSIDE,
        ),
        (
            f"Received: from mx.desk.example ([203.0.113.9]) by store.desk.example{STAMP}",
            PASS,
            FROM_OUTSIDE,
        ),
        (PASS.replace("mx.desk", "mx.other"), FROM_OUTSIDE),
        (PASS.replace("mx.desk.example", "mx.desk.example.evil.example"), FROM_OUTSIDE),
        (PASS.replace("mx.desk.example;", ""), FROM_OUTSIDE),
        (PASS.replace("mx.desk.example;", "x (mx.desk.example);"), FROM_OUTSIDE),
        (PASS.replace("firm.example", "other.example"), FROM_OUTSIDE),
        (PASS.replace("pass", "(pass) fail"), FROM_OUTSIDE),
        (PASS.replace("dmarc", 'x=pass reason="; dmarc=pass" y'), FROM_OUTSIDE),
        (FAIL, PASS, FROM_OUTSIDE),
        (f"X-Note: x\r\n {PASS}", FROM_OUTSIDE),
    ],
)
def test_what_others_could_have_written_is_not_believed(fields):
    found = check(*fields)
    assert (found.dmarc, found.verdict) == ("fail", "fail")


def test_without_named_hosts_nothing_is_believed():
    assert check(PASS, FROM_OUTSIDE, hosts=()).verdict == "fail"


def test_without_a_resolver_only_our_hosts_count():
    assert check(PASS, FROM_OUTSIDE, resolver=False).verdict == "pass"
    assert check(FAIL, FROM_OUTSIDE, resolver=False).verdict == "fail"
    assert check(FROM_OUTSIDE, resolver=False).verdict == "none"
    field = "Authentication-Results: mx.desk.example; dkim=pass header.d=firm.example header.s=key"
    found = check(field, FROM_OUTSIDE, resolver=False)
    assert [(one.result, one.domain, one.selector) for one in found.dkim] == [
        ("pass", "firm.example", "key")
    ]
    assert found.verdict == "pass"


def test_google_writes_below_its_received():
    inner = f"Received: by 2002:a05:7300:b606:b0:11a:4ada:9b1f with SMTP id a1{STAMP}"
    google = FROM_OUTSIDE.replace("mx.desk.example", "mx.google.com")
    told = PASS.replace("mx.desk.example", "mx.google.com")
    fields = ("Delivered-To: x@desk.example", inner, "X-Received: by 1", google, told)
    assert check(*fields, hosts=("mx.google.com",)).verdict == "pass"
    assert check(*fields, hosts=OURS).verdict == "fail"
    assert check(*fields[:-1], BY_OTHERS, told, hosts=("mx.google.com",)).verdict == "fail"


def test_our_host_saw_the_signature_before_the_mail_was_changed():
    mail = sign(MAIL) + b"-- \r\nScanned by the desk\r\n"
    table = {**DMARC, "key._domainkey.firm.example TXT": [record(rsa_key())]}
    assert [one.result for one in check(FROM_OUTSIDE, table=table, mail=mail).dkim] == ["fail"]
    field = "Authentication-Results: mx.desk.example; dkim=pass header.i=@firm.example header.s=key"
    found = check(field, FROM_OUTSIDE, table=table, mail=mail)
    assert [one.result for one in found.dkim] == ["pass"]
    assert (found.dmarc, found.verdict) == ("pass", "pass")


def test_what_is_against_the_rules_stays_so_whoever_let_it_pass():
    mail = sign(MAIL, digest="sha1")
    field = "Authentication-Results: mx.desk.example; dkim=pass header.d=firm.example"
    found = check(field, FROM_OUTSIDE, mail=mail)
    assert [one.result for one in found.dkim] == ["policy"]
    assert found.verdict == "fail"


def test_spf_for_the_address_that_our_host_saw():
    table = {**DMARC, **SPF}
    for fields in ((RETURN_PATH, FROM_OUTSIDE), (RETURN_PATH, FROM_MX, FROM_OUTSIDE, BY_OTHERS)):
        found = check(*fields, table=table)
        assert (found.spf, found.dmarc, found.verdict) == ("pass", "pass", "pass")
    forged = FROM_OUTSIDE.replace("192.0.2.10", "203.0.113.9")
    found = check(RETURN_PATH, forged, FROM_OUTSIDE, table=table)
    assert (found.spf, found.dmarc, found.verdict) == ("fail", "fail", "fail")


@pytest.mark.parametrize(
    "received",
    [
        "from x ([192.0.2.10]) by mx.desk.example",
        "from [192.0.2.10] (helo=x) by mx.desk.example with esmtp (Exim 4.96)",
        "from out.firm.example ([192.0.2.10] helo=x) by mx.desk.example with esmtps",
        "from x (192.0.2.10) by mx.desk.example (10.0.0.1) with Microsoft SMTP Server",
        "from unknown (HELO x) (192.0.2.10) by mx.desk.example with SMTP",
        "from x (EHLO x) ([192.0.2.10]) by mx.desk.example (desk)",
        "from x (x [IPv6:::ffff:192.0.2.10]) by mx.desk.example",
        "from x (x [192.0.2.10] (may be forged)) by MX.Desk.Example. (8.15/8.15)",
        "from x (x [192.0.2.10])\r\n\tby mx.desk.example\r\n\twith ESMTP",
    ],
)
def test_how_servers_write_the_address(received):
    found = check(RETURN_PATH, f"Received: {received}{STAMP}", table=SPF)
    assert found.spf == "pass"


@pytest.mark.parametrize(
    "received",
    [
        "from [192.0.2.10] by mx.desk.example",
        "from x by mx.desk.example",
        "from x (x [203.0.113.9]) (y [192.0.2.10]) by mx.desk.example",
        "from x (x [192.0.2.10]) by mx.other.example",
        "from x (x [192.0.2.10])",
        "(from x (x [192.0.2.10]) by mx.desk.example)",
        "from x (x [999.0.2.10]) by mx.desk.example",
    ],
)
def test_an_address_that_is_not_certain_is_not_checked(received):
    found = check(RETURN_PATH, f"Received: {received}{STAMP}", table=SPF)
    assert (found.spf, found.verdict) == ("none", "none")


def test_the_envelope_sender_must_be_certain_too():
    assert check(FROM_OUTSIDE, RETURN_PATH, table=SPF).spf == "none"
    told = FROM_OUTSIDE.replace(" with", " (envelope-from <anna@firm.example>) with")
    assert check(told, table=SPF).spf == "pass"
    helo = {"out.firm.example TXT": ["v=spf1 ip4:192.0.2.10 -all"]}
    assert check("Return-Path: <>", FROM_OUTSIDE, table=helo).spf == "pass"


def test_spf_of_another_domain_proves_nothing():
    table = {"other.example TXT": ["v=spf1 +all"], **DMARC}
    found = check("Return-Path: <x@other.example>", FROM_OUTSIDE, table=table)
    assert (found.spf, found.verdict) == ("pass", "fail")
    strict = {**SPF, "_dmarc.firm.example TXT": ["v=DMARC1; p=none; aspf=s"]}
    strict["mail.firm.example TXT"] = SPF["firm.example TXT"]
    found = check("Return-Path: <x@mail.firm.example>", FROM_OUTSIDE, table=strict)
    assert (found.spf, found.verdict) == ("pass", "fail")


def test_spf_as_our_host_says():
    said = "Received-SPF: pass (x: ok) client-ip=192.0.2.10; envelope-from=anna@firm.example;"
    assert check(said, FROM_OUTSIDE).verdict == "pass"
    assert check(FROM_OUTSIDE, said).verdict == "fail"
    said = "Authentication-Results: mx.desk.example; spf=pass smtp.mailfrom=bounce+a=b@firm.example"
    found = check(said, FROM_OUTSIDE)
    assert (found.spf, found.verdict) == ("pass", "pass")


def test_hosts_by_pattern_and_address():
    by = FROM_OUTSIDE.replace("by mx.", "by mx7.in.")
    told = PASS.replace("mx.desk", "mx7.in.desk")
    assert check(told, by, hosts=("*.in.desk.example",)).verdict == "pass"
    assert check(told, by, hosts=("*.desk.example",)).verdict == "pass"
    assert check(told, by, hosts=("desk.example",)).verdict == "fail"
    public = FROM_MX.replace("10.0.0.5", "198.51.100.5")
    assert check(public, PASS, FROM_OUTSIDE).verdict == "fail"
    assert check(public, PASS, FROM_OUTSIDE, hosts=(*OURS, "198.51.100.0/24")).verdict == "pass"


def test_delivery_by_lmtp_has_no_address():
    lmtp = f"Received: from mx.desk.example by store.desk.example with LMTP id x{STAMP}"
    assert check(RETURN_PATH, lmtp, FROM_OUTSIDE, table=SPF).spf == "pass"
    assert check(RETURN_PATH, lmtp.replace("LMTP", "SMTP"), FROM_OUTSIDE, table=SPF).spf == "none"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("none", []),
        ("spf=pass", [("spf", "pass", {})]),
        ("spf=pass;dkim=fail", [("spf", "pass", {}), ("dkim", "fail", {})]),
        ("(x) spf (y) = (z) pass (;) a.b = a@b", [("spf", "pass", {"a.b": "a@b"})]),
        (
            'dkim/1=PASS reason="good; dkim=fail" header.i=@b',
            [("dkim", "pass", {"reason": "good; dkim=fail", "header.i": "@b"})],
        ),
        ("spf=pass smtp.mailfrom=x=y@b;", [("spf", "pass", {"smtp.mailfrom": "x=y@b"})]),
        ("spf=hardfail", [("spf", "fail", {})]),
        ("dmarc=bestguesspass", [("dmarc", "none", {})]),
        ("x=1; =; ;; spf=pass", [("spf", "pass", {})]),
        ('spf=pass (5" and ( more) x) dkim', [("spf", "pass", {})]),
        ("spf=pass (never closed ; dkim=pass", [("spf", "pass", {})]),
    ],
)
def test_reading_results(value, found):
    for head in ("mx.a.example", "MX.A.example 1 ", '"mx.a.example"', "(c) mx.a.example (c (d)) "):
        read = parse_results(f"{head}; {value}")
        assert read.authserv_id == "mx.a.example"
        assert [(one.method, one.result, one.properties) for one in read.results] == found


@pytest.mark.parametrize(
    "value",
    ["spf=pass a.b=c; dkim=pass", "mx.a.example spf=pass", "mx.a.example 2; spf=pass", "", ";"],
)
def test_results_of_nobody(value):
    assert parse_results(value) is None


def test_reading_received_spf():
    read = parse_received_spf('Pass (a: b) client-ip=192.0.2.1; helo=x; envelope-from="a@b"')
    assert (read.result, read.pairs["client-ip"], read.pairs["envelope-from"]) == (
        "pass",
        "192.0.2.1",
        "a@b",
    )
    assert parse_received_spf("nonsense") is None


@pytest.mark.parametrize(
    "piece", ["(", ")", '"', "\\", "=", ";", " ", "a=b ", "(()", "[", "from ", "by "]
)
def test_hostile_fields_take_little_time(piece):
    hostile = piece * (200_000 // len(piece))
    started = time.process_time()
    check(
        f"Authentication-Results: mx.desk.example; {hostile}",
        f"Received-SPF: pass {hostile}",
        f"Return-Path: {hostile}",
        f"Received: from x {hostile} by mx.desk.example {hostile}",
        FROM_OUTSIDE,
    )
    assert time.process_time() - started < 2
