# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A mail that cannot be processed is put aside, whole, and holds up nothing."""

import signal

import pytest
from road_mails import conversation, mail

PROTOCOLS = ("imap", "pop3")
STAGES = (
    "parse",
    "journal",
    "filter",
    "route",
    "identify",
    "map",
    "create tickets",
    "post messages",
)


def _poison(name):
    return mail(f"poison.{name}@customer.example", body="Poison.\nÄ", extra=["X-Poison: yes"])


def _check_after_retry(inbox, poison):
    """Taken in like the others; only that nobody marks it as read on the server any more."""
    inbox.check_exactly_once(strangers={poison.message_id} if inbox.protocol == "imap" else ())


def _raise_at(step):
    words = "the ink is poisoned"
    # the header of a mail that cannot be parsed is read once more, for its subject and sender
    holding = "Poison.\r\n" if step == "parse" else "X-Poison"
    return {"step": step, "when": "before", "action": "raise", "holding": holding, "words": words}


@pytest.fixture(scope="module")
def administrator(world):
    """A user who is mail administrator and nothing more."""
    return world.odoo.value("make_administrator")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_one_of_a_hundred(world, protocol, administrator):
    """99 become tickets in the same run; the one is kept whole and taken in later by a button."""
    poison = _poison(f"hundred.{protocol}")
    mails = [*conversation(50), poison, *conversation(49)]
    inbox = world.inbox(protocol, mails)
    counts = inbox.fetch(faults=[_raise_at("map")], batch=100)
    assert counts["quarantined"] == 1 and sum(counts.values()) == 100
    assert inbox.fetch() == {}
    inbox.check_exactly_once(quarantined={poison.message_id})
    row = inbox.row_of(poison)
    assert row["reason"] == "error"
    assert "the ink is poisoned" in row["explanation"] and "the ink is poisoned" in row["error"]
    assert inbox.raw_of(poison) == poison.source

    again = world.odoo.value(
        "retry", mails=[row["id"]], user=administrator, faults=[_raise_at("map")]
    )
    assert again["type"] == "warning"
    inbox.check_exactly_once(quarantined={poison.message_id})
    assert inbox.raw_of(poison) == poison.source

    again = world.odoo.value("retry", mails=[row["id"]], user=administrator)
    assert again["type"] == "success"
    _check_after_retry(inbox, poison)
    assert inbox.row_of(poison)["id"] == row["id"]
    assert inbox.fetch() == {}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("step", STAGES)
def test_raises_in_stage(world, protocol, step, administrator):
    """Whatever the stage, the others of its batch are taken in and the mail is kept as it came."""
    poison = _poison(f"{step.replace(' ', '.')}.{protocol}")
    first, *rest = conversation(6)
    inbox = world.inbox(protocol, [first, poison, *rest])
    inbox.settle(faults=[_raise_at(step)])
    inbox.check_exactly_once(quarantined={poison.message_id})
    assert inbox.raw_of(poison) == poison.source
    (row_id,) = [row["id"] for row in inbox.journal() if row["outcome"] == "quarantined"]
    answer = world.odoo.value("retry", mails=[row_id], user=administrator)
    assert answer["type"] == "success"
    _check_after_retry(inbox, poison)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_notification_fails(world, protocol):
    """A mail that nobody can be told of is taken in like the others, who are told of theirs."""
    poison = _poison(f"notify.{protocol}")
    first, *rest = conversation(6)
    inbox = world.inbox(protocol, [first, poison, *rest])
    inbox.settle(faults=[_raise_at("notify")])
    row = inbox.row_of(poison)
    assert row["outcome"] == "created"
    assert "Nobody was notified" in row["explanation"]
    inbox.check_exactly_once(not_told={poison.message_id})


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("position", [0, 1, 3, 7])
def test_kills_the_process(world, protocol, position, administrator):
    """A mail at which the program dies is put aside unread after a few runs; the others are not."""
    poison = _poison(f"kill.{position}.{protocol}")
    mails = conversation(7)
    inbox = world.inbox(protocol, [*mails[:position], poison, *mails[position:]])
    fault = {"step": "parse", "when": "before", "action": "kill", "holding": "Poison.\r\n"}
    for _run in range(6):
        answer = inbox.start(faults=[fault]).finish()
        inbox.check_consistent()
        if answer.lived:
            break
        assert answer.code == -signal.SIGKILL
    else:
        pytest.fail("it kills the program again and again")
    inbox.settle(faults=[fault])
    inbox.check_exactly_once(quarantined={poison.message_id})
    row = inbox.row_of(poison)
    assert row["reason"] == "crashed"
    assert inbox.raw_of(poison) == poison.source
    answer = world.odoo.value("retry", mails=[row["id"]], user=administrator)
    assert answer["type"] == "success"
    _check_after_retry(inbox, poison)


def test_two_kill_the_process(world):
    """Two such mails cost a few runs more; still nothing else is put aside."""
    poisons = [_poison("first.of.two"), _poison("second.of.two")]
    mails = conversation(7)
    inbox = world.inbox("imap", [*mails[:2], poisons[0], *mails[2:4], poisons[1], *mails[4:]])
    fault = {"step": "parse", "when": "before", "action": "kill", "holding": "Poison.\r\n"}
    lived = [inbox.start(faults=[fault]).finish().lived for _run in range(10)]
    assert lived[-1]
    inbox.settle(faults=[fault])
    inbox.check_exactly_once(quarantined={poison.message_id for poison in poisons})


def test_a_kill_without_guilt_puts_nothing_aside(world):
    """A program stopped twice at different mails (a deployment, no memory left) blames no mail."""
    inbox = world.inbox("imap", conversation(7))
    for nth in (2, 1, 1):
        fault = {"step": "take in", "when": "after", "nth": nth, "action": "kill"}
        assert not inbox.start(faults=[fault]).finish().lived
        inbox.fetch(faults=[])
        for one in conversation(3):
            inbox.deliver(one)
    inbox.settle()
    inbox.check_exactly_once()
