# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Installed, upgraded, copied, served, removed and installed again."""

import subprocess
import zipfile

import life_world as life
import pytest

from dev import odoo, paths, ports

# in the copy of a database that somebody may only play with
PLAY = """
from odoo.exceptions import UserError

inboxes = env["helpdesk.inbox"].with_context(active_test=False).search([("kind", "=", "mailbox")])
assert len(inboxes) == 3
for inbox in inboxes:
    inbox.fetch()
    inbox.action_fetch_now()
    inbox._helpdesk_mail_cron_fetch()
    if inbox.active:
        try:
            inbox.action_activate()
        except UserError:
            continue
        raise AssertionError("activated without a server")
pushed = env["helpdesk.inbox"].search([("email", "=", "push@example.com")])
assert not pushed._check_push_token(TOKEN)
source = b"From: a@b.example\\r\\nTo: push@example.com\\r\\nSubject: x\\r\\n\\r\\nx"
try:
    env["mail.thread"].message_process(None, source)
except ValueError:
    pass  # for nobody
else:
    raise AssertionError("the gateway took it in")
ticket = env["helpdesk.ticket"].search([("inbox_id", "in", inboxes.ids)], limit=1)
ticket.with_user(env.ref("base.user_admin")).message_post(
    body="We are still on our way.", message_type="comment", subtype_xmlid="mail.mt_comment"
)
ticket._helpdesk_mail_notify("request_received")
env.cr.commit()
assert env["mail.mail"].search_count([("state", "=", "outgoing")]) > 2
env["mail.mail"].process_email_queue()
assert not env["mail.mail"].search_count([("state", "=", "sent")])
env.cr.commit()
"""


OUR_MODELS = [
    "helpdesk.inbox",
    "helpdesk.inbox.folder",
    "helpdesk.incoming.mail",
    "helpdesk.mail.account",
    "helpdesk.mail.folder",
    "helpdesk.inbox.push.token",
]


def state(database):
    """What Odoo thinks of the add-on."""
    query = "SELECT state FROM ir_module_module WHERE name = 'helpdesk_mail'"
    return life.sql(database, query)[0][0]


def test_install(installed):
    name, _before, log = installed
    assert state(name) == "installed"
    assert life.complaints(log) == []
    assert life.sql(name, "SELECT count(*) FROM helpdesk_inbox") == [(0,)]


def test_install_with_demo_data(databases):
    # the base that the demo database is made from, so that it is there already
    template = odoo.template_database(["contacts", *odoo.OCA], demo=True)
    name = databases.new("demo", template)
    log = life.run(name, "-i", "helpdesk_mail", "--with-demo", "--stop-after-init")
    assert state(name) == "installed"
    assert life.complaints(log) == []
    inboxes = life.sql(name, "SELECT email, state FROM helpdesk_inbox")
    assert inboxes == [("support@example.com", "draft")]


def test_upgrade_changes_nothing(installed):
    name, before, _log = installed
    first = life.belongings(name)
    assert life.changes(before, first), "what is compared holds nothing of ours"
    for _turn in range(2):
        log = life.run(name, "-u", "helpdesk_mail", "--stop-after-init")
        assert life.complaints(log) == []
        assert life.changes(first, life.belongings(name)) == []


def test_uninstall_and_install_again(databases, installed, in_use):
    _name, before, _log = installed
    name = databases.new("removed", in_use)
    kept = (
        "SELECT id, number, name, description, stage_id, partner_email FROM helpdesk_ticket"
        " ORDER BY id",
        "SELECT id, res_id, body, message_id, author_id, email_from FROM mail_message"
        " WHERE model = 'helpdesk.ticket' ORDER BY id",
    )
    tickets, messages = (life.sql(name, query) for query in kept)
    assert len(tickets) == 2
    assert len(messages) >= 4

    log = life.module(name, "uninstall")
    assert state(name) == "uninstalled"
    assert life.complaints(log) == []
    assert [life.sql(name, query) for query in kept] == [tickets, messages]
    after = life.belongings(name)
    # the fixture switched the others off
    crons = {(*row[:2], False) for row in before["scheduled action"]}
    assert life.changes({**before, "scheduled action": crons}, after) == []
    for table, column in (
        ("ir_attachment", "res_model"),
        ("mail_message", "model"),
        ("mail_followers", "res_model"),
        ("mail_activity", "res_model"),
        ("ir_filters", "model_id"),
    ):
        query = f"SELECT {column}, count(*) FROM {table} WHERE {column} = ANY(%s) GROUP BY 1"
        assert life.sql(name, query, OUR_MODELS) == [], table

    assert life.complaints(life.run(name, "--stop-after-init")) == []
    log = life.run(name, "-i", "helpdesk_mail", "--stop-after-init")
    assert life.complaints(log) == []
    assert state(name) == "installed"
    assert [life.sql(name, query) for query in kept] == [tickets, messages]


