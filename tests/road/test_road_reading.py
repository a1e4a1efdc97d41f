# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The reference's *Reading Settings*, each from a real mailbox to what becomes of its mail."""

import imaplib
import time

import pytest
from road_mails import conversation, mail

AGENT = "reader@staff.example"


def _deliver(inbox, folder, one):
    """A mail arrives in another folder of the mailbox."""
    inbox.world.dovecot.deliver(inbox.user, one.source, folder)


def _read_also(inbox, *names, make=True):
    """Let the inbox read further folders."""
    for name in names if make else ():
        inbox.world.dovecot.maildir(inbox.user, name)
    inbox.write(extra_folder_ids=[(0, 0, {"name": name}) for name in names])


def _of(sender, message_id, **more):
    """A mail of ``sender``."""
    one = mail(message_id, **more)
    line = f"From: Ann Other <ann.{message_id}>".encode()
    assert line in one.source
    source = one.source.replace(line, f"From: Somebody <{sender}>".encode())
    return type(one)(one.message_id, source, one.answers)


def _outcomes(inbox):
    return {row["message_id"]: (row["outcome"], row["reason"]) for row in inbox.journal()}


def _call(world, model, method, *args, **kwargs):
    return world.odoo.value(
        "call", model=model, method=method, args=list(args), kwargs=kwargs, more=world.more
    )


def _create(world, model, **values):
    found = _call(world, model, "create", [values])
    return found[0] if isinstance(found, list) else found


@pytest.fixture(scope="module")
def agent(world):
    """An agent of the helpdesk."""
    domain = [["module", "=", "helpdesk_mgmt"], ["name", "=", "group_helpdesk_user"]]
    (row,) = _call(world, "ir.model.data", "search_read", domain, ["res_id"])
    return _create(
        world,
        "res.users",
        name="Rita Reader",
        login="reader",
        email=AGENT,
        group_ids=[(4, row["res_id"])],
    )


def test_folder_mapping(world):
    """*Folder Mapping*: several folders, each with its team; none is read twice."""
    team = _create(world, "helpdesk.ticket.team", name="Billing of the road")
    inbox = world.inbox("imap")
    _read_also(inbox, "Rechnungen/Größe")
    world.dovecot.maildir(inbox.user, "Support Requests")
    # chosen in the dialog that lists what the server has
    dialog = _call(world, "helpdesk.inbox", "action_choose_folders", [inbox.id])["res_id"]
    (wizard,) = _call(world, "helpdesk.inbox.folder.choose", "read", [dialog], ["line_ids"])
    lines = _call(world, "helpdesk.inbox.folder.choose.line", "read", wizard["line_ids"])
    read = {line["name"]: line["is_read"] for line in lines}
    assert read["Rechnungen/Größe"]
    assert not read["Support Requests"]
    assert "INBOX" not in read, "it is always read"
    (line,) = (line["id"] for line in lines if line["name"] == "Support Requests")
    _call(world, "helpdesk.inbox.folder.choose.line", "write", [line], {"is_read": True})
    _call(world, "helpdesk.inbox.folder.choose", "action_apply", [dialog])
    (folder,) = world.rows(
        "SELECT id FROM helpdesk_inbox_folder WHERE inbox_id = %s AND name = 'Rechnungen/Größe'",
        inbox.id,
    )
    _call(world, "helpdesk.inbox.folder", "write", [folder["id"]], {"team_id": team})

    first, bill, request = (mail(f"{name}.folders@c.example") for name in ("in", "bill", "req"))
    inbox.deliver(first)
    _deliver(inbox, "Rechnungen/Größe", bill)
    _deliver(inbox, "Support Requests", request)
    assert inbox.settle() == [{"created": 3}]
    teams = {ticket["id"]: ticket["team_id"] for ticket in inbox.tickets()}
    assert teams[inbox.row_of(bill)["ticket_id"]] == team
    assert teams[inbox.row_of(request)["ticket_id"]] != team
    assert inbox.fetch() == {}
    later = mail("later.folders@c.example")
    _deliver(inbox, "Support Requests", later)
    assert inbox.fetch() == {"created": 1}


def test_a_folder_that_vanished_holds_up_no_other(world):
    """Its name stands in the inbox's error; what is in the others comes in; once it is back, all
    is read.
    """
    inbox = world.inbox("imap")
    _read_also(inbox, "B")
    _read_also(inbox, "Gone", make=False)
    inbox.deliver(mail("a.gone@c.example"))
    _deliver(inbox, "B", mail("b.gone@c.example"))
    assert inbox.fetch() == {"created": 2}
    account = inbox.account()
    assert account["state"] == "active"
    assert "The folder Gone was not read" in account["last_error"]
    assert account["failed_attempts"] == 0
    _deliver(inbox, "Gone", mail("c.gone@c.example"))
    assert inbox.fetch() == {"created": 1}
    assert not inbox.account()["last_error"]


