# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The road of private mail: a personal mailbox takes in what its owner gets, and what they send.

    journal > filter > identify > write

It has the doors, the journal and the guarantees of the road of inboxes (:mod:`.road`). What it
writes are sealed messages; the journal gets neither addresses nor subjects.
"""

import hashlib
import logging

from odoo.tools import SQL

from ..message import parse, text_to_html
from . import attachments, private_bounces, reasons, senders
from . import filter as filter_stage
from .addresses import normalize, recipient_key
from .item import Batch, Door, Item
from .journal import MOVED, digest, server_uid, source_digest
from .posting import message_date
from .road import is_no_fault_of_the_mail, together_or_alone
from .write import quarantine

_logger = logging.getLogger(__name__)

_PREVIEW = 200  # characters
_MOST_REFERENCES = 50
_LONGEST_ADDRESS = 320  # characters
# what makes a message that came one that was sent
_SENT = (
    "direction", "state", "party_email", "partner_id", "lead_id", "is_read", "author_user_id",
    "folder_id", "server_uid",
)  # fmt: skip
_MESSAGE = "helpdesk.mailbox.message"
_JOURNAL = "helpdesk.incoming.mail"


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
    _write_journal(batch)
    env.flush_all()
    return item


def _blunted(error):
    """*error* without what it quotes of the mail."""
    return RuntimeError(type(error).__name__)


def _walk(env, door, mails):
    items = [Item(raw, parse(raw.source), journal_id=row_id) for raw, row_id in mails]
    batch = Batch(env, door, items)
    _recognise(batch)
    _filter(batch)
    _identify(batch)
    private_bounces.run(batch)
    _write(batch)
    _write_journal(batch)
    env.flush_all()
    return items


# ----------------------------------------------------------------------
# journal: have we met it?
# ----------------------------------------------------------------------


def name_of(message_id):
    """How the journal of a mailbox knows a Message-ID, which may hold an address."""
    return hashlib.sha256(f"message-id\n{message_id}".encode()).hexdigest()


def _recognise(batch):
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


def _in_sent(batch):
    return bool(batch.door.folder) and batch.door.folder.name == batch.inbox.sent_folder


def _is_own_copy(batch, message_id):
    """Whether the folder of sent mail shows that a message that came was sent by the owner, who had
    put themselves in Cc.
    """
    if not _in_sent(batch):
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


# ----------------------------------------------------------------------
# filter, identify
# ----------------------------------------------------------------------


def _filter(batch):
    """Name who stands on the other side; refuse what the owner's deny list names."""
    own = batch.inbox._own_addresses()
    denied = batch.inbox._denied_by()
    in_sent = _in_sent(batch)
    for item in batch.open_items():
        parsed = item.parsed
        author = parsed.from_ or parsed.sender
        item.sender_email = _address(author.email) if author else ""
        item.sender_name = author.name if author else ""
        # what the folder of sent mail holds was sent, and what bears one's own address elsewhere
        # may be a stranger's: From alone proves nothing
        item.internal = in_sent
        if in_sent:
            addresses = [_address(address.email) for address in (*parsed.to, *parsed.cc)]
            item.follower_ids = [email for email in addresses if email and email not in own]
        else:
            item.follower_ids = [item.sender_email] if item.sender_email else []
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


def _identify(batch):
    """Link each message with a customer or a lead. Four queries for the batch."""
    items = batch.open_items()
    emails = {email for item in items for email in item.follower_ids}
    if not emails:
        return
    known = _known(batch, emails)
    for item in items:
        for email in item.follower_ids:
            found = _whose(email, *known)
            if found:
                item.partner_id, item.lead_id = found
                # whose message it is: the first of its recipients who is known
                item.follower_ids.remove(email)
                item.follower_ids.insert(0, email)
                break


def _known(batch, emails):
    """What is known of normalised addresses: as :func:`_whose` takes it."""
    pairs = _pairs(batch, emails)
    rest = emails - pairs.keys()
    recipients = senders.recipients(batch, rest)
    contacts = senders.contacts(batch, rest)
    leads, domains = senders.leads_and_domains(batch, rest - contacts.keys())
    return pairs, recipients, contacts, leads, domains


