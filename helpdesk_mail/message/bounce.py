# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Delivery reports: which message did not arrive, and at whom (RFC 3464, RFC 3463, RFC 6533)."""

from __future__ import annotations

import dataclasses

from . import addresses, structure
from .defects import Defects
from .parsed import Bounce, BounceRecipient, Kind
from .reports import delivery_status, failed_addresses, notice, original, receipts
from .reports.signs import Mail

_SUCCESS = frozenset({"delivered", "relayed", "expanded"})


def read(mail: Mail, defects: Defects) -> tuple[Kind, Bounce | None] | None:
    """What the delivery report *mail* says, or None if it is none.

    The kind is BOUNCE if a delivery failed, DELAY if all that is not done is late, and
    AUTO_REPLY, without a :class:`Bounce`, for a report of success. A person who forwards a report
    or answers one sends a message, not a report.
    """
    trusted = _is_report(mail)
    machine = trusted or mail.is_from_daemon or _is_sent_by_server(mail)
    parts = delivery_status.parts_of(mail.root, anywhere=machine)
    source: bytes | None = None
    if parts:
        if not machine:
            return None
        source = delivery_status.contents(parts, defects)
    elif (inner := _enclosed_report(mail, machine=machine)) is not None:
        return inner
    elif mail.is_from_daemon and "Recipient:" in mail.notice:
        source = delivery_status.in_text(failed_addresses.own_words(mail))
    listed: tuple[BounceRecipient, ...] | None = None
    if source is not None:
        listed = delivery_status.recipients(source, mail.limits)
    elif rejected := receipts.rejection(mail):
        listed, source = (rejected[0],), rejected[1]
    report = source.decode("utf-8", "replace") if source is not None else ""
    if not listed:
        if report:
            # what some servers type as a status is their text
            mail = Mail(
                mail.root, mail.subject, mail.from_, f"{mail.text}\n\n{report}", mail.limits
            )
        told = notice.read(mail)
        if told is None and source is None and not trusted:
            return None
        listed = told if told is not None else notice.recipients(mail)
    elif any(not recipient.reason for recipient in listed):
        listed = _with_reasons(mail, listed)
    return _judged(mail, Bounce(original.message_id(mail, report), listed))


def _with_reasons(mail: Mail, listed: tuple[BounceRecipient, ...]) -> tuple[BounceRecipient, ...]:
    """*listed* with what the report's text says of those of whom its status says nothing."""
    told = dict(failed_addresses.find(mail))
    return tuple(
        recipient
        if recipient.reason
        else dataclasses.replace(recipient, reason=told.get(recipient.email, ""))
        for recipient in listed
    )


def _judged(mail: Mail, report: Bounce) -> tuple[Kind, Bounce | None]:
    actions = {recipient.action for recipient in report.recipients}
    if not actions:
        return (Kind.DELAY if notice.is_delay(mail) else Kind.BOUNCE), report
    if actions <= _SUCCESS:
        return Kind.AUTO_REPLY, None
    return (Kind.BOUNCE if "failed" in actions else Kind.DELAY), report


def _is_report(mail: Mail) -> bool:
    """Whether the mail as a whole is a delivery report by its type (RFC 3462, section 3)."""
    root = mail.root
    if root.content_type != "multipart/report":
        return False
    if mail.is_answer_or_forward and not (mail.is_from_daemon or mail.has_empty_path):
        return False
    kind = root.parameters.get("report-type", "").strip().lower()
    if kind in ("delivery-status", "global-delivery-status"):
        return True
    types = {part.content_type for part in root.leaves()}
    return not kind and (bool(types & delivery_status.TYPES) or notice.is_failure_subject(mail))


def _is_sent_by_server(mail: Mail) -> bool:
    """Whether a server sent the mail although its name is none that only servers have."""
    if mail.is_answer_or_forward:
        return False
    if mail.has_empty_path:
        return True
    return notice.is_failure_subject(mail) and (
        (mail.is_from_office and not notice.greets(mail)) or notice.begins_as_report(mail)
    )


def _enclosed_report(mail: Mail, *, machine: bool) -> tuple[Kind, Bounce | None] | None:
    """The report that a gateway has put whole into another mail, which it wrote itself.

    It keeps the report's sender; a person who encloses a report has an address of another.
    """
    if not mail.root.is_multipart:
        return None
    part = original.enclosed(mail.root)
    if part is None or part.content_type not in ("message/rfc822", "message/global"):
        return None
    fields = original.fields_of(part, mail.limits)
    if "report" not in fields.raw("content-type").lower():
        return None
    senders = addresses.parse_addresses(fields.raw("from"), mail.limits, Defects())
    same = bool(mail.sender) and any(each.email == mail.sender for each in senders)
    if not (machine or same):
        return None
    content = part.decoded(Defects())
    inner = structure.read(content, 0, len(content), mail.limits, Defects())
    parts = delivery_status.parts_of(inner, anywhere=False)
    if not parts:
        return None
    source = delivery_status.contents(parts, Defects())
    listed = delivery_status.recipients(source, mail.limits)
    if not listed:
        return None
    wrapped = Mail(inner, mail.subject, None, mail.text, mail.limits)
    report = source.decode("utf-8", "replace")
    return _judged(mail, Bounce(original.message_id(wrapped, report), listed))
