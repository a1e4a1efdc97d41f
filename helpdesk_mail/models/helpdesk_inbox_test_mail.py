# License AGPL-3.0 or later (https://www.gnu.org/licenses/agpl).
"""Sending a test mail, step by step, so that a person sees where it ends."""

import email.generator
import io
import smtplib
import ssl

from odoo import models
from odoo.addons.base.models.ir_mail_server import MailDeliveryException
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from ..message.authentication import signed_mail
from . import smtp_errors

OK, FAILED, HINT, WARNING = "ok", "failed", "hint", "warning"
_STATES = {"success": OK, "info": HINT, "warning": WARNING, "danger": WARNING}


class _Stopped(Exception):
    """The test ends at a step."""


class HelpdeskInbox(models.Model):
    # a reason to change of its own: a file of its own
    _inherit = "helpdesk.inbox"  # pylint: disable=consider-merging-classes-inherited

    def _helpdesk_mail_send_test(self, email_to):
        """Send a test mail as answers are sent: a list of (step, state, sentence).

        :param email_to: a normalised address
        """
        self.ensure_one()
        steps = []
        try:
            self._helpdesk_mail_test_steps(email_to, steps)
        except _Stopped:
            return steps
        steps += [
            ("note", _STATES[level], sentence) for level, sentence in self._outgoing_findings()
        ]
        return steps

    def _helpdesk_mail_test_steps(self, email_to, steps):
        Server = self._outgoing_server_env()
        server, _from, _bounce = self._outgoing_envelope()
        peer = server._helpdesk_mail_peer() or self.env._("the server of the configuration file")
        try:
            session = Server._connect__(
                mail_server_id=server.id or None,
                smtp_from=self._answer_from(self.env.user.partner_id),
            )
        except MailDeliveryException as error:
            step = "sign_in" if error.kind == smtp_errors.SIGN_IN else "connect"
            self._helpdesk_mail_test_failed(steps, step, error.args[0])
        except UserError as error:
            self._helpdesk_mail_test_failed(steps, "connect", str(error))
        except (smtplib.SMTPException, ssl.SSLError, OSError, UnicodeError) as error:
            explained = smtp_errors.explain(self.env, error, peer)
            step = "sign_in" if explained.kind == smtp_errors.SIGN_IN else "connect"
            self._helpdesk_mail_test_failed(steps, step, explained.sentence)
        if session is None:
            self._helpdesk_mail_test_failed(
                steps, "connect", self.env._("Sending is switched off on this system.")
            )
        try:
            self._helpdesk_mail_test_connected(session, server, peer, steps)
            self._helpdesk_mail_test_send(Server, session, peer, email_to, steps)
        finally:
            session.close()

    def _helpdesk_mail_test_connected(self, session, server, peer, steps):
        sock = session.sock
        if isinstance(sock, ssl.SSLSocket):
            sentence = self.env._(
                "Connected to %(server)s, encrypted (%(version)s).",
                server=peer,
                version=sock.version(),
            )
        else:
            sentence = self.env._("Connected to %(server)s, not encrypted.", server=peer)
        steps.append(("connect", OK if isinstance(sock, ssl.SSLSocket) else HINT, sentence))
        user = server.smtp_user
        steps.append(
            (
                "sign_in",
                OK if user else HINT,
                self.env._("Signed in as %(user)s.", user=user)
                if user
                else self.env._("Not signed in: none is set."),
            )
        )

    def _helpdesk_mail_test_send(self, Server, session, peer, email_to, steps):
        message = self._helpdesk_mail_test_message(Server, email_to)
        sender, recipients, message = Server._prepare_email_message__(message, session)
        buffer = io.BytesIO()
        email.generator.BytesGenerator(buffer).flatten(message, linesep="\r\n")
        source = Server._helpdesk_mail_seal(buffer.getvalue(), getattr(session, "_host", ""))
        try:
            code, said = session.mail(sender)
            if code != 250:
                self._helpdesk_mail_test_refused(
                    steps, "sender", smtplib.SMTPSenderRefused(code, said, sender), peer
                )
            steps.append(
                (
                    "sender",
                    OK,
                    self.env._(
                        "The sender was accepted: From %(sender)s, bounces to %(bounce)s.",
                        sender=email_normalize(str(message["From"])),
                        bounce=sender,
                    ),
                )
            )
            code, said = session.rcpt(recipients[0])
            if code not in (250, 251):
                error = smtplib.SMTPRecipientsRefused({recipients[0]: (code, said)})
                self._helpdesk_mail_test_refused(steps, "recipient", error, peer)
            steps.append(
                (
                    "recipient",
                    OK,
                    self.env._("The recipient %(email)s was accepted.", email=recipients[0]),
                )
            )
            code, said = session.data(source)
            if code != 250:
                self._helpdesk_mail_test_refused(
                    steps, "accepted", smtplib.SMTPDataError(code, said), peer
                )
        except (smtplib.SMTPException, OSError) as error:
            self._helpdesk_mail_test_refused(steps, "accepted", error, peer)
        words = " ".join(said.decode("utf-8", "replace").split())[:200]
        steps.append(
            (
                "accepted",
                OK,
                self.env._("The server took the mail: %(words)s", words=words),
            )
        )
        Server._helpdesk_mail_sent(source)
        self._helpdesk_mail_test_signature(source, steps)

    def _helpdesk_mail_test_signature(self, source, steps):
        count = len(signed_mail.read(source).values(b"dkim-signature"))
        if count:
            steps.append(
                (
                    "signature",
                    OK,
                    self.env._("Signatures of ours (DKIM): %(count)s.", count=count),
                )
            )

    def _helpdesk_mail_test_message(self, Server, email_to):
        """The test mail, as Odoo builds its mails."""
        company = self.company_id
        text = self.env._(
            "This is a test mail of the inbox %(inbox)s of %(company)s. It shows that answers "
            "reach you, and from whom they seem to be. Nothing is to be done.",
            inbox=self.name,
            company=company.name,
        )
        headers = {"Auto-Submitted": "auto-generated"}
        bounce = company.bounce_email
        if bounce:
            headers["Return-Path"] = bounce
        return Server._build_email__(
            email_from=self._answer_from(self.env.user.partner_id),
            email_to=[email_to],
            subject=self.env._("Test mail of %(inbox)s", inbox=self.name),
            body=text,
            reply_to=self._reply_address(0) if self.sudo().reply_to_email else False,
            headers=headers,
        )

    def _helpdesk_mail_test_refused(self, steps, step, error, peer):
        explained = smtp_errors.explain(self.env, error, peer)
        self._helpdesk_mail_test_failed(steps, step, explained.sentence)

    def _helpdesk_mail_test_failed(self, steps, step, sentence):
        steps.append((step, FAILED, sentence))
        raise _Stopped

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