def test_neutralised_copy_reaches_nobody(databases, in_use, smtp_of_life):
    source = databases.new("source", in_use)
    name = databases.name("neutral")
    smtp_of_life.clear()
    with life.Trap() as imap, life.Trap() as smtp, ports.closed_port() as nobody:
        life.sql(source, "UPDATE helpdesk_inbox SET port = %s, timeout_ms = 500", imap.port)
        life.run(None, command=odoo.odoo_command(None, "db", "duplicate", "-n", source, name))
        for kept in (
            "state IN ('active', 'failed')",
            "password_encrypted IS NOT NULL",
            "push_token_hash IS NOT NULL",
        ):
            assert life.sql(source, f"SELECT 1 FROM helpdesk_inbox WHERE {kept}"), kept
            assert life.sql(name, f"SELECT 1 FROM helpdesk_inbox WHERE {kept}") == [], kept
        crons = "SELECT 1 FROM ir_cron WHERE active AND id IN (SELECT cron_id FROM helpdesk_inbox)"
        assert life.sql(source, crons)
        assert life.sql(name, crons) == []
        # Odoo's stand-in for outgoing servers is a host name: asking for that would leave loopback
        life.sql(
            name,
            "UPDATE ir_mail_server SET smtp_host = '127.0.0.1',"
            " smtp_port = CASE WHEN active THEN %s ELSE %s END",
            nobody,
            smtp.port,
        )
        life.shell(name, PLAY, TOKEN="any")
        assert imap.connections() == 0
        assert smtp.connections() == 0
    assert smtp_of_life.messages() == []


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--max-cron-threads=1"], id="threads"),
        pytest.param(["--workers=2", "--max-cron-threads=1"], id="workers"),
    ],
)
def test_server_fetches_by_itself(databases, in_use, dovecot_of_life, options, request):
    """An inbox is activated in the browser; its scheduled action makes a ticket of the mail."""
    mode = request.node.callspec.id
    name = databases.new(mode, in_use)
    life.sql(name, "UPDATE helpdesk_inbox SET state = 'paused'")
    life.sql(name, "UPDATE ir_cron SET active = false")
    subject = f"Is anybody there? ({mode})"
    dovecot_of_life.deliver(life.USER, life.mail(mode, subject))
    log = paths.LOG / f"life-{mode}.log"
    with life.Server(name, log, *options) as server:
        server.wait_until_it_serves()
        server.log_in()
        inbox = life.sql(name, "SELECT id FROM helpdesk_inbox WHERE email = %s", life.USER)[0][0]
        server.call("helpdesk.inbox", "action_activate", [inbox])
        tickets = life.wait_for(
            "a ticket",
            lambda: life.sql(
                name,
                "SELECT ticket.id, mail.outcome, mail.door FROM helpdesk_ticket ticket"
                " JOIN helpdesk_incoming_mail mail ON mail.ticket_id = ticket.id"
                " WHERE ticket.name = %s",
                subject,
            ),
            alive=server.alive,
        )
        assert [row[1:] for row in tickets] == [("created", "imap")]
        (ticket,) = server.call("helpdesk.ticket", "read", [tickets[0][0]], ["inbox_id"])
        assert ticket["inbox_id"] == [inbox, "Desk"]
        assert len(server.processes()) > 3 if mode == "workers" else len(server.processes()) == 1
        server.wait_until_it_rests()
        assert server.stop() == 0
        assert life.complaints(server.log) == []


def test_built_package(databases, tmp_path):
    """`pip install` of the built package is all that an Odoo needs to find the add-on."""
    pip = [str(paths.VENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    words = ("--no-deps", "--no-index", "-q")
    wheels, target = tmp_path / "wheels", tmp_path / "target"
    build = ["wheel", "./helpdesk_mail", "--no-build-isolation", "-w", str(wheels)]
    life.run(None, command=[*pip, *build, *words])
    (wheel,) = wheels.iterdir()
    assert wheel.name.startswith("odoo_addon_helpdesk_mail-19.0.1.0")
    folder = "odoo/addons/helpdesk_mail"
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = ("__manifest__.py", "data/neutralize.sql", "static/description/icon.png", "hooks.py")
    assert {f"{folder}/{path}" for path in wanted} <= packed
    assert [path for path in packed if "__pycache__" in path] == []
    life.run(None, command=[*pip, "install", "--target", str(target), str(wheel), *words])

    configuration = tmp_path / "odoo.conf"
    lines = paths.ODOO_CONF.read_text().splitlines(keepends=True)
    configuration.write_text("".join(line for line in lines if not line.startswith("addons_path")))
    environment = {**odoo.odoo_environment(), "PYTHONPATH": str(target)}
    python = str(paths.VENV_PYTHON)
    where = "import importlib.util as u; print(u.find_spec('odoo.addons.helpdesk_mail').origin)"
    found = subprocess.check_output(
        [python, "-c", where], env=environment, cwd=tmp_path, text=True
    ).strip()
    assert found == str(target / folder / "__init__.py")
    name = databases.new("package", odoo.template_database(odoo.OCA))
    log = life.run(
        None,
        command=[
            *(python, "-m", "odoo", "-c", str(configuration), "-d", name),
            *("-i", "helpdesk_mail", "--stop-after-init", "--no-http", "--max-cron-threads=0"),
        ],
        environment=environment,
        cwd=tmp_path,
    )
    assert life.complaints(log) == []
    assert state(name) == "installed"
