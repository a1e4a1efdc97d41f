# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The virtual environment: Odoo by a ``.pth`` file, all else from PyPI at pinned versions."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from . import odoo_package, paths
from .console import Problem, run_logged, step
from .state import digest, forget, is_done, mark_done, pins, pypi_pins, remove_tree

PTH = "odoo19.pth"


def site_packages() -> Path:
    """The environment's site-packages folder."""
    return next(paths.VENV.glob("lib/python3.*/site-packages"))


def ensure() -> None:
    """Have the environment with every pin and Odoo in it; seconds where it is there already."""
    packages = install()
    library = odoo_package.library()
    whole = digest(packages, str(library), odoo_package.identity())
    if is_done("venv", whole):
        return
    (site_packages() / PTH).write_text(f"{library}\n")
    odoo_package.mend_icon_fonts(site_packages())
    _check_odoo()
    mark_done("venv", whole)


def install() -> str:
    """Have the environment with every pin, for which no Odoo is needed; the key of what it has."""
    _check_python()
    place = digest(str(paths.VENV))
    packages = digest(place, pypi_pins())
    if not (is_done("venv-made", place) and _works()):
        forget("venv")
        _make(place)
    if not is_done("venv-packages", packages):
        # An interrupted pip leaves halves of packages: then the environment is made anew.
        forget("venv")
        forget("venv-made")
        _install()
        mark_done("venv-made", place)
        mark_done("venv-packages", packages)
    return packages


def _works() -> bool:
    """Whether the environment's Python still runs; any supported one will do."""
    try:
        return subprocess.run([paths.VENV_PYTHON, "-c", ""], check=False).returncode == 0
    except OSError:
        return False


def _check_python() -> None:
    limits = pins()["python"]
    low, high = (
        tuple(int(part) for part in limits[name].split(".")) for name in ("minimum", "maximum")
    )
    if not low <= sys.version_info[:2] <= high:
        raise Problem(
            f"Python {limits['minimum']} to {limits['maximum']} is needed; "
            f"this is {sys.version.split()[0]}. Run `make PYTHON=/path/to/python3 ...`."
        )


def _make(place: str) -> None:
    for stamp in ("venv-made", "venv-packages"):
        forget(stamp)
    with step("making a Python environment"):
        remove_tree(paths.VENV)
        run_logged(
            [sys.executable, "-m", "venv", paths.VENV],
            paths.LOG / "venv.log",
            what="python3 -m venv",
        )
    mark_done("venv-made", place)


def _install() -> None:
    forget("venv-packages")
    build = [f"{name}=={version}" for name, version in pins()["pypi"]["build"].items()]
    everything = paths.DEV / "requirements.txt"
    before = (
        set(re.findall(r"^(.+)==", everything.read_text(), re.M)) if everything.exists() else set()
    )
    gone = sorted(before - set(pypi_pins()))
    everything.write_text("".join(f"{name}=={version}\n" for name, version in pypi_pins().items()))
    pip = [paths.VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps"]
    with step(f"installing {len(pypi_pins())} Python packages from PyPI"):
        run_logged([*pip, *build], paths.LOG / "pip-build.log", what="pip")
        run_logged(
            [*pip, "--no-build-isolation", "--prefer-binary", "-r", everything],
            paths.LOG / "pip.log",
            what="pip",
        )
        if gone:
            remove = [paths.VENV_PYTHON, "-m", "pip", "uninstall", "-q", "-y", *gone]
            run_logged(remove, paths.LOG / "pip-uninstall.log", what="pip")


def _check_odoo() -> None:
    """Odoo starts, is the right version, and finds the OCA's add-ons."""
    names = [name.removeprefix("odoo-addon-") for name in pins()["pypi"]["addons"]]
    code = (
        "import importlib.util as u, odoo.release as r; print(r.version);"
        f"print([n for n in {names!r} if not u.find_spec('odoo.addons.' + n)])"
    )
    done = subprocess.run(
        [paths.VENV_PYTHON, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=paths.DEV,
    )
    wanted = pins()["odoo"]["version"].rstrip(".")
    lines = done.stdout.splitlines()
    if done.returncode or len(lines) != 2:
        raise Problem(f"Odoo does not start:\n{done.stderr.strip()}")
    if not lines[0].startswith(wanted):
        raise Problem(f"Odoo is version {lines[0]}, not {wanted}.")
    if lines[1] != "[]":
        raise Problem(f"Odoo does not find these add-ons: {lines[1]}")
