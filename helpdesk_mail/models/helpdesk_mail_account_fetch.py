# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Fetching: lock the account, visit the server, remember how it went."""

import datetime
import logging
import random
from collections import Counter

import psycopg2
import pytz
from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError

from ..transport import AccountSettings, ConfigurationWrong, CredentialsRefused, TransportError
from . import private_networks, secret_key, skip_windows
from .fetcher import Fetcher

_logger = logging.getLogger(__name__)

# tells fetch() of mail from the ORM's fetch(field_names)
_MAIL = object()
# seconds that a person waits for "Fetch now"; the scheduler does the rest
_PATIENCE = 60


class HelpdeskMailAccount(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mail.account"  # pylint: disable=consider-merging-classes-inherited

    def fetch(self, field_names=_MAIL):
        """Take in what is new on the server.

        Called with *field_names* it is the ORM's own ``fetch``, which shares the name.

        :return: dict of outcome code -> number of messages
        :raise AccessError: the user may not set up these accounts
        """
        if field_names is not _MAIL:
            return super().fetch(field_names)
        return self._helpdesk_mail_fetch_all()[0]

    def _helpdesk_mail_fetch_all(self):
        """Fetch for each account: counts by outcome, and the accounts that another worker is at."""
        self._helpdesk_mail_check_manage()
        counts, busy = Counter(), self.browse()
        for account in self:
            # sudo as the scheduler's user: what is created belongs to nobody in particular
            root = account.with_user(SUPERUSER_ID)._helpdesk_mail_unsealed__()
            result = root._helpdesk_mail_fetch(_PATIENCE)
            if result is None:
                busy += account
            elif result and root.cron_id.active:
                # whatever a person did not wait for
                root.cron_id._trigger()
            counts.update(result or {})
        return dict(counts), busy

    def _helpdesk_mail_cron_fetch(self):
        """What the scheduled action runs."""
        self = self.exists()._helpdesk_mail_unsealed__()
        if not self or self.state not in ("active", "failed"):
            return
        if self.retry_at and self.retry_at > fields.Datetime.now():
            return
        if self._helpdesk_mail_in_skip_window():
            return
        if self._helpdesk_mail_round():
            now = fields.Datetime.now()
            self.write({"last_fetch": now, "last_success": now})
            return
        self._helpdesk_mail_fetch()

    def _helpdesk_mail_fetch(self, budget=float("inf")):
        """Lock, fetch, remember how it went: counts by outcome, or None where another worker is
        at this account.
        """
        self.ensure_one()
        if not self._helpdesk_mail_fetches():
            return {}
        # the lock lives in this transaction; the mails are committed in another, batch by batch
        if not self.try_lock_for_update(allow_referencing=True):
            _logger.info("%s %s is being fetched by another worker", self._name, self.id)
            return None
        counts = {}
        try:
            settings = self._helpdesk_mail_settings()
            with self.env.registry.cursor() as cr:
                work = self.with_env(self.env(cr=cr))
                fetcher = Fetcher(work, settings, budget)
                counts = fetcher.run()
            self._helpdesk_mail_succeeded(fetcher.problems)
            if fetcher.warnings:
                self.last_error = " ".join(dict.fromkeys(fetcher.warnings))[:500]
        except (TransportError, UserError) as error:
            words = self._helpdesk_mail_log_words(error)
            _logger.info("Fetching %s %s failed: %s", self._name, self.id, words)
            self._helpdesk_mail_failed(error)
        except psycopg2.Error:
            _logger.info("Fetching %s %s: the database failed", self._name, self.id, exc_info=True)
            raise
        except Exception as error:
            self._helpdesk_mail_log_bug(error)
            self._helpdesk_mail_failed(error)
        return counts

    def _helpdesk_mail_log_words(self, error):
        """What the log says of an error of the server (hook)."""
        return str(error)

    def _helpdesk_mail_log_bug(self, error):
        """Write an error that nobody expected into the log (hook)."""
        _logger.error("Fetching %s %s failed", self._name, self.id, exc_info=error)

    def _helpdesk_mail_succeeded(self, problems=None):
        """:param problems: name of a folder that could not be read -> why; the others were."""
        now = fields.Datetime.now()
        words = [
            self.env._("The folder %(folder)s was not read: %(why)s", folder=name, why=why)
            for name, why in (problems or {}).items()
        ]
        if self.state == "failed":
            self._helpdesk_mail_alert_over()
        self.write(
            {
                "last_fetch": now,
                "last_success": now,
                "last_error": " ".join(words)[:500] or False,
                "failed_attempts": 0,
                "retry_at": False,
                **({"state": "active"} if self.state == "failed" else {}),
            }
        )

    def _helpdesk_mail_failed(self, error):
        """A failure of the server, not of a mail: count it, and say so after *max_attempts*."""
        now = fields.Datetime.now()
        attempts = self.failed_attempts + 1
        values = {"last_fetch": now, "last_error": str(error)[:500], "failed_attempts": attempts}
        # a wrong password repeated locks accounts: it counts as failed at once
        hopeless = isinstance(error, CredentialsRefused | ConfigurationWrong)
        if self.state in ("active", "failed") and (hopeless or attempts >= self.max_attempts):
            # up to a quarter later: accounts that failed together do not come back together
            rest = self.cooloff_minutes * 60 * random.uniform(1, 1.25)
            values["retry_at"] = now + datetime.timedelta(seconds=round(rest))
            values["state"] = "failed"
            if self.state != "failed":
                self._helpdesk_mail_alert_failed(error)
        self.write(values)

    def _helpdesk_mail_alert_failed(self, error):
        """Tell the administrators that this account needs them, and why."""
        self._helpdesk_mail_alert(
            self.env._("The connection of %(name)s has failed", name=self.display_name),
            str(error)[:500],
        )

    def _helpdesk_mail_in_skip_window(self, now=None):
        """Whether the account rests at this time of its company's day."""
        zone = pytz.timezone(self._helpdesk_mail_time_zone())
        now = (now or fields.Datetime.now()).replace(tzinfo=pytz.utc).astimezone(zone)
        return skip_windows.contains(self.skip_windows, now)

    def _helpdesk_mail_time_zone(self):
        """The name of the time zone in which the account's times of the day are meant (hook)."""
        return self.tz or self.env.user.tz or "UTC"

    def _helpdesk_mail_settings(self):
        """What transport needs to connect.

        :raise UserError: something is missing, or the password cannot be read
        """
        self.ensure_one()
        if not self.host or not self.username:
            raise UserError(
                self.env._(
                    "Enter the server and the user name of %(name)s first.", name=self.display_name
                )
            )
        # sudo: the password goes to the server that it is for, and nowhere else
        token = self.sudo().password_encrypted
        by_token = self.auth_method == "oauth2"
        return AccountSettings(
            protocol=self.protocol,
            host=self.host,
            port=self.port,
            encryption=self.encryption,
            username=self.username,
            secret=secret_key.decrypt(token, self.env) if token and not by_token else "",
            auth_method=self.auth_method,
            verify_certificate=self.verify_certificate,
            timeout=self.timeout_ms / 1000,
            connect_timeout=self.connect_timeout_ms / 1000,
            ca_data=(self.ca_certificate or "").strip(),
            networks=private_networks.allowed(self.env),
            bearer=self._helpdesk_mail_bearer() if by_token else None,
        )
