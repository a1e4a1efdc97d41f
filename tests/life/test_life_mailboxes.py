# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Personal mailboxes in a database that has been in use for long: installed, upgraded, removed."""

import life_mailboxes
import life_world as life
import pytest

from dev import odoo

PASSWORD = "secret of a user"
FILE = (
    "Content-Type: multipart/mixed; boundary=cut\r\n\r\n--cut\r\nContent-Type: text/plain\r\n\r\n"
    "See the file.\r\n--cut\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64"
    '\r\nContent-Disposition: attachment; filename="a.pdf"\r\n\r\nJVBERi0xLjQ=\r\n--cut--\r\n'
)


def deliver(dovecot, name, number):
    source = (
        f"From: Carla <c1@kunde.example>\r\nTo: {name}@firm.example\r\n"
        f"Subject: Private {number}\r\n"
        f"Message-ID: <{name}{number}@kunde.example>\r\nMIME-Version: 1.0\r\n"
        f"Date: Mon, 02 Mar 2026 10:0{number}:00 +0100\r\n{FILE}"
    )
    dovecot.deliver(f"{name}@firm.example", source.encode())


def counts(database):
    """How many there are of what private mail leaves in a database."""
    [row] = life.sql(
        database,
        "SELECT (SELECT count(*) FROM helpdesk_mailbox), (SELECT count(*) FROM"
        " helpdesk_mailbox_message), (SELECT count(*) FROM ir_attachment WHERE res_model IN"
        " ('helpdesk.mailbox.message', 'helpdesk.sent.copy')), (SELECT count(*) FROM ir_cron"
        " WHERE cron_name LIKE 'Helpdesk mail:%%'), (SELECT count(*) FROM ir_mail_server"
        " WHERE helpdesk_account_model = 'helpdesk.mailbox')",
    )
    return dict(zip(("mailboxes", "messages", "files", "crons", "servers"), row, strict=True))


@pytest.fixture(scope="module")
def old(databases):
    """A database with the work of years, in which the add-on is installed afterwards."""
    name = databases.new("old", odoo.template_database(odoo.OCA))
    life.sql(name, "UPDATE ir_cron SET active = false")
    life.shell(name, life_mailboxes.BEFORE)
    before = life.belongings(name)
    kept = life.sql(name, "SELECT id, number, name FROM helpdesk_ticket ORDER BY id")
    assert len(kept) == 60
    log = life.run(name, "-i", "helpdesk_mail", "--stop-after-init")
    assert life.complaints(log) == []
    assert life.sql(name, "SELECT id, number, name FROM helpdesk_ticket ORDER BY id") == kept
    life.sql(name, "UPDATE ir_cron SET active = false")
    return name, before, kept


@pytest.fixture(scope="module")
def private(databases, old, dovecot_of_life, smtp_of_life):
    """The same with three mailboxes in use."""
    name = databases.new("private", old[0])
    for user in ("anna", "bert"):
        dovecot_of_life.add_user(f"{user}@firm.example", PASSWORD)
        for number in (1, 2):
            deliver(dovecot_of_life, user, number)
    dovecot_of_life.maildir("anna@firm.example", "Sent")
    log = life.shell(
        name,
        life_mailboxes.SET_UP,
        PASSWORD=PASSWORD,
        IMAP_PORT=dovecot_of_life.imap_port,
        POP3_PORT=dovecot_of_life.pop3_port,
        SMTP_PORT=smtp_of_life.port,
    )
    assert life.complaints(log) == []
    found = counts(name)
    print(f"set up in a database with data: {found}")
    assert found["mailboxes"] == 3 and found["messages"] == 7, found
    # files of mails and drafts, two originals, a copy for the Sent folder, a lost upload
    assert found["files"] == 9 and found["servers"] == 1, found
    return name


def test_upgrade_leaves_mailboxes_working(private, dovecot_of_life):
    """Passwords, messages, schedulers: all goes on where it was, twice."""
    before = counts(private)
    for _turn in range(2):
        log = life.run(private, "-u", "helpdesk_mail", "--stop-after-init")
        assert life.complaints(log) == []
        assert counts(private) == before
    for user in ("anna", "bert"):
        deliver(dovecot_of_life, user, 3)
    log = life.shell(private, life_mailboxes.GO_ON)
    assert life.complaints(log) == []
    print(f"after the upgrades: {counts(private)}")


def test_uninstall_asks_for_export_and_leaves_nothing(databases, private, old):
    name = databases.new("gone", private)
    _old, before, kept = old
    left = counts(name)
    log = life.shell(name, life_mailboxes.UNINSTALL)
    assert life.complaints(log) == []
    asked = [line for line in log.splitlines() if line.startswith(("ASKED", "TOLD"))]
    print(f"uninstalled with {left}: {asked}")
    assert asked == [
        f"ASKED 3 {left['messages']}",
        "TOLD anna@firm.example,bert@firm.example,dora@firm.example",
    ]
    query = "SELECT state FROM ir_module_module WHERE name = 'helpdesk_mail'"
    assert life.sql(name, query) == [("uninstalled",)]

    orphans = {
        "files": "SELECT res_model, res_field, name FROM ir_attachment WHERE"
        " res_model LIKE 'helpdesk.mail%%' OR res_model IN ('helpdesk.sent.copy',"
        " 'helpdesk.incoming.mail', 'helpdesk.inbox')",
        "schedulers": "SELECT cron_name FROM ir_cron WHERE cron_name LIKE 'Helpdesk mail%%'",
        "actions": "SELECT name FROM ir_act_server WHERE code LIKE '%%_cron_send()%%'"
        " OR code LIKE '%%helpdesk_mail%%'",
        "servers": "SELECT name FROM ir_mail_server",
        "names": "SELECT name FROM ir_model_data WHERE module = 'helpdesk_mail'",
        "tables": "SELECT table_name FROM information_schema.tables"
        " WHERE table_name LIKE 'helpdesk_mail%%' OR table_name LIKE 'helpdesk_sent%%'",
        "messages": "SELECT model, subject FROM mail_message WHERE model LIKE 'helpdesk.mail%%'",
        "triggers": "SELECT id FROM ir_cron_trigger WHERE cron_id NOT IN (SELECT id FROM ir_cron)",
        "parameters": "SELECT key FROM ir_config_parameter WHERE key LIKE 'helpdesk_mail%%'",
    }
    found = {what: life.sql(name, query) for what, query in orphans.items()}
    print(f"left behind: { {what: len(rows) for what, rows in found.items()} }")
    assert {what: rows for what, rows in found.items() if rows} == {}
    crons = {(*row[:2], False) for row in before["scheduled action"]}
    changed = life.changes({**before, "scheduled action": crons}, life.belongings(name))
    assert changed == []
    assert life.sql(name, "SELECT id, number, name FROM helpdesk_ticket ORDER BY id") == kept
    # and Odoo starts and works without it
    assert life.complaints(life.run(name, "--stop-after-init")) == []
