# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Stage *route*: which ticket does a mail belong to?

In this order: 1. a signed reply token in a recipient address or in a Message-ID that we sent;
2. ``In-Reply-To`` and ``References`` (RFC 5322, section 3.6.4) naming a message that we sent or
took in; 3. the ticket number in the subject, if the sender takes part in that ticket. Otherwise
it is a new conversation.

One query for all references and own Message-IDs of a batch, one for all tickets, one for the
participants of the tickets named in subjects.
"""

import datetime
import re

from odoo.tools import SQL
from odoo.tools.mail import email_split

from ..message import Kind
from . import reasons, token
from .addresses import normalize

# newer Message-IDs are appended to References: the last ones tell most (Odoo's own limit)
_REFERENCES = 32


def run(batch):
    """Give each open message its ticket, or leave it without one: a new conversation."""
    items = batch.open_items()
    if batch.door.published:
        # a ticket for this message alone, whatever it answers
        for item in items:
            item.step("route", "new")
        return
    if not items:
        return
    messages = _known_messages(batch, items)
    numbers = _tickets_by_number(batch, items)
    tokens = {item: _tokens(batch.env, item) for item in items}
    tickets = _Tickets(
        batch,
        {
            *(res_id for known in messages.values() for _id, res_id, *_rest in known),
            *(ticket.id for ticket in numbers.values()),
            *(ticket_id for found in tokens.values() for ticket_id in found),
        },
    )
    in_batch = {}
    for item in items:
        if not item.imported_by and _is_own_message(item, messages, tickets):
            continue
        _route_one(item, tokens[item], messages, in_batch, numbers, tickets)
        if item.is_copy and _is_in_ticket(item, messages):
            item.decide(reasons.DUPLICATE, "route", "duplicate")
        if item.open:
            _end_automatic(item, tickets)
        if item.parsed.message_id and item.outcome not in (reasons.IGNORED, reasons.DUPLICATE):
            in_batch.setdefault(item.parsed.message_id, item)


def referenced_ids(parsed):
    """The Message-IDs that a message answers, most telling first, at most 32."""
    ordered = [*parsed.in_reply_to, *reversed(parsed.references[-_REFERENCES:])]
    if parsed.bounce and parsed.bounce.original_message_id:
        ordered.insert(0, parsed.bounce.original_message_id)
    return list(dict.fromkeys(ordered))[:_REFERENCES]


def _known_messages(batch, items):
    """Message-ID -> rows (mail.message id, ticket id, type, sender, internal) of tickets. One
    query.
    """
    wanted = {f"<{item.parsed.message_id}>" for item in items if item.parsed.message_id}
    for item in items:
        wanted.update(f"<{reference}>" for reference in referenced_ids(item.parsed))
    if not wanted:
        return {}
    batch.env["mail.message"].flush_model(["message_id", "model", "res_id", "subtype_id"])
    rows = batch.env.execute_query(
        SQL(
            "SELECT message.message_id, message.id, message.res_id, message.message_type,"
            " message.email_from, COALESCE(subtype.internal, false) AND message.message_type "
            "!= 'auto_comment', EXISTS (SELECT FROM helpdesk_incoming_mail journal"
            " WHERE journal.mail_message_id = message.id)"
            " FROM mail_message message"
            " LEFT JOIN mail_message_subtype subtype ON subtype.id = message.subtype_id"
            " WHERE message.message_id = ANY(%s) AND message.model = 'helpdesk.ticket'"
            " AND message.res_id IS NOT NULL ORDER BY message.id DESC",
            list(wanted),
        )
    )
    known = {}
    for row in rows:
        known.setdefault(row[0].strip("<>"), []).append(row[1:])
    return known


def _is_own_message(item, messages, tickets):
    """Refuse a copy of what we sent; a message that stock Odoo took in before is a duplicate."""
    inbox = tickets.batch.inbox
    for _id, ticket_id, message_type, email_from, _internal, journalled in messages.get(
        item.parsed.message_id, ()
    ):
        if normalize(email_from) not in (item.sender_email, item.web_form or item.sender_email):
            continue
        if message_type == "email" and journalled:
            # the journal compared the content as well: scanners send one Message-ID for all
            continue
        ticket = tickets.records.get(ticket_id)
        # what another company sent or got is none of ours
        if not ticket or ticket.company_id != inbox.company_id:
            continue
        item.ticket_id = ticket_id
        if message_type == "email":
            item.decide(reasons.DUPLICATE, "route", "duplicate")
        else:
            item.decide(reasons.IGNORED, "route", "own_message")
        return True
    return False


def _is_in_ticket(item, messages):
    """Whether the message, taken in by another inbox, stands in this very ticket already."""
    return any(
        ticket_id == item.ticket_id
        for _id, ticket_id, *_rest in messages.get(item.parsed.message_id, ())
    )


def _tokens(env, item):
    """The tickets whose reply token the mail carries: recipient addresses first."""
    parsed = item.parsed
    return token.read(env, " ".join([*parsed.recipients, *referenced_ids(parsed)]))


def _tickets_by_number(batch, items):
    """Ticket number -> ticket, for the numbers in the subjects of a batch. One query."""
    pattern = number_pattern(batch.inbox.subject_tag)
    if not pattern:
        return {}
    numbers = {match[1] for item in items for match in pattern.finditer(item.parsed.subject)}
    if not numbers:
        return {}
    tickets = (
        batch.env["helpdesk.ticket"]
        .with_context(active_test=False)
        .search_fetch(
            [("number", "in", list(numbers)), ("company_id", "=", batch.inbox.company_id.id)],
            ["number"],
        )
    )
    return {ticket.number: ticket for ticket in tickets}


def number_pattern(tag):
    """The regular expression that finds the number of a ticket in a subject, made from the
    inbox's tag.

    :param tag: for instance "[{number}]", the same text that answers carry in their subject
    :return: a compiled pattern whose first group is the number, or None without a usable tag
    """
    before, found, after = (tag or "").partition("{number}")
    if not found:
        return None
    # without a closing text, the number ends where the word does
    end = rf"{re.escape(after)}(?!\w)" if after.strip() else r"(?![\w/-])"
    return re.compile(rf"{re.escape(before)}([\w./-]{{0,63}}?\w){end}")


class _Tickets:
    """The tickets that a batch may belong to, read in one query; knows merged and missing ones."""

    def __init__(self, batch, ids):
        self.batch = batch
        self.records = {}
        self._participants = {}
        self.senders = [item.sender_email for item in batch.items if item.sender_email]
        while ids:
            found = (
                batch.env["helpdesk.ticket"]
                .with_context(active_test=False)
                .search_fetch(
                    [("id", "in", list(ids))],
                    [
                        "number",
                        "stage_id",
                        "closed_date",
                        "active",
                        "company_id",
                        "inbox_id",
                        "duplicate_id",
                        "partner_email",
                        "email_cc",
                        "commercial_partner_id",
                        "team_id",
                        "user_id",
                    ],
                )
            )
            self.records.update({ticket.id: ticket for ticket in found})
            ids = set(found.duplicate_id.ids) - set(self.records)

    def usable(self, item, ticket_id):
        """The ticket that takes the mail for *ticket_id* (its survivor after a merge), or None."""
        ticket = self.records.get(ticket_id)
        seen = set()
        while ticket and ticket.duplicate_id and ticket.id not in seen:
            seen.add(ticket.id)
            survivor = self.records.get(ticket.duplicate_id.id)
            if survivor:
                item.step("route", "merged", merged=ticket.number, number=survivor.number)
            ticket = survivor
        if ticket and ticket.company_id == self.batch.inbox.company_id:
            return ticket
        return None

    def takes_part(self, item, ticket):
        """Whether the sender takes part: the ticket's address or Cc, its customer's people, a
        follower, an agent.
        """
        if not item.sender_email or item.web_form:
            return False
        if ticket not in self._participants:
            self._participants[ticket] = self._participants_of(ticket)
        return item.sender_email in self._participants[ticket]

    def _participants_of(self, ticket):
        emails = {normalize(ticket.partner_email)}
        emails.update(map(normalize, email_split(ticket.email_cc or "")))
        family = ticket.commercial_partner_id
        people = ticket.message_partner_ids | ticket.team_id.user_ids.partner_id
        people |= ticket.user_id.partner_id | self.batch.inbox.user_ids.partner_id
        if family:
            people |= self.batch.env["res.partner"].search_fetch(
                [("id", "child_of", family.id), ("email_normalized", "in", self.senders)],
                ["email_normalized"],
            )
        emails.update(people.mapped("email_normalized"))
        return emails - {"", False}


def _route_one(item, token_ids, messages, in_batch, numbers, tickets):
    gone = False
    for ticket_id in token_ids:
        ticket = tickets.usable(item, ticket_id)
        if ticket:
            item.step("route", "reply_token", number=ticket.number)
            item.parent_message_id, item.internal = _parent(item, ticket, messages)
            return _join(item, ticket, tickets)
        gone = True
    for reference in referenced_ids(item.parsed):
        for message_id, ticket_id, _type, _from, internal, _known in messages.get(reference, ()):
            ticket = tickets.usable(item, ticket_id)
            if ticket:
                item.step("route", "reference", number=ticket.number, reference=reference)
                item.parent_message_id = message_id
                item.internal = internal
                return _join(item, ticket, tickets)
            gone = True
        if reference in in_batch:
            return _join_item(item, in_batch[reference], reference)
    pattern = number_pattern(tickets.batch.inbox.subject_tag)
    for match in pattern.finditer(item.parsed.subject) if pattern and numbers else ():
        found = numbers.get(match[1])
        ticket = tickets.usable(item, found.id) if found else None
        if ticket and tickets.takes_part(item, ticket):
            item.step("route", "ticket_number", number=ticket.number)
            item.by_number = True
            return _join(item, ticket, tickets)
        if ticket:
            item.origin_ticket_id = ticket.id
            item.step("route", "stranger", number=ticket.number, sender=item.sender_email or "?")
            return None
    item.step("route", "ticket_gone" if gone else "new")
    return None


def _parent(item, ticket, messages):
    """The message of *ticket* that is answered, and whether that is internal: (id or None, bool).

    Our internal notes carry the ticket's token as well: what answers one stays internal.
    """
    for reference in referenced_ids(item.parsed):
        for message_id, ticket_id, _type, _from, internal, _known in messages.get(reference, ()):
            if ticket_id == ticket.id:
                return message_id, internal
    return None, False


def _join(item, ticket, tickets):
    """Add the mail to *ticket*; a closed one reopens or is followed by a new one, as the inbox
    says.
    """
    item.ticket_id = ticket.id
    if not (ticket.stage_id.closed or not ticket.active) or item.automatic:
        return
    inbox = tickets.batch.inbox
    closed_at = ticket.closed_date or ticket.write_date
    limit = datetime.timedelta(days=inbox.reopen_days)
    too_old = inbox.reopen_days and datetime.datetime.now() - closed_at > limit
    if inbox.closed_policy == "reopen" and not too_old:
        item.reopen = True
        item.step("route", "reopened")
    else:
        item.ticket_id = None
        item.parent_message_id = None
        item.origin_ticket_id = ticket.id
        item.step("route", "follow_up", number=ticket.number)


def _join_item(item, other, reference):
    """Join the ticket of an earlier message of this batch, which may not be written yet."""
    item.parent_item = other
    if other.ticket_item is not None:
        other = other.ticket_item
    if other.ticket_id:
        item.ticket_id = other.ticket_id
    else:
        item.ticket_item = other
    item.step("route", "reference", number="", reference=reference)


def _end_automatic(item, tickets):
    """Decide on automatic mail: delivery reports never open a ticket, automatic replies only
    belong to one.
    """
    parsed = item.parsed
    has_ticket = bool(item.ticket_id or item.ticket_item)
    if parsed.kind in (Kind.BOUNCE, Kind.DELAY):
        emails = [r.email for r in parsed.bounce.recipients] if parsed.bounce else []
        item.origin_ticket_id = None
        item.decide(reasons.BOUNCE, "route", parsed.kind.value, recipients=", ".join(emails) or "?")
    elif item.exclusion or parsed.kind in (Kind.AUTO_REPLY, Kind.OUT_OF_OFFICE):
        if has_ticket:
            item.internal = True
            item.step("route", "auto_reply_noted")
        elif item.exclusion:
            code, values = item.exclusion
            item.refuse("route", code, **values)
        elif tickets.batch.inbox.auto_reply_policy == "ignore":
            item.refuse("route", parsed.kind.value, even_wanted=True)
