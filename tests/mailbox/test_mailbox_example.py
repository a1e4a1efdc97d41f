# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*How it works. Example.*, with real servers: two users, a customer, and who must see nothing.

Mail goes the way that mail goes: whoever writes gives it to the SMTP server, which delivers it into
the mailboxes of a real Dovecot, where mail programs and Odoo read it.
"""

import os
import re

import pytest
from mailbox_example_world import MAILBOX, MESSAGE, PASSWORD, Person, Town, User

from dev import paths
from dev.dovecot import Dovecot
from dev.smtp_store import SmtpStore

import road_world  # isort: skip

SECRET = "heliotrope"  # stands in every private mail of these scenarios
ANSWERED = rb"\Answered"
CONTACTS = "base.group_partner_manager"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Mail server, SMTP server and Odoo."""
    road_world.drop_left_behind()
    socket_path = tmp_path_factory.mktemp("odoo") / "socket"
    dovecot = Dovecot(tmp_path_factory.mktemp("dovecot"))
    try:
        dovecot.start()
        with (
            SmtpStore(tmp_path_factory.mktemp("smtp")) as smtp,
            road_world.database(f"test_road_example_{os.getpid()}") as name,
        ):
            odoo = road_world.Odoo(name, socket_path, paths.LOG / "mailbox-example-odoo.log")
            try:
                yield Town(odoo, dovecot, smtp)
            finally:
                odoo.stop()
    finally:
        dovecot.remove()


@pytest.fixture
def anna(town):
    """The main administrator of the example: here a user without any right of one."""
    return User(town, "Anna", CONTACTS).set_up()


@pytest.fixture
def carla(town):
    """A customer: the person, and the contact."""
    return town.customer("Carla")


@pytest.fixture(scope="module")
def others(town):
    """Who has rights, and nobody's consent; they have mailboxes of their own."""
    manager = User(town, "Mia", "helpdesk_mgmt.group_helpdesk_manager", CONTACTS)
    system = User(town, "Sam", "base.group_system", "helpdesk_mgmt.group_helpdesk_manager")
    return [manager.set_up(), system.set_up()]


def see_nothing(users, partner=None):
    """Nobody of *users* finds private mail of others, by any way that counts."""
    for user in users:
        assert user.call(MESSAGE, "search_count", []) == 0
        assert user.call(MESSAGE, "web_search_read", [], {"subject": {}})["length"] == 0
        assert not user.call(MESSAGE, "formatted_read_group", [], ["mailbox_id"], ["__count"])
        assert user.call(MAILBOX, "search_count", [["user_id", "!=", user.uid]]) == 0
        assert user.call("helpdesk.mailbox.pair", "search_count", []) == 0
        files = [["res_model", "=", MESSAGE], ["res_field", "in", [False, "source"]]]
        assert user.call("ir.attachment", "search_count", files) == 0
        assert user.folder("inbox") == user.folder("sent") == user.folder("drafts") == []
        if partner:
            assert user.communication(partner) == []
        said = [["body", "ilike", SECRET]]
        assert user.call("mail.message", "search_count", said) == 0
        if user.call("mail.mail", "has_access", [], "read"):
            assert user.call("mail.mail", "search_count", [["body_html", "ilike", SECRET]]) == 0


# ----------------------------------------------------------------------
# "You can find this feature configuration in My Profile"
# ----------------------------------------------------------------------


def test_a_user_sets_up_their_mailbox(town):
    """From the address to the first mail: *Find the settings*, *Load*, *Test connection*, *Test and
    send*, *Activate*.
    """
    anna = User(town, "Anna")
    anna.begin_mailbox(email=anna.email, ca_certificate=town.dovecot.ca_file.read_text())
    dns = {"_imap._tcp.firm.example. SRV": [f"0 1 {town.dovecot.imap_port} localhost."]}
    found = town.odoo.value("find_settings", mailbox=anna.mailbox, user=anna.uid, dns=dns)
    anna.call(found["res_model"], "action_use", [found["res_id"]])
    settings = anna.settings("host", "port", "encryption", "username", "verify_certificate")
    del settings["id"]
    assert settings == {
        "host": "localhost",
        "port": town.dovecot.imap_port,
        "encryption": "starttls",
        "username": anna.email,
        "verify_certificate": True,
    }
    anna.change(password="mistyped")
    assert "refused the user name or the password" in anna.fails(
        MAILBOX, "action_test_connection", [anna.mailbox]
    )
    anna.change(password=PASSWORD)
    loaded = anna.press("action_load_folders")["params"]
    assert "The server marks this folder" in loaded["message"]
    assert anna.settings("sent_folder")["sent_folder"] == "Sent"
    assert "0 messages" in anna.press("action_test_connection")["params"]["message"]
    anna.change(**anna.own_smtp(town.smtp))
    steps = anna.send_test_mail(anna.email)
    assert "Signed in as" in steps["sign_in"]
    anna.press("action_activate")
    anna.fetch()
    [test_mail] = anna.folder()
    assert test_mail["subject"] == "Test mail of your mailbox"
    assert anna.settings("state", "has_password", "password") == {
        "id": anna.mailbox,
        "state": "active",
        "has_password": True,
        "password": False,
    }


