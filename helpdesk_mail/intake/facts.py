# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What rules can ask of a mail and its sender: the parts of :class:`~..message.ParsedMessage`, and
what *route* and *identify* found.

Each part is worked out when a rule asks for it, once a mail. The fields of the model
``helpdesk.mail.facts`` have the same names; the domain editor reads them there.
"""

import datetime

import pytz

from .addresses import domain_of, format_address, recipient_key

# what is read of a text; nobody's judgement of a mail needs more
TEXT_LIMIT = 20_000


class Facts(dict):
    """{name: value} of one message, filled as it is asked for.

    Values are those of Odoo's fields: str, bool, int, naive datetime in UTC or False, and the id of
    a record or False. ``plain`` holds the texts as *ilike* compares them.
    """

    __slots__ = ("item", "plain", "shared")

    def __init__(self, shared, item):
        super().__init__()
        self.shared = shared
        self.item = item
        self.plain = _Plain(self, shared.unaccent)

    def __missing__(self, name):
        value = self[name] = GETTERS[name](self.item, self.shared)
        return value


class _Plain(dict):
    """{name: text without accents in lower case} of the facts."""

    __slots__ = ("facts", "unaccent")

    def __init__(self, facts, unaccent):
        super().__init__()
        self.facts = facts
        self.unaccent = unaccent

    def __missing__(self, name):
        value = self.facts[name]
        text = self[name] = self.unaccent(str(value).lower()) if value else ""
        return text


class Shared:
    """What the messages of a batch share while rules are tried.

    ``resolved`` keeps what was asked of the database or of the clock: once a batch.
    """

    def __init__(self, batch):
        self.batch = batch
        self.env = batch.env
        self.unaccent = batch.env.registry.unaccent_python
        self.resolved = {}
        self._zone = None

    @property
    def zone(self):
        """The time zone in which hours and days are meant: the inbox's company's."""
        if self._zone is None:
            self._zone = pytz.timezone(self.batch.inbox._helpdesk_mail_time_zone())
        return self._zone

    def ids(self, name):
        """The ids of the records that the messages of the batch have for a relation."""
        getter = GETTERS[name]
        return {getter(item, self) for item in self.batch.items} - {False}


def _sender_domain(item, _shared):
    """In its ASCII form (RFC 5890)."""
    email = item.sender_email
    return domain_of(email if email.isascii() else recipient_key(email))


def _addresses(addresses):
    return ", ".join(format_address(address.name, address.email) for address in addresses)


def _local_time(item, shared):
    """When the mail was taken in, where the company is (aware): what office hours are asked for.

    By the time of arrival that the server tells, else by the clock; what stands in the mail may be
    anything.
    """
    now = item.raw.received_at or datetime.datetime.now(datetime.UTC)
    return now.astimezone(shared.zone)


def _date(item, _shared):
    date = item.parsed.date
    if date is None:
        return False
    if date.tzinfo is not None:
        try:
            date = date.astimezone(datetime.UTC).replace(tzinfo=None)
        except OverflowError:
            return False
    return date.replace(microsecond=0)


def _headers(item, _shared):
    text = "\n".join(f"{name}: {value}" for name, value in item.parsed.headers)
    return text[:TEXT_LIMIT]


def _names(item, _shared):
    return "\n".join(attachment.filename for attachment in item.parsed.attachments)[:TEXT_LIMIT]


def _language(item, _shared):
    parsed = item.parsed
    said = parsed.header("Content-Language") or parsed.header("Accept-Language")
    return said.split(",")[0].split(";")[0].strip().lower()


def _is_known(item, _shared):
    paired = item.recipient is not None and item.recipient.is_paired
    return bool(item.partner_id or item.lead_id or paired)


GETTERS = {
    "sender_email": lambda item, _shared: item.sender_email,
    "sender_domain": _sender_domain,
    "sender_name": lambda item, _shared: item.sender_name,
    "subject": lambda item, _shared: item.parsed.subject[:TEXT_LIMIT],
    "body": lambda item, _shared: item.parsed.text[:TEXT_LIMIT],
    "new_text": lambda item, _shared: item.parsed.reply_text[:TEXT_LIMIT],
    "to": lambda item, _shared: _addresses(item.parsed.to),
    "cc": lambda item, _shared: _addresses(item.parsed.cc),
    "recipients": lambda item, _shared: ", ".join(item.parsed.recipients),
    "headers": _headers,
    "kind": lambda item, _shared: item.parsed.kind.value,
    "importance": lambda item, _shared: item.parsed.importance,
    "is_automatic": lambda item, _shared: bool(item.automatic),
    "mailing_list": lambda item, _shared: item.parsed.mailing_list,
    "has_attachment": lambda item, _shared: any(
        not attachment.inline for attachment in item.parsed.attachments
    ),
    "attachment_names": _names,
    "attachment_count": lambda item, _shared: len(item.parsed.attachments),
    "size_kb": lambda item, _shared: (item.raw.size or len(item.raw.source)) // 1024,
    "language": _language,
    "date": _date,
    "hour": lambda item, shared: _local_time(item, shared).hour,
    "weekday": lambda item, shared: str(_local_time(item, shared).weekday()),
    "is_reply": lambda item, _shared: item.has_ticket,
    "is_agent": lambda item, _shared: bool(item.agent_user_id),
    "is_known": _is_known,
    "verification": lambda item, _shared: item.verification or False,
    "folder": lambda item, shared: shared.batch.door.folder.name or False,
    "inbox_id": lambda item, shared: shared.batch.inbox.id,
    "partner_id": lambda item, _shared: item.partner_id or False,
    "lead_id": lambda item, _shared: item.lead_id or False,
    "ticket_id": lambda item, _shared: item.ticket_id or False,
}
