# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Copies of sent mail in the Sent folder of a real Dovecot."""

import email
import email.policy

import pytest
from post_office import DESK

CUSTOMER = "anna@kunde.example"
FILE = {"xmlid": "helpdesk_mail.ir_cron_sent_copies"}


@pytest.fixture(scope="module")
def desk(office_of_session):
    """The office whose desk keeps what its people write."""
    office = office_of_session
    office.begin()
    office.call("helpdesk.inbox", "write", [office.inbox], {"sent_copy": "written"})
    return office


def copies(desk, folder="Sent"):
    """The mails in a folder of the desk's mailbox."""
    dovecot = desk.dovecot
    found = []
    for name in ("cur", "new"):
        for path in sorted((dovecot.maildir(DESK, folder) / name).iterdir()):
            found.append(email.message_from_bytes(path.read_bytes(), policy=email.policy.default))
    return found


def answer(desk, text, sender=CUSTOMER):
    desk.write(sender, f"Question before {text}")
    desk.fetch()
    ticket = desk.tickets(sender)[-1]["id"]
    desk.call(
        "helpdesk.ticket",
        "message_post",
        [ticket],
        user=desk.boss,
        body=text,
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
    return desk.outgoing()


def file_copies(desk):
    assert desk.odoo.value("scheduled", **FILE)


def waiting(desk):
    (row,) = desk.search(
        "helpdesk.inbox",
        ["id", "=", desk.inbox],
        fields=("sent_copy_waiting", "sent_copy_error"),
    )
    return row["sent_copy_waiting"], row["sent_copy_error"] or ""


def retry_now(desk):
    desk.call(
        "helpdesk.sent.copy", "write", [row["id"] for row in desk.search("helpdesk.sent.copy")],
        {"retry_at": False},
    )  # fmt: skip


def test_an_answer_is_filed_once_and_as_it_left(desk):
    before = {mail["Message-ID"] for mail in copies(desk)}
    mails = answer(desk, "We come at once")
    assert len(copies(desk)) == len(before), "filed before it was sent"
    assert waiting(desk) == (1, "")
    file_copies(desk)
    # the confirmation to the customer is no answer
    [found] = [mail for mail in copies(desk) if mail["Message-ID"] not in before]
    sent = next(mail for mail in mails[CUSTOMER] if mail["Message-ID"] == found["Message-ID"])
    assert found.as_bytes() == sent.as_bytes()
    file_copies(desk)
    assert len(copies(desk)) == len(before) + 1
    assert waiting(desk) == (0, "")


def test_what_is_there_already_is_not_filed_again(desk):
    """The provider files sent mail itself, or we crashed between the server and our commit."""
    mails = answer(desk, "Filed by the provider")
    (mail,) = [
        m for m in mails[CUSTOMER] if "Filed by" in m.as_string() and not m["Auto-Submitted"]
    ]
    desk.dovecot.deliver(DESK, mail.as_bytes(), "Sent")
    before = len(copies(desk))
    file_copies(desk)
    assert len(copies(desk)) == before
    assert waiting(desk) == (0, "")


def test_a_server_that_is_down_fails_no_sending(desk):
    """Remembered, said on the inbox, and filed once the server is back."""
    desk.dovecot.stop()
    try:
        desk.call(
            "helpdesk.ticket",
            "message_post",
            [desk.tickets(CUSTOMER)[-1]["id"]],
            user=desk.boss,
            body="Sent all the same",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        assert CUSTOMER in desk.outgoing()
        file_copies(desk)
        count, error = waiting(desk)
        assert count == 1 and "Nothing answers" in error
    finally:
        desk.dovecot.start()
    before = len(copies(desk))
    file_copies(desk)
    assert len(copies(desk)) == before, "it waits before it tries again"
    retry_now(desk)
    file_copies(desk)
    assert len(copies(desk)) == before + 1
    assert waiting(desk) == (0, "")


def test_a_folder_of_ones_own_choice(desk):
    desk.call("helpdesk.inbox", "write", [desk.inbox], {"sent_folder": "No such folder"})
    answer(desk, "Into another folder")
    file_copies(desk)
    assert "no such folder" in waiting(desk)[1].lower()
    desk.call("helpdesk.inbox", "write", [desk.inbox], {"sent_folder": False})
    retry_now(desk)
    file_copies(desk)
    assert waiting(desk) == (0, "")
