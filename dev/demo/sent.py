# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``python3 -m dev mails``: what the demo has sent, which its SMTP server keeps."""

from __future__ import annotations

import argparse
import email
import email.message
import email.policy
import shutil
from datetime import datetime
from pathlib import Path

from ..console import Problem, say
from .outcomes import clip, pad
from .place import ALIASES, INBOX, NAME, Place


def main(words: list[str]) -> int:
    """List the stored mails, or show one; the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m dev mails", description=__doc__)
    parser.add_argument("number", nargs="?", type=int, help="show this one whole")
    parser.add_argument("--name", default=NAME, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    place = Place(options.name)
    files = stored(place.sent)
    if options.number is None:
        return _list(place, files)
    if not 1 <= options.number <= len(files):
        raise Problem(f"There are {len(files)} mails.")
    _show(_read(files[options.number - 1]))
    return 0


def stored(maildir: Path) -> list[Path]:
    """The mails in a Maildir that went out (not those to our own inbox), the oldest first."""
    found = [path for name in ("new", "cur") for path in (maildir / name).glob("*")]
    found.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
    return [path for path in found if _read(path)["X-Envelope-To"] not in (INBOX, *ALIASES)]


def _list(place: Place, files: list[Path]) -> int:
    width = shutil.get_terminal_size((120, 24)).columns
    for number, path in enumerate(files, start=1):
        mail = _read(path)
        when = datetime.fromtimestamp(path.stat().st_mtime).strftime("%H:%M:%S")
        to = clip(str(mail["X-Envelope-To"] or ""), 32)
        sender = clip(str(mail["From"] or ""), 42)
        say(
            clip(f"{number:>4}  {when}  {pad(sender, 42)}  {pad(to, 32)}  {mail['Subject']}", width)
        )
    say(
        f"{len(files)} mail{'' if len(files) == 1 else 's'} in {place.sent}"
        if files
        else "Nothing was sent yet."
    )
    if files:
        say(f"`{place.command('mails', str(len(files)))}` shows the last one.")
    return 0


def _show(mail: email.message.EmailMessage) -> None:
    for name, value in mail.items():
        say(f"{name}: {clip(str(value), 2000)}")
    say()
    body = mail.get_body(("plain", "html"))
    say(body.get_content() if body is not None else "(no text)")
    for part in mail.iter_attachments():
        say(f"[{part.get_content_type()}] {part.get_filename() or ''}")


def _read(path: Path) -> email.message.EmailMessage:
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(mail, email.message.EmailMessage)
    return mail
