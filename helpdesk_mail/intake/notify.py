# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""After *write*: tell the sender that the request was received, and the administrators of the new
ticket.

Automatic mail, our own addresses and no-reply addresses are never answered (RFC 3834, section
2); nobody is told of history.
"""

from odoo.tools import SQL

from . import reasons, rule_answers, write
from .addresses import is_no_reply
from .filter import is_by_machine
from .item import Batch

KINDS = ("request_received", "new_ticket", "rule_answer")

# Tickets of one sender within two hours. People open fewer; a machine that answers our answers is
# not answered for ever (RFC 3834, section 2).
_MOST_ACKNOWLEDGED = 10
# Administrators hear of more, for they want to know of a storm, but not of each drop.
_MOST_TOLD = 50


def run(batch, kinds=KINDS):
    """Queue the notifications *kinds* for the new tickets of the batch, in one go."""
    inbox = batch.inbox
    if batch.door.history:
        return
    if "rule_answer" in kinds:
        rule_answers.run(batch, _MOST_ACKNOWLEDGED)
    kinds = [kind for kind in kinds if kind != "rule_answer" and _is_wanted(inbox, kind)]
    items = [item for item in batch.items if item.outcome == reasons.CREATED and not item.old]
    if not kinds or not items:
        return
    counts = _tickets_of_senders(batch, items)
    prepared = []
    if "request_received" in kinds:
        prepared += _request_received(batch, items, counts)
    if "new_ticket" in kinds:
        prepared += _new_ticket(batch, items, counts)
    batch.env["helpdesk.ticket"]._helpdesk_mail_queue(prepared)


def _is_wanted(inbox, kind):
    if not inbox._notification_template(kind):
        return False
    if kind == "new_ticket":
        return bool(inbox.administrator_ids or inbox.administrator_emails)
    return True


def _tickets_of_senders(batch, items):
    """Sender -> how many tickets it has opened within two hours. One query."""
    rows = batch.env.execute_query(
        SQL(
            "SELECT sender_email, count(*) FROM helpdesk_incoming_mail"
            " WHERE sender_email = ANY(%s) AND outcome = 'created'"
            " AND create_date > (now() AT TIME ZONE 'UTC') - interval '2 hours'"
            " GROUP BY sender_email",
            [item.sender_email for item in items],
        )
    )
    return dict(rows)


def _request_received(batch, items, counts):
    own = batch.inbox._all_own_addresses()
    # what a rule answers gets that answer instead: one mail, one automatic answer
    items = [
        item
        for item in items
        if not item.agent_user_id and item.answer is None and may_answer(item, own)
    ]
    often = {}
    answered = []
    for item in items:
        if counts.get(item.sender_email, 0) > _MOST_ACKNOWLEDGED:
            often.setdefault(item.sender_email, []).append(item)
        else:
            answered.append(item)
    for sender, members in often.items():
        write.add_to_explanation(Batch(batch.env, batch.door, members), "often", sender=sender)
    return _prepare(batch, "request_received", answered)


def _new_ticket(batch, items, counts):
    items = [item for item in items if counts.get(item.sender_email, 0) <= _MOST_TOLD]
    return _prepare(batch, "new_ticket", items, skip=_know_already(batch, items))


def _know_already(batch, items):
    """Ticket id -> addresses of administrators who need no notice: who wrote, and who gets the
    mail itself as a follower. One query.
    """
    known = {
        item.ticket_id: {item.sender_email, item.forward.email if item.forward else ""}
        for item in items
    }
    administrators = batch.inbox.administrator_ids.partner_id
    if administrators and known:
        emails = {partner.id: partner.email_normalized for partner in administrators}
        subtype = batch.env["helpdesk.ticket"]._creation_subtype()
        batch.env["mail.followers"].flush_model()
        rows = batch.env.execute_query(
            SQL(
                "SELECT follower.res_id, follower.partner_id FROM mail_followers follower"
                " JOIN mail_followers_mail_message_subtype_rel wanted"
                " ON wanted.mail_followers_id = follower.id"
                " WHERE follower.res_model = 'helpdesk.ticket' AND follower.res_id = ANY(%s)"
                " AND follower.partner_id = ANY(%s) AND wanted.mail_message_subtype_id = %s",
                list(known),
                list(emails),
                subtype.id,
            )
        )
        for ticket_id, partner_id in rows:
            known[ticket_id].add(emails[partner_id])
    return known


def _prepare(batch, kind, items, skip=None):
    # what an agent forwards came in past the ban of its sender, who is told nothing for that
    fresh = not any(item.forward for item in items)
    tickets = batch.env["helpdesk.ticket"].browse([item.ticket_id for item in items])
    references = {
        item.ticket_id: f"<{item.parsed.message_id}>" for item in items if item.parsed.message_id
    }
    return tickets._helpdesk_mail_prepare(kind, references=references, skip=skip, fresh=fresh)


def may_answer(item, own_addresses):
    """Whether an automatic answer may go to the sender of *item*."""
    parsed = item.parsed
    suppressed = parsed.header("X-Auto-Response-Suppress").lower()
    return bool(
        item.sender_email
        and not is_by_machine(item)
        and item.sender_email not in own_addresses
        and not is_no_reply(item.sender_email)
        # what Microsoft Exchange writes where it wants no automatic answer
        and "all" not in suppressed
        and "autoreply" not in suppressed
    )
