# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Get Odoo 19 without changing the system.

Three ways, the first that is asked for: ``ODOO_PATH`` names a source checkout or an installed
Odoo 19; ``ODOO_DEB`` names a file of Debian's package; otherwise a private apt configuration
downloads the package. No address of a mirror is written down here: it is ``DEBIAN_MIRROR``, or
the one the machine itself uses, or the one debootstrap knows.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from . import apt, paths, system
from .console import Problem, say, step
from .state import digest, forget, is_done, make_dev, mark_done, pins, remove_tree

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Where debootstrap knows a mirror: Ubuntu's names Debian's in the script, Debian's in the program.
DEBOOTSTRAP = {
    Path("/usr/share/debootstrap/scripts/sid"): r"^\s*default_mirror\s+(\S+)",
    Path("/usr/sbin/debootstrap"): r"^DEF_MIRROR=\"?([^\s\"]*debian[^\s\"]*)",
}
# Debian leaves this file out, and the web client complains about it in the browser's console.
LEFT_OUT = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def library() -> Path:
    """The folder that holds the package ``odoo``, to be put on Python's path."""
    own = os.environ.get("ODOO_PATH")
    if not own:
        return paths.PACKAGED_ODOO
    path = Path(own).expanduser().resolve()
    if not (path / "odoo" / "release.py").is_file():
        raise Problem(f"ODOO_PATH={own} holds no odoo/release.py; name the folder above `odoo`.")
    return path


def identity() -> str:
    """A key that changes when Odoo does."""
    own = os.environ.get("ODOO_PATH")
    if own:
        return digest("path", str(library()))
    stamp = paths.STAMPS / "odoo"
    return stamp.read_text() if stamp.is_file() else "none"


def ensure() -> None:
    """Have Odoo unpacked in the prefix; nothing to do where it is already, or with ODOO_PATH."""
    if os.environ.get("ODOO_PATH"):
        library()
        return
    key = digest(pins()["odoo"])
    if is_done("odoo", key) and paths.PACKAGED_ODOO.is_dir():
        return
    make_dev()
    forget("odoo")
    package_file = os.environ.get("ODOO_DEB")
    downloads = paths.APT / "debs"
    remove_tree(downloads)
    downloads.mkdir(parents=True)
    package = pins()["odoo"]["package"]
    companions = pins()["odoo"]["companions"]
    if package_file:
        deb = Path(package_file).expanduser().resolve()
        if not deb.is_file():
            raise Problem(f"ODOO_DEB={package_file}: there is no such file.")
        _get_companions(companions, downloads)
    else:
        with step("downloading Odoo"):
            options = _apt_options()
            apt.get(options, "update", log="apt-update.log")
            apt.get(
                options, "download", package, *companions, log="apt-download.log", cwd=downloads
            )
        deb = next(downloads.glob(f"{package}_*.deb"))
    with step("unpacking Odoo"):
        _unpack([deb, *(path for path in sorted(downloads.glob("*.deb")) if path != deb)])
    remove_tree(downloads)
    mark_done("odoo", key)


def _get_companions(companions: list[str], downloads: Path) -> None:
    """Download each companion that can be had; a missing one costs a font or a script."""
    with step("downloading the fonts and scripts that Odoo's package refers to"):
        try:
            options = _apt_options()
            apt.get(options, "update", log="apt-update.log")
        except Problem as problem:
            say(f"   going on without them: {problem}")
            return
        for name in companions:
            try:
                apt.get(options, "download", name, log="apt-download.log", cwd=downloads)
            except Problem:
                say(f"   going on without {name}")


