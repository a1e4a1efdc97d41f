# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Waiting for mail with IMAP IDLE (RFC 2177), one connection and one thread for each mailbox."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Hashable, Mapping

from .errors import TransportError, TryAgain
from .settings import AccountSettings
from .store import open_store

_logger = logging.getLogger(__name__)

# RFC 2177 asks for less than 29 minutes; many firewalls forget a silent connection after 10
RENEW_SECONDS = 9 * 60.0
POLL_SECONDS = 60.0
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 300.0
# A thread that waits for a line needs little; what it does not touch costs nothing anyway.
STACK_SIZE = 512 * 1024
# connections that are being opened at the same time: a restart is no storm of handshakes
_DOORS = 16


class IdleWatcher(threading.Thread):
    """Calls *on_mail* (without arguments, in this thread) whenever mail may have arrived in
    *folder*.

    It does so after each connect as well: what came while there was no connection counts.
    Servers without IDLE are asked by NOOP each minute. A lost connection is opened again after
    a pause that doubles up to five minutes. ``connected`` tells whether there is one now.
    """

    def __init__(
        self,
        settings: AccountSettings,
        folder: str,
        on_mail: Callable[[], None],
        doors: threading.Semaphore | None = None,
    ) -> None:
        super().__init__(name=f"idle {settings.host}", daemon=True)
        self.target = (settings, folder)
        self.connected = False
        self._on_mail = on_mail
        self._stopped = threading.Event()
        self._doors = doors or threading.Semaphore()
        self._pause = _FIRST_PAUSE

    def stop(self) -> None:
        """End the thread at its next turn; does not wait for it."""
        self._stopped.set()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._watch()
            except TransportError as error:
                if not isinstance(error, TryAgain):
                    self._pause = _LONGEST_PAUSE
                _logger.info("Waiting for mail on %s: %s", self.target[0].host, error)
            except Exception:
                _logger.warning("Waiting for mail on %s failed", self.target[0].host, exc_info=True)
            self.connected = False
            # jitter: a restarted server is not asked by all of us in the same second
            self._stopped.wait(self._pause * random.uniform(0.8, 1.2))
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    def _watch(self) -> None:
        settings, folder = self.target
        with self._doors:
            if self._stopped.is_set():
                return
            store = open_store(settings)
        with store:
            store.select(folder)
            self.connected = True
            self._pause = _FIRST_PAUSE
            self._on_mail()
            while not self._stopped.is_set():
                if (
                    store.wait_for_change(RENEW_SECONDS, POLL_SECONDS)
                    and not self._stopped.is_set()
                ):
                    self._on_mail()


class IdleGroup:
    """The watchers of many mailboxes, each under a key of the caller's.

    *on_mail* is called with the key, from any thread.
    """

    def __init__(self, on_mail: Callable[[Hashable], None]) -> None:
        self._on_mail = on_mail
        self._doors = threading.Semaphore(_DOORS)
        self._watchers: dict[Hashable, IdleWatcher] = {}

    def update(self, wanted: Mapping[Hashable, tuple[AccountSettings, str]]) -> None:
        """Watch what is *wanted* (key -> settings and folder), and nothing else."""
        for key in list(self._watchers):
            if wanted.get(key) != self._watchers[key].target:
                self._watchers.pop(key).stop()
        usual = threading.stack_size(STACK_SIZE)
        try:
            for key, (settings, folder) in wanted.items():
                if key not in self._watchers:
                    watcher = IdleWatcher(settings, folder, self._call(key), self._doors)
                    self._watchers[key] = watcher
                    watcher.start()
        finally:
            threading.stack_size(usual)

    def _call(self, key: Hashable) -> Callable[[], None]:
        return lambda: self._on_mail(key)

    def connected(self) -> int:
        """How many have a connection now."""
        return sum(watcher.connected for watcher in self._watchers.values())

    def stop(self) -> None:
        """End all of them; does not wait."""
        self.update({})
