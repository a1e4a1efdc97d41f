# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the database knows of the addresses of a batch: three queries, whatever its size.

Plain rows instead of records: reading the names and states of contacts through their records
would cost a query for each model. Nothing here is shown to a user; the road runs as superuser.
"""

import dataclasses

from odoo.tools import SQL

from .addresses import domain_of, recipient_key, without_tag


@dataclasses.dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient and whom it is paired to. ``id`` 0: there is none with this address yet."""

    id: int = 0
    name: str = ""
    is_shared: bool = False
    is_banned: bool = False
    is_accepted: bool = False
    partner_id: int | None = None
    partner_name: str = ""
    partner_active: bool = False
    lead_id: int | None = None
    lead_name: str = ""
    lead_active: bool = False
    lead_partner_id: int | None = None

    @property
    def is_paired(self):
        """Whether a customer or a lead stands behind the address."""
        return bool(self.partner_id or self.lead_id)

    @property
    def is_linked(self):
        """Whether that customer or lead is in use: mail is linked to none that is archived."""
        return bool(self.partner_active or self.lead_active)


@dataclasses.dataclass(frozen=True, slots=True)
class Contact:
    """A res.partner with the address."""

    id: int
    name: str
    customer_id: int
    is_internal: bool


NOBODY = Recipient()


def keys_of(batch, email):
    """The keys under which the recipient of *email* is looked for, the exact one first."""
    key = recipient_key(email)
    if batch.inbox.company_id.helpdesk_mail_plus_addressing:
        return [key, without_tag(key)]
    return [key]


def recipients(batch, emails):
    """{normalised address: Recipient}. One query."""
    keys = {email: keys_of(batch, email) for email in emails}
    wanted = sorted({key for tried in keys.values() for key in tried if key})
    found = {}
    if wanted:
        batch.env["helpdesk.recipient"].flush_model()
        rows = batch.env.execute_query(
            SQL(
                "SELECT recipient.email_key, recipient.id, recipient.name, recipient.is_shared,"
                " recipient.is_banned, recipient.is_accepted, partner.id,"
                " partner.complete_name, partner.active,"
                " lead.id, lead.name, lead.active, lead.partner_id"
                " FROM helpdesk_recipient recipient"
                " LEFT JOIN res_partner partner ON partner.id = recipient.partner_id"
                " LEFT JOIN crm_lead lead ON lead.id = recipient.lead_id"
                " WHERE recipient.company_id = %s AND recipient.email_key = ANY(%s)",
                batch.inbox.company_id.id,
                wanted,
            )
        )
        for key, *values in rows:
            found[key] = Recipient(*values)
    return {email: _best(found, tried) for email, tried in keys.items()}


def _best(found, keys):
    """The recipient that has the first of *keys*; a ban of one of them is a ban of all: a tag
    evades none.
    """
    known = [found[key] for key in keys if key in found]
    if not known:
        return NOBODY
    if len(known) > 1 and any(recipient.is_banned for recipient in known):
        return dataclasses.replace(known[0], is_banned=True)
    return known[0]


def contacts(batch, emails):
    """Normalised address -> its contacts, the best first: internal users, portal users, own
    company, oldest. One query.
    """
    if not emails:
        return {}
    env = batch.env
    company_id = batch.inbox.company_id.id
    env["res.partner"].flush_model(["email_normalized", "active", "company_id", "partner_share"])
    rows = env.execute_query(
        SQL(
            "SELECT partner.email_normalized, partner.id, partner.complete_name,"
            " partner.commercial_partner_id, partner.partner_share IS NOT TRUE"
            " FROM res_partner partner"
            " WHERE partner.email_normalized = ANY(%s) AND partner.active"
            " AND (partner.company_id IS NULL OR partner.company_id = %s)"
            " ORDER BY partner.partner_share IS TRUE, NOT EXISTS (SELECT FROM res_users users"
            " WHERE users.partner_id = partner.id AND users.active),"
            " partner.company_id IS NULL, partner.id",
            sorted(emails),
            company_id,
        )
    )
    found = {}
    for email, *values in rows:
        found.setdefault(email, []).append(Contact(*values))
    return found


def leads_and_domains(batch, emails):
    """What else is known of *emails* (addresses of no contact and without a pairing). One query.

    :return: normalised address -> (lead id, name, customer id or None), the newest lead; and
        mail domain -> (customer id, name), the closest of the domain and those above it
    """
    if not emails:
        return {}, {}
    env = batch.env
    company_id = batch.inbox.company_id.id
    above = {
        domain: _with_parents(domain)
        for domain in {domain_of(recipient_key(email)) for email in emails}
        if domain
    }
    env["crm.lead"].flush_model(["email_normalized", "active", "company_id", "partner_id"])
    env["helpdesk.customer.domain"].flush_model()
    rows = env.execute_query(
        SQL(
            "SELECT lead.email_normalized, lead.id, lead.name, lead.partner_id, true, true"
            " FROM crm_lead lead WHERE lead.email_normalized = ANY(%s) AND lead.active"
            " AND (lead.company_id IS NULL OR lead.company_id = %s)"
            " UNION ALL"
            " SELECT domain.name, partner.id, partner.complete_name, NULL, false,"
            " domain.company_id IS NOT NULL"
            " FROM helpdesk_customer_domain domain"
            " JOIN res_partner partner ON partner.id = domain.partner_id AND partner.active"
            " WHERE domain.name = ANY(%s)"
            " AND (domain.company_id IS NULL OR domain.company_id = %s)"
            " ORDER BY 6 DESC, 2 DESC",
            sorted(emails),
            company_id,
            sorted({name for names in above.values() for name in names}),
            company_id,
        )
    )
    leads, names = {}, {}
    for key, record_id, name, partner_id, is_lead, _own in rows:
        if is_lead:
            leads.setdefault(key, (record_id, name, partner_id))
        else:
            names.setdefault(key, (record_id, name))
    domains = {
        domain: next(names[name] for name in tried if name in names)
        for domain, tried in above.items()
        if not names.keys().isdisjoint(tried)
    }
    return leads, domains


def _with_parents(domain):
    """mail.firm.example, firm.example: a domain and those above it that are no top level."""
    labels = domain.split(".")
    return [".".join(labels[start:]) for start in range(max(1, len(labels) - 1))]
