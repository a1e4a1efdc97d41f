# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Faults on the road from a mail server to a ticket, with a real Dovecot, PostgreSQL and Odoo.

One database and one loaded Odoo serve all tests; each scenario has an inbox and a mailbox of its
own and runs in processes that are forked from that Odoo, so that they can be killed.
``road_world`` holds the checks.
"""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
for folder in (HERE, ROOT, ROOT / "helpdesk_mail" / "tests" / "unit"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import road_world  # noqa: E402

from dev import paths, postgres  # noqa: E402
from dev.dovecot import Dovecot  # noqa: E402


@pytest.fixture(scope="session")
def dovecot_of_road(tmp_path_factory):
    """The mail server of all scenarios."""
    server = Dovecot(tmp_path_factory.mktemp("dovecot"), tls=False)
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def world(dovecot_of_road, tmp_path_factory):
    """Server, database and Odoo."""
    road_world.drop_left_behind()
    socket_path = tmp_path_factory.mktemp("odoo") / "socket"
    with road_world.database(road_world.database_name()) as name:
        odoo = road_world.Odoo(name, socket_path, paths.LOG / "road-odoo.log")
        try:
            found = road_world.World(odoo, dovecot_of_road, postgres.main_cluster())
            yield found
            found.close()
        finally:
            odoo.stop()


@pytest.fixture(autouse=True)
def others_rest(world):
    """It is nobody's turn: whoever's scheduled action a test runs would ask the servers of all
    other tests' accounts as well, hundreds of them, of which many are gone.
    """
    world.rows(
        "UPDATE ir_cron SET nextcall = now() AT TIME ZONE 'UTC' + interval '1 day'"
        " WHERE cron_name LIKE 'Helpdesk mail:%%'"
    )
