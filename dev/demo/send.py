# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""``python3 -m dev send``: write a mail to the demo inbox while ``make run`` runs."""

from __future__ import annotations

import argparse
import email.message
import email.policy
import email.utils
import mimetypes
import smtplib
import sys
from pathlib import Path

from ..console import Problem, say
from .place import HOST, INBOX, NAME, Place


def main(words: list[str]) -> int:
    """Send one mail; the exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m dev send", description=__doc__)
    parser.add_argument("--subject", default="Hello")
    parser.add_argument("--body", default="", help="the text; - reads standard input")
    parser.add_argument("--from", dest="sender", default="Robin Example <robin@example.org>")
    parser.add_argument("--to", default=INBOX, help="default: the demo inbox")
    parser.add_argument("--reply-to-message", metavar="ID", help="the Message-ID to answer")
    parser.add_argument("--attach", type=Path, action="append", default=[], metavar="FILE")
    parser.add_argument("--name", default=NAME, help=argparse.SUPPRESS)
    options = parser.parse_args(words)
    place = Place(options.name)
    port = place.settings().get("smtp")
    if not port or not place.is_taken():
        raise Problem("The demo does not run: start it with `make run` in another terminal.")
    message = _compose(options)
    _, sender = email.utils.parseaddr(options.sender)
    _, recipient = email.utils.parseaddr(options.to)
    try:
        with smtplib.SMTP(HOST, int(port), timeout=30) as smtp:
            smtp.sendmail(sender, [recipient], message.as_bytes(policy=email.policy.SMTP))
    except (OSError, smtplib.SMTPException) as error:
        raise Problem(f"The demo's SMTP server refuses: {error}") from error
    say(f"Sent to {recipient}: {options.subject} {message['Message-ID']}")
    return 0


def _compose(options: argparse.Namespace) -> email.message.EmailMessage:
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = options.sender
    message["To"] = options.to
    message["Subject"] = options.subject
    message["Date"] = email.utils.localtime()
    domain = email.utils.parseaddr(options.sender)[1].rpartition("@")[2]
    message["Message-ID"] = email.utils.make_msgid(domain=domain or "example.org")
    if options.reply_to_message:
        identifier = f"<{options.reply_to_message.strip('<>')}>"
        message["In-Reply-To"] = message["References"] = identifier
    text = sys.stdin.read() if options.body == "-" else options.body
    message.set_content(text or options.subject)
    for path in options.attach:
        kind = (mimetypes.guess_type(path.name)[0] or "application/octet-stream").split("/")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Problem(f"{path}: {error.strerror}.") from error
        message.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=path.name)
    return message
