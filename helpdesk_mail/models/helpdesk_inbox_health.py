# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""How each inbox is: one screen for people, and the same for a monitoring system."""

import datetime

from odoo import api, fields, models
from odoo.tools import SQL

_MANAGER = "helpdesk_mail.group_mail_administrator"
HOURS = 24
# the newest mails count for the lag
_NEWEST = 50
# a mailbox that had no success for so long (at least) is in trouble
_SILENCE = datetime.timedelta(minutes=15)
_MISSED_TURNS = 3


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    health = fields.Selection(
        [("good", "Good"), ("warning", "Look at it"), ("bad", "Trouble"), ("off", "Off")],
        compute="_compute_health",
        groups=_MANAGER,
    )
    health_words = fields.Char(string="What to look at", compute="_compute_health", groups=_MANAGER)
    backlog = fields.Integer(
        string="Waiting on the server",
        compute="_compute_backlog",
        groups=_MANAGER,
        help="Messages in the folders that were not taken in yet, at the last visit.",
    )
    lag_seconds = fields.Float(compute="_compute_flow", groups=_MANAGER)
    lag = fields.Char(
        compute="_compute_flow",
        groups=_MANAGER,
        help="From the arrival on the mail server until we had taken the mail in: the median of "
        "the newest mails of the last day.",
    )
    mails_by_hour = fields.Json(string="Last 24 hours", compute="_compute_flow", groups=_MANAGER)

    # ------------------------------------------------------------------
    # fields
    # ------------------------------------------------------------------

    @api.depends("folder_ids.backlog")
    def _compute_backlog(self):
        for inbox in self:
            names = inbox._helpdesk_mail_folder_names()
            current = inbox.folder_ids.filtered(lambda f, names=names: f.name in names)
            inbox.backlog = sum(current.mapped("backlog"))

    def _compute_flow(self):
        now = fields.Datetime.now()
        hours = {}
        for inbox_id, hour, count in self.env.execute_query(
            SQL(
                "SELECT inbox_id, floor(extract(epoch FROM %(now)s - create_date) / 3600)::int,"
                " count(*) FROM helpdesk_incoming_mail"
                " WHERE inbox_id = ANY(%(ids)s) AND create_date > %(since)s GROUP BY 1, 2",
                now=now,
                ids=self.ids,
                since=now - datetime.timedelta(hours=HOURS),
            )
        ):
            # what came within the second of now, or of a clock that is ahead, is of this hour
            counts = hours.setdefault(inbox_id, {})
            counts[max(hour, 0)] = counts.get(max(hour, 0), 0) + count
        lags = dict(
            self.env.execute_query(
                SQL(
                    "SELECT inbox.id, recent.lag FROM helpdesk_inbox inbox CROSS JOIN LATERAL ("
                    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS lag FROM ("
                    "SELECT extract(epoch FROM create_date - arrived_at) AS seconds"
                    " FROM helpdesk_incoming_mail WHERE inbox_id = inbox.id AND door = 'imap'"
                    " AND create_date > %(since)s AND arrived_at >= inbox.active_since"
                    " ORDER BY id DESC LIMIT %(newest)s) newest) recent"
                    " WHERE inbox.id = ANY(%(ids)s)",
                    since=now - datetime.timedelta(hours=HOURS),
                    newest=_NEWEST,
                    ids=self.ids,
                )
            )
        )
        for inbox in self:
            counts = hours.get(inbox.id, {})
            # the oldest hour first
            inbox.mails_by_hour = [counts.get(hour, 0) for hour in reversed(range(HOURS))]
            lag = lags.get(inbox.id)
            # a mail server's clock may be ahead of ours
            inbox.lag_seconds = max(lag, 0) if lag is not None else 0
            inbox.lag = self._lag_words(inbox.lag_seconds) if lag is not None else False

    def _lag_words(self, seconds):
        if seconds < 120:
            return self.env._("%s s", round(seconds))
        if seconds < 7200:
            return self.env._("%s min", round(seconds / 60))
        return self.env._("%s h", round(seconds / 3600))

    def _compute_health(self):
        for inbox in self:
            inbox.health, inbox.health_words = inbox._health()

    def _health(self):
        """The state of health and one sentence: (code, str or False)."""
        self.ensure_one()
        if self.state in ("draft", "paused"):
            return "off", False
        if self.state == "failed":
            return "bad", self.last_error or self.env._("The connection has failed.")
        if self._is_silent():
            return "bad", self.env._(
                "Not read when it should have been. Do Odoo's scheduled actions run?"
            )
        if self.last_error:
            return "warning", self.last_error
        if self.quarantined_count:
            return "warning", self.env._("Mail is in quarantine.")
        if self.credential_is_old:
            return "warning", self.env._(
                "The password or client secret is %s days old.", self.credential_age_days
            )
        return "good", False

    def _is_silent(self):
        """Whether a mailbox was not read although it should have been, several times."""
        if not self._helpdesk_mail_fetches():
            return False
        patience = max(_SILENCE, datetime.timedelta(minutes=_MISSED_TURNS * self.interval_minutes))
        limit = fields.Datetime.now() - patience
        seen = max(filter(None, (self.last_success, self.state_since)), default=False)
        if not seen or seen > limit:
            return False
        # for the whole of that time, and not only now
        return not any(
            self._helpdesk_mail_in_skip_window(fields.Datetime.now() - part)
            for part in (datetime.timedelta(), patience / 2, patience)
        )

    # ------------------------------------------------------------------
    # monitoring
    # ------------------------------------------------------------------

    @api.model
    def _health_report(self, company):
        """What monitoring gets to know of a company's inboxes: (is all well, dict).

        Names, states and numbers: no address, no host, no sentence that could hold one.
        """
        # sudo: whoever has the token of this company reads this, and only this
        inboxes = self.sudo().search([("company_id", "=", company.id)])
        rows = [
            {
                "name": inbox.name,
                "kind": inbox.kind,
                "state": inbox.state,
                "health": inbox.health,
                "last_success": inbox.last_success and inbox.last_success.isoformat() + "Z",
                "backlog": inbox.backlog,
                "lag_seconds": round(inbox.lag_seconds, 1) if inbox.lag else None,
                "mails_last_hour": inbox.mails_by_hour[-1],
                "mails_last_day": sum(inbox.mails_by_hour),
                "failed_attempts": inbox.failed_attempts,
                "quarantined": inbox.quarantined_count,
                "credential_age_days": inbox.credential_age_days,
            }
            for inbox in inboxes
        ]
        well = all(row["health"] != "bad" for row in rows)
        return well, {"status": "ok" if well else "trouble", "inboxes": rows}

    def action_view_history(self):
        """The changes of state of these inboxes."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("History"),
            "res_model": "helpdesk.mail.event",
            "view_mode": "list",
            "domain": [("res_model", "=", self._name), ("res_id", "in", self.ids)],
        }
