# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The mail server is away, refuses us or has lost the folder: the account says so in plain "
"words."""

import pytest
from road_mails import conversation

from dev.ports import closed_port

PROTOCOLS = ("imap", "pop3")


@pytest.fixture
def closed():
    """A port at which nobody answers."""
    with closed_port() as port:
        yield port


def _check_no_mail_blamed(inbox):
    assert not [row for row in inbox.journal() if row["outcome"] == "quarantined"]


def _cool_off(inbox):
    """Time passes."""
    inbox.world.rows(
        "UPDATE helpdesk_inbox SET retry_at = now() at time zone 'UTC' - interval '1 second'"
        " WHERE id = %s",
        inbox.id,
    )


def _fail(inbox, *words):
    """One run of the scheduled action that fails for ``words``: the row of the account."""
    answer = inbox.run("cron")
    assert answer.error is None, answer.error
    assert not [row for row in answer.log if row.level in ("ERROR", "CRITICAL")]
    account = inbox.account()
    for word in words:
        assert word in account["last_error"], account["last_error"]
    assert "Traceback" not in account["last_error"] and "secret" not in account["last_error"]
    return account


def _check_rests_and_recovers(inbox):
    """While it cools off nothing is tried; after that it recovers by itself."""
    before = inbox.account()
    assert before["state"] == "failed" and before["retry_at"]
    inbox.run("cron")
    assert inbox.account()["last_fetch"] == before["last_fetch"]
    _check_no_mail_blamed(inbox)
    _cool_off(inbox)
    inbox.run("cron")
    account = inbox.account()
    assert (account["state"], account["last_error"]) == ("active", None)
    assert (account["failed_attempts"], account["retry_at"]) == (0, None)
    inbox.settle()
    inbox.check_exactly_once()


def test_folder_vanished(world):
    """It is named; once it is there again, everything goes on."""
    mails = conversation(4)
    inbox = world.inbox("imap", mails, folder="Support")
    inbox.settle()
    client = inbox.imap()
    assert client.rename("Support", "Elsewhere")[0] == "OK"
    account = _fail(inbox, "There is no such folder", "Support", "Choose another one")
    assert account["state"] == "failed"
    assert client.rename("Elsewhere", "Support")[0] == "OK"
    client.logout()
    for mail in conversation(3):
        inbox.deliver(mail)
    _check_rests_and_recovers(inbox)


def test_folder_vanishes_in_the_middle(world):
    """Deleted by another program between two batches: what was taken in stays, the rest is "
    "gone with it."""
    inbox = world.inbox("imap", conversation(7), folder="Support")
    fault = {"step": "mark", "when": "after", "nth": 2, "action": "pause"}
    worker = inbox.start(faults=[fault]).wait_until_paused()
    client = inbox.imap()
    assert client.delete("Support")[0] == "OK"
    assert client.create("Support")[0] == "OK"
    client.logout()
    worker.go()
    answer = worker.finish()
    assert answer.error is None, answer.error
    _check_no_mail_blamed(inbox)
    for name in [*inbox.delivered][3:]:
        del inbox.delivered[name]
    inbox._check_tickets(inbox.journal())
    for mail in conversation(3):
        inbox.deliver(mail)
    inbox.settle()
    assert len(inbox.journal()) == 6
    inbox._check_tickets(inbox.journal())


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_login_refused(world, protocol):
    """A wrong password is not tried again and again: providers lock accounts for that."""
    inbox = world.inbox(protocol, conversation(3), max_attempts=5)
    inbox.write(password="wrong secret")
    account = _fail(inbox, "refused the user name or the password", "127.0.0.1")
    assert (account["state"], account["failed_attempts"]) == ("failed", 1)
    inbox.write(password="secret")
    _check_rests_and_recovers(inbox)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_unknown_host(world, protocol):
    """The name is shown with what to do."""
    inbox = world.inbox(protocol, conversation(3))
    inbox.write(host="mail..example.com")
    account = _fail(inbox, "There is no host named mail..example.com", "spelling")
    assert account["state"] == "failed"
    inbox.write(host="127.0.0.1", password="secret")
    _check_rests_and_recovers(inbox)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_server_down(world, protocol, closed):
    """Counted; after so many tries the account rests, and it comes back by itself."""
    inbox = world.inbox(protocol, conversation(3), max_attempts=3)
    port = inbox.account()["port"]
    world.rows("UPDATE helpdesk_inbox SET port = %s WHERE id = %s", closed, inbox.id)
    for attempt in (1, 2, 3):
        account = _fail(inbox, "Nothing answers at 127.0.0.1", "server is down")
        assert account["failed_attempts"] == attempt
        assert account["state"] == ("failed" if attempt == 3 else "active")
    world.rows("UPDATE helpdesk_inbox SET port = %s WHERE id = %s", port, inbox.id)
    _check_rests_and_recovers(inbox)


def test_failure_of_one_run_is_forgotten(world, closed):
    """Tries count in a row only."""
    inbox = world.inbox("imap", conversation(3), max_attempts=2)
    port = inbox.account()["port"]
    for _time in range(3):
        world.rows("UPDATE helpdesk_inbox SET port = %s WHERE id = %s", closed, inbox.id)
        assert _fail(inbox, "Nothing answers")["state"] == "active"
        world.rows("UPDATE helpdesk_inbox SET port = %s WHERE id = %s", port, inbox.id)
        inbox.run("cron")
        assert inbox.account()["failed_attempts"] == 0
    inbox.check_exactly_once()
