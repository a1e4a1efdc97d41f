# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The rehearsal: what the newest mails of a mailbox would have become. It only reads."""

import dataclasses
import datetime

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from .. import intake
from ..transport import TransportError, open_store

_MANAGER = "helpdesk_mail.group_mail_administrator"
_MOST_MAILS = 30
# octets of one mail and of all; a rehearsal need not see the whole of a large one
_LARGEST = 2 * 2**20
_MOST_OCTETS = 20 * 2**20


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    setup_days = fields.Integer(
        string="Days of the rehearsal", default=7, copy=False, groups=_MANAGER
    )
    setup_rehearsed_at = fields.Datetime(readonly=True, copy=False, groups=_MANAGER)
    setup_rehearsal_words = fields.Char(readonly=True, copy=False, groups=_MANAGER)
    setup_mail_ids = fields.One2many(
        "helpdesk.inbox.setup.mail", "inbox_id", string="Rehearsed mails", groups=_MANAGER
    )

    def action_setup_rehearse(self):
        """Show what the newest mails on the server would have become.

        :raise UserError: the server cannot be reached
        """
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        if not 0 < self.setup_days <= 365:
            raise ValidationError(self.env._("Enter a number of days between 1 and 365."))
        try:
            raws, total = self._setup_newest()
        except TransportError as error:
            raise UserError(str(error)) from error
        rows = self._setup_rehearsed(raws)
        self.write(
            {
                "setup_mail_ids": [Command.clear(), *map(Command.create, rows)],
                "setup_rehearsed_at": fields.Datetime.now(),
                "setup_rehearsal_words": self._setup_words(len(raws), total),
            }
        )
        return True

    def _setup_words(self, shown, total):
        if not total:
            return self.env._("No mail of these days lies on the server.")
        if shown < total:
            return self.env._(
                "%(total)s mails lie there; these are the newest %(shown)s.",
                total=total,
                shown=shown,
            )
        return self.env._("These are all %(total)s mails.", total=total)

    def _setup_newest(self):
        """The newest mails on the server, oldest first, and how many there are."""
        # a day more, since servers count days in their own time zone
        since = fields.Date.today() - datetime.timedelta(days=self.setup_days)
        # sudo: the password goes to the server that it is for, and nowhere else
        with open_store(self.sudo()._helpdesk_mail_settings()) as store:
            store.select(self.folder if self.protocol == "imap" else "INBOX")
            uids = store.list_uids(since=since, unread_only=self.which == "unread")
            raws, octets = [], 0
            # nothing is acknowledged, and reading sets no flag: BODY.PEEK; by POP3, TOP of many
            # lines instead of RETR, which counts as read for some servers
            most = _LARGEST if self.protocol == "imap" else 0
            for raw in store.fetch(uids[-_MOST_MAILS:], max_size=most, head_size=_LARGEST):
                octets += len(raw.source)
                raws.append(dataclasses.replace(raw, truncated=len(raw.source) < raw.size))
                if octets > _MOST_OCTETS:
                    break
        return raws, len(uids)

    def _setup_rehearsed(self, raws):
        """The rows of the rehearsal, newest first."""
        if not raws:
            return []
        # the rights of the road, which runs as the system; what it tells is filtered for the user
        env = self.env(user=SUPERUSER_ID, su=True)
        inbox = self.with_env(env)
        door = intake.Door(inbox, env["helpdesk.mail.folder"], "imap")
        simulations = intake.rehearse(env, door, raws, user=self.env.user)
        rows = [
            {
                "email_from": _shown_sender(simulation),
                "subject": (simulation.parsed.subject or "")[:200],
                "date": _utc(simulation.parsed.date),
                "outcome": simulation.outcome,
                "explanation": self.env._("It belongs to a ticket that you may not see.")
                if simulation.hidden
                else simulation.explanation or simulation.error[-300:],
            }
            for simulation in simulations
        ]
        return rows[::-1]


def _shown_sender(simulation):
    from_ = simulation.parsed.from_
    return (simulation.sender or (from_ and from_.email) or "")[:200]


def _utc(date):
    """A date with its zone as Odoo stores it, or False."""
    if not date:
        return False
    if date.tzinfo:
        date = date.astimezone(datetime.UTC).replace(tzinfo=None)
    return date.replace(microsecond=0)
