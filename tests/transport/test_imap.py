# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""IMAP against a real Dovecot."""

import contextlib
import datetime
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from helpdesk_mail.transport import FolderGone, TransportError, TryAgain

MB = 1024 * 1024


def mail(number, body=b"Hello.\r\n"):
    return b"From: a@example.com\r\nSubject: Mail %d\r\n\r\n" % number + body


def sources(store, uids, **options):
    return [m.source for m in store.fetch(uids, **{"max_size": 10 * MB, **options})]


def test_mail_comes_as_it_was_sent_and_stays_unread(mailbox, admin):
    first, second = mail(1), mail(2, b"\xff caf\xc3\xa9 " + b"x" * 100_000 + b"\r\n.\r\n")
    mailbox.deliver(first)
    mailbox.deliver(second)
    before = datetime.datetime.now(datetime.timezone.utc)  # noqa: UP017
    with mailbox.open() as store:
        state = store.select("INBOX")
        assert (state.messages, state.uidnext, state.writable) == (2, 3, True)
        assert state.uidvalidity.isdigit()
        uids = store.list_uids()
        mails = list(store.fetch(uids, max_size=10 * MB))
    assert [m.source for m in mails] == [first, second]
    assert [m.uid for m in mails] == uids == ["1", "2"]
    for m in mails:
        assert m.size == len(m.source)
        assert (m.seen, m.truncated, m.folder) == (False, False, "INBOX")
        assert m.uidvalidity == state.uidvalidity
        assert abs((m.received_at - before).total_seconds()) < 60
    admin.select("INBOX", readonly=True)
    assert admin.search(None, "UNSEEN")[1] == [b"1 2"]


def test_all_or_unread_and_acknowledge(mailbox):
    for number in range(1, 6):
        mailbox.deliver(mail(number))
    with mailbox.open() as store:
        store.select()
        store.acknowledge(["1", "2", "4"], seen=True)
        assert store.list_uids() == ["1", "2", "3", "4", "5"]
        assert store.list_uids(unread_only=True) == ["3", "5"]
        assert store.list_uids(after=3) == ["4", "5"]
        assert store.list_uids(after=5) == []
        assert [m.seen for m in store.fetch(["1", "3"], max_size=MB)] == [True, False]
        store.acknowledge(["3"])
        store.acknowledge(["5"], delete=True)  # IMAP keeps its mail
        assert store.all_uids() == ["1", "2", "3", "4", "5"]
        assert store.list_uids(unread_only=True) == ["3", "5"]


def test_since_a_day(mailbox, admin):
    for day in ("01-Feb-2026", "14-Feb-2026", "15-Feb-2026"):
        admin.append("INBOX", None, f'"{day} 12:00:00 +0000"', mail(1))
    with mailbox.open() as store:
        store.select()
        assert store.list_uids(since=datetime.date(2026, 2, 14)) == ["2", "3"]
        assert store.list_uids(since=datetime.date(2026, 2, 14), after=2) == ["3"]
        (first,) = store.fetch(["1"], max_size=MB)
        assert first.received_at == datetime.datetime(
            2026,
            2,
            1,
            12,
            tzinfo=datetime.timezone.utc,  # noqa: UP017
        )


@pytest.mark.parametrize("folder", ["Anfragen & Störungen", "日本/受信", 'Quote " and \\', "a.b"])
def test_folders_with_any_name(mailbox, folder):
    mailbox.deliver(mail(1), folder)
    with mailbox.open() as store:
        known = {f.name: f for f in store.folders()}
        assert known[folder].selectable
        assert store.select(folder).messages == 1
        assert sources(store, store.list_uids()) == [mail(1)]


def test_folders_say_what_they_are_for(mailbox):
    mailbox.deliver(mail(1), "Parent/Child")
    with mailbox.open() as store:
        known = {f.name: f for f in store.folders()}
    assert known["Sent"].special_use == "sent"
    assert known["Junk"].special_use == "junk"
    assert known["INBOX"].special_use == ""
    assert not known["Parent"].selectable


def test_a_folder_that_does_not_exist(mailbox):
    with mailbox.open() as store:
        with pytest.raises(FolderGone) as caught:
            store.select("Nowhere")
        assert "Nowhere" in str(caught.value)
        assert store.select("INBOX").messages == 0  # the connection is still good


def test_a_folder_that_vanishes(mailbox, admin):
    mailbox.deliver(mail(1), "Desk")
    with mailbox.open() as store:
        store.select("Desk")
        assert admin.delete("Desk")[0] == "OK"
        with pytest.raises(TransportError):
            for _attempt in range(3):
                list(store.fetch(store.list_uids(), max_size=MB))
                store.select("Desk")
    with mailbox.open() as store:
        with pytest.raises(FolderGone):
            store.select("Desk")


def test_a_folder_made_anew_has_another_uidvalidity(mailbox, admin):
    mailbox.deliver(mail(1), "Desk")
    with mailbox.open() as store:
        old = store.select("Desk")
    assert admin.delete("Desk")[0] == "OK"
    assert admin.create("Desk")[0] == "OK"
    with mailbox.open() as store:
        new = store.select("Desk")
    assert old.uidvalidity != new.uidvalidity
    assert new.messages == 0