def test_use_system_smtp(town, carla, others):
    """The system's settings are copied, its password is not; mail leaves from the user's address,
    and its copy is in the user's Sent folder.
    """
    customer, partner = carla
    server = town.call(
        "ir.mail_server",
        "create",
        [
            {
                "name": "Everybody's",
                "smtp_host": "127.0.0.1",
                "smtp_port": town.smtp.port,
                "smtp_encryption": "none",
                "smtp_user": "system-login",
                "smtp_pass": "system-password",
                "from_filter": "firm.example",
            }
        ],
    )
    try:
        anna = User(town, "Anna").set_up(sends=False)
        assert "does not send yet" in anna.fails(
            "res.partner", "action_helpdesk_send_email", [partner]
        )
        told = anna.press("action_use_system_smtp")["params"]
        assert f"sends it from {anna.email}" in told["message"]
        names = ("smtp_host", "smtp_port", "smtp_encryption", "smtp_login")
        copied = anna.settings("outgoing", *names, "smtp_username", "has_smtp_password")
        assert [copied[name] for name in ("outgoing", *names)] == [
            "system", "127.0.0.1", town.smtp.port, "none", "password",
        ]  # fmt: skip
        assert not copied["smtp_username"] and not copied["has_smtp_password"]
        anna.send_test_mail(customer.email)
        draft = anna.send_email(partner)
        anna.type_in(draft, f"By the system's server: {SECRET}.", subject="Offer")
        anna.send(draft)
        mails = customer.mails()
        [offer] = [mail for mail in mails if mail["Subject"] == "Offer"]
        assert len(mails) == 2, "the test mail, and the offer"
        assert offer["From"].addresses[0].addr_spec == anna.email
        assert offer["Return-Path"] == f"<{anna.email}>"
        assert [mail["Message-ID"] for mail in anna.mails("Sent")].count(offer["Message-ID"]) == 1
        see_nothing(others, partner)
    finally:
        town.call("ir.mail_server", "unlink", server)


# ----------------------------------------------------------------------
# "First we'll send some message [...] from some not-registered email"
# ----------------------------------------------------------------------


def test_unknown_person_is_paired_to_a_customer(town, anna, carla, others):
    _customer, partner = carla
    unknown = Person(town, "Uwe", "nowhere.example")
    unknown.write(anna.email, "First", f"Do you sell {SECRET}?")
    unknown.write(anna.email, "Second", f"I meant {SECRET}.")
    anna.fetch()
    first = anna.one("First")
    assert first["is_unknown"] and first["sender_name"] == "Uwe"
    assert anna.communication(partner) == []
    anna.dialog(anna.act(first, "action_pair"), "action_pair", partner_id=partner)
    assert [row["partner_id"][0] for row in anna.folder()] == [partner, partner]
    unknown.write(anna.email, "Third", f"Still {SECRET}?")
    anna.fetch()
    subjects = [item["subject"] for item in anna.communication(partner)]
    assert sorted(subjects) == ["First", "Second", "Third"]
    assert not any(row["is_unknown"] for row in anna.folder())
    see_nothing(others, partner)


def test_unknown_person_becomes_a_customer(town, anna, others):
    unknown = Person(town, "Nina", "new.example")
    unknown.write(anna.email, "Hello", f"I need {SECRET}.")
    anna.fetch()
    anna.dialog(anna.act(anna.one("Hello"), "action_add_customer"), "action_add")
    known = [["email", "=", unknown.email]]
    [customer] = anna.call("res.partner", "search_read", known, ["name"])
    assert customer["name"] == "Nina"
    assert anna.one("Hello")["partner_id"][0] == customer["id"]
    assert [item["subject"] for item in anna.communication(customer["id"])] == ["Hello"]
    see_nothing(others, customer["id"])


