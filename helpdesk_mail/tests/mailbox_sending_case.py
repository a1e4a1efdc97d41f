# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""People who write private mail, by a real SMTP server."""

import email
import email.policy
from unittest.mock import patch

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.fields import Command
from odoo.tests import new_test_user

from ..models import seal
from .smtp_server import SmtpServer
from .test_mailbox_seal import MailboxCase

PASSWORD = "smtp pa55word"
LOOKED_AT = {"helpdesk_mail_looked_at": True}


class SendingCase(MailboxCase):
    """Anna and Bert have mailboxes that send; Carla is a customer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Odoo itself sends nothing in tests
        cls.startClassPatcher(patch.object(IrMail_Server, "_disable_send", lambda *args: False))
        cls.startClassPatcher(
            patch.object(
                cls.env.registry["ir.cron"], "_commit_progress", lambda *args, **kwargs: 100.0
            )
        )
        cls.env["ir.mail_server"].search([]).active = False
        cls.carla = cls.env["res.partner"].create(
            {"name": "Carla Customer", "email": "carla@customer.example"}
        )
        cls.colleague = new_test_user(
            cls.env, "colleague", groups="base.group_user", email="col@firm.example"
        )

    def setUp(self):
        super().setUp()
        self.smtp = self.serve(users={"anna-login": PASSWORD, "bert-login": PASSWORD})
        self.mailbox = self.mailbox.with_user(self.anna)
        self.sends(self.mailbox, "anna-login")

    def serve(self, *args, **kwargs):
        server = SmtpServer(*args, **kwargs)
        server.__enter__()
        self.addCleanup(server.__exit__)
        return server

    def sends(self, mailbox, login, server=None, **values):
        """Let *mailbox* send through *server*, as its owner sets it up."""
        mailbox.write(
            {
                "send_enabled": True,
                "outgoing": "own",
                "smtp_host": "127.0.0.1",
                "smtp_port": (server or self.smtp).port,
                "smtp_encryption": "none",
                "smtp_login": "password",
                "smtp_username": login,
                "smtp_password": PASSWORD,
                **values,
            }
        )
        return mailbox

    def bert_helps(self, sends=True):
        """Bert gets a mailbox, and Anna lets him into hers."""
        mailbox = self.env["helpdesk.mailbox"].with_user(self.bert).create({})
        seal.opened(mailbox).state = "active"
        if sends:
            self.sends(mailbox, "bert-login")
        self.mailbox.delegate_ids = self.bert
        return mailbox

    def draft(self, user=None, **values):
        """A new message to Carla, as somebody writes it."""
        Message = self.env["helpdesk.mailbox.message"].with_user(user or self.anna)
        action = Message._compose(partner=self.carla.with_env(Message.env))
        draft = Message.browse(action["res_id"])
        draft.write({"subject": "Offer", "body": "<p>We can do it for 100.</p>", **values})
        return draft

    def answer(self, kind="reply", user=None, message=None, **values):
        """The draft of an answer to Carla's mail."""
        message = (message or self.message).with_user(user or self.anna)
        draft = message.browse(getattr(message, f"action_{kind}")()["res_id"])
        draft.write({"body": "<p>So be it.</p>", **values})
        return draft

    def file(self, draft, name="offer.pdf", content=b"%PDF-1.4 the offer", **values):
        """A file that the author of *draft* uploads."""
        file = draft.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "res_model": draft._name,
                "res_id": draft.id,
                **values,
            }
        )
        draft.attachment_ids = [Command.link(file.id)]
        return file

    def send(self, draft, **context):
        """Send *draft* and let the scheduler work; the mail as it came, or None."""
        draft.with_context(**LOOKED_AT, **context).action_send()
        return self.run_scheduler(draft.mailbox_id)

    def run_scheduler(self, mailbox=None):
        before = len(self.smtp.mails)
        root = self.env.ref("base.user_root")
        (mailbox or self.mailbox).with_user(root)._cron_send()
        self.env.invalidate_all()
        return self.mail() if len(self.smtp.mails) > before else None

    def mail(self, place=-1):
        """A mail that came, parsed."""
        return email.message_from_bytes(self.smtp.mails[place][2], policy=email.policy.default)

    def codes(self, draft, level=None):
        """The codes of what the preflight finds."""
        return [one.code for one in draft._preflight().findings if level in (None, one.level)]
