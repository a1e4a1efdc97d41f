# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a mail server hands over, as plain frozen data."""

from __future__ import annotations

import dataclasses
import datetime


@dataclasses.dataclass(frozen=True, slots=True)
class RawMail:
    """One message as a server gave it.

    ``uid`` is the server's own name for it: the IMAP UID in decimal (RFC 3501, section 2.3.1.1),
    the POP3 unique-id (RFC 1939, section 7), or "" for doors that have none. ``size`` is what the
    server says (octets); ``source`` may be shorter where ``truncated`` is set: then it holds the
    header and the first part of the body only. ``received_at`` is the INTERNALDATE, aware.
    """

    source: bytes = dataclasses.field(repr=False)
    uid: str = ""
    uidvalidity: str = ""
    folder: str = ""
    size: int = 0
    truncated: bool = False
    received_at: datetime.datetime | None = None
    seen: bool = False
    flagged: bool = False
    answered: bool = False
