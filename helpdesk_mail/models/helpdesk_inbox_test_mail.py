# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""The test mail of an inbox: it leaves as its answers do."""

from odoo import models


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    def _helpdesk_mail_test_route(self):
        Server = self._outgoing_server_env()
        server, _from, _bounce = self._outgoing_envelope()
        return Server, server, self._answer_from(self.env.user.partner_id)

    def _helpdesk_mail_test_content(self):
        company = self.company_id
        bounce = company.bounce_email
        return {
            "subject": self.env._("Test mail of %(inbox)s", inbox=self.name),
            "body": self.env._(
                "This is a test mail of the inbox %(inbox)s of %(company)s. It shows that answers "
                "reach you, and from whom they seem to be. Nothing is to be done.",
                inbox=self.name,
                company=company.name,
            ),
            "reply_to": self._reply_address(0) if self.sudo().reply_to_email else False,
            "headers": {"Return-Path": bounce} if bounce else {},
        }

    def action_send_test_mail(self):
        """Open the dialog that sends a test mail."""
        self._helpdesk_mail_check_manage()
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Test and send a test mail"),
            "res_model": "helpdesk.inbox.test.mail",
            "view_mode": "form",
            "target": "new",
            "context": {"default_inbox_id": self.id},
        }
