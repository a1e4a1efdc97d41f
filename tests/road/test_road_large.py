# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mail over the size limit: its beginning becomes a ticket, all of it stays on the server."""

import pytest
from road_mails import Mail, conversation, mail

PROTOCOLS = ("imap", "pop3")
MEBIBYTE = 2**20


def _large(name, megabytes):
    line = b"The log of the printer, line after line after line, and no end of it.\r\n"
    head = mail(f"large.{name}@customer.example", subject="The log", body="Here is my log.").source
    return head + line * (megabytes * MEBIBYTE // len(line) + 1)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_hundred_megabytes(world, protocol):
    """The ticket says so, the mails behind it come as always, and memory stays small."""
    before, after = conversation(3), conversation(4)
    inbox = world.inbox(protocol, before)
    name = f"large.{protocol}@customer.example"
    source = _large(protocol, 100)
    size = len(source)
    inbox.deliver(Mail(name, source))
    inbox.delivered[name] = Mail(name, source[:200])
    del source
    for one in after:
        inbox.deliver(one)
    answer = inbox.run("fetch")
    assert answer.error is None, answer.error
    assert answer.growth < 60 * 1024, f"{answer.growth} KiB for a mail of {size // 1024} KiB"
    assert inbox.fetch() == {}
    inbox.check_exactly_once(strangers={name})

    (row,) = [row for row in inbox.journal() if row["message_id"] == name]
    assert row["on_server"] and row["size"] >= size
    for words in ("over the limit of 50 MB", "still on the server"):
        assert words in row["explanation"]
    (ticket,) = [ticket for ticket in inbox.tickets() if ticket["id"] == row["ticket_id"]]
    assert ticket["name"] == "The log"
    assert "over the limit of 50 MB" in ticket["description"]
    assert "Here is my log." in ticket["description"]
    assert len(ticket["description"]) < MEBIBYTE
    (kept,) = [p for p in _files(inbox) if p.stat().st_size >= size]
    assert kept.stat().st_size == size


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_at_the_limit(world, protocol):
    """The limit is a setting: a mail below it is taken in whole."""
    small, large = f"small.{protocol}", f"over.{protocol}"
    inbox = world.inbox(protocol, max_size_mb=2)
    for name, megabytes in ((small, 1), (large, 3)):
        inbox.deliver(Mail(f"large.{name}@customer.example", _large(name, megabytes)))
    inbox.settle()
    rows = {row["message_id"]: row for row in inbox.journal()}
    assert "over the limit" not in rows[f"large.{small}@customer.example"]["explanation"]
    over = rows[f"large.{large}@customer.example"]
    assert "over the limit of 2 MB" in over["explanation"]
    inbox.check_exactly_once(strangers={over["message_id"]})
    assert over["message_id"] in inbox.on_server()


def test_killed_at_a_large_mail(world):
    """A crash between ticket and goodbye neither takes it in again nor deletes it."""
    inbox = world.inbox("pop3", max_size_mb=1)
    name = "large.killed@customer.example"
    inbox.deliver(Mail(name, _large("killed", 2)))
    for one in conversation(4):
        inbox.deliver(one)
    fault = {"step": "acknowledge", "when": "before", "nth": 1, "action": "kill"}
    assert not inbox.start(faults=[fault]).finish().lived
    inbox.check_consistent()
    inbox.settle()
    inbox.check_exactly_once(strangers={name})
    assert inbox.on_server().keys() == {name}


def _files(inbox):
    maildir = inbox.world.dovecot.maildir(inbox.user)
    return [*maildir.glob("new/*"), *maildir.glob("cur/*")]
