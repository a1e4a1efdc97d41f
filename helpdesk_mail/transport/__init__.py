# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Mail servers: IMAP and POP3 behind one door. Knows no Odoo.

``open_store(AccountSettings(...))`` gives a ``MailStore``, which gives ``RawMail``; what goes wrong
is a ``TransportError`` named for the reaction it asks for.
"""

from .errors import (
    ConfigurationWrong,
    CredentialsRefused,
    FolderGone,
    MessageGone,
    TransportError,
    TryAgain,
)
from .raw import RawMail
from .records import ConnectionReport, Flags, FolderInfo, FolderState
from .sent_folder import find_sent_folder
from .settings import AccountSettings
from .store import MailStore, open_store

__all__ = [
    "AccountSettings",
    "ConfigurationWrong",
    "ConnectionReport",
    "CredentialsRefused",
    "Flags",
    "FolderGone",
    "FolderInfo",
    "FolderState",
    "MailStore",
    "MessageGone",
    "RawMail",
    "TransportError",
    "TryAgain",
    "find_sent_folder",
    "open_store",
]
