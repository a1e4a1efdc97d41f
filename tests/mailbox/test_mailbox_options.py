# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The settings of *My profile > Mailbox*, by what they do with a real mail server."""

import ast
import base64

from mailbox_world import MESSAGE, mail


def test_deny_list(anna):
    """A list of addresses and domains that are ignored, one a line."""
    anna.write(deny_list="news@shop.example\nspam.example\n")
    anna.deliver(mail("d1@x", sender="News <news@shop.example>"))
    anna.deliver(mail("d2@x", sender="anybody@spam.example"))
    anna.deliver(mail("d3@x", sender="help@shop.example"))
    anna.fetch()
    assert anna.ids() == ["d3@x"]
    assert anna.outcomes() == {"private_denied": 2, "private": 1}
    assert anna.on_server() == {"d1@x", "d2@x", "d3@x"}


def test_block(anna):
    """*Block*: what is here stays, and no more of it is taken in."""
    anna.deliver(mail("b1@x", sender="Pest <pest@shop.example>"))
    anna.fetch()
    anna.press("action_block", "b1@x")
    anna.deliver(mail("b2@x", sender="pest@shop.example"))
    anna.fetch()
    assert anna.ids() == ["b1@x"]


def test_old_messages_from_a_date(anna):
    """*Process old messages*: by the day on which they arrived on the server."""
    anna.write(sync_start="2024-06-01")
    for name, day in (("old", "31-May-2024"), ("first", "01-Jun-2024"), ("new", "02-Jul-2025")):
        with anna.imap() as client:
            client.append("INBOX", None, f'"{day} 12:00:00 +0000"', mail(f"{name}@x"))
    anna.fetch()
    assert anna.ids() == ["first@x", "new@x"]


def test_without_a_date_from_the_activation_on(world):
    anna = world.mailbox(active=False, sync_start=False)
    with anna.imap() as client:
        client.append("INBOX", None, '"01-Jun-2024 12:00:00 +0000"', mail("before@x"))
    anna.call("action_activate")
    anna.deliver(mail("after@x"))
    anna.fetch()
    assert anna.ids() == ["after@x"]


def test_unread_messages_alone(anna):
    anna.write(which="unread")
    with anna.imap() as client:
        client.append("INBOX", r"(\Seen)", None, mail("read@x"))
        client.append("INBOX", None, None, mail("unread@x"))
    anna.fetch()
    assert anna.ids() == ["unread@x"]
    assert anna.fetch() == {}


def test_mark_as_read(anna):
    """On the server, once it is safely here; here it is unread until somebody reads it."""
    anna.write(mark_seen=True)
    anna.deliver(mail("m@x"))
    anna.fetch()
    assert anna.marks("m@x") == {rb"\Seen"}
    assert not anna.message("m@x")["is_read"]


def test_left_unread_otherwise(anna):
    anna.deliver(mail("u@x"))
    anna.fetch()
    assert anna.marks("u@x") == set()


def test_processing_that_is_switched_off(anna):
    anna.write(fetch_enabled=False)
    anna.deliver(mail("off@x"))
    assert anna.fetch() == {}
    assert anna.messages() == []


def test_too_large_mail(anna):
    """Of a larger mail its beginning is here; the whole stays on the server."""
    anna.write(max_size_mb=1)
    anna.deliver(mail("big@x", body="x" * 70 + "\n" + "y" * 1_500_000))
    anna.fetch()
    message = anna.message("big@x")
    assert message["is_truncated"] and message["size"] > 1_500_000
    assert len(message["body"]) < 200_000


def test_pop3(world):
    """POP3 deletes what is safely here, and the original is kept with the message."""
    anna = world.mailbox("pop3")
    source = mail("p@x", body="Over POP3.")
    anna.deliver(source)
    assert anna.fetch() == {"private": 1}
    assert anna.on_server() == set()
    message = anna.message("p@x")["id"]
    [read] = world.call(MESSAGE, "read", [[message], ["source", "subject"]], user=anna.uid)
    # bytes, as JSON has them
    assert base64.b64decode(ast.literal_eval(read["source"])) == source
    anna.press("action_delete", "p@x")
    assert not world.rows(
        "SELECT id FROM ir_attachment WHERE res_id = %s AND res_model = %s", message, MESSAGE
    )


def test_pop3_deletes_nothing_that_is_not_kept_here(world):
    """What the owner does not want here is not ours to destroy."""
    anna = world.mailbox("pop3", deny_list="spam.example", max_size_mb=1)
    anna.deliver(mail("no@x", sender="anybody@spam.example"))
    anna.deliver(mail("large@x", body="y" * 1_500_000))
    anna.deliver(mail("yes@x"))
    anna.fetch()
    assert anna.fetch() == {}
    assert anna.ids() == ["large@x", "yes@x"]
    assert anna.on_server() == {"no@x", "large@x"}
    anna.press("action_delete", "yes@x")
    anna.deliver(mail("yes@x"))
    anna.fetch()
    assert anna.ids() == ["large@x"]
    assert "yes@x" in anna.on_server()


def test_pop3_mail_that_its_owner_deletes(world):
    """The original goes with its message, however it is deleted; what others look into stays."""
    anna = world.mailbox("pop3")
    bert = world.mailbox("pop3")
    for number in range(4):
        anna.deliver(mail(f"{number}@x"))
    bert.deliver(mail("b@x"))
    anna.fetch()
    bert.fetch()
    ids = {number: anna.message(f"{number}@x")["id"] for number in range(4)}
    originals = (
        "SELECT res_id FROM ir_attachment WHERE res_model = %s AND res_field = 'source'"
        " AND res_id = ANY(%s) ORDER BY res_id"
    )
    theirs = [*ids.values(), bert.message("b@x")["id"]]
    assert [row["res_id"] for row in world.rows(originals, MESSAGE, theirs)] == sorted(theirs)

    # the web client's way, the button's, and several at once
    world.call(MESSAGE, "unlink", [[ids[0]]], user=anna.uid)
    anna.press("action_delete", "1@x")
    world.call(MESSAGE, "unlink", [[ids[2], ids[3]]], user=anna.uid)
    assert anna.messages() == []
    left = [row["res_id"] for row in world.rows(originals, MESSAGE, theirs)]
    assert left == [bert.message("b@x")["id"]]
    refused = world.odoo.run("call", model=MESSAGE, method="unlink", args=[left], user=anna.uid)
    assert refused.error["type"] == "AccessError"
    assert bert.messages()
    for number in range(4):
        anna.deliver(mail(f"{number}@x"))
    anna.fetch()
    assert anna.messages() == [], "deleted is deleted"
    assert len(anna.on_server()) == 4, "and not ours to delete on the server"


def test_journal_names_nobody(anna):
    """Of private mail the journal holds no address, no subject, no word."""
    anna.deliver(mail("j@customer.example", subject="Heliotrope", body="Heliotrope"))
    anna.fetch()
    text = str([dict(row) for row in anna.journal()]).lower()
    assert "heliotrope" not in text and "customer.example" not in text
