# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What earlier runs have finished: stamps keyed by content, and locks between runs.

A stamp is written last and removed first, so that an interrupted run leaves none and its step
is done again.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import hashlib
import json
import os
import re
import shutil
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from . import paths
from .console import Problem, say

_held: set[str] = set()


@functools.cache
def pins() -> dict[str, Any]:
    """The contents of pins.toml."""
    return tomllib.loads(paths.PINS.read_text(encoding="utf-8"))


def pypi_pins() -> dict[str, str]:
    """Every PyPI package with its exact version."""
    return {name: version for group in pins()["pypi"].values() for name, version in group.items()}


def digest(*parts: object) -> str:
    """Sixteen hexadecimal digits that change when one of the JSON-able ``parts`` does."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest_of_files(files: Iterable[Path]) -> str:
    """The same for the names and contents of ``files``."""
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(f"{path}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def is_done(name: str, key: str) -> bool:
    """Whether the step ``name`` was finished for ``key``."""
    try:
        return (paths.STAMPS / name).read_text() == key
    except OSError:
        return False


def mark_done(name: str, key: str) -> None:
    """Remember that the step ``name`` is finished for ``key``."""
    write(paths.STAMPS / name, key)


def forget(name: str) -> None:
    """The step ``name`` is not finished any more."""
    (paths.STAMPS / name).unlink(missing_ok=True)


def write(path: Path, text: str, mode: int = 0o644) -> None:
    """Write the file ``path`` whole or not at all; an equal file is left alone."""
    with contextlib.suppress(OSError):
        if path.read_text(encoding="utf-8") == text:
            return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    new.chmod(mode)
    new.replace(path)


def remove_tree(path: Path) -> None:
    """Delete a folder that may not be there; a link is deleted, what it points to is not."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def make_dev() -> None:
    """Make ``.dev`` and see that this user may write there."""
    try:
        for folder in (paths.DEV, paths.LOG, paths.STAMPS, paths.BIN, paths.DATA):
            folder.mkdir(exist_ok=True)
    except OSError as error:
        raise Problem(f"Cannot make {error.filename}: {error.strerror}.") from error
    if not os.access(paths.DEV, os.W_OK) or not os.access(paths.STAMPS, os.W_OK):
        raise Problem(
            f"{paths.DEV} belongs to another user: run this as that user, or delete the folder."
        )


@contextlib.contextmanager
def lock(name: str) -> Iterator[None]:
    """Keep other runs out of the step ``name`` until the block ends; may be nested in itself."""
    if name in _held:
        yield
        return
    folder = paths.DEV / "lock"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / re.sub(r"\W", "_", name)).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"-- waiting for another run that is busy with: {name}")
            fcntl.flock(file, fcntl.LOCK_EX)
        _held.add(name)
        try:
            yield
        finally:
            _held.discard(name)
