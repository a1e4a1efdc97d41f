# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The road of a mail, top to bottom. Every door leads here.

    journal > filter > route > identify > map > write

A batch is processed in the caller's transaction. If it fails, it is run again one message at a
time, each in a savepoint; the one that fails alone goes to quarantine, whole, and blocks
nothing. Failures of the database itself (connection lost, serialisation, lock) are no failure
of a mail: they go to the caller, who rolls back and tries again; nothing was told to the server
until then.
"""

import dataclasses
import hashlib
import logging

import psycopg2

from ..message import parse
from . import filter as filter_stage
from . import identify, journal, mapping, notify, route, write
from .item import Batch, Item

_logger = logging.getLogger(__name__)

# the reaction they ask for is to try again later, not to put a mail aside
_TRY_AGAIN = (psycopg2.OperationalError, psycopg2.InterfaceError)
# neither is a request to stop. All else is the mail's failure, BaseException included: a panic
# in a library written in Rust is one, and must not block the mail behind it
_PASS_ON = (*_TRY_AGAIN, KeyboardInterrupt, SystemExit, GeneratorExit)


def take_in(env, door, raws, journal_ids=None):
    """Take in the messages *raws* (list of RawMail) that came through *door*.

    Writes and flushes, does not commit.

    :param journal_ids: the journal rows of the messages, in their order, for a retry; None for
        new mail
    :return: the list of Items, each with its outcome (or "known" where only its UID was new)
    :raise psycopg2.OperationalError: the database failed; roll back and try again
    """
    # mail that this causes goes into the queue: a slow outgoing server must not hold up what
    # comes in
    env = env(context={**env.context, "mail_notify_force_send": False})
    door = dataclasses.replace(
        door, inbox=door.inbox.with_env(env), folder=door.folder.with_env(env)
    )
    row_ids = journal_ids or [None] * len(raws)
    try:
        with env.cr.savepoint():
            return _walk(env, door, raws, row_ids)
    except _PASS_ON:
        raise
    except BaseException:
        if env.cr.closed:
            raise
        _logger.info(
            "Inbox %s: a batch of %d mails failed, taking them one by one",
            door.inbox.id,
            len(raws),
            exc_info=True,
        )
    env.invalidate_all()
    return [
        _take_in_alone(env, door, raw, row_id) for raw, row_id in zip(raws, row_ids, strict=True)
    ]


def _take_in_alone(env, door, raw, row_id):
    try:
        with env.cr.savepoint():
            return _walk(env, door, [raw], [row_id])[0]
    except _PASS_ON:
        raise
    except BaseException as error:
        if env.cr.closed:
            raise
        env.invalidate_all()
        _logger.warning("Inbox %s: a mail goes to quarantine", door.inbox.id, exc_info=True)
        return put_aside(env, door, raw, error, row_id)


def put_aside(env, door, raw, error, journal_id=None):
    """Put a message into quarantine without looking into it: the Item with its journal row.

    :param error: the exception, or the reason code where there was none ("crashed", "not_given")
    """
    # the header alone: whatever stopped the program before stands in the body
    try:
        header = read_header(raw.source)
    except _PASS_ON:
        raise
    except BaseException:
        header = parse(b"")
    item = Item(raw, header, journal_id=journal_id)
    batch = Batch(env, door, [item])
    item.digest = hashlib.sha256(raw.source or raw.uid.encode()).hexdigest()
    item.sender_email = item.parsed.from_.email if item.parsed.from_ else ""
    item.sender_name = item.parsed.from_.name if item.parsed.from_ else ""
    write.quarantine(batch, item, error)
    write.write_journal(batch)
    return item


def read_header(source):
    """The header of a mail (bytes) as a ParsedMessage without a body: cheap, and safe with any
    body.
    """
    header = source.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    return parse(header + b"\r\n\r\n")


def rehearse(env, door, raw):
    """What would become of a message, decided by the very stages of the road; nothing is written.

    :return: the Item with its trace, its outcome and the values that its ticket would get
    """
    item = Item(raw, parse(raw.source))
    _decide(Batch(env, door, [item]))
    if item.open:
        write.name_outcome(item)
    return item


def _decide(batch):
    journal.run(batch)
    filter_stage.run(batch)
    route.run(batch)
    identify.run(batch)
    mapping.run(batch)


def _walk(env, door, raws, row_ids):
    items = [
        Item(raw, parse(raw.source), journal_id=row_id)
        for raw, row_id in zip(raws, row_ids, strict=True)
    ]
    batch = Batch(env, door, items)
    _decide(batch)
    write.run(batch)
    notify.run(batch)
    env.flush_all()
    return items
