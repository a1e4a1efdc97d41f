# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A round of questions: all mailboxes that are due are asked at once, and only those with something
new are visited.
"""

import time

import pytest
from road_mails import conversation

PROTOCOLS = ("imap", "pop3")


def _make_due(world, inboxes):
    """It is their turn now; that of other tests' accounts is not, which would be asked as well."""
    world.rows(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'"
        " WHERE cron_name LIKE 'Helpdesk mail:%%'"
    )
    world.rows(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' - interval '1 minute' WHERE id ="
        " ANY(SELECT cron_id FROM helpdesk_inbox WHERE id = ANY(%s))",
        [inbox.id for inbox in inboxes],
    )


def _due(world, inboxes, running):
    """The ids of those that still wait for a visit, but for the one whose action has just run:
    Odoo's scheduler puts that off, by one turn or, where a second has passed, by two.
    """
    rows = world.rows(
        "SELECT inbox.id FROM helpdesk_inbox inbox JOIN ir_cron cron ON cron.id = inbox.cron_id"
        " WHERE inbox.id = ANY(%s) AND cron.nextcall <= now() AT TIME ZONE 'UTC'",
        [inbox.id for inbox in inboxes],
    )
    return {row["id"] for row in rows} - {running.id}


def _deliver(inbox, mail):
    """A mail arrives, and the server has noticed: it looks for new files once a second."""

    def state():
        client = inbox.imap()
        try:
            return client.status("INBOX", "(UIDNEXT)")[1][0]
        finally:
            client.logout()

    before = state()
    inbox.deliver(mail)
    _wait(lambda: state() != before)


def _wait(noticed):
    deadline = time.monotonic() + 120
    while not noticed():
        assert time.monotonic() < deadline, "the server does not notice a new mail"
        time.sleep(0.05)


def _wait_for_all(inbox):
    """Until the server tells, without the folder being opened, of all that was delivered."""

    def told():
        client = inbox.imap()
        try:
            return f"MESSAGES {len(inbox.delivered)}" in str(
                client.status("INBOX", "(MESSAGES)")[1][0]
            )
        finally:
            client.logout()

    _wait(told)


def _visit_all(world, inboxes):
    """What the scheduler does: run the action of each whose turn it is, until all were heard."""
    for _turn in range(3):
        _make_due(world, inboxes)
        for inbox in inboxes:
            answer = inbox.run("cron")
            assert answer.error is None, answer.error


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_only_mailboxes_with_new_mail_are_visited(world, protocol):
    inboxes = [world.inbox(protocol, conversation(2)) for _number in range(6)]
    _visit_all(world, inboxes)
    for inbox in inboxes:
        inbox.check_exactly_once()
    _make_due(world, inboxes)
    _deliver(inboxes[3], conversation(1)[0])
    world.rows("UPDATE helpdesk_inbox SET last_success = '2020-01-01'")
    inboxes[0].run("cron")
    # all others were put off by the round
    assert _due(world, inboxes, inboxes[0]) == {inboxes[3].id}
    assert len(inboxes[3].journal()) == 2
    assert inboxes[0].account()["last_success"].year > 2020
    assert inboxes[1].account()["last_success"].year > 2020
    assert inboxes[3].account()["last_success"].year == 2020
    inboxes[3].run("cron")
    inboxes[3].check_exactly_once()


def test_what_waits_for_a_visit_is_visited(world):
    """A call by *watch*, a failure, a folder never looked at: no round puts these off."""
    inboxes = [world.inbox("imap", conversation(1)) for _number in range(7)]
    _visit_all(world, inboxes)
    called, failed, forgotten, told = inboxes[1:5]
    world.rows(
        "INSERT INTO ir_cron_trigger (cron_id, call_at) SELECT cron_id, now() AT TIME ZONE 'UTC'"
        " - interval '1 second' FROM helpdesk_inbox WHERE id = %s",
        called.id,
    )
    world.rows("UPDATE helpdesk_inbox SET failed_attempts = 1 WHERE id = %s", failed.id)
    world.rows(
        "UPDATE helpdesk_mail_folder SET visited_at = now() AT TIME ZONE 'UTC' - interval '1 hour'"
        " WHERE inbox_id = %s",
        forgotten.id,
    )
    world.rows(
        "UPDATE helpdesk_mail_folder SET pending_acknowledge = '1' WHERE inbox_id = %s", told.id
    )
    _make_due(world, inboxes)
    inboxes[0].run("cron")
    waiting = {called.id, failed.id, forgotten.id, told.id}
    assert _due(world, inboxes, inboxes[0]) == waiting


def test_a_server_that_does_not_answer_is_visited(world):
    """Its visit says what is wrong, and counts the failure."""
    inboxes = [world.inbox("imap", conversation(1)) for _number in range(5)]
    _visit_all(world, inboxes)
    world.rows("UPDATE helpdesk_inbox SET port = 1 WHERE id = %s", inboxes[2].id)
    _make_due(world, inboxes)
    inboxes[0].run("cron")
    assert _due(world, inboxes, inboxes[0]) == {inboxes[2].id}
    inboxes[2].run("cron")
    assert "Nothing answers" in inboxes[2].account()["last_error"]


def test_those_that_wait_for_a_visit_are_not_asked_again(world):
    """When much has arrived, or all are new, each visit would else begin with asking all others."""
    inboxes = [world.inbox("imap", conversation(1)) for _number in range(9)]
    _visit_all(world, inboxes)
    for inbox in inboxes:
        _deliver(inbox, conversation(1)[0])
    _make_due(world, inboxes)
    asked = 0
    for inbox in inboxes:
        answer = inbox.run("cron")
        assert answer.error is None, answer.error
        asked += sum("asked 9 mailboxes" in line.words for line in answer.log)
        asked += sum("asked 8 mailboxes" in line.words for line in answer.log)
    assert asked == 1
    for inbox in inboxes:
        inbox.check_exactly_once()
    _make_due(world, inboxes)
    answer = inboxes[0].run("cron")
    assert any("asked 9 mailboxes" in line.words for line in answer.log), "visited: asked again"


def test_two_transactions_in_each_others_way_are_no_failure(world):
    """Somebody changes an account at the wrong moment: the round gives way, the visit happens."""
    inboxes = [world.inbox("imap", conversation(1)) for _number in range(5)]
    _visit_all(world, inboxes)
    _deliver(inboxes[0], conversation(1)[0])
    _make_due(world, inboxes)
    fault = {"step": "heard", "when": "before", "action": "conflict"}
    answer = inboxes[0].run("cron", faults=[fault])
    assert answer.error is None and answer.reached["heard"] == 1, answer.error
    assert not [line for line in answer.log if line.level in ("ERROR", "CRITICAL")]
    inboxes[0].check_exactly_once()


def test_a_round_loses_nothing(world):
    """Mail that comes while the round is on, at any moment of it, becomes a ticket."""
    inboxes = [world.inbox("imap", conversation(1)) for _number in range(5)]
    _visit_all(world, inboxes)
    for turn in range(4):
        _make_due(world, inboxes)
        for number, inbox in enumerate(inboxes):
            if (number + turn) % 2:
                inbox.deliver(conversation(1)[0])
            inbox.run("cron")
        _make_due(world, inboxes)
        for inbox in inboxes:
            inbox.run("cron")
    for inbox in inboxes:
        _wait_for_all(inbox)
    _visit_all(world, inboxes)
    for inbox in inboxes:
        inbox.check_exactly_once()
