# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Tell the agent when the deadline of a service level agreement has passed."""

import datetime

from odoo import api, fields, models

_BATCH = 200
# older ones are no news: of a database that was upgraded, or an inbox whose switch was off
_NEWS = datetime.timedelta(days=3)


class HelpdeskTicketSla(models.Model):
    _inherit = "helpdesk.ticket.sla"

    breach_handled = fields.Boolean(
        readonly=True,
        copy=False,
        help="The deadline has passed and whoever is to know of it was told.",
    )

    # what is accomplished or was told of is not in it: it stays as small as what is open
    _breach_idx = models.Index(
        "(deadline) WHERE breach_handled IS NOT TRUE AND state IN ('in_progress', 'expired')"
    )

    @api.model
    def _helpdesk_mail_cron_breaches(self):
        """Tell of each deadline that has passed, once.

        ``helpdesk_mgmt_sla`` itself notes a breach only when the ticket's stage changes.
        """
        now = fields.Datetime.now()
        domain = [
            ("breach_handled", "=", False),
            ("state", "in", ("in_progress", "expired")),
            ("deadline", "<", now),
        ]
        while breaches := self.search(domain, order="deadline", limit=_BATCH):
            breaches.breach_handled = True
            breaches.filtered(lambda sla: sla.deadline > now - _NEWS)._helpdesk_mail_tell()
            # the mails and the mark are committed together
            if not self.env["ir.cron"]._commit_progress(
                len(breaches), remaining=self.search_count(domain)
            ):
                return

    def _helpdesk_mail_tell(self):
        """Send *SLA breached* for the open tickets among those of these agreements."""
        tickets = self.ticket_id.filtered(
            lambda ticket: (
                ticket.active
                and not ticket.stage_id.closed
                and ticket.inbox_id
                and ticket.inbox_id._notification_template("sla_breached")
            )
        )
        if tickets:
            tickets._helpdesk_mail_notify_safely("sla_breached")