def test_unknown_person_is_blocked(town, anna):
    pest = Person(town, "Pest", "shop.example")
    friend = Person(town, "Friend", "shop.example")
    pest.write(anna.email, "Buy", "Now.")
    anna.fetch()
    told = anna.act(anna.one("Buy"), "action_block")["params"]["message"]
    assert pest.email in told
    pest.write(anna.email, "Buy more", "Now!")
    friend.write(anna.email, "Of the same domain", "Hello.")
    anna.fetch()
    assert {row["subject"] for row in anna.folder()} == {"Buy", "Of the same domain"}
    assert len(anna.mails()) == 3, "it stays on the server"
    assert anna.settings("deny_list")["deny_list"] == pest.email


def test_deleted_message_does_not_come_back(town, anna):
    Person(town, "Uwe", "nowhere.example").write(anna.email, "Away with it", "Hello.")
    anna.fetch()
    anna.act(anna.one("Away with it"), "action_delete")
    anna.fetch()
    anna.fetch()
    assert anna.folder() == []
    assert [mail["Subject"] for mail in anna.mails()] == ["Away with it"]


# ----------------------------------------------------------------------
# "Now let's test with some registered customer"
# ----------------------------------------------------------------------


def test_conversation_with_a_customer(town, anna, carla, others):
    """*Send email*; the customer gets it and replies; the reply stands under Communication."""
    customer, partner = carla
    office = f"office-{anna.email}"
    town.smtp.deliver[office] = town.dovecot.maildir(anna.email)
    anna.change(reply_to_email=office)

    draft = anna.send_email(partner)
    anna.type_in(draft, f"We have {SECRET} for 100.", subject="Our offer")
    preflight = anna.draft(draft, "preflight")["preflight"]
    for said in (f"Anna &lt;{anna.email}&gt;", customer.email, "Carla Customer", "127.0.0.1"):
        assert said in preflight
    assert "text-danger" not in preflight and "text-warning" not in preflight
    see_nothing(others, partner)
    with pytest.raises(AssertionError):
        see_nothing([anna], partner)
    anna.send(draft)

    [offer] = customer.mails()
    assert offer["From"].addresses[0].addr_spec == anna.email
    assert offer["From"].addresses[0].display_name == "Anna"
    assert offer["Sender"] is None
    assert offer["Reply-To"] == office
    assert offer["To"].addresses[0].addr_spec == customer.email
    assert re.fullmatch(r"<[^<>@\s]+@firm\.example>", offer["Message-ID"])
    for kind in ("plain", "html"):
        text = offer.get_body((kind,)).get_content()
        assert SECRET in text and re.search(r"--\s*(<br/?>)?\s*(<[^>]*>)*\s*Anna", text), text

    [copy] = anna.mails("Sent")
    assert copy["Message-ID"] == offer["Message-ID"]
    assert rb"\Seen" in anna.marks(copy["Message-ID"], "Sent")
    anna.fetch()
    anna.fetch()
    [sent] = anna.folder("sent")
    assert (sent["id"], sent["state"]) == (draft, "sent")
    assert [item["id"] for item in anna.communication(partner)] == [draft]
    assert len(anna.mails("Sent")) == 1

    reply_id = customer.answer(offer, f"{SECRET.title()} it is. Send me two.")
    anna.fetch()
    [reply] = anna.folder()
    assert (reply["subject"], reply["is_unknown"]) == ("Re: Our offer", False)
    assert reply["partner_id"][0] == partner
    assert reply["thread_key"] == sent["thread_key"]
    shown = anna.communication(partner)
    assert [(item["direction"], item["who"]) for item in shown] == [
        ("in", "Carla"),
        ("out", "Anna"),
    ]
    assert anna.marks(reply_id) == set()
    html = anna.call("helpdesk.communication", "open_message", "private", reply["id"])
    assert "Send me two" in html
    see_nothing(others, partner)

    answer = anna.reply(reply)
    assert "Send me two" in anna.draft(answer, "quote_text")["quote_text"]
    anna.type_in(answer, "They are on their way.")
    anna.send(answer)
    [answered] = [mail for mail in customer.mails() if mail["Message-ID"] != offer["Message-ID"]]
    assert answered["Subject"] == "Re: Our offer"
    assert answered["In-Reply-To"] == reply_id
    assert answered["References"].split() == [offer["Message-ID"], reply_id]
    assert anna.one("Re: Our offer")["is_answered"]
    anna.fetch()
    assert anna.marks(reply_id) == {rb"\Seen", ANSWERED}
    assert len(anna.mails("Sent")) == len(anna.folder("sent")) == 2
    assert len(anna.communication(partner)) == 3
    assert {item["subject"] for item in anna.communication(partner)} == {
        "Our offer",
        "Re: Our offer",
    }
    see_nothing(others, partner)