def _unpack(debs: list[Path]) -> None:
    """Unpack ``debs`` into a new prefix that then takes the old one's place."""
    new = paths.DEV / "odoo.new"
    remove_tree(new)
    for deb in debs:
        done = subprocess.run(
            ["dpkg", "-x", str(deb), str(new)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Problem(f"Cannot unpack {deb}: {done.stderr.strip()}")
    packages = new / paths.PACKAGED_ODOO.relative_to(paths.ODOO_PREFIX)
    release = packages / "odoo" / "release.py"
    if not release.is_file():
        raise Problem(f"{debs[0]} holds no Odoo.")
    wanted = pins()["odoo"]["version"]
    control = subprocess.run(
        ["dpkg-deb", "-f", str(debs[0]), "Version"], capture_output=True, text=True, check=False
    ).stdout.strip()
    if not control.split(":")[-1].startswith(wanted):
        raise Problem(f"{debs[0]} is version {control}, not {wanted}*.")
    left_out = packages / LEFT_OUT
    if not left_out.exists():
        left_out.parent.mkdir(parents=True, exist_ok=True)
        left_out.touch()
    remove_tree(paths.ODOO_PREFIX)
    new.rename(paths.ODOO_PREFIX)


def mend_icon_fonts(site_packages: Path) -> None:
    """Put the icon fonts where Odoo's dangling links point.

    Odoo links to Font Awesome 4; the Debian package in the suite may be a later major version
    without these files, and then every icon of the web client is an empty box.
    """
    target = paths.ODOO_PREFIX / "usr" / "share" / "fonts-font-awesome" / "fonts"
    source = site_packages / "xstatic" / "pkg" / "font_awesome" / "data" / "fonts"
    if not paths.PACKAGED_ODOO.is_dir() or not source.is_dir():
        return
    target.mkdir(parents=True, exist_ok=True)
    for font in source.iterdir():
        if not (target / font.name).exists():
            (target / font.name).write_bytes(font.read_bytes())


def mirror() -> str:
    """The address of a Debian mirror; raises Problem where none can be told."""
    given = os.environ.get("DEBIAN_MIRROR")
    if given:
        return given
    if system.is_debian():
        for uri, suites in _apt_sources():
            plain = any(suite == system.release().get("VERSION_CODENAME") for suite in suites)
            named = any(suite in ("stable", "testing", "unstable", "sid") for suite in suites)
            if plain or named:
                return uri
    for path, pattern in DEBOOTSTRAP.items():
        if path.is_file() and (found := re.search(pattern, path.read_text(), re.MULTILINE)):
            return found[1]
    raise Problem(
        "Cannot tell which Debian mirror to use. Set DEBIAN_MIRROR to its address, "
        "ODOO_DEB to a file of Debian's package odoo-19, or ODOO_PATH to an Odoo 19."
    )


def _apt_sources() -> list[tuple[str, list[str]]]:
    """(address, suites) of each binary source in the machine's apt configuration."""
    found = []
    files = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for path in files:
        if path.suffix not in (".list", ".sources") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        text = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        if path.suffix == ".list":
            pattern = r"^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)"
            found += [(uri, [suite]) for uri, suite in re.findall(pattern, text, re.M)]
            continue
        for stanza in re.split(r"\n\s*\n", text):
            fields = dict(re.findall(r"^([\w-]+):[ \t]*(.*)$", stanza, re.M))
            if "deb" in fields.get("Types", "").split() and fields.get("Enabled") != "no":
                for uri in fields.get("URIs", "").split():
                    found.append((uri, fields.get("Suites", "").split()))
    return [(uri, suites) for uri, suites in found if not uri.startswith("cdrom")]


def _apt_options() -> list[str]:
    """Options that make apt use a source list, lists and cache of our own."""
    if not system.is_debian():
        system.require("ubuntu")
    if not KEYRING.is_file():
        raise Problem(f"{KEYRING} is missing: install debian-archive-keyring.")
    parts = paths.APT / "sources.list.d"
    parts.mkdir(parents=True, exist_ok=True)
    (parts / "odoo.sources").write_text(
        f"Types: deb\nURIs: {mirror()}\nSuites: {pins()['odoo']['suite']}\n"
        f"Components: main\nSigned-By: {KEYRING}\n"
    )
    return apt.options(
        paths.APT,
        Dir__Etc__sourcelist="/dev/null",
        Dir__Etc__sourceparts=parts,
        Dir__Etc__preferences="/dev/null",
        Dir__Etc__preferencesparts="/dev/null",
        Dir__State__status="/dev/null",
    )
