# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Read marks follow both ways, where the owner wants that."""

import signal

import pytest
from mailbox_world import MESSAGE, SENT, mail

NAMES = [f"f{number}@x" for number in range(5)]
SEEN, FLAGGED, ANSWERED = rb"\Seen", rb"\Flagged", rb"\Answered"
MARKS = ("is_read", "is_starred", "is_answered")


@pytest.fixture(params=["CONDSTORE", "plain"])
def sync(request, world):
    """A mailbox whose marks follow, with five unread messages; on a server that counts changes, and
    on one that does not.
    """
    anna = world.mailbox(sync_flags=True)
    anna.options = {} if request.param == "CONDSTORE" else {"sabotage": ["no condstore"]}
    for name in NAMES:
        anna.deliver(mail(name))
    anna.fetch(**anna.options)
    anna.fetch(**anna.options)
    return anna


def marks(mailbox, message_id):
    """The marks of a message here."""
    message = mailbox.message(message_id)
    return {name for name in MARKS if message[name]}


def test_read_elsewhere_is_read_here(sync):
    sync.mark(NAMES[1], r"\Seen")
    sync.mark(NAMES[2], r"\Flagged")
    sync.mark(NAMES[3], r"\Answered")
    sync.fetch(**sync.options)
    assert [marks(sync, name) for name in NAMES] == [
        set(), {"is_read"}, {"is_starred"}, {"is_answered"}, set(),
    ]  # fmt: skip
    sync.mark(NAMES[1], r"\Seen", on=False)
    sync.mark(NAMES[2], r"\Flagged", on=False)
    sync.mark(NAMES[3], r"\Answered", on=False)
    sync.fetch(**sync.options)
    assert not any(marks(sync, name) for name in NAMES)


def test_read_here_is_read_there(sync):
    sync.press("action_mark_read", NAMES[0], NAMES[4])
    sync.fetch(**sync.options)
    assert [sync.marks(name) for name in NAMES] == [{SEEN}, set(), set(), set(), {SEEN}]
    assert not [m for m in sync.messages() if m["flags_to_tell"]]
    sync.press("action_mark_unread", NAMES[0])
    sync.fetch(**sync.options)
    assert sync.marks(NAMES[0]) == set()
    assert marks(sync, NAMES[0]) == set()


def test_both_at_once(sync):
    """Different marks of one message, and marks of different ones."""
    sync.press("action_mark_read", NAMES[0])
    sync.mark(NAMES[0], r"\Flagged")
    sync.mark(NAMES[1], r"\Seen")
    sync.fetch(**sync.options)
    assert marks(sync, NAMES[0]) == {"is_read", "is_starred"}
    assert sync.marks(NAMES[0]) == {SEEN, FLAGGED}
    assert marks(sync, NAMES[1]) == {"is_read"}


def test_the_last_change_wins(sync):
    """What was marked here and was not told yet goes before what the server says; then what the
    server says goes before what is here.
    """
    sync.press("action_mark_read", NAMES[0])
    sync.mark(NAMES[0], r"\Seen")
    sync.press("action_mark_unread", NAMES[0])
    sync.fetch(**sync.options)
    assert (marks(sync, NAMES[0]), sync.marks(NAMES[0])) == (set(), set())
    sync.mark(NAMES[0], r"\Seen")
    sync.fetch(**sync.options)
    assert (marks(sync, NAMES[0]), sync.marks(NAMES[0])) == ({"is_read"}, {SEEN})


def test_nothing_new_changes_nothing(sync):
    sync.mark(NAMES[1], r"\Seen")
    sync.fetch(**sync.options)
    before = sync.messages()
    sync.fetch(**sync.options)
    sync.fetch(**sync.options)
    assert sync.messages() == before


def test_switched_on_later_no_mark_is_lost(world):
    """What was read on either side is read on both."""
    anna = world.mailbox()
    for name in NAMES:
        anna.deliver(mail(name))
    anna.fetch()
    anna.press("action_mark_read", NAMES[0])
    anna.mark(NAMES[1], r"\Seen")
    anna.fetch()
    assert anna.marks(NAMES[0]) == set(), "not while it is off"
    assert marks(anna, NAMES[1]) == set()
    anna.write(sync_flags=True)
    anna.fetch()
    anna.fetch()
    assert [marks(anna, name) for name in NAMES[:3]] == [{"is_read"}, {"is_read"}, set()]
    assert [anna.marks(name) for name in NAMES[:3]] == [{SEEN}, {SEEN}, set()]


def test_mark_as_read_does_not_read_for_the_owner(world):
    """With both settings on, mail that arrives is unread on both sides until somebody reads it."""
    anna = world.mailbox(sync_flags=True, mark_seen=True)
    anna.deliver(mail("m@x"))
    anna.fetch()
    anna.fetch()
    assert (marks(anna, "m@x"), anna.marks("m@x")) == (set(), set())


def test_mail_comes_with_its_marks(world):
    anna = world.mailbox()
    with anna.imap() as client:
        client.append("INBOX", r"(\Seen \Flagged)", None, mail("a@x"))
        client.append("INBOX", r"(\Answered)", None, mail("b@x"))
    anna.fetch()
    assert marks(anna, "a@x") == {"is_read", "is_starred"}
    assert marks(anna, "b@x") == {"is_answered"}


