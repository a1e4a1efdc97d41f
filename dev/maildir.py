# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Maildir folders as a mail server keeps them: mail that is written there has arrived. Standard
library only.
"""

from __future__ import annotations

import base64
import itertools
import os
import re
import time
from pathlib import Path

_SERIAL = itertools.count()


def mailbox_name_to_utf7(name: str) -> str:
    """``name`` in the modified UTF-7 that IMAP and Maildir directories use (RFC 3501, 5.1.3)."""

    def shift(match: re.Match[str]) -> str:
        if match[0] == "&":
            return "&-"
        encoded = base64.b64encode(match[0].encode("utf-16-be"))
        return "&" + encoded.decode().rstrip("=").replace("/", ",") + "-"

    return re.sub(r"&|[^\x20-\x7e]+", shift, name)


def make_maildir(maildir: Path, owner: tuple[int, int] | None = None) -> Path:
    """Make ``maildir`` with its cur, new and tmp where missing; returns ``maildir``.

    ``owner`` is (uid, gid) for what is made; missing parents are made as well.
    """
    inner = [maildir / name for name in ("cur", "new", "tmp")]
    for path in (*reversed(maildir.parents), maildir, *inner):
        if not path.exists():
            path.mkdir(mode=0o700)
            if owner and os.geteuid() == 0:
                os.chown(path, *owner)
    return maildir


def write_to_maildir(maildir: Path, source: bytes) -> Path:
    """Deliver ``source`` into an existing Maildir as its format asks: tmp first, then new.

    The file belongs to the owner of the Maildir. Returns its path in ``new``.
    """
    # Dovecot numbers new mails in the order of these names: by the seconds, then by the
    # microseconds behind the M. It takes the difference of two times into 32 bits, so that with
    # nanoseconds in place of the seconds two mails may change places.
    seconds, nanoseconds = divmod(time.time_ns(), 10**9)
    serial = next(_SERIAL)
    moment = f"{seconds}.M{nanoseconds // 1000:06}P{os.getpid()}Q{serial:08}"
    name = f"{moment}.localhost,S={len(source)}"
    temporary, final = maildir / "tmp" / name, maildir / "new" / name
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        if os.geteuid() == 0:
            status = os.stat(maildir)
            os.fchown(descriptor, status.st_uid, status.st_gid)
        file.write(source)
    os.rename(temporary, final)
    return final


def read_maildir(maildir: Path) -> list[tuple[str, bytes]]:
    """What a folder holds at one moment, in the order of the names: each file's name and its first
    4096 octets. The server may rename files meanwhile, also after its client has gone.
    """

    def listed() -> list[Path]:
        paths = [*maildir.glob("new/*"), *maildir.glob("cur/*")]
        return sorted(paths, key=lambda path: path.name)

    while True:
        paths = listed()
        try:
            found = [(path.name, _beginning(path)) for path in paths]
        except FileNotFoundError:
            continue
        if listed() == paths:
            return found


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)
