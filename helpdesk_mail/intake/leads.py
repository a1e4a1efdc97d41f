# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Unknown senders become leads, where the inbox wants it: one lead for each address."""

from .addresses import format_address


def write(batch, items):
    """Make the leads of the new tickets whose sender nobody knows. One ``create`` for the batch.

    Whether there is a lead with the address already was asked by *identify*; lost leads (archived
    ones) count as well, so that nobody is doubled: they are linked, not opened again.
    """
    items = [item for item in items if item.becomes_lead and item.ticket_values]
    if not items:
        return
    env = batch.env
    company = batch.inbox.company_id
    known = {
        lead.email_normalized: lead
        for lead in env["crm.lead"]
        .with_context(active_test=False)
        .search_fetch(
            [
                ("email_normalized", "in", [item.sender_email for item in items]),
                ("company_id", "in", [False, company.id]),
            ],
            ["email_normalized"],
            order="id",
        )
    }
    new = {}
    for item in items:
        if item.sender_email not in known:
            new.setdefault(item.sender_email, item)
    # nobody is to be told of each lead, nor to follow it, because a mail came in
    Lead = env["crm.lead"].with_context(
        mail_create_nosubscribe=True, mail_create_nolog=True, tracking_disable=True
    )
    values = [values_of(batch, item) for item in new.values()]
    known.update(zip(new, Lead.create(values) if values else (), strict=True))
    for item in items:
        lead = known[item.sender_email]
        item.lead_id = item.ticket_values["lead_id"] = lead.id
        item.pair_to_lead = lead.active
        if new.get(item.sender_email) is item:
            item.step("identify", "new_lead")


def values_of(batch, item):
    """The values of the lead of an unknown sender."""
    return {
        "name": item.ticket_values["name"],
        "contact_name": item.sender_name or False,
        "email_from": format_address("", item.sender_email),
        "company_id": batch.inbox.company_id.id,
        "user_id": False,
        "type": "lead" if batch.env.ref("crm.group_use_lead").user_ids else "opportunity",
    }
