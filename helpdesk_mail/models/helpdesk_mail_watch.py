# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What the process that waits for mail (``helpdesk_mail.watching``) needs to know."""

import datetime
import logging
from concurrent.futures import Executor, Future, ThreadPoolExecutor

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..transport import TransportError

_logger = logging.getLogger(__name__)
# a change of one of these makes the process ask again
_WATCHED = (
    "id", "state", "protocol", "host", "port", "encryption", "verify_certificate", "auth_method",
    "username", "password_encrypted", "folder", "timeout_ms", "connect_timeout_ms",
    "ca_certificate", "cron_id", "skip_windows", "tz", "active", "kind",
)  # fmt: skip
# minutes ahead in which the next beginning or end of a time of rest is looked for
_AHEAD = 60
_GIVEN = (
    "protocol", "host", "port", "encryption", "username", "secret", "auth_method",
    "verify_certificate", "timeout", "connect_timeout", "ca_data",
)  # fmt: skip
# token endpoints asked at the same time
_TOKENS_AT_ONCE = 16
_UNWATCHED = "%s cannot be watched: %s"


class Inline(Executor):
    """Calls at once, in this thread."""

    def submit(self, function, /, *args, **kwargs):
        future = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class HelpdeskMailWatch(models.AbstractModel):
    """Nobody calls this from outside: there is no public method."""

    _name = "helpdesk.mail.watch"
    _description = "Waiting for Mail"

    @api.model
    def _models(self):
        """The kinds of account that are watched."""
        children = self.env.registry["helpdesk.mail.account"]._inherit_children
        return sorted(name for name in children if not self.env[name]._abstract)

    @api.model
    def _answer(self, refused):
        """What is to be watched, secrets included: for our own process alone.

        :param refused: "model,id" -> token that the mail server does not take any more
        :return: dict: ``accounts`` (list of dict), ``changes`` (a statement whose value changes
            with what is to be watched), ``seen`` (its value), ``valid_for`` (seconds)
        """
        statement = self._changes()
        [[seen]] = self.env.execute_query(SQL(statement.replace("%", "%%")))
        watched, rest = [], datetime.timedelta(minutes=_AHEAD)
        for model in self._models():
            domain = [("protocol", "=", "imap"), ("state", "=", "active")]
            for account in self.env[model]._helpdesk_mail_unsealed__().search(domain):
                if not account._helpdesk_mail_fetches():
                    continue
                resting, until = account._helpdesk_mail_rests()
                rest = min(rest, until)
                if not resting:
                    watched.append(account)
        return {
            "accounts": self._accounts(watched, refused),
            "changes": statement,
            "seen": seen,
            "valid_for": rest.total_seconds(),
        }

    def _accounts(self, accounts, refused):
        """The dicts of those accounts that can be watched.

        Tokens are asked for at the same time: a provider that does not answer keeps nobody else
        waiting.
        """
        found = []
        for account in accounts:
            key = f"{account._name},{account.id}"
            try:
                found.append((key, account, account._helpdesk_mail_settings()))
            except (UserError, TransportError) as error:
                _logger.warning(_UNWATCHED, key, account._helpdesk_mail_log_words(error))
        asked = [key for key, _account, settings in found if settings.bearer]
        with ThreadPoolExecutor(_TOKENS_AT_ONCE) if len(asked) > 1 else Inline() as pool:
            tokens = {
                key: pool.submit(settings.bearer, refused.get(key, ""))
                for key, _account, settings in found
                if settings.bearer
            }
        return [
            values
            for key, account, settings in found
            for values in self._account(key, account, settings, tokens.get(key))
        ]

    def _account(self, key, account, settings, token):
        """The dict of an account in a list, or nothing where its *token* (a Future) is none."""
        values = {name: getattr(settings, name) for name in _GIVEN}
        expires_at = None
        if token:
            try:
                values["secret"] = token.result()
            except (UserError, TransportError) as error:
                _logger.warning(_UNWATCHED, key, account._helpdesk_mail_log_words(error))
                return []
            grant = account._helpdesk_mail_grant()
            grant.invalidate_recordset()
            ends = grant.expires_at
            expires_at = ends and ends.replace(tzinfo=datetime.UTC).timestamp()
        return [
            {
                "key": key,
                "cron_id": account.cron_id.id,
                "folder": account.folder,
                "settings": values,
                "expires_at": expires_at or None,
            }
        ]

    @api.model
    def _changes(self):
        """A statement (str) of one value, which is another one after each change that counts."""
        parts = []
        for model in self._models():
            Account = self.env[model]
            columns = [name for name in _WATCHED if name == "id" or name in Account._fields]
            query = SQL(
                "SELECT coalesce(string_agg(md5(ROW(%s)::text), '' ORDER BY id), '') FROM %s"
                " WHERE state = 'active' AND protocol = 'imap'",
                SQL(", ").join(SQL.identifier(name) for name in columns),
                SQL.identifier(Account._table),
            )
            parts.append(f"({query.code})")
        # a new sign-in counts, a renewed token does not
        parts.append(
            "(SELECT coalesce(string_agg(md5(ROW(id, granted_at, refused_at)::text), ''"
            " ORDER BY id), '') FROM helpdesk_mail_grant)"
        )
        return f"SELECT md5({' || '.join(parts)})"


class HelpdeskMailAccount(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mail.account"  # pylint: disable=consider-merging-classes-inherited

    def _helpdesk_mail_rests(self):
        """Whether a time of rest is now, and for how long (timedelta) that stays so at least."""
        self.ensure_one()
        if not self.skip_windows:
            return False, datetime.timedelta(minutes=_AHEAD)
        now = fields.Datetime.now().replace(second=0)
        resting = self._helpdesk_mail_in_skip_window(now)
        for minutes in range(1, _AHEAD):
            ahead = datetime.timedelta(minutes=minutes)
            if self._helpdesk_mail_in_skip_window(now + ahead) != resting:
                return resting, ahead
        return resting, datetime.timedelta(minutes=_AHEAD)
