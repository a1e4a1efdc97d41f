# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The world with another mail server: one that speaks TLS, or asks a provider about tokens."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class WorldWith:
    """``world`` with the mail server ``dovecot``."""

    def __init__(self, world, dovecot):
        self._world = world
        self.dovecot = dovecot

    def __getattr__(self, name):
        return getattr(self._world, name)


def load(path):
    """A module of the add-on's tests by its file: the package around it imports Odoo."""
    path = ROOT / path
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
