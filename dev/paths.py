# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where things are. All that the set-up makes is below ``.dev``, which may be deleted."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDON = ROOT / "helpdesk_mail"
PINS = ROOT / "dev" / "pins.toml"

DEV = ROOT / ".dev"
APT = DEV / "apt"  # private lists and downloads
BIN = DEV / "bin"  # first in the PATH of Odoo and of the tests
DATA = DEV / "data"  # Odoo's data_dir: filestore and sessions
LOG = DEV / "log"
ODOO_CONF = DEV / "odoo.conf"
ODOO_PREFIX = DEV / "odoo"  # the unpacked Debian package
PROGRAMS = DEV / "programs"  # unpacked Debian packages that the tests run
POSTGRESQL = DEV / "postgresql"
STAMPS = DEV / "stamps"
VENV = DEV / "venv"
VENV_PYTHON = VENV / "bin" / "python"

PACKAGED_ODOO = ODOO_PREFIX / "usr" / "lib" / "python3" / "dist-packages"

# The path of a Unix socket has at most 107 bytes, so sockets are not kept below the clone.
SHORT_TMP = Path("/tmp")


def key(path: Path) -> str:
    """Eight hexadecimal digits that stand for ``path`` where its whole name does not fit."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:8]
