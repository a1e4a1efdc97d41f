# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Several workers at one inbox at the same time take each mail in once."""

import pytest
from road_mails import conversation

PROTOCOLS = ("imap", "pop3")
# where the first worker stands while the second one comes
MOMENTS = [("connect", 1), ("fetch", 2), ("commit batch", 2), ("acknowledge", 2), ("close", 1)]


def _pause(step, nth, when="before"):
    return {"step": step, "when": when, "nth": nth, "action": "pause"}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_two_processes_start_together(world, protocol):
    """Both pass the barrier at the same moment, several times over."""
    for _round in range(5):
        inbox = world.inbox(protocol, conversation(7))
        workers = [inbox.start(barrier=True).wait_until_paused() for _number in range(2)]
        for worker in workers:
            worker.go()
        answers = [worker.finish() for worker in workers]
        assert [answer.error for answer in answers] == [None, None]
        assert not [row.words for answer in answers for row in answer.log if row.level == "ERROR"]
        inbox.settle()
        inbox.check_exactly_once()


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("step, nth", MOMENTS, ids=[step for step, _nth in MOMENTS])
def test_second_worker_leaves_the_first_alone(world, protocol, step, nth):
    """While one worker is in the middle, the other one finds the inbox busy and does nothing."""
    inbox = world.inbox(protocol, conversation(7))
    first = inbox.start(faults=[_pause(step, nth)]).wait_until_paused()
    before = len(inbox.journal())
    assert inbox.fetch() == {}
    assert len(inbox.journal()) == before
    first.go()
    answer = first.finish()
    assert answer.error is None, answer.error
    assert sum(answer.value.values()) == 7
    inbox.check_exactly_once()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_cron_worker_against_fetch_now(world, protocol):
    """A person presses *Fetch now* while the scheduler is at work: no error, and nothing twice."""
    inbox = world.inbox(protocol, conversation(7))
    cron = inbox.start("cron", faults=[_pause("take in", 2)]).wait_until_paused()
    button = inbox.run("fetch_now")
    assert button.error is None, button.error
    cron.go()
    answer = cron.finish()
    assert answer.value is True
    assert not [row for row in answer.log if row.level in ("ERROR", "CRITICAL")]
    inbox.check_exactly_once()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_fetch_now_against_cron_worker(world, protocol):
    """The scheduler comes while a person's *Fetch now* is at work."""
    inbox = world.inbox(protocol, conversation(7))
    person = inbox.start("fetch_now", faults=[_pause("take in", 2)]).wait_until_paused()
    cron = inbox.run("cron")
    assert not [row for row in cron.log if row.level in ("ERROR", "CRITICAL")]
    person.go()
    answer = person.finish()
    assert answer.error is None, answer.error
    assert answer.value["type"] == "success"
    inbox.check_exactly_once()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_scheduler_alone(world, protocol):
    """The scheduled action takes everything in by itself, batch by batch."""
    inbox = world.inbox(protocol, conversation(7))
    answer = inbox.run("cron")
    assert not [row for row in answer.log if row.level in ("ERROR", "CRITICAL")]
    inbox.check_exactly_once()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_dies_while_the_other_waits_at_the_door(world, protocol):
    """A killed worker's lock goes with it: the next one works at once."""
    inbox = world.inbox(protocol, conversation(7))
    first = inbox.start(
        faults=[_pause("take in", 2), {**_pause("take in", 2, "after"), "action": "kill"}]
    ).wait_until_paused()
    assert inbox.fetch() == {}
    first.go()
    assert not first.finish().lived
    inbox.settle()
    inbox.check_exactly_once()
