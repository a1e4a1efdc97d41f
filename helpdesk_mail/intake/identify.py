# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *identify*: who wrote?

In this order: a banned address or one that a deny rule covers is refused; a shared address is
linked to nobody; the pairing of the address; a contact with this address, linked with its
customer (several candidates of different customers: none is linked, all are named); a lead with
this address; a customer's domain; otherwise unknown.

One query each for all recipients, all contacts, all leads and all domains of a batch.
"""

from . import deny, reasons, recipients


def run(batch):
    """Find author, customer and lead of each open message, and the contacts in To and Cc."""
    # delivery reports name a server, not a person
    items = batch.open_items()
    if not items:
        return
    own = batch.inbox._own_addresses()
    recipients.find(batch, items)
    copies = {
        item: [email for email in item.parsed.recipients if email not in own] for item in items
    }
    emails = {item.sender_email for item in items if item.sender_email}
    for item in items:
        emails.update(copies[item])
    partners = _partners(batch, emails)
    senders = {item.sender_email for item in items if item.sender_email}
    leads = _leads(batch, senders - set(partners))
    rules = deny.rules_of_inbox(batch.env, batch.inbox)
    for item in items:
        _identify_sender(batch, item, partners, leads)
        if not item.agent_user_id and _refuse(batch, item, rules):
            continue
        item.recipient_partner_ids = list(
            dict.fromkeys(
                partners[email][0].id
                for email in copies[item]
                if email in partners and email != item.sender_email
            )
        )
    _leave_refused(items)


def _leave_refused(items):
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
    if item.ticket_id or item.ticket_item:
        if batch.inbox.accept_banned_replies:
            return False
    if item.recipient.is_banned:
        item.decide(reasons.IGNORED, "identify", "banned", sender=item.sender_email)
        return True
    rule = rules.of_mail(item.sender_email, item.parsed) or rules.of_sender(item.web_form)
    if rule is None:
        return False
    item.deny_rule_id = rule.id
    item.decide(
        reasons.IGNORED, "identify", "denied", sender=item.sender_email, pattern=rule.pattern
    )
    return True


def _partners(batch, emails):
    """Normalised address -> contacts, the best first: internal users, portal users, own
    company, oldest.
    """
    if not emails:
        return {}
    company = batch.inbox.company_id
    found = {}
    records = batch.env["res.partner"].search_fetch(
        [
            ("email_normalized", "in", list(emails)),
            ("company_id", "in", [False, company.id]),
        ],
        [
            "email_normalized",
            "commercial_partner_id",
            "partner_share",
            "company_id",
            "name",
            "email",
        ],
        order="id",
    )
    users = (
        dict(
            batch.env["res.users"]._read_group(
                [("partner_id", "in", records.ids)], ["partner_id"], ["id:recordset"]
            )
        )
        if records
        else {}
    )
    for partner in records.sorted(
        key=lambda partner: (
            partner.partner_share,
            partner not in users,
            partner.company_id != company,
            partner.id,
        )
    ):
        found.setdefault(partner.email_normalized, []).append(partner)
    return found


def _leads(batch, emails):
    """Normalised address -> the newest lead or opportunity with that address."""
    if not emails:
        return {}
    leads = batch.env["crm.lead"].search_fetch(
        [
            ("email_normalized", "in", list(emails)),
            ("company_id", "in", [False, batch.inbox.company_id.id]),
        ],
        ["email_normalized", "name", "partner_id"],
        order="id desc",
    )
    found = {}
    for lead in leads:
        found.setdefault(lead.email_normalized, lead)
    return found


def _identify_sender(batch, item, partners, leads):
    candidates = partners.get(item.sender_email, [])
    recipient = item.recipient
    if candidates and not candidates[0].partner_share:
        _link_colleague(batch, item, candidates[0])
    elif recipient.is_shared:
        item.step("identify", "shared", sender=item.sender_email)
    elif recipient.partner_id.active:
        item.author_id = item.partner_id = recipient.partner_id.id
        item.step("identify", "paired", partner=recipient.partner_id.display_name)
    elif recipient.lead_id.active:
        item.lead_id = recipient.lead_id.id
        item.partner_id = recipient.lead_id.partner_id.id or None
        item.step("identify", "paired_lead", lead=recipient.lead_id.name)
    elif candidates:
        _link_contact(batch, item, candidates)
    elif item.sender_email in leads:
        lead = leads[item.sender_email]
        item.lead_id = lead.id
        item.partner_id = lead.partner_id.id or None
        item.step("identify", "lead", lead=lead.name)
    elif item.sender_email:
        item.step("identify", "unknown", sender=item.sender_email)


def _link_colleague(batch, item, partner):
    """One of us: an agent where the helpdesk is theirs, else somebody who asks for help."""
    item.author_id = item.partner_id = item.contact_id = partner.id
    inbox = batch.inbox
    ours = inbox.user_ids | inbox.team_id.user_ids
    user = partner.user_ids.filtered(
        lambda user: (
            user in ours
            or (
                inbox.company_id in user.company_ids
                and user.has_group("helpdesk_mgmt.group_helpdesk_user_own")
            )
        )
    )[:1]
    if not user or item.web_form:
        if item.web_form:
            # whoever fills in a web form can write an agent's address into it
            item.author_id = None
        item.step("identify", "contact", partner=partner.display_name)
        return
    item.agent_user_id = user.id
    item.step("identify", "agent", user=partner.name or item.sender_email)
    if item.by_number:
        # anybody can write an agent's address and a ticket number: nothing goes out for that
        item.internal = True
        item.step("identify", "agent_unverified")


def _link_contact(batch, item, candidates):
    best = candidates[0]
    customers = {partner.commercial_partner_id for partner in candidates}
    if len(customers) > 1:
        names = ", ".join(partner.display_name for partner in candidates[:10])
        item.step("identify", "contacts_differ", sender=item.sender_email, partners=names)
        return
    item.author_id = item.partner_id = item.contact_id = best.id
    item.step("identify", "contact", partner=best.display_name)