def test_the_own_folder_may_vanish_as_well(world):
    inbox = world.inbox("imap", folder="Mine")
    _read_also(inbox, "B")
    assert inbox.fetch() == {}
    client = inbox.imap()
    assert client.delete("Mine")[0] == "OK"
    client.logout()
    _deliver(inbox, "B", mail("b.mine@c.example"))
    assert inbox.fetch() == {"created": 1}
    assert "The folder Mine was not read" in inbox.account()["last_error"]


def test_old_mail_of_a_new_folder(world):
    """A folder that somebody adds brings what comes from then on, not what lies there."""
    inbox = world.inbox("imap", sync_start=False)
    world.rows(
        "UPDATE helpdesk_inbox SET active_since = active_since - interval '30 days' WHERE id = %s",
        inbox.id,
    )
    old = mail("old.newfolder@c.example")
    _read_also(inbox, "Later")
    client = inbox.imap()
    date = imaplib.Time2Internaldate(time.time() - 5 * 86400)
    assert client.append("Later", None, date, old.source)[0] == "OK"
    client.logout()
    assert inbox.fetch() == {}
    _deliver(inbox, "Later", mail("new.newfolder@c.example"))
    assert inbox.fetch() == {"created": 1}


def test_killed_while_reading_the_second_folder(world):
    """Nothing is lost and nothing doubled, whichever folder was being read."""
    inbox = world.inbox("imap", conversation(4))
    _read_also(inbox, "Second")
    mails = conversation(4)
    for one in mails:
        _deliver(inbox, "Second", one)
    # the third batch is the first of the second folder
    for step, when in (("write", "after"), ("commit batch", "before")):
        fault = {"step": step, "when": when, "nth": 3, "action": "kill"}
        ended = inbox.start(faults=[fault]).finish()
        assert not ended.lived, f"{step} was not reached"
    inbox.settle()
    names = [row["message_id"] for row in inbox.journal()]
    assert sorted(names) == sorted([*inbox.delivered, *(one.message_id for one in mails)])
    outcomes = {row["outcome"] for row in inbox.journal()}
    assert outcomes == {"created", "appended"}


def test_allowed_domains(world):
    """*Allowed Domains*: others are refused, kept whole, and imported by one click."""
    inbox = world.inbox("imap", allowed_domains="company.com, support.com")
    inbox.deliver(_of("anna@company.com", "ok.allowed@c.example"))
    stranger = _of("x@evil.example", "no.allowed@c.example", body="Let me in")
    inbox.deliver(stranger)
    assert inbox.fetch() == {"created": 1, "ignored": 1}
    assert _outcomes(inbox)[stranger.message_id] == ("ignored", "domain_not_allowed")
    assert inbox.raw_of(stranger) == stranger.source
    row = inbox.row_of(stranger)["id"]
    dialog = _call(world, "helpdesk.incoming.mail", "action_import_refused", [row])["res_id"]
    _call(world, "helpdesk.mail.import", "action_import", [dialog])
    assert _outcomes(inbox)[stranger.message_id] == ("created", "imported")
    assert len(inbox.tickets()) == 2
    assert inbox.fetch() == {}


def test_exclude_auto_replies(world):
    """*Exclude Auto-Replies*: by words, by senders, and by the standard header."""
    inbox = world.inbox(
        "imap",
        auto_reply_policy="ticket",
        auto_reply_words="I am on holiday",
        auto_reply_senders="robot@c.example",
    )
    inbox.deliver(mail("words.auto@c.example", body="Hello,\nI am on holiday."))
    inbox.deliver(_of("robot@c.example", "sender.auto@c.example"))
    inbox.deliver(mail("plain.auto@c.example"))
    assert inbox.fetch() == {"created": 1, "ignored": 2}
    found = _outcomes(inbox)
    assert found["words.auto@c.example"] == ("ignored", "auto_reply_words")
    assert found["sender.auto@c.example"] == ("ignored", "auto_reply_sender")
    # on its ticket it is noted
    inbox.deliver(
        mail("late.auto@c.example", body="I am on holiday.", answers="plain.auto@c.example")
    )
    assert inbox.fetch() == {"appended": 1}
    inbox.write(auto_reply_policy="ignore")
    inbox.deliver(mail("header.auto@c.example", extra=("Auto-Submitted: auto-replied",)))
    assert inbox.fetch() == {"ignored": 1}