def test_answered_stays_here_where_marks_do_not_follow(town, anna, carla):
    customer, _partner = carla
    anna.change(sync_flags=False)
    message_id = customer.write(anna.email, "Question", f"What is {SECRET}?")
    anna.fetch()
    answer = anna.reply(anna.one("Question"))
    anna.type_in(answer, "A flower.")
    anna.send(answer)
    anna.fetch()
    assert anna.one("Question")["is_answered"]
    assert anna.marks(message_id) == set()


# ----------------------------------------------------------------------
# "In a previous steps we enabled access to our inbox for splynx admin"
# ----------------------------------------------------------------------


def test_delegate(town, anna, carla, others):
    """Nothing "if splynx admin has no configured IMAP"; then Inbox and Communication."""
    customer, partner = carla
    bert = User(town, "Bert")
    for subject in ("For Anna", "For somebody"):
        customer.write(anna.email, subject, f"About {SECRET}.")
    anna.fetch()
    see_nothing([bert, *others], partner)
    anna.change(delegate_ids=[(4, bert.uid)])
    see_nothing([bert, *others], partner)
    assert "no mailbox yet" in bert.fails("res.partner", "action_helpdesk_send_email", [partner])
    bert.begin_mailbox(
        host="127.0.0.1",
        port=town.dovecot.imap_port,
        encryption="none",
        username=bert.email,
        password=PASSWORD,
        **bert.own_smtp(town.smtp),
    )
    see_nothing([bert, *others], partner)
    bert.press("action_activate")
    assert {row["subject"] for row in bert.folder()} == {"For Anna", "For somebody"}
    assert {row["owner_id"][0] for row in bert.folder()} == {anna.uid}
    assert len(bert.communication(partner)) == 2
    assert {item["badge"] for item in bert.communication(partner)} == {"Private: Anna"}

    # as himself, which the draft proposes
    draft = bert.reply(bert.one("For somebody"))
    bert.type_in(draft, "I am Bert.")
    bert.send(draft)
    [own] = customer.mails()
    assert own["From"].addresses[0].addr_spec == bert.email
    assert own["Sender"] is None
    assert [mail["Message-ID"] for mail in bert.mails("Sent")] == [own["Message-ID"]]
    assert anna.mails("Sent") == []

    # on behalf of Anna
    draft = bert.reply(bert.one("For Anna"))
    bert.type_in(draft, "I write for Anna.", mailbox_id=anna.mailbox)
    assert "sent by Bert" in bert.draft(draft, "sender_shown")["sender_shown"]
    bert.send(draft)
    [behalf] = [mail for mail in customer.mails() if mail["Message-ID"] != own["Message-ID"]]
    assert behalf["From"].addresses[0].addr_spec == anna.email
    assert behalf["Sender"].address.addr_spec == bert.email
    assert [mail["Message-ID"] for mail in anna.mails("Sent")] == [behalf["Message-ID"]]
    assert len(bert.mails("Sent")) == 1
    assert anna.one("Re: For Anna", "sent")["on_behalf"] == "Bert on behalf of Anna"
    assert {row["is_answered"] for row in anna.folder()} == {True}
    newest = anna.communication(partner)[0]
    assert newest["who"] == "Bert on behalf of Anna"

    # each reply comes to whom it answers
    customer.answer(behalf, f"Thank you, {SECRET}.")
    customer.answer(own, "Thank you, Bert.")
    anna.fetch()
    bert.fetch()
    assert anna.one("Re: For Anna")["owner_id"][0] == anna.uid
    assert bert.one("Re: For somebody")["owner_id"][0] == bert.uid
    assert not [row for row in anna.folder() if row["subject"] == "Re: For somebody"]
    see_nothing(others, partner)

    anna.change(delegate_ids=[(3, bert.uid)])
    assert {row["owner_id"][0] for row in bert.folder()} == {bert.uid}
    assert bert.call(MAILBOX, "search_count", []) == 1


