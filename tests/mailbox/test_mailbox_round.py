# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Rounds of questions with personal mailboxes: new mail, and read marks, are noticed by them."""

import pytest
from mailbox_world import mail


def make_due(world, mailboxes):
    world.rows(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' - interval '1 minute' WHERE id ="
        " ANY(SELECT cron_id FROM helpdesk_mailbox WHERE id = ANY(%s))",
        [mailbox.id for mailbox in mailboxes],
    )
    world.rows("DELETE FROM ir_cron_trigger")


def due(world, mailboxes):
    """Those that still wait for a visit."""
    rows = world.rows(
        "SELECT mailbox.id FROM helpdesk_mailbox mailbox JOIN ir_cron cron"
        " ON cron.id = mailbox.cron_id WHERE mailbox.id = ANY(%s)"
        " AND cron.nextcall <= now() AT TIME ZONE 'UTC'",
        [mailbox.id for mailbox in mailboxes],
    )
    return {row["id"] for row in rows}


@pytest.fixture
def crowd(world):
    """Six mailboxes in which nothing is new."""
    # those of other tests are not asked
    world.rows("UPDATE ir_cron SET active = false WHERE cron_name LIKE 'Helpdesk mail:%%'")
    mailboxes = world.mailboxes(6, sync_flags=True)
    for mailbox in mailboxes:
        mailbox.deliver(mail("r@x"))
    for _turn in range(2):
        make_due(world, mailboxes)
        for mailbox in mailboxes:
            mailbox.cron()
    make_due(world, mailboxes)
    return mailboxes


def test_nothing_new_is_not_visited(world, crowd):
    crowd[0].cron()
    assert due(world, crowd) <= {crowd[0].id}


def test_new_mail_in_either_folder_is_visited(world, crowd):
    with crowd[2].imap() as client:
        client.append("INBOX", None, None, mail("new@x"))
    with crowd[4].imap() as client:
        client.append("Sent", r"(\Seen)", None, mail("sent@x", sender=crowd[4].email))
    crowd[0].cron()
    assert due(world, crowd) - {crowd[0].id} == {crowd[2].id, crowd[4].id}


def test_mark_set_elsewhere_is_noticed(world, crowd):
    crowd[3].mark("r@x", r"\Flagged")
    crowd[0].cron()
    assert due(world, crowd) - {crowd[0].id} == {crowd[3].id}
    crowd[3].cron()
    assert crowd[3].message("r@x")["is_starred"]


def test_mark_set_here_is_told(world, crowd):
    """A visit is due although the server has nothing new."""
    crowd[1].press("action_mark_read", "r@x")
    crowd[0].press("action_mark_read", "r@x")
    make_due(world, crowd)
    crowd[0].cron()
    assert crowd[1].id in due(world, crowd)
    assert crowd[0].marks("r@x") == {rb"\Seen"}
    crowd[1].cron()
    assert crowd[1].marks("r@x") == {rb"\Seen"}


def test_not_while_the_first_reading_goes_on(world, crowd):
    world.rows(
        "UPDATE helpdesk_mail_folder SET older_uid = 1 WHERE mailbox_id = %s AND name = 'INBOX'",
        crowd[5].id,
    )
    crowd[0].cron()
    assert crowd[5].id in due(world, crowd)
