# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The public libraries that we are held against: beside the environment, never in it."""

from __future__ import annotations

from .. import paths
from ..console import run_logged, step
from ..state import digest, forget, is_done, mark_done, pins, remove_tree

FOLDER = paths.DEV / "rivals"


def ensure() -> None:
    """Have the packages of the group [rivals] of pins.toml in ``FOLDER``."""
    wanted = pins()["rivals"]
    key = digest(str(FOLDER), str(paths.VENV), wanted)
    if is_done("rivals", key):
        return
    forget("rivals")
    remove_tree(FOLDER)
    pip = [paths.VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps"]
    with step(f"installing {len(wanted)} libraries to compare with"):
        run_logged(
            [
                *pip,
                *("--no-build-isolation", "--prefer-binary", "--target", FOLDER),
                *(f"{name}=={version}" for name, version in wanted.items()),
            ],
            paths.LOG / "pip-rivals.log",
            what="pip",
        )
    mark_done("rivals", key)
