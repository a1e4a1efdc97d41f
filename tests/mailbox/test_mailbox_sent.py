# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Both directions: what the owner sends elsewhere is found in the folder of sent mail."""

from mailbox_world import SENT, mail


def sent(mailbox, message_id, **values):
    """A mail that the owner has sent from the phone."""
    values = {"to": "carla@customer.example", **values}
    mailbox.deliver(mail(message_id, sender=mailbox.email, **values), SENT)


def test_what_the_owner_sends_elsewhere_is_found(anna):
    """It stands with the address that it went to, as sent, and read."""
    sent(anna, "s1@phone", subject="Offer", to="Carla <carla@customer.example>")
    assert anna.fetch() == {"private": 1}
    message = anna.message("s1@phone")
    assert (message["direction"], message["state"]) == ("out", "sent")
    assert message["party_email"] == "carla@customer.example"
    assert message["author_user_id"] == anna.uid
    assert message["is_read"]


def test_it_stands_with_the_customer(world, anna):
    partner = world.call("res.partner", "create", [{"name": "C", "email": "c7@customer.example"}])
    anna.deliver(mail("in7@customer.example", sender="c7@customer.example"))
    sent(anna, "s7@phone", to="someone@else.example", cc="c7@customer.example")
    anna.fetch()
    assert {m["partner_id"] for m in anna.messages()} == {partner}


def test_both_directions_are_one_thread(anna):
    """A question, the answer from the phone, and the customer's reply to that."""
    anna.deliver(mail("q@customer.example"))
    sent(anna, "a@phone", answers="q@customer.example")
    anna.deliver(mail("r@customer.example", answers="a@phone"))
    anna.fetch()
    assert len({m["thread_key"] for m in anna.messages()}) == 1, "INBOX is read before Sent"
    assert len(anna.messages()) == 3


def test_thread_whatever_came_first(anna):
    """The newest is taken in first: what it answers joins it later."""
    anna.deliver(mail("z3@customer.example", answers="z2@customer.example"))
    anna.fetch()
    anna.deliver(mail("z2@customer.example", answers="z1@customer.example"))
    anna.fetch()
    anna.deliver(mail("z1@customer.example"))
    anna.deliver(mail("other@customer.example"))
    anna.fetch()
    keys = {m["message_id"]: m["thread_key"] for m in anna.messages()}
    assert keys["z1@customer.example"] == keys["z2@customer.example"] == keys["z3@customer.example"]
    assert keys["other@customer.example"] == "other@customer.example"


def test_a_mail_to_oneself_in_copy_is_one_that_was_sent(world, anna):
    """It comes back by INBOX before the phone has filed it in Sent: one message, sent."""
    partner = world.call("res.partner", "create", [{"name": "D", "email": "d8@customer.example"}])
    values = {"to": "d8@customer.example", "cc": anna.email}
    anna.deliver(mail("cc@phone", sender=anna.email, **values))
    anna.fetch()
    assert anna.message("cc@phone")["direction"] == "in"
    sent(anna, "cc@phone", **values)
    anna.fetch()
    message = anna.message("cc@phone")
    assert (message["direction"], message["partner_id"]) == ("out", partner)
    assert message["party_email"] == "d8@customer.example"
    assert message["folder_id"] == anna.folder(SENT)["id"]
    assert anna.fetch() == {}


def test_the_same_mail_in_two_folders_is_one_message(anna):
    """Whatever put it there: one message, and the journal says why."""
    source = mail("twice@customer.example")
    anna.deliver(source)
    anna.deliver(source, SENT)
    anna.fetch()
    assert anna.ids() == ["twice@customer.example"]
    assert anna.outcomes() == {"private": 1, "duplicate": 1}


def test_stranger_who_writes_in_the_owners_name(anna):
    """The address in From proves nothing: what came by INBOX is no mail that was sent."""
    anna.deliver(mail("fake@evil.example", sender=anna.email))
    anna.fetch()
    assert anna.message("fake@evil.example")["direction"] == "in"


def test_folder_of_sent_mail_that_is_gone_holds_up_nothing(anna):
    """The mailbox says so, and INBOX is read."""
    anna.write(sent_folder="Gesendet")
    anna.deliver(mail("still@customer.example"))
    answer = anna.start().finish()
    assert answer.error is None
    assert anna.ids() == ["still@customer.example"]
    assert "Gesendet" in anna.row()["last_error"]


def test_sent_mail_is_left_alone_where_the_owner_wants_that(anna):
    anna.write(read_sent=False)
    sent(anna, "s2@phone")
    assert anna.fetch() == {}
