# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The layer that understands mails needs no Odoo."""

import pathlib
import subprocess
import sys

ADDON = pathlib.Path(__file__).resolve().parents[2]
CODE = """
import sys, types
package = types.ModuleType("helpdesk_mail")
package.__path__ = [sys.argv[1]]
sys.modules["helpdesk_mail"] = package
from helpdesk_mail.message import parse
assert parse(b"Subject: x\\n\\ny").subject == "x"
assert not [name for name in sys.modules if name == "odoo" or name.startswith("odoo.")]
"""


def test_parses_without_odoo():
    subprocess.run([sys.executable, "-c", CODE, str(ADDON)], check=True)
