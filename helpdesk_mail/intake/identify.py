# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *identify*: who wrote?

In this order: a banned address or one that a deny rule covers is refused; a shared address is
linked to nobody; the pairing of the address; a contact with this address, linked with its
customer (several candidates of different customers: none is linked, all are named); a lead with
this address; a customer's domain; otherwise unknown.

Three queries for a batch (:mod:`.senders`). A customer's mail that an agent forwards is the
customer's (:mod:`.forwards`); who may write at all is for :mod:`.admission`.
"""

from . import admission, copies, deny, forwards, scope, senders
from .addresses import domain_of, recipient_key


def run(batch):
    """Find author, customer and lead of each open message, and the contacts in To and Cc."""
    # delivery reports name a server, not a person
    items = batch.open_items()
    if not items:
        return
    own = batch.inbox._own_addresses()
    named = {
        item: [email for email in item.parsed.recipients if email not in own] for item in items
    }
    # one of these may turn out to be an agent's: who wrote what they forward is looked up as well
    inner = forwards.inner_senders(batch, items)
    emails = {*(item.sender_email for item in items), *inner.values()}
    recipients = senders.recipients(batch, emails)
    emails.discard("")
    contacts = senders.contacts(batch, emails.union(*named.values()))
    leads, domains = senders.leads_and_domains(
        batch,
        {
            email
            for email in emails
            if email not in contacts
            and not recipients[email].is_shared
            and not recipients[email].is_linked
        },
    )
    rules = deny.rules_of_inbox(batch.env, batch.inbox)
    for item in items:
        item.recipient = recipients[item.sender_email]
        admission.welcome(item)
        _identify_sender(batch, item, contacts, leads, domains)
        if item.agent_user_id and item in inner:
            forwards.hand_over(batch, item, inner[item], recipients[inner[item]])
            named[item] = []
            _identify_sender(batch, item, contacts, leads, domains)
        if not item.agent_user_id and (
            _refuse(batch, item, rules) or admission.refuse(batch, item)
        ):
            continue
        item.recipient_partner_ids = list(
            dict.fromkeys(
                contacts[email][0].id
                for email in named[item]
                if email in contacts and email != item.sender_email
            )
        )
    leave_refused(items)
    scope.run(batch, items)
    copies.run(batch, items)


def leave_refused(items):
    """Give a ticket of its own to what answers a mail of this batch that was refused."""
    for item in items:
        if item.open and item.ticket_item is not None and not item.ticket_item.open:
            if item.resolved_ticket_id() is None:
                item.ticket_item = item.parent_item = None
                item.step("route", "new")


def _refuse(batch, item, rules):
    """Refuse the mail of a banned sender, or one that a deny rule covers; whether it was.

    Their replies to tickets of theirs are refused as well, unless the inbox says otherwise.
    """
    if admission.has_open_ticket(item) and batch.inbox.accept_banned_replies:
        return False
    if item.recipient.is_banned:
        return item.refuse("identify", "banned", sender=item.sender_email)
    rule = rules.of_mail(item.sender_email, item.parsed) or rules.of_sender(item.web_form)
    if rule is None:
        return False
    refused = item.refuse("identify", "denied", sender=item.sender_email, pattern=rule.pattern)
    item.deny_rule_id = rule.id if refused else None
    return refused


def _identify_sender(batch, item, contacts, leads, domains):
    candidates = contacts.get(item.sender_email, [])
    recipient = item.recipient
    forged = item.verification == "fail"
    if forged and (
        batch.inbox.forged_policy == "unlinked" or (candidates and candidates[0].is_internal)
    ):
        # nobody becomes one of us by writing one of our addresses
        item.unknown = True
        item.step("identify", "forged_unlinked")
    elif candidates and candidates[0].is_internal:
        _link_colleague(batch, item, candidates[0])
    elif (
        item.has_ticket
        and not item.web_form
        and item.sender_email in batch.inbox._administrator_addresses()
    ):
        item.internal = True
        item.step("identify", "administrator", sender=item.sender_email)
    elif recipient.is_shared:
        item.step("identify", "shared", sender=item.sender_email)
    elif recipient.partner_active:
        item.author_id = item.partner_id = recipient.partner_id
        item.step("identify", "paired", partner=recipient.partner_name)
    elif recipient.lead_active:
        item.lead_id = recipient.lead_id
        item.partner_id = recipient.lead_partner_id
        item.step("identify", "paired_lead", lead=recipient.lead_name)
    elif candidates:
        _link_contact(item, candidates)
    elif item.sender_email in leads:
        item.lead_id, name, item.partner_id = leads[item.sender_email]
        item.step("identify", "lead", lead=name)
    elif customer := domains.get(domain_of(recipient_key(item.sender_email))):
        item.partner_id, name = customer
        item.step("identify", "customer_domain", partner=name)
    elif recipient.is_paired:
        name = recipient.partner_name or recipient.lead_name
        item.step("identify", "paired_archived", name=name)
    else:
        item.unknown = True
        if item.sender_email:
            item.step("identify", "unknown", sender=item.sender_email)
            item.becomes_lead = batch.inbox.unknown_policy == "lead" and not item.automatic


def _link_colleague(batch, item, contact):
    """One of us: an agent where the helpdesk is theirs, else somebody who asks for help."""
    item.author_id = item.partner_id = item.contact_id = contact.id
    partner = batch.env["res.partner"].browse(contact.id)
    inbox = batch.inbox
    ours = inbox.user_ids | inbox.team_id.user_ids | inbox.administrator_ids
    user = partner.user_ids.filtered(
        lambda user: (
            user in ours
            or (
                inbox.company_id in user.company_ids
                and user.has_group("helpdesk_mgmt.group_helpdesk_user_own")
            )
        )
    )[:1]
    if not user or item.web_form or item.forward:
        if item.web_form or item.forward:
            # whoever fills in a web form, or forwards a mail, can write an agent's address into it
            item.author_id = None
        item.step("identify", "contact", partner=contact.name)
        return
    item.agent_user_id = user.id
    item.step("identify", "agent", user=partner.name or item.sender_email)
    if item.by_number and item.verification != "pass":
        # anybody can write an agent's address and a ticket number: nothing goes out for that
        item.internal = True
        item.step("identify", "agent_unverified")


def _link_contact(item, candidates):
    best = candidates[0]
    customers = {contact.customer_id for contact in candidates}
    if len(customers) > 1:
        names = ", ".join(contact.name for contact in candidates[:10])
        item.step("identify", "contacts_differ", sender=item.sender_email, partners=names)
        return
    item.author_id = item.partner_id = item.contact_id = best.id
    item.step("identify", "contact", partner=best.name)
