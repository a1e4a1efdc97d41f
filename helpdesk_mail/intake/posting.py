# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What both writing roads say of a message in Odoo's terms."""

import datetime

from .addresses import format_address, normalize


def posted_sender(batch, item):
    """``email_from`` of the message: an agent who answers by mail speaks from the inbox's
    address.
    """
    if item.agent_user_id and item.author_id and not item.ticket_values and not item.internal:
        return batch.inbox._answer_from(batch.env["res.partner"].browse(item.author_id))
    return sender(item)


def sender(item):
    """Who wrote: name and address, or the name alone of somebody without one."""
    return format_address(item.sender_name, item.sender_email) or item.sender_name or False


def shown_sender(item):
    """Who wrote, as people read it: 'Name <address>'."""
    parts = [item.sender_name, f"<{item.sender_email}>" if item.sender_email else ""]
    return " ".join(filter(None, parts)) or False


def message_date(item):
    """The date of the message as Odoo keeps it (naive UTC): the Date header unless absent or in
    the future.
    """
    now = datetime.datetime.now(datetime.UTC)
    date = item.parsed.date or item.raw.received_at or now
    if date.tzinfo is None:
        date = date.replace(tzinfo=datetime.UTC)
    try:
        date = date.astimezone(datetime.UTC)
    except (OverflowError, ValueError):
        date = now
    if date > now + datetime.timedelta(days=1) or date.year < 1971:
        date = item.raw.received_at or now
    return date.astimezone(datetime.UTC).replace(tzinfo=None, microsecond=0)


def strangers(batch, addresses):
    """The addresses of a header without our own, comma separated: who already has this mail."""
    own = batch.inbox._own_addresses()
    return (
        ",".join(
            format_address(address.name, normalize(address.email))
            for address in addresses
            if normalize(address.email) and normalize(address.email) not in own
        )
        or False
    )
