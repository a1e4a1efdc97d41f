# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Wait for mail in all mailboxes, and let Odoo's workers fetch where some has come."""

import contextlib
import json
import logging
import os
import queue
import signal
import time

import psycopg2

from ..transport.idle import IdleGroup
from .database import Database
from .helper import Helper, HelperFailed

_logger = logging.getLogger(__name__)
# seconds between two looks at whether an account has changed: one small query
_LOOK = 10
# seconds after which Odoo is asked again although nothing seems to have changed
_ANYWAY = 3600
# seconds until a helper that failed is started again
_REST = 30
# seconds until a database that was lost is tried again
_PAUSE = 2


def main(words):
    """Watch until a signal comes. *words*: one JSON object with ``command`` (of the helper),
    ``level`` (of the log) and ``once``.
    """
    options = json.loads(words[0])
    logging.basicConfig(
        level=options["level"],
        format=f"%(asctime)s {os.getpid()} %(levelname)s %(name)s: %(message)s",
    )

    def stop(_signal, _frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    watch = Watch(Helper(options["command"]))
    try:
        while not (watch.turn() and options["once"]):
            pass
    except KeyboardInterrupt:
        _logger.info("Stopped")
    finally:
        watch.stop()
    return 0


class Watch:
    """All mailboxes of one database."""

    def __init__(self, helper):
        self._helper = helper
        self._arrivals = queue.SimpleQueue()
        self._group = IdleGroup(self._arrivals.put)
        self._database = None
        self._seen = None
        # mailboxes with new mail whose actions were not called yet
        self._waiting = set()
        self._ask_at = 0.0
        self._look_at = 0.0

    def turn(self):
        """Follow what has changed, wait for mail, and call the workers: how many inboxes were
        called.
        """
        now = time.monotonic()
        try:
            if now >= self._look_at:
                self._look_at = now + _LOOK
                self._look(now)
            return self._wait()
        except psycopg2.Error as error:
            # a restarted PostgreSQL; what has arrived is called once it is back
            _logger.warning("The database cannot be reached: %s", str(error).strip())
            if self._database:
                self._database.close()
            time.sleep(_PAUSE)
            return 0

    def _look(self, now):
        """Ask Odoo where an account has changed, or its time has come."""
        statement = self._helper.answer.get("changes")
        if statement and now < self._ask_at and self._database.value(statement) == self._seen:
            return
        try:
            answer = self._helper.ask()
        except HelperFailed as error:
            _logger.warning("%s", error)
            # what is watched goes on
            self._ask_at = now + _REST if statement else 0.0
            self._look_at = now + _REST
            return
        if not self._database:
            self._database = Database(answer["database"])
        self._seen = answer["seen"]
        self._ask_at = now + min(answer["valid_for"], _ANYWAY)
        targets = self._helper.targets()
        self._group.update(targets)
        _logger.info("Watching %d mailboxes", len(targets))

    def _wait(self):
        """Wait for mail until the next look; what came together is called together."""
        keys = self._waiting
        with contextlib.suppress(queue.Empty):
            left = 0.0 if keys else self._look_at - time.monotonic()
            keys.add(self._arrivals.get(timeout=max(left, 0.01)))
        while not self._arrivals.empty():
            keys.add(self._arrivals.get())
        if not keys:
            return 0
        crons = {account["key"]: account["cron_id"] for account in self._helper.answer["accounts"]}
        ids = {crons[key] for key in keys if key in crons}
        called = self._database.call(ids) if ids else 0
        self._waiting = set()
        _logger.info("New mail: %s", ", ".join(sorted(keys)))
        return called

    def stop(self):
        """Let go of everything."""
        self._group.stop()
        if self._database:
            self._database.close()
