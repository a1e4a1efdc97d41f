# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The process is killed (SIGKILL) at every step between fetch and acknowledge; the next run "
"finishes the work."""

import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from road_mails import conversation

PROTOCOLS = ("imap", "pop3")
# The steps of road_faults, with how often each is passed at least: 7 mails in 3 batches.
STEPS = {
    "connect": 1,
    "select": 1,
    "list": 1,
    "mark": 3,
    "fetch": 7,
    "take in": 3,
    "parse": 7,
    "journal": 3,
    "filter": 3,
    "route": 3,
    "identify": 3,
    "map": 3,
    "write": 3,
    "create tickets": 3,
    "post messages": 6,
    "write journal": 3,
    "notify": 3,
    "commit batch": 3,
    "tell": 3,
    "acknowledge": 3,
    "close": 1,
    "remember": 1,
}


def _kill(step, when, nth):
    return {"step": step, "when": when, "nth": nth, "action": "kill"}


def _die_and_recover(world, protocol, step, when, nth):
    """Kill a fetch there, then fetch again: False where it never came there."""
    inbox = world.inbox(protocol, conversation(7))
    ended = inbox.start(faults=[_kill(step, when, nth)]).finish()
    if ended.lived:
        assert ended.error is None, ended.error
        inbox.check_exactly_once()
        return False
    assert ended.code == -signal.SIGKILL
    inbox.check_consistent()
    inbox.settle()
    inbox.check_exactly_once()
    return True


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_step(world, protocol, step, when):
    """First time, in the middle and at the last time that the run passes the step."""
    times = STEPS[step]
    numbers = sorted({1, (times + 1) // 2, times})
    with ThreadPoolExecutor(2) as pool:
        runs = pool.map(lambda nth: _die_and_recover(world, protocol, step, when, nth), numbers)
    assert all(runs), f"{step} never came so often"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_commit(world, protocol, when):
    """Before and after each single COMMIT of the run, until it has none left."""
    reached = []
    with ThreadPoolExecutor(2) as pool:
        while all(reached):
            numbers = range(len(reached) + 1, len(reached) + 5)
            reached += pool.map(
                lambda nth: _die_and_recover(world, protocol, "COMMIT", when, nth), numbers
            )
    # for each of the three batches: in flight, then what became of it; and the end of the run
    assert reached.index(False) > 6, "the run has fewer commits than this test was written for"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_killed_again_and_again(world, protocol):
    """Three crashes in a row, each elsewhere, and mail that arrives in between."""
    inbox = world.inbox(protocol, conversation(7))
    for step, when, nth in [
        ("COMMIT", "after", 4),
        ("acknowledge", "before", 1),
        ("commit batch", "after", 1),
    ]:
        ended = inbox.start(faults=[_kill(step, when, nth)]).finish()
        assert ended.code == -signal.SIGKILL, (step, ended.error)
        inbox.check_consistent()
        for mail in conversation(1):
            inbox.deliver(mail)
    inbox.settle()
    inbox.check_exactly_once()
