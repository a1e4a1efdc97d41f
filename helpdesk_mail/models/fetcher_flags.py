# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
r"""Part of a visit to a mailbox: read marks follow both ways, where its owner wants that.

What was marked here (\\Seen, \\Flagged, \\Answered) is told to the server first; then what others
have changed there is noted here. So of two changes of one mark, that made here wins while the
server does not know of it yet, which is seconds; after that, the last one does. IMAP does not say
when a mark was changed.

Where the server counts changes (CONDSTORE, RFC 7162), a visit asks for those since the last one.
Other servers are asked which messages are unread, flagged and answered; the answer is compared
only where it is another one than last time. The first time, a mark that stands on either side
stands on both after it: whoever turns this on loses none.
"""

import hashlib
import logging

from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..transport import ConfigurationWrong

_logger = logging.getLogger(__name__)

MESSAGE = "helpdesk.mailbox.message"
# field -> letter in flags_to_tell, name for transport
FLAGS = {
    "is_read": ("S", "seen"),
    "is_starred": ("F", "flagged"),
    "is_answered": ("A", "answered"),
}
# in the context of writes that come from the server: they are not told to it again
HEARD = "helpdesk_mail_flags_heard"
_BATCH = 1000


def ask(fetcher, store, folder):
    """Note the last change in a folder before it is opened: what changes after that is for the next
    visit.
    """
    if fetcher.account._helpdesk_mail_follows_flags():
        fetcher.modseqs[folder] = store.modseq(folder.name)


def follow(fetcher, store, folder, state):
    """Tell and hear of the marks in the folder that is open."""
    if folder not in fetcher.modseqs or fetcher.settings.protocol != "imap":
        return
    try:
        _tell(fetcher, store, folder, state)
        _hear(fetcher, store, folder)
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        # somebody marks the very messages right now: the next visit tells and hears again
        _logger.info("Account %s: marks are being changed, next time", fetcher.account.id)
        fetcher.env.cr.rollback()
        fetcher.env.transaction.reset()


# ----------------------------------------------------------------------
# from here to the server
# ----------------------------------------------------------------------


def _tell(fetcher, store, folder, state):
    last_id = 0
    while rows := _to_tell(fetcher.env, folder, last_id):
        last_id = rows[-1][0]
        if state.writable:
            try:
                for (name, on), uids in _by_flag(rows).items():
                    store.set_flag(uids, name, on)
            except ConfigurationWrong as error:
                # the mailbox lets us read only: then marks stay what they are on either side
                _logger.info("Account %s: marks stay here: %s", fetcher.account.id, error)
        _told(fetcher, rows)


def _to_tell(env, folder, last_id):
    """The next messages of a folder with marks to be told: id, UID, letters and marks."""
    env[MESSAGE].flush_model()
    # what people have marked since this transaction began
    env.cr.commit()  # pylint: disable=invalid-commit
    return env.execute_query(
        SQL(
            "SELECT id, split_part(server_uid, ':', 2), flags_to_tell, is_read, is_starred,"
            " is_answered FROM helpdesk_mailbox_message WHERE folder_id = %s AND id > %s"
            " AND flags_to_tell IS NOT NULL AND server_uid LIKE %s ORDER BY id LIMIT %s",
            folder.id,
            last_id,
            f"{folder.uidvalidity}:%",
            _BATCH,
        )
    )


def _by_flag(rows):
    """(name of a flag, whether it is set) -> UIDs."""
    found = {}
    for _id, uid, letters, *marks in rows:
        for (letter, name), on in zip(FLAGS.values(), marks, strict=True):
            if letter in letters:
                found.setdefault((name, bool(on)), []).append(uid)
    return found


def _told(fetcher, rows):
    """The server knows; but for what was marked again in the meantime, which waits."""
    ids, _uids, letters, *marks = zip(*rows, strict=True)
    env = fetcher.env
    env.cr.commit()  # pylint: disable=invalid-commit
    env.execute_query(
        SQL(
            "UPDATE helpdesk_mailbox_message message SET flags_to_tell = NULL FROM unnest("
            "%s::int[], %s::text[], %s::bool[], %s::bool[], %s::bool[])"
            " AS told (id, letters, seen, flagged, answered) WHERE message.id = told.id"
            " AND message.flags_to_tell = told.letters"
            " AND message.is_read IS NOT DISTINCT FROM told.seen"
            " AND message.is_starred IS NOT DISTINCT FROM told.flagged"
            " AND message.is_answered IS NOT DISTINCT FROM told.answered RETURNING message.id",
            list(ids),
            list(letters),
            *map(list, marks),
        )
    )
    env.cr.commit()  # pylint: disable=invalid-commit
    env[MESSAGE].browse(ids).invalidate_recordset(["flags_to_tell"], flush=False)


