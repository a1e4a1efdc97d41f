# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Notifications end to end: real mails into a Dovecot, real ones out through an SMTP server.

The Odoo that the processes are forked from is that of the tests of the road; ``post_office``
carries the mails.
"""

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "road", HERE.parents[1]):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import road_world  # noqa: E402
from post_office import DESK, PASSWORD, Office  # noqa: E402

from dev import paths  # noqa: E402
from dev.dovecot import Dovecot  # noqa: E402
from dev.smtp_store import SmtpStore  # noqa: E402


@pytest.fixture(scope="session")
def odoo_of_office(tmp_path_factory):
    """A database with the add-on and the Odoo that has it loaded."""
    road_world.drop_left_behind()
    socket_path = tmp_path_factory.mktemp("odoo") / "socket"
    # ends in our process: by that, others see that the database is in use
    with road_world.database(f"test_road_office_{os.getpid()}") as name:
        odoo = road_world.Odoo(name, socket_path, paths.LOG / "notifications-odoo.log")
        try:
            yield odoo
        finally:
            odoo.stop()


@pytest.fixture(scope="session")
def servers_of_office(tmp_path_factory):
    """The mail server that keeps the desk's mailbox, and the one that all mail goes through."""
    dovecot = Dovecot(tmp_path_factory.mktemp("dovecot"), tls=False)
    try:
        dovecot.start()
        dovecot.add_user(DESK, PASSWORD)
        deliver = {DESK: dovecot.maildir(DESK)}
        with SmtpStore(tmp_path_factory.mktemp("smtp"), deliver=deliver) as smtp:
            yield dovecot, smtp
    finally:
        dovecot.remove()


@pytest.fixture(scope="session")
def office_of_session(odoo_of_office, servers_of_office):
    return Office(odoo_of_office, *servers_of_office)


@pytest.fixture
def office(office_of_session):
    """The office with nothing on its way."""
    office_of_session.begin()
    return office_of_session
