# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Asking many mailboxes at once whether anything is new.

Most visits to a mailbox find nothing, and nearly all of their time is waiting for the network. A
few dozen threads wait at the same time; none of them knows anything of a database.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from .errors import TransportError
from .settings import AccountSettings
from .store import open_store

_logger = logging.getLogger(__name__)

# Threads wait for the network; more of them would only wait for each other's TLS handshakes.
THREADS = 48


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """A mailbox to be asked. ``key`` is the caller's name for it."""

    key: int
    settings: AccountSettings
    folders: tuple[str, ...]
    unread: bool = False
    flags: bool = False


def probe(target: Target) -> dict[str, str]:
    """The marks of the folders of one mailbox (:meth:`.store.MailStore.mark`), "" for unknown.

    Raises TransportError.
    """
    with open_store(target.settings) as store:
        kinds = {"unread": target.unread, "flags": target.flags}
        return {name: store.mark(name, **kinds) for name in target.folders}


def probe_all(targets: Iterable[Target], seconds: float) -> dict[int, dict[str, str]]:
    """Key -> folder -> mark of those mailboxes that answered within *seconds* of time.

    What fails is left out: whoever visits it for good says why.
    """
    deadline = time.monotonic() + seconds

    def ask(target: Target) -> tuple[int, dict[str, str] | None]:
        left = deadline - time.monotonic()
        if left <= 0:
            return target.key, None
        settings = dataclasses.replace(
            target.settings, timeout=min(target.settings.timeout, max(left, 0.1))
        )
        try:
            return target.key, probe(dataclasses.replace(target, settings=settings))
        except TransportError as error:
            _logger.debug("probing %s: %s", target.settings.host, error)
        except Exception:
            _logger.warning("probing %s failed", target.settings.host, exc_info=True)
        return target.key, None

    targets = list(targets)
    if not targets:
        return {}
    with ThreadPoolExecutor(min(THREADS, len(targets)), thread_name_prefix="probe") as pool:
        return {key: marks for key, marks in pool.map(ask, targets) if marks is not None}
