# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The road of private mail: a personal mailbox takes in what its owner gets, and what they send.

    journal > filter > identify > write

It has the doors, the journal and the guarantees of the road of inboxes (:mod:`.road`). What it
writes are sealed messages; the journal gets neither addresses nor subjects.
"""

import logging

from ..message import parse
from . import filter as filter_stage
from . import private_bounces, private_identify, private_journal, private_write, reasons
from .addresses import normalize
from .item import Batch, Item
from .journal import source_digest
from .private_identify import whose
from .private_journal import in_sent, remember_deleted
from .road import is_no_fault_of_the_mail, together_or_alone
from .write import quarantine

__all__ = ["put_aside", "remember_deleted", "take_in", "whose"]

_logger = logging.getLogger(__name__)

_LONGEST_ADDRESS = 320  # characters


def take_in(env, door, raws, journal_ids=None):
    """Take in the messages *raws* (list of RawMail) of the mailbox ``door.inbox``.

    Writes and flushes, does not commit; see :func:`.road.take_in`.

    :param journal_ids: the journal rows of the messages, in their order, for a retry
    """
    row_ids = journal_ids or [None] * len(raws)
    return together_or_alone(
        env,
        door,
        list(zip(raws, row_ids, strict=True)),
        lambda some: _walk(env, door, some),
        lambda raw, row_id: _alone(env, door, raw, row_id),
        tell_why=False,
    )


def _alone(env, door, raw, row_id):
    try:
        with env.cr.savepoint():
            return _walk(env, door, [(raw, row_id)])[0]
    except BaseException as error:
        if is_no_fault_of_the_mail(env, error):
            raise
        env.invalidate_all()
        # what it says is in no log
        _logger.warning("%s: a mail goes to quarantine (%s)", door.inbox, type(error).__name__)
        return put_aside(env, door, raw, error, row_id)


def put_aside(env, door, raw, error, journal_id=None):
    """Remember a message that cannot be read: the Item with its journal row.

    The server keeps it, so nothing of it is kept here.

    :param error: the exception, or the reason code where there was none
    """
    item = Item(raw, parse(b""), journal_id=journal_id, is_unkept=True)
    item.digest = source_digest(raw)
    batch = Batch(env, door, [item])
    quarantine(batch, item, error if isinstance(error, str) else _blunted(error))
    private_journal.write(batch)
    env.flush_all()
    return item


def _blunted(error):
    """*error* without what it quotes of the mail."""
    return RuntimeError(type(error).__name__)


def _walk(env, door, mails):
    items = [Item(raw, parse(raw.source), journal_id=row_id) for raw, row_id in mails]
    batch = Batch(env, door, items)
    private_journal.recognise(batch)
    _filter(batch)
    private_identify.identify(batch)
    private_bounces.run(batch)
    private_write.write(batch)
    private_journal.write(batch)
    env.flush_all()
    return items


def _filter(batch):
    """Name who stands on the other side; refuse what the owner's deny list names."""
    own = batch.inbox._own_addresses()
    denied = batch.inbox._denied_by()
    is_sent = in_sent(batch)
    for item in batch.open_items():
        parsed = item.parsed
        author = parsed.from_ or parsed.sender
        item.sender_email = _address(author.email) if author else ""
        item.sender_name = author.name if author else ""
        # what the folder of sent mail holds was sent, and what bears one's own address elsewhere
        # may be a stranger's: From alone proves nothing
        item.is_sent = is_sent
        if is_sent:
            addresses = [_address(address.email) for address in (*parsed.to, *parsed.cc)]
            item.others = [email for email in addresses if email and email not in own]
        else:
            item.others = [item.sender_email] if item.sender_email else []
            if filter_stage.before_start(batch, parsed):
                item.decide(reasons.IGNORED, "filter", "before_start")
            elif denied and item.sender_email and denied.of_mail(item.sender_email, parsed):
                item.decide(reasons.IGNORED, "filter", "private_denied")
                # nothing of it is kept here: POP3 must not delete it there
                item.is_unkept = True


def _address(text):
    """A normalised address, or "": what is too long for one would not fit into an index."""
    email = normalize(text)
    return email if len(email) <= _LONGEST_ADDRESS else ""
