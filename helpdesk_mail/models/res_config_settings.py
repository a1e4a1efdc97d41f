# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The helpdesk's mail settings, in the settings of the company."""

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    helpdesk_mail_plus_addressing = fields.Boolean(
        related="company_id.helpdesk_mail_plus_addressing", readonly=False
    )