def test_what_one_has_sent_stays_read(world):
    """Some programs file sent mail as unread."""
    anna = world.mailbox(sync_flags=True)
    anna.deliver(mail("s@x", sender=anna.email, to="c@customer.example"), SENT)
    anna.fetch()
    anna.mark("s@x", r"\Flagged", folder=SENT)
    anna.fetch()
    assert marks(anna, "s@x") == {"is_read", "is_starred"}
    assert anna.marks("s@x", SENT) == {FLAGGED}


def test_the_server_is_told_at_once(world):
    """Pressing the button calls the scheduled action, once for many messages."""
    anna = world.mailbox(sync_flags=True)
    for name in NAMES:
        anna.deliver(mail(name))
    anna.fetch()
    query = (
        "SELECT count(*) FROM ir_cron_trigger WHERE cron_id = (SELECT cron_id FROM helpdesk_mailbox"
        " WHERE id = %s)"
    )
    anna.cron()
    [before] = world.rows(query, anna.id)
    anna.press("action_mark_read", *NAMES)
    anna.press("action_mark_unread", NAMES[0])
    [after] = world.rows(query, anna.id)
    assert after["count"] == before["count"] + 1
    anna.cron()
    assert [anna.marks(name) for name in NAMES] == [set(), {SEEN}, {SEEN}, {SEEN}, {SEEN}]


def test_a_folder_made_anew(world):
    """After a change of UIDVALIDITY marks follow to the new UIDs; what waits is told there."""
    anna = world.mailbox(sync_flags=True, folder="Customers")
    for name in NAMES:
        anna.deliver(mail(name), "Customers")
    anna.fetch()
    anna.press("action_mark_read", NAMES[2])
    anna.recreate([mail(name) for name in reversed(NAMES)], "Customers")
    anna.fetch()
    anna.fetch()
    assert anna.marks(NAMES[2], "Customers") == {SEEN}
    assert marks(anna, NAMES[2]) == {"is_read"}
    anna.mark(NAMES[0], r"\Seen", folder="Customers")
    anna.fetch()
    assert marks(anna, NAMES[0]) == {"is_read"}


def test_a_folder_that_is_not_ours_to_mark(world):
    """A mailbox that lets us read only: mail is read, marks stay what they are on either side."""
    anna = world.mailbox(sync_flags=True)
    anna.deliver(mail("r@x"))
    anna.fetch()
    anna.press("action_mark_read", "r@x")
    anna.fetch(sabotage=["read only"])
    assert marks(anna, "r@x") == {"is_read"}
    assert anna.marks("r@x") == set()
    assert not anna.message("r@x")["flags_to_tell"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["tell flags", "flags told", "note flags", "remember"])
def test_killed_while_marks_follow(world, step, when):
    """Marks are told and heard on the next visit."""
    anna = world.mailbox(sync_flags=True)
    for name in NAMES:
        anna.deliver(mail(name))
    anna.fetch()
    anna.press("action_mark_read", NAMES[0])
    anna.mark(NAMES[1], r"\Flagged")
    ended = anna.start(faults=[{"step": step, "when": when, "nth": 1, "action": "kill"}]).finish()
    assert ended.code == -signal.SIGKILL
    anna.fetch()
    assert (marks(anna, NAMES[0]), anna.marks(NAMES[0])) == ({"is_read"}, {SEEN})
    assert (marks(anna, NAMES[1]), anna.marks(NAMES[1])) == ({"is_starred"}, {FLAGGED})


def test_marked_again_while_the_server_is_told(world):
    """The owner changes their mind between the server's OK and our note of it: the last wins."""
    anna = world.mailbox(sync_flags=True)
    anna.deliver(mail("c@x"))
    anna.fetch()
    anna.press("action_mark_read", "c@x")
    fault = {"step": "tell flags", "when": "after", "nth": 1, "action": "pause"}
    worker = anna.start(faults=[fault]).wait_until_paused()
    anna.press("action_mark_unread", "c@x")
    worker.go()
    assert worker.finish().error is None
    anna.fetch()
    assert (marks(anna, "c@x"), anna.marks("c@x")) == (set(), set())


def test_another_visit_meets_a_user_who_marks(world):
    """Both write the same message at the same time: neither fails, and both marks arrive."""
    anna = world.mailbox(sync_flags=True)
    anna.deliver(mail("w@x"))
    anna.fetch()
    anna.mark("w@x", r"\Flagged")
    fault = {"step": "note flags", "when": "before", "nth": 1, "action": "pause"}
    worker = anna.start(faults=[fault]).wait_until_paused()
    anna.press("action_mark_read", "w@x")
    worker.go()
    answer = worker.finish()
    assert answer.error is None, answer.error
    anna.fetch()
    anna.fetch()
    assert marks(anna, "w@x") == {"is_read", "is_starred"}
    assert anna.marks("w@x") == {SEEN, FLAGGED}


def test_many_marks_at_once(world):
    """Everything read at once on the phone, more than one batch of it."""
    anna = world.mailbox(sync_flags=True)
    count = 1200
    for number in range(count):
        anna.deliver(mail(f"{number}@x"))
    # one visit, or more where a person would not wait for so much at once
    while anna.fetch(batch=100):
        pass
    with anna.imap() as client:
        client.uid("STORE", "1:*", "+FLAGS", r"(\Seen)")
    anna.fetch(batch=100)
    assert sum(m["is_read"] for m in anna.messages()) == count
    ids = [message["id"] for message in anna.messages()]
    world.call(MESSAGE, "action_mark_unread", [ids], user=anna.uid)
    anna.fetch(batch=100)
    with anna.imap() as client:
        assert client.search(None, "SEEN")[1] == [b""]
