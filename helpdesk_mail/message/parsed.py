# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a mail says, as plain frozen data.

These classes are the only thing that :mod:`message` hands to the layers above. They hold no
behaviour beyond what follows from their own data, know no Odoo, and never change once made.
All strings are Unicode without NUL and without lone surrogates.
"""

from __future__ import annotations

import dataclasses
import datetime
import enum
import hashlib


class Kind(enum.StrEnum):
    """What sort of mail this is; decides whether it may open or reopen a ticket."""

    MESSAGE = "message"
    AUTO_REPLY = "auto_reply"
    OUT_OF_OFFICE = "out_of_office"
    BOUNCE = "bounce"
    DELAY = "delay"
    READ_RECEIPT = "read_receipt"
    FEEDBACK_REPORT = "feedback_report"


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """A mailbox (RFC 5322, section 3.4): display name ("" if none) and addr-spec.

    ``email`` keeps the case of the local part; its domain is lower case. It is "" where the
    header named somebody but held no address.
    """

    name: str
    email: str


@dataclasses.dataclass(frozen=True, slots=True)
class Attachment:
    """One file of a message, decoded. ``content_id`` has no angle brackets ("" if none)."""

    filename: str
    content_type: str
    content: bytes = dataclasses.field(repr=False)
    content_id: str = ""
    inline: bool = False

    @property
    def size(self) -> int:
        """Octets of the decoded content."""
        return len(self.content)

    @property
    def sha256(self) -> str:
        """Hexadecimal SHA-256 of the decoded content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclasses.dataclass(frozen=True, slots=True)
class BounceRecipient:
    """One address of a delivery report (RFC 3464, section 2.3)."""

    email: str
    action: str
    status: str
    reason: str
    permanent: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Bounce:
    """A delivery report: the message it is about ("" if unknown) and what became of it."""

    original_message_id: str
    recipients: tuple[BounceRecipient, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class ForwardedMessage:
    """The inner message of a forward, as far as it can be read.

    ``attachments`` and ``html`` are those of a message that is enclosed; what a forward quotes has
    its own among those of the outer message. ``introduction`` is what stands above it: the words
    of the one who forwards. ``enclosed`` tells the two apart.
    """

    sender: Address | None
    date: datetime.datetime | None
    subject: str
    text: str
    to: tuple[Address, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    html: str = ""
    introduction: str = ""
    enclosed: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class SignatureResult:
    """The outcome of one DKIM signature (RFC 6376)."""

    result: str
    domain: str
    selector: str


@dataclasses.dataclass(frozen=True, slots=True)
class Authentication:
    """What is known of the sender: DKIM, SPF, DMARC, ARC and the verdict drawn from them."""

    dkim: tuple[SignatureResult, ...]
    spf: str
    dmarc: str
    arc: str
    verdict: str


@dataclasses.dataclass(frozen=True, slots=True)
class ParsedMessage:
    """A mail, understood. Message-IDs stand without angle brackets.

    ``recipients`` holds every address that the delivery headers (Delivered-To, X-Original-To,
    Envelope-To, Resent-*), To and Cc name, each once, lower case: the routing sees the union.
    ``notes`` says in words what the mail encloses beside its letter (an invitation, a part that is
    elsewhere), "" if nothing; ``text`` and ``html`` end with it.
    ``headers`` keeps all header fields in their order, decoded, for rules and for people.
    ``quoted_text`` and ``signature`` are what ``reply_text`` leaves away of ``text``.
    ``marked_html`` is for :mod:`.fold`: the HTML of the letter with the marks of
    :mod:`.html_marks`, "" if it has none.
    ``fingerprint`` identifies the content across doors: a SHA-256 over From, Date, Subject and
    body that the headers added in transit do not change.
    """

    kind: Kind
    subject: str
    from_: Address | None
    sender: Address | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime.datetime | None
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    text: str
    html: str
    reply_text: str
    notes: str
    attachments: tuple[Attachment, ...]
    importance: str
    auto_submitted: bool
    mailing_list: bool
    bounce: Bounce | None
    authentication: Authentication | None
    forwarded: ForwardedMessage | None
    recipients: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    fingerprint: str
    defects: tuple[str, ...]
    quoted_text: str = ""
    signature: str = ""
    marked_html: str = dataclasses.field(default="", repr=False)

    def header(self, name: str) -> str:
        """The first value of header field *name* (any case), or ""."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")
