# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Lets the plain-Python layers be imported without running the add-on's ``__init__``.

That one imports the Odoo models; these tests must run where Odoo is not installed.
"""

import pathlib
import sys
import types

ADDON = pathlib.Path(__file__).resolve().parents[2]

if "helpdesk_mail" not in sys.modules:
    package = types.ModuleType("helpdesk_mail")
    package.__path__ = [str(ADDON)]
    sys.modules["helpdesk_mail"] = package
