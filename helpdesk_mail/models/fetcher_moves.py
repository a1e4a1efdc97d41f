# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Part of a visit to a mailbox: moving what rules send to other folders, once it is committed.

A move that is cut off is told again on the next visit, since it stands with the folder; a message
that was moved already is left out by the server. What can never work is said once and given up: the
mail stays where it is, and it was taken in.
"""

import logging

from ..transport import ConfigurationWrong

_logger = logging.getLogger(__name__)


def of_items(items, done):
    """Folder -> UIDs of the messages that are to be moved, of those that the server may be told."""
    moves = {}
    told = set(done)
    for item in items:
        if item.move_to and item.raw.uid in told:
            moves.setdefault(item.move_to, []).append(item.raw.uid)
    return moves


def added(pending, moves):
    """*pending* (what a folder has to move, or nothing) with *moves*."""
    pending = dict(pending or {})
    for name, uids in moves.items():
        pending[name] = [*pending.get(name, ()), *uids]
    return pending


def move(fetcher, store, folder):
    """Move what *folder* has pending; written with the next commit.

    :raise TransportError: the server failed; all of it is tried again on the next visit
    """
    for name, uids in (folder.pending_moves or {}).items():
        try:
            store.move(uids, name)
        except ConfigurationWrong as error:
            _logger.info("Inbox %s: mail is not moved to %s: %s", fetcher.account.id, name, error)
            fetcher.account._tell_problem("move_failed", {"folder": name, "error": str(error)})
            fetcher.warnings.append(str(error))
        else:
            _note(fetcher, folder, uids)
    folder.pending_moves = False


def _note(fetcher, folder, uids):
    """The messages are no longer where the journal knows them: it keeps their source itself."""
    names = [f"{folder.uidvalidity}:{uid}" for uid in uids]
    rows = fetcher.env["helpdesk.incoming.mail"].search(
        [("folder_id", "=", folder.id), ("server_uid", "in", names)]
    )
    rows.on_server = False
