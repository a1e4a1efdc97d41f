# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *journal*: have we met this message before?

A message is the same when its Message-ID and the fingerprint of its content are the same; the
server's name for it (folder + UIDVALIDITY + UID, or UIDL) was asked before it was even fetched
(:func:`unaccounted`).

The cost is one query a batch, whatever the size of the journal.
"""

import hashlib

from odoo.tools import SQL

from . import reasons

# before the UID of a message whose mailbox the inbox reads no more
MOVED = "moved."


def server_uid(raw):
    """The server's name for a message as the journal keeps it: "UIDVALIDITY:UID", or the UIDL."""
    if not raw.uid:
        return False
    return f"{raw.uidvalidity}:{raw.uid}" if raw.uidvalidity else raw.uid


def digest(parsed):
    """One key for Message-ID and content: hexadecimal SHA-256."""
    return hashlib.sha256(f"{parsed.message_id}\n{parsed.fingerprint}".encode()).hexdigest()


def source_digest(raw):
    """The key of a message that could not be read: hexadecimal SHA-256 of its octets."""
    return hashlib.sha256(raw.source or raw.uid.encode()).hexdigest()


def accounted(folder, server_uids):
    """Those of *server_uids* of the folder that the journal knows. One query.

    :return: dict of server uid -> whether the message is to stay on the server
    """
    if not server_uids:
        return {}
    rows = folder.env.execute_query(
        SQL(
            "SELECT server_uid, on_server FROM helpdesk_incoming_mail"
            " WHERE folder_id = %s AND server_uid = ANY(%s)",
            folder.id,
            list(server_uids),
        )
    )
    return dict(rows)


def run(batch):
    """Find duplicates and messages whose UID changed. One query for the batch."""
    Journal = batch.env["helpdesk.incoming.mail"]
    Journal.flush_model()
    for item in batch.items:
        item.digest = digest(item.parsed)
    rows = batch.env.execute_query(
        SQL(
            "SELECT mail.digest, mail.id, mail.folder_id, mail.server_uid, mail.inbox_id, "
            "mail.ticket_id,"
            " inbox.name, inbox.company_id"
            " FROM helpdesk_incoming_mail mail JOIN helpdesk_inbox inbox ON inbox.id = "
            "mail.inbox_id"
            " WHERE mail.digest = ANY(%s) ORDER BY mail.id",
            [
                *(item.digest for item in batch.items),
                # an import that goes on meets what it put into quarantine before
                *(source_digest(item.raw) for item in batch.items if batch.door.history),
            ],
        )
    )
    earlier = {}
    retried = {item.journal_id for item in batch.items}
    for row in rows:
        if row[1] not in retried:
            earlier.setdefault(row[0], []).append(row[1:])
    first = {}
    claimed = set()
    for item in batch.items:
        matches = earlier.get(item.digest, [])
        if batch.door.simulated:
            # as if it came for the first time
            if matches:
                item.step("journal", "met_before")
            continue
        if batch.door.imported_by:
            _mark_taken_in(batch, item, matches)
            continue
        if batch.door.history:
            matches = matches + earlier.get(source_digest(item.raw), [])
        moved = _moved_row(batch, item, matches, claimed)
        if moved:
            claimed.add(moved)
            item.known_row = moved
            item.outcome = "known"
            continue
        _mark_duplicate(batch, item, matches)
        if item.open:
            item.duplicate_of = first.get(item.digest)
            if item.duplicate_of is not None:
                item.decide(reasons.DUPLICATE, "journal", "duplicate")
        first.setdefault(item.digest, item)


def _mark_taken_in(batch, item, matches):
    """A message that somebody imports is a duplicate only where it has a ticket of this inbox."""
    for _row, _folder, _uid, inbox_id, ticket_id, _name, _company in matches:
        if inbox_id == batch.inbox.id and ticket_id:
            item.ticket_id = ticket_id
            item.decide(reasons.DUPLICATE, "journal", "duplicate")
            return


def _moved_row(batch, item, matches, claimed):
    """The row of this very message under another UIDVALIDITY of its folder, or None."""
    folder = batch.door.folder
    uid = server_uid(item.raw)
    if not folder or not uid:
        return None
    current = f"{item.raw.uidvalidity}:"
    for row_id, folder_id, known_uid, _inbox, _ticket, _name, _company in matches:
        if folder_id != folder.id or row_id in claimed or not known_uid:
            continue
        other = item.raw.uidvalidity and not known_uid.startswith(current)
        if other or known_uid.startswith(MOVED):
            return row_id
    return None


def _mark_duplicate(batch, item, matches):
    inbox = batch.inbox
    for _row, _folder, _uid, inbox_id, ticket_id, inbox_name, company_id in matches:
        if inbox_id == inbox.id and batch.door.history:
            # an import that goes on where it was stopped: it has its row already
            item.ticket_id = ticket_id
            item.outcome = "known"
            return
        if inbox_id == inbox.id:
            item.ticket_id = ticket_id
            item.decide(reasons.DUPLICATE, "journal", "duplicate")
            return
        if company_id == inbox.company_id.id and not inbox.accept_copies:
            item.ticket_id = ticket_id
            item.decide(reasons.DUPLICATE, "journal", "other_inbox", inbox=inbox_name)
            return
        item.is_copy = item.is_copy or company_id == inbox.company_id.id
