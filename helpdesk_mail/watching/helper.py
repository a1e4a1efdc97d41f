# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Asking Odoo what is to be watched, in a process of its own that ends when it has answered.

Question and answer go through pipes: no secret stands on a command line, in the environment or in
a file.
"""

import dataclasses
import json
import logging
import os
import subprocess
import threading
import time

from ..transport import AccountSettings
from ..transport.errors import Peer
from ..transport.networks import Networks

_logger = logging.getLogger(__name__)
# seconds; an Odoo starts in two, and providers of tokens may be slow
_PATIENCE = 180
# seconds before its end in which a token is not used any more
_MARGIN = 60
# tokens are not asked for again and again
_REST = 20


class HelperFailed(Exception):
    """Odoo gave no answer; the message says what to look at."""


class Helper:
    """Asks with *command* (a list of words), to which the number of the pipe is added."""

    def __init__(self, command):
        self._command = command
        self._lock = threading.Lock()
        self._tokens = {}
        self._asked_at = -float("inf")
        self.answer = {}

    def ask(self, refused=None):
        """The answer (dict) of a new Odoo, see ``_helpdesk_mail_watch_answer`` of the accounts.

        :param refused: key -> token that a mail server does not take any more
        :raise HelperFailed: there is none
        """
        with self._lock:
            return self._ask(refused or {})

    def _ask(self, refused):
        self._asked_at = time.monotonic()
        read_end, write_end = os.pipe()
        with os.fdopen(read_end, "rb") as stream:
            try:
                process = subprocess.Popen(
                    [*self._command, "--answer-to", str(write_end)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    pass_fds=[write_end],
                )
            finally:
                os.close(write_end)
            timer = threading.Timer(_PATIENCE, process.kill)
            timer.start()
            try:
                with process.stdin as question:
                    question.write(json.dumps({"refused": refused}).encode())
                text = stream.read()
                status = process.wait()
            except BrokenPipeError:
                text, status = b"", process.wait()
            finally:
                timer.cancel()
        if status or not text:
            raise HelperFailed(f"Odoo gave no answer (exit status {status}); its log says why.")
        self.answer = json.loads(text)
        now = time.time()
        self._tokens = {
            account["key"]: (account["settings"].pop("secret"), account["expires_at"])
            for account in self.answer["accounts"]
            if account["settings"]["auth_method"] == "oauth2"
        }
        _logger.debug("%d accounts at %d", len(self.answer["accounts"]), now)
        return self.answer

    def token(self, key, peer, refused=""):
        """The bearer token of an account; asks Odoo for new ones where it is at its end.

        :raise TransportError: there is none
        """
        with self._lock:
            if not self._is_good(key, refused) and time.monotonic() - self._asked_at > _REST:
                try:
                    self._ask({key: refused} if refused else {})
                except HelperFailed as error:
                    _logger.warning("%s", error)
            if not self._is_good(key, refused):
                raise peer.error("oauth_busy")
            return self._tokens[key][0]

    def _is_good(self, key, refused):
        token, ends = self._tokens.get(key, ("", None))
        return bool(token) and token != refused and (ends is None or ends > time.time() + _MARGIN)

    def targets(self):
        """Key -> (settings, folder) of the last answer."""
        networks = Networks(self.answer["networks"])
        found = {}
        for account in self.answer["accounts"]:
            values = {"secret": "", **account["settings"], "networks": networks}
            if values["auth_method"] == "oauth2":
                peer = Peer(values["host"], values["port"], "imap")
                values["bearer"] = _Bearer(self, account["key"], peer)
            found[account["key"]] = (AccountSettings(**values), account["folder"])
        return found


@dataclasses.dataclass(frozen=True)
class _Bearer:
    """What gives a connection its token; equal for the same account, whenever it was made."""

    helper: Helper = dataclasses.field(repr=False)
    key: str
    peer: Peer = dataclasses.field(repr=False, compare=False)

    def __call__(self, refused=""):
        return self.helper.token(self.key, self.peer, refused)
