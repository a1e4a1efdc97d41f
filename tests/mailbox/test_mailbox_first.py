# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The first reading of a large mailbox: the newest first, in parts, with its progress shown."""

from mailbox_world import SENT, mail

COUNT = 40


def fill(mailbox, count=COUNT):
    for number in range(count):
        mailbox.deliver(mail(f"n{number:03}@x"))


def stopped(mailbox, commits, **options):
    """A visit that is stopped after so many commits."""
    fault = {"step": "COMMIT", "when": "after", "nth": commits, "action": "kill"}
    return mailbox.start(faults=[fault], **options).finish()


def test_the_newest_come_first(world):
    """The owner sees today's mail at once, however much there is."""
    anna = world.mailbox()
    fill(anna)
    stopped(anna, 6)
    here = anna.ids()
    assert 0 < len(here) < COUNT
    assert here == [f"n{number:03}@x" for number in range(COUNT - len(here), COUNT)]


def test_new_mail_goes_before_what_waits(world):
    anna = world.mailbox()
    fill(anna)
    stopped(anna, 6)
    anna.deliver(mail("today@x"))
    anna.deliver(mail("sent-today@x", sender=anna.email, to="c@customer.example"), SENT)
    stopped(anna, 6)
    assert {"today@x", "sent-today@x"} <= set(anna.ids())
    assert len(anna.ids()) < COUNT


def test_all_of_it_arrives_once(world):
    """However often it is stopped on the way."""
    anna = world.mailbox()
    fill(anna)
    for number in range(12):
        fill_name = f"sent{number}@x"
        anna.deliver(mail(fill_name, sender=anna.email, to="c@customer.example"), SENT)
    for turn in range(6):
        stopped(anna, 4 + turn)
        assert len(anna.ids()) == len(set(anna.ids()))
    anna.fetch()
    assert len(anna.ids()) == len(set(anna.ids())) == COUNT + 12
    assert not anna.folder()["older_uid"] and not anna.folder(SENT)["older_uid"]
    assert anna.fetch() == {}


def test_progress_is_shown(world):
    anna = world.mailbox()
    fill(anna)
    stopped(anna, 12)
    here = len(anna.ids())
    shown = anna.read("sync_waiting", "sync_total", "sync_progress", "sync_words")
    assert shown["sync_total"] == COUNT
    # the batch that was stopped is still counted as waiting
    assert COUNT - here <= shown["sync_waiting"] <= COUNT - here + 3
    done = COUNT - shown["sync_waiting"]
    assert shown["sync_words"] == f"{done} of {COUNT} messages taken in, the newest first."
    assert shown["sync_progress"] == 100 * done / COUNT
    anna.fetch()
    shown = anna.read("sync_waiting", "sync_progress", "sync_words")
    assert (shown["sync_waiting"], shown["sync_progress"]) == (0, 100)
    assert not shown["sync_words"]


def test_from_a_date_on(world):
    """What is older than the owner wants is not taken in, newest first or not."""
    anna = world.mailbox(sync_start="2024-06-01")
    with anna.imap() as client:
        for number in range(20):
            day = "01-May-2024" if number < 8 else "02-Jun-2024"
            client.append("INBOX", None, f'"{day} 12:00:00 +0000"', mail(f"d{number:02}@x"))
    anna.fetch()
    assert anna.ids() == [f"d{number:02}@x" for number in range(8, 20)]


def test_another_start_date_later(world):
    """An earlier date brings what was left out, and nothing twice."""
    anna = world.mailbox(sync_start="2024-06-01")
    with anna.imap() as client:
        for number in range(20):
            day = "01-May-2024" if number < 8 else "02-Jun-2024"
            client.append("INBOX", None, f'"{day} 12:00:00 +0000"', mail(f"d{number:02}@x"))
    anna.fetch()
    anna.write(sync_start="2020-01-01")
    anna.fetch()
    assert anna.ids() == [f"d{number:02}@x" for number in range(20)]


def test_the_scheduler_goes_on_at_once(world):
    """A run that has no more time says how much waits."""
    anna = world.mailbox()
    fill(anna, 20)
    answer = anna.cron()
    assert answer.error is None
    while anna.folder()["older_uid"]:
        anna.cron()
    assert len(anna.ids()) == 20


def test_memory_is_bounded(world):
    """Ten times the mail takes no more memory."""
    growth = []
    for count in (300, 3000):
        anna = world.mailbox()
        fill(anna, count)
        with anna.imap():
            pass
        most = 0
        # one visit, or more where a person would not wait for so much at once
        while len(anna.ids()) < count:
            answer = anna.start(batch=100).finish()
            assert answer.error is None and answer.value, answer.error
            most = max(most, answer.growth)
        growth.append(most)
    assert growth[1] < growth[0] + 16 * 1024, growth
