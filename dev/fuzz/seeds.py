# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Where the fuzzers start from: the recorded mails, their HTML, and the words of both languages."""

from __future__ import annotations

import email
import email.policy
import hashlib
import sys
from pathlib import Path

from .. import paths

RECORDED = paths.ADDON / "tests" / "data"


def write(folder: Path, name: str) -> Path:
    """Put the seeds of the target *name* into *folder*; returns the dictionary beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(RECORDED.glob("*.eml")):
        source = path.read_bytes()
        for seed in [source] if name == "parse" else _html(source):
            (folder / hashlib.sha256(seed).hexdigest()[:20]).write_bytes(seed)
    sys.path.insert(0, str(paths.ADDON / "tests" / "unit"))
    import strategies

    pieces = strategies.PIECES if name == "parse" else [w.encode() for w in strategies.MARKUP]
    dictionary = folder.parent / f"{name}.dict"
    lines = ['"' + "".join(f"\\x{octet:02x}" for octet in piece) + '"' for piece in pieces]
    dictionary.write_text("\n".join(dict.fromkeys(lines)) + "\n", encoding="ascii")
    return dictionary


def _html(source: bytes) -> list[bytes]:
    message = email.message_from_bytes(source, policy=email.policy.compat32)
    return [
        payload
        for part in message.walk()
        if part.get_content_type() == "text/html"
        and isinstance(payload := part.get_payload(decode=True), bytes)
    ]
