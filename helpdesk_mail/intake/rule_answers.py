# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""After *write*: the answers of rules, through Odoo's queue.

Whether a mail may be answered at all was decided by *rules*; here is only counted how often its
sender was answered lately (RFC 3834, section 2).
"""

from odoo.tools import SQL

from . import reasons, write
from .item import Batch

_TAKEN_IN = (reasons.CREATED, reasons.APPENDED)


def run(batch, most):
    """Queue the answers of the rules that hold for the messages of the batch.

    :param most: new tickets of one sender within two hours that are answered
    """
    items = [item for item in batch.items if item.answer is not None]
    if not items:
        return
    prepared = _about_tickets(batch, [i for i in items if i.outcome in _TAKEN_IN], most)
    batch.env["helpdesk.ticket"]._helpdesk_mail_queue(prepared)
    _of_refused(batch, [item for item in items if item.outcome == reasons.IGNORED])


def _by_template(items):
    found = {}
    for item in items:
        found.setdefault(item.answer.template_id, []).append(item)
    return found.items()


def _about_tickets(batch, items, most):
    """The answers to mail that was taken in, as notifications about its tickets."""
    if not items:
        return []
    counts = _opened_lately(batch, items)
    often = [item for item in items if counts.get(item.sender_email, 0) > most]
    prepared = []
    for template_id, members in _by_template(item for item in items if item not in often):
        template = batch.env["mail.template"].browse(template_id)
        made, left_out = batch.env["helpdesk.ticket"]._helpdesk_mail_prepare_answers(
            template, members
        )
        prepared += made
        often += left_out
    _say_often(batch, often)
    return prepared


def _opened_lately(batch, items):
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


def _of_refused(batch, items):
    """The answers to refused mail: one for each sender and day."""
    if not items:
        return
    answered = _answered_lately(batch, items)
    often = []
    wanted = []
    for item in items:
        if item.sender_email in answered or item.recipient is not None and item.recipient.is_banned:
            often.append(item)
            continue
        answered.add(item.sender_email)
        wanted.append(item)
    Mail = batch.env["helpdesk.incoming.mail"]
    for template_id, members in _by_template(wanted):
        mails = Mail.browse([item.journal_id for item in members])
        mails._helpdesk_mail_queue_answers(batch.env["mail.template"].browse(template_id))
    _say_often(batch, often)


def _answered_lately(batch, items):
    """The senders of *items* whose refused mail was answered within a day. One query."""
    rows = batch.env.execute_query(
        SQL(
            "SELECT DISTINCT sender_email FROM helpdesk_incoming_mail"
            " WHERE sender_email = ANY(%s) AND is_answered"
            " AND create_date > (now() AT TIME ZONE 'UTC') - interval '1 day'",
            [item.sender_email for item in items],
        )
    )
    return {row[0] for row in rows}


def _say_often(batch, items):
    by_sender = {}
    for item in items:
        by_sender.setdefault(item.sender_email, []).append(item)
    for sender, members in by_sender.items():
        write.add_to_explanation(
            Batch(batch.env, batch.door, members),
            "rule_answered_lately",
            outcomes=(*_TAKEN_IN, reasons.IGNORED),
            sender=sender,
        )
