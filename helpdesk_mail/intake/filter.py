# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *filter*: what is refused, and what is automatic.

Here stands what can be said of a mail without knowing its ticket. Automatic mail is only
marked: whether it is refused depends on the ticket that it belongs to, which *route* finds.
"""

import email.utils
from datetime import UTC, timedelta

from ..message import Kind
from . import web_form
from .addresses import normalize

_AUTOMATIC = {Kind.AUTO_REPLY, Kind.OUT_OF_OFFICE, Kind.BOUNCE, Kind.DELAY}
# between the mail server's clock and ours
_CLOCK_SKEW = timedelta(minutes=5)
_REFUSED = {
    Kind.READ_RECEIPT: "read_receipt",
    Kind.FEEDBACK_REPORT: "feedback_report",
}


def run(batch):
    """Name the sender of each message, refuse our own mail and receipts, mark automatic mail."""
    own = batch.inbox._own_addresses()
    forms = web_form.of_inbox(batch.inbox)
    everywhere = batch.inbox._all_own_addresses()
    others = everywhere - own if batch.inbox.other_inbox_policy == "refuse" else ()
    for item in batch.open_items():
        _note_import(batch, item)
        _name_sender(item, batch.inbox.address_source)
        forms.apply(item, everywhere)
        parsed = item.parsed
        item.automatic = parsed.kind in _AUTOMATIC or parsed.auto_submitted
        item.old = _is_old(batch, item)
        if "-loop-detection-bounce-email@" in " ".join([*parsed.in_reply_to, *parsed.references]):
            item.refuse("filter", "loop", even_wanted=True)
        elif before_start(batch, parsed):
            item.refuse("filter", "before_start", even_wanted=True)
        elif parsed.kind in _REFUSED:
            item.refuse("filter", _REFUSED[parsed.kind], even_wanted=True)
        elif parsed.kind not in (Kind.BOUNCE, Kind.DELAY) and item.sender_email in own:
            item.refuse("filter", "own_address", even_wanted=True, sender=item.sender_email)
        elif parsed.kind not in (Kind.BOUNCE, Kind.DELAY) and item.sender_email in others:
            item.refuse("filter", "other_inbox_sender", even_wanted=True, sender=item.sender_email)
        elif not item.sender_email:
            item.step("filter", "no_sender")


def _note_import(batch, item):
    """Say who takes in what was refused: nothing refuses it any more."""
    item.imported_by = batch.door.imported_by
    if item.imported_by:
        item.accepted = True
        code = "published" if batch.door.published else "imported"
        item.step("filter", code, user=item.imported_by)


def before_start(batch, parsed):
    """Whether a POP3 message is older than the inbox reads; with IMAP the server's search says
    so.
    """
    if batch.door.name != "pop3":
        return False
    start = batch.inbox.sync_start
    if start:
        arrived = _arrival(parsed) or parsed.date
        return arrived is not None and arrived.date() < start
    return _before_activation(batch, _arrival(parsed))


def _is_old(batch, item):
    """Whether a message of a mailbox came before the inbox was activated."""
    if batch.door.name == "imap":
        return _before_activation(batch, item.raw.received_at) or _before_folder(batch, item)
    return batch.door.name == "pop3" and _before_activation(batch, _arrival(item.parsed))


def _before_activation(batch, arrived):
    """Whether *arrived* (aware datetime or None) lies before the inbox was activated."""
    since = batch.inbox.active_since
    if arrived is None or not since:
        return False
    return arrived < since.replace(tzinfo=UTC) - _CLOCK_SKEW


def _before_folder(batch, item):
    """Whether a message came before anybody wanted its folder to be read."""
    since = batch.door.folder.read_since
    arrived = item.raw.received_at
    return bool(since and arrived) and arrived < since.replace(tzinfo=UTC) - _CLOCK_SKEW


def _arrival(parsed):
    """When the message came to the server: the time of the first Received field (RFC 5321, 4.4),
    aware, or None.
    """
    stamp = parsed.header("Received").rpartition(";")[2].strip()
    try:
        arrived = email.utils.parsedate_to_datetime(stamp)
    except ValueError:
        return None
    return arrived if arrived.tzinfo else arrived.replace(tzinfo=UTC)


def _name_sender(item, source):
    """Take the sender from the header field that the inbox trusts; From where that one is empty."""
    parsed = item.parsed
    candidates = {
        "from": [parsed.from_],
        "reply_to": [*parsed.reply_to, parsed.from_],
        "sender": [parsed.sender, parsed.from_],
    }[source or "from"]
    for address in [*candidates, parsed.sender]:
        email = normalize(address.email) if address else ""
        if email:
            item.sender_email = email
            item.sender_name = address.name or (
                parsed.from_.name if parsed.from_ and source == "reply_to" else ""
            )
            return
    item.sender_name = parsed.from_.name if parsed.from_ else ""


def is_by_machine(item):
    """Whether a program or a mailing list sent the mail."""
    parsed = item.parsed
    empty_path = parsed.header("Return-Path").replace(" ", "") == "<>"
    return item.automatic or parsed.mailing_list or empty_path