def whose(mailbox, emails):
    """Whose normalised addresses are, as this mailbox sees it: dict of address -> (customer id,
    lead id), without those that are nobody's; and address -> senders.Recipient.
    """
    batch = Batch(mailbox.env, Door(mailbox, None, "imap"), [])
    known = _known(batch, set(emails))
    found = {email: _whose(email, *known) for email in emails}
    return (
        {email: owner for email, owner in found.items() if owner},
        senders.recipients(batch, set(emails)),
    )


def _pairs(batch, emails):
    rows = batch.env["helpdesk.mailbox.pair"].search_fetch(
        [("mailbox_id", "=", batch.inbox.id), ("email", "in", sorted(emails))],
        ["email", "partner_id", "lead_id"],
    )
    return {row.email: (row.partner_id.id, row.lead_id.id) for row in rows}


def _whose(email, pairs, recipients, contacts, leads, domains):
    """(customer id, lead id) of an address, or None."""
    if email in pairs:
        return pairs[email]
    recipient = recipients.get(email)
    if recipient and recipient.is_shared:
        return None
    if recipient and recipient.partner_active:
        return recipient.partner_id, None
    if recipient and recipient.lead_active:
        return recipient.lead_partner_id, recipient.lead_id
    if email in contacts:
        found = contacts[email]
        if len({contact.customer_id for contact in found}) > 1:
            return None
        return found[0].id, None
    if email in leads:
        lead_id, _name, partner_id = leads[email]
        return partner_id, lead_id
    customer = domains.get(recipient_key(email).rpartition("@")[2])
    return (customer[0], None) if customer else None


# ----------------------------------------------------------------------
# write
# ----------------------------------------------------------------------


def _write(batch):
    """The messages of the batch and their files: one ``create`` for each."""
    items = batch.open_items()
    keys = _thread_keys(batch, items)
    new = [item for item in items if not item.mail_message_id]
    Message = batch.env[_MESSAGE]
    created = Message.create([_message_values(batch, item, keys[item]) for item in new])
    for item, message in zip(new, created, strict=True):
        item.mail_message_id = message.id
    _write_files(batch, new)
    for item in items:
        item.decide(reasons.PRIVATE, "write", "private")
        if item not in new:
            # it is here as one that came
            values = _message_values(batch, item, keys[item])
            Message.browse(item.mail_message_id).write({name: values[name] for name in _SENT})
    _join_threads(batch, {item.parsed.message_id: keys[item] for item in items})
    for item in batch.items:
        sent_here = item.reason == "private_sent_here"
        message = Message.browse(item.mail_message_id or [])
        # under a new UIDVALIDITY; or the server's copy of what was sent from here
        if message and (item.outcome == "known" or (sent_here and _in_sent(batch))):
            message.write(_place(batch, item))
        if sent_here and message.is_uncertain:
            # nobody knew, and now we do
            message._left()
    if any(not message.is_read for message in created):
        batch.inbox._tell_unread(new=True)


def _thread_keys(batch, items):
    """The key of the thread of each item: that of the first message of it that is here, else the
    oldest Message-ID that it names. One query.
    """
    named = {item: _referenced(item.parsed) for item in items}
    wanted = sorted({name for names in named.values() for name in names})
    known = {}
    if wanted:
        known = dict(
            batch.env.execute_query(
                SQL(
                    "SELECT message_id, thread_key FROM helpdesk_mailbox_message"
                    " WHERE mailbox_id = %s AND message_id = ANY(%s)",
                    batch.inbox.id,
                    wanted,
                )
            )
        )
    keys = {}
    for item in items:
        names = named[item]
        # the closest message first
        found = next((known[name] for name in reversed(names) if known.get(name)), "")
        keys[item] = found or (names or [item.parsed.message_id or item.digest])[0]
        if item.parsed.message_id:
            known.setdefault(item.parsed.message_id, keys[item])
    return keys


def _join_threads(batch, keys):
    """Let messages that were here before the one that they answer go into its thread: the newest
    are taken in first, and a folder after the other. One query.

    :param keys: Message-ID -> key of the thread of each message that is new here
    """
    keys = {name: key for name, key in keys.items() if name and name != key}
    if not keys:
        return
    batch.env[_MESSAGE].flush_model(["mailbox_id", "thread_key"])
    rows = batch.env.execute_query(
        SQL(
            "UPDATE helpdesk_mailbox_message message SET thread_key = thread.key"
            " FROM unnest(%s::text[], %s::text[]) AS thread (name, key)"
            " WHERE message.mailbox_id = %s AND message.thread_key = thread.name"
            " RETURNING message.id",
            list(keys),
            list(keys.values()),
            batch.inbox.id,
        )
    )
    ids = [row[0] for row in rows]
    batch.env[_MESSAGE].browse(ids).invalidate_recordset(["thread_key"], flush=False)


