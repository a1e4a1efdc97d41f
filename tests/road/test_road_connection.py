# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The connection to the mail server breaks at the worst moments."""

import pytest
from fault_proxy import Fault as Cut
from fault_proxy import FaultProxy
from road_mails import conversation, mail

IMAP_CUTS = {
    "greeting": Cut("server", rb"\* OK"),
    "login": Cut("server", rb"OK .*Logged in"),
    "select": Cut("server", rb"UIDVALIDITY"),
    "search": Cut("server", rb"ESEARCH|\* SEARCH", after=3),
    "sizes": Cut("server", rb"RFC822.SIZE", nth=2),
    "literal": Cut("server", rb"BODY\[\] \{\d+\}\r\n", after=20),
    "literal in the middle": Cut("server", rb"BODY\[\] \{\d+\}\r\n", nth=5, after=100),
    "end of a literal": Cut("server", rb"It does not print\.\r\n", nth=2, after=0),
    "before store": Cut("client", rb"UID STORE"),
    "before the second store": Cut("client", rb"UID STORE", nth=2),
    "answer of store": Cut("server", rb"OK Store completed"),
    "answer of the last store": Cut("server", rb"OK Store completed", nth=3),
}
POP3_CUTS = {
    "greeting": Cut("server", rb"\+OK"),
    "list": Cut("client", rb"LIST"),
    "mail": Cut("server", rb"From: Ann", after=3),
    "mail in the middle": Cut("server", rb"From: Ann", nth=5, after=3),
    "end of a mail": Cut("server", rb"It does not print\.\r\n", after=1),
    "before delete": Cut("client", rb"DELE"),
    "answer of delete": Cut("server", rb"Marked to be deleted", nth=4),
}


@pytest.fixture
def line(dovecot_of_road):
    """Makes proxies."""
    proxies = []

    def make(protocol, *cuts):
        proxy = FaultProxy(getattr(dovecot_of_road, f"{protocol}_port"))
        proxies.append(proxy)
        proxy.planned = list(cuts)
        return proxy

    yield make
    for proxy in proxies:
        proxy.__exit__()


def _cut_and_recover(world, proxy, protocol):
    inbox = world.inbox(protocol, conversation(7), port=proxy.port)
    proxy.faults = proxy.planned
    answer = inbox.run("fetch")
    assert proxy.happened == 1, "the line was never cut"
    assert answer.error is None, answer.error
    assert not [row for row in answer.log if row.level in ("ERROR", "CRITICAL")]
    account = inbox.account()
    assert f"127.0.0.1:{proxy.port}" in account["last_error"]
    assert "tried again" in account["last_error"]
    assert (account["state"], account["failed_attempts"]) == ("active", 1)
    inbox.check_consistent()
    inbox.fetch()
    account = inbox.account()
    assert (account["last_error"], account["failed_attempts"]) == (None, 0)
    inbox.settle()
    inbox.check_exactly_once()


@pytest.mark.parametrize("moment", IMAP_CUTS)
def test_imap(world, line, moment):
    """The account shows the error, the next fetch works, nothing is lost and nothing comes "
    "twice."""
    _cut_and_recover(world, line("imap", IMAP_CUTS[moment]), "imap")


@pytest.mark.parametrize("moment", POP3_CUTS)
def test_pop3(world, line, moment):
    """The same by POP3: what was not deleted for want of a QUIT is not taken in again."""
    _cut_and_recover(world, line("pop3", POP3_CUTS[moment]), "pop3")


@pytest.mark.parametrize(
    "cut", [Cut("client", rb"QUIT"), Cut("server", rb"Logging out")], ids=["before", "answer"]
)
def test_pop3_goodbye(world, line, cut):
    """QUIT is where the server deletes. Everything is safe by then, so nobody needs to know."""
    proxy = line("pop3", cut)
    inbox = world.inbox("pop3", conversation(7), port=proxy.port)
    proxy.faults = proxy.planned
    assert sum(inbox.fetch().values()) == 7
    assert proxy.happened == 1
    inbox.check_consistent()
    assert inbox.fetch() == {}
    inbox.check_exactly_once()


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_bad_line_blames_no_mail(world, line, protocol):
    """However often the line breaks inside one mail: it is a failure of the line, not of "
    "the mail."""
    pattern = {"imap": rb"BODY\[\] \{\d+\}\r\n", "pop3": rb"From: Ann"}[protocol]
    proxy = line(protocol, *[Cut("server", pattern, after=5) for _time in range(4)])
    inbox = world.inbox(protocol, [mail(f"line.{protocol}@customer.example")], port=proxy.port)
    proxy.faults = proxy.planned
    for attempt in range(1, 5):
        inbox.fetch()
        assert inbox.account()["failed_attempts"] == attempt
        assert inbox.journal() == []
    inbox.settle()
    inbox.check_exactly_once()
