# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *write*, Odoo's ordinary road: one mail at a time through
``mail.thread._message_route_process``.

It is taken where another add-on overrides what the batch road stands in for (:mod:`.hooks`):
then every override of the gateway's methods runs exactly as it does for stock mail. What
belongs to which ticket is decided already.
"""

import email
import email.policy

from odoo import SUPERUSER_ID

from . import changes, folding, mapping, write_batch
from .addresses import format_address, normalize
from .posting import message_date, posted_sender, strangers


def run(batch, items):
    """Write the tickets and messages of *items* one after the other."""
    for item in items:
        item.ticket_id = item.resolved_ticket_id()
        if item.parent_item is not None:
            item.parent_message_id = item.parent_item.mail_message_id
        _write_one(batch, item)


def _write_one(batch, item):
    env = batch.env
    message_dict = _message_dict(batch, item)
    original = email.message_from_bytes(item.raw.source, policy=email.policy.SMTP)
    route = (
        "helpdesk.ticket",
        item.ticket_id or False,
        dict(item.ticket_values),
        item.agent_user_id or SUPERUSER_ID,
        env["mail.alias"],
    )
    Thread = env["mail.thread"].with_context(
        fetchmail_cron_running=True,
        helpdesk_mail_history=batch.door.history or item.old,
        helpdesk_mail_automatic=item.automatic,
    )
    # of an open ticket, they get this mail as well
    changes.follow(batch, [item])
    before = _last_message_id(env, item.ticket_id)
    item.ticket_id = Thread._message_route_process(original, message_dict, [route])
    if item.ticket_values:
        changes.follow(batch, [item])
    item.mail_message_id = (
        env["mail.message"]
        .search(
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "=", item.ticket_id),
                ("message_type", "=", "email"),
                ("id", ">", before),
            ],
            order="id desc",
            limit=1,
        )
        .id
    )
    if not item.copies_follow and not item.ticket_values:
        write_batch.update_copies(batch, [item])
    folding.unfold(batch.inbox, env["mail.message"].browse(item.mail_message_id))
    if item.ticket_values and "cid:" in (item.ticket_values["description"] or ""):
        ticket = env["helpdesk.ticket"].browse(item.ticket_id)
        ticket.description = env["mail.message"].browse(item.mail_message_id).body


def _last_message_id(env, ticket_id):
    if not ticket_id:
        return 0
    domain = [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket_id)]
    return env["mail.message"].search(domain, order="id desc", limit=1).id or 0


def _message_dict(batch, item):
    """What ``mail.thread.message_parse`` and ``message_route`` would have handed on."""
    parsed = item.parsed
    # whom an outsider names is not to hear of the ticket; the OCA subscribes all who are named
    named = item.copies_follow and not item.outsider
    email_from = posted_sender(batch, item)
    to = [
        format_address(address.name, normalize(address.email))
        for address in parsed.to
        if normalize(address.email) and named
    ]
    message_dict = {
        "message_type": "email",
        "message_id": f"<{parsed.message_id}>" if parsed.message_id else False,
        "subject": mapping.subject(batch.env, parsed),
        "email_from": email_from,
        "from": email_from,
        "to": ",".join(to),
        "cc": mapping.copies(parsed.cc if named else ()),
        "to_filtered": strangers(batch, parsed.to),
        "cc_filtered": strangers(batch, parsed.cc),
        "recipients": ",".join(parsed.recipients),
        "references": " ".join(f"<{reference}>" for reference in parsed.references),
        "in_reply_to": " ".join(f"<{reference}>" for reference in parsed.in_reply_to),
        "date": message_date(item),
        "is_bounce": False,
        "bounced_email": False,
        "bounced_partner": batch.env["res.partner"],
        "bounced_msg_ids": False,
        "bounced_message": batch.env["mail.message"],
        "body": mapping.body(batch, item)
        if not item.ticket_values
        else item.ticket_values["description"],
        "attachments": [
            (attachment.filename, attachment.content, {"cid": attachment.content_id})
            for attachment in item.kept_attachments
        ],
        "author_id": item.author_id or False,
        "partner_ids": list(item.recipient_partner_ids),
    }
    if item.parent_message_id:
        message_dict["parent_id"] = item.parent_message_id
    if item.internal:
        message_dict["is_internal"] = True
    return message_dict
