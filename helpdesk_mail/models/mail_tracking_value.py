# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The history of one record tells nothing of the tickets that it was linked to."""

from odoo import api, models


class MailTrackingValue(models.Model):
    _inherit = "mail.tracking.value"

    @api.model
    def _create_tracking_values(self, initial_value, new_value, col_name, col_info, record):
        """Write the number of a linked ticket, not its subject: readers may not see that ticket."""
        if (
            col_info["type"] == "many2one"
            and record._fields[col_name].comodel_name == "helpdesk.ticket"
        ):
            # sudo: the number alone
            initial_value, new_value = (
                (value.id, value.sudo().number)
                if isinstance(value, models.BaseModel) and value
                else value
                for value in (initial_value, new_value)
            )
        return super()._create_tracking_values(initial_value, new_value, col_name, col_info, record)
