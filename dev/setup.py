# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Everything that must be there before Odoo can run; seconds where it is already."""

from __future__ import annotations

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
        odoo_package.ensure()
        python_packages.ensure()
        odoo.configure()
        if tests:
            programs.ensure()
    postgres.main_cluster().start()
