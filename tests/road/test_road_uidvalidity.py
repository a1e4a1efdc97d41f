# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The folder is deleted and made anew: all UIDs mean something else (RFC 3501, section 2.3.1.1)."""

import re

import pytest
from road_mails import conversation, mail

FOLDER = "Support"


def _recreate(inbox, mails):
    """What another mail program does: delete the folder, make it again, file ``mails`` there."""
    client = inbox.imap()
    before = _uidvalidity(client)
    assert client.delete(FOLDER)[0] == "OK"
    assert client.create(FOLDER)[0] == "OK"
    for one in mails:
        inbox.delivered[one.message_id] = one
        assert client.append(FOLDER, None, None, one.source)[0] == "OK"
    after = _uidvalidity(client)
    client.logout()
    assert before != after
    return after


def _uidvalidity(client):
    status, data = client.status(FOLDER, "(UIDVALIDITY)")
    assert status == "OK"
    return re.search(rb"UIDVALIDITY (\d+)", data[0])[1].decode()


def _uids(inbox):
    """Message-ID -> "UIDVALIDITY:UID" as the server says now."""
    client = inbox.imap()
    uidvalidity = _uidvalidity(client)
    client.select(FOLDER, readonly=True)
    _status, data = client.uid("FETCH", "1:*", "(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    client.logout()
    found = {}
    for part in data:
        if isinstance(part, tuple):
            uid = re.search(rb"UID (\d+)", part[0])[1].decode()
            found[re.search(rb"<(.*)>", part[1])[1].decode()] = f"{uidvalidity}:{uid}"
    return found


def _check_uids(inbox):
    assert {row["message_id"]: row["server_uid"] for row in inbox.journal()} == _uids(inbox)


@pytest.fixture
def support(world):
    """An inbox whose folder holds a conversation that was taken in."""
    inbox = world.inbox("imap", conversation(7), folder=FOLDER)
    inbox.settle()
    inbox.check_exactly_once()
    _check_uids(inbox)
    return inbox


def test_same_mails_in_another_order(support):
    """No second ticket; the rows carry the new UIDs."""
    rows = {row["id"]: row["server_uid"] for row in support.journal()}
    _recreate(support, [*support.delivered.values()][::-1])
    assert support.settle() == [{"known": 7}]
    support.check_exactly_once()
    _check_uids(support)
    assert {row["id"] for row in support.journal()} == rows.keys()
    assert support.fetch() == {}


def test_with_new_mails(support):
    """New mails among the old ones become tickets."""
    old = [*support.delivered.values()]
    new = conversation(4)
    mixed = [old[3], new[0], *old[:3], new[1], *old[4:], *new[2:]]
    _recreate(support, mixed)
    support.settle()
    support.check_exactly_once()
    _check_uids(support)


def test_new_mail_has_the_uid_of_an_old_one(support):
    """Where a UID of old comes again, it names another mail."""
    new = conversation(7)
    gone = dict(support.delivered)
    _recreate(support, new)
    support.settle()
    journal = support.journal()
    assert len(journal) == 14
    assert [row["outcome"] for row in journal].count("duplicate") == 0
    assert {row["message_id"] for row in journal} == gone.keys() | {m.message_id for m in new}


def test_killed_while_it_learns_the_new_uids(support):
    """A crash on the way does not change that."""
    _recreate(support, [*conversation(2), *[*support.delivered.values()][::-1]])
    nth = 1
    while True:
        fault = {"step": "COMMIT", "when": "after", "nth": nth, "action": "kill"}
        ended = support.start(faults=[fault]).finish()
        support._check_tickets(support.journal())
        if ended.lived:
            break
        nth = nth + 1 if nth < 4 else 99
    support.settle()
    support.check_exactly_once()
    _check_uids(support)


def test_twin_copies_keep_one_row_each(world):
    """The same mail twice in the folder: one ticket, one duplicate, also after the change."""
    twin = mail("twin@customer.example")
    inbox = world.inbox("imap", [twin, *conversation(3)], folder=FOLDER)
    world.dovecot.deliver(inbox.user, twin.source, FOLDER)
    inbox.settle()
    outcomes = sorted((row["message_id"], row["outcome"]) for row in inbox.journal())
    assert outcomes.count(("twin@customer.example", "created")) == 1
    assert outcomes.count(("twin@customer.example", "duplicate")) == 1
    _recreate(inbox, [twin, *inbox.delivered.values()])
    inbox.settle()
    assert outcomes == sorted((row["message_id"], row["outcome"]) for row in inbox.journal())


def test_quarantined_mail_stays_one(world):
    """A mail in quarantine is known again as well, and is not tried as a new one."""
    poison = mail("poison.uid@customer.example", extra=["X-Poison: yes"])
    inbox = world.inbox("imap", [*conversation(3), poison], folder=FOLDER)
    fault = {"step": "map", "when": "before", "action": "raise", "holding": "X-Poison"}
    inbox.settle(faults=[fault])
    inbox.check_exactly_once(quarantined={poison.message_id})
    _recreate(inbox, [*inbox.delivered.values()][::-1])
    inbox.settle(faults=[fault])
    inbox.check_exactly_once(quarantined={poison.message_id})
    _check_uids(inbox)
