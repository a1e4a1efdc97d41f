# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Whose private mail is: pairings of the mailbox first, then what the company knows."""

from . import senders
from .addresses import recipient_key
from .item import Batch, Door


def identify(batch):
    """Link each message with a customer or a lead. Four queries for the batch."""
    items = batch.open_items()
    emails = {email for item in items for email in item.others}
    if not emails:
        return
    known = _known(batch, emails)
    for item in items:
        for email in item.others:
            found = _whose(email, *known)
            if found:
                item.partner_id, item.lead_id = found
                # whose message it is: the first of its recipients who is known
                item.others.remove(email)
                item.others.insert(0, email)
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
