# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Compare the UIDs on the servers with the journal: "0 unaccounted" means that no mail was
missed.
"""

import sys

from odoo.addons.helpdesk_mail.intake.journal import accounted
from odoo.addons.helpdesk_mail.transport import FolderGone, TransportError, open_store
from odoo.exceptions import UserError

from . import find_inbox

NEEDS_DATABASE = True
_LOOKUP = 2000


def add_arguments(parser):
    parser.add_argument("--inbox", metavar="EMAIL", help="only this inbox")
    parser.add_argument(
        "--fix", action="store_true", help="let the next fetch take in what was missed"
    )


def run(env, options):
    if options.inbox:
        inboxes = find_inbox(env, options.inbox)
        if not inboxes:
            return 1
    else:
        inboxes = env["helpdesk.inbox"].search([("kind", "=", "mailbox"), ("state", "!=", "draft")])
    status = 0
    for inbox in inboxes:
        try:
            status |= _reconcile(env, inbox, options.fix)
        except (TransportError, UserError) as error:
            print(f"{inbox.email_normalized}: {error}", file=sys.stderr)
            status = 1
    return status


def _reconcile(env, inbox, fix):
    """Print one line for each folder of *inbox*: 1 where something is unaccounted, else 0."""
    status = 0
    with open_store(inbox._helpdesk_mail_settings()) as store:
        for folder in inbox._helpdesk_mail_current_folders():
            try:
                state = store.select(folder.name)
            except FolderGone as error:
                print(f"{inbox.email_normalized} {folder.name}: {error}", file=sys.stderr)
                status = 1
                continue
            imap = inbox.protocol == "imap"
            uids = store.list_uids(since=inbox.sync_start or None) if imap else store.list_uids()
            if imap:
                uids = [uid for uid in uids if int(uid) > folder.start_uid]
            missing = []
            for start in range(0, len(uids), _LOOKUP):
                part = uids[start : start + _LOOKUP]
                names = {
                    (f"{state.uidvalidity}:{uid}" if state.uidvalidity else uid): uid
                    for uid in part
                }
                known = accounted(folder, names)
                missing += [uid for name, uid in names.items() if name not in known]
            print(
                f"{inbox.email_normalized} {folder.name}: {len(uids):,} messages, "
                f"{len(missing):,} unaccounted"
            )
            if missing:
                status = 1
                print(f"  UIDs: {', '.join(missing[:20])}{' …' if len(missing) > 20 else ''}")
            if missing and fix and imap:
                folder.last_uid = min(folder.last_uid, int(missing[0]) - 1)
                env.cr.commit()  # pylint: disable=invalid-commit
                print("  The next fetch takes them in.")
    return status
