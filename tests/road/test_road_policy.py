# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The connection settings of an account, each with a real mail server: tries, cool-off, skip times,
time-outs, status, and what is told of it.
"""

import datetime
import time

import pytest
import pytz
from road_gate import Gate
from road_mails import conversation, mail

PROTOCOLS = pytest.mark.parametrize("protocol", ["imap", "pop3"])


@pytest.fixture
def gate(dovecot_of_road):
    """Makes gates in front of the mail server."""
    gates = []

    def make(protocol="imap"):
        gates.append(Gate(getattr(dovecot_of_road, f"{protocol}_port")))
        return gates[-1]

    yield make
    for one in gates:
        one.end()


@pytest.fixture(scope="module")
def administrator(world):
    """Somebody who sets up mail, and is told when an account fails."""
    return world.odoo.value("make_administrator")


def _now():
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def _events(inbox):
    """The history of the account as its administrators read it, oldest first."""
    return inbox.world.rows(
        "SELECT words, reason FROM helpdesk_mail_event"
        " WHERE res_model = 'helpdesk.inbox' AND res_id = %s ORDER BY id",
        inbox.id,
    )


def _time_passes(inbox):
    """The cool-off ends."""
    inbox.world.rows(
        "UPDATE helpdesk_inbox SET retry_at = now() at time zone 'UTC' - interval '1 second'"
        " WHERE id = %s",
        inbox.id,
    )


# -- Max tries for connection before fail, cool-off time after fail


@PROTOCOLS
def test_tries_cool_off_history_and_recovery(world, gate, administrator, protocol):
    """So many tries, then *failed*: told once with host and reason, then rest, then back by
    itself.
    """
    line = gate(protocol)
    inbox = world.inbox(
        protocol, conversation(3), port=line.port, max_attempts=2, cooloff_minutes=20
    )
    line.shut()
    inbox.run("cron")
    assert inbox.account()["state"] == "active", "one try more"
    began = _now().replace(microsecond=0)
    inbox.run("cron")
    row = inbox.account()
    assert (row["state"], row["failed_attempts"]) == ("failed", 2)
    minutes = datetime.timedelta(minutes=1)
    assert row["retry_at"] >= began + 20 * minutes
    assert row["retry_at"] <= _now() + 25 * minutes, "up to a quarter more"

    line.open()
    before = line.visits
    for _turn in range(3):
        inbox.run("cron")
    assert line.visits == before, "nobody knocks while it rests"

    _time_passes(inbox)
    inbox.run("cron")
    row = inbox.account()
    assert (row["state"], row["failed_attempts"], row["last_error"]) == ("active", 0, None)
    inbox.settle()
    inbox.check_exactly_once()

    *words, again = [event["words"] for event in _events(inbox)]
    assert words == ["Draft → Active", "Active → Failed"]
    assert again.startswith("Works again after ")
    why = _events(inbox)[1]["reason"]
    assert f"127.0.0.1:{line.port}" in why and "Nothing answers" in why


def test_administrators_are_alerted_with_host_and_reason(world, gate, administrator):
    """Once for each failure, by mail and by an activity that goes away with the failure."""
    line = gate()
    inbox = world.inbox("imap", port=line.port, max_attempts=1, cooloff_minutes=0)
    # another test's server may have had the same port
    (newest,) = world.rows("SELECT max(id) AS id FROM mail_message")

    def alerts():
        return world.rows(
            "SELECT message.body FROM mail_message message"
            " JOIN mail_message_res_partner_rel rel ON rel.mail_message_id = message.id"
            " JOIN res_users u ON u.partner_id = rel.res_partner_id"
            " WHERE u.id = %s AND message.body LIKE %s AND message.id > %s",
            administrator,
            f"%:{line.port}%",
            newest["id"],
        )

    def activities():
        return world.rows(
            "SELECT id FROM mail_activity WHERE res_model = 'helpdesk.inbox' AND res_id = %s"
            " AND user_id = %s AND active",
            inbox.id,
            administrator,
        )

    line.shut()
    for _turn in range(3):
        _time_passes(inbox)
        inbox.run("cron")
    (alert,) = alerts()
    assert "Nothing answers at 127.0.0.1" in alert["body"]
    assert f"/{inbox.id}" in alert["body"], "a link to the inbox"
    assert len(activities()) == 1
    line.open()
    _time_passes(inbox)
    inbox.run("cron")
    assert inbox.account()["state"] == "active"
    assert activities() == []


def test_accounts_that_failed_together_do_not_come_back_together(world, gate):
    """Jitter: a server that is back is not knocked down by all of its accounts at once."""
    line = gate()
    inboxes = [
        world.inbox("imap", port=line.port, max_attempts=1, cooloff_minutes=60) for _n in range(8)
    ]
    line.shut()
    for inbox in inboxes:
        inbox.run("cron")
    moments = sorted(inbox.account()["retry_at"] for inbox in inboxes)
    assert moments[-1] - moments[0] > datetime.timedelta(seconds=60), moments
    assert len(set(moments)) > 4


# -- Skip times


def _zone(hours):
    """A time zone in which it is now between 23:00 and 00:59, plus so many hours."""
    for name in sorted(pytz.all_timezones):
        if name.startswith("Etc/GMT"):
            local = datetime.datetime.now(pytz.timezone(name))
            if local.hour in ((23 + hours) % 24, (24 + hours) % 24):
                return name
    raise AssertionError("every hour is somewhere")


@PROTOCOLS
def test_skip_times_across_midnight_in_the_accounts_time_zone(world, gate, protocol):
    """``02:00-04:00``, several, across midnight: nobody connects; where it is noon, mail comes."""
    line = gate(protocol)
    inbox = world.inbox(protocol, conversation(3), port=line.port)
    inbox.write(skip_windows="02:00-04:00, 22:30-01:30", tz=_zone(0))
    before = line.visits
    inbox.run("cron")
    assert line.visits == before and inbox.journal() == []
    assert inbox.account()["state"] == "active", "it rests, it has not failed"
    inbox.write(tz=_zone(12))
    inbox.run("cron")
    assert line.visits > before
    inbox.settle()
    inbox.check_exactly_once()


# -- Connection timeout (milliseconds)


@PROTOCOLS
@pytest.mark.parametrize("stage", ["greeting", "sign-in", "answer"])
def test_time_out_of_an_answer(world, gate, protocol, stage):
    """A server that falls silent is waited for as long as the account says, in milliseconds."""
    line = gate(protocol)
    inbox = world.inbox(protocol, conversation(3), port=line.port, timeout_ms=60_000)

    def wait_for(milliseconds):
        world.rows(
            "UPDATE helpdesk_inbox SET timeout_ms = %s WHERE id = %s", milliseconds, inbox.id
        )

    # while it is set up, and once the server speaks again, nobody knows how long it needs
    wait_for(400)
    line.hold = {
        ("greeting", "imap"): rb"\* OK",
        ("greeting", "pop3"): rb"\+OK",
        ("sign-in", "imap"): rb"Logged in",
        ("sign-in", "pop3"): rb"Logged in",
        ("answer", "imap"): rb"UIDVALIDITY",
        ("answer", "pop3"): rb"From: Ann",
    }[stage, protocol]
    began = time.monotonic()
    inbox.run("cron")
    assert 0.4 <= time.monotonic() - began < 30, "not a minute"
    row = inbox.account()
    assert row["failed_attempts"] == 1 and "did not answer in time" in row["last_error"], row
    assert f"127.0.0.1:{line.port}" in row["last_error"]
    inbox.check_consistent()
    line.hold = None
    wait_for(60_000)
    inbox.settle()
    inbox.check_exactly_once()


# -- Email sync start date: test_road_options.py


# -- Status


def test_draft_and_paused_are_left_alone(world, gate):
    """*Status*: only an active account is visited; what came meanwhile is there afterwards."""
    line = gate()
    inbox = world.inbox("imap", port=line.port)

    def press(button):
        world.odoo.value("call", model="helpdesk.inbox", method=button, args=[[inbox.id]])

    for button, state in (("action_pause", "paused"), ("action_draft", "draft")):
        press(button)
        inbox.deliver(mail(f"{state}@customer.example"))
        before = line.visits
        inbox.run("cron")
        assert (inbox.account()["state"], line.visits) == (state, before)
        press("action_activate")
        assert line.visits > before, "activation tries the connection"
        inbox.settle()
    inbox.check_exactly_once()


def test_activation_fails_where_the_connection_does(world, gate):
    """*Active* means that it works: otherwise it stays a draft, and says why."""
    line = gate()
    inbox = world.inbox("imap", port=line.port)
    world.odoo.value("call", model="helpdesk.inbox", method="action_draft", args=[[inbox.id]])
    line.shut()
    for button in ("action_activate", "action_test_connection"):
        answer = world.odoo.run("call", model="helpdesk.inbox", method=button, args=[[inbox.id]])
        assert f"Nothing answers at 127.0.0.1:{line.port}" in answer.error["words"]
    assert inbox.account()["state"] == "draft"
    line.open()
    found = world.odoo.value(
        "call", model="helpdesk.inbox", method="action_test_connection", args=[[inbox.id]]
    )
    assert found["params"]["type"] == "success"
    assert "INBOX on 127.0.0.1 holds 0 messages" in found["params"]["message"]
