# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Asks why somebody wants to look into a mailbox, and opens it."""

import datetime

from odoo import fields, models


class HelpdeskMailboxGlassBreak(models.TransientModel):
    _name = "helpdesk.mailbox.glass.break"
    _description = "Open a Mailbox without Consent"
    # nobody else says whose it opens, or why
    _inherit = "helpdesk.mail.sealed"

    status_id = fields.Many2one(
        "helpdesk.mailbox.status", string="Mailbox of", required=True, ondelete="cascade"
    )
    reason = fields.Text(string="Why", required=True)
    hours = fields.Selection(
        [("1", "1 hour"), ("4", "4 hours"), ("8", "8 hours"), ("24", "24 hours")],
        string="For",
        required=True,
        default="1",
    )

    def _compute_display_name(self):
        self.display_name = self.env._("Open a mailbox without consent")

    def action_break(self):
        """Open the mailbox, log it, tell its owner."""
        self.ensure_one()
        Glass = self.env["helpdesk.mailbox.glass"]
        Glass._check_may_break()
        until = fields.Datetime.now() + datetime.timedelta(hours=int(self.hours))
        glass = Glass.create(
            {"mailbox_id": self.status_id.id, "reason": self.reason, "until": until}
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Opened mailbox"),
            "res_model": glass._name,
            "res_id": glass.id,
            "views": [(False, "form")],
            "target": "current",
        }
