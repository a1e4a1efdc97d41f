# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Octets in, :class:`ParsedMessage` out: the steps in the order in which a mail is understood."""

from __future__ import annotations

from typing import Protocol

from . import (
    addresses,
    body,
    dates,
    enclosures,
    fingerprint,
    forward,
    identifiers,
    importance,
    kind,
    mailing_list,
    octets,
    opened,
    plain_text,
    reply,
    structure,
)
from .authentication import spoofing
from .defects import Defects
from .headers import Headers
from .limits import DEFAULT_LIMITS, Limits
from .parsed import Address, Authentication, ForwardedMessage, Kind, ParsedMessage
from .reports import automatic
from .reports.signs import Mail

# The fields that tell where a mail was delivered, most telling first.
_RECIPIENT_FIELDS = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "resent-to",
    "resent-cc",
    "to",
    "cc",
)
_ONCE_ONLY = ("from", "date", "subject", "message-id")


class Checker(Protocol):
    """What checks who sent a mail: see :class:`.authentication.Authenticator`."""

    def check(
        self, source: bytes, fields: Headers, limits: Limits
    ) -> tuple[Authentication, tuple[str, ...]]:
        """What is known of the sender, and readable defects. Never raises."""
        ...


def parse(
    source: bytes, limits: Limits = DEFAULT_LIMITS, authenticator: Checker | None = None
) -> ParsedMessage:
    """The message in *source* (RFC 5322 and MIME octets), understood as far as it can be.

    *authenticator* checks the sender; without it ``authentication`` is None and DNS is not asked.
    Never raises, whatever the octets; what is wrong or was cut off at *limits* stands in
    ``defects``. The same octets always give the same result, as long as the time that *limits*
    allow is enough. Time and memory grow linearly.
    """
    defects = Defects()
    limits = limits.started()
    original = bytes(source)
    source = octets.normalised(original, defects)
    end = len(source)
    if end > limits.size:
        defects.add(f"The message is larger than {limits.size} octets; its end was not read.")
        end = limits.size
    root = structure.read(source, 0, end, limits, defects)
    opened.open_parts(root, limits, defects)
    fields = root.headers
    for name in _ONCE_ONLY:
        if fields.count(name) > 1:
            defects.add(f"The header field {name.title()} stands more than once; the first counts.")
    from_ = _first_address(fields, "from", limits, defects)
    if from_ is None:
        defects.add("The message names no sender.")
    spoofing.check(fields, from_, limits, defects)
    authentication = None
    if authenticator is not None:
        # a signature covers the octets as they came
        authentication, found = authenticator.check(original, fields, limits)
        for sentence in found:
            defects.add(sentence)
    subject = fields.decoded("subject")
    date = dates.parse_date(fields.raw("date"))
    if date is None:
        defects.add("The date is not valid." if "date" in fields else "The date is missing.")
    letter = body.read(root, limits, defects)
    mail = Mail(root, subject, from_, letter.words, limits)
    sort, report = kind.classify(mail, defects)
    zone = date.tzinfo if date else None
    inline = forward.from_text(letter.words, subject, zone) if sort is Kind.MESSAGE else None
    forwarded = inline
    if inline is None and sort is Kind.MESSAGE:
        forwarded = _enclosed_message(root, letter.words, limits)
    parts = reply.split(
        letter.words,
        is_reply=_is_reply(fields, subject),
        forwarded=inline is not None,
        sender=from_,
        marked_text=letter.marked_text,
        marked_html=letter.marked_html,
    )
    return ParsedMessage(
        kind=sort,
        subject=subject,
        from_=from_,
        sender=_first_address(fields, "sender", limits, defects),
        reply_to=_addresses(fields, "reply-to", limits, defects),
        to=_addresses(fields, "to", limits, defects),
        cc=_addresses(fields, "cc", limits, defects),
        date=date,
        message_id=identifiers.message_id(fields.raw("message-id")),
        in_reply_to=identifiers.identifiers(fields.raw("in-reply-to"), limits.references),
        references=identifiers.identifiers(fields.raw("references"), limits.references),
        text=_below(letter.text, letter.notes),
        html=_below_html(letter.html, letter.notes),
        reply_text=parts.text or letter.notes,
        notes=letter.notes,
        attachments=enclosures.attachments(letter, limits, defects),
        importance=importance.importance(root),
        auto_submitted=automatic.is_auto_submitted(mail),
        mailing_list=mailing_list.is_mailing_list(root),
        bounce=report,
        authentication=authentication,
        forwarded=forwarded,
        recipients=_recipients(fields, limits, defects),
        headers=tuple(fields.items()),
        fingerprint=fingerprint.fingerprint(
            from_.email if from_ else "", fields.raw("date"), subject, source, root.start
        ),
        defects=defects.listed(),
        quoted_text=parts.quoted,
        signature=parts.signature,
        marked_html=letter.all_marks,
    )


def _below(text: str, notes: str) -> str:
    """*text* and, after a blank line, *notes*; either may be ""."""
    return "\n\n".join(part for part in (text, notes) if part)


def _below_html(html: str, notes: str) -> str:
    """The HTML of a letter with *notes* below it; "" if the letter has no HTML."""
    return plain_text.below(html, notes) if html and notes else html


def _addresses(fields: Headers, name: str, limits: Limits, defects: Defects) -> tuple[Address, ...]:
    values = fields.raw_all(name)
    if len(values) == 1:
        return addresses.parse_addresses(values[0], limits, defects)
    return addresses.parse_addresses(", ".join(values), limits, defects)


def _is_reply(fields: Headers, subject: str) -> bool:
    return "in-reply-to" in fields or "references" in fields or reply.is_reply_subject(subject)


def _first_address(fields: Headers, name: str, limits: Limits, defects: Defects) -> Address | None:
    nobody: Address | None = None
    for value in fields.raw_all(name):
        for address in addresses.parse_addresses(value, limits, defects):
            if address.email:
                return address
            nobody = nobody or address
    return nobody


def _recipients(fields: Headers, limits: Limits, defects: Defects) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in _RECIPIENT_FIELDS:
        for value in fields.raw_all(name):
            for address in addresses.parse_addresses(value, limits, defects):
                if address.email:
                    found[address.email.lower()] = None
    return tuple(found)


def _enclosed_message(root: structure.Part, words: str, limits: Limits) -> ForwardedMessage | None:
    """The one message that the mail encloses below *words*; of several, none is what the mail is
    about.
    """
    enclosed = [part for part in root.leaves() if part.content_type == "message/rfc822"]
    return _inner(enclosed[0], words, limits) if len(enclosed) == 1 else None


def _inner(part: structure.Part, words: str, limits: Limits) -> ForwardedMessage:
    content = part.decoded(Defects())
    inner = structure.read(content, 0, len(content), limits, Defects())
    opened.open_parts(inner, limits, Defects())
    fields = inner.headers
    letter = body.read(inner, limits, Defects())
    return ForwardedMessage(
        sender=_first_address(fields, "from", limits, Defects()),
        date=dates.parse_date(fields.raw("date")),
        subject=fields.decoded("subject"),
        text=_below(letter.text, letter.notes),
        to=_addresses(fields, "to", limits, Defects()),
        attachments=enclosures.attachments(letter, limits, Defects()),
        html=_below_html(letter.html, letter.notes),
        introduction=words,
        enclosed=True,
    )