# ----------------------------------------------------------------------
# what goes wrong: a clear error, the draft kept
# ----------------------------------------------------------------------


def test_wrong_password_at_sending(town, carla, tmp_path_factory):
    """The password of the outgoing server was changed meanwhile."""
    customer, partner = carla
    with SmtpStore(tmp_path_factory.mktemp("smtp"), passwords={}) as strict:
        anna = User(town, "Anna").set_up(smtp_port=strict.port)
        draft = anna.send_email(partner)
        anna.type_in(draft, f"About {SECRET}.", subject="Offer")
        anna.send(draft)
        row = anna.draft(draft, "state", "problem", "body", "email_to")
        assert row["state"] == "failed"
        assert "refused the user name or the password" in row["problem"]
        assert SECRET in row["body"] and customer.email in row["email_to"]
        assert [one["id"] for one in anna.folder("drafts")] == [draft]
        strict.passwords[anna.email] = "renewed"
        anna.change(smtp_password="renewed")
        anna.send(draft)
    assert anna.draft(draft, "state", "problem") == {"id": draft, "state": "sent", "problem": False}


def test_message_too_large(town, carla, tmp_path_factory):
    """The server says how much it takes (SIZE): the first time after Send, then before it."""
    customer, partner = carla
    size_limit = 50_000
    with SmtpStore(tmp_path_factory.mktemp("smtp"), size_limit=size_limit) as small:
        small.deliver = town.smtp.deliver
        anna = User(town, "Anna").set_up(smtp_port=small.port)
        draft = anna.send_email(partner)
        anna.type_in(draft, f"About {SECRET}. " + "long " * 20_000, subject="Long")
        anna.send(draft)
        row = anna.draft(draft, "state", "problem", "body")
        assert row["state"] == "failed"
        assert "too large" in row["problem"]
        assert SECRET in row["body"]
        assert customer.mails() == []
        other = anna.send_email(partner)
        anna.type_in(other, "Short.", subject="Short")
        anna.send(other)
        assert [mail["Subject"] for mail in customer.mails()] == ["Short"]
        words = anna.fails(MESSAGE, "action_send", [draft])
        assert "too large" in words and "the outgoing server takes" in words
        assert anna.draft(draft, "state")["state"] == "failed"


def test_customer_is_deleted_in_the_meantime(town, anna, carla):
    """Before *Send*: the author is asked. Between *Send* and leaving: the mail leaves. Later: what
    was written is still there, and the next mail is of an *Author not found*.
    """
    customer, partner = carla
    drafts = [anna.send_email(partner) for _number in range(2)]
    for number, draft in enumerate(drafts):
        anna.type_in(draft, f"About {SECRET}.", subject=f"Offer {number}")
    queued, begun = drafts
    anna.call(MESSAGE, "action_send", [queued])
    town.call("res.partner", "unlink", [partner])
    assert "deleted in the meantime" in anna.fails(
        "res.partner", "action_helpdesk_send_email", [partner]
    )
    town.work_for(anna.mailbox)
    assert anna.draft(queued, "state")["state"] == "sent"
    asked = anna.send(begun)
    assert (asked["type"], asked["target"]) == ("ir.actions.act_window", "new")
    row = anna.draft(begun, "state", "preflight", "body", "partner_id")
    assert "Carla Customer, for whom this was begun, was deleted" in row["preflight"]
    assert (row["state"], row["partner_id"]) == ("draft", False)
    assert SECRET in row["body"]
    anna.send(begun, looked_at=True)
    # by their subjects: both may have come within one second
    mails = sorted(customer.mails(), key=lambda mail: mail["Subject"])
    assert [mail["Subject"] for mail in mails] == ["Offer 0", "Offer 1"]
    assert SECRET in anna.draft(queued, "body")["body"]
    customer.answer(mails[0], f"{SECRET}?")
    anna.fetch()
    reply = anna.one("Re: Offer 0")
    assert reply["is_unknown"]
    assert reply["thread_key"] == anna.one("Offer 0", "sent")["thread_key"]
