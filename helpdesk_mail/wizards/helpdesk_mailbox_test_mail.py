# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""*Test and send* of a personal mailbox. Sealed as the mailbox: its steps name addresses."""

from odoo import fields, models


class HelpdeskMailboxTestMail(models.TransientModel):
    _name = "helpdesk.mailbox.test.mail"
    _description = "Test Mail of a Personal Mailbox"
    _inherit = ["helpdesk.mail.sealed", "helpdesk.mail.test.mail"]

    mailbox_id = fields.Many2one(
        "helpdesk.mailbox", required=True, readonly=True, ondelete="cascade"
    )
    line_ids = fields.One2many("helpdesk.mailbox.test.mail.line", "test_id", readonly=True)

    def _compute_display_name(self):
        self.display_name = self.env._("Test mail")

    def _test_account(self):
        return self.mailbox_id


class HelpdeskMailboxTestMailLine(models.TransientModel):
    _name = "helpdesk.mailbox.test.mail.line"
    _description = "Step of a Mailbox's Test Mail"
    _inherit = ["helpdesk.mail.sealed", "helpdesk.mail.test.mail.line"]
    _order = "id"

    test_id = fields.Many2one("helpdesk.mailbox.test.mail", required=True, ondelete="cascade")
    mailbox_id = fields.Many2one(related="test_id.mailbox_id", store=True)
