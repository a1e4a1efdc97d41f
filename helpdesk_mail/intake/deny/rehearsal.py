# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What would rules have refused of the mail that came in lately? Nothing is written.

The journal and the messages are read with the rights of the user; the rules themselves decide, as
they do for new mail.
"""

import dataclasses
import datetime
import re

from odoo import fields
from odoo.tools import SQL

from ...message import html_to_text
from .. import reasons
from .rules import BODY_LIMIT, Rules

DAYS = 90
MOST_LISTED = 200
# texts have to be made from HTML, one by one
_MOST_TEXTS = 3_000
_MOST_SUBJECTS = 300_000
_CHUNK = 10_000
_WORD = re.compile(r"[a-z0-9]+")


@dataclasses.dataclass(frozen=True, slots=True)
class Rehearsal:
    """How many mails would have been refused, how many of them of customers, and the ids of the
    first of them: those of customers first, then the newest. ``cut``: older texts were not read.
    """

    count: int = 0
    customers: int = 0
    mail_ids: tuple = ()
    cut: bool = False


def rehearse(env, rules, company, inbox=None):
    """What *rules* (list of :class:`.Rule`) would have refused in the last 90 days.

    :param inbox: the inbox for which they hold, or none: all of *company*
    """
    return rehearse_together(env, [(rules, company, inbox)])


def rehearse_together(env, groups):
    """The same for rules of several inboxes: *groups* holds (rules, company, inbox)."""
    ids, cut = set(), False
    for rules, company, inbox in groups:
        found, cut_here = _found(env, rules, company, inbox)
        ids |= found
        cut = cut or cut_here
    return _listed(env, ids, cut)


def _found(env, rules, company, inbox):
    """The ids of the mails that *rules* would have refused, and whether older texts were left."""
    Mail = env["helpdesk.incoming.mail"]
    since = fields.Datetime.now() - datetime.timedelta(days=DAYS)
    domain = [
        ("outcome", "in", (reasons.CREATED, reasons.APPENDED)),
        ("create_date", ">=", since),
        ("company_id", "=", company.id),
    ]
    if inbox:
        domain.append(("inbox_id", "=", inbox.id))
    # sudo: a setting; the mails are read with the rights of the user
    plus = company.sudo().helpdesk_mail_plus_addressing
    by_place = {
        place: Rules([rule for rule in rules if rule.location == place], plus=plus)
        for place in {rule.location for rule in rules}
    }
    Mail.flush_model()
    ids, cut = set(), False
    if "sender" in by_place:
        ids |= _by_sender(Mail, domain, by_place["sender"])
    if "subject" in by_place:
        found, cut = _by_subject(Mail, domain, by_place["subject"])
        ids |= found
    if "body" in by_place:
        texts = [rule for rule in rules if rule.location == "body"]
        found, cut_here = _by_text(Mail, domain, by_place["body"], texts)
        ids |= found
        cut = cut or cut_here
    return ids, cut


def _query(Mail, domain):
    """The journal rows of *domain* that the user may read, without the mail of agents."""
    query = Mail._search(domain)
    trace = SQL.identifier(query.table, "trace")
    query.add_where(
        SQL("(%s IS NULL OR NOT %s @> %s::jsonb)", trace, trace, '[["identify", "agent"]]')
    )
    return query


def _by_sender(Mail, domain, rules):
    query = _query(Mail, domain)
    sender = SQL.identifier(query.table, "sender_email")
    query.groupby = sender
    emails = [
        email
        for (email,) in Mail.env.execute_query(query.select(sender))
        if rules.of_sender(email or "")
    ]
    if not emails:
        return set()
    query = _query(Mail, [*domain, ("sender_email", "in", emails)])
    return {row[0] for row in Mail.env.execute_query(query.select())}


def _by_subject(Mail, domain, rules):
    query = _query(Mail, domain)
    query.order = SQL("%s DESC", SQL.identifier(query.table, "id"))
    query.limit = _MOST_SUBJECTS
    rows = Mail.env.execute_query(
        query.select(SQL.identifier(query.table, "id"), SQL.identifier(query.table, "subject"))
    )
    found = {row_id for row_id, subject in rows if rules.of_text("subject", subject or "")}
    return found, len(rows) == _MOST_SUBJECTS


def _by_text(Mail, domain, rules, texts):
    """The text is made from the message of the ticket: the original of a mail that was taken in
    may be on the server only.
    """
    query = _query(Mail, domain)
    mail_id = SQL.identifier(query.table, "id")
    message = SQL.identifier("message")
    words = [_longest_word(rule) for rule in texts]
    condition = SQL("TRUE")
    if all(words):
        condition = SQL(" OR ").join(
            SQL("%s.body ILIKE %s", message, f"%{word}%") for word in words
        )
    Mail.env["mail.message"].flush_model(["body"])
    rows = Mail.env.execute_query(
        SQL(
            "SELECT mail.id, message.body FROM helpdesk_incoming_mail mail"
            " JOIN mail_message message ON message.id = mail.mail_message_id"
            " WHERE mail.id IN %s AND (%s) ORDER BY mail.id DESC LIMIT %s",
            query.subselect(mail_id),
            condition,
            _MOST_TEXTS,
        )
    )
    found = {
        row_id for row_id, body in rows if rules.of_text("body", _text(body or "")[:BODY_LIMIT])
    }
    return found, len(rows) == _MOST_TEXTS


def _text(body):
    """The text of a message; that of a mail without HTML stands in it with its line ends."""
    if "pre-wrap" in body[:100]:
        body = body.replace("\n", "<br>")
    return html_to_text(body)


def _longest_word(rule):
    """A word that stands in each text which a rule covers, or ""."""
    if rule.match == "regex" or not rule.pattern.isascii():
        return ""
    return max(_WORD.findall(rule.pattern.lower()), key=len, default="")


def _listed(env, ids, cut):
    if not ids:
        return Rehearsal(cut=cut)
    rows = env.execute_query(
        SQL(
            "SELECT mail.id, (recipient.partner_id IS NOT NULL OR recipient.contact_id IS NOT NULL"
            " OR ticket.partner_id IS NOT NULL) AS is_customer"
            " FROM helpdesk_incoming_mail mail"
            " LEFT JOIN helpdesk_recipient recipient ON recipient.id = mail.recipient_id"
            " LEFT JOIN helpdesk_ticket ticket ON ticket.id = mail.ticket_id"
            " WHERE mail.id = ANY(%s) ORDER BY 2 DESC, 1 DESC",
            list(ids),
        )
    )
    return Rehearsal(
        count=len(rows),
        customers=sum(is_customer for _id, is_customer in rows),
        mail_ids=tuple(row_id for row_id, _is_customer in rows[:MOST_LISTED]),
        cut=cut,
    )
