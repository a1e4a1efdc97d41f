# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Waiting for mail with IMAP IDLE (RFC 2177), one connection and one thread for each mailbox."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

from .errors import TransportError, TryAgain
from .settings import AccountSettings
from .store import open_store

_logger = logging.getLogger(__name__)

# RFC 2177 asks for less than 29 minutes; many firewalls forget a silent connection after 10
RENEW_SECONDS = 9 * 60.0
POLL_SECONDS = 60.0
_LONGEST_PAUSE = 300.0


class IdleWatcher(threading.Thread):
    """Calls *on_mail* (without arguments, in this thread) whenever mail may have arrived in
    *folder*.

    It does so after each connect as well: what came while there was no connection counts.
    Servers without IDLE are asked by NOOP each minute. A lost connection is opened again after
    a pause that doubles up to five minutes.
    """

    def __init__(self, settings: AccountSettings, folder: str, on_mail: Callable[[], None]) -> None:
        super().__init__(name=f"idle {settings.host}", daemon=True)
        self.target = (settings, folder)
        self._on_mail = on_mail
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End the thread at its next turn; does not wait for it."""
        self._stopped.set()

    def run(self) -> None:
        pause = 1.0
        while not self._stopped.is_set():
            try:
                self._watch()
                pause = 1.0
            except TransportError as error:
                if not isinstance(error, TryAgain):
                    pause = _LONGEST_PAUSE
                _logger.info("Waiting for mail on %s: %s", self.target[0].host, error)
            except Exception:
                _logger.warning("Waiting for mail on %s failed", self.target[0].host, exc_info=True)
            # jitter: a restarted server is not asked by all of us in the same second
            self._stopped.wait(pause * random.uniform(0.8, 1.2))
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _watch(self) -> None:
        settings, folder = self.target
        with open_store(settings) as store:
            store.select(folder)
            self._on_mail()
            while not self._stopped.is_set():
                if store.wait_for_change(RENEW_SECONDS, POLL_SECONDS):
                    self._on_mail()
