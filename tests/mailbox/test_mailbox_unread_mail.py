# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A private message that cannot be read: the server keeps it, and its owner may try again."""

import pytest
from mailbox_world import mail

BROKEN = {"step": "private parse", "when": "before", "action": "raise", "holding": "X-Broken"}
EXTRA = ["X-Broken: heliotrope"]


def deliver(mailbox):
    mailbox.deliver(mail("one@x"))
    mailbox.deliver(mail("bad@x", extra=EXTRA, subject="Heliotrope"))
    mailbox.deliver(mail("two@x"))


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_it_holds_up_no_other_and_is_tried_again(world, protocol):
    anna = world.mailbox(protocol)
    deliver(anna)
    answer = anna.start(faults=[BROKEN], batch=10).finish()
    assert answer.error is None
    assert answer.value == {"private": 2, "quarantined": 1}
    assert anna.ids() == ["one@x", "two@x"]
    assert "bad@x" in anna.on_server()
    assert anna.read("quarantined_count")["quarantined_count"] == 1
    assert anna.fetch() == {}, "it is not tried each minute"
    told = anna.call("action_retry_quarantined")["params"]
    assert (told["type"], told["message"]) == ("success", "1 read, 0 still not.")
    assert anna.ids() == ["bad@x", "one@x", "two@x"]
    assert anna.read("quarantined_count")["quarantined_count"] == 0
    anna.fetch()
    assert ("bad@x" in anna.on_server()) == (protocol == "imap")
    assert anna.ids() == ["bad@x", "one@x", "two@x"]


def test_nothing_of_it_is_in_the_log_or_the_journal(anna):
    deliver(anna)
    answer = anna.start(faults=[BROKEN]).finish()
    text = " ".join(f"{line.words} {line.trace}" for line in answer.log) + str(anna.journal())
    assert "heliotrope" not in text.lower() and "bad@x" not in text


def test_still_broken(anna):
    deliver(anna)
    anna.start(faults=[BROKEN]).finish()
    told = anna.call("action_retry_quarantined", faults=[BROKEN])["params"]
    assert (told["type"], told["message"]) == ("warning", "0 read, 1 still not.")
    assert anna.read("quarantined_count")["quarantined_count"] == 1


def test_gone_from_the_server(anna):
    deliver(anna)
    anna.start(faults=[BROKEN]).finish()
    with anna.imap() as client:
        client.store("2", "+FLAGS", r"(\Deleted)")
        client.expunge()
    told = anna.call("action_retry_quarantined")["params"]
    assert told["message"] == "0 read, 0 still not. 1 are no longer on the server."
    assert anna.read("quarantined_count")["quarantined_count"] == 0


def test_nobody_else_tries(world, anna):
    deliver(anna)
    anna.start(faults=[BROKEN]).finish()
    bert = world.mailbox()
    answer = world.odoo.run(
        "call",
        model="helpdesk.mailbox",
        method="action_retry_quarantined",
        args=[[anna.id]],
        user=bert.uid,
    )
    assert answer.error["type"] == "AccessError"
