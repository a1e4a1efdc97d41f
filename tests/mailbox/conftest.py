# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Personal mailboxes with a real Dovecot, PostgreSQL and Odoo.

The machinery is that of ``tests/road``: one database, one loaded Odoo, and a forked process for
whatever a user or the scheduler does. ``mailbox_world`` holds what is about mailboxes.
"""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "road", HERE.parents[1]):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import mailbox_world  # noqa: E402
import road_world  # noqa: E402

from dev import paths, postgres  # noqa: E402
from dev.dovecot import Dovecot  # noqa: E402


@pytest.fixture(scope="session")
def mailbox_server(tmp_path_factory):
    """The mail server of all scenarios; it looks for new files itself, each second."""
    server = Dovecot(
        tmp_path_factory.mktemp("dovecot"),
        tls=False,
        extra_config="mailbox_idle_check_interval = 1 secs",
    )
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def world(mailbox_server, tmp_path_factory):
    """Server, database and Odoo."""
    road_world.drop_left_behind()
    socket_path = tmp_path_factory.mktemp("odoo") / "socket"
    with road_world.database(f"test_road_mailbox_{road_world.os.getpid()}") as name:
        odoo = road_world.Odoo(name, socket_path, paths.LOG / "mailbox-odoo.log")
        try:
            found = mailbox_world.MailboxWorld(odoo, mailbox_server, postgres.main_cluster())
            yield found
            found.close()
        finally:
            odoo.stop()


@pytest.fixture
def anna(world):
    """A user with a personal mailbox, which is active and empty."""
    return world.mailbox()
