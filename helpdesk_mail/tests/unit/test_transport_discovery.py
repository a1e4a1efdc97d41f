# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Find the settings: DNS, autoconfig and well-known providers, with servers that really answer."""

import contextlib
import socket
import threading
import time

import dns.rdata
import dns.resolver
import pytest

from helpdesk_mail.message.authentication.dns_network import NetworkResolver
from helpdesk_mail.message.authentication.dns_table import TableResolver
from helpdesk_mail.tests.unit.mail_greeters import Authority, Greeter, WebServer, config_file
from helpdesk_mail.transport import autoconfig, channel, discovery, networks
from helpdesk_mail.transport.endpoints import Endpoint
from helpdesk_mail.transport.errors import TransportError
from helpdesk_mail.transport.greeting import greet
from helpdesk_mail.transport.providers import PROVIDERS, by_mx

EMAIL = "support@firm.example"
LOCAL = networks.Networks("127.0.0.0/8")


@pytest.fixture(scope="module")
def authority():
    return Authority("mail.firm.example", "imap.firm.example", "smtp.firm.example")


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """No test asks the real DNS: the hosts of the firm are this machine, no other exists."""
    looked_up = []

    def addresses(host, port):
        looked_up.append(host)
        if host == "127.0.0.1" or host in (
            "mail.firm.example",
            "imap.firm.example",
            "smtp.firm.example",
        ):
            return [(socket.AF_INET, ("127.0.0.1", port))]
        raise socket.gaierror(socket.EAI_NONAME, "no such host")

    monkeypatch.setattr(channel, "addresses", addresses)
    return looked_up


def search(table=None, authority=None, own_files=(), ispdb="", **options):
    return discovery.discover(
        EMAIL,
        TableResolver(table or {}),
        discovery.Options(
            networks=LOCAL,
            ca_data=authority.ca_data if authority else "",
            own_files=tuple(own_files),
            ispdb=ispdb,
            loopback_http=True,
            # nothing here is waited for so long unless it hangs
            **{"seconds": 60.0, "each": 30.0, **options},
        ),
    )


def test_srv_records(authority):
    """RFC 6186: what the domain publishes is found, tried, and the best comes first."""
    with (
        Greeter("imap", "starttls", authority.context) as imap,
        Greeter("smtp", "starttls", authority.context) as smtp,
    ):
        found = search(
            {
                "_imap._tcp.firm.example. SRV": [f"0 1 {imap.port} imap.firm.example."],
                "_imaps._tcp.firm.example. SRV": ["0 0 0 ."],
                "_submission._tcp.firm.example. SRV": [f"0 1 {smtp.port} smtp.firm.example."],
            },
            authority,
        )
    assert [(s.endpoint.protocol, s.endpoint.host, s.works) for s in found.servers] == [
        ("imap", "imap.firm.example", True),
        ("smtp", "smtp.firm.example", True),
    ]
    assert found.servers[0].endpoint.encryption == "starttls"
    asked = {question.asked: question for question in found.questions}
    assert asked["SRV _imap._tcp.firm.example"].found
    assert not asked["SRV _imaps._tcp.firm.example"].found, '"." says that there is no such service'
    assert asked[f"IMAP imap.firm.example:{imap.port}"].answer.startswith("TLS")


def test_srv_priority(authority):
    with (
        Greeter("imap", "starttls", authority.context) as one,
        Greeter("imap", "starttls", authority.context) as two,
    ):
        found = search(
            {
                "_imap._tcp.firm.example. SRV": [
                    f"20 0 {one.port} imap.firm.example.",
                    f"10 0 {two.port} imap.firm.example.",
                    "garbage",
                    "1 2 99999999 imap.firm.example.",
                    f"1 2 {one.port} -no-host-",
                ]
            },
            authority,
        )
    ports = [s.endpoint.port for s in found.servers if s.endpoint.protocol == "imap"]
    assert ports == [two.port, one.port]


