# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*Rules*: ordered conditions on any part of the parsed mail and its sender, with actions; for mail
from a real mail server, and for servers that fail while mail is moved.
"""

import pytest
from fault_proxy import Fault as Cut
from fault_proxy import FaultProxy
from road_mails import mail

ABOUT_INVOICES = "[('subject', 'ilike', 'invoice')]"


def _rule(inbox, **values):
    """A rule of the inbox, written by an administrator: its id."""
    made = inbox.world.odoo.value(
        "call",
        model="helpdesk.inbox.rule",
        method="create",
        args=[[{"name": "Rule", "inbox_id": inbox.id, **values}]],
        more=inbox.world.more,
    )
    return made[0] if isinstance(made, list) else made


def _mails(inbox):
    """Three mails, the second of which is about an invoice."""
    found = [
        mail(f"{number}.{inbox.user.partition('@')[0]}@customer.example", subject=subject)
        for number, subject in enumerate(("Printer", "Your invoice 17", "Scanner"))
    ]
    for one in found:
        inbox.deliver(one)
    return found


def _in_folder(inbox, folder):
    """The Message-IDs in a folder of the mailbox."""
    found = []
    for _name, header in inbox.world.dovecot.stored(inbox.user, folder):
        found.append(header.partition(b"Message-ID: <")[2].partition(b">")[0].decode())
    return sorted(found)


def _check_moved(inbox, mails):
    """Each mail is a ticket once, the invoice lies in its folder, and nothing is unaccounted."""
    printer, invoice, scanner = mails
    assert _in_folder(inbox, "Invoices") == [invoice.message_id]
    assert sorted(inbox.on_server()) == sorted([printer.message_id, scanner.message_id])
    assert [row["outcome"] for row in inbox.journal()] == ["created"] * 3
    assert len(inbox.tickets()) == 3
    assert not inbox.row_of(invoice)["on_server"]
    assert inbox.raw_of(invoice) == invoice.source, "what left its folder is kept here"
    _check_reconciled(inbox)
    assert inbox.fetch() == {}


def _check_reconciled(inbox):
    status = inbox.world.odoo.value("reconcile", email=inbox.user, more=inbox.world.more)
    assert status == 0, "something is unaccounted"


@pytest.mark.parametrize("mark_seen", [True, False])
def test_move_to_a_folder_on_the_server(world, mark_seen):
    """The folder is made; the mail is a ticket, as any other."""
    inbox = world.inbox("imap", mark_seen=mark_seen)
    _rule(inbox, domain=ABOUT_INVOICES, move_to_folder="Invoices")
    mails = _mails(inbox)
    inbox.settle()
    _check_moved(inbox, mails)
    assert "moves to the folder Invoices" in inbox.row_of(mails[1])["explanation"]
    assert list(inbox.on_server().values()) == [mark_seen] * 2


@pytest.mark.parametrize(
    ("step", "when"), [("commit batch", "after"), ("move", "before"), ("move", "after")]
)
def test_stopped_before_or_after_the_move(world, step, when):
    """What was decided is done on the next visit, once."""
    inbox = world.inbox("imap")
    _rule(inbox, domain=ABOUT_INVOICES, move_to_folder="Invoices")
    mails = _mails(inbox)
    fault = {"step": step, "when": when, "nth": 1, "action": "kill"}
    answer = inbox.start("fetch", faults=[fault]).finish()
    assert not answer.lived
    inbox.settle()
    _check_moved(inbox, mails)


@pytest.mark.parametrize(
    "cut",
    [Cut("client", rb"UID MOVE"), Cut("server", rb"OK .*Move completed")],
    ids=["before the move", "answer of the move"],
)
def test_the_connection_breaks(world, dovecot_of_road, cut):
    proxy = FaultProxy(dovecot_of_road.imap_port)
    try:
        inbox = world.inbox("imap", port=proxy.port)
        _rule(inbox, domain=ABOUT_INVOICES, move_to_folder="Invoices")
        mails = _mails(inbox)
        proxy.faults = [cut]
        answer = inbox.run("fetch")
        assert proxy.happened == 1, "the line was never cut"
        assert answer.error is None, answer.error
        assert inbox.account()["state"] == "active"
        inbox.settle()
        _check_moved(inbox, mails)
    finally:
        proxy.__exit__()


def test_a_folder_that_cannot_be_made(world):
    """It is named, the mail stays where it is, all of it is taken in, and nothing is blocked."""
    inbox = world.inbox("imap")
    _rule(inbox, domain=ABOUT_INVOICES, move_to_folder="Archive//2026")
    mails = _mails(inbox)
    assert inbox.fetch() == {"created": 3}
    account = inbox.account()
    assert account["state"] == "active"
    assert "does not make that folder" in account["last_error"]
    assert sorted(inbox.on_server()) == sorted(one.message_id for one in mails)
    problems = world.rows("SELECT * FROM helpdesk_inbox_problem WHERE inbox_id = %s", inbox.id)
    assert [problem["code"] for problem in problems] == ["move_failed"]
    assert "Archive//2026" in problems[0]["problem_values"]["folder"]
    _check_reconciled(inbox)
    # once it works again, nothing is said any more, and what could not be moved stays
    assert inbox.fetch() == {}
    assert not inbox.account()["last_error"]
    inbox.check_exactly_once()


def test_pop3_has_no_folders(world):
    """The trace says so; the mail is a ticket."""
    inbox = world.inbox("pop3")
    _rule(inbox, domain=ABOUT_INVOICES, move_to_folder="Invoices")
    _printer, invoice, _scanner = _mails(inbox)
    inbox.settle()
    inbox.check_exactly_once()
    assert "not moved" in inbox.row_of(invoice)["explanation"]


def test_actions(world):
    """*Set field, assign, tag, stop*, on mail from the server."""
    inbox = world.inbox("imap")
    tag = world.odoo.value(
        "call", model="helpdesk.ticket.tag", method="create", args=[[{"name": inbox.user}]]
    )
    _rule(
        inbox,
        sequence=1,
        domain=ABOUT_INVOICES,
        user_id=2,
        tag_ids=[[4, tag[0] if isinstance(tag, list) else tag]],
        line_ids=[[0, 0, {"field_name": "priority", "value": "High"}]],
        stop=True,
    )
    _rule(inbox, sequence=2, line_ids=[[0, 0, {"field_name": "priority", "value": "Low"}]])
    _mails(inbox)
    inbox.settle()
    inbox.check_exactly_once()
    assert [ticket["priority"] for ticket in inbox.tickets()] == ["0", "2", "0"]
    assert [bool(ticket["user_id"]) for ticket in inbox.tickets()] == [False, True, False]


def test_refuse_with_and_without_answer(world):
    """Refused mail is kept; the answer goes into the queue, once."""
    inbox = world.inbox("imap")
    (template,) = world.rows(
        "SELECT res_id FROM ir_model_data WHERE name = 'mail_template_rule_refused'"
    )
    _rule(inbox, domain=ABOUT_INVOICES, refuse="answer", answer_template_id=template["res_id"])
    _rule(inbox, domain="[('subject', '=', 'Scanner')]", refuse="silently")
    printer, invoice, scanner = _mails(inbox)
    inbox.settle()
    assert [inbox.row_of(one)["outcome"] for one in (printer, invoice, scanner)] == [
        "created",
        "ignored",
        "ignored",
    ]
    assert inbox.row_of(invoice)["reason"] == "rule_refused"
    assert inbox.raw_of(invoice) == invoice.source
    assert [inbox.row_of(one)["is_answered"] for one in (invoice, scanner)] == [True, None]
    queued = world.rows(
        "SELECT email_to, headers FROM mail_mail WHERE email_to LIKE %s", f"%{invoice.message_id}"
    )
    assert len(queued) == 1
    assert "auto-replied" in queued[0]["headers"]
