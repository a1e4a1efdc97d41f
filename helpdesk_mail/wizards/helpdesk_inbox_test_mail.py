# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Asks where a test mail is to go, sends it and shows each step."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize


class HelpdeskInboxTestMail(models.TransientModel):
    _name = "helpdesk.inbox.test.mail"
    _description = "Test Mail of an Inbox"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, readonly=True, ondelete="cascade")
    email_to = fields.Char(
        string="Send it to", required=True, default=lambda self: self.env.user.email or ""
    )
    line_ids = fields.One2many("helpdesk.inbox.test.mail.line", "test_id", readonly=True)
    result = fields.Selection(
        [("sent", "The mail is on its way"), ("failed", "The mail was not sent")], readonly=True
    )

    def action_send(self):
        """Send the mail and show what came of it."""
        self.ensure_one()
        # whoever opens the dialog for an inbox by hand is asked as well
        self.inbox_id._helpdesk_mail_check_manage()
        email_to = email_normalize(self.email_to or "")
        if not email_to:
            raise UserError(self.env._("Enter one mail address to which the test mail goes."))
        steps = self.inbox_id._helpdesk_mail_send_test(email_to)
        # sudo: the steps are what we found, and nobody writes them by hand
        own = self.sudo()
        own.line_ids.unlink()
        own.line_ids.create(
            [
                {"test_id": self.id, "step": step, "state": state, "text": text}
                for step, state, text in steps
            ]
        )
        accepted = any(step == "accepted" and state == "ok" for step, state, _text in steps)
        own.result = "sent" if accepted else "failed"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Test and send a test mail"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class HelpdeskInboxTestMailLine(models.TransientModel):
    _name = "helpdesk.inbox.test.mail.line"
    _description = "Step of a Test Mail"
    _order = "id"

    test_id = fields.Many2one("helpdesk.inbox.test.mail", required=True, ondelete="cascade")
    step = fields.Selection(
        [
            ("connect", "Connection"),
            ("sign_in", "Sign-in"),
            ("sender", "Sender"),
            ("recipient", "Recipient"),
            ("accepted", "Mail"),
            ("signature", "Signature"),
            ("note", "Receivers"),
        ],
        readonly=True,
    )
    state = fields.Selection(
        [
            ("ok", "Works"),
            ("hint", "Note"),
            ("warning", "Look at this"),
            ("failed", "Does not work"),
        ],
        readonly=True,
    )
    text = fields.Char(string="What happened", readonly=True)
