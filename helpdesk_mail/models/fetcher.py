# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""One visit to a mailbox.

    connect -> select -> list
    for each batch: mark in flight, COMMIT, fetch, take in, COMMIT, acknowledge

Why this loses nothing and doubles nothing:

* A message counts as taken in with the commit of its journal row, which holds its UID. A run
  that is killed before leaves no trace and starts over; one that is killed after finds the UID
  in the journal.
* The server is told (flags, moves, DELE) only after that commit. What could not be told is
  remembered with the folder and told on the next visit.
* The messages being processed are marked first. A run that finds such a mark knows that its
  predecessor was stopped, and takes these messages one by one; one that stops the program twice
  is put aside unread.
"""

import contextlib
import datetime
import logging
import time
from collections import Counter

import psycopg2
from odoo import fields
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .. import intake
from ..intake.journal import accounted, digest, source_digest
from ..message import parse
from ..transport import FolderGone, RawMail, TransportError, open_store
from . import fetcher_flags, fetcher_moves, fetcher_older

_logger = logging.getLogger(__name__)

_BATCH_MESSAGES = 100
_BATCH_BYTES = 8 * 2**20
_LOOKUP = 2000
_CRASHES = 2
_TRIES = 5
# the clocks of mail servers differ from ours
_CLOCK_SKEW = datetime.timedelta(minutes=5)


class Fetcher:
    """Fetches for one account (a record in the work transaction, which commits) with its settings
    (AccountSettings), for *budget* seconds at the most.
    """

    def __init__(self, account, settings, budget=float("inf")):
        self.account = account
        self.env = account.env
        self.settings = settings
        self.road = account._helpdesk_mail_road()
        self.counts = Counter()
        self.max_size = account.max_size_mb * 2**20
        self.deadline = time.monotonic() + budget
        self.seconds_left = budget
        # the folder with its suspects as the visit found them
        self.visited = None
        self.quarantined = {}
        # name of a folder -> why it could not be read
        self.problems = {}
        # folder -> the last change of its flags on the server, as of this visit
        self.modseqs = {}
        # sentences for the administrator: what did not work and stops nothing
        self.warnings = []

    def run(self):
        """Visit every folder of the account: counts by outcome.

        A folder that cannot be opened holds up no other; ``problems`` names it.

        :raise TransportError: the server failed, or no folder could be opened; what was committed
            until then stays
        """
        try:
            with open_store(self.settings) as store:
                folders = self.account._helpdesk_mail_current_folders()
                opened = False
                for number, folder in enumerate(folders, 1):
                    state = self._open(
                        store, folder, last_hope=not opened and number == len(folders)
                    )
                    if state is None:
                        continue
                    opened = True
                    self._visit(store, folder, state)
                    if self.seconds_left <= 0:
                        break
                fetcher_older.take(self, store, folders)
        except Exception:
            self._blame_nobody()
            raise
        return dict(self.counts)

    def _blame_nobody(self):
        """The server or the database failed, the program was not stopped: no message is more
        suspect than before.
        """
        if not self.visited:
            return
        folder, in_flight, crashes = self.visited
        with contextlib.suppress(psycopg2.Error):
            self.env.cr.rollback()
            folder.write({"in_flight": in_flight, "crashes": crashes})
            self._commit_now()

    def _open(self, store, folder, last_hope):
        """The state of *folder* on the server, or None where it is gone or closed to us.

        :param last_hope: no folder could be opened yet, and there is no other
        """
        try:
            fetcher_flags.ask(self, store, folder)
            state = store.select(folder.name)
        except TransportError as error:
            if not isinstance(error, FolderGone) and error.reason != "no_permission":
                raise
            words = str(error)[:500]
            self.problems[folder.name] = words
            if folder.problem != words:
                folder.problem = words
                self._commit_now()
            if last_hope:
                raise
            return None
        if folder.problem:
            folder.problem = False
        return state

    def _visit(self, store, folder, state):
        self._meet(store, folder, state)
        self._tell_pending(store, folder)
        fetcher_flags.follow(self, store, folder, state)
        uids = self._new_uids(store, folder, state)
        suspects = self._suspects(folder)
        # of what waits for its turn, what stopped a run goes first: it is to be found out
        uids = fetcher_older.among(folder, suspects) + uids
        behind = folder.backlog if folder.older_uid else 0
        if self.take_all(store, folder, uids, suspects, behind) and not folder.older_uid:
            self.finish(folder)
        if folder.in_flight or folder.crashes:
            folder.write({"in_flight": False, "crashes": 0})
        self._commit_now()

    def finish(self, folder):
        """Whatever the server said of *folder* before this visit is dealt with."""
        folder.write(
            {
                "visited_mark": folder.probed_mark,
                "visited_at": fields.Datetime.now(),
                "backlog": 0,
            }
        )

    def take_all(self, store, folder, uids, suspects=frozenset(), behind=0, newest_first=False):
        """Take in *uids* (ascending): whether there was time for all of them.

        :param behind: how many more wait after these
        """
        self.quarantined = self._quarantined_before(folder)
        door = intake.Door(
            self.account,
            folder,
            self.settings.protocol,
            keep_raw=self.settings.protocol == "pop3",
        )
        remaining = len(uids) + behind
        for chunk, alone in _plan(uids[::-1] if newest_first else uids, suspects):
            if newest_first:
                chunk.reverse()
            remaining -= len(chunk)
            if alone and len(suspects) == 1 and folder.crashes >= _CRASHES:
                self._put_aside(store, folder, door, chunk)
            else:
                self._take(store, folder, door, chunk, remaining)
            if newest_first:
                # committed with the next batch; the journal knows better
                folder.older_uid = float(chunk[0]) - 1
            if self.seconds_left <= 0:
                _logger.info("Account %s: time is up, %d messages left", self.account.id, remaining)
                return False
        return True

    def _meet(self, store, folder, state):
        """Notice a new UIDVALIDITY (RFC 3501, section 2.3.1.1): the UIDs that we know mean
        nothing any more.
        """
        if self.settings.protocol != "imap" or folder.uidvalidity == state.uidvalidity:
            return
        first = not folder.uidvalidity
        if not first:
            _logger.info("Account %s: UIDVALIDITY of %s changed", self.account.id, folder.name)
        start = self._last_uid_before_activation(store, folder, state)
        folder.write(
            {
                "uidvalidity": state.uidvalidity,
                "last_uid": start,
                "start_uid": start,
                "flags_mark": False,
                **fetcher_older.begin(self, state, start, _BATCH_MESSAGES),
                "in_flight": False,
                "crashes": 0,
                "pending_acknowledge": False,
                "pending_moves": False,
            }
        )
        self._commit_now()

    def _last_uid_before_activation(self, store, folder, state):
        """Without a start date, only what came after the activation, or since the folder was
        wanted, is wanted: the UID before the first of that.

        By the server's time of arrival, and not by what there is at this moment: mail that came
        since the activation, or while settings were changed, must not be passed over.
        """
        if self.account.sync_start or not self.account.active_since:
            return 0
        since = max(self.account.active_since, folder.read_since or self.account.active_since)
        since = since.replace(tzinfo=datetime.UTC) - _CLOCK_SKEW
        # the server compares days in its own time zone
        uids = store.list_uids(since=since.date() - datetime.timedelta(days=1))
        for raw in store.fetch(uids, max_size=0, head_size=1):
            if not raw.received_at or raw.received_at >= since:
                return int(raw.uid) - 1
        return (state.uidnext or int((store.all_uids() or ["0"])[-1]) + 1) - 1

    def _tell_pending(self, store, folder):
        """Tell the server what a visit before could not."""
        if folder.pending_acknowledge:
            self._acknowledge(store, folder.pending_acknowledge.split(","))
            folder.pending_acknowledge = False
            self._commit_now()
        if folder.pending_moves:
            fetcher_moves.move(self, store, folder)
            self._commit_now()

    def _new_uids(self, store, folder, state):
        """The UIDs (str, ascending) that the journal does not know."""
        account = self.account
        if self.settings.protocol == "pop3":
            uids = store.list_uids()
        else:
            unread = account.which == "unread"
            after = int(folder.start_uid if unread else max(folder.last_uid, folder.start_uid))
            uids = store.list_uids(
                after=after or None, since=account.sync_start or None, unread_only=unread
            )
        new = []
        for start in range(0, len(uids), _LOOKUP):
            part = uids[start : start + _LOOKUP]
            names = {uid: self._server_uid(folder, uid) for uid in part}
            known = accounted(folder, names.values())
            new += [uid for uid in part if names[uid] not in known]
            again = [uid for uid in part if known.get(names[uid]) is False]
            if again and self.settings.protocol == "pop3":
                new += self._delete_taken_in(store, folder, again)
        return new

    def _delete_taken_in(self, store, folder, uids):
        """Delete what a stopped run has taken in and could not delete: the UIDs that are other
        messages after all.

        A server may give the unique-id of a deleted message to a new one (RFC 1939, section 7):
        so each is looked at before it is deleted.
        """
        rows = self.env["helpdesk.incoming.mail"].search(
            [("folder_id", "=", folder.id), ("server_uid", "in", uids)]
        )
        rows = {row.server_uid: row for row in rows}
        others = []
        for raw in store.fetch(uids, max_size=self.max_size):
            row = rows[raw.uid]
            if row.digest == source_digest(raw) or row.digest == digest(parse(raw.source)):
                store.acknowledge([raw.uid], delete=True)
            else:
                row.server_uid = False
                others.append(raw.uid)
        if others:
            self._commit_now()
        return others

    def tell_progress(self, remaining):
        """Commit, and tell the scheduler that so many messages wait; what time is left."""
        self.env.flush_all()
        self.seconds_left = min(
            self.env["ir.cron"]._commit_progress(remaining=remaining),
            self.deadline - time.monotonic(),
        )
        return self.seconds_left

    def _commit_now(self):
        """Commit the work transaction: what is decided must not be lost to a later failure."""
        # this transaction is the fetcher's own, opened for it and closed behind it
        self.env.cr.commit()  # pylint: disable=invalid-commit

    @staticmethod
    def _server_uid(folder, uid):
        return f"{folder.uidvalidity}:{uid}" if folder.uidvalidity else uid

    def _suspects(self, folder):
        """The UIDs that were in flight when a run was stopped; remembers that it happened."""
        self.visited = folder, folder.in_flight, folder.crashes
        if not folder.in_flight:
            return set()
        folder.crashes += 1
        self._commit_now()
        _logger.warning(
            "Account %s: an earlier run was stopped while it processed %s of %s",
            self.account.id,
            folder.in_flight[:200],
            folder.name,
        )
        return set(folder.in_flight.split(","))

    def _mark(self, folder, uids, remaining=0):
        """Say which messages are being processed, so that a run after a crash knows."""
        folder.write({"in_flight": ",".join(uids), "backlog": len(uids) + remaining})
        self._commit_now()

    def _take(self, store, folder, door, uids, remaining):
        self._mark(folder, uids, remaining)
        raws, size, done = [], 0, 0
        for raw in store.fetch(uids, max_size=self.max_size):
            if raws and size + len(raw.source) > _BATCH_BYTES:
                upto = uids.index(raws[-1].uid) + 1
                self._take_in(store, folder, door, uids[done:upto], raws, remaining)
                raws, size, done = [], 0, upto
            raws.append(raw)
            size += len(raw.source)
            del raw
        self._take_in(store, folder, door, uids[done:], raws, remaining)

    def _take_in(self, store, folder, door, uids, raws, remaining):
        """Take in *raws*, which is what the server gave for *uids*, commit, and tell the server.

        A transaction that another one got in the way of is simply run again.
        """
        for tries_left in reversed(range(_TRIES)):
            try:
                items = self._decide(store, folder, door, uids, raws)
                done = [item.raw.uid for item in items if self._may_be_told(item)]
                moves = fetcher_moves.of_items(items, done)
                self._commit(folder, uids, done, remaining, moves)
                break
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if not tries_left:
                    raise
                _logger.info("Account %s: conflict in the database, once more", self.account.id)
                self.env.cr.rollback()
                self.env.transaction.reset()
                self.quarantined = self._quarantined_before(folder)
        self.counts.update(item.outcome for item in items)
        raws.clear()
        items.clear()
        self._told(store, folder, done)

    def _decide(self, store, folder, door, uids, raws):
        """What becomes of *uids*: the items, written but not committed."""
        new = [raw for raw in raws if not self._recognised(raw)]
        items = self.road.take_in(self.env, door, new) if new else []
        return items + self._refused(store, folder, door, set(uids).difference(r.uid for r in raws))

    def _quarantined_before(self, folder):
        """What is in quarantine under an earlier UIDVALIDITY: digest of the source -> rows."""
        if self.settings.protocol != "imap":
            return {}
        rows = self.env["helpdesk.incoming.mail"].search_fetch(
            [
                *self.account._helpdesk_mail_journal_domain(),
                ("folder_id", "=", folder.id),
                ("outcome", "=", "quarantined"),
            ],
            ["digest", "server_uid"],
        )
        found = {}
        for row in rows:
            if not (row.server_uid or "").startswith(f"{folder.uidvalidity}:"):
                found.setdefault(row.digest, []).append(row)
        return found

    def _recognised(self, raw):
        """Give a message that is in quarantine already its new UID; it is not tried again."""
        if not self.quarantined:
            return False
        rows = self.quarantined.get(source_digest(raw))
        if not rows:
            return False
        rows.pop().server_uid = f"{raw.uidvalidity}:{raw.uid}"
        self.counts["known"] += 1
        return True

    def _refused(self, store, folder, door, uids):
        """Put aside the messages that are on the server but that it does not hand out: a list
        of items.

        Messages that vanished between listing and fetching are an everyday event and nobody's
        any more.
        """
        if not uids:
            return []
        return [
            self.road.put_aside(
                self.env,
                door,
                RawMail(
                    source=b"",
                    uid=uid,
                    uidvalidity=folder.uidvalidity or "",
                    folder=folder.name,
                    truncated=True,
                ),
                "not_given",
            )
            for uid in store.all_uids()
            if uid in uids
        ]

    def _may_be_told(self, item):
        """Whether the server may mark the message as read, or delete it."""
        if self.settings.protocol == "pop3":
            # whether a message met before may go is for its row to say, on the next visit
            return item.outcome != "known" and not item.stays_on_server
        return item.outcome != "quarantined"

    def _put_aside(self, store, folder, door, uids):
        """Quarantine a message that stopped the program again and again, without reading it."""
        for raw in store.fetch(uids, max_size=self.max_size):
            self.road.put_aside(self.env, door, raw, "crashed")
            self.counts["quarantined"] += 1
        self._commit(folder, uids, [], 0)

    def _commit(self, folder, uids, done, remaining, moves=None):
        """Commit what became of *uids*; *done* are those that the server is to be told of, *moves*
        those that it is to move (folder -> UIDs).
        """
        values = {"in_flight": False, "crashes": 0, "backlog": remaining}
        if self.settings.protocol == "imap":
            values["last_uid"] = max(folder.last_uid, *(float(uid) for uid in uids))
            if self.account._helpdesk_mail_marks_seen() and done:
                values["pending_acknowledge"] = ",".join(done)
            if moves:
                values["pending_moves"] = fetcher_moves.added(folder.pending_moves, moves)
        folder.write(values)
        self.env.flush_all()
        self.seconds_left = min(
            self.env["ir.cron"]._commit_progress(len(uids), remaining=remaining),
            self.deadline - time.monotonic(),
        )
        self.visited = folder, False, 0
        # bounded memory: nothing of this batch is needed any more
        self.env.invalidate_all(flush=False)

    def _told(self, store, folder, uids):
        self._acknowledge(store, uids)
        if folder.pending_acknowledge:
            # written with the next commit; telling a server twice does no harm
            folder.pending_acknowledge = False
        if folder.pending_moves:
            fetcher_moves.move(self, store, folder)

    def _acknowledge(self, store, uids):
        if not uids:
            return
        if self.settings.protocol == "pop3":
            store.acknowledge(uids, delete=True)
        elif self.account._helpdesk_mail_marks_seen():
            store.acknowledge(uids, seen=True)


def _plan(uids, suspects):
    """Cut *uids* into batches: pairs of a list and whether it is a suspect that is taken alone."""
    chunk = []
    for uid in uids:
        if uid in suspects:
            if chunk:
                yield chunk, False
                chunk = []
            yield [uid], True
            continue
        chunk.append(uid)
        if len(chunk) == _BATCH_MESSAGES:
            yield chunk, False
            chunk = []
    if chunk:
        yield chunk, False
