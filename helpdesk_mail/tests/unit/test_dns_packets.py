# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""DNS in real packets: what each part of the product does when a name server is slow, silent,
broken, or lies.
"""

import contextlib
import socket
import time

import pytest
from message_signing import MAIL, NOW, ed25519_key, record, rsa_key, sign

from helpdesk_mail.message import parse
from helpdesk_mail.message.authentication import (
    Authenticator,
    NetworkResolver,
    TemporaryFailure,
)
from helpdesk_mail.message.authentication.dns_network import parse_servers
from helpdesk_mail.message.authentication.resolver import Lookups
from helpdesk_mail.message.defects import Defects
from helpdesk_mail.message.signing import dns_check, records
from helpdesk_mail.tests.unit.dns_server import (
    CUT,
    DROP,
    GARBAGE,
    HOLD,
    REFUSED,
    SERVFAIL,
    SPOOF,
    TRUNCATE,
    DnsServer,
)
from helpdesk_mail.transport import channel, discovery

# all that may go wrong without an answer
NO_ANSWER = pytest.mark.parametrize("fault", [DROP, HOLD, SERVFAIL, REFUSED, CUT, GARBAGE])
# one of each outcome at the socket: no answer, a refusal, an answer that breaks
NO_ANSWER_BRIEFLY = pytest.mark.parametrize("fault", [DROP, SERVFAIL, CUT])
QUICK = 0.2  # seconds, where no answer comes anyway
PATIENT = 60.0  # seconds: far more than any answer needs on a busy machine
BOUND = 5.0


@pytest.fixture
def server():
    with DnsServer() as one:
        yield one


def network(server, **options):
    return NetworkResolver(servers=server.servers, **{"timeout": PATIENT, **options})


def bounded(call, seconds=BOUND):
    """What *call* gives, which it does in so many seconds: at one of several times, since a machine
    that is busy with other things may stand still for as long.
    """
    for _time in range(4):
        begin = time.monotonic()
        found = call()
        if time.monotonic() - begin < seconds:
            return found
    pytest.fail(f"it takes more than {seconds} s each time")


def unanswered(resolver):
    """Ask: there is no answer."""
    with pytest.raises(TemporaryFailure):
        resolver.lookup("a.example", "TXT")


# -- the option


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        (" , ", ()),
        ("9.9.9.9", (("9.9.9.9", 53),)),
        ("127.0.0.1:5353, ::1 [2001:db8::1]:54,[::1]", (
            ("127.0.0.1", 5353), ("::1", 53), ("2001:db8::1", 54), ("::1", 53))),
    ],
)  # fmt: skip
def test_name_servers_are_read(text, found):
    assert parse_servers(text) == found


@pytest.mark.parametrize(
    "text", ["dns.example", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:70000", "[::1]x", "1.2.3", "٣"]
)
def test_what_is_no_name_server(text):
    with pytest.raises(ValueError) as caught:
        parse_servers(f"9.9.9.9, {text}")
    assert str(caught.value) == text


# -- answers


def test_records_of_each_kind(server):
    long = "v=DKIM1; p=" + "x" * 600
    server.table = {
        "firm.example. TXT": ["v=spf1 -all", '"two " "strings"', long, "ü"],
        "firm.example. MX": ["20 B.example.", "10 a.example."],
        "firm.example. A": ["192.0.2.1"],
        "firm.example. AAAA": ["2001:db8::1"],
        "1.2.0.192.in-addr.arpa. PTR": ["Firm.Example."],
        "_imaps._tcp.firm.example. SRV": ["10 5 993 imap.firm.example."],
        "www.firm.example. CNAME": ["firm.example."],
    }
    dns = network(server)
    assert set(dns.lookup("Firm.Example.", "TXT")) == {"v=spf1 -all", "two strings", long, "Ã¼"}
    assert dns.lookup("firm.example", "MX") == ["a.example", "b.example"]
    assert dns.lookup("firm.example", "A") == ["192.0.2.1"]
    assert dns.lookup("www.firm.example", "AAAA") == ["2001:db8::1"]
    assert dns.lookup("1.2.0.192.in-addr.arpa", "PTR") == ["firm.example"]
    assert dns.lookup("_imaps._tcp.firm.example", "SRV") == ["10 5 993 imap.firm.example."]
    for name, kind in (("nobody.example", "TXT"), ("firm.example", "PTR"), ("example", "A")):
        assert dns.lookup(name, kind) == []
        server.table = {f"{name}. {kind}": ["192.0.2.1" if kind == "A" else "new.example."]}
        assert dns.lookup(name, kind) == [], "nothing is remembered, too"


def test_an_answer_that_is_too_large_for_udp_comes_by_tcp(server):
    texts = [f"{number} " + "x" * 250 for number in range(20)]
    server.table = {"large.example. TXT": texts}
    assert sorted(network(server).lookup("large.example", "TXT")) == sorted(texts)
    assert ways(server) == ["udp", "tcp"]


def ways(server):
    """How it was asked; a packet that took its time is sent twice."""
    return list(dict.fromkeys(way for _name, _kind, way in server.asked))


def test_a_truncated_answer_is_asked_for_again_by_tcp(server):
    server.table, server.faults = {"a.example. TXT": ["x"]}, {"*": TRUNCATE}
    assert network(server).lookup("a.example", "TXT") == ["x"]
    assert ways(server) == ["udp", "tcp"]


def test_a_lost_packet_is_sent_once_more(server):
    server.table, server.faults = {"a.example. TXT": ["x"]}, {"*": [DROP, None]}
    assert network(server).lookup("a.example", "TXT") == ["x"]
    assert len(server.asked) >= 2


def test_forged_packets_are_not_believed(server):
    server.table = {"a.example. TXT": ["v=spf1 -all"], "a.example. A": ["192.0.2.1"]}
    server.faults = {"*": SPOOF}
    dns = network(server)
    assert dns.lookup("a.example", "TXT") == ["v=spf1 -all"]
    assert dns.lookup("a.example", "A") == ["192.0.2.1"]


@NO_ANSWER
def test_no_answer_is_temporary_bounded_and_not_kept(server, fault):
    server.table, server.faults = {"a.example. TXT": ["x"]}, {"*": fault}
    bounded(lambda: unanswered(network(server, timeout=QUICK)))
    server.faults = {}
    server.release.set()
    dns = network(server)
    assert dns.lookup("a.example", "TXT") == ["x"]


def test_nobody_listens():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        place = gone.getsockname()
    bounded(lambda: unanswered(NetworkResolver(servers=[place], timeout=QUICK)))


@pytest.mark.parametrize("fault", [SERVFAIL, REFUSED, DROP])
def test_the_second_name_server_is_asked(server, fault):
    server.table = {"a.example. TXT": ["x"]}
    with DnsServer() as broken:
        broken.faults = {"*": fault}
        both = [*broken.servers, *server.servers]
        dns = NetworkResolver(servers=both, timeout=PATIENT)
        assert dns.lookup("a.example", "TXT") == ["x"]
        assert broken.asked


def test_aliases_that_lead_in_a_circle(server):
    server.table = {"a.example. CNAME": ["b.example."], "b.example. CNAME": ["a.example."]}

    def ask():
        with contextlib.suppress(TemporaryFailure):
            assert network(server, timeout=QUICK).lookup("a.example", "TXT") == []

    bounded(ask)


# -- DKIM of mail that comes in


def check(server, mail, timeout=PATIENT, **options):
    resolver = network(server, timeout=timeout)
    options = {"seconds": 2 * PATIENT, **options}
    authenticator = Authenticator(resolver, clock=lambda: NOW, **options)
    return parse(mail, authenticator=authenticator)


def publish(server, key, selector="key"):
    server.table = {
        f"{selector}._domainkey.firm.example. TXT": [record(key)],
        "_dmarc.firm.example. TXT": ["v=DMARC1; p=reject"],
    }


@pytest.mark.parametrize("make", [lambda: rsa_key(2048), lambda: rsa_key(4096), ed25519_key])
@pytest.mark.parametrize("fault", [None, TRUNCATE, SPOOF, [DROP, None]])
def test_a_signature_verifies_with_a_key_from_the_network(server, make, fault):
    key = make()
    publish(server, key)
    server.faults = {"key._domainkey.firm.example. TXT": fault}
    found = check(server, sign(MAIL, key)).authentication
    assert [one.result for one in found.dkim] == ["pass"]
    assert (found.dmarc, found.verdict) == ("pass", "pass")


@NO_ANSWER
def test_a_key_that_cannot_be_had_now_is_no_forgery(server, fault):
    """RFC 6376, section 6.1.2: the mail is not told from a good one, and not called forged."""
    publish(server, rsa_key())
    server.faults = {"key._domainkey.firm.example. TXT": fault}
    parsed = bounded(lambda: check(server, sign(MAIL), QUICK))
    assert [one.result for one in parsed.authentication.dkim] == ["temperror"]
    assert parsed.authentication.verdict == "error"
    assert any("DNS did not answer" in defect for defect in parsed.defects)


def test_a_key_that_is_not_there(server):
    publish(server, rsa_key())
    del server.table["key._domainkey.firm.example. TXT"]
    found = check(server, sign(MAIL)).authentication
    assert [one.result for one in found.dkim] == ["permerror"]
    assert found.verdict == "fail"


@NO_ANSWER_BRIEFLY
def test_the_dns_of_a_mail_ends_in_time(server, fault):
    """Twenty signatures of domains whose name server does not answer."""
    server.faults = {"*": fault}
    mail = MAIL
    for number in range(20):
        mail = sign(mail, d=f"n{number}.evil.example")
    parsed = bounded(lambda: check(server, mail, QUICK, seconds=1.0), 1.0 + BOUND)
    assert parsed.authentication.verdict in ("none", "error")


# -- Check DNS


PUBLIC = record(rsa_key(2048)).partition("p=")[2]


def check_all(server, timeout=PATIENT):
    lookups = Lookups(network(server, timeout=timeout), Defects(), seconds=5 * PATIENT)
    return [
        dns_check.check_key("s1", "desk.example", "rsa", PUBLIC, lookups),
        dns_check.check_spf("desk.example", "include:_spf.mail.example", lookups),
        dns_check.check_dmarc("desk.example", "desk.example", "post@desk.example", lookups),
    ]


@pytest.mark.parametrize("fault", [None, TRUNCATE])
def test_check_dns(server, fault):
    server.table = {
        "s1._domainkey.desk.example. CNAME": ["s1.desk.keys.mail.example."],
        "s1.desk.keys.mail.example. TXT": [records.key_value("rsa", PUBLIC)],
        "desk.example. TXT": ["v=spf1 include:_spf.mail.example -all", "some-verification=1"],
        "_spf.mail.example. TXT": ["v=spf1 ip4:192.0.2.0/24 -all"],
        "_dmarc.desk.example. TXT": ["v=DMARC1; p=quarantine"],
    }
    server.faults = {"*": fault}
    assert [one.code for one in check_all(server)] == ["key_ok", "spf_ok", "dmarc_enforced"]
    server.table.clear()
    missing = ["key_missing", "spf_missing", "dmarc_missing"]
    assert [one.code for one in check_all(server)] == missing


@NO_ANSWER_BRIEFLY
def test_check_dns_says_nothing_of_records_that_it_could_not_see(server, fault):
    server.faults = {"*": fault}
    found = bounded(lambda: check_all(server, QUICK))
    assert [(one.code, one.state) for one in found] == [("unanswered", "unknown")] * 3


# -- find the settings


@pytest.fixture
def no_hosts(monkeypatch):
    """No host is looked up: only records are asked for."""

    def addresses(host, port):
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    monkeypatch.setattr(channel, "addresses", addresses)


def find(server, seconds=2 * PATIENT, timeout=PATIENT):
    options = discovery.Options(seconds=seconds, each=0.5, own_files=(), ispdb="")
    resolver = network(server, timeout=timeout)
    found = discovery.discover("support@firm.example", resolver, options)
    return found, {one.asked: one for one in found.questions}


@pytest.mark.parametrize("fault", [None, TRUNCATE, SPOOF])
def test_discovery_finds_srv_and_mx(server, no_hosts, fault):
    server.table = {
        "_imaps._tcp.firm.example. SRV": ["10 1 993 imap.firm.example."],
        "_submissions._tcp.firm.example. SRV": ["0 1 465 smtp.firm.example."],
        "firm.example. MX": ["10 firm-example.mail.protection.outlook.com."],
    }
    server.faults = {"*": fault}
    found, asked = find(server)
    named = [(s.endpoint.protocol, s.endpoint.host, s.endpoint.port) for s in found.servers]
    assert ("imap", "imap.firm.example", 993) in named
    assert ("smtp", "smtp.firm.example", 465) in named
    assert found.provider.code == "microsoft"
    assert asked["SRV _imaps._tcp.firm.example"].found
    assert not asked["SRV _pop3s._tcp.firm.example"].found


@NO_ANSWER_BRIEFLY
def test_discovery_goes_on_without_dns_and_says_so(server, no_hosts, fault):
    server.faults = {"*": fault}
    found, asked = bounded(lambda: find(server, 3.0, QUICK), 3.0 + BOUND)
    assert (found.servers, found.provider) == ((), None)
    for question in ("MX firm.example", "SRV _imaps._tcp.firm.example"):
        assert not asked[question].found
        assert asked[question].answer in ("DNS did not answer.", "It did not answer in time.")


def test_one_slow_answer_holds_up_no_other(server, no_hosts):
    server.table = {"_imaps._tcp.firm.example. SRV": ["10 1 993 imap.firm.example."]}
    server.faults = {"firm.example. MX": HOLD}
    # half of the time is for asking: more of it where the machine needs more for the other answer
    for seconds in (3.0, 30.0, 100.0):
        begin = time.monotonic()
        found, asked = find(server, seconds, timeout=seconds)
        assert time.monotonic() - begin < seconds + PATIENT
        if found.servers:
            break
    assert [server.endpoint.host for server in found.servers] == ["imap.firm.example"]
    assert not asked["MX firm.example"].found