def test_messages_that_another_program_removes_meanwhile(mailbox, admin):
    for number in range(1, 6):
        mailbox.deliver(mail(number))
    with mailbox.open() as store:
        store.select()
        uids = store.list_uids()
        admin.select("INBOX")
        admin.uid("STORE", "2,4", "+FLAGS", r"(\Deleted)")
        admin.expunge()
        assert sources(store, uids) == [mail(1), mail(3), mail(5)]
        store.acknowledge(uids, seen=True)
        assert store.list_uids(unread_only=True) == []


def test_a_message_that_goes_between_size_and_body(mailbox, admin):
    for number in range(1, 4):
        mailbox.deliver(mail(number))
    admin.select("INBOX")
    with mailbox.open() as store:
        store.select()
        # One body at a time: the third goes while the first is in our hands.
        mails = store.fetch(["1", "2", "3"], max_size=MB, batch_bytes=1)
        found = [next(mails).uid]
        admin.uid("STORE", "3", "+FLAGS", r"(\Deleted)")
        admin.expunge()
        found += [m.uid for m in mails]
        assert found[:2] == ["1", "2"]
        store.noop()
        assert store.list_uids() == ["1", "2"]


def test_25_mb_in_little_memory_and_100_mb_not_at_all(mailbox):
    line = b"x" * 76 + b"\r\n"
    whole = mail(1, line * (25 * MB // len(line)))
    mailbox.deliver(whole)
    mailbox.deliver(mail(2, line * (100 * MB // len(line))))
    size = len(whole)
    with mailbox.open() as store:
        store.select()
        tracemalloc.start()
        try:
            (big,) = store.fetch(["1"], max_size=30 * MB)
            peak = tracemalloc.get_traced_memory()[1]
            assert big.source == whole
            assert peak < 2 * size
            del big
            tracemalloc.reset_peak()
            start = tracemalloc.get_traced_memory()[0]
            (huge,) = store.fetch(["2"], max_size=30 * MB)
            assert tracemalloc.get_traced_memory()[1] - start < MB
        finally:
            tracemalloc.stop()
    assert huge.truncated and huge.size > 100 * MB - 100
    assert huge.source == mail(2, line * 1000)[: len(mail(2, b"")) + 64 * 1024]


@contextlib.contextmanager
def commands(store):
    """The commands that the server gets meanwhile: each costs its time on the way."""
    wire, given = store._wire, []
    usual = wire._new_tag

    def new_tag():
        given.append(usual())
        return given[-1]

    wire._new_tag = new_tag
    try:
        yield given
    finally:
        del wire._new_tag


def test_5000_mails_are_listed_and_fetched_in_few_commands(mailbox):
    for number in range(5000):
        mailbox.deliver(mail(number))
    with mailbox.open() as store:
        store.select()
        with commands(store) as given:
            uids = store.list_uids()
        assert uids == [str(number) for number in range(1, 5001)]
        assert len(given) == 1
        with commands(store) as given:
            assert sum(1 for _mail in store.fetch(uids, max_size=MB)) == 5000
        assert len(given) <= 50, "not one by one"
        store.acknowledge(uids[::2], seen=True)
        assert len(store.list_uids(unread_only=True)) == 2500


def test_the_test_button(mailbox):
    mailbox.deliver(mail(1))
    with mailbox.open() as store:
        report = store.test("INBOX")
        assert (report.folder_exists, report.messages) == (True, 1)
        assert report.encryption.startswith("TLSv1")
        assert "Dovecot" in report.server
        assert "IMAP4REV1" in report.capabilities
        assert report.duration_ms > 0
        missing = store.test("Nowhere")
        assert (missing.folder_exists, missing.messages) == (False, None)


def test_a_copy_is_filed(mailbox):
    with mailbox.open() as store:
        store.append("Sent", mail(1))
        store.select("Sent")
        (copy,) = store.fetch(store.list_uids(), max_size=MB)
    assert (copy.source, copy.seen) == (mail(1), True)


@pytest.mark.parametrize("encryption", ["ssl", "none"])
def test_new_mail_is_announced(mailbox, encryption):
    with mailbox.open("imap", encryption) as store, mailbox.open() as other:
        store.select()
        assert not store.wait_for_change(0.01)
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(store.wait_for_change, 120)
            other.append("INBOX", mail(1), seen=False)
            assert waiting.result(timeout=180)
        assert store.list_uids() == ["1"]
        assert not store.wait_for_change(0.01)


def test_an_abandoned_fetch_leaves_the_connection_usable(mailbox):
    for number in range(1, 4):
        mailbox.deliver(mail(number))
    with mailbox.open() as store:
        store.select()
        mails = store.fetch(["1", "2", "3"], max_size=MB)
        next(mails)
        mails.close()
        assert store.list_uids() == ["1", "2", "3"]


def test_close_and_abort_may_come_again(mailbox):
    store = mailbox.open()
    store.close()
    store.close()
    store.abort()
    with pytest.raises(TryAgain):
        store.noop()
