# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The journal of private mail: have we met it? It gets neither addresses nor subjects."""

import hashlib

from odoo.tools import SQL

from . import reasons
from .journal import MOVED, digest, server_uid

_MESSAGE = "helpdesk.mailbox.message"
_JOURNAL = "helpdesk.incoming.mail"


def name_of(message_id):
    """How the journal of a mailbox knows a Message-ID, which may hold an address."""
    return hashlib.sha256(f"message-id\n{message_id}".encode()).hexdigest()


def recognise(batch):
    """Find what was met before, deleted here, or sent from here. One query for the batch."""
    env, mailbox = batch.env, batch.inbox
    env[_JOURNAL].flush_model()
    env[_MESSAGE].flush_model(["mailbox_id", "message_id", "direction", "folder_id"])
    for item in batch.items:
        item.digest = digest(item.parsed)
    ids = [item.parsed.message_id for item in batch.items if item.parsed.message_id]
    rows = env.execute_query(
        SQL(
            "SELECT digest, id, folder_id, server_uid, reason, mailbox_message_id, false"
            " FROM helpdesk_incoming_mail"
            " WHERE mailbox_id = %(mailbox)s AND digest = ANY(%(digests)s)"
            " UNION ALL SELECT message_id, 0, NULL, NULL, NULL, id, true"
            " FROM helpdesk_mailbox_message"
            " WHERE mailbox_id = %(mailbox)s AND message_id = ANY(%(ids)s)"
            " AND direction = 'out' AND folder_id IS NULL ORDER BY 2",
            mailbox=mailbox.id,
            digests=[item.digest for item in batch.items] + [name_of(name) for name in ids],
            ids=ids,
        )
    )
    met, sent = {}, {}
    for key, row_id, folder_id, uid, reason, record_id, is_sent in rows:
        if is_sent:
            sent[key] = record_id
        else:
            met.setdefault(key, []).append((row_id, folder_id, uid, reason, record_id))
    first, claimed = {}, {item.journal_id for item in batch.items}
    for item in batch.items:
        _recognise_one(batch, item, met, sent, first, claimed)


def _recognise_one(batch, item, met, sent, first, claimed):
    message_id = item.parsed.message_id
    rows = [row for row in met.get(item.digest, ()) if row[0] not in claimed]
    uid = server_uid(item.raw)
    for row_id, folder_id, known_uid, _reason, record_id in rows:
        # this very message under a new UIDVALIDITY of its folder
        if batch.door.folder.id == folder_id and uid and known_uid and _is_moved(item, known_uid):
            claimed.add(row_id)
            item.known_row, item.outcome = row_id, "known"
            item.mail_message_id = record_id
            return
    if item.digest in first:
        item.duplicate_of = first[item.digest]
        item.decide(reasons.DUPLICATE, "journal", "duplicate")
        return
    first[item.digest] = item
    if any(row[3] == "private_deleted" for row in met.get(name_of(message_id), ())):
        item.decide(reasons.PRIVATE, "journal", "private_deleted")
        # the server keeps its own, whatever the protocol
        item.is_unkept = True
    elif rows:
        known = next((row[4] for row in rows if row[4]), None)
        if known and _is_own_copy(batch, known):
            item.mail_message_id = known
            return
        item.decide(reasons.DUPLICATE, "journal", "duplicate")
    elif message_id in sent:
        item.mail_message_id = sent[message_id]
        item.decide(reasons.PRIVATE, "journal", "private_sent_here")


def in_sent(batch):
    return bool(batch.door.folder) and batch.door.folder.name == batch.inbox.sent_folder


def _is_own_copy(batch, message_id):
    """Whether the folder of sent mail shows that a message that came was sent by the owner, who had
    put themselves in Cc.
    """
    if not in_sent(batch):
        return False
    message = batch.env[_MESSAGE].browse(message_id)
    return message.direction == "in" and message.sender_email in batch.inbox._own_addresses()


def _is_moved(item, known_uid):
    current = f"{item.raw.uidvalidity}:"
    return known_uid.startswith(MOVED) or (
        bool(item.raw.uidvalidity) and not known_uid.startswith(current)
    )


def remember_deleted(messages):
    """Note in the journal that these messages were deleted here: no fetch brings them back."""
    env = messages.env
    known = env[_JOURNAL].search([("mailbox_message_id", "in", messages.ids)])
    known.write({"reason": "private_deleted"})
    env[_JOURNAL].create(
        [
            {
                "mailbox_id": message.mailbox_id.id,
                "digest": name_of(message.message_id),
                "outcome": reasons.PRIVATE,
                "reason": "private_deleted",
                "explanation": reasons.sentence(env, "private_deleted", {}),
            }
            for message in messages
            if message.message_id
        ]
    )


def write(batch):
    """One row for each message, without a word of it."""
    Journal = batch.env[_JOURNAL]
    rows, targets = [], []
    for item in batch.items:
        if item.outcome == "known":
            Journal.browse(item.known_row).write(
                {
                    "server_uid": server_uid(item.raw),
                    "folder_id": batch.door.folder.id,
                    "on_server": batch.door.name == "imap",
                }
            )
            continue
        values = _journal_values(batch, item)
        if item.journal_id:
            Journal.browse(item.journal_id).write(values)
        else:
            rows.append(values)
            targets.append(item)
    for item, row in zip(targets, Journal.create(rows) if rows else [], strict=True):
        item.journal_id = row.id


def _journal_values(batch, item):
    return {
        "mailbox_id": batch.inbox.id,
        "door": batch.door.name,
        "folder_id": batch.door.folder.id if batch.door.folder else False,
        "server_uid": server_uid(item.raw),
        "digest": item.digest,
        "size": min(item.raw.size or len(item.raw.source), 2**31 - 1),
        # by POP3 only what must never be deleted there
        "on_server": bool(item.raw.uid) and (batch.door.name == "imap" or item.stays_on_server),
        "outcome": item.outcome,
        "reason": item.reason,
        "explanation": " ".join(
            reasons.sentence(batch.env, step.code, step.values) for step in item.trace
        ),
        "mailbox_message_id": item.mail_message_id or False,
        "error": item.error or False,
    }
