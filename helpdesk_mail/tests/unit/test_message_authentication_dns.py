# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""DNS: the table, the cache, the budget, and what happens when a resolver misbehaves."""

import dns.exception
import dns.resolver
import pytest
from message_signing import MAIL, NOW, sign

from helpdesk_mail.message import parse
from helpdesk_mail.message.authentication import (
    Authenticator,
    NetworkResolver,
    TableResolver,
    TemporaryFailure,
)
from helpdesk_mail.message.authentication.resolver import Lookups
from helpdesk_mail.message.defects import Defects


class Counting:
    """Answers everything in the same way and counts."""

    def __init__(self, answer=(), error=None):
        self.answer, self.error, self.asked = list(answer), error, []

    def lookup(self, name, kind):
        self.asked.append((name, kind))
        if self.error:
            raise self.error
        return self.answer


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("firm.example. TXT", ["v=spf1 -all"], ["v=spf1 -all"]),
        ("FIRM.Example TXT", ['"v=spf1 -all"'], ["v=spf1 -all"]),
        ("firm.example. txt", ['"v=spf1" " -all"', "x"], ["v=spf1 -all", "x"]),
        ("firm.example.  TXT", [r'"a \"b\" \059"'], ['a "b" ;']),
        ("firm.example TXT", "v=spf1 -all", ["v=spf1 -all"]),
        ("firm.example TXT", ["ü"], ["Ã¼"]),
        ("firm.example TXT", [], []),
        ("other.example TXT", ["x"], []),
    ],
)
def test_table_reads_txt_as_people_write_it(key, value, found):
    assert TableResolver({key: value}).lookup("Firm.example.", "TXT") == found


def test_table_reads_other_types_and_follows_aliases():
    table = TableResolver(
        {
            "firm.example. MX": ["20 b.example.", "10 a.example."],
            "one.example. CNAME": ["two.example."],
            "two.example. A": ["192.0.2.1"],
            "loop.example. CNAME": ["loop.example."],
            "müller.example. A": ["192.0.2.2"],
            "late.example. A": "TIMEOUT",
        }
    )
    assert table.lookup("firm.example", "MX") == ["a.example", "b.example"]
    assert table.lookup("one.example", "A") == ["192.0.2.1"]
    assert table.lookup("loop.example", "A") == []
    assert table.lookup("xn--mller-kva.example", "A") == ["192.0.2.2"]
    with pytest.raises(TemporaryFailure):
        table.lookup("late.example", "A")


@pytest.mark.parametrize(
    "table", [[], "x", None, {"firm.example": ["x"]}, {"a A": [1]}, {"a A": 1}, {"a b A": ["x"]}]
)
def test_table_of_another_shape_is_refused(table):
    with pytest.raises(ValueError, match="."):
        TableResolver(table)


def test_nothing_is_asked_twice_for_a_message():
    resolver = Counting(["x"])
    lookups = Lookups(resolver, Defects())
    assert [lookups.lookup(name, "TXT") for name in ("a.b", "A.B.")] == [["x"], ["x"]]
    assert resolver.asked == [("a.b", "TXT")]


@pytest.mark.parametrize("name", ["", ".", "a..b", "x" * 64 + ".b", "a." * 130, "ü.b", "a\n.b"])
def test_impossible_names_are_not_asked_for(name):
    resolver = Counting(["x"])
    assert Lookups(resolver, Defects()).lookup(name, "TXT") == []
    assert resolver.asked == []


def test_the_number_of_questions_is_bounded():
    resolver, defects = Counting(), Defects()
    lookups = Lookups(resolver, defects, queries=3)
    for number in range(3):
        lookups.lookup(f"n{number}.example", "A")
    with pytest.raises(TemporaryFailure):
        lookups.lookup("n3.example", "A")
    assert len(resolver.asked) == 3
    assert defects.listed() == ("The sender's check asks DNS too much; it was stopped.",)


def test_the_time_is_bounded():
    now = [0.0]
    resolver, defects = Counting(), Defects()
    lookups = Lookups(resolver, defects, clock=lambda: now[0], seconds=5)
    lookups.lookup("one.example", "A")
    now[0] = 5.1
    with pytest.raises(TemporaryFailure):
        lookups.lookup("two.example", "A")
    assert len(resolver.asked) == 1
    assert defects.listed() == ("The check of the sender took too long; it was stopped.",)


