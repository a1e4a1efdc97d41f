# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Import refused mail as tickets into an inbox of one's choice."""

from odoo import api, fields, models


class HelpdeskMailImport(models.TransientModel):
    _name = "helpdesk.mail.import"
    _description = "Import Refused Mail"

    mail_ids = fields.Many2many("helpdesk.incoming.mail", string="Mails", readonly=True)
    company_ids = fields.Many2many("res.company", compute="_compute_companies")
    mail_count = fields.Integer(compute="_compute_companies", string="Mails chosen")
    inbox_id = fields.Many2one(
        "helpdesk.inbox",
        domain="[('company_id', 'in', company_ids), ('state', '!=', 'draft')]",
        help="Empty: each mail becomes a ticket of the inbox that refused it.",
    )
    notify = fields.Boolean(
        string="Notify as of new mail",
        default=True,
        help="The sender hears that the request was received, administrators of the new ticket.",
    )

    @api.depends("mail_ids")
    def _compute_companies(self):
        for wizard in self:
            wizard.company_ids = wizard.mail_ids.company_id
            wizard.mail_count = len(wizard.mail_ids)

    def action_import(self):
        """Take the mails in. A single one opens its ticket.

        :raise UserError: nothing is left of them, or they cannot go to that inbox
        """
        self.ensure_one()
        mails = self.mail_ids
        taken = mails._import(self.inbox_id, notify=self.notify)
        if len(mails) == 1 and taken.ticket_id:
            return taken.ticket_id._get_records_action()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": mails._imported_sentence(taken),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
