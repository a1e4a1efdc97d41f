# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Part of stage *identify*: who may write to an inbox.

What belongs to a ticket comes in whoever wrote it: somebody of ours wrote to them before. So does
what an agent forwards. A web form that the inbox names may write from any domain; whom it names
must be known all the same where only those who are known may write.
"""

from . import sender_lists


def welcome(item):
    """Note that mail of this sender is always accepted: deny rules and all that stands here do not
    hold for it. Not where somebody else may have written the address.
    """
    if item.recipient.is_accepted and item.verification != "fail":
        item.accepted = True
        item.step("identify", "accepted", told=False, sender=item.sender_email)


def has_open_ticket(item):
    """Whether the mail belongs to a ticket, and not only to a mail of its batch that was refused
    itself.
    """
    return bool(item.ticket_id) or (item.ticket_item is not None and item.ticket_item.open)


def refuse(batch, item):
    """Refuse the mail of somebody who may not write to this inbox; whether it was."""
    if has_open_ticket(item):
        return False
    inbox = batch.inbox
    sender = item.sender_email or "?"
    if inbox.unknown_policy == "refuse" and item.unknown:
        if item.refuse("identify", "unregistered", sender=sender):
            return True
    allowed = sender_lists.rules_of(inbox.allowed_domains or "")
    if allowed is None or item.web_form or allowed.of_sender(item.sender_email):
        return False
    if item.verification != "fail" and item.sender_email in inbox._administrator_addresses():
        return False
    return item.refuse("identify", "domain_not_allowed", sender=sender)
