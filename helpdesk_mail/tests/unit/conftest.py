# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Lets the plain-Python layers be imported without running the add-on's ``__init__``.

That one imports the Odoo models, and the one of ``tests`` imports Odoo's tests (pytest runs it
as the package above this folder); these tests must run where Odoo is not installed.
"""

import pathlib
import sys
import types

ADDON = pathlib.Path(__file__).resolve().parents[2]


def _stand_in(name: str, folder: pathlib.Path) -> None:
    """Register the package *name* without its ``__init__``, unless it is there already."""
    if name not in sys.modules:
        package = types.ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package


_stand_in("helpdesk_mail", ADDON)
_stand_in("helpdesk_mail.tests", ADDON / "tests")


# what searches for weak places, or reads megabytes: not a part of `make quick`
_SLOW_MODULES = ("properties", "whole_mails")
_SLOW_NAMES = ("no_shape", "hostile", "take_no_long", "takes_long", "no_long")


def pytest_collection_modifyitems(items):
    """Mark the slow tests."""
    for item in items:
        if any(word in item.module.__name__ for word in _SLOW_MODULES) or any(
            word in item.name for word in _SLOW_NAMES
        ):
            item.add_marker("slow")
