# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *identify*: who wrote?

A contact with this address, linked with its customer; several candidates of different
customers: none is linked, all are named. Otherwise a lead with this address, otherwise unknown.
(Recipients, pairing, bans and customer domains stand before and after these, each as a step of
its own.)

One query for all senders and recipients of a batch, one for the leads.
"""


def run(batch):
    """Find author, customer and lead of each open message, and the contacts in To and Cc."""
    # delivery reports name a server, not a person
    items = batch.open_items()
    if not items:
        return
    own = batch.inbox._own_addresses()
    copies = {
        item: [email for email in item.parsed.recipients if email not in own] for item in items
    }
    emails = {item.sender_email for item in items if item.sender_email}
    for item in items:
        emails.update(copies[item])
    partners = _partners(batch, emails)
    senders = {item.sender_email for item in items if item.sender_email}
    leads = _leads(batch, senders - set(partners))
    for item in items:
        _identify_sender(batch, item, partners, leads)
        item.recipient_partner_ids = list(
            dict.fromkeys(
                partners[email][0].id
                for email in copies[item]
                if email in partners and email != item.sender_email
            )
        )


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
    if candidates:
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
    item.author_id = item.partner_id = partner.id
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
    if not user:
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
    if not best.partner_share:
        _link_colleague(batch, item, best)
        return
    customers = {partner.commercial_partner_id for partner in candidates}
    if len(customers) > 1:
        names = ", ".join(partner.display_name for partner in candidates[:10])
        item.step("identify", "contacts_differ", sender=item.sender_email, partners=names)
        return
    item.author_id = item.partner_id = best.id
    item.step("identify", "contact", partner=best.display_name)
