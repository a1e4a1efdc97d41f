# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *write*, the batch road: all tickets in one ``create``, all messages in one, all
attachments in one.

It does for many mails what Odoo's mail gateway does for one
(``mail.thread._message_route_process`` and what that calls); :mod:`.hooks` says when it may be
taken. Everything that runs for one record only (after-hooks, notifications of followers) is
called the way Odoo calls it, for the messages that need it.
"""

from collections import defaultdict

from markupsafe import Markup
from odoo.tools import SQL

from ..message import text_to_html
from . import changes, folding, hooks, mapping
from .attachments import create_attachments, embed_images
from .posting import message_date, posted_sender, sender, strangers

# enough for whoever looks at the description of a ticket while it is created
_TEXT_LIMIT = 2_000


def run(batch, items):
    """Write the tickets and messages of *items* (the open messages of a batch, in their order)."""
    _create_tickets(batch, [item for item in items if item.ticket_values])
    replies = []
    for item in items:
        if item.ticket_values:
            continue
        item.ticket_id = item.resolved_ticket_id()
        replies.append(item)
    update_copies(batch, replies)
    attachments = create_attachments(batch, items)
    new = [item for item in items if item.ticket_values]
    _post(batch, new, attachments, _creation_subtype(batch))
    _find_last_messages(batch, replies)
    _post(batch, replies, attachments, None)
    _link_parents(batch, replies)
    _subscribe_and_notify(batch, items)


def _tickets(batch, items):
    return batch.env["helpdesk.ticket"].browse([item.ticket_id for item in items])


def _create_tickets(batch, items):
    if not items:
        return
    Ticket = batch.env["helpdesk.ticket"].with_context(
        mail_create_nosubscribe=True,
        mail_create_nolog=True,
        # followers of the team are subscribed below, once for all tickets
        helpdesk_mail_defer_auto_subscribe=True,
    )
    values_list = [dict(item.ticket_values) for item in items]
    for item, values in zip(items, values_list, strict=True):
        if item.parsed.html:
            # the text for now: sanitising HTML is what costs most, and the message body does it
            # as well
            values["description"] = Markup(text_to_html(item.parsed.text[:_TEXT_LIMIT]))
    numbers = [] if batch.door.simulated else _ticket_numbers(batch, len(items))
    for values, number in zip(values_list, numbers, strict=False):
        values["number"] = number
    groups = defaultdict(list)
    for item, ticket in zip(items, Ticket.create(values_list), strict=True):
        item.ticket_id = ticket.id
        related = {
            key: value
            for key, value in item.ticket_values.items()
            if key.endswith("_id") and key != "partner_id" and value
        }
        groups[tuple(sorted(related.items()))].append(ticket.id)
    for related, ticket_ids in groups.items():
        batch.env["helpdesk.ticket"].browse(ticket_ids)._message_auto_subscribe(
            dict(related), followers_existing_policy="update"
        )


def _ticket_numbers(batch, count):
    """*count* ticket numbers in one query, or none where the sequence wants to be asked one by
    one.
    """
    env = batch.env
    if hooks.is_overridden(
        env, "helpdesk.ticket", "_prepare_ticket_number", {"helpdesk_mgmt"}
    ) or any(
        hooks.is_overridden(env, "ir.sequence", method, {"base"})
        for method in ("next_by_code", "_next", "_next_do")
    ):
        return []
    sequence = env["ir.sequence"].search(
        [
            ("code", "=", "helpdesk.ticket.sequence"),
            ("company_id", "in", [batch.inbox.company_id.id, False]),
        ],
        order="company_id",
        limit=1,
    )
    if not sequence or sequence.implementation != "standard" or sequence.use_date_range:
        return []
    rows = env.execute_query(
        SQL(
            "SELECT nextval(%s) FROM generate_series(1, %s)",
            f"ir_sequence_{sequence.id:03d}",
            count,
        )
    )
    return [sequence.get_next_char(row[0]) for row in rows]


def update_copies(batch, replies):
    """Add the Cc addresses of replies to their tickets, as ``mail.thread.cc`` does."""
    for item in replies:
        if not item.parsed.cc or item.outsider or not item.notes_copies:
            continue
        ticket = _tickets(batch, [item])
        raw_dict = ticket._mail_cc_sanitized_raw_dict
        known = raw_dict(ticket.email_cc)
        added = raw_dict(mapping.copies(item.parsed.cc))
        if set(added) - set(known):
            ticket.email_cc = ", ".join({**added, **known}.values())


def _creation_subtype(batch):
    return batch.env["helpdesk.ticket"]._creation_subtype().id


def _post(batch, items, attachments, subtype_id):
    """Create the messages of *items* and call the after-hooks of each."""
    if not items:
        return
    env = batch.env
    tickets = _tickets(batch, items)
    reply_to = tickets._notify_get_reply_to()
    domains = tickets._mail_get_alias_domains(default_company=batch.inbox.company_id)
    note = env["ir.model.data"]._xmlid_to_res_id("mail.mt_note")
    comment = env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
    values_list = []
    for item in items:
        ids, urls = attachments.get(item, ((), {}))
        body = (
            mapping.body(batch, item)
            if not item.ticket_values
            else item.ticket_values["description"]
        )
        if urls:
            body = Markup(embed_images(body, urls))
        values_list.append(
            {
                "author_id": item.author_id or False,
                "author_guest_id": False,
                "email_from": posted_sender(batch, item),
                "model": "helpdesk.ticket",
                "res_id": item.ticket_id,
                "body": body,
                "message_type": "email",
                "parent_id": item.parent_message_id or item.last_message_id or False,
                "subject": mapping.subject(env, item.parsed),
                "subtype_id": subtype_id or (note if item.internal else comment),
                "is_internal": item.internal,
                # written for the record; nobody is notified because of it
                "partner_ids": item.recipient_partner_ids,
                "incoming_email_to": strangers(batch, item.parsed.to),
                "incoming_email_cc": strangers(batch, item.parsed.cc),
                "outgoing_email_to": False,
                "email_add_signature": True,
                "message_id": f"<{item.parsed.message_id}>" if item.parsed.message_id else False,
                "date": message_date(item),
                "record_alias_domain_id": domains[item.ticket_id].id,
                "record_company_id": batch.inbox.company_id.id,
                "reply_to": reply_to.get(item.ticket_id) or sender(item),
                "attachment_ids": [(4, attachment_id) for attachment_id in ids],
            }
        )
    messages = tickets._message_create(values_list)
    folding.unfold(batch.inbox, messages)
    if subtype_id:
        _copy_descriptions(tickets, messages)
    # mixins of Odoo's own have such a hook as well: whatever is not mail.thread's own is called
    hook = "_message_post_after_hook"
    base = getattr(type(env["mail.thread"]), hook)
    has_hook = getattr(type(env["helpdesk.ticket"]), hook) is not base
    for item, message, values in zip(items, messages, values_list, strict=True):
        item.mail_message_id = message.id
        values["partner_ids"] = []
        if has_hook:
            ticket = env["helpdesk.ticket"].browse(item.ticket_id)
            ticket._message_post_after_hook(message, values)
    batch.posted.update(zip(items, values_list, strict=True))


def _copy_descriptions(tickets, messages):
    """Give the new tickets the bodies of their messages as description: sanitised once, images
    included. One query.

    Both fields are sanitised by Odoo with the same settings, so that copying leaves nothing
    out.
    """
    tickets.flush_recordset(["description"])
    messages.flush_recordset(["body", "res_id"])
    tickets.env.execute_query(
        SQL(
            "UPDATE helpdesk_ticket ticket SET description = message.body FROM mail_message message"
            " WHERE message.id = ANY(%s) AND ticket.id = message.res_id RETURNING ticket.id",
            messages.ids,
        )
    )
    tickets.invalidate_recordset(["description"], flush=False)
    tickets.modified(["description"])


def _find_last_messages(batch, replies):
    """The last message of the thread as parent, where a reply names none. One query."""
    lonely = [
        item for item in replies if item.parent_message_id is None and item.parent_item is None
    ]
    if not lonely:
        return
    batch.env["mail.message"].flush_model(["res_id", "model", "message_type", "date"])
    rows = batch.env.execute_query(
        SQL(
            "SELECT DISTINCT ON (res_id) res_id, id FROM mail_message"
            " WHERE model = 'helpdesk.ticket' AND res_id = ANY(%s)"
            " AND message_type != 'user_notification'"
            " ORDER BY res_id, message_type IN ('comment', 'email') DESC, date DESC, id DESC",
            [item.ticket_id for item in lonely],
        )
    )
    last = dict(rows)
    for item in lonely:
        item.last_message_id = last.get(item.ticket_id)


def _link_parents(batch, replies):
    """Link the replies to messages of this batch, which have an id only now."""
    for item in replies:
        if item.parent_item is not None:
            item.parent_message_id = item.parent_item.mail_message_id
            message = batch.env["mail.message"].browse(item.mail_message_id)
            message.parent_id = item.parent_message_id
    batch.env["mail.message"].flush_model(["parent_id"])


def _subscribe_and_notify(batch, items):
    """In their order, subscribe whom each mail names and notify the followers that there are then.

    Only messages that somebody is to be notified of go through Odoo's (costly) notification.
    """
    env = batch.env
    changes.follow(batch, items)
    followed = _followed_tickets(env, items)
    authors = _parent_authors(env, items)
    # an add-on may notify others than followers
    always = hooks.is_overridden(
        env, "helpdesk.ticket", "_notify_thread", {"mail", "sms", "snailmail", "helpdesk_mail"}
    )
    for item in items:
        partner_ids = set(item.recipient_partner_ids)
        if item.agent_user_id and item.author_id and not item.ticket_values and not item.internal:
            partner_ids.add(item.author_id)
        if partner_ids:
            env["mail.followers"]._insert_followers(
                "helpdesk.ticket", [item.ticket_id], sorted(partner_ids), check_existing=True
            )
            followed.add(item.ticket_id)
        if batch.door.history or item.old:
            continue
        ticket = env["helpdesk.ticket"].browse(item.ticket_id)
        author_id, is_colleague = authors.get(item.parent_message_id, (None, False))
        values = batch.posted[item]
        # as the gateway does: who is answered hears of it, also without following
        if author_id and author_id != item.author_id and (item.internal or not is_colleague):
            values["partner_ids"] = [author_id]
        if (
            item.ticket_id in followed
            or values["partner_ids"]
            or item.agent_user_id
            # where nobody follows, an agent who is out of office still answers by Odoo's notice
            or is_colleague
            or ticket.user_id
            or always
        ):
            message = env["mail.message"].browse(item.mail_message_id)
            ticket._notify_thread(message, values)


def _followed_tickets(env, items):
    """The ids of the tickets that have followers already. One query."""
    env["mail.followers"].flush_model(["res_model", "res_id", "partner_id"])
    rows = env.execute_query(
        SQL(
            "SELECT DISTINCT res_id FROM mail_followers"
            " WHERE res_model = 'helpdesk.ticket' AND res_id = ANY(%s)",
            [item.ticket_id for item in items],
        )
    )
    return {row[0] for row in rows}


def _parent_authors(env, items):
    """Message id -> its author and whether that is one of us, of the messages answered. One
    query.
    """
    parents = [item.parent_message_id for item in items if item.parent_message_id]
    if not parents:
        return {}
    rows = env.execute_query(
        SQL(
            "SELECT message.id, author.id, author.partner_share IS NOT TRUE"
            " FROM mail_message message JOIN res_partner author ON author.id = message.author_id"
            " WHERE message.id = ANY(%s)",
            parents,
        )
    )
    return {row[0]: row[1:] for row in rows}
