# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The recipients (addresses that write to us) of a batch are written in two statements.

Where the company treats sub-addresses as one, a@b stands for a+tag@b, unless a+tag@b was a
recipient of its own already.
"""

import dataclasses

from odoo.tools import SQL

from .addresses import domain_of, without_tag
from .senders import NOBODY, keys_of


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
    missing = {}
    for item in items:
        item.recipient = item.recipient or NOBODY
        if item.recipient.id:
            continue
        first = missing.setdefault(keys_of(batch, item.sender_email)[-1], item)
        if item.sender_name and not first.sender_name:
            missing[keys_of(batch, item.sender_email)[-1]] = item
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
            if not item.recipient.id:
                key = keys_of(batch, item.sender_email)[-1]
                item.recipient = dataclasses.replace(item.recipient, id=ids[key])
    _note_mail(env, items)
    for item in items:
        if item.pair_to_lead and not item.recipient.is_paired and not item.recipient.is_shared:
            env["helpdesk.recipient"].browse(item.recipient.id).lead_id = item.lead_id


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
