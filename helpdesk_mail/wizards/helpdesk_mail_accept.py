# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Always accept the senders of refused mail, and import what was refused of them."""

from email.utils import parseaddr

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..intake import reasons
from ..models.helpdesk_incoming_mail_refused import ACCEPTABLE

_MOST = 1_000


class HelpdeskMailAccept(models.TransientModel):
    _name = "helpdesk.mail.accept"
    _description = "Always Accept Senders"

    mail_ids = fields.Many2many("helpdesk.incoming.mail", string="Mails", readonly=True)
    senders = fields.Text(compute="_compute_senders")
    refused_count = fields.Integer(
        string="Refused mails",
        compute="_compute_senders",
        help="Refused because of their sender, and still stored here.",
    )
    import_refused = fields.Boolean(
        string="Import their refused mail as well",
        help="Each into the inbox that refused it; nobody is notified.",
    )

    @api.depends("mail_ids")
    def _compute_senders(self):
        for wizard in self:
            wizard.senders = "\n".join(sorted(filter(None, wizard.mail_ids.mapped("sender_email"))))
            wizard.refused_count = len(wizard._refused())

    def _refused(self):
        """What was refused of these senders, for a reason that accepting them overrules."""
        emails = [email for email in self.mail_ids.mapped("sender_email") if email]
        return self.env["helpdesk.incoming.mail"].search(
            [
                ("company_id", "in", self.mail_ids.company_id.ids),
                ("sender_email", "in", emails),
                ("outcome", "=", reasons.IGNORED),
                ("reason", "in", ACCEPTABLE),
                ("erased_date", "=", False),
            ],
            limit=_MOST,
        )

    def action_accept(self):
        """Accept the senders from now on.

        :raise UserError: none of the mails has a sender
        """
        self.ensure_one()
        self.mail_ids._check_manage()
        Recipient = self.env["helpdesk.recipient"]
        accepted = Recipient
        for company, mails in self.mail_ids.grouped("company_id").items():
            senders = {
                mail.sender_email: parseaddr(mail.email_from or "")[0]
                for mail in mails
                if mail.sender_email
            }
            if senders:
                accepted |= Recipient._accept_senders(company, senders)
        if not accepted:
            raise UserError(self.env._("These mails name no sender."))
        message = self.env._("%(count)s senders are always accepted.", count=len(accepted))
        refused = self._refused() if self.import_refused else self.env["helpdesk.incoming.mail"]
        if refused:
            taken = refused._import(notify=False)
            message = f"{message} {refused._imported_sentence(taken)}"
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
