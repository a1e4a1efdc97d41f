# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Settings of a company for its helpdesk's mail."""

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    helpdesk_mail_plus_addressing = fields.Boolean(
        string="Sub-addresses are one recipient",
        help="anna+shop@example.com and anna@example.com are the same sender (RFC 5233).",
    )
