# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Inboxes of a partner: whoever is unknown and writes there belongs to that partner."""

from odoo import api, fields, models
from odoo.exceptions import AccessError


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    scope_partner_id = fields.Many2one(
        "res.partner",
        string="Inbox of partner",
        index="btree_not_null",
        ondelete="set null",
        tracking=True,
        groups="helpdesk_mail.group_mail_administrator",
        help="Unknown senders and tickets without a customer belong to this partner: users who "
        "work for its customers only see them. Empty: only users without such a bound do.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("scope_partner_id") for vals in vals_list):
            self._helpdesk_check_sets_partner()
        return super().create(vals_list)

    def write(self, vals):
        if "scope_partner_id" not in vals:
            return super().write(vals)
        self._helpdesk_check_sets_partner()
        result = super().write(vals)
        # sudo: tickets that their agents no longer see, whoever changes the inbox
        self.env["helpdesk.ticket"].sudo()._helpdesk_scope_release(inboxes=self)
        return result

    def _helpdesk_check_sets_partner(self):
        """Raise where the user has a scope: it would widen with each inbox of their partners."""
        if not self.env.su and self.env.user._helpdesk_scope_roots():
            raise AccessError(
                self.env._(
                    "You see the customers of some partners only, so you cannot say to which "
                    "partner an inbox belongs. Ask a helpdesk manager."
                )
            )
