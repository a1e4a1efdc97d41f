# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Private mail that is sent from Odoo: a real Dovecot, a real SMTP server, and workers that are
killed.
"""

import itertools
import os

import mailbox_send_world as send_world
import pytest

from dev import paths
from dev.dovecot import Dovecot
from dev.smtp_store import SmtpStore

import road_world  # isort: skip

_NUMBERS = itertools.count(1)
_QUOTA = """
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = maildir:User quota
  quota_rule = *:storage=8K
}
"""


@pytest.fixture(scope="module")
def post(tmp_path_factory):
    """Mail server, SMTP server and Odoo."""
    road_world.drop_left_behind()
    socket_path = tmp_path_factory.mktemp("odoo") / "socket"
    dovecot = Dovecot(tmp_path_factory.mktemp("dovecot"), tls=False)
    try:
        dovecot.start()
        with (
            SmtpStore(tmp_path_factory.mktemp("smtp")) as smtp,
            road_world.database(f"test_road_sending_{os.getpid()}") as name,
        ):
            odoo = road_world.Odoo(name, socket_path, paths.LOG / "mailbox-sending-odoo.log")
            try:
                yield odoo, dovecot, smtp
            finally:
                odoo.stop()
    finally:
        dovecot.remove()


@pytest.fixture
def anna(post):
    """A user who has set up reading and sending."""
    odoo, dovecot, smtp = post
    smtp.refuse.clear()
    return send_world.Writer(odoo, dovecot, smtp, f"anna{next(_NUMBERS)}")


def test_what_is_sent_from_odoo_is_filed_once_and_not_met_again(anna):
    draft = anna.send()
    (stored,) = anna.left()
    assert stored.envelope_to == (send_world.CUSTOMER,)
    assert not anna.sent_folder(), "filed before it was sent"
    anna.file_copies()
    (copy,) = anna.sent_folder()
    assert copy == stored.source.replace(b"\r\n", b"\n"), "as it left"
    anna.call("helpdesk.mailbox", "write", [anna.mailbox], {"sent_folder": "Sent"})
    anna.fetch()
    assert anna.messages(("direction", "=", "out")) == [draft]
    anna.file_copies()
    assert len(anna.sent_folder()) == 1


def test_the_answer_of_the_customer_stands_in_the_thread(anna):
    draft = anna.send()
    (stored,) = anna.left()
    mail = send_world.parsed(stored.source)
    anna.dovecot.deliver(
        anna.email,
        (
            f"From: {send_world.CUSTOMER}\r\nTo: {anna.email}\r\nSubject: Re: Offer\r\n"
            f"Message-ID: <{draft}@customer.example>\r\nIn-Reply-To: {mail['Message-ID']}\r\n"
            "Date: Mon, 16 Nov 2026 10:00:00 +0000\r\n\r\nWe take it.\r\n"
        ).encode(),
    )
    anna.fetch()
    (reply,) = anna.messages(("direction", "=", "in"))
    assert (
        anna.row(reply, "thread_key")["thread_key"] == anna.row(draft, "thread_key")["thread_key"]
    )
    answer = anna.call(send_world.MESSAGE, "action_reply", [reply])["res_id"]
    anna.send(answer)
    (stored,) = anna.left()
    chain = send_world.parsed(stored.source)["References"].split()
    assert chain == [mail["Message-ID"], f"<{draft}@customer.example>"]
    assert anna.row(reply, "is_answered")["is_answered"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_sender_that_is_stopped_in_between(anna, when):
    """Nothing is sent twice by itself: a person is asked."""
    draft = anna.draft()
    anna.queue(draft)
    answer = anna.work(faults=[{"step": "private send", "when": when, "action": "kill"}])
    assert not answer.lived
    assert len(anna.left()) == (when == "after")
    assert anna.row(draft, "state")["state"] == "sending"
    anna.work()
    assert not anna.left()
    row = anna.row(draft, "state", "is_uncertain", "problem", "body", "message_id")
    assert row["state"] == "failed" and row["is_uncertain"]
    assert "may have left, or not" in row["problem"]
    assert "100" in row["body"]
    anna.send(draft)
    (again,) = anna.left()
    # the receiver's program knows it as the same mail
    assert send_world.parsed(again.source)["Message-ID"] == f"<{row['message_id']}>"
    assert anna.row(draft, "state")["state"] == "sent"


def test_what_the_provider_has_filed_has_left(anna):
    draft = anna.draft()
    anna.queue(draft)
    anna.work(faults=[{"step": "private send", "when": "after", "action": "kill"}])
    (stored,) = anna.left()
    anna.dovecot.deliver(anna.email, stored.source, "Sent")
    anna.work()
    assert not anna.left()
    row = anna.row(draft, "state", "problem", "is_uncertain")
    assert (row["state"], row["problem"], row["is_uncertain"]) == ("sent", False, False)
    anna.file_copies()
    assert len(anna.sent_folder()) == 1


def test_two_workers_send_it_once(anna):
    draft = anna.draft()
    anna.queue(draft)
    first = anna.start(
        faults=[{"step": "private send", "when": "before", "action": "pause"}]
    ).wait_until_paused()
    second = anna.work()
    assert second.lived and second.error, "another worker has it"
    # meanwhile its author looks at it, and must not be in the way
    assert anna.row(draft, "state")["state"] == "sending"
    anna.call(send_world.MESSAGE, "action_mark_unread", [draft])
    first.go()
    assert first.finish().error is None
    assert len(anna.left()) == 1
    assert anna.row(draft, "state")["state"] == "sent"


def test_a_server_that_is_down_fails_no_sending(anna):
    """The mail leaves; why it is not filed stands on it until it is."""
    anna.dovecot.stop()
    try:
        draft = anna.send()
        assert len(anna.left()) == 1
        anna.file_copies()
    finally:
        anna.dovecot.start()
    row = anna.row(draft, "state", "filing_problem")
    assert row["state"] == "sent"
    assert "Nothing answers" in row["filing_problem"]


def test_sent_folder_missing(anna):
    anna.call("helpdesk.mailbox", "write", [anna.mailbox], {"sent_folder": "No such folder"})
    draft = anna.send()
    assert len(anna.left()) == 1
    anna.file_copies()
    problem = anna.row(draft, "filing_problem")["filing_problem"]
    assert "no such folder" in problem.lower()
    next_one = anna.draft()
    preflight = anna.row(next_one, "preflight")["preflight"]
    assert "does not get into the Sent folder" in preflight


def test_full_mailbox(post, tmp_path_factory):
    """A clear error; the mail itself is sent."""
    odoo, _dovecot, smtp = post
    dovecot = Dovecot(tmp_path_factory.mktemp("full"), tls=False, extra_config=_QUOTA)
    try:
        dovecot.start()
        anna = send_world.Writer(odoo, dovecot, smtp, f"full{next(_NUMBERS)}")
        draft = anna.send(anna.draft(body=f"<p>{'long ' * 4000}</p>"))
        assert anna.row(draft, "state")["state"] == "sent"
        assert len(anna.left()) == 1
        anna.file_copies()
        assert "the mailbox is full" in anna.row(draft, "filing_problem")["filing_problem"]
    finally:
        dovecot.remove()


def test_refused_for_some_and_come_back(anna):
    anna.smtp.refuse["gone@customer.example"] = "550 5.1.1 No such user"
    draft = anna.send(anna.draft(email_to=f"{send_world.CUSTOMER}, gone@customer.example"))
    row = anna.row(draft, "state", "delivery", "problem")
    assert (row["state"], row["delivery"]) == ("sent", "partly")
    assert "gone@customer.example does not exist" in row["problem"]
    anna.left()
