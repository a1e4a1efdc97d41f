# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Setting up personal mailboxes with a real Dovecot, PostgreSQL and Odoo.

The machinery is that of ``tests/road``: one database, one loaded Odoo, and a forked process for
whatever a user or the scheduler does.
"""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
for folder in (HERE, HERE.parent / "road", HERE.parents[1]):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import road_world  # noqa: E402

from dev import paths, postgres  # noqa: E402
from dev.dovecot import Dovecot  # noqa: E402

# nothing is there by itself, and another folder than Sent is marked
FOLDERS = """
namespace inbox {
  mailbox Sent {
    special_use =
    auto = no
  }
  mailbox Elsewhere {
    special_use = \\Sent
    auto = no
  }
}
"""


@pytest.fixture(scope="session")
def setup_server(tmp_path_factory):
    """The mail server of all scenarios."""
    server = Dovecot(tmp_path_factory.mktemp("dovecot"), tls=False, extra_config=FOLDERS)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def setup_world(setup_server, tmp_path_factory):
    """Server, database and Odoo."""
    road_world.drop_left_behind()
    socket_path = tmp_path_factory.mktemp("odoo") / "socket"
    with road_world.database(f"test_road_setup_{road_world.os.getpid()}") as name:
        odoo = road_world.Odoo(name, socket_path, paths.LOG / "mailbox-setup-odoo.log")
        try:
            found = road_world.World(odoo, setup_server, postgres.main_cluster())
            yield found
            found.close()
        finally:
            odoo.stop()
