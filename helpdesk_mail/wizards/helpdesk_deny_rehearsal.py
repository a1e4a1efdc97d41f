# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""What deny rules that are there would have refused: the answer, and the mails."""

from odoo import api, fields, models


class HelpdeskDenyRehearsal(models.TransientModel):
    _name = "helpdesk.deny.rehearsal"
    _description = "Rehearsal of Deny Rules"

    summary = fields.Char(readonly=True)
    # a list keeps the order, which a relation would not
    found_ids = fields.Json(readonly=True)
    mail_ids = fields.Many2many("helpdesk.incoming.mail", compute="_compute_mail_ids")

    @api.depends("found_ids")
    def _compute_mail_ids(self):
        Mail = self.env["helpdesk.incoming.mail"]
        for rehearsal in self:
            # the user wrote the ids, or could have: only mail that they may read is shown
            mails = Mail.browse(rehearsal.found_ids or ()).exists()
            rehearsal.mail_ids = mails._filtered_access("read")
