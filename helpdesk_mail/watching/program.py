# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What ``odoo helpdesk_mail watch`` turns into: run by its path, without Odoo."""

import importlib
import pathlib
import sys
import types


def _stand_in():
    """Let the plain layers be imported without the add-on's ``__init__``, which imports Odoo."""
    package = types.ModuleType("helpdesk_mail")
    package.__path__ = [str(pathlib.Path(__file__).resolve().parents[1])]
    sys.modules["helpdesk_mail"] = package


if __name__ == "__main__":
    _stand_in()
    watch = importlib.import_module("helpdesk_mail.watching.watch")
    sys.exit(watch.main(sys.argv[1:]))
