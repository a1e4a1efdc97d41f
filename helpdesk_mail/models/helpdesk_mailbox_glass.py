# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Break glass: looking into a mailbox without its owner's consent. Logged, and told at once."""

from odoo import fields, models


class HelpdeskMailboxGlass(models.Model):
    _name = "helpdesk.mailbox.glass"
    _description = "Opening of a Personal Mailbox"
    _order = "id desc"

    user_id = fields.Many2one("res.users", string="Who", required=True, readonly=True, index=True)
    # the log outlives the mailbox
    mailbox_id = fields.Many2one("helpdesk.mailbox", readonly=True, ondelete="set null", index=True)
    owner_id = fields.Many2one("res.users", string="Whose", required=True, readonly=True)
    reason = fields.Text(required=True, readonly=True)
    create_date = fields.Datetime(string="When", readonly=True)
    until = fields.Datetime(required=True, readonly=True)
