# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Asks where a test mail is to go, sends it and shows each step."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize


class HelpdeskMailTestMail(models.AbstractModel):
    """What the test mails of inboxes and mailboxes share."""

    _name = "helpdesk.mail.test.mail"
    _description = "Test Mail"

    email_to = fields.Char(
        string="Send it to", required=True, default=lambda self: self.env.user.email or ""
    )
    result = fields.Selection(
        [("sent", "The mail is on its way"), ("failed", "The mail was not sent")], readonly=True
    )

    def _test_account(self):
        """The account whose mail is tried (hook)."""
        raise NotImplementedError

    def action_send(self):
        """Send the mail and show what came of it."""
        self.ensure_one()
        account = self._test_account()
        # whoever opens the dialog for an account by hand is asked as well
        account._helpdesk_mail_check_manage()
        email_to = email_normalize(self.email_to or "")
        if not email_to:
            raise UserError(self.env._("Enter one mail address to which the test mail goes."))
        steps = account._helpdesk_mail_send_test(email_to)
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


class HelpdeskInboxTestMail(models.TransientModel):
    _name = "helpdesk.inbox.test.mail"
    _description = "Test Mail of an Inbox"
    _inherit = "helpdesk.mail.test.mail"

    inbox_id = fields.Many2one("helpdesk.inbox", required=True, readonly=True, ondelete="cascade")
    line_ids = fields.One2many("helpdesk.inbox.test.mail.line", "test_id", readonly=True)

    def _test_account(self):
        return self.inbox_id


class HelpdeskMailTestMailLine(models.AbstractModel):
    """One step of a test mail."""

    _name = "helpdesk.mail.test.mail.line"
    _description = "Step of a Test Mail"

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


class HelpdeskInboxTestMailLine(models.TransientModel):
    _name = "helpdesk.inbox.test.mail.line"
    _description = "Step of an Inbox's Test Mail"
    _inherit = "helpdesk.mail.test.mail.line"
    _order = "id"

    test_id = fields.Many2one("helpdesk.inbox.test.mail", required=True, ondelete="cascade")