def test_autoconfig(authority):
    with (
        Greeter("imap", "ssl", authority.context) as imap,
        Greeter("smtp", "ssl", authority.context) as smtp,
        WebServer() as web,
    ):
        web.pages["/mail/config-v1.1.xml"] = (
            200,
            {},
            config_file(
                (
                    "incomingServer",
                    "imap",
                    "imap.firm.example",
                    imap.port,
                    "SSL",
                    "%EMAILLOCALPART%",
                ),
                ("incomingServer", "imap", "imap.firm.example", 143, "plain", "%EMAILADDRESS%"),
                (
                    "outgoingServer",
                    "smtp",
                    "smtp.%EMAILDOMAIN%",
                    smtp.port,
                    "SSL",
                    "%EMAILADDRESS%",
                ),
            ),
        )
        found = search(
            authority=authority,
            own_files=[f"http://127.0.0.1:{web.port}/mail/config-v1.1.xml?emailaddress={{email}}"],
        )
    assert web.asked == ["/mail/config-v1.1.xml?emailaddress=support@firm.example"]
    working = [s.endpoint for s in found.servers if s.works]
    assert [(e.protocol, e.port, e.username) for e in working] == [
        ("imap", imap.port, "support"),
        ("smtp", smtp.port, "support@firm.example"),
    ]
    assert 143 not in [s.endpoint.port for s in found.servers], "no password goes in clear text"


def test_autoconfig_by_https_and_redirect(authority):
    with WebServer(authority.context) as web:
        base = f"https://mail.firm.example:{web.port}"
        web.pages["/one"] = (302, {"Location": "/two"}, b"")
        web.pages["/two"] = (200, {}, config_file())
        line = autoconfig.Line(networks=LOCAL, ca_data=authority.ca_data)
        assert autoconfig.fetch(f"{base}/one", line) == config_file()
        with pytest.raises(TransportError, match="certificate"):
            autoconfig.fetch(f"{base}/one", autoconfig.Line(networks=LOCAL))


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.2/x", "http://firm.example/x", "file:///etc/passwd", "//[bad", "https://-/"],
)
def test_a_redirect_leads_nowhere_else(target):
    with WebServer() as web:
        web.pages["/one"] = (302, {"Location": target}, b"")
        line = autoconfig.Line(networks=LOCAL, loopback_http=True)
        with pytest.raises((autoconfig.NotThere, TransportError)):
            autoconfig.fetch(f"http://127.0.0.1:{web.port}/one", line)


def test_a_redirect_that_never_ends():
    with WebServer() as web:
        web.pages["/one"] = (302, {"Location": "/one"}, b"")
        line = autoconfig.Line(networks=LOCAL, loopback_http=True)
        with pytest.raises(autoconfig.NotThere, match="redirects"):
            autoconfig.fetch(f"http://127.0.0.1:{web.port}/one", line)
        assert len(web.asked) == 4


def test_private_networks_are_refused(authority):
    """Whoever may set up an inbox does not get to look around in the server's own network."""
    with Greeter("imap", "ssl", authority.context) as imap, WebServer(authority.context) as web:
        found = discovery.discover(
            EMAIL,
            TableResolver(
                {"_imap._tcp.firm.example. SRV": [f"0 1 {imap.port} imap.firm.example."]}
            ),
            discovery.Options(
                networks=networks.Networks(),
                ca_data=authority.ca_data,
                own_files=(f"https://mail.firm.example:{web.port}/",),
                ispdb="",
                seconds=60,
            ),
        )
        assert web.asked == [] and imap.asked == []
    assert not any(server.works for server in found.servers)
    told = [question.answer for question in found.questions if "private network" in question.answer]
    assert len(told) >= 2


