# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The three examples of the reference document on recipients, with real mails both ways."""

import email.utils

import pytest
from post_office import BOSS, DESK, text_of

NEW_TICKET = "New ticket: "


def subjects(mails):
    """Address -> subjects of what it got, without the ticket's number."""
    return {
        address: [mail["Subject"].partition("] ")[2] for mail in found]
        for address, found in mails.items()
    }


def test_example_1_notifications_to_customers_emails(office):
    """A new address is paired; the administrator answers the notification itself."""
    new, own, billing = "one.new@home.example", "one@kunde.example", "one.bills@kunde.example"
    customer = office.customer(own)
    office.customer(billing, parent_id=customer, type="invoice")

    # "Customer sent a message from his new mail address": the ticket, the two notifications
    office.write(new, "The printer burns", "It burns.\nPlease help.")
    assert office.fetch() == {"created": 1}
    mails = office.outgoing()
    assert subjects(mails) == {
        new: ["The printer burns"],
        BOSS: [NEW_TICKET + "The printer burns"],
    }
    received, notice = mails[new][0], mails[BOSS][0]
    assert "have received your request" in " ".join(text_of(received).split())
    assert received["Auto-Submitted"] == "auto-replied"
    assert "> It burns.\n> Please help." in text_of(notice)

    # "we paired new mail address with our customer"
    office.pair(new, customer)
    (ticket,) = office.tickets(new)
    assert ticket["partner_id"][0] == customer
    assert office.outgoing() == {}

    # "when administrator directly replies on this notification message"
    office.reply(notice, BOSS, "We come at once.")
    assert office.fetch() == {"appended": 1}
    mails = office.outgoing()
    # "New message in ticket" to the paired address and to the customer's Email field, "to
    # customer's Billing email no notifications will be sent at all"
    assert mails.keys() == {new, own}
    assert [len(found) for found in mails.values()] == [1, 1]
    for (mail,) in mails.values():
        assert "We come at once." in text_of(mail)
        assert email.utils.parseaddr(mail["From"]) == ("Boris Boss", DESK)
        assert BOSS not in mail.as_string()
        assert mail["Auto-Submitted"] is None

    # and back: the customer answers from their own mailbox
    office.reply(mails[own][0], own, "Thank you, it is out.")
    assert office.fetch() == {"appended": 1}
    assert len(office.tickets(new, own)) == 1


def test_example_2_relationship_of_the_message_to_the_ticket(office):
    """Two addresses are paired to one customer: the second answers in the ticket of the first."""
    first, second = "address1@two.example", "address2@two.example"
    customer = office.customer("two@kunde.example")
    office.write(second, "An older question")
    office.write(first, "The scanner smokes")
    office.fetch()
    for address in (first, second):
        office.pair(address, customer)
    (older,), (ticket,) = office.tickets(second), office.tickets(first)
    office.outgoing()
    office.call(
        "helpdesk.ticket",
        "message_post",
        [ticket["id"]],
        user=office.boss,
        body="Open a window.",
        message_type="comment",
        subtype_xmlid="mail.mt_comment",
    )
    answer = office.outgoing()[first][0]

    # "if customer replies from address2 to ticket notification, the message will be added to the
    # existing ticket's thread"
    office.reply(answer, second, "The window is open.")
    assert office.fetch() == {"appended": 1}
    (now,) = office.tickets(first)
    assert len(now["message_ids"]) == len(ticket["message_ids"]) + 2
    (again,) = office.tickets(second)
    assert again["message_ids"] == older["message_ids"]

    # "the subject of the message shouldn't be changed, otherwise will be created a new ticket"
    office.write(second, "Something else altogether")
    assert office.fetch() == {"created": 1}
    assert len(office.tickets(second)) == 2


def test_example_3_administrator_with_a_specific_partner(office):
    """An administrator of one partner hears nothing of a new sender's ticket."""
    fields = office.call("res.users", "fields_get", ["helpdesk_partner_ids"])
    if not fields:
        pytest.skip("this version has no partner scopes")
    main = office.customer("main@partner.example", is_company=True)
    office.call("res.users", "write", [office.boss], {"helpdesk_partner_ids": [(6, 0, [main])]})
    try:
        office.write("lead@three.example", "Do you sell printers?")
        mails = office.delivered()
        assert mails.keys() == {"lead@three.example"}
        (ticket,) = office.tickets("lead@three.example")
        seen = office.call(
            "helpdesk.ticket", "search", [["id", "=", ticket["id"]]], user=office.boss
        )
        assert seen == []
    finally:
        office.call("res.users", "write", [office.boss], {"helpdesk_partner_ids": [(5,)]})
