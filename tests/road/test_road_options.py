# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Which mails are read, and what the mailbox looks like afterwards to other mail programs."""

import datetime
import imaplib

import pytest
from road_mails import conversation, mail


def _mark(inbox, message_id, flag, sign="+"):
    """Another mail program marks a mail."""
    client = inbox.imap()
    client.select(inbox.folder)
    _status, data = client.uid("SEARCH", "HEADER", "Message-ID", f"<{message_id}>")
    assert client.uid("STORE", data[0].decode(), f"{sign}FLAGS", flag)[0] == "OK"
    client.logout()


def _append(inbox, one, date):
    """A mail that arrived on ``date`` (as IMAP writes it)."""
    client = inbox.imap()
    inbox.delivered[one.message_id] = one
    assert client.append(inbox.folder, None, date, one.source)[0] == "OK"
    client.logout()


def test_read_mail_is_taken_in_as_well(world):
    """*All messages*: what a colleague opened in a mail program is not overlooked."""
    inbox = world.inbox("imap", conversation(7), mark_seen=False)
    read = [*inbox.delivered][1]
    _mark(inbox, read, r"(\Seen)")
    inbox.settle()
    inbox.check_exactly_once()
    assert {name for name, seen in inbox.on_server().items() if seen} == {read}


def test_unread_stays_unread(world):
    """Without *Mark as read*, nobody sees on the server that we were there."""
    inbox = world.inbox("imap", conversation(7), mark_seen=False)
    inbox.settle()
    inbox.check_exactly_once()
    assert not any(inbox.on_server().values())
    assert inbox.fetch() == {}


def test_marked_as_read(world):
    """With *Mark as read*, all that was taken in is read, and stays in the mailbox."""
    inbox = world.inbox("imap", conversation(7))
    inbox.settle()
    inbox.check_exactly_once()
    assert list(inbox.on_server().values()) == [True] * 7


@pytest.mark.parametrize("mark_seen", [True, False])
def test_unread_messages_only(world, mark_seen):
    """*Unread messages only* leaves read mail alone; each unread one comes once even if it "
    "stays unread."""
    inbox = world.inbox("imap", conversation(4), which="unread", mark_seen=mark_seen)
    read = mail(f"read.{mark_seen}@customer.example")
    inbox.deliver(read)
    _mark(inbox, read.message_id, r"(\Seen)")
    inbox.settle()
    assert read.message_id not in {row["message_id"] for row in inbox.journal()}
    assert inbox.fetch() == {}
    _mark(inbox, read.message_id, r"(\Seen)", sign="-")  # a colleague wants it to be a ticket
    inbox.settle()
    inbox.check_exactly_once()
    assert inbox.fetch() == {}


def test_from_a_day_on(world):
    """*Process mail from*: by the day on which the mail arrived at the server."""
    inbox = world.inbox("imap", sync_start="2026-11-10")
    old = mail("old@customer.example")
    _append(inbox, old, '"09-Nov-2026 12:00:00 +0000"')
    wanted = [mail("first.day@customer.example"), mail("later@customer.example")]
    _append(inbox, wanted[0], '"10-Nov-2026 12:00:00 +0000"')
    _append(inbox, wanted[1], '"12-Nov-2026 12:00:00 +0000"')
    inbox.settle()
    del inbox.delivered[old.message_id]
    assert inbox.on_server().pop(old.message_id) is False
    # nobody expects an answer to what came before the activation
    inbox.check_exactly_once(
        strangers={old.message_id}, not_told={one.message_id for one in wanted}
    )


def test_pop3_from_a_day_on(world):
    """By POP3 the Date of the mail decides; an older one is refused in the log and stays on "
    "the server."""
    inbox = world.inbox("pop3", sync_start="2026-11-17")
    inbox.deliver(mail("pop3.old@customer.example"))  # 16 November
    inbox.settle()
    (row,) = inbox.journal()
    assert (row["outcome"], row["reason"]) == ("ignored", "before_start")
    assert inbox.on_server().keys() == inbox.delivered.keys()
    assert inbox.fetch() == {}
    assert inbox.tickets() == []


def test_without_a_day_what_arrives_after_the_activation(world):
    """What lay there before stays alone; what arrives between the activation and the first "
    "fetch comes."""
    inbox = world.inbox("imap", sync_start=False)
    world.rows(
        "UPDATE helpdesk_inbox SET state = 'draft', active_since = NULL WHERE id = %s", inbox.id
    )
    before = mail("before.activation@customer.example")
    yesterday = datetime.datetime.now() - datetime.timedelta(days=1)
    _append(inbox, before, imaplib.Time2Internaldate(yesterday.astimezone()))
    world.odoo.value("activate", inbox=inbox.id)
    inbox.deliver(mail("after.activation@customer.example"))
    inbox.settle()
    inbox.deliver(mail("later.activation@customer.example"))
    inbox.settle()
    del inbox.delivered[before.message_id]
    inbox.check_exactly_once(strangers={before.message_id})


def test_changed_server_name_skips_nothing(world):
    """The administrator corrects the server's name; mail that came meanwhile is taken in."""
    inbox = world.inbox("imap", sync_start=False)
    inbox.settle()
    for one in conversation(3):
        inbox.deliver(one)
    inbox.settle()
    for one in conversation(3):
        inbox.deliver(one)
    inbox.write(host="localhost", password="secret")
    inbox.settle()
    inbox.check_exactly_once()
