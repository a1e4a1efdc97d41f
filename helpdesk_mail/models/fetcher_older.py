# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Part of a visit to a mailbox: what was there before us, the newest first.

A large personal mailbox takes hours to read, where its provider limits what may be fetched a day
even days. Its owner wants today's mail today. So the first visit notes how far the folder reaches
(``older_uid``), and from then on each visit takes in what is new, in all folders, and then goes on
downwards, a share of each folder in turn.

The journal knows what was taken in, whatever the notes of a folder say: a visit that is stopped
anywhere goes on where it was.
"""

from ..intake.journal import accounted

# messages of one folder before it is the turn of the next
_SHARE = 500


def begin(fetcher, state, start, few):
    """What a folder (its FolderState) notes when it is read for the first time.

    :param start: the UID up to which messages are older than we want
    :param few: so many messages are read at once
    """
    newest = (state.uidnext or 0) - 1
    account = fetcher.account
    if (
        not account._helpdesk_mail_newest_first()
        or account.protocol != "imap"
        # what is unread is looked for each time, wherever it stands
        or account.which != "all"
        or state.messages <= few
        or newest <= start
    ):
        return {"older_uid": 0, "first_total": 0}
    return {
        "last_uid": newest,
        "older_uid": newest,
        "first_total": 0,
        "backlog": state.messages,
    }


def among(folder, uids):
    """Those of *uids* that wait for their turn, ascending: the others are old or new."""
    if not folder.older_uid:
        return []
    found = sorted((uid for uid in uids if int(uid) <= folder.older_uid), key=int)
    return _unaccounted(folder, found)


def _unaccounted(folder, uids):
    names = {uid: f"{folder.uidvalidity}:{uid}" for uid in uids}
    known = accounted(folder, names.values())
    return [uid for uid in uids if names[uid] not in known]


def take(fetcher, store, folders):
    """Take in what waits in *folders* until there is no more, or no more time."""
    waiting = {folder: None for folder in folders if folder.older_uid}
    while waiting and fetcher.seconds_left > 0:
        for folder, uids in list(waiting.items()):
            uids = _go_on(fetcher, store, folder, uids)
            waiting[folder] = uids
            if not uids:
                del waiting[folder]
            if fetcher.seconds_left <= 0:
                break
    if waiting:
        # so that the scheduler goes on at once
        fetcher.tell_progress(max(sum(folder.backlog for folder in waiting), 1))


def _go_on(fetcher, store, folder, uids):
    """Take in one share of *folder*: the UIDs that wait after it.

    :param uids: those that waited before it, or None where nobody asked yet
    """
    state = fetcher._open(store, folder, last_hope=False)
    if state is None or state.uidvalidity != folder.uidvalidity:
        # the next visit sees to it
        return []
    if uids is None:
        uids = store.list_uids(
            after=int(folder.start_uid) or None,
            upto=int(folder.older_uid),
            since=fetcher.account.sync_start or None,
        )
        folder.first_total = folder.first_total or len(uids)
    share = uids[-_SHARE:]
    del uids[-_SHARE:]
    new = _unaccounted(folder, share)
    if not fetcher.take_all(store, folder, new, behind=len(uids), newest_first=True):
        # not all of the share, and it is asked for again
        return [*uids, *share]
    folder.older_uid = float(share[0]) - 1 if uids else 0
    if not uids:
        fetcher.finish(folder)
    fetcher.tell_progress(len(uids))
    return uids