@pytest.mark.parametrize(
    "error", [TemporaryFailure("x"), ValueError("x"), RecursionError(), OSError()]
)
def test_a_resolver_that_raises_makes_the_verdict_an_error(error):
    resolver = Counting(error=error)
    parsed = parse(sign(MAIL), authenticator=Authenticator(resolver, clock=lambda: NOW))
    found = parsed.authentication
    assert [one.result for one in found.dkim] == ["temperror"]
    assert (found.dmarc, found.verdict) == ("temperror", "error")
    assert any("DNS" in defect or "question" in defect for defect in parsed.defects)


@pytest.mark.parametrize(
    "answer", [[None], [object()], ["\udcff"], ["x" * 100_000], ["v=DMARC1"] * 99]
)
def test_a_resolver_that_answers_nonsense_does_no_harm(answer):
    parsed = parse(sign(MAIL), authenticator=Authenticator(Counting(answer), clock=lambda: NOW))
    assert parsed.authentication.verdict in ("none", "error")


def test_a_budget_that_is_used_up_is_an_error_and_not_a_failure():
    table = {"_dmarc.firm.example TXT": ["v=DMARC1; p=reject"]}
    authenticator = Authenticator(TableResolver(table), queries=0)
    parsed = parse(sign(MAIL), authenticator=authenticator)
    assert parsed.authentication.verdict == "error"


def test_a_stranger_cannot_use_up_the_time_of_what_decides():
    now = [0.0]
    table = TableResolver({"_dmarc.firm.example TXT": ["v=DMARC1; p=reject"]})

    class Slow:
        def lookup(self, name, kind):
            now[0] += 4 if name.endswith("evil.example") else 0
            return table.lookup(name, kind)

    mail = sign(MAIL, d="firm.example")
    for number in range(7):
        mail = sign(mail, d=f"n{number}.evil.example")
    authenticator = Authenticator(Slow(), clock=lambda: NOW, timer=lambda: now[0])
    found = parse(mail, authenticator=authenticator).authentication
    assert [one.result for one in found.dkim][-1] == "permerror"
    assert "temperror" in [one.result for one in found.dkim]
    assert found.verdict == "fail"


def test_the_network_is_asked_for_exactly_this_name(monkeypatch):
    asked = []

    class System:
        def __init__(self, configure):
            assert configure, "the system's name servers"

        def use_edns(self, *_):
            pass

        def resolve(self, name, kind, search):
            asked.append((name.to_text(), kind, search))
            return Answer([Txt()])

    monkeypatch.setattr(dns.resolver, "Resolver", System)
    assert NetworkResolver().lookup("a\\b.firm.example", "TXT") == ["v=spf1 -all"]
    assert asked == [("a\\\\b.firm.example.", "TXT", False)]


class Answer(list):
    """What dnspython returns, as far as it is used."""

    class rrset:  # noqa: N801
        ttl = 100


class Txt:
    strings = (b"v=spf1", b" -all")


def test_network_answers_are_kept_for_their_time_and_failures_are_not():
    now, asked, answers = [0.0], [], [Answer([Txt()]), Answer([])]

    def ask(name, kind):
        asked.append((name, kind))
        return answers[0]

    network = NetworkResolver(clock=lambda: now[0], ask=ask)
    for _ in range(3):
        assert network.lookup("Firm.example.", "TXT") == ["v=spf1 -all"]
    assert asked == [("firm.example", "TXT")]
    now[0] = 101
    network.lookup("firm.example", "TXT")
    assert len(asked) == 2


@pytest.mark.parametrize("error", [dns.resolver.NXDOMAIN(), dns.resolver.YXDOMAIN()])
def test_network_tells_nothing_from_no_answer(error):
    def ask(name, kind):
        asked.append(name)
        raise error

    asked = []
    network = NetworkResolver(ask=ask)
    assert network.lookup("firm.example", "TXT") == []
    assert network.lookup("firm.example", "TXT") == []
    assert len(asked) == 1


@pytest.mark.parametrize(
    "error", [dns.exception.Timeout(), dns.resolver.NoNameservers(), OSError()]
)
def test_network_failures_are_temporary(error):
    def ask(name, kind):
        asked.append(name)
        raise error

    asked = []
    network = NetworkResolver(ask=ask)
    for _ in range(2):
        with pytest.raises(TemporaryFailure):
            network.lookup("firm.example", "TXT")
    assert len(asked) == 2


def test_network_cache_is_bounded():
    asked = []

    def ask(name, kind):
        asked.append(name)
        return Answer([])

    network = NetworkResolver(ask=ask, entries=2)
    for name in ("a.example", "b.example", "c.example", "a.example"):
        network.lookup(name, "A")
    assert len(asked) == 4