def test_no_entity_is_expanded(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("imap.secret.example")
    evil = (
        f'<!DOCTYPE c [<!ENTITY x SYSTEM "file://{secret}">]><clientConfig><emailProvider>'
        '<incomingServer type="imap"><hostname>&x;</hostname><port>993</port>'
        "<socketType>SSL</socketType></incomingServer></emailProvider></clientConfig>"
    ).encode()
    with pytest.raises(autoconfig.NotThere):
        autoconfig.read(evil, EMAIL, "autoconfig")
    laughs = b"<!DOCTYPE c [<!ENTITY a 'aaaa'>" + b"".join(
        b"<!ENTITY a%d '%s'>" % (n, b"&a%s;" % (str(n - 1).encode() if n else b"") * 10)
        for n in range(12)
    )
    with pytest.raises(autoconfig.NotThere):
        autoconfig.read(laughs + b"]><clientConfig>&a11;</clientConfig>", EMAIL, "autoconfig")


@pytest.mark.parametrize(
    "content", [b"", b"<html>Not found</html>", b"\xff\xfe", b"<clientConfig", b"{}"]
)
def test_what_is_no_autoconfig_file(content):
    with pytest.raises(autoconfig.NotThere):
        autoconfig.read(content, EMAIL, "autoconfig")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (2, "evil host"),
        (2, "a/../b"),
        (2, ""),
        (3, "0"),
        (3, "70000"),
        (3, "9" * 5000),
        (3, "x"),
        (4, "plain"),
        (1, "exchange"),
    ],
)
def test_a_server_that_makes_no_sense_is_left_out(field, value):
    row = ["incomingServer", "imap", "imap.firm.example", "993", "SSL", "%EMAILADDRESS%"]
    row[field] = value
    assert autoconfig.read(config_file(row), EMAIL, "autoconfig") == []


def test_a_file_that_is_too_large():
    with WebServer() as web:
        web.pages["/x"] = (200, {}, b" " * (autoconfig.FILE_LIMIT + 10))
        with pytest.raises(autoconfig.NotThere, match="large"):
            autoconfig.fetch(
                f"http://127.0.0.1:{web.port}/x",
                autoconfig.Line(networks=LOCAL, loopback_http=True),
            )


@pytest.mark.parametrize(
    ("mx", "code", "host"),
    [
        ("aspmx.l.google.com", "google", "imap.gmail.com"),
        ("firm-example.mail.protection.outlook.com", "microsoft", "outlook.office365.com"),
        ("firm-example.x-v1.mx.microsoft", "microsoft", "outlook.office365.com"),
        ("in1-smtp.messagingengine.com", "fastmail", "imap.fastmail.com"),
        ("mta5.am0.yahoodns.net", "yahoo", "imap.mail.yahoo.com"),
        ("mx00.gmx.net", "gmx", "imap.gmx.net"),
        ("mx00.ionos.de", "ionos", "imap.ionos.de"),
        ("mx1.mail.ovh.net", "ovh", "ssl0.ovh.net"),
        ("mx.zoho.eu", "zoho", "imappro.zoho.eu"),
        ("mx01.mail.icloud.com", "icloud", "imap.mail.me.com"),
    ],
)
def test_well_known_providers_by_mx(mx, code, host):
    provider = by_mx([mx])
    assert provider.code == code
    assert provider.endpoints(EMAIL)[0].host == host
    found = search({"firm.example. MX": [f"10 {mx}."]})
    assert found.provider.code == code
    assert host in [server.endpoint.host for server in found.servers]


def test_a_name_that_only_looks_like_a_provider():
    assert by_mx(["mx.notgoogle.com", "google.com.evil.example"]) is None
    assert all(end == end.lower().strip(".") for one in PROVIDERS for end in one.mx)


def test_a_provider_without_imap_is_named():
    found = search({"firm.example. MX": ["10 mail.protonmail.ch."]})
    assert found.provider.code == "proton" and not found.provider.servers
    assert found.servers == ()


