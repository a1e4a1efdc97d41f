# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How much an account has sent in the last minute.

A row of its own: a visit to the mail server holds the lock of the account's row for as long as it
takes, and sending must not wait for that.
"""

import logging
from time import time as clock

import psycopg2
from odoo import fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

WINDOW = 60.0  # seconds
_TRIES = 5


class HelpdeskMailSending(models.Model):
    _name = "helpdesk.mail.sending"
    _description = "Mails of an Account in the Last Minute"
    _log_access = False

    account_model = fields.Char(required=True)
    account_id = fields.Integer(required=True)
    # [[seconds of Unix time, mails], …] of the last minute
    recent = fields.Json()
    # octets; 0: the outgoing server does not say
    size_limit = fields.Integer()

    _unique_account = models.UniqueIndex("(account_model, account_id)")

    def _size_limit(self, account):
        """How many octets the outgoing server of *account* said that it takes; 0: unknown."""
        row = [("account_model", "=", account._name), ("account_id", "=", account.id)]
        # sudo: a number that says nothing of any mail
        return self.sudo().search(row, limit=1).size_limit

    def _note_size_limit(self, account, size):
        """Remember it for :meth:`_size_limit`. In a transaction of its own, as what was reserved:
        the row changes under us.
        """
        if size == self._size_limit(account):
            return
        with self.env.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "INSERT INTO helpdesk_mail_sending (account_model, account_id, size_limit)"
                    " VALUES (%s, %s, %s) ON CONFLICT (account_model, account_id)"
                    " DO UPDATE SET size_limit = EXCLUDED.size_limit",
                    account._name,
                    account.id,
                    size,
                )
            )

    def _reserve(self, account_model, account_id, sizes, limit):
        """How many of the mails of *sizes* (what each counts for) may leave now, and the Unix time
        at which there is room again.

        In a transaction of its own: what was reserved counts for all workers at once, and stays
        so if the sending is rolled back.
        """
        for _try in range(_TRIES):
            try:
                with self.env.registry.cursor() as cr:
                    own = self.with_env(self.env(cr=cr))
                    return own._reserve_locked(account_model, account_id, sizes, limit)
            except (psycopg2.errors.SerializationFailure, psycopg2.errors.UniqueViolation):
                _logger.debug("Another worker sends for %s %s", account_model, account_id)
        return 0, clock() + 1

    def _reserve_locked(self, account_model, account_id, sizes, limit):
        self.env.cr.execute(
            "INSERT INTO helpdesk_mail_sending (account_model, account_id) VALUES (%s, %s)"
            " ON CONFLICT DO NOTHING",
            [account_model, account_id],
        )
        self.env.cr.execute(
            "SELECT id, recent FROM helpdesk_mail_sending"
            " WHERE account_model = %s AND account_id = %s FOR UPDATE",
            [account_model, account_id],
        )
        row_id, recent = self.env.cr.fetchone()
        now = clock()
        recent = [[stamp, count] for stamp, count in recent or [] if now - WINDOW < stamp <= now]
        left = limit - sum(count for _stamp, count in recent)
        # one mail to more people than a minute allows goes alone
        allowed = taken = 0
        for size in sizes:
            if taken + size > left and (recent or taken):
                break
            taken += size
            allowed += 1
        if allowed:
            recent.append([now, taken])
            self.browse(row_id).recent = recent
            self.flush_model()
        return allowed, (recent[0][0] if recent else now) + WINDOW
