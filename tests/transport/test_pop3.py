# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""POP3 against a real Dovecot."""

import pytest

from helpdesk_mail.transport import TryAgain

MB = 1024 * 1024


def mail(number, body=b"Hello.\r\n"):
    return b"From: a@example.com\r\nSubject: Mail %d\r\n\r\n" % number + body


def uids_of(mailbox):
    with mailbox.open("pop3") as store:
        return store.all_uids()


def test_mail_comes_as_it_was_sent_and_stays(mailbox):
    first = mail(1)
    second = mail(2, b".\r\n..\r\n" + b"x" * 100_000 + b"\r\ncaf\xc3\xa9\xff\r\n")
    mailbox.deliver(first)
    mailbox.deliver(second)
    with mailbox.open("pop3") as store:
        state = store.select("INBOX")
        assert (state.messages, state.uidvalidity, state.uidnext) == (2, "", None)
        uids = store.list_uids()
        mails = list(store.fetch(uids, max_size=10 * MB))
        store.acknowledge(uids, seen=True)
    assert [m.source for m in mails] == [first, second]
    assert [m.size for m in mails] == [len(first), len(second)]
    assert [m.uid for m in mails] == uids
    assert uids_of(mailbox) == uids


def test_mail_goes_with_acknowledge_and_close(mailbox):
    for number in range(1, 4):
        mailbox.deliver(mail(number))
    store = mailbox.open("pop3")
    uids = store.list_uids()
    store.acknowledge(uids[:2], delete=True)
    store.close()
    assert uids_of(mailbox) == uids[2:]


def test_a_connection_cut_before_quit_keeps_the_mail(mailbox):
    mailbox.deliver(mail(1))
    store = mailbox.open("pop3")
    uids = store.list_uids()
    store.acknowledge(uids, delete=True)
    store.abort()
    assert uids_of(mailbox) == uids


def test_an_exception_keeps_the_mail(mailbox):
    mailbox.deliver(mail(1))
    with pytest.raises(ZeroDivisionError):
        with mailbox.open("pop3") as store:
            uids = store.list_uids()
            store.acknowledge(uids, delete=True)
            raise ZeroDivisionError
    assert uids_of(mailbox) == uids


def test_a_large_mail_is_not_taken_whole(mailbox):
    line = b"x" * 76 + b"\r\n"
    source = mail(1, line * (20 * MB // len(line)))
    mailbox.deliver(source)
    mailbox.deliver(mail(2))
    with mailbox.open("pop3") as store:
        large, small = store.fetch(store.list_uids(), max_size=MB)
    assert large.truncated and large.size == len(source)
    assert large.source == source[: len(mail(1, b"")) + 64 * 1024]
    assert (small.truncated, small.source) == (False, mail(2))


def test_a_large_mail_that_may_come(mailbox):
    line = b"x" * 76 + b"\r\n"
    source = mail(1, line * (25 * MB // len(line)))
    mailbox.deliver(source)
    with mailbox.open("pop3") as store:
        (large,) = store.fetch(store.list_uids(), max_size=30 * MB)
    assert large.source == source


def test_the_test_button(mailbox):
    mailbox.deliver(mail(1))
    with mailbox.open("pop3") as store:
        report = store.test()
    assert (report.protocol, report.folder_exists, report.messages) == ("pop3", True, 1)
    assert report.encryption.startswith("TLSv1")
    assert "Dovecot" in report.server
    assert "UIDL" in report.capabilities


def test_close_and_abort_may_come_again(mailbox):
    store = mailbox.open("pop3")
    store.close()
    store.close()
    store.abort()
    with pytest.raises(TryAgain):
        store.noop()
