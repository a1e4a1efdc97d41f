# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Programs of other people that the tests run, out of Debian's packages, unpacked in ``.dev``.

Installed, Postfix would take the place of the machine's own mail server, or become it. So what the
machine lacks of pins.toml's [debian.unpacked] is downloaded, with the libraries that the machine
lacks too, by the machine's own apt sources: the versions are those of its distribution. That needs
no root and changes nothing outside of ``.dev``. What the machine has is used as it is.

    HELPDESK_MAIL_TESTS_WITHOUT=postfix,opendkim    leaves their tests out, where nothing else helps
"""

from __future__ import annotations

import dataclasses
import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

from . import apt, paths, system
from .console import Problem, say, step
from .state import digest, forget, is_done, make_dev, mark_done, pins, remove_tree

WITHOUT = "HELPDESK_MAIL_TESTS_WITHOUT"
STAMP = "programs"
_LIBRARIES = ("usr/lib/*-linux-*", "lib/*-linux-*", "usr/lib/*-linux-*/libfakeroot")


@dataclasses.dataclass(frozen=True)
class Program:
    """A program: its ``path``, the ``root`` that its package is unpacked in ("/" where it is
    installed), and the ``environment`` that it needs.
    """

    path: Path
    root: Path
    environment: dict[str, str]


def left_out() -> set[str]:
    """The programs whose tests are not wanted here."""
    return {word for word in re.split(r"[\s,]+", os.environ.get(WITHOUT, "")) if word}


def find(name: str) -> Program | None:
    """The program of the package ``name`` in pins.toml, or None where it is not to be had."""
    for proof in pins()["debian"]["unpacked"][name]:
        for root in (Path("/"), paths.PROGRAMS):
            path = root / proof.lstrip("/")
            if os.access(path, os.X_OK):
                return Program(path, root, {} if root == Path("/") else _environment(root))
    own = shutil.which(name)
    return Program(Path(own), Path("/"), {}) if own else None


def _environment(root: Path) -> dict[str, str]:
    folders = [str(path) for pattern in _LIBRARIES for path in sorted(root.glob(pattern))]
    folders.append(str(root / "usr/lib/postfix"))
    if os.environ.get("LD_LIBRARY_PATH"):
        folders.append(os.environ["LD_LIBRARY_PATH"])
    return {"LD_LIBRARY_PATH": ":".join(folders)}


def missing() -> list[str]:
    """The packages that neither the machine nor ``.dev`` has, of those that are wanted."""
    wanted = set(pins()["debian"]["unpacked"]) - left_out()
    if os.geteuid() == 0:
        # it stands in for root
        wanted.discard("fakeroot")
    return sorted(name for name in wanted if find(name) is None)


def ensure() -> None:
    """Have the programs. Where that fails it is said, and their tests fail."""
    key = digest(
        pins()["debian"]["unpacked"], system.release().get("VERSION_ID"), platform.machine()
    )
    if paths.PROGRAMS.exists() and not is_done(STAMP, key):
        # of another release, or not finished
        remove_tree(paths.PROGRAMS)
    absent = missing()
    if not absent:
        return
    names = " and ".join(absent)
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        say(f"Please install {names}, or set {WITHOUT}={','.join(absent)}.")
        return
    make_dev()
    forget(STAMP)
    try:
        with step(f"unpacking {names} for the tests"):
            _download(absent)
    except Problem as problem:
        say(f"   {names}: not to be had. {problem}")
        return
    mark_done(STAMP, key)


def _download(packages: list[str]) -> None:
    folder = paths.APT / "machine"
    downloads = folder / "debs"
    remove_tree(downloads)
    downloads.mkdir(parents=True)
    options = apt.options(folder)
    apt.get(options, "update", log="programs-update.log", cwd=folder)
    # only told, not done: which libraries the machine lacks for them
    plan = apt.get(
        options,
        *("install", "--simulate", "--no-install-recommends", *packages),
        log="programs-plan.log",
        cwd=folder,
    )
    wanted = re.findall(r"^Inst (\S+)", plan, re.MULTILINE)
    apt.get(options, "download", *wanted, log="programs-download.log", cwd=downloads)
    # what is there already of an earlier run stays
    new = paths.DEV / "programs.new"
    remove_tree(new)
    if paths.PROGRAMS.exists():
        shutil.copytree(paths.PROGRAMS, new, symlinks=True)
    for deb in sorted(downloads.glob("*.deb")):
        done = subprocess.run(
            ["dpkg", "-x", str(deb), str(new)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Problem(f"Cannot unpack {deb}: {done.stderr.strip()}")
    remove_tree(paths.PROGRAMS)
    new.rename(paths.PROGRAMS)
    remove_tree(folder)
