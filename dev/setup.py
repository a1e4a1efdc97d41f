# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Everything that must be there before Odoo can run; seconds where it is already."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from . import odoo, odoo_package, postgres, programs, python_packages, state, system


def ensure(*, tests: bool = False) -> None:
    """Have system packages, Odoo, the Python environment and a running PostgreSQL.

    ``tests`` asks for the browser and for the programs of the tests as well.
    """
    state.make_dev()
    with state.lock("set-up"):
        if tests:
            # One installation for both groups where we may install.
            system.require("run", "test", optional=True)
        system.require("run")
        # pip waits for the network and dpkg for the disk: each works while the other waits
        with ThreadPoolExecutor(1) as beside:
            unpacked = beside.submit(_unpack, tests=tests)
            python_packages.install()
            unpacked.result()
        python_packages.ensure()
        odoo.configure()
    postgres.main_cluster().start()


def _unpack(*, tests: bool) -> None:
    odoo_package.ensure()
    if tests:
        programs.ensure()
