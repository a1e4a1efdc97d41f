# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Moving messages to another folder: by MOVE (RFC 6851), or by COPY and a UID EXPUNGE of just
these messages (UIDPLUS, RFC 4315).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import Peer
from .imap_wire import Client, response_code, response_text

Check = Callable[[str, Any], None]


class Mover:
    """Moves messages of the selected folder; its methods raise imaplib's and our errors.

    ``check`` raises for a tagged NO or BAD.
    """

    def __init__(self, client: Client, peer: Peer, check: Check) -> None:
        self._client = client
        self._wire = client.wire
        self._peer = peer
        self._check = check
        self._has_move = client.has_capability("MOVE") or client.has_capability("IMAP4REV2")
        if not self._has_move and not client.has_capability("UIDPLUS"):
            # EXPUNGE alone would remove what others have marked as well
            raise peer.error("no_move")

    def move(self, sequence: str, folder: str) -> None:
        """Move the UIDs of a sequence set to ``folder``, which is made where it is missing."""
        command = "MOVE" if self._has_move else "COPY"
        name = self._client._normalise_folder(folder)
        status, data = self._wire.uid(command, sequence, name)
        if status == "NO" and response_code(data) in ("TRYCREATE", "NONEXISTENT"):
            self._create(name)
            status, data = self._wire.uid(command, sequence, name)
        if status == "NO" and response_code(data) == "EXPUNGEISSUED":
            # somebody else has removed some of them: RFC 6851 moves what is there
            status, data = self._wire.uid(command, sequence, name)
        if status == "NO" and response_code(data) == "CANNOT":
            # RFC 5530: it can never work, as with a name that the server does not take
            raise self._peer.error("no_new_folder", response_text(data))
        self._check(status, data)
        if not self._has_move:
            status, data = self._wire.uid("STORE", sequence, "+FLAGS.SILENT", r"(\Deleted)")
            self._check(status, data)
            status, data = self._wire.uid("EXPUNGE", sequence)
            self._check(status, data)

    def _create(self, name: Any) -> None:
        status, data = self._wire._simple_command("CREATE", name)
        if status != "OK" and response_code(data) != "ALREADYEXISTS":
            raise self._peer.error("no_new_folder", response_text(data))
        # so that mail programs show it; not all servers know subscriptions
        self._wire._simple_command("SUBSCRIBE", name)