# ----------------------------------------------------------------------
# from the server to here
# ----------------------------------------------------------------------


def _hear(fetcher, store, folder):
    modseq = fetcher.modseqs[folder]
    kind, _colon, before = (folder.flags_mark or "").partition(":")
    if modseq:
        mark = f"modseq:{modseq}"
        if mark == folder.flags_mark:
            return
        if kind == "modseq" and int(before) < modseq:
            uids = store.changed_since(int(before))
            for start in range(0, len(uids), _BATCH):
                part = uids[start : start + _BATCH]
                if known := _known(fetcher.env, folder, part):
                    _note(fetcher, folder, known, store.flags(known))
            _heard(fetcher, folder, mark)
            return
    sets = {name: store.with_flag(name) for _letter, name in FLAGS.values()}
    if not modseq:
        text = "\n".join(",".join(uids) for uids in sets.values())
        mark = f"sets:{hashlib.sha256(text.encode()).hexdigest()}"
    if mark != folder.flags_mark:
        _compare(fetcher, folder, sets, first=not folder.flags_mark)
        _heard(fetcher, folder, mark)


def _heard(fetcher, folder, mark):
    folder.flags_mark = mark
    fetcher._commit_now()


def _known(env, folder, uids):
    """UID -> (id, letters to be told, direction, marks) of the messages that are here."""
    rows = env.execute_query(
        SQL(
            "SELECT split_part(server_uid, ':', 2), id, flags_to_tell, direction, is_read,"
            " is_starred, is_answered FROM helpdesk_mailbox_message WHERE folder_id = %s"
            " AND server_uid = ANY(%s)",
            folder.id,
            [f"{folder.uidvalidity}:{uid}" for uid in uids],
        )
    )
    return {uid: row for uid, *row in rows}


def _note(fetcher, folder, known, flags):
    """Write the marks that are others on the server."""
    changes = {}
    for uid, (message_id, letters, direction, *marks) in known.items():
        if uid not in flags:
            continue
        for (field, (letter, name)), here in zip(FLAGS.items(), marks, strict=True):
            there = getattr(flags[uid], name)
            # what one has sent is read
            meant = field != "is_read" or direction == "in"
            if meant and bool(here) != there and letter not in (letters or ""):
                changes.setdefault((field, there), []).append(message_id)
    _write(fetcher, changes)


def _write(fetcher, changes):
    for (field, value), ids in changes.items():
        messages = fetcher.env[MESSAGE].browse(ids).with_context(**{HEARD: True})
        messages.write({field: value})
    fetcher._commit_now()


def _compare(fetcher, folder, sets, first):
    """Compare all messages of a folder with what the server marks, where nothing says what changed.

    :param first: they were never compared: a mark on either side counts
    """
    env = fetcher.env
    for field, (letter, name) in FLAGS.items():
        inverted = name == "seen"  # the server names the unread ones
        for marked_there in (False, True):
            # of messages whose mark differs from that on the server
            rows = env.execute_query(
                SQL(
                    "SELECT message.id FROM helpdesk_mailbox_message message"
                    " WHERE message.folder_id = %(folder)s AND message.server_uid LIKE %(prefix)s"
                    " AND position(%(letter)s in coalesce(message.flags_to_tell, '')) = 0"
                    " AND coalesce(message.%(field)s, false) != %(there)s %(direction)s"
                    " AND %(is_named)s EXISTS (SELECT FROM unnest(%(uids)s::text[]) AS named (uid)"
                    " WHERE named.uid = split_part(message.server_uid, ':', 2))",
                    folder=folder.id,
                    prefix=f"{folder.uidvalidity}:%",
                    letter=letter,
                    field=SQL.identifier(field),
                    there=marked_there,
                    direction=SQL("AND message.direction = 'in'") if inverted else SQL(),
                    is_named=SQL() if marked_there != inverted else SQL("NOT"),
                    uids=sets[name],
                )
            )
            ids = [row[0] for row in rows]
            for start in range(0, len(ids), _BATCH):
                part = ids[start : start + _BATCH]
                if first and not marked_there:
                    env[MESSAGE].browse(part)._tell_flags(letter)
                    fetcher._commit_now()
                else:
                    _write(fetcher, {(field, marked_there): part})
