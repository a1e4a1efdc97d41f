# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The Debian packages of the machine: what is missing, and installing it where we may.

Nothing is started and no PostgreSQL cluster is made by the installation: a ``policy-rc.d`` says
so while it runs, unless the machine has its own.
"""

from __future__ import annotations

import functools
import glob
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import paths
from .console import Problem, say, step, tail
from .state import digest, is_done, mark_done, pins

INSTALL = """
set -e
policy=/usr/sbin/policy-rc.d
nocluster=/etc/postgresql-common/createcluster.d/helpdesk_mail_setup.conf
mark='# temporary: made by the set-up of helpdesk_mail'
cleanup() {
    if grep -qsF "$mark" "$policy"; then rm -f "$policy"; fi
    rm -f "$nocluster"
}
trap cleanup EXIT
trap 'exit 1' INT TERM HUP
cleanup
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\\n%s\\nexit 101\\n' "$mark" > "$policy"
    chmod 755 "$policy"
fi
mkdir -p "${nocluster%/*}"
echo 'create_main_cluster = false' > "$nocluster"
export DEBIAN_FRONTEND=noninteractive
tries=0
until apt-get -q update; do
    tries=$((tries + 1))
    [ $tries -lt 5 ] || break
    sleep 5
done
for package; do
    shift
    if apt-cache policy "$package" | grep -q 'Candidate: [^(]'; then
        set -- "$@" "$package"
    else
        echo "No such package here: $package"
    fi
done
[ $# -gt 0 ]
apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "$@"
"""


@functools.cache
def release() -> dict[str, str]:
    """The machine's /etc/os-release; empty where there is none."""
    try:
        lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {name: value.strip("\"'") for name, _, value in pairs}


def is_debian() -> bool:
    """Whether the machine runs Debian itself (not a derivative)."""
    return release().get("ID") == "debian"


def missing(*groups: str) -> list[str]:
    """The packages of these groups of pins.toml that the machine lacks."""
    wanted = {}
    for group in groups:
        wanted.update(pins()["debian"][group])
    absent = [
        package
        for package, proofs in wanted.items()
        if not any(glob.glob(proof) for proof in proofs)
    ]
    if not _can_make_venv() and sys.base_prefix == "/usr":
        absent.append(f"python3.{sys.version_info.minor}-venv")
    return absent


def _can_make_venv() -> bool:
    return all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))


def require(*groups: str, optional: bool = False) -> list[str]:
    """Have the packages of ``groups``, installing them where we may.

    Returns what is still missing, which is nothing unless ``optional``. Raises Problem with the
    command to run where we may not install.
    """
    if not _can_make_venv() and sys.base_prefix != "/usr":
        raise Problem(f"The Python {sys.executable} lacks venv or ensurepip; use another one.")
    absent = missing(*groups)
    if not absent:
        return []
    names = " ".join(absent)
    command = f"apt-get install --no-install-recommends {names}"
    if shutil.which("apt-get") is None:
        raise Problem(f"Missing: {names} (Debian's names). Please install them.")
    become_root = _become_root()
    if become_root is None:
        text = f"These system packages are missing. Please install them:\n\n    sudo {command}\n"
        if optional:
            say(text)
            return absent
        raise Problem(text)
    tried = digest(absent, time.strftime("%Y-%m-%d"))
    if optional and is_done("apt-tried", tried):
        say(f"Not to be had here: {names}.")
        return absent
    log = paths.LOG / "apt-install.log"
    with step(f"installing system packages: {names}"), log.open("wb") as output:
        subprocess.run(
            [*become_root, "sh", "-c", INSTALL, "sh", *absent],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    absent = missing(*groups)
    if absent:
        text = f"These system packages could not be installed: {' '.join(absent)}."
        if optional:
            say(f"{text} See {log}.")
            mark_done("apt-tried", digest(absent, time.strftime("%Y-%m-%d")))
        else:
            raise Problem(f"{text}\nThe end of {log}:\n{tail(log)}")
    return absent


def _become_root() -> list[str] | None:
    """The words to put before a command to run it as root; None if we cannot."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        test = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if test.returncode == 0:
            return ["sudo", "-n"]
    return None
