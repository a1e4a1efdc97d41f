# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Hold IMAP IDLE connections and trigger a fetch as soon as mail arrives.

It fetches nothing itself: it triggers the scheduled action of the inbox, which Odoo's cron
workers run.
"""

import logging
import queue
import signal
from functools import partial

from odoo.addons.helpdesk_mail.transport.idle import IdleWatcher
from odoo.exceptions import UserError

NEEDS_DATABASE = True
_REFRESH_SECONDS = 30
_logger = logging.getLogger(__name__)


def add_arguments(parser):
    parser.add_argument("--once", action="store_true", help="stop after the first mail (for tests)")


def run(env, options):
    arrivals = queue.SimpleQueue()
    watchers = {}

    def stop(_signal, _frame):
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        while True:
            _update(env, watchers, arrivals)
            try:
                inbox_id = arrivals.get(timeout=_REFRESH_SECONDS)
            except queue.Empty:
                continue
            inbox = env["helpdesk.inbox"].browse(inbox_id).exists()
            if inbox.cron_id:
                _logger.info("New mail for inbox %s", inbox_id)
                inbox.cron_id._trigger()
                env.cr.commit()  # pylint: disable=invalid-commit
            if options.once:
                return 0
    except KeyboardInterrupt:
        return 0
    finally:
        for watcher in watchers.values():
            watcher.stop()


def _update(env, watchers, arrivals):
    """Start a watcher for each active IMAP inbox, stop those whose target is gone or has
    changed.
    """
    env.cr.rollback()
    env.invalidate_all()
    wanted = {}
    for inbox in env["helpdesk.inbox"].search(
        [("kind", "=", "mailbox"), ("protocol", "=", "imap"), ("state", "=", "active")]
    ):
        try:
            wanted[inbox.id] = (inbox._helpdesk_mail_settings(), inbox.folder)
        except UserError as error:
            _logger.warning("Inbox %s cannot be watched: %s", inbox.id, error)
    # no transaction stays open while we wait
    env.cr.rollback()
    for inbox_id in list(watchers):
        if wanted.get(inbox_id) != watchers[inbox_id].target:
            watchers.pop(inbox_id).stop()
    for inbox_id, target in wanted.items():
        if inbox_id not in watchers:
            watchers[inbox_id] = IdleWatcher(*target, partial(arrivals.put, inbox_id))
            watchers[inbox_id].start()
