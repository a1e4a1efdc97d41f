# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The options of *Replies* and of *Templates*, with real mails both ways."""

import contextlib
import itertools

from post_office import BOSS, text_of

_NUMBERS = itertools.count(1)
MARK = "data-o-mail-quote"


@contextlib.contextmanager
def inbox_with(office, **values):
    """The inbox with some settings, for a while."""
    (before,) = office.call("helpdesk.inbox", "read", [office.inbox], list(values), load=None)
    office.call("helpdesk.inbox", "write", [office.inbox], values)
    try:
        yield
    finally:
        del before["id"]
        office.call("helpdesk.inbox", "write", [office.inbox], before)


def opened(office, **headers):
    """A customer's address, the mails about their new ticket, and the ticket."""
    sender = f"reply{next(_NUMBERS)}@replies.example"
    office.write(sender, "The printer burns", **headers)
    mails = office.delivered()
    (ticket,) = office.tickets(sender)
    return sender, mails, ticket


def read(office, ticket, *fields):
    """The fields of a ticket."""
    (row,) = office.call("helpdesk.ticket", "read", [ticket["id"]], list(fields), load=None)
    return row


def last_message(office, ticket):
    """The newest mail of a ticket."""
    return office.search(
        "mail.message",
        ("model", "=", "helpdesk.ticket"),
        ("res_id", "=", ticket["id"]),
        ("message_type", "=", "email"),
        fields=("body", "is_internal"),
    )[-1]


def quoting(mail, words):
    """The text of an answer as mail programs write it: the whole mail quoted below."""
    lines = text_of(mail).strip().split("\n")
    return "\n".join(
        [words, "", "On Mon, 2 Mar 2026 at 10:00, Support wrote:", *(f"> {line}" for line in lines)]
    )


def test_quoted_text_folded_rather_than_removed(office):
    """*Fold quoted text* on and off, *Fold signatures* on and off."""
    sender, mails, ticket = opened(office)
    received = mails[sender][0]
    text = quoting(received, "It still burns.\n\n-- \nAnna\nTel. 12")
    for values, folded, signed in (
        ({}, True, False),
        ({"detect_signatures": False}, True, True),
        ({"fold_quotes": False}, False, True),
    ):
        with inbox_with(office, **(values or {"fold_quotes": True})):
            office.reply(received, sender, text)
            assert office.fetch() == {"appended": 1}
        body = last_message(office, ticket)["body"]
        assert "have received your request" in " ".join(body.split()), "nothing is removed"
        assert (MARK in body) == folded
        seen = body.partition(MARK)[0]
        assert ("have received" in " ".join(seen.split())) != folded
        assert ("Tel. 12" in seen) == signed


def test_commands_of_agents_by_mail(office):
    """*Commands by mail*: of an agent they are carried out and not sent, of a customer never."""
    with inbox_with(office, mail_commands=True):
        sender, mails, ticket = opened(office)
        office.reply(mails[BOSS][0], BOSS, "#note\n#assign me\n#priority urgent\nHe is angry.")
        assert sender not in office.delivered()
        assert last_message(office, ticket)["is_internal"]
        row = read(office, ticket, "user_id", "priority", "stage_id")
        assert (row["user_id"], row["priority"]) == (office.boss, "3")
        office.reply(mails[sender][0], sender, "#stage Done\n#spam")
        office.delivered()
        assert read(office, ticket, "stage_id") == {"id": row["id"], "stage_id": row["stage_id"]}
        office.reply(mails[BOSS][0], BOSS, "We are done.\n\n#close")
        mails = office.delivered()[sender]
        assert any("We are done." in text_of(mail) for mail in mails)
        assert not any("#close" in text_of(mail) for mail in mails)
        assert read(office, ticket, "closed")["closed"]


def test_commands_are_off(office):
    """As long as nobody wants them, such a line is text like any other."""
    sender, mails, ticket = opened(office)
    office.reply(mails[BOSS][0], BOSS, "#close")
    assert "#close" in text_of(office.delivered()[sender][0])
    assert not read(office, ticket, "closed")["closed"]


def test_cc_as_followers_or_not(office):
    """*Others in To and Cc*: they follow, are noted, or neither."""
    friend = f"friend{next(_NUMBERS)}@replies.example"
    partner = office.customer(friend)
    for policy, follows, noted in (
        ("keep", True, True),
        ("followers", False, True),  # nobody knows who wrote
        ("note", False, True),
        ("ignore", False, False),
    ):
        with inbox_with(office, cc_policy=policy):
            _sender, _mails, ticket = opened(office, Cc=friend)
        row = read(office, ticket, "message_partner_ids", "email_cc")
        assert (partner in row["message_partner_ids"]) == follows, policy
        assert (friend in (row["email_cc"] or "")) == noted, policy


def test_policy_for_closed_tickets(office):
    """*Reply to a closed ticket*: reopen it, or open a linked one."""
    (stage,) = office.search("helpdesk.ticket.stage", ("closed", "=", True))[:1]
    for policy, count in (("reopen", 1), ("follow_up", 2)):
        with inbox_with(office, closed_policy=policy):
            sender, mails, ticket = opened(office)
            office.call("helpdesk.ticket", "write", [ticket["id"]], {"stage_id": stage["id"]})
            office.outgoing()
            office.reply(mails[sender][0], sender)
            office.delivered()
        assert len(office.tickets(sender)) == count
        assert read(office, ticket, "closed")["closed"] == (policy == "follow_up")


def test_ticket_number_pattern(office):
    """*Ticket number in subjects*: what we send carries it; what comes with it alone is found."""
    with inbox_with(office, subject_tag="Case {number}:"):
        sender, mails, ticket = opened(office)
        subject = mails[sender][0]["Subject"]
        assert subject.startswith(f"Case {ticket['number']}:")
        office.write(sender, f"Re: {subject}")
        assert office.fetch() == {"appended": 1}


def test_variables_in_templates(office):
    """*Templates with $variable placeholders*: what the customer gets holds their values."""
    (row,) = office.call(
        "helpdesk.inbox", "read", [office.inbox], ["request_received_template_id"], load=None
    )
    template = office.call("mail.template", "copy", [row["request_received_template_id"]])
    office.call(
        "mail.template",
        "write",
        template,
        {"subject": "$ticket_subject: $stage", "body_html": "<p>Dear $customer_name, $$5.</p>"},
    )
    (template,) = template if isinstance(template, list) else (template,)
    with inbox_with(office, request_received_template_id=template):
        sender, mails, ticket = opened(office)
    mail = mails[sender][0]
    assert mail["Subject"].endswith("The printer burns: New")
    assert "Dear Somebody, $5." in text_of(mail)
