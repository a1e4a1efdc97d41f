# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mails in files: mbox (RFC 4155, with the "mboxrd" quoting undone), Maildir, and single
``.eml`` files.

Everything is streamed: memory holds one message at a time, and of a message over the limit only
its beginning.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from .raw import RawMail

_QUOTED_FROM = re.compile(rb"^>+From ")
# a postmark: sender and a time; a line of text that starts with "From " has no time behind it
_POSTMARK = re.compile(rb"^From .*\b\d{1,2}:\d\d(:\d\d)?\b.*\d{4}|^From \S+@\S+\s")


def total_size(path: Path) -> int:
    """Octets of all files that :func:`read_mails` would read."""
    return sum(file.stat().st_size for file in _mail_files(path))


def read_mails(path: Path, max_size: int) -> Iterator[RawMail]:
    """The mails below *path* (mbox file, Maildir, ``.eml`` file or a folder of them), in a
    stable order.

    :param max_size: octets; longer messages are cut there and marked as truncated
    :raise OSError: a file cannot be read
    """
    for file in _mail_files(path):
        if _is_mbox(file):
            yield from _read_mbox(file, max_size)
        else:
            size = file.stat().st_size
            with file.open("rb") as stream:
                source = stream.read(max_size)
            yield RawMail(source=source, size=size, truncated=size > len(source))


def _mail_files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for folder, subfolders, names in os.walk(path):
        subfolders.sort()
        if Path(folder).name == "tmp" and (Path(folder).parent / "cur").is_dir():
            continue  # deliveries of a Maildir that were never finished
        in_maildir = Path(folder).name in ("cur", "new")
        for name in sorted(names):
            file = Path(folder) / name
            if in_maildir or file.suffix.lower() in (".eml", ".mbox", ".msg"):
                yield file


def _is_mbox(file: Path) -> bool:
    if file.suffix.lower() == ".eml" or file.parent.name in ("cur", "new"):
        return False
    with file.open("rb") as stream:
        return stream.read(5) == b"From "


def _read_mbox(file: Path, max_size: int) -> Iterator[RawMail]:
    lines: list[bytes] = []
    kept = size = 0
    started = False
    blank_before = True
    with file.open("rb") as stream:
        for line in stream:
            if blank_before and line.startswith(b"From ") and _POSTMARK.match(line):
                if started:
                    yield RawMail(source=b"".join(lines), size=size, truncated=size > kept)
                lines, kept, size, started = [], 0, 0, True
                blank_before = False
                continue
            blank_before = not line.strip()
            if _QUOTED_FROM.match(line):
                line = line[1:]
            size += len(line)
            if kept + len(line) <= max_size:
                lines.append(line)
                kept += len(line)
            else:
                max_kept = max_size - kept
                lines.append(line[:max_kept])
                kept += max_kept
    if started or lines:
        yield RawMail(source=b"".join(lines), size=size, truncated=size > kept)
