# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Moving messages to another folder, against a real Dovecot."""

import pytest

from helpdesk_mail.transport import ConfigurationWrong, TryAgain

MB = 1024 * 1024


def mail(number):
    return b"From: a@example.com\r\nSubject: Mail %d\r\n\r\nHello.\r\n" % number


def folder_of(store, name):
    """The sources of the mails in a folder."""
    store.select(name)
    return [one.source for one in store.fetch(store.all_uids(), max_size=MB)]


@pytest.fixture(params=["MOVE", "COPY and UID EXPUNGE"])
def store(request, mailbox, monkeypatch):
    """A store whose server has MOVE, or has UIDPLUS alone."""
    for number in range(1, 6):
        mailbox.deliver(mail(number))
    with mailbox.open() as store:
        known = store._client.has_capability
        if request.param != "MOVE":
            monkeypatch.setattr(
                store._client,
                "has_capability",
                lambda name: name not in ("MOVE", "IMAP4REV2") and known(name),
            )
        assert store._client.has_capability("UIDPLUS")
        store.select()
        yield store


def test_moved_mail_is_there_and_not_here(store):
    store.move(["2", "4"], "Sent")
    assert store.all_uids() == ["1", "3", "5"]
    assert folder_of(store, "Sent") == [mail(2), mail(4)]
    assert folder_of(store, "INBOX") == [mail(1), mail(3), mail(5)]


@pytest.mark.parametrize("folder", ["Newsletters", "Erledigt & Störungen", 'Quote " and \\'])
def test_a_missing_folder_is_made(store, folder):
    store.move(["1"], folder)
    store.move(["2"], folder)
    assert folder_of(store, folder) == [mail(1), mail(2)]
    assert folder in {found.name for found in store.folders()}


def test_flags_stay(store):
    store.acknowledge(["1"], seen=True)
    store.move(["1", "2"], "Junk")
    store.select("Junk")
    assert [one.seen for one in store.fetch(store.all_uids(), max_size=MB)] == [True, False]


def test_what_is_gone_already_is_left_out(store):
    store.move(["2"], "Junk")
    store.move(["1", "2", "77"], "Junk")
    assert store.all_uids() == ["3", "4", "5"]
    assert folder_of(store, "Junk") == [mail(2), mail(1)]


def test_nothing_to_move(store):
    store.move([], "Junk")
    assert len(store.all_uids()) == 5


def test_what_others_have_marked_as_deleted_stays(store, admin):
    """UID EXPUNGE removes just what was moved."""
    admin.select("INBOX")
    admin.uid("STORE", "5", "+FLAGS", r"(\Deleted)")
    store.noop()
    store.move(["1"], "Junk")
    assert "5" in store.all_uids()


def test_a_folder_that_cannot_be_made(store):
    """It is named, nothing is lost, and the connection is good for more."""
    with pytest.raises(ConfigurationWrong) as caught:
        store.move(["1"], "INBOX/" + "x" * 500)
    assert not isinstance(caught.value, TryAgain)
    assert len(store.all_uids()) == 5
    store.move(["1"], "Junk")
    assert len(store.all_uids()) == 4


def test_a_server_that_can_neither(mailbox, monkeypatch):
    mailbox.deliver(mail(1))
    with mailbox.open() as store:
        store.select()
        monkeypatch.setattr(store._client, "has_capability", lambda name: False)
        with pytest.raises(ConfigurationWrong) as caught:
            store.move(["1"], "Junk")
        assert caught.value.reason == "no_move"


def test_pop3_has_no_folders(mailbox):
    mailbox.deliver(mail(1))
    with mailbox.open("pop3") as store:
        with pytest.raises(ConfigurationWrong) as caught:
            store.move(store.all_uids(), "Junk")
        assert caught.value.reason == "no_folders"
        assert len(store.all_uids()) == 1
