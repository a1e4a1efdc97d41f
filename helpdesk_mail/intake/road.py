# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The road of a mail, top to bottom. Every door leads here.

    journal > filter > route > identify > rules > map > write

A batch is processed in the caller's transaction. If it fails, it is run again one message at a
time, each in a savepoint; the one that fails alone goes to quarantine, whole, and blocks
nothing. Failures of the database itself (connection lost, serialisation, lock) are no failure
of a mail: they go to the caller, who rolls back and tries again; nothing was told to the server
until then.
"""

import dataclasses
import logging

import psycopg2

from ..message import parse
from . import (
    auto_replies,
    commands,
    fill,
    identify,
    journal,
    mapping,
    notify,
    route,
    rules,
    verify,
    write,
)
from . import filter as filter_stage
from .item import Batch, Item

_logger = logging.getLogger(__name__)

# classes of SQLSTATE that say nothing of the mail: connection, transaction rollback, resources,
# object not in the state needed, operator intervention
_PASSING = {"08", "40", "53", "55", "57"}


def is_no_fault_of_the_mail(env, error):
    """Whether *error* asks to try again later, or to stop, rather than to put a mail aside.

    All else is the mail's failure, BaseException included: a panic in a library written in Rust is
    one, and must not block the mail behind it.
    """
    if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit | psycopg2.InterfaceError):
        return True
    if isinstance(error, psycopg2.OperationalError):
        return error.pgcode is None or error.pgcode[:2] in _PASSING
    return bool(env.cr.closed)


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
    env = env(
        context={
            **env.context,
            "mail_notify_force_send": False,
            "helpdesk_mail_history": door.history,
        }
    )
    door = dataclasses.replace(
        door, inbox=door.inbox.with_env(env), folder=door.folder.with_env(env)
    )
    row_ids = journal_ids or [None] * len(raws)
    # one for the batch and its retries: what it may wait for DNS is bounded
    # (what is published was written anew: its signatures are gone)
    checker = None if door.published else verify.authenticator(door.inbox)
    return together_or_alone(
        env,
        door,
        list(zip(raws, row_ids, strict=True)),
        lambda some: _walk(env, door, *map(list, zip(*some, strict=True)), checker),
        lambda raw, row_id: _take_in_alone(env, door, raw, row_id, checker),
    )


def together_or_alone(env, door, mails, together, alone, tell_why=True):
    """Take in *mails* in one go, or if that fails one by one: the list of Items.

    :param mails: a list of tuples, one for each mail
    :param together: called with *mails*
    :param alone: called with the values of one tuple, for each
    :param tell_why: whether the log says what failed: databases quote values
    """
    if not mails:
        return []
    try:
        with env.cr.savepoint():
            return together(mails)
    except BaseException as error:
        if is_no_fault_of_the_mail(env, error):
            raise
        _logger.info(
            "%s: a batch of %d mails failed, taking them one by one",
            door.inbox,
            len(mails),
            exc_info=tell_why,
        )
    env.invalidate_all()
    return [alone(*mail) for mail in mails]


def _take_in_alone(env, door, raw, row_id, checker):
    try:
        with env.cr.savepoint():
            return _walk(env, door, [raw], [row_id], checker)[0]
    except BaseException as error:
        if is_no_fault_of_the_mail(env, error):
            raise
        env.invalidate_all()
        if not door.plain and fill.fills(door):
            # what the inbox fills in may be what the ticket refuses: better a bare ticket than none
            words = write.words_of(error)
            _logger.info("Inbox %s: once more without what it fills in", door.inbox.id)
            plain = dataclasses.replace(door, plain=True, problem=words)
            return _take_in_alone(env, plain, raw, row_id, checker)
        _logger.warning("Inbox %s: a mail goes to quarantine", door.inbox.id, exc_info=True)
        return put_aside(env, door, raw, error, row_id)


def put_aside(env, door, raw, error, journal_id=None):
    """Put a message into quarantine without looking into it: the Item with its journal row.

    :param error: the exception, or the reason code where there was none ("crashed", "not_given",
        "paused")
    """
    try:
        # the header alone: whatever stopped the program before stands in the body
        header = read_header(raw.source)
        with env.cr.savepoint():
            return _put_aside(env, door, raw, header, error, journal_id)
    except BaseException as second:
        if is_no_fault_of_the_mail(env, second):
            raise
        _logger.warning("Inbox %s: not even the header can be kept", door.inbox.id, exc_info=True)
        env.invalidate_all()
    return _put_aside(env, door, raw, parse(b""), error, journal_id)


def _put_aside(env, door, raw, header, error, journal_id):
    item = Item(raw, header, journal_id=journal_id)
    batch = Batch(env, door, [item])
    item.digest = journal.source_digest(raw)
    item.sender_email = header.from_.email if header.from_ else ""
    item.sender_name = header.from_.name if header.from_ else ""
    write.quarantine(batch, item, error)
    write.write_journal(batch)
    env.flush_all()
    return item


def read_header(source):
    """The header of a mail (bytes) as a ParsedMessage without a body: cheap, and safe with any
    body.
    """
    header = source.partition(b"\r\n\r\n")[0].partition(b"\n\n")[0]
    return parse(header + b"\r\n\r\n")


def _decide(batch):
    filter_stage.run(batch)
    verify.run(batch)
    auto_replies.run(batch)
    route.run(batch)
    identify.run(batch)
    commands.run(batch)
    rules.run(batch)
    mapping.run(batch)


def _walk(env, door, raws, row_ids, checker):
    items = [
        Item(raw, parse(raw.source, authenticator=checker), journal_id=row_id)
        for raw, row_id in zip(raws, row_ids, strict=True)
    ]
    batch = Batch(env, door, items)
    journal.run(batch)
    _decide(batch)
    write.run(batch)
    env.flush_all()
    _notify(batch)
    _tell_problems(batch)
    return items


def _tell_problems(batch):
    """Tell the administrators of settings that do not work; what fails costs no mail."""
    env = batch.env
    for code, values in batch.problems:
        try:
            with env.cr.savepoint():
                batch.inbox._tell_problem(code, values)
                env.flush_all()
        except BaseException as error:
            if is_no_fault_of_the_mail(env, error):
                raise
            env.invalidate_all()
            _logger.warning("Inbox %s: nobody was told of %s", batch.inbox.id, code, exc_info=True)


def _notify(batch, kinds=notify.KINDS):
    """Tell senders and administrators; what fails costs its notification, never the mail nor
    another notification.
    """
    env = batch.env
    try:
        with env.cr.savepoint():
            notify.run(batch, kinds)
            env.flush_all()
    except BaseException as error:
        if is_no_fault_of_the_mail(env, error):
            raise
        env.invalidate_all()
        if len(batch.items) > 1:
            for item in batch.items:
                _notify(Batch(env, batch.door, [item]), kinds)
            return
        if len(kinds) > 1:
            for kind in kinds:
                _notify(batch, (kind,))
            return
        _logger.warning("Inbox %s: nobody was notified (%s)", batch.inbox.id, *kinds, exc_info=True)
        code = "not_told" if kinds == ("new_ticket",) else "not_notified"
        write.add_to_explanation(batch, code, error=f"{type(error).__name__}: {error}")
