# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Private messages as they are stored, their threads and their files."""

from odoo.tools import SQL

from ..message import text_to_html
from . import attachments, reasons
from .journal import server_uid
from .posting import message_date
from .private_journal import in_sent

_PREVIEW = 200  # characters
_MOST_REFERENCES = 50
# what makes a message that came one that was sent
_SENT = (
    "direction", "state", "party_email", "partner_id", "lead_id", "is_read", "author_user_id",
    "folder_id", "server_uid",
)  # fmt: skip
_MESSAGE = "helpdesk.mailbox.message"


def write(batch):
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
        if message and (item.outcome == "known" or (sent_here and in_sent(batch))):
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
    out = item.is_sent
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
        "party_email": item.others[0] if item.others else False,
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
