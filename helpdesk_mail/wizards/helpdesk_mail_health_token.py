# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Makes a token for monitoring, and shows it once."""

from odoo import fields, models


class HelpdeskMailHealthToken(models.TransientModel):
    _name = "helpdesk.mail.health.token"
    _description = "Monitoring Address"
    _transient_max_hours = 0.25

    company_id = fields.Many2one(
        "res.company", default=lambda self: self.env.company, required=True, readonly=True
    )
    url = fields.Char(string="Address", compute="_compute_url")
    # never stored: lives in the dialog that shows it
    token = fields.Char(readonly=True, store=False)

    def _compute_url(self):
        for wizard in self:
            wizard.url = f"{wizard.get_base_url()}/helpdesk_mail/health"

    def action_new_token(self):
        """Make a token and show it; the one before is void."""
        self.ensure_one()
        token = self.env.company._helpdesk_mail_new_health_token()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Monitoring"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            # the token is in no table: the dialog shows it, and nothing else ever does
            "context": {"default_token": token},
        }
