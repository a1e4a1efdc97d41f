# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""A round of questions: is anything new? For all mailboxes whose turn it is, at the same time.

Each account has its scheduled action, and a visit that finds nothing is nearly all waiting. So
whichever action runs first asks the servers of all accounts that are due
(:mod:`..transport.probe`), and those with nothing new are done until their next turn. The others
are visited by their own actions, with everything that belongs to a visit. Nothing depends on a
round: an account that no round asks, or whose server does not answer, is visited.
"""

import dataclasses
import datetime
import logging

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..transport import TransportError
from ..transport.probe import Target, probe_all
from ..transport.settings import with_token

_logger = logging.getLogger(__name__)

# fewer are visited as fast as they are asked
_FEWEST = 4
# accounts asked in one round: what their settings take in memory is bounded
_MOST = 500
# seconds for a whole round; servers that take longer are visited
_PATIENCE = 20
# the first half of the key of the advisory lock of rounds
_LOCK = 1_751_478_377
# Every account is visited that often whatever its server says: a message that was marked as unread
# again while another one was read leaves all counts as they were.
_ANYWAY = datetime.timedelta(minutes=15)
# An account that was asked and waits for its visit is not asked again: with many such accounts each
# of their actions would ask them all. After this time it is.
_ASK_AGAIN = datetime.timedelta(minutes=5)


class HelpdeskMailAccount(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mail.account"  # pylint: disable=consider-merging-classes-inherited

    asked_at = fields.Datetime(
        readonly=True, copy=False, help="When a round of questions found that a visit is needed."
    )

    def _helpdesk_mail_round(self):
        """Ask the servers of all accounts whose turn it is: whether this one has nothing new.

        Called by the scheduled action of one account. No row is locked while servers are asked:
        whoever edits an account, or fetches now, waits for nobody.
        """
        self.ensure_one()
        with self.env.registry.cursor() as cr:
            accounts = self.with_env(self.env(cr=cr, user=SUPERUSER_ID, su=True))
            # one round at a time; the lock ends with this transaction
            [[alone]] = accounts.env.execute_query(
                SQL("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", _LOCK, self._table)
            )
            due = accounts._helpdesk_mail_due() if alone else accounts.browse()
            if len(due) < _FEWEST or self.id not in due.ids:
                return False
            asked = due._helpdesk_mail_ask()
            try:
                with self.env.registry.cursor() as second:
                    env = self.env(cr=second, user=SUPERUSER_ID, su=True)
                    quiet = due.with_env(env)._helpdesk_mail_heard(asked, self)
                    if len(quiet) < len(due):
                        # workers that saw no more work while the servers were asked
                        second.postcommit.add(env["ir.cron"]._notifydb)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # somebody has just changed one of them: then each is visited
                _logger.info("%s: a round was in the way of others", self._name)
                return False
        _logger.info("%s: asked %d mailboxes, nothing new in %d", self._name, len(due), len(quiet))
        return self.id in quiet.ids

    def _helpdesk_mail_due(self):
        """This account and all others whose turn it is now; those that need a visit in any case
        are left out, and those that were found to need one. One query.
        """
        # accounts that rest after a failure, or never worked, are visited: that says what is wrong
        rows = self.env.execute_query(
            SQL(
                "SELECT account.id FROM %(table)s account JOIN ir_cron cron"
                " ON cron.id = account.cron_id"
                " WHERE (account.id = %(id)s OR %(is_due)s)"
                " AND account.state = 'active' AND account.failed_attempts = 0"
                " AND (account.asked_at IS NULL OR account.asked_at < %(again)s"
                " OR account.asked_at <= account.last_fetch)"
                " ORDER BY account.id = %(id)s DESC, cron.nextcall LIMIT %(most)s",
                table=SQL.identifier(self._table),
                id=self.id,
                is_due=self._helpdesk_mail_is_due(),
                again=fields.Datetime.now() - _ASK_AGAIN,
                most=_MOST,
            )
        )
        return self.browse(row[0] for row in rows)

    def _helpdesk_mail_is_due(self):
        """The condition that the action ``cron`` waits for its turn, and that nobody called it."""
        return SQL(
            "cron.active AND cron.nextcall <= %(now)s AND NOT EXISTS (SELECT"
            " FROM ir_cron_trigger trigger WHERE trigger.cron_id = cron.id"
            " AND trigger.call_at <= %(now)s)",
            now=fields.Datetime.now(),
        )

    def _helpdesk_mail_ask(self):
        """What the servers of these accounts say: account id -> folder name -> mark."""
        targets = []
        for account in self:
            if not account._helpdesk_mail_may_ask():
                continue
            try:
                # tokens are looked up here: the threads know no database
                settings = with_token(account._helpdesk_mail_settings())
            except (TransportError, UserError):
                # a visit says what is missing
                continue
            settings = dataclasses.replace(settings, bearer=None)
            names = tuple(account._helpdesk_mail_folder_names())
            unread = account.protocol == "imap" and account.which == "unread"
            flags = account._helpdesk_mail_follows_flags()
            targets.append(Target(account.id, settings, names, unread, flags))
        return probe_all(targets, _PATIENCE)

    def _helpdesk_mail_may_ask(self):
        """Whether the account's server may be asked in a round (hook)."""
        self.ensure_one()
        return self._helpdesk_mail_fetches() and not self._helpdesk_mail_in_skip_window()

    def _helpdesk_mail_heard(self, asked, running):
        """Note what the servers said, and put off the visits of those in which nothing is new.

        :param asked: account id -> folder name -> mark
        :param running: the account whose action is running: Odoo itself puts that off
        :return: the accounts in which nothing is new
        """
        self.env.cr.execute(
            SQL(
                "SELECT account.id FROM %(table)s account JOIN ir_cron cron"
                " ON cron.id = account.cron_id WHERE account.id = ANY(%(ids)s)"
                " AND account.id != %(running)s AND %(is_due)s"
                " FOR NO KEY UPDATE SKIP LOCKED",
                table=SQL.identifier(self._table),
                ids=self.ids,
                running=running.id,
                is_due=self._helpdesk_mail_is_due(),
            ),
            log_exceptions=False,
        )
        idle = {row[0] for row in self.env.cr.fetchall()}
        visited_since = fields.Datetime.now() - _ANYWAY
        quiet = self.browse()
        for account in self.browse(sorted((idle | {running.id}) & asked.keys())):
            folders = account._helpdesk_mail_current_folders()
            for folder in folders:
                mark = asked[account.id].get(folder.name) or False
                if folder.probed_mark != mark:
                    backlog = folder._backlog_by(mark)
                    known = {} if backlog is None else {"backlog": backlog}
                    folder.write({"probed_mark": mark, **known})
            if all(folder._has_nothing_new(visited_since) for folder in folders):
                quiet += account
        (quiet - self.browse(running.id))._helpdesk_mail_put_off()
        (self.browse(sorted(idle)) - quiet)._helpdesk_mail_await_visit()
        return quiet

    def _helpdesk_mail_await_visit(self):
        """Remember that these accounts were asked, and wait for a visit. One query."""
        if self:
            self.env.execute_query(
                SQL(
                    "UPDATE %s SET asked_at = %s WHERE id = ANY(%s) RETURNING id",
                    SQL.identifier(self._table),
                    fields.Datetime.now(),
                    self.ids,
                )
            )
            self.invalidate_recordset(["asked_at"])

    def _helpdesk_mail_put_off(self):
        """Count these accounts as fetched, and let their actions wait for their next turn."""
        if not self:
            return
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                "WITH fetched AS (UPDATE %(table)s SET last_fetch = %(now)s,"
                " last_success = %(now)s WHERE id = ANY(%(ids)s)"
                " RETURNING cron_id, interval_minutes)"
                " UPDATE ir_cron SET lastcall = %(now)s,"
                " nextcall = %(now)s + fetched.interval_minutes * interval '1 minute'"
                " FROM fetched WHERE ir_cron.id = fetched.cron_id RETURNING ir_cron.id",
                table=SQL.identifier(self._table),
                now=fields.Datetime.now(),
                ids=self.ids,
            )
        )
        self.invalidate_recordset(["last_fetch", "last_success"])