def _referenced(parsed):
    """The Message-IDs that a mail names, the oldest first."""
    names = dict.fromkeys([*parsed.references, *parsed.in_reply_to])
    if parsed.bounce and parsed.bounce.original_message_id:
        names[parsed.bounce.original_message_id] = None
    names.pop(parsed.message_id, None)
    names = list(names)
    return names if len(names) <= _MOST_REFERENCES else [names[0], *names[1 - _MOST_REFERENCES :]]


def _place(batch, item):
    """Where the message stands on the server."""
    folder = batch.door.folder
    return {"folder_id": folder.id if folder else False, "server_uid": server_uid(item.raw)}


def _message_values(batch, item, thread_key):
    parsed = item.parsed
    out = item.internal
    return {
        "mailbox_id": batch.inbox.id,
        "direction": "out" if out else "in",
        "state": "sent" if out else "received",
        "message_id": parsed.message_id or False,
        "references": " ".join(_referenced(parsed)) or False,
        "thread_key": thread_key,
        "sender_name": item.sender_name or False,
        "sender_email": item.sender_email or False,
        "email_to": _shown(parsed.to),
        "email_cc": _shown(parsed.cc),
        "email_reply_to": _shown(parsed.reply_to),
        "party_email": item.follower_ids[0] if item.follower_ids else False,
        "subject": " ".join(parsed.subject.split())[:500] or False,
        "date": message_date(item),
        "preview": " ".join((parsed.reply_text or parsed.text).split())[:_PREVIEW] or False,
        "body": parsed.html or text_to_html(parsed.text) or False,
        "has_attachments": any(not file.inline for file in parsed.attachments),
        "importance": parsed.importance,
        "kind": str(parsed.kind),
        "partner_id": item.partner_id or False,
        "lead_id": item.lead_id or False,
        "is_read": item.raw.seen or out,
        "is_starred": item.raw.flagged,
        "is_answered": item.raw.answered,
        "author_user_id": batch.inbox.user_id.id if out else False,
        "size": min(item.raw.size or len(item.raw.source), 2**31 - 1),
        "is_truncated": item.raw.truncated,
        **_place(batch, item),
    }


def _shown(addresses):
    """Addresses as people read them and write them again."""
    return (
        ", ".join(
            f'"{address.name.replace(chr(34), "")}" <{address.email}>'
            if address.name and address.email
            else address.email or address.name
            for address in addresses
        )
        or False
    )


def _write_files(batch, items):
    """The files of all messages in one ``create``; images stand where the mail shows them."""
    Attachment = batch.env["ir.attachment"].with_context(attachments_mime_plainxml=True)
    values_list, owners = [], []
    for item in items:
        for file in item.parsed.attachments:
            values_list.append(
                {
                    "name": file.filename,
                    "raw": file.content,
                    "mimetype": file.content_type,
                    "type": "binary",
                    "res_model": _MESSAGE,
                    "res_id": item.mail_message_id,
                }
            )
            owners.append((item, file))
    if batch.door.keep_raw:
        Attachment.create([_source(item) for item in items])
    if not values_list:
        return
    of_item = {}
    for (item, file), created in zip(owners, Attachment.create(values_list), strict=True):
        ids, urls = of_item.setdefault(item, ([], {}))
        ids.append(created.id)
        if file.content_id:
            # no token: whoever sees the message sees its images, and nobody else
            urls.setdefault(file.content_id, f"/web/image/{created.id}")
    for item, (ids, urls) in of_item.items():
        message = batch.env[_MESSAGE].browse(item.mail_message_id)
        values = {"attachment_ids": [(6, 0, ids)]}
        if urls.keys() & attachments.shown_images(item.parsed.html):
            values["body"] = attachments.embed_images(message.body, urls)
        message.write(values)


def _source(item):
    """The values of the attachment with the original, which POP3 deletes on the server."""
    return {
        "name": "source",
        "raw": item.raw.source,
        "mimetype": "message/rfc822",
        "type": "binary",
        "res_model": _MESSAGE,
        "res_field": "source",
        "res_id": item.mail_message_id,
    }


def _write_journal(batch):
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
