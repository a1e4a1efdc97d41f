# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The history of an account's states: when, who, why.

It names hosts and reasons, so it is no chatter, which everybody may read who may read the account.
"""

import datetime

from odoo import api, fields, models

from . import seal

_MANAGER = "helpdesk_mail.group_mail_administrator"
# older ones are deleted
_KEEP = datetime.timedelta(days=365)


class HelpdeskMailEvent(models.Model):
    _name = "helpdesk.mail.event"
    _description = "Change of a Mail Account"
    # that of a mailbox is for its owner
    _inherit = "helpdesk.mail.hidden"
    _order = "id desc"
    _rec_name = "words"

    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    create_date = fields.Datetime(string="When", readonly=True)
    user_id = fields.Many2one("res.users", string="Who", readonly=True, ondelete="set null")
    old_state = fields.Char(readonly=True)
    state = fields.Char(readonly=True)
    words = fields.Char(string="What", readonly=True)
    reason = fields.Char(string="Why", readonly=True)

    _account = models.Index("(res_model, res_id, id)")

    @api.autovacuum
    def _gc_events(self):
        old = [("create_date", "<", fields.Datetime.now() - _KEEP)]
        # the vacuum shows nothing to anybody
        seal.opened(self).search(old, limit=10_000).unlink()


class HelpdeskMailAccount(models.AbstractModel):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.mail.account"  # pylint: disable=consider-merging-classes-inherited

    state_since = fields.Datetime(readonly=True, copy=False, default=fields.Datetime.now)
    event_ids = fields.One2many(
        "helpdesk.mail.event",
        "res_id",
        string="History",
        domain=lambda self: [("res_model", "=", self._name)],
        groups=_MANAGER,
    )

    def write(self, vals):
        if "state" not in vals:
            return super().write(vals)
        before = {account.id: (account.state, account.state_since) for account in self}
        changed = self.filtered(lambda account: account.state != vals["state"])
        if changed == self:
            vals = {**vals, "state_since": fields.Datetime.now()}
        result = super().write(vals)
        if changed:
            if changed != self:
                super(HelpdeskMailAccount, changed).write({"state_since": fields.Datetime.now()})
            changed._helpdesk_mail_note_states(before, vals.get("last_error"))
        return result

    def unlink(self):
        # the history goes with its account
        events = seal.opened(self.env["helpdesk.mail.event"])
        events = events.search([("res_model", "=", self._name), ("res_id", "in", self.ids)])
        result = super().unlink()
        events.unlink()
        return result

    def _helpdesk_mail_note_states(self, before, error):
        """Write the history of these accounts, whose state has just changed.

        :param before: account id -> the state and its beginning before
        :param error: what made them fail, if something did
        """
        rows = []
        for account in self:
            old, since = before[account.id]
            words = account._helpdesk_mail_state_words(old, since)
            rows.append(
                {
                    "res_model": account._name,
                    "res_id": account.id,
                    "company_id": account.company_id.id if "company_id" in self._fields else False,
                    "user_id": self.env.uid,
                    "old_state": old,
                    "state": account.state,
                    "words": words,
                    "reason": error if account.state == "failed" else False,
                }
            )
            # the message_ids of a personal mailbox are its mail: it has no chatter
            has_chatter = hasattr(account, "message_post")
            if old == "failed" and account.state == "active" and has_chatter:
                # no host, no reason: agents read this too
                account.message_post(body=words, subtype_xmlid="mail.mt_note")
        # sudo: written for whoever changed the state, the scheduler included
        self.env["helpdesk.mail.event"].sudo().create(rows)

    def _helpdesk_mail_state_words(self, old, since):
        """One sentence for a new state."""
        self.ensure_one()
        if old == "failed" and self.state == "active":
            return self.env._(
                "Works again after %(duration)s", duration=self._helpdesk_mail_duration(since)
            )
        labels = dict(self._fields["state"]._description_selection(self.env))
        return self.env._(
            "%(old)s → %(new)s", old=labels.get(old, old), new=labels.get(self.state, self.state)
        )

    def _helpdesk_mail_duration(self, since):
        """The time since *since* in words."""
        minutes = int((fields.Datetime.now() - (since or fields.Datetime.now())).total_seconds())
        minutes = minutes // 60
        if minutes < 2:
            return self.env._("a minute")
        if minutes < 120:
            return self.env._("%s minutes", minutes)
        if minutes < 48 * 60:
            return self.env._("%s hours", minutes // 60)
        return self.env._("%s days", minutes // 1440)
