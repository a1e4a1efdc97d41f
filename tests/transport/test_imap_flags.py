# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Flags over IMAP against a real Dovecot: setting them, and what others have changed."""

import pytest

from helpdesk_mail.transport import Flags

MB = 1024 * 1024


@pytest.fixture
def store(mailbox):
    """A mailbox with five unread mails, selected."""
    for number in range(1, 6):
        mailbox.deliver(b"From: a@example.com\r\nSubject: Mail %d\r\n\r\nHello.\r\n" % number)
    with mailbox.open() as store:
        store.select()
        yield store


def test_set_and_read(store):
    store.set_flag(["1", "2", "77"], "seen", True)
    store.set_flag(["2"], "flagged", True)
    store.set_flag(["3"], "answered", True)
    assert store.flags(["1", "2", "3", "4", "77"]) == {
        "1": Flags(seen=True),
        "2": Flags(seen=True, flagged=True),
        "3": Flags(answered=True),
        "4": Flags(),
    }
    store.set_flag(["2"], "seen", False)
    store.set_flag(["2"], "flagged", False)
    assert store.flags(["2"]) == {"2": Flags()}
    assert store.flags([]) == {}


def test_mail_comes_with_its_flags(store, admin):
    admin.select("INBOX")
    admin.uid("STORE", "4", "+FLAGS", r"(\Flagged \Answered)")
    store.noop()
    found = {
        mail.uid: (mail.seen, mail.flagged, mail.answered)
        for mail in store.fetch(store.all_uids(), max_size=MB)
    }
    assert found["4"] == (False, True, True)
    assert found["1"] == (False, False, False)


def test_with_flag(store):
    store.set_flag(["1", "5"], "seen", True)
    store.set_flag(["2"], "flagged", True)
    assert store.with_flag("seen") == ["2", "3", "4"]
    assert store.with_flag("flagged") == ["2"]
    assert store.with_flag("answered") == []


def test_what_changed_since(mailbox, store, admin):
    before = store.modseq()
    store.select()
    assert before
    assert store.changed_since(before) == []
    admin.select("INBOX")
    admin.uid("STORE", "2", "+FLAGS", r"(\Seen)")
    admin.uid("STORE", "4", "+FLAGS", r"(\Flagged)")
    store.noop()
    assert store.changed_since(before) == ["2", "4"]
    after = store.modseq()
    assert after > before
    assert store.changed_since(after) == []


def test_mark_changes_with_flags_only_where_asked(mailbox, store, admin):
    def marks():
        with mailbox.open() as other:
            return [
                other.mark(),
                other.mark(unread=True),
                other.mark(flags=True),
                other.mark(unread=True, flags=True),
            ]

    before = marks()
    assert before == marks()
    admin.select("INBOX")
    admin.uid("STORE", "2", "+FLAGS", r"(\Flagged)")
    after = marks()
    assert [old == new for old, new in zip(before, after, strict=True)] == [
        True,
        True,
        False,
        False,
    ]
    validity, uidnext, unread, _counts = after[3].split(":")
    assert (validity, uidnext, unread) == tuple(after[1].split(":"))
    assert after[2].split(":")[2] == ""


def test_mark_of_a_server_that_does_not_count_changes(mailbox, store, monkeypatch):
    known = store._client.has_capability
    monkeypatch.setattr(
        store._client, "has_capability", lambda name: name != "CONDSTORE" and known(name)
    )
    assert store.modseq() == 0
    before = store.mark(flags=True)
    store.set_flag(["2"], "seen", True)
    assert store.mark(flags=True) != before


def test_a_part_of_the_uids(store):
    assert store.list_uids(upto=3) == ["1", "2", "3"]
    assert store.list_uids(after=2, upto=4) == ["3", "4"]
    assert store.list_uids(upto=3, unread_only=True) == ["1", "2", "3"]


def test_pop3_has_no_flags(mailbox):
    mailbox.deliver(b"Subject: x\r\n\r\nx\r\n")
    with mailbox.open("pop3") as store:
        assert store.modseq() == 0
        uids = store.list_uids(upto=1)
        store.set_flag(uids, "seen", True)
        assert (store.flags(uids), store.with_flag("seen"), store.changed_since(0)) == ({}, [], [])