def test_alias_to_email(world):
    """*Alias to Email*: mail to the alias is a ticket; the answer leaves from the primary
    address.
    """
    inbox = world.inbox("imap", alias_emails="alias.of.road@example.com")
    one = mail("to.alias@c.example")
    source = one.source.replace(b"To: desk@example.com", b"To: alias.of.road@example.com")
    inbox.deliver(type(one)(one.message_id, source))
    assert inbox.fetch() == {"created": 1}
    (ticket,) = inbox.tickets()
    _call(
        world,
        "helpdesk.ticket",
        "message_post",
        [ticket["id"]],
        body="We are on it.",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
    (message,) = world.rows(
        "SELECT email_from, reply_to FROM mail_message WHERE model = 'helpdesk.ticket'"
        " AND res_id = %s AND message_type = 'comment'",
        ticket["id"],
    )
    assert f"<{inbox.user}>" in message["email_from"]
    assert inbox.user in message["reply_to"]


def test_forward_by_an_agent(world, agent):
    """The customer's ticket; the agent's words are an internal note."""
    customer = _create(world, "res.partner", name="Forwarded Fritz", email="fritz@fw.example")
    inbox = world.inbox("imap")
    body = (
        "Please have a look.\n\n---------- Forwarded message ---------\n"
        "From: Fritz <fritz@fw.example>\nDate: Sun, Nov 15, 2026 at 8:05 PM\n"
        "Subject: It smokes\nTo: <rita@staff.example>\n\n\nHelp, it smokes.\n"
    )
    one = _of(AGENT, "fwd.agent@staff.example", subject="Fwd: It smokes", body=body)
    source = one.source.replace(b"To: desk@example.com", f"To: {inbox.user}".encode())
    inbox.deliver(type(one)(one.message_id, source))
    assert inbox.fetch() == {"created": 1}
    (ticket,) = inbox.tickets()
    assert (ticket["partner_id"], ticket["partner_email"]) == (customer, "fritz@fw.example")
    assert ticket["name"] == "It smokes"
    assert "Help, it smokes" in ticket["description"]
    assert "have a look" not in ticket["description"]
    (note,) = world.rows(
        "SELECT body, is_internal FROM mail_message WHERE model = 'helpdesk.ticket'"
        " AND res_id = %s AND message_type = 'comment'",
        ticket["id"],
    )
    assert note["is_internal"]
    assert "Please have a look." in note["body"]


@pytest.mark.parametrize("policy", ["recipient", "refuse"])
def test_unregistered_senders(world, policy):
    """Accepted or refused; known ones come in either way."""
    address = f"known.{policy}@reg.example"
    _create(world, "res.partner", name="Registered", email=address)
    inbox = world.inbox("imap", unknown_policy=policy)
    inbox.deliver(_of(address, f"k.{policy}@c.example"))
    unknown = _of(f"unknown.{policy}@reg.example", f"u.{policy}@c.example")
    inbox.deliver(unknown)
    if policy == "recipient":
        assert inbox.fetch() == {"created": 2}
    else:
        assert inbox.fetch() == {"created": 1, "ignored": 1}
        assert _outcomes(inbox)[unknown.message_id] == ("ignored", "unregistered")
        # always accepted from now on, with what was refused of them
        row = inbox.row_of(unknown)["id"]
        dialog = _call(world, "helpdesk.incoming.mail", "action_accept_senders", [row])["res_id"]
        _call(world, "helpdesk.mail.accept", "write", [dialog], {"import_refused": True})
        _call(world, "helpdesk.mail.accept", "action_accept", [dialog])
        assert _outcomes(inbox)[unknown.message_id] == ("created", "imported")
        inbox.deliver(_of(f"unknown.{policy}@reg.example", f"v.{policy}@c.example"))
        assert inbox.fetch() == {"created": 1}


def test_mail_of_another_inbox_and_copies(world):
    """Mail from other inboxes of ours, and copies that several inboxes get."""
    other = world.inbox("imap")
    inbox = world.inbox("imap", other_inbox_policy="refuse")
    inbox.deliver(_of(other.user, "o.inbox@example.com"))
    assert inbox.fetch() == {"ignored": 1}
    assert _outcomes(inbox)["o.inbox@example.com"] == ("ignored", "other_inbox_sender")
    other.deliver(_of(inbox.user, "p.inbox@example.com"))
    assert other.fetch() == {"created": 1}
    copy = mail("copy.inbox@c.example")
    other.deliver(copy)
    inbox.deliver(copy)
    assert other.fetch() == {"created": 1}
    assert inbox.fetch() == {"duplicate": 1}
    accepts = world.inbox("imap", accept_copies=True)
    accepts.deliver(copy)
    assert accepts.fetch() == {"created": 1}
