# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The add-on's life in a database, from installation to removal, in real Odoo processes.

``life_world`` runs Odoo and looks into the database; here are the databases that tests share.
"""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parents[1]):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import life_world  # noqa: E402

from dev import odoo  # noqa: E402
from dev.dovecot import Dovecot  # noqa: E402
from dev.smtp_store import SmtpStore  # noqa: E402


@pytest.fixture(scope="session")
def databases():
    """Makes databases for this run, and drops them at its end."""
    found = life_world.Databases()
    yield found
    found.drop()


@pytest.fixture(scope="session")
def dovecot_of_life(tmp_path_factory):
    """The mail server of the inboxes."""
    server = Dovecot(tmp_path_factory.mktemp("dovecot"), tls=False)
    try:
        server.start()
        server.add_user(life_world.USER, life_world.PASSWORD)
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def smtp_of_life(tmp_path_factory):
    """The outgoing mail server, which only stores."""
    with SmtpStore(tmp_path_factory.mktemp("smtp")) as store:
        yield store


@pytest.fixture(scope="session")
def installed(databases):
    """A database in which the add-on was installed as a person does: (name, before, log)."""
    name = databases.new("installed", odoo.template_database(odoo.OCA))
    before = life_world.belongings(name)
    log = life_world.run(name, "-i", "helpdesk_mail", "--stop-after-init")
    return name, before, log


@pytest.fixture(scope="session")
def in_use(databases, dovecot_of_life, smtp_of_life):
    """A database whose inboxes have fetched mail and answered; copy it, do not change it."""
    name = databases.new("in_use", odoo.template_database([*odoo.OCA, "helpdesk_mail"]))
    # what other scheduled actions do (some ask hosts on the Internet) is no concern here
    life_world.sql(name, "UPDATE ir_cron SET active = false")
    for source in life_world.MAILS:
        dovecot_of_life.deliver(life_world.USER, source)
    life_world.shell(
        name,
        life_world.USE,
        USER=life_world.USER,
        PASSWORD=life_world.PASSWORD,
        IMAP_PORT=dovecot_of_life.imap_port,
        SMTP_PORT=smtp_of_life.port,
    )
    return name