def test_usual_names_are_tried_where_nobody_knows(authority, monkeypatch):
    with Greeter("imap", "ssl", authority.context) as imap:
        monkeypatch.setitem(discovery.PORTS, ("imap", "ssl"), imap.port)
        found = search(authority=authority)
    assert all(s.works and s.endpoint.source == "guess" for s in found.servers)
    hosts = [server.endpoint.host for server in found.servers]
    assert hosts == ["imap.firm.example", "mail.firm.example"], "those that fail are not shown"


@pytest.mark.parametrize("protocol", ["imap", "pop3", "smtp"])
@pytest.mark.parametrize("encryption", ["ssl", "starttls"])
def test_greetings(authority, protocol, encryption):
    with Greeter(protocol, encryption, authority.context) as server:
        endpoint = Endpoint(protocol, "mail.firm.example", server.port, encryption)
        options = {"seconds": 30, "networks": LOCAL}
        assert greet(endpoint, ca_data=authority.ca_data, **options).startswith("TLS")
        with pytest.raises(TransportError) as caught:
            greet(endpoint, **options)
        assert caught.value.reason == "certificate"


def test_a_server_of_another_protocol_and_one_without_starttls(authority):
    with Greeter("imap", "ssl", authority.context, greeting=b"SSH-2.0-x\r\n") as server:
        endpoint = Endpoint("imap", "mail.firm.example", server.port, "ssl")
        with pytest.raises(TransportError) as caught:
            greet(endpoint, seconds=30, networks=LOCAL, ca_data=authority.ca_data)
        assert caught.value.reason == "wrong_protocol"
    with Greeter("imap", "starttls", authority.context, refuses=True) as server:
        endpoint = Endpoint("imap", "mail.firm.example", server.port, "starttls")
        with pytest.raises(TransportError) as caught:
            greet(endpoint, seconds=30, networks=LOCAL, ca_data=authority.ca_data)
        assert caught.value.reason == "starttls_missing"


def test_everything_is_bounded(authority):
    """A server that accepts and says nothing, and DNS that hangs, cost a few seconds at most."""

    class Hanging:
        def lookup(self, name, kind):
            if kind == "SRV" and name.startswith("_imaps"):
                return [f"0 1 {silent.port} imap.firm.example."]
            if kind == "SRV":
                raise RuntimeError("broken")
            released.wait(120)
            return []

    released = threading.Event()
    with (
        contextlib.ExitStack() as at_the_end,
        Greeter("imap", "ssl", authority.context, silent=True) as silent,
    ):
        at_the_end.callback(released.set)
        begin = time.monotonic()
        found = discovery.discover(
            EMAIL,
            Hanging(),
            discovery.Options(
                seconds=1.6,
                each=0.3,
                networks=LOCAL,
                ca_data=authority.ca_data,
                own_files=(),
                ispdb="",
            ),
        )
        assert time.monotonic() - begin < 60
    mx = next(question for question in found.questions if question.source == "mx")
    assert not mx.found and "in time" in mx.answer
    assert not any(server.works for server in found.servers)


def test_an_address_without_a_domain():
    assert discovery.discover("nobody", TableResolver({})).servers == ()
    assert discovery.discover("a@b c", TableResolver({})).questions == ()


def test_srv_records_from_the_network():
    """What dnspython answers is read as the table of the tests is."""

    class Answer(list):
        rrset = None

    def ask(name, kind):
        if (name, kind) == ("_imap._tcp.firm.example", "SRV"):
            return Answer([dns.rdata.from_text("IN", "SRV", "0 1 1143 IMAP.firm.example.")])
        raise dns.resolver.NXDOMAIN

    found = discovery.discover(
        EMAIL,
        NetworkResolver(ask=ask),
        discovery.Options(networks=LOCAL, own_files=(), ispdb="", seconds=60, each=30),
    )
    [server] = found.servers
    assert (server.endpoint.host, server.endpoint.port) == ("imap.firm.example", 1143)
    assert not server.works and "1143" in server.problem
