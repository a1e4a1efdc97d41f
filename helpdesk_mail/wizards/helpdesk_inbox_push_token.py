# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Shows a new push token, once."""

from odoo import fields, models


class HelpdeskInboxPushToken(models.TransientModel):
    _name = "helpdesk.inbox.push.token"
    _description = "Push Address"
    _transient_max_hours = 0.25

    inbox_id = fields.Many2one("helpdesk.inbox", readonly=True)
    url = fields.Char(string="Address", readonly=True)
    # never stored: lives in the dialog that shows it
    token = fields.Char(readonly=True, store=False)
