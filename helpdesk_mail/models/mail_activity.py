# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Activities on tickets go to users who see the ticket."""

from odoo import api, models
from odoo.exceptions import ValidationError


class MailActivity(models.Model):
    _inherit = "mail.activity"

    @api.constrains("user_id", "res_model_id", "res_id")
    def _check_helpdesk_scope(self):
        hidden = self._helpdesk_scope_hidden_from_assigned()
        if hidden:
            # sudo: the sentence names who was chosen, and the ticket that was chosen for them
            activity = hidden[0].sudo()
            raise ValidationError(
                self.env["helpdesk.ticket"]
                .sudo()
                .browse(activity.res_id)
                ._helpdesk_scope_sentence(activity.user_id)
            )

    def _helpdesk_scope_hidden_from_assigned(self):
        """Those of these activities whose ticket is hidden from whom they are assigned to."""
        # sudo: only who may not see which ticket
        activities = self.sudo().filtered(
            lambda activity: (
                activity.res_model == "helpdesk.ticket" and activity.user_id and activity.res_id
            )
        )
        if not activities:
            return self.browse()
        tickets = self.env["helpdesk.ticket"].sudo().browse(set(activities.mapped("res_id")))
        blind = tickets.exists()._helpdesk_scope_blind(activities.user_id)
        hidden = activities.filtered(
            lambda activity: (
                activity.user_id
                in blind.get(tickets.browse(activity.res_id), activities.user_id.browse())
            )
        )
        return self.browse(hidden.ids)
