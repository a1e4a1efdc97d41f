# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The tests of this folder notice what they are there for: with a safeguard broken, they fail."""

import pytest
from road_mails import conversation

PROTOCOLS = ("imap", "pop3")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_telling_the_server_before_the_commit_is_noticed(world, protocol):
    """A crash then loses mail."""
    inbox = world.inbox(protocol, conversation(7))
    # the commit of the first batch
    nth = {"imap": 3, "pop3": 2}[protocol]
    fault = {"step": "COMMIT", "when": "before", "nth": nth, "action": "kill"}
    ended = inbox.start(faults=[fault], sabotage=["acknowledge first"]).finish()
    assert not ended.lived
    with pytest.raises(AssertionError, match="nowhere else|not taken in"):
        inbox.check_consistent()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_forgetting_the_journal_is_noticed(world, protocol):
    """A crash between commit and acknowledgement then makes tickets twice."""
    inbox = world.inbox(protocol, conversation(7))
    fault = {"step": "commit batch", "when": "after", "nth": 2, "action": "kill"}
    ended = inbox.start(faults=[fault]).finish()
    assert not ended.lived
    world.rows("UPDATE helpdesk_mail_folder SET last_uid = 0 WHERE inbox_id = %s", inbox.id)
    world.rows("DROP INDEX IF EXISTS helpdesk_incoming_mail_unique_server_uid")
    try:
        inbox.run(sabotage=["no journal check"])
        with pytest.raises(AssertionError, match="counted twice"):
            inbox.check_exactly_once()
    finally:
        world.rows("DELETE FROM helpdesk_incoming_mail WHERE inbox_id = %s", inbox.id)
        world.rows(UNIQUE)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_working_without_the_lock_is_noticed(world, protocol):
    """Two workers then take in the same mail; only the unique index stands between."""
    inbox = world.inbox(protocol, conversation(7))
    fault = {"step": "fetch", "when": "before", "nth": 2, "action": "pause"}
    first = inbox.start(faults=[fault], sabotage=["no row lock"]).wait_until_paused()
    second = inbox.run(sabotage=["no row lock"])
    first.go()
    first.finish()
    assert second.value != {}, "the second worker did not wait for the first"


UNIQUE = (
    "CREATE UNIQUE INDEX helpdesk_incoming_mail_unique_server_uid ON helpdesk_incoming_mail"
    " (folder_id, server_uid) WHERE server_uid IS NOT NULL AND folder_id IS NOT NULL"
)
