# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The recipients (addresses that write to us) of a batch: found in one query, written in two.

They are looked up by their normalised key in the inbox's company. Where the company treats
sub-addresses as one, a@b answers for a+tag@b, unless a+tag@b is a recipient of its own.
"""

from odoo.tools import SQL

from .addresses import domain_of, recipient_key, without_tag

_FIELDS = ["email_key", "name", "partner_id", "lead_id", "is_shared", "is_banned"]


def find(batch, items):
    """Give each item its ``recipient`` (a record, maybe empty). One query for the batch."""
    plus = batch.inbox.company_id.helpdesk_mail_plus_addressing
    keys = {}
    for item in items:
        key = recipient_key(item.sender_email)
        keys[item] = [key, without_tag(key)] if plus else [key]
    wanted = {key for tried in keys.values() for key in tried if key}
    empty = batch.env["helpdesk.recipient"]
    found = {}
    if wanted:
        found = {
            recipient.email_key: recipient
            for recipient in empty.search_fetch(
                [
                    ("company_id", "=", batch.inbox.company_id.id),
                    ("email_key", "in", list(wanted)),
                ],
                _FIELDS,
            )
        }
    for item in items:
        item.recipient = next((found[key] for key in keys[item] if key in found), empty)


def write(batch, items):
    """Make the recipients that are missing, and note on all of them the mail and its contact.

    Agents are no recipients. Two statements for the batch; two workers that meet the same new
    address at once end in a serialisation failure of one of them, which tries again.
    """
    items = [
        item for item in items if item.sender_email and not item.agent_user_id and not item.outsider
    ]
    if not items:
        return
    env = batch.env
    company = batch.inbox.company_id
    plus = company.helpdesk_mail_plus_addressing
    missing = {}
    for item in items:
        if item.recipient:
            continue
        key = recipient_key(item.sender_email)
        key = without_tag(key) if plus else key
        first = missing.setdefault(key, item)
        if item.sender_name and not first.sender_name:
            missing[key] = item
    if missing:
        rows = env.execute_query(
            SQL(
                "INSERT INTO helpdesk_recipient (email, email_key, email_domain, name, company_id,"
                " create_uid, write_uid, create_date, write_date)"
                " SELECT email, key, domain, name, %s, %s, %s, now() AT TIME ZONE 'UTC',"
                " now() AT TIME ZONE 'UTC'"
                " FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])"
                " AS new (email, key, domain, name)"
                " ON CONFLICT (email_key, company_id)"
                " DO UPDATE SET write_date = EXCLUDED.write_date"
                " RETURNING email_key, id",
                company.id,
                env.uid,
                env.uid,
                [_shown(item, key) for key, item in missing.items()],
                list(missing),
                [domain_of(key) for key in missing],
                [item.sender_name or None for item in missing.values()],
            )
        )
        ids = dict(rows)
        for item in items:
            if not item.recipient:
                key = recipient_key(item.sender_email)
                key = without_tag(key) if plus else key
                item.recipient = env["helpdesk.recipient"].browse(ids[key])
    _note_mail(env, items)


def _shown(item, key):
    """The address as it was written, or its key where a tag was taken away."""
    return key if without_tag(item.sender_email) == key != item.sender_email else item.sender_email


def _note_mail(env, items):
    """The time of the last mail, and the contact that it was linked to without a pairing; with
    it, whose address it is (as ``helpdesk.recipient._compute_scope`` has it).
    """
    contacts = {item.recipient.id: item.contact_id for item in items}
    Recipient = env["helpdesk.recipient"]
    written = ["last_mail_date", "contact_id", "scope_customer_id", "scope_managing_id"]
    Recipient.flush_model([*written, "partner_id", "lead_id", "is_shared"])
    env["res.partner"].flush_model(["helpdesk_managing_partner_id"])
    env.execute_query(
        SQL(
            "UPDATE helpdesk_recipient recipient"
            " SET last_mail_date = now() AT TIME ZONE 'UTC', contact_id = new.contact_id,"
            " scope_customer_id = CASE WHEN new.owned THEN recipient.scope_customer_id"
            " ELSE new.contact_id END,"
            " scope_managing_id = CASE WHEN new.owned THEN recipient.scope_managing_id"
            " ELSE new.managing_id END"
            " FROM (SELECT mail.id, mail.contact_id,"
            " contact.helpdesk_managing_partner_id AS managing_id,"
            " COALESCE(known.partner_id, known.lead_id) IS NOT NULL OR known.is_shared IS TRUE"
            " AS owned FROM unnest(%s::int[], %s::int[]) AS mail (id, contact_id)"
            " JOIN helpdesk_recipient known ON known.id = mail.id"
            " LEFT JOIN res_partner contact ON contact.id = mail.contact_id) AS new"
            " WHERE recipient.id = new.id RETURNING recipient.id",
            list(contacts),
            [contact_id or None for contact_id in contacts.values()],
        )
    )
    Recipient.browse(contacts).invalidate_recordset(written, flush=False)
