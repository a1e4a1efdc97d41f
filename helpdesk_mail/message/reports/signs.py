# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What every decision about the sort of a mail looks at, worked out once and only when asked."""

from __future__ import annotations

import functools
import re

from .. import addresses
from ..defects import Defects
from ..forward import is_forward_subject
from ..headers import Headers
from ..limits import Limits
from ..parsed import Address
from ..reply import is_reply_subject
from ..structure import Part
from .words import fold, holds, phrases

# Names that no person has: what they send is a report.
_DAEMON = re.compile(
    r"(?:mailer[-_.]?daemon|mail[-_.]?daemon|mdaemon|maildaemon|mail[-_.]delivery|maildelivery"
    r"|mail[-_.]?delivery[-_.]?(?:sub)?system|microsoftexchange[0-9a-f]{16,}|mail_?system"
    r"|double-bounce|no-?reply-?bounces?|bounces?[-_.]?(?:handler|daemon))(?:[+-]|\Z)",
    re.I,
)
# Names that a program and a person may share.
_OFFICE = re.compile(
    r"(?:postmaster|mailmaster|mailadm(?:in)?|ndr|imss|interscan|mailgate(?:way)?"
    r"|[a-z0-9-]{0,20}_?smtp_?[a-z0-9_-]{0,30})(?:[+-]|\Z)",
    re.I,
)
_DAEMON_NAMES = phrases(
    """mail delivery s | mail delivery service | delivery subsystem | mailer-daemon
    mailer daemon | internet mail delivery | mail deliver | mailsystem | mail system
    mail router | mail daemon"""
)
_OFFICE_NAMES = phrases(
    """system administrator | postmaster | mail administrator | systemadministrator
    administrateur systeme | administrador del sistema | amministratore del sistema
    administrador do sistema | systeembeheerder | systemadministrator | microsoft outlook"""
)
_LONGEST_TEXT = 20_000
_LONGEST_SUBJECT = 2000


class Mail:
    """A mail whose sort is asked for: its parts, and the signs that tell of a machine.

    *text* is its letter as plain text.
    """

    def __init__(
        self, root: Part, subject: str, sender: Address | None, text: str, limits: Limits
    ) -> None:
        self.root = root
        self.fields: Headers = root.headers
        self.subject = subject[:_LONGEST_SUBJECT]
        self.from_ = sender
        self.sender = sender.email if sender else ""
        self.sender_name = sender.name if sender else ""
        self.text = text
        self.limits = limits

    @functools.cached_property
    def folded_subject(self) -> str:
        """The subject as words are compared."""
        return fold(self.subject)

    @functools.cached_property
    def opening(self) -> str:
        """The first words of the text as words are compared."""
        return fold(self.text[:3000])

    @functools.cached_property
    def notice(self) -> str:
        """As much of the text as a report can need."""
        return self.text[:_LONGEST_TEXT]

    @functools.cached_property
    def path(self) -> str:
        """The envelope sender of the first Return-Path, lower case; "" if there is none."""
        return self.fields.raw("return-path").replace(" ", "").strip("<>").lower()

    @functools.cached_property
    def has_empty_path(self) -> bool:
        """Whether the envelope had no sender, as reports have none (RFC 5321, section 4.5.5).

        Some servers write the daemon's name instead when they store the mail.
        """
        if "return-path" not in self.fields:
            return False
        return not self.path or self.path.startswith("mailer-daemon")

    @functools.cached_property
    def is_from_daemon(self) -> bool:
        """Whether the sender is a mail server by a name that no person has."""
        local = self.sender.partition("@")[0].strip('"')
        if _DAEMON.match(local):
            return True
        if not self.sender and not self.sender_name:
            return self.has_empty_path
        return holds(fold(self.sender_name), _DAEMON_NAMES)

    @functools.cached_property
    def is_from_office(self) -> bool:
        """Whether the sender may be a mail server, or a person who looks after one."""
        local = self.sender.partition("@")[0].strip('"')
        if not local or _OFFICE.match(local):
            return True
        return holds(fold(self.sender_name), _OFFICE_NAMES)

    @functools.cached_property
    def is_reply_shaped(self) -> bool:
        """Whether the mail answers another one, by its fields (RFC 5322, section 3.6.4)."""
        return "in-reply-to" in self.fields or "references" in self.fields

    @functools.cached_property
    def is_answer_or_forward(self) -> bool:
        """Whether the subject starts as a person's program lets an answer or a forward start."""
        return is_reply_subject(self.subject) or is_forward_subject(self.subject)

    @functools.cached_property
    def submitted(self) -> str:
        """The keyword of Auto-Submitted (RFC 3834, section 5), lower case; "" for a person's."""
        value = self.fields.raw("auto-submitted").partition(";")[0].partition("(")[0]
        value = value.strip().strip('"').lower()
        return "" if value in ("no", "none", "false") else value

    @functools.cached_property
    def own_addresses(self) -> frozenset[str]:
        """The addresses, lower case, that this mail is from and to: none of them is its matter."""
        found = {self.sender.lower(), self.path}
        for name in ("to", "delivered-to", "envelope-to", "reply-to"):
            for value in self.fields.raw_all(name)[:5]:
                for address in addresses.parse_addresses(value[:2000], self.limits, Defects()):
                    found.add(address.email.lower())
        return frozenset(found - {""})
