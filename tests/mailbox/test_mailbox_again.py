# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A message deleted here does not come back with the next fetch."""

from mailbox_world import SENT, mail

FOLDER = "Customers"


def test_deleted_message_stays_on_the_server_and_does_not_come_back(anna):
    anna.deliver(mail("gone@customer.example"))
    anna.deliver(mail("stays@customer.example"))
    anna.fetch()
    anna.press("action_delete", "gone@customer.example")
    assert anna.ids() == ["stays@customer.example"]
    assert anna.on_server() == {"gone@customer.example", "stays@customer.example"}
    assert anna.fetch() == {}
    # even where everything is looked at again
    anna.write(sync_start="2019-01-01")
    anna.fetch()
    assert anna.ids() == ["stays@customer.example"]


def test_not_from_another_folder_either(world):
    """Another copy of it, with other headers of transport, is the same message."""
    anna = world.mailbox(folder=FOLDER)
    anna.deliver(mail("copy@customer.example"), FOLDER)
    anna.fetch()
    anna.press("action_delete", "copy@customer.example")
    anna.deliver(
        mail("copy@customer.example", body="Good morning.\n-- \nlist", extra=["X: 1"]), SENT
    )
    anna.fetch()
    assert anna.ids() == []
    assert anna.outcomes() == {"private_deleted": 3}


def test_sent_mail_that_was_deleted(anna):
    anna.deliver(mail("s@phone", sender=anna.email, to="c@customer.example"), SENT)
    anna.fetch()
    anna.press("action_delete", "s@phone")
    anna.recreate([mail("s@phone", sender=anna.email, to="c@customer.example")], SENT)
    anna.fetch()
    assert anna.ids() == []


def test_new_uids_bring_nothing_back_and_double_nothing(world):
    """The folder is made anew on the server: all UIDs mean something else."""
    anna = world.mailbox(folder=FOLDER)
    names = [f"v{number}@customer.example" for number in range(5)]
    for name in names:
        anna.deliver(mail(name), FOLDER)
    anna.fetch()
    anna.press("action_delete", names[2])
    rows = {message["message_id"]: message["id"] for message in anna.messages()}
    new = "new@customer.example"
    anna.recreate([mail(name) for name in [new, *reversed(names)]], FOLDER)
    anna.fetch()
    assert anna.ids() == sorted([*rows, new])
    for name, row in rows.items():
        message = anna.message(name)
        assert message["id"] == row
        assert message["server_uid"].startswith(f"{anna.folder(FOLDER)['uidvalidity']}:")
    assert anna.fetch() == {}


def test_without_a_message_id(anna):
    source = mail("x").replace(b"Message-ID: <x>\r\n", b"")
    anna.deliver(source)
    anna.fetch()
    [message] = anna.messages()
    anna.world.call("helpdesk.mailbox.message", "action_delete", [[message["id"]]], user=anna.uid)
    anna.deliver(source)
    anna.fetch()
    assert anna.messages() == []


def test_its_files_are_gone(world, anna):
    part = (
        '--cut\nContent-Type: text/plain; name="a.txt"\n'
        'Content-Disposition: attachment; filename="a.txt"\n\nsecret\n--cut--'
    )
    extra = ['Content-Type: multipart/mixed; boundary="cut"']
    anna.deliver(mail("file@customer.example", body=part, extra=extra))
    anna.fetch()
    message = anna.message("file@customer.example")["id"]
    query = "SELECT id FROM ir_attachment WHERE res_model LIKE 'helpdesk.mailbox%%' AND res_id = %s"
    assert world.rows(query, message)
    anna.press("action_delete", "file@customer.example")
    assert not world.rows(query, message)
