# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What a mail store tells about itself, as plain frozen data."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class FolderState:
    """A selected folder: its UIDs mean something only together with ``uidvalidity``.

    ``uidvalidity`` is "" for POP3; ``uidnext`` is None where the server does not tell.
    ``writable`` is False where flags cannot be set.
    """

    folder: str
    uidvalidity: str
    uidnext: int | None
    messages: int
    writable: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Flags:
    r"""What the server notes of a message: \Seen, \Flagged, \Answered (RFC 3501, 2.3.2)."""

    seen: bool = False
    flagged: bool = False
    answered: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class FolderInfo:
    r"""A folder of the account.

    ``special_use`` is its use by RFC 6154 without the backslash and in lower case ("sent",
    "drafts", "junk", "trash", "archive", "all", "flagged"), or "". ``selectable`` is False for
    mere parents of other folders.
    """

    name: str
    special_use: str = ""
    selectable: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class ConnectionReport:
    """What *Test connection* shows; every field is a plain fact.

    ``server`` is the server's greeting or, where it tells, its name and version (RFC 2971);
    ``encryption`` like "TLSv1.3 TLS_AES_256_GCM_SHA384" or "none"; ``duration_ms`` from the
    first packet to the end of the test.
    """

    host: str
    port: int
    protocol: str
    encryption: str
    server: str
    capabilities: tuple[str, ...]
    folder: str
    folder_exists: bool
    messages: int | None
    duration_ms: int
