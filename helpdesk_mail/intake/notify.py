# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""After *write*: tell the sender that the request was received.

Automatic mail, our own addresses and no-reply addresses are never answered (RFC 3834, section
2); neither is history.
"""

import re

from odoo.tools import SQL

from . import reasons

# tickets of one sender within two hours
_MOST_ACKNOWLEDGED = 10

_NO_REPLY = re.compile(
    r"^(no|do[._-]?not|non?)[._-]?repl(y|ies)\b|^(mailer-daemon|postmaster|bounces?)\b",
    re.IGNORECASE,
)


def run(batch):
    """Queue *Request received* for the new tickets of the batch, in one go."""
    inbox = batch.inbox
    if batch.door.history or not inbox.notify_request_received:
        return
    own = batch.inbox._all_own_addresses()
    items = [
        item
        for item in batch.items
        if item.outcome == reasons.CREATED
        and not item.old
        and not item.agent_user_id
        and may_answer(item, own)
    ]
    items = _not_too_often(batch, items)
    tickets = batch.env["helpdesk.ticket"].browse([item.ticket_id for item in items])
    requests = {
        item.ticket_id: f"<{item.parsed.message_id}>" for item in items if item.parsed.message_id
    }
    tickets._helpdesk_mail_send_request_received(requests)


def _not_too_often(batch, items):
    """The items whose sender has opened few tickets lately: a machine that answers our answers is
    not answered for ever (RFC 3834, section 2). One query.
    """
    if not items:
        return []
    rows = batch.env.execute_query(
        SQL(
            "SELECT sender_email, count(*) FROM helpdesk_incoming_mail"
            " WHERE sender_email = ANY(%s) AND outcome = 'created'"
            " AND create_date > (now() AT TIME ZONE 'UTC') - interval '2 hours'"
            " GROUP BY sender_email",
            [item.sender_email for item in items],
        )
    )
    often = {email for email, count in rows if count > _MOST_ACKNOWLEDGED}
    return [item for item in items if item.sender_email not in often]


def may_answer(item, own_addresses):
    """Whether an automatic answer may go to the sender of *item*."""
    return bool(
        item.sender_email
        and not item.automatic
        and not item.parsed.mailing_list
        and item.sender_email not in own_addresses
        and not _NO_REPLY.match(item.sender_email)
    )
