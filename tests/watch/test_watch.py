# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*watch*: many mailboxes, one small process."""

import itertools
import time

from dev.ports import closed_port

_NUMBERS = itertools.count(1)
MAIL = b"Subject: new\r\n\r\nnew\r\n"


def _started(world, count, **settings):
    """A process that watches *count* mailboxes: their (user, number), nothing called since."""
    pairs = [
        (world.add(number, **settings), number) for number in itertools.islice(_NUMBERS, count)
    ]
    world.publish("1")
    world.start()
    # what came while nobody watched counts: each is called once after its connect
    world.wait(lambda: set(world.calls()) >= {number for _user, number in pairs})
    world.sql("DELETE FROM ir_cron_trigger")
    return pairs


def test_mail_calls_the_action_of_its_inbox(world):
    (first, one), (second, two) = _started(world, 2)
    world.server.deliver(second, MAIL)
    assert world.wait(world.calls) == [two]
    world.server.deliver(first, MAIL)
    world.wait(lambda: world.calls() == [two, one])
    assert len(world.asked()) == 1, "Odoo was started once"


def test_many_idle_accounts_are_small(world):
    """200 idle accounts in one process under 150 MB. Each delivery is heard of, not asked for: that
    takes a second or two, and on the busiest machine less than the ten between two looks.
    """
    pairs = _started(world, 200)
    seconds = []
    for user, number in pairs[::10]:
        began = time.monotonic()
        world.server.deliver(user, MAIL)
        world.wait(lambda number=number: number in world.calls())
        seconds.append(time.monotonic() - began)
    assert sorted(seconds)[len(seconds) // 2] < 8
    assert world.memory() < 80, "with room for larger servers' answers"


def test_accounts_come_and_go(world):
    [(user, number)] = _started(world, 1)
    new = next(_NUMBERS)
    added = world.add(new)
    world.accounts.pop(0)
    world.publish("2")
    world.wait(lambda: new in world.calls())
    world.sql("DELETE FROM ir_cron_trigger")
    # the connection of the one that is gone hears of the mail, and ends without a word
    world.server.deliver(user, MAIL)
    world.wait(lambda: world.has_left(user))
    # calls are in the order of the news
    world.server.deliver(added, MAIL)
    world.wait(lambda: new in world.calls())
    assert number not in world.calls(), "the one that is gone is not called"


def test_lost_connection_is_opened_again(world, dovecot):
    [(user, number)] = _started(world, 1)
    port = dovecot.imaps_port
    dovecot.stop()
    dovecot.start()
    if dovecot.imaps_port != port:
        # somebody else has it now
        world.accounts[0]["settings"]["port"] = dovecot.imaps_port
        world.publish("2")
    world.wait(lambda: number in world.calls())
    world.sql("DELETE FROM ir_cron_trigger")
    world.server.deliver(user, MAIL)
    world.wait(lambda: number in world.calls())


def test_database_that_goes_away(world):
    [(user, number)] = _started(world, 1)
    # at rest again after the first call: this is written once the workers were woken
    world.wait(lambda: "New mail: " in world.log.read_text())
    world.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid != pg_backend_pid()"
    )
    world.server.deliver(user, MAIL)
    world.wait(lambda: number in world.calls())
    assert "cannot be reached" in world.log.read_text()


def test_no_secret_on_the_command_line_or_in_the_log(world):
    _started(world, 1, password="tell-tale-Pa55")
    with open(f"/proc/{world.process.pid}/cmdline", "rb") as command:
        assert b"tell-tale" not in command.read()
    with open(f"/proc/{world.process.pid}/environ", "rb") as environment:
        assert b"tell-tale" not in environment.read()
    assert "tell-tale" not in world.log.read_text()


def test_wrong_password_is_not_tried_again_and_again(world):
    number = next(_NUMBERS)
    world.add(number)
    world.accounts[-1]["settings"]["secret"] = "wrong"
    # a server that is away is tried again after a second, and after two more
    with closed_port() as nobody:
        world.add(next(_NUMBERS), port=nobody)
        world.publish("1")
        world.start()
        world.wait(lambda: "refused the user name" in world.log.read_text())
        tried = world.log.read_text().count("Nothing answers")
        world.wait(lambda: world.log.read_text().count("Nothing answers") >= tried + 2)
    assert world.log.read_text().count("refused the user name") == 1
    assert number not in world.calls()
