# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A user sets up their mailbox through the web client; the server is a real Dovecot."""

import itertools
import time

import pytest

MAILBOX, PASSWORD = "helpdesk.mailbox", "secret"
_NUMBERS = itertools.count(1)


class Owner:
    """A user without any special right, and their mailbox."""

    def __init__(self, world, folders=("INBOX",), **values):
        self.world = world
        number = next(_NUMBERS)
        self.email = f"owner{number}@firm.example"
        world.dovecot.add_user(self.email, PASSWORD)
        for folder in folders:
            world.dovecot.maildir(self.email, folder)
        login = {"name": f"Owner {number}", "login": f"owner{number}", "email": self.email}
        self.uid = world.odoo.value("call", model="res.users", method="create", args=[login])
        values = {
            "host": "127.0.0.1",
            "port": world.dovecot.imap_port,
            "encryption": "none",
            "username": self.email,
            "password": PASSWORD,
            **values,
        }
        self.id = self.ask(MAILBOX, "create", values)

    def ask(self, model, method, *args, **kwargs):
        """What a public method gives this user."""
        return self.world.odoo.value(
            "call", model=model, method=method, args=list(args), kwargs=kwargs, user=self.uid
        )

    def press(self, method):
        return self.ask(MAILBOX, method, [self.id])

    def fails(self, method):
        """The words of what goes wrong."""
        answer = self.world.odoo.run(
            "call", model=MAILBOX, method=method, args=[[self.id]], user=self.uid
        )
        assert answer.error, answer.value
        return answer

    def read(self, *names):
        return self.ask(MAILBOX, "read", [self.id], list(names))[0]


@pytest.fixture
def owner(setup_world):
    return Owner(setup_world, folders=("INBOX", "Sent", "Projects"))


def test_from_the_first_field_to_the_first_mail(owner):
    """*Load*, *Test connection*, *Activate*: a user does it all alone."""
    assert "0 messages" in owner.press("action_test_connection")["params"]["message"]
    owner.press("action_load_folders")
    assert owner.read("sent_folder")["sent_folder"] == "Sent"
    owner.press("action_activate")
    owner.world.dovecot.deliver(
        owner.email,
        b"From: Carla <carla@customer.example>\r\nSubject: Hello\r\n"
        b"Message-ID: <first@customer.example>\r\n\r\nGood morning.\r\n",
    )
    deadline = time.monotonic() + 120
    while not owner.read("message_count")["message_count"]:
        owner.press("action_fetch_now")
        assert time.monotonic() < deadline, owner.read("last_error")
    found = owner.read("state", "message_count", "unread_count", "last_error")
    assert (found["state"], found["message_count"], found["unread_count"]) == ("active", 1, 1)


def test_sent_folder_by_its_name_in_another_language(setup_world):
    found = Owner(setup_world, folders=("INBOX", "Gesendete Elemente"))
    title = found.press("action_load_folders")["params"]["title"]
    assert "Gesendete Elemente" in title


def test_sent_folder_that_the_server_marks(setup_world):
    """The mark goes before the name."""
    found = Owner(setup_world, folders=("INBOX", "Sent", "Elsewhere"))
    found.press("action_load_folders")
    assert found.read("sent_folder")["sent_folder"] == "Elsewhere"


def test_sent_folder_missing(setup_world):
    """A clear answer: the folders that there are, to choose from."""
    found = Owner(setup_world, folders=("INBOX", "Projects"))
    action = found.press("action_load_folders")
    assert action["res_model"] == "helpdesk.mailbox.folders"
    lines = found.ask("helpdesk.mailbox.folders.line", "search_read", [], ["name"])
    names = {line["name"] for line in lines}
    assert {"INBOX", "Projects"} <= names
    assert "Sent" not in names
    assert not found.read("sent_folder")["sent_folder"]


def test_sent_folder_that_went_away(owner):
    owner.ask(MAILBOX, "write", [owner.id], {"sent_folder": "Gone"})
    assert "has no folder Gone" in owner.fails("action_activate").error["words"]


def test_wrong_password(owner):
    owner.ask(MAILBOX, "write", [owner.id], {"password": "wrong"})
    for method in ("action_test_connection", "action_load_folders", "action_activate"):
        answer = owner.fails(method)
        assert "refused the user name or the password" in answer.error["words"]
        # the log is not the owner's
        said = "\n".join(line.words for line in answer.log)
        assert owner.email not in said
    assert owner.read("state")["state"] == "draft"


def test_password_that_was_changed_on_the_server(owner):
    """The owner is told, once, and nobody reads why in the notification."""
    world = owner.world
    owner.press("action_activate")
    world.dovecot.change_password(owner.email, "another")
    answer = world.odoo.run(
        "call", model=MAILBOX, method="action_fetch_now", args=[[owner.id]], user=owner.uid
    )
    said = "\n".join(line.words + line.trace for line in answer.log)
    assert "failed: credentials" in said
    assert owner.email not in said
    assert "127.0.0.1" not in said
    found = owner.read("state", "last_error")
    assert found["state"] == "failed"
    assert "refused" in found["last_error"]
    notices = world.rows(
        "SELECT message.subject, message.body, notification.res_partner_id"
        " FROM mail_message message JOIN mail_notification notification"
        " ON notification.mail_message_id = message.id"
        " JOIN res_users owner ON owner.partner_id = notification.res_partner_id"
        " WHERE owner.id = %s",
        owner.uid,
    )
    assert len(notices) == 1
    assert "127.0.0.1" not in notices[0]["body"]
    assert owner.email not in notices[0]["body"]
    # the new one, entered
    owner.ask(MAILBOX, "write", [owner.id], {"password": "another"})
    owner.press("action_fetch_now")
    found = owner.read("state", "last_error")
    assert (found["state"], found["last_error"]) == ("active", False)


def test_round_of_questions_includes_mailboxes(setup_world):
    """All mailboxes that are due are asked at once; only those with something new are visited."""
    world = setup_world
    owners = [Owner(world) for _number in range(5)]
    ids = [owner.id for owner in owners]
    for owner in owners:
        owner.press("action_activate")

    def make_due():
        # those of other tests are not asked
        world.rows(
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'"
            " WHERE cron_name LIKE 'Helpdesk mail:%%'"
        )
        world.rows(
            "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE id = ANY(SELECT cron_id FROM helpdesk_mailbox WHERE id = ANY(%s))",
            ids,
        )
        world.rows("DELETE FROM ir_cron_trigger")

    def due(running):
        rows = world.rows(
            "SELECT mailbox.id FROM helpdesk_mailbox mailbox JOIN ir_cron cron"
            " ON cron.id = mailbox.cron_id WHERE mailbox.id = ANY(%s)"
            " AND cron.nextcall <= now() AT TIME ZONE 'UTC'",
            ids,
        )
        # the action that has just run is put off by the scheduler, by one turn or by two
        return {row["id"] for row in rows} - {running.id}

    def run(owner):
        answer = world.odoo.run("cron", inbox=owner.id, model=MAILBOX)
        assert answer.error is None, answer.error

    for _turn in range(3):
        make_due()
        for owner in owners:
            run(owner)
    make_due()
    run(owners[0])
    assert due(owners[0]) == set(), "put off by the round"
    states = {owner.read("state")["state"] for owner in owners}
    assert states == {"active"}
